"""`seasonPreview`: what a season costs, exactly as its invoices say later."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select

from api.graphql import ids
from api.graphql.schema import Schema
from domain.agents.roles import Role
from domain.billing import pricing
from domain.billing.bookkeeping import keep_books
from domain.billing.models import InvoiceLine
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.seasons import drafting, operations
from domain.seasons.people import Named
from domain.seats.models import SeatKind, SeatLicence
from domain.tenants.permissions import Permission
from tests.api.graphql.conftest import EVERYTHING, Asker
from tests.conftest import NOW, Shop
from tests.domain.world import Person, World

QUERY = """
query ($id: ID!) {
  seasonPreview(seasonId: $id) {
    state currency total seatDays held { kind people }
    months { month total lines { kind count unit unitAmount amountEach amount from to } }
  }
}
"""


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    world = await World.found(database, shop)
    async with database.writing(shop.tenant_id) as session:
        await pricing.set_usual_prices(session, currency="PLN", now=NOW)
    return world


@pytest.fixture
async def admin(world: World) -> Person:
    return await world.person(SeatKind.FULL, role=Role.ADMIN, until=None)


@pytest.fixture
async def season_id(world: World, admin: Person) -> UUID:
    plan = drafting.Plan(
        name="Święta",
        first_day=date(2026, 12, 1),
        last_day=date(2027, 1, 15),
        full_count=1,
        light_count=2,
        role=Role.AGENT,
        language=Language.PL,
        people=[Named(f"p{n}@shop.example", "P", SeatKind.LIGHT) for n in range(3)],
    )
    async with world.database.writing(world.tenant_id) as session:
        season = await drafting.draft_season(session, plan=plan, own_id=admin.member_id, by=admin.actor, now=NOW)
    return season.id


@pytest.fixture
def asker(queries: Schema, world: World) -> Asker:
    return Asker(queries, world.database, world.tenant_id)


def line(kind: str, count: int, price: int, each: int, first: str, last: str) -> dict[str, object]:
    return {
        "kind": kind,
        "count": count,
        "unit": "MONTH",
        "unitAmount": price,
        "amountEach": each,
        "amount": count * each,
        "from": first,
        "to": last,
    }


async def test_a_draft_is_priced_by_month_and_kind_to_the_grosz(asker: Asker, season_id: UUID) -> None:
    begins, middle, ends = (f"{day}T23:00:00Z" for day in ("2026-11-30", "2026-12-31", "2027-01-15"))
    assert await asker.data(QUERY, id=ids.spell("season", season_id)) == {
        "seasonPreview": {
            "state": "DRAFT",
            "currency": "PLN",
            "total": 30716,
            "seatDays": 138,
            "held": [{"kind": "LIGHT", "people": 1}],
            "months": [
                {
                    "month": "2026-12-01",
                    "total": 20700,
                    "lines": [
                        line("FULL", 1, 14900, 14900, begins, middle),
                        line("LIGHT", 2, 2900, 2900, begins, middle),
                    ],
                },
                {
                    "month": "2027-01-01",
                    "total": 10016,
                    "lines": [
                        line("FULL", 1, 14900, 7210, middle, ends),
                        line("LIGHT", 2, 2900, 1403, middle, ends),
                    ],
                },
            ],
        }
    }


async def test_the_invoices_say_the_same_later(asker: Asker, world: World, admin: Person, season_id: UUID) -> None:
    said = await asker.data(QUERY, id=ids.spell("season", season_id))
    async with world.database.writing(world.tenant_id) as session:
        await operations.schedule_season(session, season_id=season_id, own_id=admin.member_id, by=admin.actor, now=NOW)
    for month in ((2026, 12, 2), (2027, 1, 2), (2027, 2, 2)):
        async with world.database.writing(world.tenant_id) as session:
            await keep_books(session, now=datetime(*month, tzinfo=UTC))
    async with world.database.reading(world.tenant_id) as session:
        charged = await session.execute(
            select(func.sum(InvoiceLine.amount), func.count())
            .join(SeatLicence, SeatLicence.id == InvoiceLine.licence_id)
            .where(SeatLicence.season_id == season_id)
        )
        assert tuple(charged.one()) == (said["seasonPreview"]["total"], 6)


async def test_it_takes_the_right_to_see_what_is_paid(
    queries: Schema, world: World, season_id: UUID, asker: Asker
) -> None:
    without = Asker(queries, world.database, world.tenant_id, EVERYTHING - {Permission.BILLING_READ})
    assert await without.codes(QUERY, id=ids.spell("season", season_id)) == ["NOT_PERMITTED"]
    for unknown in (ids.spell("season", new_id()), ids.spell("team", season_id), "nothing"):
        assert await asker.data(QUERY, id=unknown) == {"seasonPreview": None}


async def test_another_shop_finds_nothing(neighbour: Asker, season_id: UUID) -> None:
    assert await neighbour.data(QUERY, id=ids.spell("season", season_id)) == {"seasonPreview": None}
