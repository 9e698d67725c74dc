"""distrobox: a container for a user's work, with the user's home."""

import re
from pathlib import Path

from application import Application, Place, Row, lines
from programs import must

# Programs that distrobox installs if an image lacks them; the image of BusyBox has most.
PROGRAMS = ("bash bc bzip2 chpasswd curl diff find findmnt gpg hostname less lsof man mount passwd pigz pinentry ping ps rsync script ssh sudo time tree umount "
            "unzip useradd usermod groupadd wc wget xauth zip getent")
SCRIPT = "for each in %s; do command -v $each >/dev/null || { printf '#!/bin/sh\\nexit 0\\n' > /bin/$each; chmod +x /bin/$each; }; done" % PROGRAMS


class Distrobox(Application):
    name = "distrobox"
    source = "Debian"
    packages = ("distrobox",)
    rows = (Row("CONTAINERS=1 EXEC=1 IMAGES=1 POST=1 ALLOW_LOGS=1"),)
    limit = 400

    def drive(self, place: Place) -> dict[str, object]:
        place.image("toolbox:1", f"RUN {SCRIPT}", "RUN rm /bin/mount /bin/umount; ln -sf /usr/bin/dash /bin/sh; mkdir -p /usr/sbin /etc/profile.d /var/log /home /root",
                    files=programs("dash", "mount", "umount", "findmnt"))
        (place.folder / "note").write_text("note of the home\n")
        manager = {"DBX_CONTAINER_MANAGER": "docker", "SHELL": "/bin/sh", "USER": "root"}
        created = place.run("distrobox", "create", "--name", "work", "--image", "toolbox:1", "--no-entry", "--yes", environment=manager)
        listed = place.run("distrobox", "list", "--no-color", environment=manager)
        inside = place.run("distrobox", "enter", "--name", "work", "--no-tty", "--", "cat", str(place.folder / "note"), environment=manager, limit=240)
        stopped = place.run("distrobox", "stop", "--yes", "work", environment=manager)
        removed = place.run("distrobox", "rm", "--force", "work", environment=manager)
        return {
            "create": lines(plain(created), "successfully"),
            "list": [re.sub(r"^\w+ ", "", line) for line in lines(listed, "work")],
            "inside": [re.sub(r"\s+", " ", line) for line in plain(inside).splitlines()],
            "stop": stopped,
            "rm": removed,
            "left": ["containers", place.docker("ps", "--all", "--quiet")],
        }

    def event(self, text: str) -> str | None:
        return re.sub(r"/\S+/note", "note", text)


def plain(text: str) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[\d*m", "", text)


def programs(*names: str) -> dict[str, Path]:
    """Programs of this machine and their libraries."""
    found: dict[str, Path] = {}
    for name in names:
        program = must(["which", name])
        found[f"usr/bin/{name}"] = Path(program)
        for library in re.findall(r"(/\S+) \(0x", must(["ldd", program])):
            found[library.removeprefix("/")] = Path(library)
    return found
