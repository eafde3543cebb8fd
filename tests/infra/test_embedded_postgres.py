"""The embedded PostgreSQL keeps what it acknowledged, and lets nobody in without a password."""

import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from infra.embedded import processes
from infra.embedded.account import Account, program_files
from infra.embedded.errors import CannotRun
from infra.embedded.ports import free_ports
from infra.embedded.postgres import Postgres
from infra.embedded.roles import RolePasswords, create_roles
from infra.embedded.supervisor import Supervisor
from tests.infra.waiting import eventually

PASSWORDS = RolePasswords(app="a-p", owner="o-p", platform="p-p")


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A server with the settings of `sezon up`, below a folder that its operating-system user cannot walk into."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = Postgres(private / "postgres", port=free_ports(None)[0], password="it's-secret")
    server.initialise()
    yield server
    server.end_leftovers()


def _supervised(postgres: Postgres) -> Supervisor:
    supervisor = Supervisor(postgres.folder.parent / "run.json")
    supervisor.start(postgres.program(postgres.folder.parent / "postgres.log"))
    return supervisor


async def _superuser(postgres: Postgres, password: str | None = None) -> asyncpg.Connection:
    return await asyncpg.connect(
        host="127.0.0.1",
        port=postgres.port,
        user="postgres",
        password=password or postgres.password,
        database="postgres",
    )


async def test_a_committed_row_survives_kill_9_of_the_server(postgres: Postgres) -> None:
    with _supervised(postgres) as supervisor:
        connection = await _superuser(postgres)
        await connection.execute("CREATE TABLE kept AS SELECT 41 AS n; UPDATE kept SET n = 42")
        first = supervisor.pids()["postgres"]
        supervisor.kill("postgres")
        connection.terminate()
        eventually(lambda: supervisor.pids().get("postgres", first) != first)
        supervisor.wait_ready("postgres", within=20)

        again = await _superuser(postgres)
        assert await again.fetchval("SELECT n FROM kept") == 42
        await again.close()


async def test_a_server_that_an_earlier_run_left_behind_is_ended_and_replaced(postgres: Postgres) -> None:
    left = _supervised(postgres)
    old = left.pids()["postgres"]
    with Supervisor(postgres.folder.parent / "another.json") as supervisor:
        supervisor.start(postgres.program(postgres.folder.parent / "postgres.log"))
        assert processes.find(old) is None
        left.close()
        eventually(lambda: processes.working_in(postgres.folder, command="postgres"))


async def test_a_pid_file_that_names_an_unrelated_process_does_not_stop_the_start(postgres: Postgres) -> None:
    (postgres.folder / "postmaster.pid").write_text(f"{os.getpid()}\n/somewhere\n0\n")
    with _supervised(postgres) as supervisor:
        assert supervisor.pids().keys() == {"postgres"}


async def test_it_is_durable_loopback_only_and_asks_the_superuser_for_a_password(postgres: Postgres) -> None:
    with _supervised(postgres):
        connection = await _superuser(postgres)
        names = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "unix_socket_directories")
        assert [await connection.fetchval("SELECT current_setting($1)", name) for name in names] == [
            *("on", "on", "on", "127.0.0.1", ""),
        ]
        methods = await connection.fetch("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
        assert [row["auth_method"] for row in methods] == ["scram-sha-256"]
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _superuser(postgres, password="wrong")


async def test_a_fast_server_still_writes_a_commit_before_it_acknowledges_it(tmp_path: Path) -> None:
    """Else killing the server alone would lose what was acknowledged."""
    server = Postgres(tmp_path / "postgres", port=free_ports(None)[0], password="it's-secret", fast=True)
    server.initialise()
    with _supervised(server):
        connection = await _superuser(server)
        assert await connection.fetchval("SELECT current_setting('fsync')") == "off"
        assert await connection.fetchval("SELECT current_setting('synchronous_commit')") == "on"
        await connection.close()


async def test_creating_the_roles_again_mends_what_has_drifted(postgres: Postgres) -> None:
    with _supervised(postgres):
        create_roles(postgres, PASSWORDS)
        connection = await _superuser(postgres)
        await connection.execute(
            "ALTER ROLE app BYPASSRLS CREATEDB PASSWORD 'other'; GRANT TEMP ON DATABASE sezon TO app"
        )
        create_roles(postgres, PASSWORDS)
        assert tuple(
            await connection.fetchrow(
                """
                SELECT rolbypassrls, rolcreatedb, has_database_privilege('app', 'sezon', 'TEMP')
                FROM pg_roles WHERE rolname = 'app'
                """
            )
        ) == (False, False, False)
        await connection.close()
        app = await asyncpg.connect(postgres.url(role="app", password=PASSWORDS.app, database="sezon"))
        await app.close()


def test_data_of_another_major_version_is_left_alone_with_a_sentence(postgres: Postgres) -> None:
    (postgres.folder / "PG_VERSION").write_text("14\n")
    with pytest.raises(CannotRun, match="written by PostgreSQL 14 and this build brings 17"):
        postgres.initialise()


def test_a_half_made_data_folder_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "junk").write_text("cut short")
    server = Postgres(tmp_path / "postgres", port=free_ports(None)[0], password="x", fast=True)
    server.initialise()
    assert (server.folder / "PG_VERSION").exists()
    assert not half.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_a_server_its_user_cannot_read_is_copied_once_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, copies = tmp_path / "installed", tmp_path / "copies"
    (installed / "bin").mkdir(parents=True, mode=0o700)
    (installed / "bin" / "postgres").write_text("program")
    (installed / "bin" / "postgres").chmod(0o700)
    monkeypatch.setattr("infra.embedded.account.COPIES", copies)
    account = Account(65534, 65534)

    copy = program_files(installed, version="17.0", account=account)

    assert copy.parent == copies
    assert (copy / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
    assert program_files(installed, version="17.0", account=account) == copy
    assert program_files(installed, version="17.0", account=None) == installed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_a_copy_that_others_could_change_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed, copies = tmp_path / "installed", tmp_path / "copies"
    (installed / "bin").mkdir(parents=True, mode=0o700)
    (installed / "bin" / "postgres").write_text("program")
    copies.mkdir()
    copies.chmod(0o777)
    monkeypatch.setattr("infra.embedded.account.COPIES", copies)
    with pytest.raises(CannotRun, match="root alone can change"):
        program_files(installed, version="17.0", account=Account(65534, 65534))


def test_ending_what_is_left_leaves_no_process_of_the_server(postgres: Postgres) -> None:
    with _supervised(postgres):
        running = processes.working_in(postgres.folder, command="postgres")
        postgres.end_leftovers()
        assert len(running) > 1
        assert [one for one in running if one.alive()] == []
