"""Nothing outlives its supervisor, however that one ends; what dies by itself comes back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.embedded import logs, processes, run_file
from infra.embedded.errors import CannotRun
from infra.embedded.program import Program
from infra.embedded.supervisor import Supervisor
from tests.infra.waiting import eventually

WITH_OFFSPRING = "echo $$ >>pids; sleep 300 & echo $! >>pids; (setsid sleep 300 & echo $! >>pids); wait"
DEAF = "trap '' TERM; echo $$ >>pids; while :; do sleep 300 & echo $! >>pids; wait; done"


@contextmanager
def launched(folder: Path, *scripts: str) -> Iterator["subprocess.Popen[str]"]:
    launcher = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("launcher.py")), str(folder), *scripts],
        stdout=subprocess.PIPE,
        text=True,
    )
    with launcher:
        try:
            assert launcher.stdout is not None
            assert launcher.stdout.readline() == "up\n"
            yield launcher
        finally:
            launcher.kill()


def written_pids(folder: Path, count: int) -> list[processes.Process]:
    """The processes that the scripts wrote down, once there are that many."""

    def look() -> list[processes.Process]:
        path = folder / "pids"
        pids = path.read_text().split() if path.exists() else []
        return [one for pid in pids if (one := processes.find(int(pid)))] if len(pids) >= count else []

    return eventually(look)


def nothing_left(found: list[processes.Process]) -> bool:
    return not any(one.alive() for one in found)


def program(folder: Path, script: str, *, name: str = "one", attempts: int = 3) -> Program:
    return Program(
        name=name,
        command=["/bin/sh", "-c", script],
        folder=folder,
        log=folder / f"{name}.log",
        grace=5.0,
        attempts=attempts,
    )


def test_after_sigterm_nothing_is_left_and_the_exit_code_is_0(tmp_path: Path) -> None:
    with launched(tmp_path, WITH_OFFSPRING) as launcher:
        found = written_pids(tmp_path, 3)
        launcher.terminate()
        assert launcher.wait(10) == 0
        assert nothing_left(found)
    assert json.loads((tmp_path / "run.json").read_text())["programs"] == {}


def test_after_kill_9_nothing_is_left_within_seconds(tmp_path: Path) -> None:
    with launched(tmp_path, WITH_OFFSPRING, DEAF) as launcher:
        found = written_pids(tmp_path, 5)
        launcher.kill()
        eventually(lambda: nothing_left(found), within=5)


def test_the_next_run_ends_what_a_killed_one_left_even_with_a_tether_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "PATIENCE", 0.2)
    with launched(tmp_path, DEAF) as killed:
        found = written_pids(tmp_path, 2)
        os.kill(found[0].parent, signal.SIGSTOP)
        killed.kill()
    with Supervisor(tmp_path / "run.json") as supervisor:
        supervisor.end_leftovers()
        assert nothing_left(found)


def test_killing_the_tether_takes_its_program_along(tmp_path: Path) -> None:
    with Supervisor(tmp_path / "run.json") as supervisor:
        supervisor.start(program(tmp_path, "echo $$ >>pids; exec sleep 300"))
        found = written_pids(tmp_path, 1)
        tether = found[0].parent
        os.kill(tether, signal.SIGKILL)
        eventually(lambda: nothing_left(found))
        eventually(lambda: supervisor.pids().get("one") not in (None, found[0].pid))


def test_the_family_of_a_program_is_the_program_and_what_it_started(tmp_path: Path) -> None:
    with launched(tmp_path, "echo $$ >>pids; sleep 300 & echo $! >>pids; wait"):
        found = written_pids(tmp_path, 2)
        assert [one.pid for one in processes.descendants(found[0].pid)] == [one.pid for one in found]


def test_a_recycled_pid_is_never_taken_for_ours(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as stranger:
        run = {"boot": processes.boot_id(), "programs": {"one": [[stranger.pid, 1]]}}
        (tmp_path / "run.json").write_text(json.dumps(run))
        with Supervisor(tmp_path / "run.json") as supervisor:
            supervisor.end_leftovers()
        assert stranger.poll() is None
        stranger.kill()


def test_a_program_that_dies_is_started_again_with_one_line_about_it(tmp_path: Path) -> None:
    lines: list[str] = []
    with Supervisor(tmp_path / "run.json", say=lines.append) as supervisor:
        supervisor.start(program(tmp_path, "exec sleep 300"))
        first = supervisor.pids()["one"]
        supervisor.kill("one")
        second = eventually(lambda: supervisor.pids().get("one", first) != first and supervisor.pids()["one"])
        assert second != first
    assert lines == ["one ended with code 137; starting it again in 0.2 s"]


def test_the_pauses_between_starts_grow(tmp_path: Path) -> None:
    lines: list[str] = []
    with Supervisor(tmp_path / "run.json", say=lines.append) as supervisor:
        supervisor.launch(program(tmp_path, "exit 3"))
        eventually(lambda: len(lines) >= 3)
    assert lines[:3] == [f"one ended with code 3; starting it again in {pause:g} s" for pause in (0.2, 0.4, 0.8)]


def test_a_program_that_keeps_dying_before_it_is_ready_is_a_failure_with_its_last_words(tmp_path: Path) -> None:
    dying = Program(
        name="one",
        command=["/bin/sh", "-c", "echo no disk >&2; exit 1"],
        folder=tmp_path,
        log=tmp_path / "one.log",
        ready=lambda _pid: False,
    )
    with Supervisor(tmp_path / "run.json") as supervisor:
        with pytest.raises(CannotRun, match="one does not start: no disk"):
            supervisor.start(dying)
        assert supervisor.pids() == {}


def test_a_stop_reaches_the_main_process_alone(tmp_path: Path) -> None:
    script = (
        "(trap 'echo offspring >>heard' TERM; echo $$ >>pids; while :; do sleep 0.05; done) & "
        "trap 'echo main >>heard; exit 0' TERM; echo $$ >>pids; while :; do sleep 0.05; done"
    )
    with Supervisor(tmp_path / "run.json") as supervisor:
        supervisor.start(program(tmp_path, script))
        written_pids(tmp_path, 2)
        supervisor.stop(["one"])
    assert (tmp_path / "heard").read_text() == "main\n"


def test_everything_stops_in_the_reverse_order(tmp_path: Path) -> None:
    script = "trap 'echo {name} >>stopped; exit 0' TERM; echo $$ >>pids; while :; do sleep 0.05; done"
    with Supervisor(tmp_path / "run.json") as supervisor:
        for name in ("first", "second", "third"):
            supervisor.start(program(tmp_path, script.format(name=name), name=name))
        written_pids(tmp_path, 3)
        supervisor.restart("first")
        written_pids(tmp_path, 4)
    assert (tmp_path / "stopped").read_text().split() == ["first", "third", "second", "first"]


def test_a_program_gets_its_own_settings_and_nothing_else_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "leaks")
    monkeypatch.setenv("PYTHONPATH", "/leaks")
    told = Program(
        name="one",
        command=["/usr/bin/env"],
        folder=tmp_path,
        log=tmp_path / "one.log",
        environment={"SEZON_PORT": "1"},
    )
    with Supervisor(tmp_path / "run.json") as supervisor:
        supervisor.launch(told)
        eventually(lambda: (tmp_path / "one.log").read_text())
    names = {line.split("=", 1)[0] for line in (tmp_path / "one.log").read_text().splitlines()}
    assert names == {"PATH", "HOME", "LANG", "SEZON_PORT"}


def test_a_long_log_keeps_its_end_and_one_older_generation(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_text("x" * 200)
    logs.bound(log, limit=100)
    assert (log.stat().st_size, (tmp_path / "one.log.1").stat().st_size) == (0, 200)
