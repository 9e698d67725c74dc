"""Samples of the proxy's process, and the decision whether it grows."""

import csv
import http.client
import statistics
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from programs import Proxy
from wire import Connection

PING_PAUSE_SECONDS = 0.1
# Growth that is tolerated: the larger of a fraction and an absolute value. The memory of the container also has page cache and the
# records in its tmpfs, which the kernel reclaims: only anonymous memory is compared.
LIMITS = {"anonymous_mib": (0.05, 4), "descriptors": (0.15, 20), "threads": (0.10, 5)}


@dataclass
class Sample:
    second: float
    cgroup_mib: float
    rss_mib: float
    anonymous_mib: float
    descriptors: int
    threads: int
    exchanges: int
    streams: int
    tunnels: int
    ping_median_ms: float
    ping_p99_ms: float
    list_median_ms: float
    list_p99_ms: float
    operations: int
    errors: int
    load: float


NAMES = [field.name for field in fields(Sample)]


class Latency:
    """Measures one request again and again on one connection. Threading: a thread of its own."""

    def __init__(self, proxy: Proxy, path: str) -> None:
        self._proxy = proxy
        self._path = path
        self._lock = threading.Lock()
        self._values: list[float] = []
        threading.Thread(target=self._measure, daemon=True).start()

    def _measure(self) -> None:
        connection = Connection(self._proxy.addresses[0])
        while True:
            time.sleep(PING_PAUSE_SECONDS)
            begin = time.perf_counter()
            try:
                status, _ = connection.call("GET", self._path)
            except (OSError, http.client.HTTPException):  # the operations report failures
                connection.close()
                continue
            if status == 200:
                with self._lock:
                    self._values.append((time.perf_counter() - begin) * 1000)

    def take(self) -> tuple[float, float]:
        """Median and 99th percentile since the last call; not a number without a value."""
        with self._lock:
            values, self._values = sorted(self._values), []
        if not values:
            return float("nan"), float("nan")
        return statistics.median(values), values[min(len(values) - 1, int(len(values) * 0.99))]


class Process:
    """Reads the numbers of the kernel for the proxy's process and its control group."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        groups = dict(line.split(":", 2)[1:] for line in (self._folder / "cgroup").read_text().splitlines())
        if "memory" in groups:
            self._memory = Path(f"/sys/fs/cgroup/memory{groups['memory']}/memory.usage_in_bytes")
            self._anonymous = "total_rss"
        else:
            self._memory = Path(f"/sys/fs/cgroup{groups['']}/memory.current")
            self._anonymous = "anon"

    def numbers(self) -> tuple[float, float, float, int, int]:
        status = dict(line.split(":", 1) for line in (self._folder / "status").read_text().splitlines())
        of_group = dict(line.split() for line in (self._memory.parent / "memory.stat").read_text().splitlines())
        return (int(self._memory.read_text()) / 2**20, int(status["VmRSS"].split()[0]) / 1024, int(of_group[self._anonymous]) / 2**20,
                len(list((self._folder / "fd").iterdir())), int(status["Threads"]))


class Samples:
    def __init__(self, file: Path) -> None:
        self._file = open(file, "w", newline="")
        self._writer = csv.DictWriter(self._file, NAMES)
        self._writer.writeheader()
        self.all: list[Sample] = []

    def add(self, sample: Sample) -> None:
        self.all.append(sample)
        self._writer.writerow({name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(sample).items()})
        self._file.flush()

    def growth(self) -> list[str]:
        """Sentences about the numbers that grew from the third to the last quarter.

        The first half is the warm-up: the code cache and the heap fill. The lower quartile is without the peaks of attacks. The number of
        threads follows the load, because idle ones end after five seconds: a lost one raises the lowest number.
        """
        quarter = len(self.all) // 4
        if quarter == 0:
            return ["too few samples to compare"]
        grown = []
        for name, (fraction, absolute) in LIMITS.items():
            lowest, word = (min, "lowest") if name == "threads" else (lower_quartile, "lower quartile")
            early = lowest(getattr(sample, name) for sample in self.all[2 * quarter : 3 * quarter])
            late = lowest(getattr(sample, name) for sample in self.all[-quarter:])
            if late - early > max(fraction * early, absolute):
                grown.append(f"{name} grew from {early:.1f} ({word} of the third quarter) to {late:.1f} (of the last quarter)")
        return grown


def lower_quartile(values: Iterable[float]) -> float:
    in_order = sorted(values)
    return in_order[len(in_order) // 4]


def read(file: Path) -> list[Sample]:
    kinds = {field.name: field.type for field in fields(Sample)}
    with open(file, newline="") as rows:
        return [Sample(**{name: kinds[name](value) for name, value in row.items()}) for row in csv.DictReader(rows)]
