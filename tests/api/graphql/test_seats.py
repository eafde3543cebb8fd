"""Seats as the API and the panel tell of them."""

from datetime import timedelta

from admin.seats import SeatUse, seats_in_use
from api.graphql import ids
from api.graphql.schema import Schema
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats import operations
from domain.seats.models import SeatKind
from domain.tickets import departures
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, Shop
from tests.domain.world import World

SEATS = """query ($licence: ID!, $seat: ID!, $agent: ID!) {
    seatLicence(id: $licence) { isLive cancelledAt currentAssignment { id } assignments { edges { node { id } } } }
    seat: node(id: $seat) { ... on SeatAssignment { isLive cancelledAt startedAt endedAt } }
    agent: node(id: $agent) { ... on Agent { currentSeat { id } } }
}"""


async def test_what_was_taken_back_before_it_began_is_shown_as_cancelled_and_never_as_live(
    queries: Schema, database: Database, shop: Shop
) -> None:
    world = await World.found(database, shop)
    agent, earlier = await world.seatless(), NOW - timedelta(days=1)
    async with database.writing(shop.tenant_id) as session:
        (licence,) = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=NOW, end=None, label="", by=SYSTEM, now=earlier
        )
        seat = await operations.assign_seat(session, agent_id=agent.id, licence_id=licence.id, by=SYSTEM, now=earlier)
    async with database.writing(shop.tenant_id) as session:
        await departures.expire_licences(session, licence_ids=[licence.id], at=None, by=SYSTEM, now=earlier)
    seen = await Asker(queries, database, shop.tenant_id).data(
        SEATS,
        licence=ids.spell("seat_licence", licence.id),
        seat=ids.spell("seat_assignment", seat.id),
        agent=ids.spell("agent", agent.id),
    )
    cancelled_at = seen["seat"]["cancelledAt"]
    assert cancelled_at.startswith("2026-11-01T09:00:00")
    assert seen == {
        "seatLicence": {
            "isLive": False,
            "cancelledAt": cancelled_at,
            "currentAssignment": None,
            "assignments": {"edges": [{"node": {"id": ids.spell("seat_assignment", seat.id)}}]},
        },
        "seat": {"isLive": False, "cancelledAt": cancelled_at, "startedAt": None, "endedAt": None},
        "agent": {"currentSeat": None},
    }
    async with database.reading(shop.tenant_id) as session:
        assert await seats_in_use(session, now=NOW) == [SeatUse(SeatKind.FULL, 0, 0), SeatUse(SeatKind.LIGHT, 0, 0)]
