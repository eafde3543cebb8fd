"""A stack starts from its data folder alone, keeps what it acknowledged, and leaves others in peace."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from domain.kit.settings import Settings
from infra.embedded import processes
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack
from migrations.run import head
from tests.servers import Servers, database_of_its_own


def servers_only(folder: Path) -> Stack:
    return Stack(folder, port=0, demo=False, edges=(), fast=True)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with servers_only(tmp_path_factory.mktemp("stack")) as started:
        yield started


def killed_stack(folder: Path, *, sql: str) -> list[processes.Process]:
    """Start a stack in a process of its own, run `sql` in it and kill that process; what it had started."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("stack_launcher.py")), str(folder), sql],
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "done\n"
        recorded = json.loads((folder / "run.json").read_text())["programs"]
        started = [one for pids in recorded.values() for pid, _ in pids if (one := processes.find(pid))]
        launcher.send_signal(signal.SIGKILL)
    return started


async def test_what_was_committed_survives_kill_9_of_the_launcher_and_its_orphans_are_gone(tmp_path: Path) -> None:
    left = killed_stack(tmp_path, sql="CREATE TABLE kept AS SELECT 42 AS n")
    assert len(left) == 6, "a tether and a server each of PostgreSQL, Valkey and the mail sink"

    async with servers_only(tmp_path) as stack:
        assert [one for one in left if one.alive()] == []
        connection = await asyncpg.connect(stack.addresses.superuser_url)
        assert await connection.fetchval("SELECT n FROM kept") == 42
        assert await connection.fetchval("SELECT version_num FROM alembic_version") == head()
        await connection.close()


def test_two_stacks_run_side_by_side_and_one_stops_without_a_trace(stack: Stack, tmp_path: Path) -> None:
    with servers_only(tmp_path) as second:
        pids = second.pids()
        assert stack.pids().keys() == pids.keys() == {"postgres", "valkey", "mail"}
        assert stack.addresses.secrets != second.addresses.secrets
    assert [pid for pid in pids.values() if processes.find(pid)] == []
    assert [pid for pid in stack.pids().values() if not processes.find(pid)] == []


async def test_servers_that_run_elsewhere_are_used_and_none_is_started_in_their_place(
    servers: Servers, tmp_path: Path
) -> None:
    with database_of_its_own(servers) as database:
        elsewhere = Stack(
            tmp_path, port=0, demo=False, edges=(), database=database, broker_url=servers.broker_url, fast=True
        )
        async with elsewhere as stack:
            assert stack.pids().keys() == {"mail"}
            assert stack.settings()["SEZON_BROKER_URL"] == servers.broker_url
            connection = await asyncpg.connect(stack.addresses.superuser_url)
            assert await connection.fetchval("SELECT version_num FROM alembic_version") == head()
            await connection.close()


def test_a_folder_in_use_is_refused_and_its_stack_is_not_disturbed(stack: Stack) -> None:
    pids = stack.pids()
    with pytest.raises(CannotRun, match=rf"already runs in .* \(process {os.getpid()}\)"):
        servers_only(stack.folder.path).start()
    assert stack.pids() == pids


def test_a_port_taken_meanwhile_is_picked_anew_and_the_demo_file_follows(tmp_path: Path) -> None:
    remembered = servers_only(tmp_path).folder.ports()
    (tmp_path / "demo.json").write_text('{"client_id": "kept", "database_url": "old"}')
    with socket.create_server(("127.0.0.1", remembered.postgres)), servers_only(tmp_path) as stack:
        assert stack.addresses.ports.postgres != remembered.postgres
        assert stack.addresses.ports.valkey == remembered.valkey
        assert stack.demo == {
            "client_id": "kept",
            "graphql_url": stack.addresses.graphql_url,
            "token_url": stack.addresses.token_url,
            "admin_url": stack.addresses.admin_url,
            "database_url": stack.addresses.database_url,
        }
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


def test_its_processes_are_told_valid_settings_and_the_relay_alone_of_platform(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, relay = stack.settings(), stack.addresses.for_relay()
    assert {name.removeprefix("SEZON_").lower() for name in {**told, **relay}} <= Settings.model_fields.keys()
    assert "SEZON_PLATFORM_URL" not in told
    assert "SEZON_OWNER_URL" not in {**told, **relay}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert str(Settings().database_url) == stack.addresses.database_url


def test_the_doctor_finds_a_stack_in_order(stack: Stack) -> None:
    stack.sezon("doctor", "--data-dir", str(stack.folder.path))


def test_a_failing_command_is_reported_with_its_last_words(stack: Stack) -> None:
    words = re.escape("`sezon migrate` failed: sezon: The migrations cannot run: Can't locate revision")
    with pytest.raises(CannotRun, match=words):
        stack.sezon("migrate", "--revision", "no-such-revision")
