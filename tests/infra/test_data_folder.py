"""The data folder is private, held by one stack, and keeps its secrets."""

from pathlib import Path

import pytest

from infra.embedded.data_folder import DataFolder
from infra.embedded.errors import CannotRun


def test_secrets_survive_and_are_for_their_user_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.hold()
    made = folder.secrets()
    folder.release()
    assert DataFolder(tmp_path / "data").secrets() == made
    assert (tmp_path / "data" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_missing_secrets_are_not_made_anew_beside_a_database(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(CannotRun, match="put it back or remove both"):
        DataFolder(tmp_path).secrets()
    assert not (tmp_path / "secrets.json").exists()


def test_damaged_secrets_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"app": 1')
    with pytest.raises(CannotRun, match="is damaged"):
        DataFolder(tmp_path).secrets()
    assert (tmp_path / "secrets.json").read_text() == '{"app": 1'


def test_ports_are_remembered(tmp_path: Path) -> None:
    assert DataFolder(tmp_path).ports() == DataFolder(tmp_path).ports()


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.hold()
    with pytest.raises(CannotRun, match="already runs in"):
        second.hold()
    first.release()
    second.hold()
    second.release()


def test_a_folder_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotRun, match=r"Cannot write to .* choose another folder with --data-dir"):
        DataFolder(tmp_path / "file" / "data").hold()
