"""Prints tables in Markdown."""

import os
import platform
import statistics
import subprocess
import time
from pathlib import Path


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    print(f"\n## {title}\n")
    print("| " + " | ".join(columns) + " |")
    print("| " + " | ".join(["---"] + ["---:"] * (len(columns) - 1)) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Median of the ratios of each round; both programs of a round ran under the same conditions."""
    return f"{statistics.median(a / b for a, b in zip(ours, theirs)):.2f}"


def difference(ours: list[float], theirs: list[float]) -> str:
    """Median of the differences of each round, with the quartiles."""
    differences = [a - b for a, b in zip(ours, theirs)]
    if len(differences) < 2:
        return small(differences)
    low, middle, high = statistics.quantiles(differences, n=4)
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def whole(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f}"


def small(values: list[float]) -> str:
    return f"{statistics.median(values):.2f}"


def header(program: str, java: list[str], arguments: str) -> None:
    """Prints command, time, machine and versions."""
    command = f"bench/{program} {arguments}".strip()
    print(f"Measured {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC by `{command}`.")
    model = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    kernel = platform.release().split("-")[0]
    print(f"{os.cpu_count()} cores ({model[0] if model else platform.machine()}), Linux {kernel}, shared by all programs;")
    versions = [
        first_line([java[0], "-version"]),
        first_line(["haproxy", "-v"]).split(" - ")[0],
        first_line(["nginx", "-v"]),
        first_line(["wrk", "-v"]).split(" Copyright")[0],
    ]
    print("; ".join(versions) + ".", flush=True)


def load_average(moment: str) -> None:
    print(f"\nLoad average {moment}: {os.getloadavg()[0]:.1f}.", flush=True)


def first_line(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.splitlines()[0].strip()
