"""What one request makes PostgreSQL do, from the server's own log."""

import asyncio
import re
from dataclasses import dataclass, replace

import asyncpg

from infra.bench.load import Plan, drive
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

CONTROL = ("BEGIN", "SET", "ROLLBACK", "COMMIT")


@dataclass(frozen=True)
class Statements:
    """Statements that read, and those that begin and end transactions. What is sent together counts once."""

    reading: int
    control: int


def statements_of(stack: Stack, plan: Plan) -> Statements:
    """What PostgreSQL's log says of one request, once that is the same three times running. Raises CannotRun."""
    log = stack.folder.logs / "postgres.log"
    one = replace(plan, connections=1, seconds=0.0)
    _set_logging(stack, "SET log_statement = 'all'")
    try:
        seen: list[Statements] = []
        for _ in range(50):
            begun = log.stat().st_size
            asyncio.run(drive(one))
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
