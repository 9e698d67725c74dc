"""Testcontainers for Node.js: what a test of a project does with containers, an image that it builds, and Compose."""

import json

from application import Application, Place, Row, npm_install, require

VERSION = "11.14.0"
SCRIPT = """
const {GenericContainer, Network, Wait, DockerComposeEnvironment} = require('testcontainers');
(async () => {
  const seen = {};
  const network = await new Network().start();
  const web = await new GenericContainer('nginx:alpine').withNetwork(network).withNetworkAliases('shop').withExposedPorts(80)
    .withEnvironment({PLACE: 'inside'}).withCopyContentToContainer([{content: 'copied', target: '/tmp/copied'}])
    .withWaitStrategy(Wait.forHttp('/index.html', 80)).start();
  seen.page = await (await fetch(`http://${web.getHost()}:${web.getMappedPort(80)}/index.html`)).text();
  const inside = await web.exec(['sh', '-c', 'cat /tmp/copied; echo " $PLACE"; exit 3']);
  seen.exec = [inside.output, inside.exitCode];
  const client = await new GenericContainer('busybox:latest').withNetwork(network)
    .withCommand(['sh', '-c', 'wget -q -O - http://shop/index.html; echo got it; sleep 1000'])
    .withWaitStrategy(Wait.forLogMessage('got it')).start();
  const logs = await client.logs();
  let text = '';
  logs.on('data', data => { text += data; });
  await new Promise(resolve => setTimeout(resolve, 1000));
  logs.destroy();
  seen.logs = text;
  await web.restart({timeout: 0});
  seen.restarted = (await web.exec(['cat', '/tmp/copied'])).output;
  await client.stop({timeout: 0});
  await web.stop({timeout: 0});
  await network.stop();
  const image = await GenericContainer.fromDockerfile('context').withBuildkit().build('tested:local', {deleteOnExit: false});
  const built = await image.withWaitStrategy(Wait.forLogMessage('built')).start();
  seen.built = (await built.exec(['cat', '/made'])).output;
  await built.stop({timeout: 0});
  const services = await new DockerComposeEnvironment('.', 'compose.yaml').withProjectName('tested')
    .withWaitStrategy('one-1', Wait.forLogMessage('started')).up();
  seen.service = (await services.getContainer('one-1').exec(['echo', 'served'])).output;
  await services.down({timeout: 0});
  console.log('SEEN ' + JSON.stringify(seen));
})().catch(failed => { console.error(failed); process.exit(1); });
"""
COMPOSE = "services: {one: {image: 'busybox:latest', command: ['sh', '-c', 'echo started; exec sleep 1000'], stop_signal: SIGKILL}}\n"


class TestcontainersNode(Application):
    name = "testcontainers-node"
    source = "npm"
    packages = ("docker-compose",)
    rows = (Row("PRESET=testcontainers BUILD=1 GRPC=1 SESSION=1"),)

    def install(self) -> None:
        super().install()
        require("node")
        self._modules = npm_install(self.folder, f"testcontainers@{VERSION}")

    def version(self) -> str:
        return VERSION

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "context").mkdir()
        (place.folder / "context/Dockerfile").write_text('FROM busybox:latest\nRUN echo made > /made\nCMD ["sh", "-c", "echo built; exec sleep 1000"]\n')
        (place.folder / "compose.yaml").write_text(COMPOSE)
        (place.folder / "test.js").write_text(SCRIPT)
        printed = place.run("node", "test.js", limit=200, environment={"NODE_PATH": str(self._modules), "TESTCONTAINERS_RYUK_DISABLED": "true"})
        return json.loads(next(line for line in printed.splitlines() if line.startswith("SEEN "))[5:])
