"""Runs programs that know only /var/run/docker.sock."""

from application import Place

SCRIPT = 'mount -t tmpfs none /run && touch /run/docker.sock && mount --bind "$0" /run/docker.sock && exec "$@"'


def at_default_socket(place: Place, *command: str) -> list[str]:
    """The command in a mount namespace in which /run/docker.sock is the address of the place."""
    return ["unshare", "--mount", "sh", "-c", SCRIPT, place.socket, *command]
