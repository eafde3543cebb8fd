"""`infra/up` on a machine it cannot use: one sentence, exit code 2, nothing left behind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, as far as the set-up looks at it."""
    copy = tmp_path / "checkout"
    (copy / "infra").mkdir(parents=True)
    for name in ("up", "test", "setup.sh", "check_python.py", "requirements.lock"):
        shutil.copy(CHECKOUT / "infra" / name, copy / "infra" / name)
    shutil.copy(CHECKOUT / "pyproject.toml", copy)
    return copy


def refusal(checkout: Path, python: str | Path, *, script: str = "up") -> str:
    """The sentence with which the script refuses to run with this Python."""
    done = subprocess.run(
        [checkout / "infra" / script],
        env={"PATH": "/usr/bin:/bin", "SEZON_PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    return done.stderr.strip()


def python_where(checkout: Path, lie: str) -> Path:
    """A Python for which `lie` has been executed first."""
    python = checkout.parent / "python"
    code = f"import os, runpy, sys; {lie}; sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    python.chmod(0o755)
    return python


@pytest.mark.parametrize("script", ["up", "test"])
def test_too_old_a_python(checkout: Path, script: str) -> None:
    old = python_where(checkout, "sys.version_info = (3, 9, 2)")
    sentence = refusal(checkout, old, script=script)
    assert sentence.startswith("sezon: Sezon needs Python 3.11 to 3.14; ")
    assert sentence.endswith("is 3.9.2 (set SEZON_PYTHON to another).")
    assert not (checkout / ".venv").exists()


def test_a_python_without_the_means_to_make_a_virtual_environment(checkout: Path) -> None:
    sentence = refusal(checkout, python_where(checkout, "sys.modules['ensurepip'] = None"))
    assert "lacks its part 'ensurepip'" in sentence
    assert "-venv" in sentence


def test_too_old_a_c_library(checkout: Path) -> None:
    sentence = refusal(checkout, python_where(checkout, "os.confstr = lambda name: 'glibc 2.31'"))
    assert sentence == "sezon: Sezon needs glibc 2.34 or newer; this system has glibc 2.31."


def test_another_c_library(checkout: Path) -> None:
    sentence = refusal(checkout, python_where(checkout, "os.confstr = lambda name: None"))
    assert sentence == "sezon: Sezon needs Linux with glibc 2.34 or newer; this system has another C library."


def test_a_python_that_is_not_there(checkout: Path) -> None:
    sentence = refusal(checkout, "/nowhere/python3")
    assert sentence == "sezon: SEZON_PYTHON names /nowhere/python3, which cannot be found."


def test_a_program_that_is_no_python(checkout: Path) -> None:
    assert refusal(checkout, "/bin/false") == "sezon: /bin/false does not run as a Python."


def test_a_checkout_that_cannot_be_written(checkout: Path) -> None:
    (checkout / ".venv").write_text("in the way")
    sentence = refusal(checkout, sys.executable)
    assert sentence.startswith(f"sezon: Cannot write to {checkout}; ")


def test_an_incomplete_checkout(checkout: Path) -> None:
    (checkout / "infra" / "requirements.lock").unlink()
    assert refusal(checkout, sys.executable).endswith(
        "infra/requirements.lock is missing; this checkout is incomplete."
    )
