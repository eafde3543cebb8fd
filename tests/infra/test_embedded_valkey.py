"""The embedded Valkey keeps what it acknowledged and never throws a message away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from infra.embedded.ports import free_ports
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from tests.infra.waiting import eventually


@pytest.fixture
def valkey(tmp_path: Path) -> Valkey:
    server = Valkey(tmp_path / "valkey", port=free_ports(None)[0], password="secret")
    server.initialise()
    return server


@pytest.fixture
def supervisor(valkey: Valkey, tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "run.json") as started:
        started.start(valkey.program(tmp_path / "valkey.log"))
        yield started


def test_a_message_survives_kill_9(valkey: Valkey, supervisor: Supervisor) -> None:
    with Redis.from_url(valkey.url) as client:
        client.set("message", "kept")
    first = supervisor.pids()["valkey"]
    supervisor.kill("valkey")
    eventually(lambda: supervisor.pids().get("valkey", first) != first and valkey.answers())
    with Redis.from_url(valkey.url) as client:
        assert client.get("message") == b"kept"


def test_a_message_survives_a_graceful_restart(valkey: Valkey, supervisor: Supervisor) -> None:
    with Redis.from_url(valkey.url) as client:
        client.set("message", "kept")
    supervisor.restart("valkey")
    with Redis.from_url(valkey.url) as client:
        assert client.get("message") == b"kept"


def test_its_settings_lose_nothing(valkey: Valkey, supervisor: Supervisor) -> None:
    with Redis.from_url(valkey.url) as client:
        found = {**client.config_get("append*"), **client.config_get("maxmemory-policy"), **client.config_get("bind")}
    assert {name: found[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "bind")} == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }


def test_nobody_gets_in_without_the_password(valkey: Valkey, supervisor: Supervisor) -> None:
    assert not Valkey(valkey.folder, port=valkey.port, password="guess").answers()
    assert (valkey.folder / "valkey.conf").stat().st_mode & 0o077 == 0
