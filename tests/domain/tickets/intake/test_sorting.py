"""Rules at work: what a new ticket asks for, what is kept of it, and what it costs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.kit.database import Database
from domain.kit.events import SYSTEM, ActorKind, EventRow
from domain.kit.imports import ImportPolicy
from domain.tickets import opening
from domain.tickets.importing import TicketDetails, import_tickets
from domain.tickets.intake import conditions, sorting
from domain.tickets.intake.conditions import Failing
from domain.tickets.intake.models import IntakeFailure, IntakeRuleVersion, TicketIntake, TicketTag
from domain.tickets.intake.rules import Start
from domain.tickets.models import Ticket
from tests.conftest import NOW, CountStatements
from tests.domain.invariants import broken
from tests.domain.tickets.intake.shop import asks, opened, order, rule, skill
from tests.domain.world import World


async def kept(world: World) -> list[TicketIntake]:
    async with world.database.reading(world.tenant_id) as session:
        return list(await session.scalars(select(TicketIntake)))


async def failed(world: World) -> list[tuple[str, Failing, str]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(
            select(IntakeRuleVersion.condition, IntakeFailure.why, IntakeFailure.detail).join(
                IntakeFailure, IntakeFailure.version_id == IntakeRuleVersion.id
            )
        )
        return sorted((row.condition, row.why, row.detail) for row in found)


async def test_a_ticket_asks_for_what_the_rules_say_and_else_for_what_its_topic_does(
    world: World, database: Database
) -> None:
    one = await rule(
        world, "ticket.subject.matches('(?i)paczka')", team_id=world.teams["accounting"], priority=7, tags=("dostawa",)
    )
    two = await rule(
        world,
        "ticket.channel == 'EMAIL'",
        priority=1,
        skills={world.skills["payments"]: 4},
        language="de",
        tags=("mail", "dostawa"),
    )
    ticket_id = await opened(world)
    assert await asks(world, ticket_id) == Start(
        team_id=world.teams["accounting"],
        priority=7,
        skills={world.skills["payments"]: 4},
        language="de",
        needs_contact=True,
        tags=("dostawa", "mail"),
    )
    async with database.reading(world.tenant_id) as session:
        versions = {row.rule_id: str(row.id) for row in await session.scalars(select(IntakeRuleVersion))}
        tags = await session.execute(select(TicketTag.ticket_id, TicketTag.tag, TicketTag.at).order_by(TicketTag.tag))
        assert tags.all() == [(ticket_id, "dostawa", NOW), (ticket_id, "mail", NOW)]
    (row,) = await kept(world)
    assert (row.ticket_id, row.at) == (ticket_id, NOW)
    assert row.acts == [
        {
            "version_id": versions[one],
            "sets": {"team_id": str(world.teams["accounting"]), "priority": 7},
            "tags": ["dostawa"],
        },
        {
            "version_id": versions[two],
            "sets": {"skills": {str(world.skills["payments"]): 4}, "language": "de"},
            "tags": ["mail"],
        },
    ]
    assert row.before == {
        "team_id": str(world.teams["first-line"]),
        "priority": 0,
        "skills": {},
        "language": None,
        "needs_contact": True,
    }
    async with database.reading(world.tenant_id) as session:
        event = (await session.scalars(select(EventRow).where(EventRow.name == "TicketSorted"))).one()
    assert (event.aggregate_id, event.actor_kind, event.data["rule_ids"]) == (
        ticket_id,
        ActorKind.SYSTEM,
        [str(one), str(two)],
    )
    assert (event.data["skills"], event.data["language"]) == ({str(world.skills["payments"]): 4}, "de")
    assert await broken(database, world.tenant_id) == {}


async def test_what_no_rule_acts_on_is_opened_as_before_and_nothing_is_kept(world: World) -> None:
    await rule(world, "ticket.channel == 'PHONE'", priority=9)
    assert await asks(world, await opened(world, priority=2)) == Start(
        team_id=world.teams["first-line"], priority=2, skills={}, needs_contact=True
    )
    assert await kept(world) == []


async def test_what_a_rule_leaves_is_as_the_topic_says_and_the_same_is_asked_once(world: World) -> None:
    """Skills of a rule take the place of the topic's, and one need is kept for all tickets that ask the same."""
    payments, other = world.skills["payments"], await skill(world, "other")
    first = await opened(world, topic="payment")
    assert (await asks(world, first)).skills == {payments: 1}
    await rule(world, "ticket.subject == 'Inne'", skills={other: 5})
    await rule(world, "ticket.channel == 'CHAT'", language="uk")
    tickets = [
        await opened(world, topic="payment", subject="Inne"),
        await opened(world, topic="payment", channel=Channel.CHAT),
        await opened(world, topic="payment"),
    ]
    found = [await asks(world, ticket_id) for ticket_id in tickets]
    assert [(each.skills, each.language) for each in found] == [
        ({other: 5}, None),
        ({payments: 1}, "uk"),
        ({payments: 1}, None),
    ]
    async with world.database.reading(world.tenant_id) as session:
        kept_needs = await session.execute(select(Ticket.id, Ticket.need_id))
        of_ticket = {row.id: row.need_id for row in kept_needs}
    assert of_ticket[first] == of_ticket[tickets[2]]
    assert len(set(of_ticket.values())) == 3


async def test_a_rule_sees_order_and_customer_as_they_are(world: World) -> None:
    about = await order(world, total_amount=50_000, promised_on=(NOW + timedelta(days=2)).date())
    await order(world)
    await opened(world)
    await rule(
        world,
        "order.total == 50000 && order.due == 50000 && order.promisedInDays == 2 && customer.orders == 2"
        " && customer.openTickets == 1 && customer.externalId == 'c-1'",
        priority=8,
    )
    assert (await asks(world, await opened(world, order_id=about))).priority == 8


async def test_a_rule_that_fails_does_not_match_and_it_is_kept_why(world: World, database: Database) -> None:
    await rule(world, "order.total > 100", priority=9)
    await rule(world, "1 / customer.orders == 1", priority=8)
    await rule(world, "order.present || ticket.hour >= 0", priority=7, tags=("inne",))
    assert (await asks(world, await opened(world))).priority == 7
    assert await failed(world) == [
        ("1 / customer.orders == 1", Failing.FAILED, "INVALID_ARGUMENT: divide by zero"),
        ("order.total > 100", Failing.NO_VALUE, "order.total"),
    ]
    assert await broken(database, world.tenant_id) == {}


async def test_rules_that_are_out_of_time_have_failed_and_the_ticket_is_opened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rule(world, "true", priority=9)
    monkeypatch.setattr(sorting, "PATIENCE", -1.0)
    assert (await asks(world, await opened(world))).priority == 0
    assert await failed(world) == [("true", Failing.TOO_SLOW, "")]


async def test_a_condition_that_the_language_no_longer_takes_fails_and_keeps_no_ticket_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rule(world, "ticket.hour >= 0 && true", priority=9)
    conditions.condition.cache_clear()
    monkeypatch.setattr(conditions, "LONGEST", 3)
    assert (await asks(world, await opened(world))).priority == 0
    assert await failed(world) == [
        ("ticket.hour >= 0 && true", Failing.FAILED, "Line 1, column 4: the condition is too long.")
    ]


async def test_opening_costs_one_statement_without_rules_and_two_with_any(
    world: World, statements: CountStatements
) -> None:
    await opened(world)
    with statements() as none:
        await opened(world)
    asked = [statement for statement in none if "intake" in statement]
    assert len(asked) == 1
    for n in range(30):
        await rule(world, "order.total > 1", priority=n % 10)
        await rule(world, "true", priority=n % 10, tags=(f"tag {n % 10}",))
    with statements() as many:
        await opened(world)
    assert len(many) == len(none) + 1
    assert [statement.split()[0] for statement in many if "intake" in statement] == ["SELECT", "WITH"]


async def test_imported_tickets_are_as_they_are_told_and_no_rule_looks_at_them(
    world: World, database: Database
) -> None:
    await rule(world, "true", priority=9, tags=("nowe",))
    async with database.writing(world.tenant_id) as session:
        await import_tickets(
            session,
            tickets=[
                TicketDetails(
                    external_id="z-1",
                    channel=Channel.EMAIL,
                    topic_key="delivery",
                    subject="Gdzie?",
                    body="Gdzie?",
                    customer_external_id="c-1",
                    order_external_id=None,
                    priority=1,
                    arrived_at=NOW - timedelta(days=400),
                )
            ],
            policy=ImportPolicy.REJECT_ALL,
            corrects=False,
            by=SYSTEM,
            now=NOW,
        )
        assert list(await session.scalars(select(Ticket.priority))) == [1]
    assert await kept(world) == []


async def test_what_is_not_committed_leaves_nothing_of_its_rules(world: World, database: Database) -> None:
    await rule(world, "true", priority=9, tags=("nowe",))
    async with database.reading(world.tenant_id) as session:
        await opening.open_ticket(
            session,
            channel=Channel.EMAIL,
            topic_key="delivery",
            subject="x",
            body="x",
            customer_id=world.customer_id,
            order_id=None,
            by=SYSTEM,
            now=NOW,
        )
        assert await session.scalar(select(TicketTag.tag)) == "nowe"
    assert await kept(world) == []
