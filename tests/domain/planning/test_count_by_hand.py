"""Every figure is the one that a count by hand gives, however the range lies, and all of them add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kit.database import Database
from domain.planning.deeds import StatisticsBy
from domain.planning.statistics import Figures, Statistics, statistics
from domain.seats.models import SeatKind
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.planning.counting import Counter, Papers, papers_of
from tests.domain.planning.play import STEPS, Play
from tests.domain.world import World

STEPS_PLAYED = 450
RANGES = 12

BOUNDED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
HOURS = st.integers(-24, 17 * 24).map(lambda hours: NOW + timedelta(hours=hours))


@dataclass(frozen=True)
class Played:
    """A shop after some two weeks."""

    play: Play
    papers: Papers
    database: Database

    async def ask(
        self, start: datetime, end: datetime, group_by: StatisticsBy, *, now: datetime | None = None
    ) -> Statistics:
        async with self.database.reading(self.play.world.tenant_id) as session:
            return await statistics(session, start=start, end=end, group_by=group_by, now=now or self.play.now)


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow)])
async def played(request: pytest.FixtureRequest, database: Database, found_shop: FoundShop) -> Played:
    world = await World.found(database, await found_shop())
    play = await (await Play.begin(world, seed=request.param)).go_on(STEPS_PLAYED)
    return Played(play, await papers_of(database, world.tenant_id), database)


def ranges_of(played: Played) -> list[tuple[datetime, datetime, datetime]]:
    """Begin, end, and when it is asked: by chance, at the very instants of changes, and around all there is."""
    random, moves = Random(RANGES), sorted(move.at for move in played.papers.transitions)
    found = [
        (NOW, played.play.now, played.play.now),
        (NOW - timedelta(days=1), NOW + timedelta(days=30), played.play.now),
    ]
    while len(found) < RANGES:
        start, end, now = (random.choice(moves) + timedelta(seconds=random.choice((0, 0, 1, 999))) for _ in range(3))
        if start < end:
            found.append((start, end, max(now, end - timedelta(hours=5))))
    return found


@pytest.mark.parametrize("group_by", list(StatisticsBy))
async def test_every_figure_is_what_a_count_by_hand_gives(played: Played, group_by: StatisticsBy) -> None:
    for start, end, now in ranges_of(played):
        found = await played.ask(start, end, group_by, now=now)
        by_hand = Counter(played.papers, start=start, end=end, now=now, group_by=group_by)
        assert found.total == by_hand.total.figures()
        assert {group.key: group.figures for group in found.groups} == by_hand.figures()


async def test_the_play_does_all_that_can_be_counted(played: Played, database: Database) -> None:
    play = played.play
    assert set(play.done) == set(STEPS)
    assert await broken(database, play.world.tenant_id) == {}
    everything = (NOW, play.now)
    of_kinds = {group.key: group.figures for group in (await played.ask(*everything, StatisticsBy.SEAT_KIND)).groups}
    assert list(of_kinds) == [SeatKind.FULL, SeatKind.LIGHT, None]
    for kind in SeatKind:
        assert min(of_kinds[kind].owned, of_kinds[kind].resolved, of_kinds[kind].reopened) > 3
    assert of_kinds[SeatKind.FULL].first_reply.samples > 10
    assert len(played.papers.returned) > 3
    assert of_kinds[SeatKind.LIGHT].first_reply.samples == 0
    assert of_kinds[None].work > timedelta(hours=1)
    in_season, outside = (await played.ask(*everything, StatisticsBy.SEASON)).groups
    assert (in_season.name, outside.name) == ("Christmas", None)
    assert min(in_season.figures.owned, outside.figures.owned) > 3
    assert len((await played.ask(*everything, StatisticsBy.TEAM)).groups) == 3
    assert len((await played.ask(*everything, StatisticsBy.AGENT)).groups) > 5


def added(figures: Iterable[Figures]) -> tuple[int, int, int, timedelta, int, int]:
    """What of the figures can be added up, added up."""
    found = list(figures)
    return (
        sum(each.owned for each in found),
        sum(each.resolved for each in found),
        sum(each.reopened for each in found),
        sum((each.work for each in found), timedelta()),
        sum(each.first_reply.samples for each in found),
        sum(each.resolution.samples for each in found),
    )


@BOUNDED
@given(edges=st.lists(HOURS, min_size=3, max_size=3, unique=True).map(sorted))
async def test_groups_make_the_total_however_they_are_told_apart_and_parts_of_the_time_the_whole(
    played: Played, edges: list[datetime]
) -> None:
    start, between, end = edges
    totals = []
    for group_by in StatisticsBy:
        found = await played.ask(start, end, group_by)
        totals.append(found.total)
        assert added(group.figures for group in found.groups) == added([found.total])
    assert totals == [totals[0]] * 4
    parts = [await played.ask(*part, StatisticsBy.AGENT) for part in ((start, between), (between, end))]
    assert added(part.total for part in parts) == added([totals[0]])
