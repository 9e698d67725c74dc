"""Netdata: charts of containers with the names that Docker has for their control groups."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from application import Application, Place, Row, given, require

# The same commands without the docker CLI, as in Netdata's image: then cgroup-name.sh asks the API itself.
COMMANDS = ("bash", "sh", "env", "curl", "jq", "sed", "grep", "basename", "dirname", "date", "cat", "tr", "cut", "head", "awk", "id", "logger", "uname")
OFF = ("tc", "idlejitter", "proc", "diskspace", "timex", "statsd", "apps", "slabinfo", "perf", "fping", "ioping", "charts.d", "cups", "nfacct")
NOMAD = {"NOMAD_NAMESPACE": "default", "NOMAD_JOB_NAME": "shop", "NOMAD_TASK_NAME": "till", "NOMAD_SHORT_ALLOC_ID": "1a2b3c4d"}
NAMES = ("web", "task", "later")
SETTINGS = "PRESET=netdata"


class Netdata(Application):
    name = "netdata"
    source = "`NETDATA`"
    packages = ("curl", "jq")
    rows = (Row(f"{SETTINGS} MASK_KEEP=env:NOMAD_*"), Row(SETTINGS, "names of Nomad masked", differs={"charts": "the name is made of masked variables"}))

    def install(self) -> None:
        super().install()
        self._usr = given("NETDATA", "a folder with usr of Debian's packages netdata-core and netdata-plugins-bash") / "usr"
        for command in COMMANDS:
            require(command)

    def version(self) -> str:
        printed = subprocess.run([self._usr / "sbin/netdata", "-V"], capture_output=True, text=True).stdout
        return re.findall(r"v[\d.]+", printed)[0]

    def drive(self, place: Place) -> dict[str, object]:
        ids = created(place)
        place.docker("start", "web", "task")
        port = place.free_port()
        self._configure(place.folder, ids)
        programs = place.folder / "bin"
        programs.mkdir()
        for command in COMMANDS:
            (programs / command).symlink_to(shutil.which(command))
        place.start(str(self._usr / "sbin/netdata"), "-D", "-c", "netdata.conf", "-p", str(port), environment={
            "PATH": str(programs), "DOCKER_HOST": place.address.split("://")[1]})
        first = place.wait("the charts of both containers", lambda: len(found := self._charts(place, port)) == 2 and found)
        place.docker("start", "later")
        place.wait("the charts of a container that starts later", lambda: "later" in self._charts(place, port))
        return {"charts": first, "charts later": [name for name in self._charts(place, port) if name in ("web", "later")]}

    def _configure(self, folder: Path, ids: list[str]) -> None:
        """Only the given containers: the machine can have others."""
        library = self._usr / "lib/netdata"
        for name in ("logs", "cache", "lib"):
            (folder / name).mkdir()
        (folder / "netdata.conf").write_text("\n".join([
            "[global]", "run as user = root", "[db]", "mode = ram", "[ml]", "enabled = no", "[health]", "enabled = no", "[web]", "bind to = 127.0.0.1",
            "[directories]", f"config = {folder}", f"stock config = {library}/conf.d", f"plugins = {library}/plugins.d",
            f"web = {self._usr}/share/netdata/web", f"log = {folder}/logs", f"cache = {folder}/cache", f"lib = {folder}/lib", f"home = {folder}/lib",
            "[environment variables]", f"PATH = {folder}/bin",
            "[plugins]", *(f"{name} = no" for name in OFF),
            "[plugin:cgroups]", "check for new cgroups every = 2", f"enable by default cgroups matching = {' '.join(f'*{id}' for id in ids)}", ""]))

    def _charts(self, place: Place, port: int) -> list[str]:
        charts = json.loads(place.get(f"http://127.0.0.1:{port}/api/v1/charts"))["charts"]
        return sorted({name[1] for name in (re.fullmatch(r"cgroup_(.+)\.mem_usage", chart) for chart in charts) if name})


class CgroupName(Application):
    """The program that Netdata 2.11 has in place of the script cgroup-name.sh."""

    name = "netdata-cgroup-name"
    source = "`NETDATA_CGROUP_NAME`"
    rows = Netdata.rows[:1]

    def install(self) -> None:
        self._program = str(given("NETDATA_CGROUP_NAME", "the program cgroup-name of Netdata 2.11"))

    def version(self) -> str:
        return "2.11"

    def drive(self, place: Place) -> dict[str, object]:
        """Without the docker CLI, as in Netdata's image: the program would run it."""
        hide = "for file in $(bash -c 'type -ap docker'); do mount --bind /dev/null $file; done; exec \"$@\""
        seen: dict[str, object] = {}
        for name, id in zip(NAMES, created(place)):
            for group in (f"/docker/{id}", f"/system.slice/docker-{id}.scope", f"/machine.slice/libpod-{id}.scope"):
                printed = place.run("unshare", "--mount", "sh", "-c", hide, "sh", self._program, group, group[1:].replace("/", "_"),
                                    environment={"PODMAN_HOST": place.address})
                named = printed.splitlines()[-1]
                if not named.startswith(("web ", "later ", "default-shop-")):
                    raise RuntimeError(f"no name: {printed}")
                seen[f"{name} {group.split('/')[1]}"] = named
        return seen


def created(place: Place) -> list[str]:
    """Ids of three containers; one has variables of Nomad, of which Netdata makes the name."""
    variables = [part for name, value in NOMAD.items() for part in ("--env", f"{name}={value}")]
    return [place.docker("create", "--name", name, "--stop-signal", "KILL", "--memory", "64m", "--label", "netdata.cloud/team=shop",
                         *(variables if name == "task" else []), "nginx:alpine").strip() for name in NAMES]
