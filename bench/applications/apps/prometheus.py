"""Prometheus with docker_sd_configs: finds containers and scrapes them."""

import json

from application import Application, Place, Row

SERVER = "echo demo_value 7 > /tmp/metrics; exec httpd -f -p 9100 -h /tmp"


class Prometheus(Application):
    name = "prometheus"
    source = "Debian"
    packages = ("prometheus",)
    rows = (Row("PRESET=prometheus"),)

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("network", "create", "monitoring")
        for name in ("scraped", "other"):
            place.docker("run", "--detach", "--name", name, "--network", "monitoring", "--expose", "9100", "--label", f"role={name}",
                         "--stop-signal", "KILL", "busybox", "sh", "-c", SERVER)
        (place.folder / "prometheus.yaml").write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: docker
    docker_sd_configs: [{{host: '{place.address}', refresh_interval: 1s}}]
    relabel_configs:
      - {{source_labels: [__meta_docker_container_name], regex: '/(.*)', target_label: container}}
      - {{source_labels: [__meta_docker_container_label_role], target_label: role}}
      - {{source_labels: [__meta_docker_network_name], target_label: network}}
""")
        port = place.free_port()
        place.start("prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}")
        api = f"http://127.0.0.1:{port}/api/v1/"

        def samples() -> list[dict]:
            found = json.loads(place.get(f"{api}query?query=demo_value"))["data"]["result"]
            return found if len(found) == 2 else []

        found = place.wait("both containers are scraped", samples)
        targets = json.loads(place.get(f"{api}targets"))["data"]["activeTargets"]
        place.docker("rm", "--force", "other")
        place.wait("the removed container is no target", lambda: len(json.loads(place.get(f"{api}targets"))["data"]["activeTargets"]) == 1)
        return {
            "samples": sorted((sample["metric"]["container"], sample["metric"]["role"], sample["metric"]["network"], sample["value"][1]) for sample in found),
            "labels of the targets": sorted(sorted((name, value) for name, value in target["discoveredLabels"].items()
                                                   if "_id" not in name and "address" not in name and "_ip" not in name) for target in targets),
        }
