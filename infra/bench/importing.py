"""Orders through `ordersImport`, beside bare INSERTs of the rows that it wrote; see `infra/bench/import --help`."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx2
import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.kit.imports import MOST_ROWS
from domain.metadata import metadata
from domain.tenants.operations import found_tenant
from domain.tenants.permissions import Permission
from infra.bench.cpu import cpu_seconds
from infra.bench.people import User, program
from infra.bench.transactions import set_tenant
from infra.commands.client import create
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

IMPORT = """mutation ($input: OrdersImportInput!) { ordersImport(input: $input) { __typename
    ... on OrdersImported { created unchanged rows { index externalId outcome id failures { code field message } } }
    ... on Failure { code message }
} }"""

TABLES = (
    "customer", "customer_mailbox", "order", "order_line", "payment", "payment_entry", "shipment", "event",
)  # fmt: skip
"""What an order leaves, in the order in which the rows refer to each other."""

LONGEST = 60.0
"""Seconds after which no round begins, so that a slow machine does not keep anybody for long."""

FIGURES = ("orders_per_second", "api_cpu_ms", "database_cpu_ms")
POSTGRESQL = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
WAYS = {"new": "ordersImport, new", "again": "the same again", "bare": "bare INSERTs"}


@dataclass(frozen=True)
class Round:
    """Orders per second by one way, and milliseconds of CPU per order of the API and of PostgreSQL."""

    orders_per_second: float
    api_cpu_ms: float
    database_cpu_ms: float


@dataclass(frozen=True)
class Report:
    """All rounds by connections and way."""

    rounds: Mapping[tuple[int, str], Sequence[Round]]
    rows_per_order: float

    def median(self, connections: int, way: str, figure: str) -> float:
        figures: list[float] = [asdict(each)[figure] for each in self.rounds[connections, way]]
        return statistics.median(figures)

    def ratio(self, connections: int) -> float:
        """How many times the orders per second of the import bare INSERTs reach: the median of each round's ratio."""
        pairs = zip(self.rounds[connections, "bare"], self.rounds[connections, "new"], strict=True)
        return statistics.median(bare.orders_per_second / new.orders_per_second for bare, new in pairs)

    def as_json(self) -> dict[str, Any]:
        return {
            "cores": os.cpu_count(),
            "rows_per_order": self.rows_per_order,
            "ways": [
                {"connections": connections, "way": way, "rounds": rounds}
                for (connections, way), rounds in self.rounds.items()
            ],
        }


def order(number: int) -> dict[str, Any]:
    """A paid and sent order of a new customer, with two lines."""
    placed = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return {
        "externalId": f"bench-{number}",
        "number": f"BENCH/{number}",
        "customer": {
            "externalId": f"bench-{number}",
            "name": "Zofia Żak",
            "email": f"klient-{number}@klient.example",
            "phone": "600 000 000",
        },
        "currency": "PLN",
        "totalAmount": 15_900,
        "placedAt": placed.isoformat(),
        "promisedOn": (placed + timedelta(days=4)).date().isoformat(),
        "lines": [
            {"sku": f"B-{number % 97}", "name": "Bombka szklana, ręcznie malowana", "quantity": 3, "unitAmount": 4_800},
            {"sku": "DOSTAWA", "name": "Dostawa do paczkomatu", "quantity": 1, "unitAmount": 1_500},
        ],
        "payments": [{"method": "CARD", "amount": 15_900, "receivedAt": placed.isoformat()}],
        "shipments": [{"carrier": "InPost", "trackingNumber": f"{number}", "shippedAt": placed.isoformat()}],
        "status": "SHIPPED",
    }


def run(
    folder: Path,
    *,
    connections: Sequence[int],
    calls: int,
    rounds: int,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Measure on servers of the folder's own. Raises CannotRun when an import does not do what it is to do."""
    with Stack(folder, port=0, demo=False, edges=("api",)) as stack:
        return asyncio.run(_measured(stack, connections=connections, calls=calls, rounds=rounds, say=say))


async def _measured(
    stack: Stack, *, connections: Sequence[int], calls: int, rounds: int, say: Callable[[str], None]
) -> Report:
    """Orders per second by all ways, in turns."""
    here, pids = stack.addresses, stack.pids()
    measured: dict[tuple[int, str], list[Round]] = defaultdict(list)
    rows_per_order = 0.0
    bare_shop = await _shops(here.database_url)
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        credentials = {"token_url": here.token_url, "graphql_url": here.graphql_url}
        user = await program(http, {**credentials, **bare_shop.client})
        await _warm_up(user, here.owner_url)
        made, begun = 0, time.monotonic()
        for number in range(1, rounds + 1):
            if time.monotonic() - begun > LONGEST:
                say(f"That is enough: {number - 1} rounds.")
                break
            say(f"Round {number} of {rounds} ...")
            for width in connections:
                count = calls * width
                batches = [
                    [order(made + place * MOST_ROWS + each) for each in range(MOST_ROWS)] for place in range(count)
                ]
                made += count * MOST_ROWS
                bodies = [_body(batch) for batch in batches]
                seconds: dict[str, Round] = {}
                for way, expected in (("new", "created"), ("again", "unchanged")):
                    work = [_sending(user, body, expected) for body in bodies]
                    seconds[way] = await _timed(work, width, pids)
                rows = await _rows(here.database_url, bare_shop.tenant_id, batches)
                rows_per_order = sum(len(each) for batch in rows for each in batch.values()) / (count * MOST_ROWS)
                seconds["bare"] = await _bare(here.database_url, bare_shop.other_id, rows, width, pids)
                for way, seen in seconds.items():
                    measured[width, way].append(seen)
    return Report(measured, rows_per_order)


@dataclass(frozen=True)
class Shops:
    """A shop with an API client, and one without that takes the bare rows."""

    tenant_id: UUID
    other_id: UUID
    client: dict[str, str]


async def _shops(database_url: str) -> Shops:
    database = Database(engine_for(database_url, pool_size=1, name="sezon-bench"))
    now, ids = datetime.now(UTC), (new_id(), new_id())
    for tenant_id in ids:
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
    scopes = [Permission.ORDERS_WRITE, Permission.ORDERS_READ]
    client = await create(database, tenant_id=ids[0], name="Bench", scopes=scopes, now=now)
    await database.close()
    return Shops(*ids, {"client_id": client.client_id, "client_secret": client.client_secret})


Work = Callable[[], Awaitable[None]]


async def _timed(work: Sequence[Work], width: int, pids: Mapping[str, int]) -> Round:
    """Do the work, so many at a time."""

    async def lane(place: int) -> None:
        for each in work[place::width]:
            await each()

    def used() -> tuple[float, float]:
        return cpu_seconds(pids["api"]), cpu_seconds(pids["postgres"])

    before, begun = used(), time.perf_counter()
    await asyncio.gather(*(lane(place) for place in range(width)))
    took, orders = time.perf_counter() - begun, len(work) * MOST_ROWS
    api, database = (1000 * (now - then) / orders for now, then in zip(used(), before, strict=True))
    return Round(orders / took, api, database)


def _body(batch: Sequence[Mapping[str, Any]]) -> bytes:
    return orjson.dumps({"query": IMPORT, "variables": {"input": {"orders": batch}}})


def _sending(user: User, body: bytes, expected: str) -> Work:
    async def send() -> None:
        headers = {**user.headers, "Content-Type": "application/json"}
        answer = await user.http.post(user.url, content=body, headers=headers)
        if answer.status_code != 200 or answer.json()["data"]["ordersImport"].get(expected) is None:
            raise CannotRun(f"An import answered {answer.status_code} {answer.text[:500]}")
        outcome = answer.json()["data"]["ordersImport"]
        if outcome[expected] != len(outcome["rows"]):
            raise CannotRun(f"An import of {len(outcome['rows'])} orders says {expected}: {outcome[expected]}.")

    return send


async def _warm_up(user: User, owner_url: str) -> None:
    """Some orders, and the planner's look at them: a foreign key's check keeps the plan it made for an empty table."""
    for batch in range(1, 5):
        body = _body([order(-MOST_ROWS * batch - number) for number in range(MOST_ROWS)])
        await _sending(user, body, "created")()
    owner: Any = await asyncpg.connect(owner_url)
    try:
        for table in TABLES:
            await owner.execute(f'ANALYZE "{table}"')
    finally:
        await owner.close()


Rows = dict[str, list[Any]]


async def _rows(database_url: str, tenant_id: UUID, batches: Sequence[Sequence[Mapping[str, Any]]]) -> list[Rows]:
    """All that the import wrote of each batch, by table."""
    app: Any = await asyncpg.connect(database_url)
    found = []
    try:
        async with app.transaction():
            await app.execute(set_tenant(tenant_id))
            for batch in batches:
                names = [each["externalId"] for each in batch]
                mailboxes = [each["customer"]["email"] for each in batch]
                customers = await app.fetch(_of("customer", "external_id = ANY($1)"), names)
                orders = await app.fetch(_of("order", "external_id = ANY($1)"), names)
                order_ids = [row["id"] for row in orders]
                payments = await app.fetch(_of("payment", "order_id = ANY($1)"), order_ids)
                payment_ids = [row["id"] for row in payments]
                roots = [*order_ids, *(row["id"] for row in customers)]
                found.append(
                    {
                        "customer": customers,
                        "customer_mailbox": await app.fetch(_of("customer_mailbox", "mailbox = ANY($1)"), mailboxes),
                        "order": orders,
                        "order_line": await app.fetch(_of("order_line", "order_id = ANY($1)"), order_ids),
                        "payment": payments,
                        "payment_entry": await app.fetch(_of("payment_entry", "payment_id = ANY($1)"), payment_ids),
                        "shipment": await app.fetch(_of("shipment", "order_id = ANY($1)"), order_ids),
                        "event": await app.fetch(_of("event", "aggregate_id = ANY($1)"), roots),
                    }
                )
    finally:
        await app.close()
    return found


def _of(table: str, where: str) -> str:
    return f'SELECT {_names(table)} FROM "{table}" WHERE {where}'  # noqa: S608


def _columns(table: str) -> list[Column[Any]]:
    """Those that are written: PostgreSQL computes the others."""
    return [column for column in metadata.tables[table].columns if column.computed is None]


def _names(table: str) -> str:
    return ", ".join(f'"{column.name}"' for column in _columns(table))


async def _bare(
    database_url: str, tenant_id: UUID, batches: Sequence[Rows], width: int, pids: Mapping[str, int]
) -> Round:
    """The same rows in another shop: one INSERT a table and batch, in one transaction a batch."""
    connections: list[Any] = [await asyncpg.connect(database_url) for _ in range(width)]
    free = list(connections)
    columns = [{table: _arrays(table, rows, tenant_id) for table, rows in batch.items()} for batch in batches]

    def inserting(arrays: Mapping[str, Sequence[Any]]) -> Work:
        async def insert() -> None:
            app = free.pop()
            async with app.transaction():
                await app.execute(set_tenant(tenant_id))
                for table in TABLES:
                    await app.execute(_insertion(table), *arrays[table])
            free.append(app)

        return insert

    try:
        return await _timed([inserting(each) for each in columns], width, pids)
    finally:
        for app in connections:
            await app.close()


def _insertion(table: str) -> str:
    types = [column.type.compile(dialect=POSTGRESQL) for column in _columns(table)]
    arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, start=1))
    return f'INSERT INTO "{table}" ({_names(table)}) SELECT * FROM unnest({arrays})'  # noqa: S608


def _arrays(table: str, rows: Sequence[Any], tenant_id: UUID) -> list[list[Any]]:
    """A list of values for each column."""
    names = [column.name for column in _columns(table)]
    return [[tenant_id if name == "tenant_id" else row[name] for row in rows] for name in names]


def table(report: Report, connections: Sequence[int]) -> Table:
    """The report for people."""
    shown = Table(
        title=f"{MOST_ROWS} orders a call, {report.rows_per_order:.0f} rows an order, {os.cpu_count()} cores for all",
        caption="Medians. The load runs on the same cores.",
    )
    shown.add_column("", no_wrap=True)
    for words in ("connections", "orders/s", "API CPU, ms an order", "PostgreSQL CPU, ms an order", "times the import"):
        shown.add_column(words, justify="right")
    for width in connections:
        for way, words in WAYS.items():
            figures = [
                report.median(width, way, name) for name in ("orders_per_second", "api_cpu_ms", "database_cpu_ms")
            ]
            ratio = f"{report.ratio(width):.2f}" if way == "bare" else ""
            shown.add_row(words, str(width), f"{figures[0]:,.0f}", f"{figures[1]:.2f}", f"{figures[2]:.2f}", ratio)
    return shown


def main(
    calls: Annotated[int, typer.Option(min=1, help="Of each connection in each round.")] = 6,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Measure orders per second through ordersImport over HTTP, 250 a call, on 1 and on 4 connections: new orders, the
    same again, and bare INSERTs of the very rows that the import wrote."""
    console, connections = Console(stderr=True), (1, 4)
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as folder:
        try:
            report = run(Path(folder), connections=connections, calls=calls, rounds=rounds, say=console.print)
        except CannotRun as error:
            console.print(f"import: {error}", markup=False)
            sys.exit(2)
    Console().print(table(report, connections))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    typer.run(main)
