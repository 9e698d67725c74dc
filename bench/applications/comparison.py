"""Drives an application directly and through the proxy, and compares."""

import json
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from application import Application, Place, Row
from images import restore
from localproxy import LocalProxy
from programs import Daemon, must, run

ID = re.compile(r"\b[0-9a-f]{12,64}\b")
RANDOM_NAME = re.compile(r"^(container .* )[a-z]+_[a-z]+\d?$")  # of a container without a name of its own
SETTLE_SECONDS = 15


@dataclass
class Seen:
    """Results of one drive."""

    user: dict[str, object]
    events: Counter
    denied: Counter
    left_open: int = 0
    requests: int = 0


class Failed(Exception):
    """The application does not work in this way."""


class Comparison:
    def __init__(self, daemon: Daemon, work: Path) -> None:
        self._daemon = daemon
        self._work = work
        self._images = set(self._image_ids())
        self._drives = 0

    def row(self, application: Application, row: Row, transports: list[str], overrides: dict[str, str]) -> tuple[str, list[str]]:
        """A row of the table, and the problems."""
        folder = self._work / f"proxy-{application.name}-{self._drives}"
        folder.mkdir()
        proxy = LocalProxy(self._daemon.address, folder, {**row.variables(), **overrides})
        problems: list[str] = []
        requests, events, denied = 0, 0, Counter()
        try:
            direct = self._drive(application, row, self._daemon.address, None)
            events = sum(direct.events.values())
            for transport in transports:
                try:
                    proxied = self._drive(application, row, getattr(proxy, transport), proxy)
                except Failed as failed:
                    problems.append(f"{transport}: {failed}")
                    continue
                problems += [f"{transport}: {problem}" for problem in differences(application, row, direct, proxied)]
                requests += proxied.requests
                denied += proxied.denied
        except Failed as failed:
            problems.append(f"direct: {failed}")
        finally:
            proxy.close()
        optional = ", ".join(f"`{name}` ({row.optional[name]})" for name in sorted(denied) if name in row.optional)
        marks = ["only a Unix socket"] if application.transports == ("unix",) else []
        marks += ["**different**"] if problems else []
        title = ", ".join(filter(None, [application.name, row.title, *marks]))
        settings = " ".join(f"`{setting}`" for setting in row.settings.split())
        cells = [title, application.version(), application.source, settings, str(requests), str(events), optional]
        return "| " + " | ".join(cells) + " |", problems

    def _drive(self, application: Application, row: Row, address: str, proxy: LocalProxy | None) -> Seen:
        self._reset()
        self._drives += 1
        folder = self._work / f"{application.name}-{self._drives}"
        folder.mkdir()
        place = Place(address, folder, row, self._daemon.address)
        position = proxy.position() if proxy else 0
        begin = now()
        signal.signal(signal.SIGALRM, hangs)
        signal.alarm(application.limit)
        try:
            user = application.drive(place)
        except Exception as failed:
            raise Failed(f"{type(failed).__name__}: {failed}{denials(proxy, position)}") from failed
        finally:
            signal.alarm(0)
            place.stop()
        time.sleep(0.5)  # the daemon can send an event after the response
        left_open = settled(proxy) if proxy else 0
        records = proxy.records(position) if proxy else []
        refused = Counter(record["operation"] or f"{record['method']} {record['target']}" for record in records if record["decision"] != "allow")
        return Seen(user, self._events(application, begin), refused, left_open, len(records))

    def _events(self, application: Application, begin: str) -> Counter:
        printed = must(["docker", "events", "--since", begin, "--until", now(), "--format", "{{json .}}"], self._daemon.environment)
        found: Counter = Counter()
        for event in map(json.loads, printed.splitlines()):
            attributes = event["Actor"].get("Attributes") or {}
            name = attributes.get("name") or attributes.get("image") or event["Actor"]["ID"]
            kind = f"{event['Type']} {event['Action'].strip()}"
            text = application.event(RANDOM_NAME.sub(r"\1NAME", ID.sub("ID", f"{kind} {name}")))
            if text is not None:
                found[text] = 1 if kind in application.polls else found[text] + 1
        return found

    def _reset(self) -> None:
        """Removes what the last drive has made, and gives back images that it has removed."""
        environment = self._daemon.environment
        containers = must(["docker", "ps", "--all", "--quiet"], environment).split()
        if containers:
            run(["docker", "unpause", *containers], environment)
        restore(self._daemon.address)
        added = set(self._image_ids()) - self._images
        if added:
            run(["docker", "image", "rm", "--force", *added], environment)

    def _image_ids(self) -> list[str]:
        return must(["docker", "image", "ls", "--all", "--quiet", "--no-trunc"], self._daemon.environment).split()


def differences(application: Application, row: Row, direct: Seen, proxied: Seen) -> list[str]:
    problems = []
    for key in sorted(direct.user.keys() | proxied.user.keys()):
        pair = [json.dumps(seen.user.get(key), sort_keys=True) for seen in (direct, proxied)]
        if pair[0] != pair[1] and key not in row.differs:
            problems.append(f"{key}: directly {pair[0][:1500]}, through the proxy {pair[1][:1500]}")
        if pair[0] == pair[1] and key in row.differs:
            problems.append(f"{key} is equal, but the row says that it differs")
    if not direct.user or not all(direct.user.values()):
        problems.append(f"drive() returned nothing for the user to see: {direct.user}")
    for text, count in sorted(((direct.events - proxied.events) + (proxied.events - direct.events)).items()):
        problems.append(f"event {text}: directly {direct.events[text]}, through the proxy {proxied.events[text]}")
    problems += [f"denied: {name} ({count} times)" for name, count in sorted(proxied.denied.items()) if name not in row.optional]
    problems += [f"the row lists {name} as denied, and it was not" for name in row.optional if not proxied.denied[name]]
    if proxied.left_open:
        problems.append(f"{proxied.left_open} exchanges are open after the end")
    if not proxied.requests:
        problems.append("no request came through the proxy")
    return problems


def settled(proxy: LocalProxy) -> int:
    """Open exchanges after the application has ended, with time for the proxy to notice."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (active := proxy.open_exchanges()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return active


def denials(proxy: LocalProxy | None, position: int) -> str:
    if not proxy:
        return ""
    refused = sorted({f"{record['operation'] or record['target']} {record['reason']}" for record in proxy.records(position) if record["decision"] != "allow"})
    return f" (denied: {', '.join(refused) or 'nothing'})"


def hangs(*_: object) -> None:
    raise TimeoutError("the application hangs")


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
