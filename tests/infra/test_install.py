"""The real installation, with the packages of the lock: cut short, it is repaired; done, it costs nothing."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.waiting import eventually

CHECKOUT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".venv", ".data", ".git", ".*_cache", "node_modules", "*.egg-info", "__pycache__")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def set_up(checkout: Path) -> "subprocess.Popen[str]":
    """`infra/up --help` sets up and then only prints."""
    environment = {**os.environ, "SEZON_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [checkout / "infra" / "up", "--help"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_an_installation_that_was_killed_is_repaired_and_then_left_alone(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(CHECKOUT, checkout, ignore=LEFT_OUT)

    with set_up(checkout) as killed:
        eventually(lambda: len(list(checkout.glob(".venv/lib/*/site-packages/*.dist-info"))) > 20, within=300)
        os.killpg(killed.pid, signal.SIGKILL)

    with set_up(checkout) as first, set_up(checkout) as meanwhile:
        told = [running.communicate() for running in (first, meanwhile)]
        assert (first.returncode, meanwhile.returncode) == (0, 0)
    assert sorted("Installing" in complaints for _, complaints in told) == [False, True], "one installs, one waits"
    assert all("Usage: sezon up" in said for said, _ in told)
    subprocess.run([checkout / ".venv" / "bin" / "python", "-m", "pip", "check"], check=True, capture_output=True)

    with set_up(checkout) as again:
        said, complaints = again.communicate()
    assert (again.returncode, complaints) == (0, "")
    assert "Usage: sezon up" in said


def test_packages_that_cannot_be_installed_are_one_sentence(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(CHECKOUT, checkout, ignore=LEFT_OUT)
    lock = checkout / "infra" / "requirements.lock"
    lock.write_text("nothing-with-this-name @ file:///nowhere.whl --hash=sha256:00\n")
    with set_up(checkout) as running:
        _, complaints = running.communicate()
    assert running.returncode == 2
    assert complaints.splitlines()[1].startswith("sezon: The packages could not be installed: ERROR: ")
    assert (checkout / ".venv" / ".sezon-unfinished").exists(), "the next run begins the environment afresh"
