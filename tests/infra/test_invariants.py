"""What must be true at all times is asked so that a break is found, whatever the database's own constraints refuse."""

import pytest
from sqlalchemy import text

from domain.kit.database import Database, TenantSession
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import operations
from domain.seats.models import SeatAssignment, SeatKind
from domain.tickets import assignment
from infra.invariants import QUERIES
from tests.conftest import NOW, Shop
from tests.domain.world import World

SEATED = "nobody who is kept out has a seat, or is to have one"
HELD = "no ticket lies in the hands of somebody who cannot come in"
COUNTED = "never more people on seats of a kind than licences of it"
PLACED = "a ticket is in one place, the one its latest transition says"
RESOLVED = "a ticket is resolved when and as often as its resolutions say"
BREAKABLE = (SEATED, HELD, COUNTED, PLACED, RESOLVED)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", {}),
        ("UPDATE member SET state = 'INVITED', password_hash = NULL WHERE id = :member", {HELD: 1}),
        ("UPDATE member SET state = 'SUSPENDED' WHERE id = :member", {HELD: 1, SEATED: 1}),
        ("UPDATE ticket SET state_since = state_since + interval '1 second'", {PLACED: 1}),
        (
            """INSERT INTO resolution (tenant_id, id, ticket_id, agent_id, seat_kind, reason, evidence_kind,
                                       evidence_text, at)
               SELECT tenant_id, gen_random_uuid(), id, assignee_id, 'LIGHT', 'x', 'NOTE', 'x', state_since
               FROM ticket""",
            {RESOLVED: 1},
        ),
    ],
)
async def test_a_break_is_found(database: Database, shop: Shop, change: str, found: dict[str, int]) -> None:
    world = await World.found(database, shop)
    lena, _ = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=lena.agent_id, by=SYSTEM, now=NOW)
    async with database.writing(world.tenant_id) as session:
        await session.execute(text(change), {"member": lena.member_id} if ":" in change else {})
        assert await broken_in(session) == found
        await session.rollback()


async def test_a_full_seat_taken_from_a_light_licence_is_found_though_there_are_licences_enough(
    database: Database, shop: Shop
) -> None:
    world = await World.found(database, shop)
    await world.person(SeatKind.FULL)
    agent = await world.seatless()
    async with database.writing(world.tenant_id) as session:
        (light,) = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
        session.add(
            SeatAssignment(
                tenant_id=world.tenant_id,
                id=new_id(),
                licence_id=light.id,
                licence_period=light.period,
                kind=SeatKind.FULL,
                agent_id=agent.id,
                period=light.period,
                created_at=NOW,
            )
        )
        await session.flush()
        assert await broken_in(session) == {COUNTED: 1}
        await session.rollback()  # a commit would check the foreign key to the licence's kind


async def broken_in(session: TenantSession) -> dict[str, int]:
    """How many rows break each of the invariants, inside a transaction that will not be committed."""
    counts = {name: len((await session.execute(text(QUERIES[name]))).all()) for name in BREAKABLE}
    return {name: count for name, count in counts.items() if count}
