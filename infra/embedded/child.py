"""One program that is kept running."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable

from infra.embedded import logs
from infra.embedded.errors import CannotRun
from infra.embedded.program import Program, start
from infra.embedded.run_file import RunFile

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
CALM = 5.0
"""A program that ran this long begins again with the first pause when it dies."""


class Child:
    """One program that is kept running until it is stopped."""

    def __init__(self, program: Program, *, lifeline: int, run_file: RunFile, say: Callable[[str], None]) -> None:
        self.program = program
        self.deaths = 0
        self._lifeline = lifeline
        self._run_file = run_file
        self._say = say
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._begun = 0.0
        self._pid: int | None = None
        self._tether: subprocess.Popen[bytes] = self._spawn()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {program.name}", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int | None:
        """The program's main process; None while it is down."""
        return self._pid

    def wait_ready(self, *, within: float) -> None:
        """Return once the program says it is ready.

        Raises CannotRun when it keeps dying or is not ready in time.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            pid = self._pid
            if pid is not None and self.program.ready(pid):
                return
            if self.deaths >= self.program.attempts:
                raise CannotRun(f"{self.program.name} does not start: {logs.last_line(self.program.log)}")
            time.sleep(0.01)
        raise CannotRun(f"{self.program.name} was not ready within {within:g} seconds; see {self.program.log}.")

    def ask_to_stop(self) -> None:
        """Begin a graceful stop, without waiting for it; the program is not started again."""
        self._stopping.set()
        with self._lock:
            self._tether.send_signal(signal.SIGTERM)

    def wait_stopped(self) -> None:
        """Return when the program and all it started are gone."""
        try:
            self._tether.wait(self.program.grace + 10.0)
        except subprocess.TimeoutExpired:
            self._run_file.end(self.program.name)
            self._tether.wait()
        self._keeper.join()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        tether, self._pid = start(self.program, lifeline=self._lifeline)
        self._begun = time.monotonic()
        self._run_file.record(self.program.name, [pid for pid in (tether.pid, self._pid) if pid is not None])
        return tether

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            code = self._tether.wait()
            self._pid = None
            if self._stopping.is_set():
                return
            self.deaths += 1
            if time.monotonic() - self._begun > CALM:
                pause = FIRST_PAUSE
            self._say(f"{self.program.name} ended with code {code}; starting it again in {pause:g} s")
            while True:
                if self._stopping.wait(pause):
                    return
                pause = min(pause * 2, LONGEST_PAUSE)
                if self._start_again():
                    break

    def _start_again(self) -> bool:
        with self._lock:
            if self._stopping.is_set():
                return False
            try:
                self._tether = self._spawn()
            except (CannotRun, OSError) as error:
                self._say(f"{self.program.name} cannot start: {error}")
                return False
            return True
