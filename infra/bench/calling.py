"""Keeps a number of connections busy with a mutation, from a process of its own: `python -m infra.bench.calling`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

from infra.bench.mutations import WRITES, WriteName
from infra.bench.talking import Seen, Talk
from infra.bench.timing import Lane, Plan, serve, timed
from infra.embedded.ports import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Calling(Plan):
    """Calls of a mutation by numbers from the first on, up to and without `end` if there is one."""

    module: ClassVar[str] = "infra.bench.calling"
    write: str
    port: int
    authorization: str
    first: int
    end: int | None = None
    again: bool = False
    """Whether all of it has been said before, so that nothing changes."""


async def drive(plan: Calling) -> Seen:
    """Do what is planned."""
    return await timed(_lane(plan), plan)


def _lane(plan: Calling) -> Lane:
    write = WRITES[WriteName(plan.write)]
    numbers = count(plan.first) if plan.end is None else iter(range(plan.first, plan.end))
    success = (write.again or "" if plan.again else write.success).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {LOOPBACK}:{plan.port}\r\nAuthorization: {plan.authorization}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()

    def requests() -> Iterator[bytes]:
        for number in numbers:
            body = write.body(number)
            yield b"%b%d\r\n\r\n%b" % (head, len(body), body)

    async def call(_place: int, seen: Seen, until: float) -> None:
        await Talk.have(plan.port, requests(), seen, until=until, success=success)

    return call


if __name__ == "__main__":
    serve(lambda told: drive(Calling(**told)))
