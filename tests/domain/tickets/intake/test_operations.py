"""Writing rules down: each change is a version, the order is one, and what is archived stays."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.agents.errors import SkillNotFound, TeamNotFound
from domain.kit.database import Database
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.events import SYSTEM, EventRow
from domain.kit.ids import new_id
from domain.tickets.intake import operations
from domain.tickets.intake.errors import (
    ConditionRefused,
    IntakeOrderIncomplete,
    IntakeRuleIsArchived,
    IntakeRuleNotFound,
    TooManyIntakeRules,
)
from domain.tickets.intake.models import IntakeRule, IntakeRuleVersion
from domain.tickets.intake.rules import Effects
from tests.conftest import NOW
from tests.domain.tickets.intake.shop import asks, opened, rule
from tests.domain.world import World

LATER = NOW + timedelta(hours=1)


async def update(world: World, rule_id: UUID, condition: str, *, name: str | None = None, **effects: Any) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await operations.update_rule(
            session,
            rule_id=rule_id,
            name=name,
            condition=condition,
            effects=Effects(**effects),
            by=SYSTEM,
            now=LATER,
        )


async def reorder(world: World, *rule_ids: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await operations.reorder_rules(session, rule_ids=rule_ids, by=SYSTEM, now=LATER)


async def archive(world: World, rule_id: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await operations.archive_rule(session, rule_id=rule_id, by=SYSTEM, now=LATER)


async def listed(world: World) -> list[tuple[UUID, int | None]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(select(IntakeRule.id, IntakeRule.position).order_by(IntakeRule.position))
        return [(row.id, row.position) for row in found]


async def versions(world: World, rule_id: UUID) -> list[tuple[int, str, int | None]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(
            select(IntakeRuleVersion).where(IntakeRuleVersion.rule_id == rule_id).order_by(IntakeRuleVersion.number)
        )
        return [(row.number, row.condition, row.priority) for row in found]


async def told(world: World, rule_id: UUID) -> list[tuple[str, int]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(
            select(EventRow.name, EventRow.aggregate_version)
            .where(EventRow.aggregate_id == rule_id)
            .order_by(EventRow.aggregate_version)
        )
        return [(row.name, row.aggregate_version) for row in found]


async def test_a_new_rule_is_the_last_and_its_first_version_says_it(world: World, database: Database) -> None:
    one = await rule(world, "true", priority=1)
    two = await rule(world, "order.present", team_id=world.teams["accounting"], tags=("Zwrot",))
    assert await listed(world) == [(one, 1), (two, 2)]
    async with database.reading(world.tenant_id) as session:
        said = (await session.scalars(select(IntakeRuleVersion).where(IntakeRuleVersion.rule_id == two))).one()
        made = await session.get_one(IntakeRule, (world.tenant_id, two))
    assert (said.number, said.condition, said.team_id, said.tags, said.stops, said.at) == (
        1,
        "order.present",
        world.teams["accounting"],
        ["zwrot"],
        False,
        NOW,
    )
    assert (made.name, made.version, made.created_at, made.archived_at) == ("Zwroty", 1, NOW, None)
    assert await told(world, two) == [("IntakeRuleCreated", 1)]


async def test_a_change_is_a_new_version_and_the_old_one_stays(world: World) -> None:
    one = await rule(world, "true", priority=1)
    await update(world, one, "true", priority=2)
    await update(world, one, "ticket.hour > 12", priority=2)
    assert await versions(world, one) == [(1, "true", 1), (2, "true", 2), (3, "ticket.hour > 12", 2)]
    assert await told(world, one) == [("IntakeRuleCreated", 1), ("IntakeRuleChanged", 2), ("IntakeRuleChanged", 3)]


async def test_the_same_again_changes_nothing_and_a_name_alone_makes_no_version(world: World) -> None:
    one = await rule(world, "true", priority=1)
    await update(world, one, "true", priority=1)
    await update(world, one, "true", name="Zwroty", priority=1)
    assert await told(world, one) == [("IntakeRuleCreated", 1)]
    await update(world, one, "true", name="Reklamacje", priority=1)
    assert await versions(world, one) == [(1, "true", 1)]
    assert await told(world, one) == [("IntakeRuleCreated", 1), ("IntakeRuleChanged", 2)]


async def test_what_a_version_says_can_be_changed_by_nobody(world: World, database: Database) -> None:
    await rule(world, "true", priority=1)
    for statement in ("UPDATE intake_rule_version SET priority = 9", "DELETE FROM intake_rule_version"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.writing(world.tenant_id) as session:
                await session.execute(text(statement))


@pytest.mark.parametrize(
    ("condition", "effects", "error"),
    [
        ("true", {}, InvalidInput),
        (" \n ", {"priority": 1}, InvalidInput),
        ("true", {"priority": 10}, InvalidInput),
        ("true", {"team_id": new_id()}, TeamNotFound),
        ("true", {"skills": {new_id(): 1}}, SkillNotFound),
        ("true", {"skills": {new_id(): 6}}, InvalidInput),
        ("true", {"skills": {new_id(): 1 for _ in range(21)}}, InvalidInput),
        ("true", {"language": "polski"}, InvalidInput),
        ("ticket.chanel == ''", {"priority": 1}, ConditionRefused),
    ],
)
async def test_a_refused_rule_leaves_nothing(
    world: World, condition: str, effects: dict[str, Any], error: type[DomainError]
) -> None:
    one = await rule(world, "true", priority=1)
    with pytest.raises(error):
        await rule(world, condition, **effects)
    with pytest.raises(error):
        await update(world, one, condition, **effects)
    assert await listed(world) == [(one, 1)]
    assert await versions(world, one) == [(1, "true", 1)]


async def test_rules_are_put_in_another_order_all_at_once(world: World) -> None:
    one, two, three = [await rule(world, "true", priority=n) for n in (1, 2, 3)]
    await reorder(world, three, one, two)
    assert await listed(world) == [(three, 1), (one, 2), (two, 3)]
    assert (await asks(world, await opened(world))).priority == 3
    before = await told(world, one)
    await reorder(world, three, one, two)
    assert await told(world, one) == before == [("IntakeRuleCreated", 1), ("IntakeRuleMoved", 2)]


async def test_a_rule_moves_as_far_as_there_are_places(world: World, database: Database) -> None:
    one, two, three = [await rule(world, "true", priority=n) for n in (1, 2, 3)]

    async def move(rule_id: UUID, places: int) -> list[UUID]:
        async with database.writing(world.tenant_id) as session:
            moved = await operations.move_rule(session, rule_id=rule_id, places=places, by=SYSTEM, now=LATER)
            return [each.id for each in moved]

    assert await move(one, 1) == [two, one, three]
    assert await move(three, -1) == [two, three, one]
    assert await move(one, 1) == [two, three, one]
    assert await move(two, -5) == [two, three, one]
    assert [each for each, _ in await listed(world)] == [two, three, one]
    await archive(world, one)
    with pytest.raises(IntakeRuleIsArchived):
        await move(one, -1)
    with pytest.raises(IntakeRuleNotFound):
        await move(new_id(), -1)


async def test_an_order_names_every_rule_once(world: World) -> None:
    one, two = [await rule(world, "true", priority=n) for n in (1, 2)]
    for wrong in ((one,), (one, two, two), ()):
        with pytest.raises(IntakeOrderIncomplete):
            await reorder(world, *wrong)
    with pytest.raises(IntakeRuleNotFound):
        await reorder(world, one, two, new_id())
    assert await listed(world) == [(one, 1), (two, 2)]


async def test_an_archived_rule_acts_no_more_and_those_after_it_move_up(world: World, database: Database) -> None:
    one, two, three = [await rule(world, "true", priority=n) for n in (1, 2, 3)]
    await archive(world, one)
    await archive(world, one)
    assert await listed(world) == [(two, 1), (three, 2), (one, None)]
    assert (await asks(world, await opened(world))).priority == 2
    assert await told(world, one) == [("IntakeRuleCreated", 1), ("IntakeRuleArchived", 2)]
    with pytest.raises(IntakeRuleIsArchived):
        await update(world, one, "false", priority=1)
    with pytest.raises(IntakeOrderIncomplete):
        await reorder(world, one, two, three)
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(IntakeRule, (world.tenant_id, one))).archived_at == LATER


async def test_what_is_no_rule_is_not_found(world: World) -> None:
    with pytest.raises(IntakeRuleNotFound):
        await update(world, new_id(), "true", priority=1)
    with pytest.raises(IntakeRuleNotFound):
        await archive(world, new_id())


async def test_rules_that_are_added_at_once_get_places_of_their_own(world: World) -> None:
    await asyncio.gather(*(rule(world, "true", priority=n) for n in range(8)))
    assert [place for _, place in await listed(world)] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_place_is_taken_once_in_the_database_as_well(world: World, database: Database) -> None:
    await rule(world, "true", priority=1)
    two = await rule(world, "true", priority=2)
    with pytest.raises(IntegrityError, match="uq_intake_rule_tenant_id_position"):
        async with database.writing(world.tenant_id) as session:
            (await session.get_one(IntakeRule, (world.tenant_id, two))).position = 1


async def test_there_are_a_hundred_rules_at_most(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert operations.MOST_RULES == 100
    monkeypatch.setattr(operations, "MOST_RULES", 2)
    one = await rule(world, "true", priority=1)
    await rule(world, "true", priority=2)
    with pytest.raises(TooManyIntakeRules) as refused:
        await rule(world, "true", priority=3)
    assert refused.value.limit == 2
    await archive(world, one)
    await rule(world, "true", priority=3)
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(IntakeRule)) == 3
