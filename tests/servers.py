"""One PostgreSQL and one Valkey for a whole test run."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.ports import free_ports
from infra.embedded.postgres import SUPERUSER, Postgres
from infra.embedded.roles import DATABASE, RolePasswords, create_roles
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey

GIVEN = {
    "app_url": "SEZON_TEST_DATABASE_URL",
    "owner_url": "SEZON_TEST_OWNER_URL",
    "platform_url": "SEZON_TEST_PLATFORM_URL",
    "broker_url": "SEZON_TEST_BROKER_URL",
}


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where the servers of this test run are; the database exists with its roles and has no tables yet."""

    app_url: str
    owner_url: str
    platform_url: str
    broker_url: str
    superuser_url: str | None = None
    """In the same database; None on servers that were given."""


@contextmanager
def embedded_servers() -> Iterator[Servers]:
    """Start fast servers for the test run, or use those that all of `SEZON_TEST_*_URL` name."""
    given = {name: url for name, variable in GIVEN.items() if (url := os.environ.get(variable))}
    if given:
        missing = [variable for name, variable in GIVEN.items() if name not in given]
        if missing:
            raise RuntimeError(f"Some test servers are given, so these must be as well: {', '.join(missing)}")
        yield Servers(**given, superuser_url=os.environ.get("SEZON_TEST_SUPERUSER_URL"))
        return
    with (
        tempfile.TemporaryDirectory(prefix="sezon-test-", ignore_cleanup_errors=True) as folder,
        _started(Path(folder)) as servers,
    ):
        yield servers


@contextmanager
def _started(folder: Path) -> Iterator[Servers]:
    passwords = RolePasswords(*(secrets.token_urlsafe(16) for _ in range(3)))
    postgres_port, valkey_port = free_ports(None, None)
    postgres = Postgres(folder / "postgres", port=postgres_port, password=secrets.token_urlsafe(16), fast=True)
    valkey = Valkey(folder / "valkey", port=valkey_port, password=secrets.token_urlsafe(16), fast=True)
    postgres.initialise()
    valkey.initialise()
    with Supervisor(folder / "run.json") as supervisor:
        supervisor.start(postgres.program(folder / "postgres.log"))
        supervisor.start(valkey.program(folder / "valkey.log"))
        create_roles(postgres, passwords)
        yield Servers(
            app_url=postgres.url(role="app", password=passwords.app, database=DATABASE),
            owner_url=postgres.url(role="owner", password=passwords.owner, database=DATABASE),
            platform_url=postgres.url(role="platform", password=passwords.platform, database=DATABASE),
            superuser_url=postgres.url(role=SUPERUSER, password=postgres.password, database=DATABASE),
            broker_url=valkey.url,
        )
