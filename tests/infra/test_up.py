"""`sezon up`, the whole of it: it comes up, mends itself, and goes without leaving anything behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded import processes
from tests.infra.waiting import eventually

PARTS = {"postgres", "valkey", "mail", "api", "worker", "relay"}


@contextmanager
def up(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """`sezon up` once it says that it is up."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "infra.cli", "up", "--port", "0", "--no-demo", "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            assert any("Ctrl-C stops everything." in line for line in running.stdout)
            yield running
        finally:
            running.kill()


def recorded(folder: Path) -> dict[str, list[processes.Process]]:
    """The tether and the program of every part that runs."""
    programs = json.loads((folder / "run.json").read_text())["programs"]
    return {
        name: [one for pid, started in pids if (one := processes.find(pid)) and one.started == started]
        for name, pids in programs.items()
    }


def with_descendants(parts: dict[str, list[processes.Process]]) -> list[processes.Process]:
    ours = [one for both in parts.values() for one in both]
    sessions = {one.pid for one in ours}
    return [*ours, *(one for one in processes.every() if one.session in sessions and one.pid not in sessions)]


def test_it_mends_what_dies_survives_kill_9_and_stops_in_order(tmp_path: Path) -> None:
    with up(tmp_path) as killed:
        parts = recorded(tmp_path)
        assert parts.keys() == PARTS
        old = with_descendants({"worker": parts["worker"]})
        assert len(old) >= 3, "a tether, dramatiq's main process and its workers"
        os.kill(parts["worker"][1].pid, signal.SIGKILL)
        eventually(lambda: not any(one.alive() for one in old))
        eventually(lambda: len(recorded(tmp_path)["worker"]) == 2)

        everything = with_descendants(recorded(tmp_path))
        killed.kill()
        eventually(lambda: not any(one.alive() for one in everything), within=6)

    with up(tmp_path) as running:
        everything = with_descendants(recorded(tmp_path))
        running.terminate()
        assert running.wait(25) == 0
        assert [one for one in everything if one.alive()] == []
