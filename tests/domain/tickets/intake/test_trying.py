"""Dry runs: they say what opening would do, and do nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.agents.channels import Channel
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.tickets.intake import operations, trying
from domain.tickets.intake.conditions import Failing
from domain.tickets.intake.errors import ConditionRefused, IntakeRuleIsArchived, IntakeRuleNotFound
from domain.tickets.intake.rules import Effects, Start
from domain.tickets.intake.trying import DryRun, Shift
from tests.conftest import NOW, FoundShop
from tests.domain.tickets.intake.shop import asks, opened, order, rule, skill
from tests.domain.world import World
from tests.state import everything


async def tried(
    world: World, condition: str, *, last: int = 1_000, rule_id: UUID | None = None, **effects: Any
) -> DryRun:
    async with world.database.reading(world.tenant_id) as session:
        return await trying.dry_run(
            session, condition=condition, effects=Effects(**effects), last=last, rule_id=rule_id
        )


async def test_a_dry_run_tells_what_matches_what_shifts_and_which_tickets(world: World) -> None:
    question = await opened(world, subject="Paczka", now=NOW)
    payment = await opened(world, topic="payment", subject="Przelew", now=NOW + timedelta(minutes=1))
    await opened(world, subject="Inne", now=NOW + timedelta(minutes=2))
    accounting = world.teams["accounting"]
    found = await tried(world, "ticket.subject.matches('^P')", team_id=accounting, priority=5, tags=("P",))
    assert (found.looked_at, found.matched, found.failures, found.details) == (3, 2, {}, [])
    assert set(found.shifts) == {
        Shift("team_id", world.teams["first-line"], accounting, 1),
        Shift("priority", 0, 5, 2),
        Shift("tags", None, "p", 2),
    }
    assert [(shown.ticket_id, shown.number) for shown in found.shown] == [(payment, 2), (question, 1)]
    before = Start(team_id=world.teams["first-line"], priority=0, skills={}, needs_contact=True)
    assert found.shown[1].before == before
    assert found.shown[1].after == replace(before, team_id=accounting, priority=5, tags=("p",))
    assert 0 <= found.milliseconds < 5_000


async def test_a_dry_run_stands_after_the_rules_that_are_there_and_in_the_place_of_the_one_it_is_tried_for(
    world: World,
) -> None:
    one = await rule(world, "true", priority=3, tags=("a",))
    await rule(world, "ticket.channel == 'CHAT'", stops=True)
    await opened(world)
    await opened(world, channel=Channel.CHAT)
    as_the_last = await tried(world, "true", priority=9, needs_contact=False)
    assert (as_the_last.matched, list(as_the_last.shifts)) == (1, [Shift("needs_contact", True, False, 1)])
    in_its_place = await tried(world, "true", rule_id=one, priority=9)
    assert in_its_place.matched == 2
    assert set(in_its_place.shifts) == {Shift("priority", 3, 9, 2), Shift("tags", "a", None, 2)}


async def test_skills_shift_as_a_whole_with_their_levels_and_a_language_by_its_letters(world: World) -> None:
    payments, other = world.skills["payments"], await skill(world, "other")
    await opened(world, topic="payment")
    await opened(world)
    found = await tried(world, "true", skills={other: 2, payments: 3}, language="UK")
    both = tuple(sorted({other: 2, payments: 3}.items()))
    assert set(found.shifts) == {
        Shift("skills", ((payments, 1),), both, 1),
        Shift("skills", (), both, 1),
        Shift("language", None, "uk", 2),
    }
    assert [shown.before.skills for shown in found.shown] == [{}, {payments: 1}]
    assert {shown.after.language for shown in found.shown} == {"uk"}


async def test_failures_are_counted_with_what_was_missing(world: World) -> None:
    for _ in range(3):
        await opened(world)
    await opened(world, order_id=await order(world, total_amount=500))
    found = await tried(world, "order.total > 100", priority=5)
    assert (found.matched, found.failures, found.details) == (1, {Failing.NO_VALUE: 3}, ["order.total"])


async def test_a_dry_run_that_is_out_of_time_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await opened(world)
    monkeypatch.setattr(trying, "PATIENCE", -1.0)
    found = await tried(world, "true", priority=5)
    assert (found.looked_at, found.matched, found.failures) == (1, 0, {Failing.TOO_SLOW: 1})


async def test_the_newest_tickets_are_looked_at_and_twenty_of_them_shown(world: World) -> None:
    for minute in range(25):
        await opened(world, now=NOW + timedelta(minutes=minute))
    found = await tried(world, "true", last=22, priority=5)
    assert (found.looked_at, found.matched) == (22, 22)
    assert [shown.number for shown in found.shown] == list(range(25, 5, -1))


async def test_a_ticket_is_seen_as_it_came_however_rules_and_agents_have_changed_it(world: World) -> None:
    await order(world, created_at=NOW + timedelta(hours=1))
    await opened(world, now=NOW - timedelta(hours=2))
    await rule(world, "true", priority=8)
    await opened(world, priority=4)
    async with world.database.writing(world.tenant_id) as session:
        resolved = {"at": NOW + timedelta(hours=1)}
        await session.execute(
            text("UPDATE ticket SET state = 'RESOLVED', state_since = :at WHERE number = 1"), resolved
        )
        await session.execute(
            text(
                "INSERT INTO ticket_transition (tenant_id, id, ticket_id, position, to_state, team_id, reason,"
                " actor_kind, at) SELECT tenant_id, gen_random_uuid(), id, 9, 'RESOLVED', team_id, 'x', 'SYSTEM', :at"
                " FROM ticket WHERE number = 1"
            ),
            resolved,
        )
    found = await tried(world, "customer.openTickets == 1 && customer.orders == 0", last=1, priority=1, tags=("x",))
    assert (found.matched, found.shown[0].before.priority) == (1, 8)
    assert list(found.shifts) == [Shift("tags", None, "x", 1)]
    alone = await tried(world, "customer.openTickets == 0", tags=("x",))
    assert [shown.number for shown in alone.shown] == [1]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"last": 0}, InvalidInput),
        ({"last": 1_001}, InvalidInput),
        ({"priority": None}, InvalidInput),
        ({"condition": "tikcet.hour == 1"}, ConditionRefused),
        ({"rule_id": new_id()}, IntakeRuleNotFound),
    ],
)
async def test_what_is_no_rule_is_not_tried(world: World, changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await tried(world, **{"condition": "true", "priority": 1, **changes})


async def test_an_archived_rule_is_not_tried(world: World, database: Database) -> None:
    one = await rule(world, "true", priority=1)
    async with database.writing(world.tenant_id) as session:
        await operations.archive_rule(session, rule_id=one, by=SYSTEM, now=NOW)
    with pytest.raises(IntakeRuleIsArchived):
        await tried(world, "true", rule_id=one, priority=1)


async def test_a_dry_run_changes_nothing(world: World, database: Database) -> None:
    await opened(world)
    one = await rule(world, "true", priority=1)
    before = await everything(database, world.tenant_id)
    await tried(world, "true", priority=9, tags=("x",), team_id=world.teams["accounting"])
    await tried(world, "true", rule_id=one, stops=True)
    assert await everything(database, world.tenant_id) == before


CONDITIONS = st.sampled_from(
    [
        "true",
        "ticket.channel == 'CHAT'",
        "ticket.topic == 'payment'",
        "ticket.subject.matches('(?i)paczka')",
        "ticket.hour >= 13",
        "customer.openTickets >= 2",
        "order.present && order.total >= 500",
        "order.total >= 500",
        "10 / customer.openTickets == 5",
    ]
)
EFFECTS = st.fixed_dictionaries(
    {},
    optional={
        "team": st.sampled_from(["first-line", "accounting"]),
        "priority": st.integers(0, 9),
        "level": st.integers(1, 5),
        "language": st.sampled_from(["de", "uk"]),
        "needs_contact": st.booleans(),
        "tags": st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2, unique=True).map(tuple),
        "stops": st.just(True),
    },
).filter(bool)
RULES = st.tuples(CONDITIONS, EFFECTS)
TICKETS = st.fixed_dictionaries(
    {
        "topic": st.sampled_from(["delivery", "payment"]),
        "subject": st.sampled_from(["Paczka", "Zwrot"]),
        "channel": st.sampled_from([Channel.EMAIL, Channel.CHAT]),
        "priority": st.integers(0, 3),
        "about": st.sampled_from([None, 100, 900]),
    }
)
Drawn = tuple[str, dict[str, Any]]


async def shop_with(database: Database, found_shop: FoundShop, rules: list[Drawn]) -> tuple[World, list[UUID]]:
    world = await World.found(database, await found_shop())
    return world, [await rule(world, condition, **named(world, effects)) for condition, effects in rules]


def named(world: World, effects: dict[str, Any]) -> dict[str, Any]:
    """Effects with the shop's own team and skill."""
    others = {name: value for name, value in effects.items() if name not in ("team", "level")}
    team = {"team_id": world.teams[effects["team"]]} if "team" in effects else {}
    return others | team | ({"skills": {world.skills["payments"]: effects["level"]}} if "level" in effects else {})


async def open_all(world: World, tickets: list[dict[str, Any]]) -> list[UUID]:
    made = []
    orders = {total: await order(world, total_amount=total) for total in (100, 900)}
    for minute, ticket in enumerate(tickets):
        said = {name: value for name, value in ticket.items() if name != "about"}
        about = orders.get(ticket["about"])
        made.append(await opened(world, **said, order_id=about, now=NOW + timedelta(minutes=minute)))
    return made


def comparable(world: World, start: Start) -> tuple[Any, ...]:
    team = next(key for key, id in world.teams.items() if id == start.team_id)
    levels = tuple(start.skills.values())  # of the one skill that a shop has here
    return team, start.priority, levels, start.language, start.needs_contact, tuple(sorted(start.tags))


@given(st.lists(RULES, max_size=3), RULES, st.integers(0, 3), st.lists(TICKETS, min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_dry_run_says_what_opening_does(
    database: Database,
    found_shop: FoundShop,
    rules: list[Drawn],
    candidate: Drawn,
    place: int,
    tickets: list[dict[str, Any]],
) -> None:
    """As the last rule, or in the place of one that is there: in a shop where the rule is in force, it is so."""
    condition, effects = candidate
    past, ids = await shop_with(database, found_shop, rules)
    changed = [*rules[:place], candidate, *rules[place + 1 :]] if place < len(rules) else [*rules, candidate]
    future, _ = await shop_with(database, found_shop, changed)
    old, new = await open_all(past, tickets), await open_all(future, tickets)

    instead_of = ids[place] if place < len(ids) else None
    found = await tried(past, condition, rule_id=instead_of, **named(past, effects))

    said = {shown.ticket_id: shown for shown in found.shown}
    assert found.matched == len(said)
    for ticket_id, then in zip(old, new, strict=True):
        if ticket_id in said:
            assert comparable(past, said[ticket_id].before) == comparable(past, await asks(past, ticket_id))
            assert comparable(past, said[ticket_id].after) == comparable(future, await asks(future, then))
    differ = {
        ticket_id
        for ticket_id, then in zip(old, new, strict=True)
        if comparable(past, await asks(past, ticket_id)) != comparable(future, await asks(future, then))
    }
    assert bool(found.shifts) == bool(differ)
    assert max((shift.tickets for shift in found.shifts), default=0) <= len(differ)
