"""What a supervisor runs, and how it is started: on a tether, so that it cannot outlive who wants it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded import logs
from infra.embedded.account import Account

ORPHAN_GRACE = 2.0
"""Seconds that a program gets to end by itself when its parent was killed."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run and how to look after it."""

    name: str
    command: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to PATH, HOME and LANG; nothing else is handed down."""
    ready: Callable[[int], bool] = lambda _pid: True
    """Asked with the program's pid until it says yes."""
    before_start: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    attempts: int = 3
    """How many deaths before the first `ready` are taken for a failure."""
    account: Account | None = None


def start(program: Program, *, lifeline: int) -> tuple["subprocess.Popen[bytes]", int | None]:
    """Start a program once; its tether, and the program's own pid. It lives no longer than the lifeline is held open.

    The tether ends with the program's exit code; SIGTERM to the tether stops the program in its own way.
    """
    program.before_start()
    logs.bound(program.log)
    reading, writing = os.pipe()
    account = program.account or Account(-1, -1)
    with open(reading, "rb") as report, open(program.log, "ab") as log:
        try:
            tether = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(Path(__file__).with_name("tether.py"))),
                    *(str(lifeline), str(writing), str(int(program.stop_signal))),
                    *(str(program.grace), str(min(program.grace, ORPHAN_GRACE))),
                    *(str(account.uid), str(account.gid), str(program.folder), *program.command),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**plain_environment(), **program.environment},
                pass_fds=(lifeline, writing),
                start_new_session=True,
            )
        finally:
            os.close(writing)
        pid = int(report.readline() or 0)
    return tether, pid or None


def plain_environment() -> dict[str, str]:
    """What every program gets of this process's environment: PATH and HOME. The language is fixed."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
    }
