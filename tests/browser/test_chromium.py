"""Which browser is driven, and what happens where there is none."""

from pathlib import Path

import pytest

from tests.browser import chromium


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it; its folder of programs."""
    for variable in ("SEZON_CHROMIUM", "SEZON_REQUIRE_BROWSER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str) -> str:
    program = folder / name
    program.touch(mode=0o755)
    return str(program)


def test_the_first_of_the_usual_names_is_taken(machine: Path) -> None:
    for name in reversed(chromium.NAMES):
        program = put(machine, name)
        assert chromium.path() == program


def test_one_that_is_named_is_taken_before_those(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine, "chromium")
    monkeypatch.setenv("SEZON_CHROMIUM", put(machine, "mine"))
    assert chromium.path() == str(machine / "mine")


def test_one_that_is_named_and_not_there_is_a_failure(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine, "chromium")
    monkeypatch.setenv("SEZON_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(pytest.fail.Exception, match="SEZON_CHROMIUM names /nowhere/chromium, which is no program"):
        chromium.path()


def test_without_one_tests_are_skipped_with_the_reason(machine: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="There is no browser: none of chromium-headless-shell, chromium, "):
        chromium.path()


def test_where_one_is_required_its_absence_is_a_failure(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEZON_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="SEZON_REQUIRE_BROWSER=1 makes that a failure"):
        chromium.path()
