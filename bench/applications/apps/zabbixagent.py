"""Zabbix agent 2 with the Docker plugin: the items of a template for Docker."""

import json
import re

from application import Application, Place, Row



class ZabbixAgent(Application):
    name = "zabbix-agent2"
    source = "Debian"
    packages = ("zabbix-agent2",)
    rows = (Row("CONTAINERS=1 IMAGES=1 INFO=1 SYSTEM=1 PING=1"),)
    transports = ("unix",)

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "web", "--stop-signal", "KILL", "--memory", "64m", "nginx:alpine")
        place.docker("run", "--name", "ended", "busybox", "true")
        (place.folder / "agent.conf").write_text(
            f"Plugins.Docker.Endpoint={place.address}\nControlSocket={place.folder}/agent.sock\nLogType=console\nTimeout=30\n")

        def item(key: str) -> object:
            printed = place.run("zabbix_agent2", "-c", "agent.conf", "-t", key)
            found = re.search(r"\[s\|(.*)\]\s*$", printed, re.DOTALL)
            if not found:
                raise RuntimeError(f"{key}: {printed[-800:]}")
            return json.loads(found[1]) if found[1][0] in "[{" else found[1]

        information = item("docker.info")
        return {
            "ping": item("docker.ping"),
            "containers": sorted((each["Names"][0], each["Image"], each["State"]) for each in item("docker.containers")),
            "discovery": sorted(each["{#NAME}"] for each in item("docker.containers.discovery[true]")),
            "images": sorted(each["{#NAME}"] for each in item("docker.images.discovery")),
            "container": (lambda each: [each["Name"], each["State"]["Status"], each["HostConfig"]["Memory"]])(item("docker.container_info[web,full]")),
            "statistics": (lambda each: [each["memory_stats"]["limit"], sorted(each["networks"])])(item("docker.container_stats[web]")),
            "information": [information[key] for key in ("Containers", "ContainersRunning", "ContainersStopped", "Driver", "ServerVersion")],
            "use of the disk": (lambda each: [each["LayersSize"] > 0, len(each["Containers"])])(item("docker.data_usage")),
        }
