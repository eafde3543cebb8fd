"""Facts about running processes, read from /proc; an identity is a pid together with its start time."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process as it was when it was looked at."""

    pid: int
    command: str
    parent: int
    session: int
    started: int
    """Clock ticks since boot; a recycled pid has another one."""

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        now = find(self.pid)
        return now is not None and now.same_as(self.pid, self.started)

    def same_as(self, pid: int, started: int) -> bool:
        """Whether this is the process that was recorded under that pid and start time."""
        return (self.pid, self.started) == (pid, started)


def boot_id() -> str:
    """Names this boot of the machine; start times of another boot mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def find(pid: int) -> Process | None:
    """The live process with this pid, or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    command, rest = text.split("(", 1)[1].rsplit(")", 1)
    fields = rest.split()
    if fields[0] in "ZX":
        return None
    return Process(pid, command, parent=int(fields[1]), session=int(fields[3]), started=int(fields[19]))


def every() -> list[Process]:
    """Every live process of the machine that can be seen."""
    pids = (int(name) for name in os.listdir("/proc") if name.isdecimal())
    return [process for pid in pids if (process := find(pid)) is not None]


def descendants(pid: int) -> list[Process]:
    """The process and everything it started that has not been abandoned, parents before children."""
    running = every()
    family = [one for one in running if one.pid == pid]
    for parent in family:
        family += [one for one in running if one.parent == parent.pid]
    return family


def working_in(folder: Path, *, command: str) -> list[Process]:
    """The processes of that name whose working folder is `folder`, leaders before what they started."""
    return sorted(
        (one for one in every() if one.command == command and _works_in(one.pid, folder)),
        key=lambda one: (one.started, one.pid),
    )


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except OSError:  # gone, or another user's
        return False


def end(processes: Iterable[Process], *, first: signal.Signals = signal.SIGTERM, within: float = 5.0) -> None:
    """End these processes and return when none is left: politely first, by force after `within` seconds."""
    left = [one for one in processes if one.alive()]
    for number, patience in ((first, within), (signal.SIGKILL, 5.0)):
        for one in left:
            _signal(one, number)
        left = _wait_until_gone(left, patience)


def _signal(process: Process, number: signal.Signals) -> None:
    if process.alive():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def _wait_until_gone(processes: list[Process], within: float) -> list[Process]:
    deadline = time.monotonic() + within
    left = [one for one in processes if one.alive()]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [one for one in left if one.alive()]
    return left
