"""A registry of Debian's package docker-registry, for applications that pull."""

from application import Place

PACKAGE = "docker-registry"
ADDRESS = "127.0.0.1:5000"  # the same in each drive; each has a network namespace
CONFIGURATION = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}
http: {{addr: "{address}"}}
"""


def start_registry(place: Place) -> None:
    (place.folder / "registry.yml").write_text(CONFIGURATION.format(folder=place.folder, address=ADDRESS))
    place.start("docker-registry", "serve", "registry.yml", log="registry.log")
    place.wait("the registry", lambda: place.get(f"http://{ADDRESS}/v2/"))


def push(place: Place, name: str, *dockerfile: str) -> None:
    """Makes an image and pushes it; the name is without the registry. The image stays in the daemon."""
    place.image(f"{ADDRESS}/{name}", *dockerfile)
    place.docker("push", "--quiet", f"{ADDRESS}/{name}")
