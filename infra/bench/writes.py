"""Mutations over HTTP, beside bare INSERTs of the rows that they wrote; see `infra/bench/writes --help`."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx2
import orjson
import typer
from rich.console import Console
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.metadata import metadata
from domain.tenants.operations import found_tenant
from domain.tenants.permissions import Permission
from domain.tickets.founding import furnish
from infra.bench.calling import Calling
from infra.bench.crowds import copies_of
from infra.bench.driving import Round, measure
from infra.bench.inserting import Inserting, Tables
from infra.bench.mutations import IMPORT, ORDERS_A_CALL, TOPICS, WRITES, WriteName, buyers
from infra.bench.options import numbers
from infra.bench.people import program
from infra.bench.report import Measured, Report, table
from infra.commands.client import create
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

SCOPES = [Permission.ORDERS_WRITE, Permission.ORDERS_READ, Permission.TICKETS_OPEN, Permission.TICKETS_READ]
POSTGRESQL = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
TABLES: Tables = {
    str(table.name): {
        str(column.name): column.type.compile(dialect=POSTGRESQL) for column in table.columns if column.computed is None
    }
    for table in metadata.sorted_tables
    if "tenant_id" in table.columns and table.name != "counter"
}
"""Where a call may leave rows; what PostgreSQL computes is not written."""

LATEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
"""The first transaction that has not begun."""


LONGEST = 3600.0


class Way(StrEnum):
    API = "api"
    AGAIN = "again"
    BARE = "bare"


WORDS: dict[str, str] = {Way.API: "mutation", Way.AGAIN: "the same again", Way.BARE: "bare INSERTs"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be measured."""

    writes: Sequence[WriteName] = tuple(WriteName)
    connections: Sequence[int] = (1, 16)
    rounds: int = 5
    seconds: float = 5.0
    warm_up: float = 1.0


def run(folder: Path, wanted: Wanted, *, say: Callable[[str], None] = lambda _line: None) -> Report:
    """Measure on servers of the folder's own, which keep what they have acknowledged.

    Raises CannotRun when a call does not do what it is to do.
    """
    with Stack(folder, port=0, demo=False, edges=("api",)) as stack:
        shops = asyncio.run(_shops(stack))
        course = _Course(stack, shops)
        for name in wanted.writes:
            course.round(name, max(wanted.connections), wanted.warm_up)
        asyncio.run(_analyse(stack.addresses.owner_url))
        course.forget()
        for number in range(1, wanted.rounds + 1):
            say(f"Round {number} of {wanted.rounds} ...")
            for name in wanted.writes:
                for connections in wanted.connections:
                    course.round(name, connections, wanted.seconds)
    measured = [Measured(name, connections, rounds) for (name, connections), rounds in course.rounds.items()]
    return Report({"orders_per_import": ORDERS_A_CALL}, measured)


@dataclass(frozen=True)
class Shops:
    """A shop with a program, and its copy, which takes the bare rows."""

    tenant_id: UUID
    copy_id: UUID
    credentials: dict[str, str]


async def _shops(stack: Stack) -> Shops:
    here, now, tenant_id = stack.addresses, datetime.now(UTC), new_id()
    database = Database(engine_for(here.database_url, pool_size=1, name="sezon-bench"))
    async with database.writing(tenant_id) as session:
        await found_tenant(
            session,
            slug=f"bench-{tenant_id.hex[-12:]}",
            name="Bench",
            timezone="Europe/Warsaw",
            currency="PLN",
            language=Language.PL,
            mail_from="pomoc@bench.example",
            schedule=(),
            now=now,
        )
        await furnish(session, language=Language.PL, now=now)
    client = await create(database, tenant_id=tenant_id, name="Bench", scopes=SCOPES, now=now)
    await database.close()
    credentials = {
        "token_url": here.token_url,
        "graphql_url": here.graphql_url,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
    }
    await _bring_buyers(credentials)
    [copy_id] = await copies_of(tenant_id, count=1, superuser_url=here.superuser_url)
    return Shops(tenant_id, copy_id, credentials)


async def _bring_buyers(credentials: Mapping[str, Any]) -> None:
    """Customers who will write tickets, and a first ticket of each topic: numbers are counted from them, and what
    tickets ask for is kept once, with the first that does."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        user = await program(http, dict(credentials))
        await user.ask(IMPORT, input=buyers())
        ticket = WRITES[WriteName.TICKET_OPEN]
        for number in range(len(TOPICS)):
            await user.ask(ticket.document, input=ticket.input(-1 - number))


async def _analyse(owner_url: str) -> None:
    """Let the planner look at the tables: a foreign key's check keeps the plan it made for an empty one."""
    owner: Any = await asyncpg.connect(owner_url)
    try:
        for name in TABLES:
            await owner.execute(f'ANALYZE "{name}"')
    finally:
        await owner.close()


@dataclass
class _Course:
    """The rounds so far, and the number of the next call."""

    stack: Stack
    shops: Shops
    rounds: dict[tuple[WriteName, int], dict[str, list[Round]]] = field(default_factory=dict)
    next: int = 0

    def forget(self) -> None:
        """What was measured so far was only to warm up."""
        self.rounds.clear()

    def round(self, name: WriteName, connections: int, seconds: float) -> None:
        """Call for a while, say the same again where that is worth measuring, and insert what the calls wrote.

        Raises CannotRun.
        """
        here, pids = self.stack.addresses, self.stack.pids()
        authorization, since = asyncio.run(self._ready())
        calls = Calling(
            write=name,
            connections=connections,
            seconds=seconds,
            port=here.port,
            authorization=authorization,
            first=self.next,
        )
        seen = {Way.API: measure(calls, server_pid=pids["api"], postgres_pid=pids["postgres"])}
        self.next += seen[Way.API].requests
        if WRITES[name].again is not None:
            again = replace(calls, seconds=LONGEST, end=self.next, again=True)
            seen[Way.AGAIN] = measure(again, server_pid=pids["api"], postgres_pid=pids["postgres"])
        bare = Inserting(
            connections=connections,
            seconds=seconds,
            database_url=here.database_url,
            tables=TABLES,
            source=str(self.shops.tenant_id),
            target=str(self.shops.copy_id),
            since=since,
        )
        seen[Way.BARE] = measure(bare, server_pid=None, postgres_pid=pids["postgres"])
        self._keep(name, connections, seen)

    async def _ready(self) -> tuple[str, int]:
        """A fresh access token, and the number of the next transaction."""
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
            user = await program(http, self.shops.credentials)
        app: Any = await asyncpg.connect(self.stack.addresses.database_url)
        try:
            return user.headers["Authorization"], await app.fetchval(LATEST)
        finally:
            await app.close()

    def _keep(self, name: WriteName, connections: int, seen: Mapping[Way, Round]) -> None:
        sent, written = seen[Way.API].requests, seen[Way.BARE].requests
        if sent != written:
            raise CannotRun(f"{sent} calls of {name} were answered, and {written} transactions wrote something.")
        kept = self.rounds.setdefault((name, connections), {str(way): [] for way in seen})
        for way, each in seen.items():
            kept[way].append(each)


def main(
    write: Annotated[list[WriteName] | None, typer.Option(help="The mutation; may be given more than once.")] = None,
    connections: Annotated[str, typer.Option(help="One number or several, as in 1,16.")] = "1,16",
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each mutation in each round.")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
    bar: Annotated[float, typer.Option(help="Fail when the API does less, times what is bare.")] = 0.0,
) -> None:
    """Measure calls of orderCreate, ticketOpen and ordersImport (250 orders a call) by a shop's program over HTTP,
    beside bare INSERTs of the very rows that the calls wrote, in one transaction for each call, in another shop."""
    console = Console(stderr=True)
    wanted = Wanted(
        writes=list(dict.fromkeys(write or WriteName)),
        connections=numbers(connections),
        rounds=rounds,
        seconds=seconds,
    )
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as folder:
        try:
            report = run(Path(folder), wanted, say=console.print)
        except CannotRun as error:
            console.print(f"writes: {error}", markup=False)
            sys.exit(2)
    out = Console(width=max(Console().width, 110))
    for measured in report.measured:
        out.print(table(measured, WORDS))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    missed = report.under(bar, Way.BARE)
    for sentence in missed:
        console.print(sentence, markup=False)
    if missed:
        sys.exit(1)


command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
command.command()(main)

if __name__ == "__main__":
    command()
