"""Builds images with the docker CLI and measures the time of each build."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from programs import Program

STEPS = 20
WARM_ROUNDS = 8
TIMEOUT_SECONDS = 300


class Builds:
    """Contexts in a temporary folder, on a base image with busybox."""

    def __init__(self, folder: Path, socket: Path, context_megabytes: int, output_megabytes: int):
        self.folder = folder
        self.context_megabytes = context_megabytes
        self.output_megabytes = output_megabytes
        script = (
            "mkdir -p base/bin && cp $(which busybox) base/bin/sh && tar -C base -c . | docker import - bench:sh"
            " && mkdir -p steps context output && echo FROM bench:sh | tee steps/Dockerfile context/Dockerfile output/Dockerfile"
        )
        subprocess.run(
            ["sh", "-ec", script],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "DOCKER_HOST": f"unix://{socket}"},
        )
        with (folder / "steps/Dockerfile").open("a") as steps:
            steps.writelines(f"RUN echo {step} > /{step}\n" for step in range(STEPS))
        (folder / "context/big").write_bytes(os.urandom(1 << 20) * context_megabytes)
        with (folder / "context/Dockerfile").open("a") as context:
            context.write("COPY big /\n")
        with (folder / "output/Dockerfile").open("a") as output:
            output.write(f"RUN head -c {output_megabytes << 20} /dev/zero > /big\n")

    def all(self) -> list[tuple[str, Callable[[Program], float]]]:
        return [
            (f"{STEPS} steps", lambda program: self.run(program, "steps", "--no-cache")),
            (f"{self.context_megabytes} MB of context", self.upload),
            (f"{self.output_megabytes} MB of output", lambda program: self.run(program, "output", "--output=type=tar,dest=/dev/null")),
        ]

    def warm(self, program: Program) -> None:
        """Until the JIT compiler of a new JVM, which needs more CPU than the build, has compiled what a build uses."""
        for _ in range(WARM_ROUNDS):
            for _, work in self.all():
                work(program)

    def upload(self, program: Program) -> float:
        """Changes the file, because the daemon gets only what has changed."""
        with (self.folder / "context/big").open("r+b") as big:
            for megabyte in range(self.context_megabytes):
                big.seek(megabyte << 20)
                big.write(os.urandom(8))
        return self.run(program, "context")

    def run(self, program: Program, context: str, *options: str) -> float:
        started = time.monotonic()
        done = subprocess.run(
            ["docker", "build", "--quiet", "--network=none", *options, str(self.folder / context)],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_SECONDS,
            env={**os.environ, "DOCKER_HOST": f"tcp://127.0.0.1:{program.port}"},
        )
        if done.returncode:
            raise RuntimeError(f"{context} through {program.name}: {done.stderr}")
        return time.monotonic() - started
