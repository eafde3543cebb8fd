"""What continuous integration does about a browser before it runs `infra/test`."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose `infra/test` says how it was called, on a machine of the test's own."""
    for script in (".ci/run", "infra/test"):
        (tmp_path / script).parent.mkdir()
    shutil.copy(CHECKOUT / ".ci/run", tmp_path / ".ci/run")
    program(tmp_path / "infra/test", 'echo "required=$SEZON_REQUIRE_BROWSER"')
    (tmp_path / "bin").mkdir()
    for tool in ("bash", "env", "dirname", "timeout", "cp"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(checkout: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(checkout / "bin"), **environment}
    return subprocess.run([checkout / ".ci/run"], env=environment, capture_output=True, text=True, check=False)


def test_a_browser_that_is_there_is_used(checkout: Path) -> None:
    program(checkout / "bin/chromium", "exit 0")
    done = run(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "required=1\n", "")


@pytest.mark.parametrize("package", ["chromium-headless-shell", "chromium"])
def test_one_that_is_missing_is_installed_after_one_update(checkout: Path, package: str) -> None:
    """The shell where Debian has it, the whole where it has not."""
    asked = checkout / "asked"
    apt = f'echo "$*" >>{asked}; case "$*" in *{package}) cp $0 {checkout}/bin/{package};; *install*) exit 100;; esac'
    program(checkout / "bin/apt-get", apt)
    done = run(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "required=1\n", "Installing Chromium ...\n")
    options = "--yes --quiet=2 -o Acquire::Retries=3 -o DPkg::Lock::Timeout=60"
    assert asked.read_text().splitlines() == [
        f"{options} update",
        f"{options} install --no-install-recommends chromium-headless-shell",
        *([f"{options} install --no-install-recommends chromium"] if package == "chromium" else []),
    ]


@pytest.mark.parametrize("apt", ["exit 100", "exit 0"])
def test_one_that_cannot_be_installed_is_a_failure_before_any_check(checkout: Path, apt: str) -> None:
    program(checkout / "bin/apt-get", apt)
    done = run(checkout)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "ci: Chromium could not be installed by apt-get. Run as root on Debian, or set SEZON_CHROMIUM."
    )


def test_a_machine_without_apt_says_the_same(checkout: Path) -> None:
    done = run(checkout, SEZON_CHROMIUM="/nowhere/chromium")
    assert done.returncode == 2
    assert "set SEZON_CHROMIUM" in done.stderr
