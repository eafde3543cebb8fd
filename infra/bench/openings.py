"""Tickets that come at a rate, whether or not those before them were taken in: over the API, or by the operations."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from domain.agents.channels import Channel
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.imports import ImportPolicy
from domain.tickets.founding import TOPICS
from domain.tickets.importing import TicketDetails, import_tickets
from domain.tickets.opening import open_ticket
from infra.bench.people import Refused, User
from infra.embedded.errors import CannotRun

KEYS = tuple(TOPICS)
SUBJECT, BODY = "Gdzie jest moja paczka?", "Dzień dobry, czekam od piątku. Bardzo proszę o odpowiedź."
AT_ONCE = 250
"""Tickets of one call, at most."""

Send = Callable[[int], Awaitable[None]]
"""One call, by its number."""


@dataclass(frozen=True)
class Customers:
    """Those of a shop who write, each known by its own number."""

    count: int

    def of(self, number: int) -> str:
        return f"buyer-{number % self.count}"


def moments(rate: float, seconds: float, random: Random) -> list[float]:
    """When calls come in that time: exactly so many a second, at moments by chance."""
    return sorted(random.uniform(0, seconds) for _ in range(round(rate * seconds)))


async def at_rate(send: Send, *, rate: float, seconds: float, seed: int, most: int = 64) -> int:
    """Make calls at their moments, at most so many under way at a time; returns how many.

    Raises CannotRun when one was refused.
    """
    loop, room = asyncio.get_running_loop(), asyncio.Semaphore(most)
    begun, calls = loop.time(), set[asyncio.Task[None]]()

    async def call(number: int) -> None:
        try:
            await send(number)
        finally:
            room.release()

    count = 0
    for at in moments(rate, seconds, Random(seed)):  # noqa: S311
        await asyncio.sleep(max(0.0, begun + at - loop.time()))
        await room.acquire()
        calls.add(asyncio.create_task(call(count)))
        count += 1
    for done in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(done, BaseException):
            raise CannotRun(f"A ticket was refused: {done!r}") from done
    return count


def over_the_api(user: User, customers: Customers, *, each: int, series: str) -> Send:
    """Calls of ticketOpen; of ticketsImport when there is more than one ticket in each."""

    async def open_one(number: int) -> None:
        told = await user.do("ticketOpen", "... on TicketOpened { ticket { id } }", **_said(number, customers))
        if told["__typename"] != "TicketOpened":
            raise Refused(f"{told}")

    async def bring(number: int) -> None:
        places = range(number * each, number * each + each)
        now = datetime.now(UTC).isoformat()
        tickets = [{**_said(place, customers), "externalId": f"{series}-{place}", "arrivedAt": now} for place in places]
        told = await user.do("ticketsImport", "... on TicketsImported { created }", tickets=tickets)
        if told.get("created") != each:
            raise Refused(f"{told}")

    return open_one if each == 1 else bring


def _said(number: int, customers: Customers) -> dict[str, Any]:
    return {
        "channel": "EMAIL",
        "topic": KEYS[number % len(KEYS)],
        "subject": SUBJECT,
        "body": BODY,
        "customerExternalId": customers.of(number),
    }


def among(database: Database, tenant_ids: Sequence[UUID], customer_ids: Sequence[UUID], *, seed: int) -> Send:
    """One ticket by the operation, in a shop by chance; in all shops customers have the same ids."""
    random = Random(seed)  # noqa: S311

    async def open_one(number: int) -> None:
        tenant_id, customer_id = random.choice(tenant_ids), random.choice(customer_ids)
        async with database.writing(tenant_id) as session:
            await open_ticket(
                session,
                channel=Channel.EMAIL,
                topic_key=KEYS[number % len(KEYS)],
                subject=SUBJECT,
                body=BODY,
                customer_id=customer_id,
                order_id=None,
                by=SYSTEM,
                now=datetime.now(UTC),
            )

    return open_one


async def flood(database: Database, tenant_id: UUID, customers: Customers, *, tickets: int) -> None:
    """As many tickets in one shop as fast as they can be taken in, by the operation of ticketsImport."""
    series = new_id()
    for first in range(0, tickets, AT_ONCE):
        now = datetime.now(UTC)
        details = [
            TicketDetails(
                external_id=f"{series}-{number}",
                channel=Channel.EMAIL,
                topic_key=KEYS[number % len(KEYS)],
                subject=SUBJECT,
                body=BODY,
                customer_external_id=customers.of(number),
                order_external_id=None,
                priority=0,
                arrived_at=now - timedelta(seconds=1),
            )
            for number in range(first, min(first + AT_ONCE, tickets))
        ]
        async with database.writing(tenant_id) as session:
            await import_tickets(
                session, tickets=details, policy=ImportPolicy.REJECT_ALL, corrects=False, by=SYSTEM, now=now
            )
