"""The panel in this process, a shop with the usual prices, and seasons in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.billing import pricing
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.seasons import drafting, operations
from domain.seasons.drafting import Plan
from domain.seasons.people import Named
from domain.seats.models import SeatKind
from tests.admin.actions.conftest import Browser, admin, browser, clock
from tests.conftest import NOW, Shop
from tests.domain.world import World

__all__ = ["Browser", "admin", "browser", "clock"]

LENA = Named("lena@shop.example", "Lena Lis", SeatKind.LIGHT)
FILIP = Named("filip@shop.example", "Filip Gil", SeatKind.FULL)
OLGA = Named("olga@shop.example", "Olga Maj", SeatKind.LIGHT)


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    world = await World.found(database, shop)
    async with database.writing(shop.tenant_id) as session:
        await pricing.set_usual_prices(session, currency="PLN", now=NOW)
    return world


def christmas(world: World, **changes: Any) -> Plan:
    """One full and two light seats from 1 December to 15 January."""
    plan = Plan(
        name="Święta",
        first_day=date(2026, 12, 1),
        last_day=date(2027, 1, 15),
        full_count=1,
        light_count=2,
        role=Role.AGENT,
        language=Language.PL,
        team_ids=[world.teams["accounting"]],
        skill_ids=[world.skills["payments"]],
        capacities={Channel.CHAT: 2},
        people=[LENA, FILIP],
    )
    return replace(plan, **changes)


async def drafted(world: World, by: Actor, **changes: Any) -> UUID:
    assert by.id is not None
    async with world.database.writing(world.tenant_id) as session:
        season = await drafting.draft_season(session, plan=christmas(world, **changes), own_id=by.id, by=by, now=NOW)
    return season.id


async def scheduled(world: World, by: Actor, *, now: datetime = NOW, **changes: Any) -> UUID:
    assert by.id is not None
    season_id = await drafted(world, by, **changes)
    async with world.database.writing(world.tenant_id) as session:
        await operations.schedule_season(session, season_id=season_id, own_id=by.id, by=by, now=now)
    return season_id


def named(count: int, kind: SeatKind = SeatKind.LIGHT) -> Sequence[Named]:
    """So many people."""
    return [Named(f"osoba{number}@shop.example", f"Osoba {number}", kind) for number in range(count)]
