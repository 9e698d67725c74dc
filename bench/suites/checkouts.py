"""The integration tests of docker-py and dockerode, which are in no package: they are run from folders with their sources."""

import re
from pathlib import Path

from suite import Suite

# The result follows the name, after what the interpreter prints in between.
PYTEST_RESULT = re.compile(r"^tests/integration/(\S+::\S+) .*?\b(PASSED|FAILED|SKIPPED|XFAIL|XPASS|ERROR)\b", re.MULTILINE | re.DOTALL)
PYTEST_WORDS = {"PASSED": "PASS", "XPASS": "PASS", "SKIPPED": "SKIP"}
MOCHA_RESULT = re.compile(r"^(not ok|ok) \d+ (.*?)( # SKIP.*)?$", re.MULTILINE)


class DockerPy(Suite):
    """tests/integration of docker-py, run by Debian's python3-pytest with Debian's python3-docker."""

    def __init__(self, folder: Path, minutes: float, checkout: Path) -> None:
        super().__init__("docker-py", folder, minutes)
        self._checkout = checkout

    def build(self) -> None:
        """Nothing to build."""

    def is_built(self) -> bool:
        return (self._checkout / "tests/integration").is_dir()

    def command(self) -> list[str]:
        return ["/usr/bin/python3", "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests/integration"]

    def working_folder(self) -> Path:
        return self._checkout

    def environment(self, address: str) -> dict[str, str]:
        return {**super().environment(address), "PYTHONDONTWRITEBYTECODE": "1", "DOCKER_TEST_API_VERSION": "1.45"}

    def read(self, output: str) -> dict[str, str]:
        return {name: PYTEST_WORDS.get(result, "FAIL") for name, result in PYTEST_RESULT.findall(output)}


class Dockerode(Suite):
    """test/*.js of dockerode, run by the mocha of the checkout."""

    needs_unix_socket = True

    def __init__(self, folder: Path, minutes: float, checkout: Path) -> None:
        super().__init__("dockerode", folder, minutes)
        self._checkout = checkout

    def build(self) -> None:
        """Nothing to build."""

    def is_built(self) -> bool:
        return (self._checkout / "test").is_dir()

    def command(self) -> list[str]:
        return [str(self._checkout / "node_modules/.bin/mocha"), "--exit", "--reporter", "tap", *sorted(str(path) for path in (self._checkout / "test").glob("*.js"))]

    def working_folder(self) -> Path:
        return self._checkout

    def environment(self, address: str) -> dict[str, str]:
        return {**super().environment(address), "DOCKER_SOCKET": address.removeprefix("unix://")}

    def read(self, output: str) -> dict[str, str]:
        return {name: "SKIP" if skipped else "PASS" if result == "ok" else "FAIL" for result, name, skipped in MOCHA_RESULT.findall(output)}
