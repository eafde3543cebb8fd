"""Starts programs, starts them again when they die, and stops them in order; none outlives the supervisor.

Every program hangs on a tether (see `tether.py`). A run file says which processes belong to the data folder, so that
the next run can end what even a killed tether left behind.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from infra.embedded import logs
from infra.embedded.child import Child
from infra.embedded.errors import CannotRun
from infra.embedded.program import Program, start
from infra.embedded.run_file import RunFile

LOG_CHECK = 30.0


class Supervisor:
    """Keeps a set of programs running. Use as a context manager; leaving it stops everything in reverse order."""

    def __init__(self, run_file: Path, *, say: Callable[[str], None] = lambda _line: None) -> None:
        self._run_file = RunFile(run_file)
        self._say = say
        self._lifeline, self._lifeline_end = os.pipe()
        self._programs: dict[str, Program] = {}
        self._children: dict[str, Child] = {}
        self._closed = threading.Event()
        threading.Thread(target=self._bound_logs, name="log keeper", daemon=True).start()

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def end_leftovers(self) -> None:
        """End what an earlier, killed run of the same run file left behind."""
        self._run_file.end_all()

    def start(self, program: Program, *, within: float = 30.0) -> Child:
        """Start a program and return when it is ready.

        Raises CannotRun, having stopped it, when it does not become ready.
        """
        child = self.launch(program)
        try:
            child.wait_ready(within=within)
        except BaseException:
            self.stop([program.name])
            raise
        return child

    def launch(self, program: Program) -> Child:
        """Start a program without waiting for it."""
        self._programs[program.name] = program
        child = Child(program, lifeline=self._lifeline, run_file=self._run_file, say=self._say)
        self._children[program.name] = child
        return child

    def wait_ready(self, name: str, *, within: float) -> None:
        """Return once a launched program is ready.

        Raises CannotRun when it is not in time.
        """
        self._children[name].wait_ready(within=within)

    def restart(self, name: str, *, within: float = 30.0) -> None:
        """Stop a program if it runs, start it again and return when it is ready."""
        self.stop([name])
        self.start(self._programs[name], within=within)

    def pids(self) -> dict[str, int]:
        """The main process of every program that runs now."""
        return {name: child.pid for name, child in self._children.items() if child.pid is not None}

    def kill(self, name: str) -> None:
        """End a program's main process with SIGKILL, as a crash would; it is started again."""
        pid = self._children[name].pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def run(self, program: Program, *, within: float) -> int:
        """Run a program once, to its end; its exit code.

        Raises CannotRun, having ended it, when it takes longer.
        """
        tether, pid = start(program, lifeline=self._lifeline)
        self._run_file.record(program.name, [each for each in (tether.pid, pid) if each is not None])
        try:
            return tether.wait(within)
        except subprocess.TimeoutExpired:
            raise CannotRun(f"{program.name} did not end within {within:g} seconds; see {program.log}.") from None
        finally:
            tether.terminate()
            tether.wait()
            self._run_file.forget(program.name)

    def stop(self, names: Iterable[str]) -> None:
        """Stop these programs together and return when they are gone."""
        stopping = [child for name in names if (child := self._children.pop(name, None)) is not None]
        for child in stopping:
            child.ask_to_stop()
        for child in stopping:
            child.wait_stopped()
            self._run_file.forget(child.program.name)

    def close(self) -> None:
        """Stop everything, the last started first."""
        if self._closed.is_set():
            return
        self._closed.set()
        for name in reversed(list(self._programs)):
            self.stop([name])
        os.close(self._lifeline_end)
        os.close(self._lifeline)

    def _bound_logs(self) -> None:
        while not self._closed.wait(LOG_CHECK):
            for program in list(self._programs.values()):
                logs.bound(program.log)
