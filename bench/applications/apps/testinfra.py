"""testinfra: checks the content of a container."""

from application import Application, Place, Row, lines

CHECKS = """
def test_user(host):
    assert host.user("root").uid == 0

def test_file(host):
    page = host.file("/usr/share/nginx/html/index.html")
    assert page.is_file and page.contains("Welcome")

def test_command(host):
    assert host.run("echo inside").stdout == "inside\\n"
    assert host.run("exit 3").rc == 3
"""


class Testinfra(Application):
    name = "testinfra"
    source = "Debian"
    packages = ("python3-testinfra",)
    rows = (Row("CONTAINERS=1 EXEC=1 POST=1 EVENTS=0"),)

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "web", "--stop-signal", "KILL", "nginx:alpine")
        (place.folder / "test_web.py").write_text(CHECKS)
        printed = place.run("/usr/bin/python3", "-m", "pytest", "-v", "-p", "no:cacheprovider", "--hosts=docker://web", "test_web.py")
        return {"results": [line.split(" [")[0] for line in lines(printed, "PASSED", "FAILED")]}
