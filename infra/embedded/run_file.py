"""Which processes belong to a data folder, written down so that the next run can end them."""

import json
import os
import signal
import threading
from collections.abc import Collection
from pathlib import Path

from infra.embedded import processes

PATIENCE = 3.0
"""Seconds that a tether of an earlier run gets to end its program."""


class RunFile:
    """Processes by program name, each with its start time: a recycled pid is never mistaken for ours."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def record(self, name: str, pids: list[int]) -> None:
        """Remember a program's processes, in place of those it had before; the first is the tether."""
        found = [process for pid in pids if (process := processes.find(pid)) is not None]
        with self._lock:
            self._write({**self._read(), name: [[one.pid, one.started] for one in found]})

    def forget(self, name: str) -> None:
        """A program has ended in good order."""
        with self._lock:
            self._write({key: value for key, value in self._read().items() if key != name})

    def end(self, name: str) -> None:
        """End the recorded processes of one program and whatever shares their sessions."""
        _end([self._read().get(name, [])])

    def end_all(self) -> None:
        """End every recorded process and whatever shares its session; return when none is left."""
        _end(self._read().values())
        with self._lock:
            self._write({})

    def _read(self) -> dict[str, list[list[int]]]:
        """What is recorded; nothing if it is from another boot of the machine."""
        try:
            written = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        if written.get("boot") != processes.boot_id():
            return {}
        programs: dict[str, list[list[int]]] = written["programs"]
        return programs

    def _write(self, programs: dict[str, list[list[int]]]) -> None:
        unfinished = self._path.with_name(f"{self._path.name}.new")
        unfinished.write_text(json.dumps({"boot": processes.boot_id(), "programs": programs}, indent=1))
        unfinished.replace(self._path)


def _end(programs: Collection[list[list[int]]]) -> None:
    """The tethers first and politely: each ends its program in its program's own way. What is then left, by force."""
    recorded = [(pid, started) for program in programs for pid, started in program]
    tethers = [program[0][0] for program in programs if program]
    running = {one.pid: one for one in processes.every()}
    ours = [one for pid, started in recorded if (one := running.get(pid)) and one.same_as(pid, started)]
    processes.end((one for one in ours if one.pid in tethers), within=PATIENCE)

    sessions = {pid for pid, _ in recorded if pid not in running} | {one.pid for one in ours}
    left = [one for one in processes.every() if one.session in sessions and one.pid != os.getpid()]
    processes.end(left, first=signal.SIGKILL)
