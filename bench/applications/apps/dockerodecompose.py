"""dockerode-compose: a project of Compose by the library dockerode alone."""

import json

from application import Application, Place, Row, npm_install, require

VERSION = "1.4.0"
SCRIPT = """
const Docker = require('dockerode');
const Compose = require('dockerode-compose');
(async () => {
  const docker = new Docker();
  const compose = new Compose(docker, 'compose.yaml', 'shop');
  const up = await compose.up();
  const containers = await docker.listContainers();
  const seen = {
    up: Object.keys(up).sort(),
    containers: containers.map(each => [each.Names[0], each.State, Object.keys(each.NetworkSettings.Networks)]).sort(),
  };
  const down = await compose.down({volumes: true});
  seen.down = Object.keys(down).sort();
  console.log('SEEN ' + JSON.stringify(seen));
})().catch(failed => { console.error(failed); process.exit(1); });
"""
PROJECT = """
version: "3"
services:
  web: {image: "nginx:alpine", volumes: ["data:/data"], stop_signal: SIGKILL}
  worker: {image: "busybox:latest", command: [sleep, "1000"], depends_on: [web], stop_signal: SIGKILL}
volumes: {data: }
"""


class DockerodeCompose(Application):
    name = "dockerode-compose"
    source = "npm"
    rows = (Row("CONTAINERS=1 NETWORKS=1 POST=1 VOLUMES=1 EVENTS=0 PING=0 VERSION=0"),)

    def install(self) -> None:
        require("node")
        self._modules = npm_install(self.folder, f"dockerode-compose@{VERSION}")

    def version(self) -> str:
        return VERSION

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "compose.yaml").write_text(PROJECT)
        (place.folder / "script.js").write_text(SCRIPT)
        printed = place.run("node", "script.js", environment={"NODE_PATH": str(self._modules)})
        return json.loads(next(line for line in printed.splitlines() if line.startswith("SEEN "))[5:])
