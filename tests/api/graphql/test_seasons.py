"""Seasons as programs read them."""

from datetime import date

from sqlalchemy import select

from api.graphql import ids
from api.graphql.schema import Schema
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.seasons import drafting, operations
from domain.seasons.models import SeasonPerson
from domain.seasons.people import Named
from domain.seats.models import SeatKind
from domain.seats.operations import add_licences
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, Shop
from tests.domain.world import World

PERSON = """
query ($id: ID!) {
  node(id: $id) { ... on SeasonPerson { plannedInvitation { assignment { from to } } } }
}
"""
PLANNED = """
query ($season: ID!, $agent: ID!) {
  plannedInvitations(first: 5, filter: { seasonId: $season, agentId: $agent }) {
    edges { node { assignment { from to } } }
  }
}
"""


async def test_what_was_planned_first_is_the_persons_and_what_followed_is_found_by_season_and_agent(
    queries: Schema, database: Database, shop: Shop
) -> None:
    world = await World.found(database, shop)
    admin = await world.person(SeatKind.FULL, role=Role.ADMIN, until=None)
    plan = drafting.Plan(
        name="Święta",
        first_day=date(2026, 12, 1),
        last_day=date(2027, 1, 15),
        full_count=1,
        light_count=0,
        role=Role.AGENT,
        language=Language.PL,
        people=[Named("lena@shop.example", "Lena", SeatKind.LIGHT)],
    )
    by, own_id = admin.actor, admin.member_id
    async with database.writing(shop.tenant_id) as session:
        await add_licences(session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=by, now=NOW)
        season = await drafting.draft_season(session, plan=plan, own_id=own_id, by=by, now=NOW)
        await operations.schedule_season(session, season_id=season.id, own_id=own_id, by=by, now=NOW)
        await operations.extend_season(session, season_id=season.id, last_day=date(2027, 1, 20), by=by, now=NOW)
        person = (await session.scalars(select(SeasonPerson))).one()
    assert person.agent_id is not None
    asker = Asker(queries, database, shop.tenant_id)
    begin, middle, end = (f"{day}T23:00:00Z" for day in ("2026-11-30", "2027-01-15", "2027-01-20"))
    first, second = {"assignment": {"from": begin, "to": middle}}, {"assignment": {"from": middle, "to": end}}
    told = await asker.data(PERSON, id=ids.spell("season_person", person.id))
    assert told == {"node": {"plannedInvitation": first}}
    given = {"season": ids.spell("season", season.id), "agent": ids.spell("agent", person.agent_id)}
    assert await asker.data(PLANNED, **given) == {"plannedInvitations": {"edges": [{"node": first}, {"node": second}]}}
