"""The ways to a page: through the API, through its reference executor, behind a bare handler, and by SQL alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from infra.bench.asking import Asked
from infra.bench.load import Plan
from infra.embedded.parts import PYTHON
from infra.embedded.ports import LOOPBACK, free_ports, is_free
from infra.embedded.program import Program
from infra.embedded.stack import Stack
from infra.embedded.supervisor import Supervisor


class Way(StrEnum):
    API = "api"
    REFERENCE = "reference"
    BARE = "bare"
    SQL = "sql"


WORDS = {
    Way.API: "GraphQL API",
    Way.REFERENCE: "reference executor",
    Way.BARE: "bare handler",
    Way.SQL: "statement alone",
}
APPLICATIONS = {Way.REFERENCE: "infra.bench.reference:app", Way.BARE: "infra.bench.bare:app"}
"""What is served beside the stack's own API."""


@dataclass(frozen=True)
class Server:
    """A process that answers over HTTP."""

    port: int
    pid: int


@contextmanager
def servers(stack: Stack, ways: Sequence[Way]) -> Iterator[Mapping[Way, Server]]:
    """The server of each way that has one, while the block lasts."""
    wanted = [way for way in ways if way in APPLICATIONS]
    ports = dict(zip(wanted, free_ports(*[None] * len(wanted)), strict=True))
    with Supervisor(stack.folder.path / "bench.json") as supervisor:
        supervisor.end_leftovers()
        for way, port in ports.items():
            supervisor.launch(_program(stack, way, port))
        for way in ports:
            supervisor.wait_ready(way, within=60.0)
        pids = supervisor.pids()
        yield {
            Way.API: Server(stack.addresses.port, stack.pids()["api"]),
            **{way: Server(port, pids[way]) for way, port in ports.items()},
        }


def _program(stack: Stack, way: Way, port: int) -> Program:
    """As `sezon api` serves it."""
    return Program(
        name=way,
        command=[
            *(*PYTHON, "uvicorn", APPLICATIONS[way], "--host", LOOPBACK, "--port", str(port)),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header"),
            *("--proxy-headers", "--timeout-graceful-shutdown", "5"),
        ],
        folder=stack.folder.path,
        log=stack.folder.logs / f"{way}.log",
        environment=stack.settings(),
        ready=lambda _pid: not is_free(port),
    )


def plan_of(
    way: Way, asked: Sequence[Asked], *, server: Server | None, database_url: str, connections: int, seconds: float
) -> Plan:
    """What drives the way: its requests, or without a server its statements."""
    if server is None:
        pairs = [(str(one.tenant_id), one.variables) for one in asked]
        return Plan(
            connections=connections, seconds=seconds, database_url=database_url, page=asked[0].page.name, asked=pairs
        )
    written: Callable[[Asked, int], str] = Asked.of_the_bare if way is Way.BARE else Asked.of_the_api
    requests = [written(one, server.port) for one in asked]
    return Plan(connections=connections, seconds=seconds, port=server.port, requests=requests)
