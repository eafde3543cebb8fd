"""The inbox page through the whole API, beside the same page by one statement; see `infra/bench/inbox --help`."""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx2
import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from domain.agents.browser import cookie_name
from domain.agents.models import Member
from domain.agents.sessions import Claim, sign_in
from domain.agents.sessions import SignedIn as Session
from domain.kit.database import Database, engine_for
from infra.bench import load
from infra.bench.cpu import cpu_seconds
from infra.bench.data import Share, Size, fill
from infra.bench.load import Plan, Seen
from infra.bench.page import GRAPHQL, SQL, set_tenant
from infra.embedded.data_folder import write_private
from infra.embedded.errors import CannotRun
from infra.embedded.parts import PYTHON
from infra.embedded.ports import LOOPBACK, free_ports, is_free
from infra.embedded.program import Program
from infra.embedded.stack import Stack
from infra.embedded.supervisor import Supervisor

SIGNED_IN = 3
"""People of each shop who look at their inbox."""

WARM_UP = 1.0
MARK = "bench-data"
"""The file that says which data a kept folder holds, once it holds all of it."""

CONTROL = ("BEGIN", "SET", "ROLLBACK", "COMMIT")


@dataclass(frozen=True)
class Round:
    """What one way to the page did in one round. CPU is in milliseconds per request."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float
    client_cpu_ms: float
    bytes_per_response: float

    @property
    def cpu_ms(self) -> float:
        """Of everybody who took part."""
        return self.server_cpu_ms + self.database_cpu_ms + self.client_cpu_ms


@dataclass(frozen=True)
class Statements:
    """What one request makes PostgreSQL do: statements that read, and those that begin and end transactions."""

    reading: int
    control: int


@dataclass(frozen=True)
class Way:
    """One way to the page: what drives it, and the process between that and PostgreSQL, if there is one."""

    name: str
    plan: Plan
    server_pid: int | None
    statements: Statements


@dataclass(frozen=True)
class Report:
    """The rounds by way, what one request of each takes, and how the API compares with the others."""

    size: Size
    connections: int
    rounds: dict[str, list[Round]]
    statements: dict[str, Statements]

    def median(self, way: str) -> Round:
        rounds = [asdict(each) for each in self.rounds[way]]
        return Round(**{name: statistics.median(each[name] for each in rounds) for name in rounds[0]})

    def ratio(self, way: str) -> float:
        """How many times the API's requests per second that way serves: the median of each round's own ratio."""
        pairs = zip(self.rounds[way], self.rounds["api"], strict=True)
        return statistics.median(other.requests_per_second / api.requests_per_second for other, api in pairs)

    def cpu_ratio(self, way: str) -> float:
        """How much more CPU the API takes for a page; other work on the machine disturbs it less than a rate."""
        pairs = zip(self.rounds[way], self.rounds["api"], strict=True)
        return statistics.median(api.cpu_ms / other.cpu_ms for other, api in pairs)

    def as_json(self) -> dict[str, Any]:
        return {
            "size": asdict(self.size),
            "connections": self.connections,
            "cores": os.cpu_count(),
            "ways": {
                way: {
                    "median": asdict(self.median(way)),
                    "statements": asdict(self.statements[way]),
                    "times_the_api": self.ratio(way),
                    "times_its_cpu": self.cpu_ratio(way),
                    "rounds": [asdict(each) for each in rounds],
                }
                for way, rounds in self.rounds.items()
            },
        }


class PagesDiffer(Exception):
    """The API and the statement do not give the same page, so there is nothing to compare."""


def run(
    folder: Path,
    *,
    size: Size,
    rounds: int,
    seconds: float,
    connections: int = 16,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Fill the folder's database unless it holds this very data, compare the pages, and measure.

    Raises PagesDiffer, CannotRun.
    """
    kept = _keeps(folder, size)
    with Stack(folder, port=0, demo=False, fast=True, edges=("api",)) as stack, ExitStack() as open_until_the_end:
        if not kept:
            say(f"Filling {size.tenants} shops with {size.orders:,} orders and {size.tickets:,} tickets ...")
            asyncio.run(fill(size, owner_url=stack.addresses.owner_url, app_url=stack.addresses.database_url))
            write_private(folder / MARK, size.mark())
        asked = asyncio.run(_asked(stack, size.shares()))
        asyncio.run(_compare(stack, asked))
        say(f"{len(size.shares())} shops give the same page both ways.")
        bare = open_until_the_end.enter_context(_bare(stack))
        ways = _ways(stack, asked, bare, Plan(connections=connections, seconds=seconds))
        for way in ways:
            _drive(replace(way.plan, seconds=WARM_UP))
        measured: dict[str, list[Round]] = {way.name: [] for way in ways}
        for number in range(1, rounds + 1):
            say(f"Round {number} of {rounds} ...")
            for way in ways:
                measured[way.name].append(_round(way, stack.pids()["postgres"]))
    return Report(size, connections, measured, {way.name: way.statements for way in ways})


def _keeps(folder: Path, size: Size) -> bool:
    """Whether this very data is in the folder already. Raises CannotRun when other data is."""
    try:
        found = (folder / MARK).read_text(encoding="ascii")
    except FileNotFoundError:
        found = ""
    if found != size.mark() and folder.exists() and any(folder.iterdir()):
        raise CannotRun(f"{folder} holds other data; remove it or name another folder.")
    return found == size.mark()


@dataclass(frozen=True)
class Asked:
    """One signed-in person's request for the page."""

    tenant_id: UUID
    headers: Mapping[str, str]
    body: bytes

    def raw(self, port: int) -> str:
        lines = {"Host": f"{LOOPBACK}:{port}", **self.headers, "Content-Length": str(len(self.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST /graphql HTTP/1.1\r\n{head}\r\n{self.body.decode()}"


async def _asked(stack: Stack, shares: Sequence[Share]) -> list[Asked]:
    """A request for each of the first people of every shop, in the order in which connections will send them."""
    body, asked = orjson.dumps({"query": GRAPHQL}), []
    async with _database(stack) as database:
        for share in shares:
            for cookie in await _sign_in(database, share.tenant_id):
                headers = {
                    "Cookie": f"{cookie_name(https=False)}={cookie}",
                    "Origin": stack.addresses.url,
                    "X-Sezon-Request": "1",
                    "Content-Type": "application/json",
                }
                asked.append(Asked(share.tenant_id, headers, body))
    return [one for place in range(SIGNED_IN) for one in asked[place::SIGNED_IN]]


async def _sign_in(database: Database, tenant_id: UUID) -> list[str]:
    """Sessions of the shop's first people, whose passwords nobody has: their check is taken as passed."""
    now, cookies = datetime.now(UTC), []
    async with database.writing(tenant_id) as session:
        people = select(Member.id, Member.password_hash).where(Member.tenant_id == tenant_id)
        for id, password_hash in (await session.execute(people.order_by(Member.id).limit(SIGNED_IN))).all():
            begun = await sign_in(session, claimed=Claim(id, password_hash, proven=True), now=now)
            if not isinstance(begun, Session):
                raise CannotRun(f"Member {id} could not be signed in.")
            cookies.append(str(begun.credential))
    return cookies


@asynccontextmanager
async def _database(stack: Stack) -> AsyncIterator[Database]:
    database = Database(engine_for(stack.addresses.database_url, pool_size=1, name="sezon-bench"))
    try:
        yield database
    finally:
        await database.close()


async def _compare(stack: Stack, asked: Iterable[Asked]) -> None:
    """Raises PagesDiffer unless every shop's page is the same by the API and by the statement, and not empty."""
    app: Any = await asyncpg.connect(stack.addresses.database_url)
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            for one in asked:
                answer = await client.post(stack.addresses.graphql_url, headers=one.headers, content=one.body)
                async with app.transaction():
                    await app.execute(set_tenant(one.tenant_id))
                    by_hand = orjson.loads(await app.fetchval(SQL, one.tenant_id))
                if answer.json() != by_hand or not by_hand["data"]["tickets"]["edges"]:
                    raise PagesDiffer(f"shop {one.tenant_id}:\nAPI {answer.text[:2000]}\nSQL {str(by_hand)[:2000]}")
    finally:
        await app.close()


@contextmanager
def _bare(stack: Stack) -> Iterator[tuple[int, int]]:
    """The bare handler while the block lasts: its port and its process."""
    [port] = free_ports(None)
    folder = stack.folder
    program = Program(
        name="bare",
        command=[
            *(*PYTHON, "uvicorn", "infra.bench.bare:app", "--host", LOOPBACK, "--port", str(port)),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header"),
        ],
        folder=folder.path,
        log=folder.logs / "bare.log",
        environment={"SEZON_DATABASE_URL": stack.addresses.database_url},
        ready=lambda _pid: not is_free(port),
    )
    with Supervisor(folder.path / "bare.json") as supervisor:
        supervisor.start(program)
        yield port, supervisor.pids()["bare"]


def _ways(stack: Stack, asked: Sequence[Asked], bare: tuple[int, int], plan: Plan) -> list[Way]:
    here, tenants = stack.addresses, [one.tenant_id for one in asked]
    bare_requests = [f"GET / HTTP/1.1\r\nHost: {LOOPBACK}\r\nX-Tenant: {tenant}\r\n\r\n" for tenant in tenants]
    plans = {
        "api": replace(plan, port=here.port, requests=[one.raw(here.port) for one in asked]),
        "bare": replace(plan, port=bare[0], requests=bare_requests),
        "sql": replace(plan, database_url=here.database_url, tenants=[str(tenant) for tenant in tenants]),
    }
    pids = {"api": stack.pids()["api"], "bare": bare[1], "sql": None}
    return [Way(name, plans[name], pids[name], _statements(stack, plans[name])) for name in plans]


def _statements(stack: Stack, plan: Plan) -> Statements:
    """What PostgreSQL's own log says of one request, once that is the same three times running."""
    log = stack.folder.logs / "postgres.log"
    one = replace(plan, connections=1, seconds=0.0)
    _set_logging(stack, "SET log_statement = 'all'")
    try:
        seen: list[Statements] = []
        for _ in range(50):
            begun = log.stat().st_size
            _drive(one)
            seen.append(_logged(log.read_bytes()[begun:]))
            if len(seen) >= 3 and len(set(seen[-3:])) == 1 and seen[-1].reading:
                return seen[-1]
    finally:
        _set_logging(stack, "RESET log_statement")
    raise CannotRun(f"One request takes now so many statements, now so many: {seen[-5:]}.")


def _set_logging(stack: Stack, sql: str) -> None:
    async def change() -> None:
        superuser = await asyncpg.connect(stack.addresses.superuser_url)
        await superuser.execute(f"ALTER SYSTEM {sql}")
        await superuser.execute("SELECT pg_reload_conf()")
        await superuser.close()

    asyncio.run(change())


def _logged(lines: bytes) -> Statements:
    found = re.findall(r"app@sezon LOG:  (?:statement|execute [^:]*):\s*(\w+)", lines.decode())
    control = sum(word in CONTROL for word in found)
    return Statements(reading=len(found) - control, control=control)


def _drive(plan: Plan) -> Seen:
    """Put the plan's load on, from a process of its own.

    Raises CannotRun when an answer was a failure.
    """
    with tempfile.TemporaryFile() as answer:
        done = subprocess.run(
            [*PYTHON, load.__name__],
            input=orjson.dumps(asdict(plan)),
            stdout=answer,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            raise CannotRun(f"The load generator failed: {done.stderr.decode().strip()}")
        answer.seek(0)
        seen = Seen(**orjson.loads(answer.read()))
    if seen.failures:
        raise CannotRun(f"{len(seen.failures)} of {len(seen.took)} requests failed: {seen.failures[0]}")
    return seen


def _round(way: Way, postgres_pid: int) -> Round:
    def used() -> tuple[float, float]:
        return cpu_seconds(way.server_pid) if way.server_pid is not None else 0.0, cpu_seconds(postgres_pid)

    before = used()
    seen = _drive(way.plan)
    server, database = (1000 * (now - then) for now, then in zip(used(), before, strict=True))
    count, took = len(seen.took), sorted(seen.took)
    return Round(
        requests_per_second=count / seen.seconds,
        p50_ms=took[count // 2],
        p99_ms=took[min(count - 1, count * 99 // 100)],
        server_cpu_ms=server / count,
        database_cpu_ms=database / count,
        client_cpu_ms=1000 * seen.cpu_seconds / count,
        bytes_per_response=seen.received / count,
    )


WAYS = {"api": "GraphQL API", "bare": "bare handler", "sql": "statement alone"}
ROWS = {
    "requests_per_second": "requests/s",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "server_cpu_ms": "CPU of the server, ms",
    "database_cpu_ms": "CPU of PostgreSQL, ms",
    "client_cpu_ms": "CPU of the load, ms",
    "bytes_per_response": "bytes",
}


def table(report: Report) -> Table:
    """The report for people."""
    shown = Table(
        title=f"Inbox at {report.connections} connections, {os.cpu_count()} cores for everything",
        caption="Medians; CPU, bytes and statements of one request. The load runs on the same cores.",
    )
    shown.add_column("")
    for way in report.rounds:
        shown.add_column(WAYS[way], justify="right")
    medians = {way: asdict(report.median(way)) for way in report.rounds}
    for name, words in ROWS.items():
        shown.add_row(words, *(f"{medians[way][name]:,.{0 if name.startswith('bytes') else 2}f}" for way in medians))
    for name, words in (("reading", "statements"), ("control", "BEGIN, SET, ROLLBACK")):
        shown.add_row(words, *(str(getattr(report.statements[way], name)) for way in report.rounds))
    shown.add_row("requests/s, times the API's", *(f"{report.ratio(way):.1f}" for way in report.rounds))
    shown.add_row("the API's CPU, times its own", *(f"{report.cpu_ratio(way):.1f}" for way in report.rounds))
    return shown


def main(
    keep: Annotated[Path | None, typer.Option(help="A folder that keeps the data for the next run.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each way in each round.")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    connections: Annotated[int, typer.Option(min=1)] = 16,
    tenants: Annotated[int, typer.Option(min=1)] = Size.tenants,
    orders: Annotated[int, typer.Option(min=1)] = Size.orders,
    tickets: Annotated[int, typer.Option(min=1)] = Size.tickets,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Measure the 50 newest open tickets with customer, agent, order and last entry: through GraphQL, by one statement
    behind a bare HTTP handler, and by that statement alone."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as scratch:
        try:
            report = run(
                keep or Path(scratch),
                size=Size(tenants, orders, tickets),
                rounds=rounds,
                seconds=seconds,
                connections=connections,
                say=console.print,
            )
        except (CannotRun, PagesDiffer) as error:
            console.print(f"inbox: {error}", markup=False)
            sys.exit(2)
    Console().print(table(report))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    typer.run(main)
