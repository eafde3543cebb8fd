"""How even a queue's day was, as a number."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from domain.tickets import fairness, workload
from domain.tickets.fairness import QueueDay, Share
from domain.tickets.workload import Given
from tests.conftest import NOW, FoundShop
from tests.domain.world import World


@pytest.mark.parametrize(
    ("shares", "index"),
    [([], 1.0), ([0.0, 0.0], 1.0), ([7.0], 1.0), ([3, 3, 3], 1.0), ([5, 0, 0, 0], 0.25), ([1, 3], 0.8)],
)
def test_the_index_is_one_over_how_many_share_it_up_to_one(shares: list[float], index: float) -> None:
    assert fairness.evenness(shares) == index


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0.1, 1000))
def test_the_index_has_its_bounds_and_no_unit(shares: list[float], unit: float) -> None:
    index = fairness.evenness(shares)
    assert 1 / len(shares) - 1e-9 <= index <= 1 + 1e-9
    assert fairness.evenness([share * unit for share in shares]) == pytest.approx(index)


async def test_a_queues_day_is_told_by_work_per_hour_of_being_there(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    """NOW is ten o'clock; the day began at midnight."""
    since = NOW - timedelta(hours=2)
    all_morning, short = await world.person(SeatKind.FULL, now=since), await world.person(SeatKind.FULL, now=since)
    first_line, accounting = world.teams["first-line"], world.teams["accounting"]
    async with database.writing(world.tenant_id) as session:
        await agents.set_presence(
            session, agent_id=short.agent_id, presence=Presence.OFFLINE, by=SYSTEM, now=since + timedelta(hours=1)
        )
        given_out = [Given(all_morning.agent_id, first_line, Channel.EMAIL)] * 4
        given_out += [Given(short.agent_id, first_line, Channel.CHAT), Given(short.agent_id, accounting, Channel.EMAIL)]
        await workload.note(session, given_out, now=NOW)
    async with database.reading(world.tenant_id) as session:
        days = {each.team_id: each for each in await fairness.queues_of_day(session, day=NOW.date(), now=NOW)}
        tomorrow = NOW.date() + timedelta(days=1)
        assert await fairness.queues_of_day(session, day=tomorrow, now=NOW + timedelta(days=1)) == []
    assert days[first_line] == QueueDay(
        first_line,
        [
            Share(all_morning.agent_id, tickets=4, minutes=24, present=120.0),
            Share(short.agent_id, tickets=1, minutes=10, present=60.0),
        ],
    )
    assert [share.work for share in days[first_line].shares] == [12.0, 10.0]
    assert days[first_line].index == pytest.approx(22**2 / (2 * 244))
    assert days[accounting].index == 1.0
    async with database.reading((await found_shop()).tenant_id) as session:
        assert await fairness.queues_of_day(session, day=NOW.date(), now=NOW) == []
