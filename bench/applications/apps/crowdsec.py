"""CrowdSec with a Docker acquisition: bans an address for what the log of a container shows."""

import json
import shutil
from pathlib import Path

from application import Application, Place, Row

HUB = Path("/usr/share/crowdsec/hub")
PARTS = ("parsers/s00-raw/crowdsecurity/syslog-logs.yaml", "parsers/s01-parse/crowdsecurity/nginx-logs.yaml",
         "parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml", "parsers/s02-enrich/crowdsecurity/http-logs.yaml",
         "scenarios/crowdsecurity/http-probing.yaml")
CONFIGURATION = """
common: {{daemonize: false, log_media: stdout, log_level: info, working_dir: .}}
config_paths: {{config_dir: {folder}, data_dir: {folder}/data, simulation_path: {folder}/simulation.yaml, hub_dir: {folder}/hub,
  index_path: {folder}/hub/.index.json, notification_dir: {folder}/notifications, plugin_dir: {folder}/plugins}}
crowdsec_service: {{acquisition_path: {folder}/acquis.yaml, parser_routines: 1}}
cscli: {{output: human}}
db_config: {{type: sqlite, db_path: {folder}/data/crowdsec.db}}
api:
  client: {{credentials_path: {folder}/credentials.yaml}}
  server: {{listen_uri: '127.0.0.1:{port}', profiles_path: {folder}/profiles.yaml, console_path: {folder}/console.yaml}}
prometheus: {{enabled: false}}
"""
ACQUISITION = """
source: docker
container_name: [web, late]
check_interval: 1s
labels: {type: nginx}
"""
PROFILES = """
name: ban
filters: [Alert.Remediation == true]
decisions: [{type: ban, duration: 4h}]
on_success: break
"""
# Twelve requests for pages that do not exist, as nginx logs them.
LOG = """for page in 1 2 3 4 5 6 7 8 9 10 11 12; do
echo "$1 - - [$(date '+%d/%b/%Y:%H:%M:%S +0000')] \\"GET /secret$page.php HTTP/1.1\\" 404 153 \\"-\\" \\"Mozilla/5.0\\" \\"-\\""
done; exec sleep 1000"""


class CrowdSec(Application):
    name = "crowdsec"
    source = "Debian"
    packages = ("crowdsec",)
    rows = (Row("PRESET=crowdsec"),)

    def drive(self, place: Place) -> dict[str, object]:
        run = ("run", "--detach", "--stop-signal", "KILL", "--env", "TZ=UTC")
        place.docker(*run, "--name", "web", "busybox", "sh", "-c", f"until test -e /go; do sleep 0.1; done; {LOG}", "sh", "192.0.2.1")
        configuration = self._configure(place)
        place.run("cscli", "-c", configuration, "machines", "add", "suite", "--auto", "--file", str(place.folder / "credentials.yaml"))
        place.start("crowdsec", "-c", configuration)
        place.wait("the acquisition of the first container", lambda: place.logged("start tail for container web"))
        place.docker("exec", "web", "touch", "/go")
        place.docker(*run, "--name", "late", "busybox", "sh", "-c", f"sleep 3; {LOG}", "sh", "192.0.2.2")

        def bans() -> list[dict]:
            alerts = json.loads(place.run("cscli", "-c", configuration, "alerts", "list", "--output", "json")) or []
            return alerts if len(alerts) == 2 else []

        alerts = place.wait("an alert for the log of each container", bans, 40)
        return {"alerts": sorted((alert["scenario"], alert["source"]["value"], alert["decisions"][0]["type"]) for alert in alerts)}

    def _configure(self, place: Place) -> str:
        folder = place.folder
        for name in ("data", "notifications", "plugins", "postoverflows", "collections"):
            (folder / name).mkdir()
        shutil.copytree("/etc/crowdsec/patterns", folder / "patterns")
        for part in PARTS:
            stage = folder / Path(part).parent.parent
            stage.mkdir(parents=True, exist_ok=True)
            shutil.copy(HUB / part, stage)
        shutil.copytree(HUB, folder / "hub")
        files = {"config.yaml": CONFIGURATION.format(folder=folder, port=place.free_port()), "acquis.yaml": ACQUISITION,
                 "profiles.yaml": PROFILES, "simulation.yaml": "simulation: false\n", "console.yaml": "share_manual_decisions: false\n"}
        for name, text in files.items():
            (folder / name).write_text(text)
        return str(folder / "config.yaml")
