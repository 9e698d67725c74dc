"""Stand-ins of BusyBox for the images by which the suites start containers."""

import shutil
from pathlib import Path

from programs import BASE, Daemon, must, run

SHELL = "stand-in/shell:local"
SHELLS = ["busybox:latest", "busybox:glibc", "busybox:1.35.0", "debian:bookworm-slim", "debian:latest", "hello-world:latest", "hello-world:frozen",
          "alpine:latest", "alpine:3.10", "alpine:3.13", "alpine:3.13.12", "alpine:3.14", "alpine:3.15", "bash:latest", "mariadb:latest",
          "registry:5000/alpine:frozen", "registry:5000/busybox:frozen"]
# Web servers: the port, the path of a page, and the page.
WEB_SERVERS = {
    "nginx": (80, "index.html", "<h1>Welcome to nginx!</h1>\n"),
    "sentences-web": (80, "words/noun", '{"word":"proxy"}\n'),
    "sentences-api": (8080, "noun", '{"word":"proxy"}\n'),
    "sentences-db": (5432, "index.html", "\n"),
}
PAGES = "usr/share/nginx/html"
# Scripts for programs that BusyBox does not have, or has in another folder.
PROGRAMS = {
    "bin/bash": 'exec sh "$@"',
    "bin/curl": 'for url; do :; done\nexec wget -q -O - "$url"',
    "bin/printenv": 'eval "value=\\${$1-}"\n[ -n "$value" ] && echo "$value"',
    "usr/bin/env": 'exec /bin/env "$@"',
}
STAND_INS = {image: SHELL for image in SHELLS} | {
    "nginx:alpine": "stand-in/nginx:local",
    "nginx:latest": "stand-in/nginx:local",
    **{f"gtardif/{name}:latest": f"stand-in/{name}:local" for name in WEB_SERVERS if name != "nginx"},
}


def make_images(daemon: Daemon, work: Path) -> None:
    daemon.make_base()
    context = work / "context"
    for name, lines in PROGRAMS.items():
        program = context / "root" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
    (context / "root/var").mkdir()
    (context / "root/var/run").symlink_to("/run")
    build(daemon, context, SHELL, f"FROM {BASE}\nCOPY root /\n")
    for name, (port, page, text) in WEB_SERVERS.items():
        (context / PAGES / page).parent.mkdir(parents=True)
        (context / PAGES / page).write_text(text)
        # The first process of a container ignores SIGTERM if it has no handler; a stop would take ten seconds.
        build(daemon, context, f"stand-in/{name}:local",
              f'FROM {SHELL}\nCOPY usr /usr\nEXPOSE {port}\nSTOPSIGNAL SIGKILL\nCMD ["httpd", "-f", "-p", "{port}", "-h", "/{PAGES}"]\n')
        shutil.rmtree(context / "usr")
    restore(daemon.address)


def build(daemon: Daemon, context: Path, image: str, dockerfile: str) -> None:
    (context / "Dockerfile").write_text(dockerfile)
    must(["docker", "build", "--quiet", "--tag", image, str(context)], daemon.environment)


def restore(address: str) -> None:
    """Removes all containers, unused networks and volumes, and gives the stand-ins the names that tests have removed."""
    environment = {"DOCKER_HOST": address}
    containers = must(["docker", "ps", "--all", "--quiet"], environment).split()
    if containers:
        run(["docker", "rm", "--force", "--volumes", *containers], environment)
    run(["docker", "network", "prune", "--force"], environment)
    run(["docker", "volume", "prune", "--all", "--force"], environment)
    present = must(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], environment).split()
    for image, stand_in in STAND_INS.items():
        if image not in present:
            must(["docker", "tag", stand_in, image], environment)
