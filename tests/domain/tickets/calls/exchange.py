"""A telephone exchange, for tests of what happens in a shop that is called."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kit.events import SYSTEM, EventRow
from domain.tickets.calls import operations, picking_up
from domain.tickets.calls.menus import Heard
from domain.tickets.calls.models import Call, CallOutcome
from domain.tickets.calls.operations import Ringing
from domain.tickets.calls.standing import Standing
from domain.tickets.models import Ticket
from tests.conftest import NOW
from tests.domain.world import Person, World

NUMBER = "+48600100200"


async def asked(world: World, id: str = "call-1", *, now: datetime = NOW, **told: Any) -> Standing | Heard:
    """What the exchange is told about a call."""
    about = {"topic": "delivery"} if not told.keys() & {"topic", "menu", "pressed"} else {}
    ringing = Ringing(id, **{"number": NUMBER, **about, **told})
    async with world.database.writing(world.tenant_id) as session:
        return await operations.route_call(session, ringing=ringing, by=SYSTEM, now=now)


async def call(world: World, id: str = "call-1", *, now: datetime = NOW, **told: Any) -> Standing:
    """Where a call is, of one whose topic is known."""
    where = await asked(world, id, now=now, **told)
    assert isinstance(where, Standing)
    return where


async def hang_up(
    world: World, id: str = "call-1", outcome: CallOutcome = CallOutcome.COMPLETED, *, now: datetime = NOW
) -> Standing:
    async with world.database.writing(world.tenant_id) as session:
        return await operations.end_call(session, external_id=id, outcome=outcome, by=SYSTEM, now=now)


async def ask_back(world: World, id: str = "call-1", number: str | None = None, *, now: datetime = NOW) -> Standing:
    async with world.database.writing(world.tenant_id) as session:
        return await operations.want_call_back(session, external_id=id, number=number, by=SYSTEM, now=now)


async def answered(world: World, person: Person, id: str = "call-1", *, now: datetime = NOW) -> Standing:
    async with world.database.writing(world.tenant_id) as session:
        return await picking_up.picked_up(session, external_id=id, agent_id=person.agent_id, by=SYSTEM, now=now)


async def unanswered(world: World, person: Person, id: str = "call-1", *, now: datetime = NOW) -> Standing:
    async with world.database.writing(world.tenant_id) as session:
        return await picking_up.not_answered(session, external_id=id, agent_id=person.agent_id, by=SYSTEM, now=now)


async def kept(world: World, id: str = "call-1") -> tuple[Call, Ticket]:
    """The call and its ticket, as they are."""
    async with world.database.reading(world.tenant_id) as session:
        row = (await session.scalars(select(Call).where(Call.external_id == id))).one()
        return row, await session.get_one(Ticket, (world.tenant_id, row.ticket_id))


async def names(world: World, aggregate_id: UUID) -> list[str]:
    """The events of a call or of a ticket, in their order."""
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(
            select(EventRow.name).where(EventRow.aggregate_id == aggregate_id).order_by(EventRow.aggregate_version)
        )
        return list(found)
