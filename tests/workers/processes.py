"""Relay and worker as the processes they are, for tests that end them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.embedded import tether
from tests.conftest import NOW
from tests.servers import Servers

SECRET_KEY = "a key for tests that is long enough"
CHECKOUT = Path(__file__).resolve().parent.parent.parent
WORKER = ("-m", "dramatiq", "workers.main", "--processes", "1", "--threads", "4", "--skip-logging")
RELAY = ("-m", "workers.relay")


def environment(servers: Servers, *, clock_file: Path, smtp_port: int = 9) -> dict[str, str]:
    """The environment of a process of the test stack."""
    return {
        "SEZON_ENVIRONMENT": "test",
        "SEZON_DATABASE_URL": servers.app_url,
        "SEZON_PLATFORM_URL": servers.platform_url,
        "SEZON_BROKER_URL": servers.broker_url,
        "SEZON_SECRET_KEY": SECRET_KEY,
        "SEZON_PUBLIC_URL": "https://sezon.example",
        "SEZON_SMTP_PORT": str(smtp_port),
        "SEZON_CLOCK_FILE": str(clock_file),
    }


@dataclass
class ClockFile:
    """The clock of all processes: it began at NOW, and moves on with the machine's."""

    path: Path
    _began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _moved: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.move()

    def move(self, **by: float) -> None:
        self._moved += timedelta(**by)
        new = self.path.with_suffix(".new")
        new.write_text(str((NOW - self._began + self._moved).total_seconds()))
        new.replace(self.path)

    def now(self) -> datetime:
        return NOW + self._moved + (datetime.now(UTC) - self._began)


class Program:
    """One process on a tether: it and all its children end with it, and with this test run."""

    def __init__(self, arguments: tuple[str, ...], *, environment: dict[str, str], log: Path) -> None:
        self._log = log
        lifeline, self._lifeline_end = os.pipe()
        report, writing = os.pipe()
        with log.open("ab") as output, open(report, "rb") as said:
            self._tether = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", tether.__file__),
                    *(str(lifeline), str(writing), str(int(signal.SIGTERM)), "20", "1", "-1", "-1", str(CHECKOUT)),
                    *(sys.executable, *arguments),
                ],
                env={"PATH": os.defpath, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lifeline, writing),
                start_new_session=True,
            )
            os.close(lifeline)
            os.close(writing)
            self._pid = int(said.readline())

    def stop(self) -> int:
        """Ask it to end, as the launcher does; returns its exit code."""
        self._tether.terminate()
        return self._ended()

    def crash(self) -> None:
        """End it as a crash would."""
        os.kill(self._pid, signal.SIGKILL)
        self._ended()

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def _ended(self) -> int:
        code = self._tether.wait(30)
        os.close(self._lifeline_end)
        return code


async def until(true: Callable[[], Awaitable[bool]], *, within: float = 60.0, log: Callable[[], str] = str) -> None:
    """Return once it is true; fail with the log when that takes too long."""
    deadline = time.monotonic() + within
    while not await true():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not so within {within:g} seconds.\n{log()}")
        await asyncio.sleep(0.02)
