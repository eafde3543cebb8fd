"""Where an import goes, and as whom."""

import json
from pathlib import Path

import pytest

from infra.commands.imports.access import Access, access
from infra.embedded.errors import CannotRun

SAID = {
    "url": "https://sezon.example/graphql",
    "token_url": "https://sezon.example/oauth/token",
    "client_id": "szc_1",
    "client_secret": "tell-nobody",
}
DEMO = {
    "graphql_url": "http://127.0.0.1:8000/graphql",
    "token_url": "http://127.0.0.1:8000/oauth/token",
    "client_id": "szc_demo",
    "client_secret": "demo-secret",
    "admin_email": "owner@demo.example",
}


def refusal(folder: Path, **said: str | None) -> str:
    with pytest.raises(CannotRun) as refused:
        access(**{"url": None, "token_url": None, "client_id": None, "client_secret": None, **said}, data_dir=folder)
    return str(refused.value)


def test_what_is_said_counts_and_a_secret_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(DEMO))
    told = access(**SAID, data_dir=tmp_path)
    assert told == Access(*SAID.values())
    assert "tell-nobody" not in repr(told)
    assert not told.is_local


def test_without_anything_said_it_is_the_demo(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(DEMO))
    told = access(url=None, token_url=None, client_id=None, client_secret=None, data_dir=tmp_path)
    assert told == Access(*list(DEMO.values())[:4])
    assert told.is_local


def test_a_part_alone_is_never_completed_from_the_demo(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(DEMO))
    assert refusal(tmp_path, url=SAID["url"], client_id="szc_1", client_secret="") == (
        "Say also --token-url (SEZON_IMPORT_TOKEN_URL), --client-secret (SEZON_CLIENT_SECRET); without any of the "
        "four, the demo in --data-dir is meant."
    )


def test_no_demo_and_a_damaged_one_are_one_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        f"There is no demo in {tmp_path}; start one with infra/up, or say where to import with --url, --token-url, "
        "--client-id and --client-secret."
    )
    (tmp_path / "demo.json").write_text("{}")
    assert refusal(tmp_path) == f"{tmp_path}/demo.json cannot be read: KeyError."


def test_a_secret_does_not_travel_in_clear(tmp_path: Path) -> None:
    for name in ("url", "token_url"):
        said = {**SAID, name: "http://sezon.example/there"}
        assert refusal(tmp_path, **said) == (
            "http://sezon.example/there is not https: anybody on the way could read the secret."
        )
    local = {**SAID, "url": "http://localhost:8000/graphql", "token_url": "http://[::1]:8000/oauth/token"}
    assert access(**local, data_dir=tmp_path).is_local


@pytest.mark.parametrize("address", ["sezon.example", "ftp://sezon.example", "https://", "http://[::1"])
def test_what_is_no_address_is_one_sentence(tmp_path: Path, address: str) -> None:
    assert refusal(tmp_path, **{**SAID, "url": address}) == (
        f"{address} is no address; write one such as https://sezon.example/graphql."
    )
