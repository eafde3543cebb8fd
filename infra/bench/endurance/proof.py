"""What the database and the mail folder say after the storm, held against the client's book."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from api.graphql.ids import parse
from domain.kit.database import Database, TenantSession
from infra.bench.endurance.ledger import Ledger
from infra.bench.endurance.shop import NEXT_WORD
from infra.invariants import broken

EXACTLY = {
    "order": 'SELECT id FROM "order"',
    "paid": 'SELECT id FROM "order" WHERE paid_amount = total_amount',
    "ticket": "SELECT id FROM ticket",
    "inbound": f"SELECT id FROM entry WHERE kind = 'INBOUND' AND body = '{NEXT_WORD}'",  # noqa: S608 - our own words
    "outbound": "SELECT id FROM entry WHERE kind = 'OUTBOUND'",
    "licence": "SELECT id FROM seat_licence",
    "assignment": "SELECT id FROM seat_assignment",
}
"""By kind of id, the rows of the load: those that were acknowledged and no other, each once."""

AMONG = {
    "resolved": "SELECT ticket_id FROM resolution",
    "released": "SELECT id FROM seat_assignment WHERE ended_at IS NOT NULL OR cancelled_at IS NOT NULL",
    "cut": "SELECT aggregate_id FROM event WHERE name IN ('SeatLicenceShortened', 'SeatLicenceCancelled')",
}
"""Those among which the acknowledged ones are."""

AS_OFTEN = {
    "tickets resolved": "SELECT count(*) FROM resolution",
    "tickets opened": "SELECT count(*) FROM event WHERE name = 'TicketOpened'",
    "replies": "SELECT count(*) FROM event WHERE name = 'TicketReplied'",
}
"""By kind of write, what happened as often as one was acknowledged."""

NEVER = {
    "orders whose creation was told otherwise than once": """
        SELECT id FROM "order" o
        WHERE 1 <> (SELECT count(*) FROM event e WHERE e.aggregate_id = o.id AND e.name = 'OrderCreated')
    """,
    "dead letters": "SELECT id FROM outbox WHERE dead_at IS NOT NULL",
    "tickets routed otherwise than decided": """
        SELECT ticket_id FROM ticket_transition WHERE (reason IN ('routed', 'taken')) <> (routing_reason IS NOT NULL)
        UNION ALL SELECT min(ticket_id::text)::uuid FROM routing_decision WHERE pass_id IS NOT NULL
        GROUP BY tenant_id, pass_id, place HAVING count(*) > 1
    """,
    "replies that are still on their way": "SELECT entry_id FROM delivery WHERE state = 'PENDING'",
    "replies whose delivery was told otherwise than once": """
        SELECT entry_id FROM delivery d WHERE state = 'SENT' AND 1 <> (
            SELECT count(*) FROM event e WHERE e.name = 'ReplyDelivered' AND e.data ->> 'entry_id' = d.entry_id::text)
    """,
}

WAITING = text("""
    SELECT (SELECT count(*) FROM ticket WHERE state = 'QUEUED')
         + (SELECT count(*) FROM outbox WHERE dead_at IS NULL AND (due_at <= now() OR attempts > 0))
         + (SELECT count(*) FROM event WHERE sequence IS NULL)
""")


@dataclass(frozen=True)
class Proof:
    """What was found; without a problem, all that was acknowledged is there and happened once."""

    drained_after: float | None
    """Seconds until no ticket, job or event waited; None when some still did."""
    mails: int
    mails_repeated: int
    """Of these, beyond the first under the same Message-ID."""
    problems: list[str]


async def prove(
    database: Database, tenant_id: UUID, ledger: Ledger, *, mail_folder: Path, drain_within: float
) -> Proof:
    """Wait for the backlog to drain, then look at everything."""
    seconds = await _drained(database, tenant_id, within=drain_within)
    problems = [] if seconds is not None else [f"the backlog had not drained after {drain_within:g} s"]
    mails = Counter(_message_ids(mail_folder))
    async with database.reading(tenant_id) as session:
        problems += await _against_the_ledger(session, ledger)
        problems += await _against_the_mails(session, mails, invitations=ledger.acknowledged["people invited"])
        for what, query in NEVER.items():
            problems += _unless_empty(what, await _found(session, query))
    for what, rows in (await broken(database, tenant_id)).items():
        problems.append(f"broken invariant: {what}: {rows[:3]}")
    return Proof(seconds, mails.total(), mails.total() - len(mails), problems)


async def _drained(database: Database, tenant_id: UUID, *, within: float) -> float | None:
    """Seconds until every ticket has hands, no job waits but for later, and every event is stamped."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < within:
        async with database.reading(tenant_id) as session:
            if (await session.execute(WAITING)).scalar_one() == 0:
                return waited
        await asyncio.sleep(0.1)
    return None


async def _against_the_ledger(session: TenantSession, ledger: Ledger) -> list[str]:
    problems = []
    for kind, query in {**EXACTLY, **AMONG}.items():
        there, told = await _found(session, query), {_plain(id) for id in ledger.written[kind]}
        problems += _unless_empty(f"acknowledged and not there: {kind}", told - there)
        if kind in EXACTLY and len(there - told) > ledger.unknown[kind]:
            problems += _unless_empty(f"there and never acknowledged: {kind}", there - told)
    for kind, query in AS_OFTEN.items():
        count = (await session.execute(text(query))).scalar_one()
        if not 0 <= count - ledger.acknowledged[kind] <= ledger.unknown[kind]:
            problems.append(f"{kind}: {ledger.acknowledged[kind]} acknowledged, {count} happened")
    return problems


async def _against_the_mails(session: TenantSession, mails: Counter[str], *, invitations: int) -> list[str]:
    deliveries = {row[0]: row[1] for row in await session.execute(text("SELECT message_id, state FROM delivery"))}
    sent = {message_id for message_id, state in deliveries.items() if state == "SENT"}
    problems = _unless_empty("replies marked as sent that no mail server got", sent - mails.keys())
    others = len(mails.keys() - deliveries.keys())
    if others != invitations:
        problems.append(f"{invitations} people were invited, by {others} mails")
    return problems


def _message_ids(folder: Path) -> Iterator[str]:
    """The Message-ID of every mail that the sink has taken."""
    parser = BytesHeaderParser()
    for file in folder.glob("*.eml"):
        with file.open("rb") as mail:
            yield str(parser.parse(mail)["Message-ID"]).strip()


async def _found(session: TenantSession, query: str) -> set[str]:
    return {str(row[0]) for row in await session.execute(text(query))}


def _plain(typed_id: str) -> str:
    parsed = parse(typed_id)
    if parsed is None:
        raise ValueError(f"{typed_id!r} is no id.")
    return str(parsed[1])


def _unless_empty(what: str, those: set[str]) -> list[str]:
    return [f"{what}: {len(those)}, such as {min(those)}"] if those else []
