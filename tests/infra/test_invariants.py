"""What must be true at all times is asked so that a break is found, whatever the database's own constraints refuse."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.agents.roles import Role
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, ActorKind
from domain.kit.ids import new_id
from domain.seasons.drafting import Plan, draft_season
from domain.seasons.operations import schedule_season
from domain.seasons.people import Named
from domain.seats import operations, passes
from domain.seats.models import LicenceTerms, PassEntry, SeatAssignment, SeatKind
from domain.seats.periods import period
from domain.tickets import assignment
from infra.invariants import QUERIES, broken
from infra.invariants_of_intake import INTAKE
from tests.conftest import NOW, Shop
from tests.domain.billing.books import START, Books
from tests.domain.billing.test_proration import local
from tests.domain.tickets.intake.shop import rule
from tests.domain.world import World

SEATED = "nobody who is kept out has a seat, or is to have one"
HELD = "no ticket lies in the hands of somebody who cannot come in"
COUNTED = "never more people on seats of a kind than licences of it"
PLACED = "a ticket is in one place, the one its latest transition says"
RESOLVED = "a ticket is resolved when and as often as its resolutions say"
ASKED = "a need asks for what its fingerprint says"
BALANCE = "the balance of day passes is the sum of their ledger, never below none"
SPENT = "a spent day pass is a licence of that day, its person's alone, and every licence of one day is a spent pass"
GRANTED = "nobody is given a planned seat twice, or one of another season"
WAITING = "whoever waits for a seat can come in one day, and waits for a season that was not called off"
PLANNED = "a season has as many licences as it was planned with, and none once it was called off"
BREAKABLE = (SEATED, HELD, COUNTED, PLACED, RESOLVED, ASKED, BALANCE, SPENT, GRANTED, WAITING, PLANNED)

MIDNIGHT = datetime(2026, 11, 2, 23, tzinfo=UTC)
"""When NOW's day ends in Warsaw."""

GIVEN_TWICE = """
    INSERT INTO planned_invitation (tenant_id, id, version, agent_id, kind, wanted, season_id, invite_at, invited_by_id,
                                    created_at, assignment_id, granted_at, cancelled_at)
    SELECT tenant_id, gen_random_uuid(), version, agent_id, kind, wanted, {season}, invite_at, invited_by_id,
           created_at, assignment_id, granted_at, {cancelled}
    FROM planned_invitation WHERE granted_at IS NOT NULL
"""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", {}),
        ("UPDATE member SET state = 'INVITED', password_hash = NULL WHERE id = :member", {HELD: 1}),
        ("UPDATE member SET state = 'SUSPENDED' WHERE id = :member", {HELD: 1, SEATED: 1}),
        (
            """INSERT INTO need_skill (tenant_id, need_id, skill_id, level)
               SELECT need.tenant_id, need.id, skill.id, 1 FROM need, skill""",
            {ASKED: 1},
        ),
        ("UPDATE ticket SET state_since = state_since + interval '1 second'", {PLACED: 1}),
        (
            """INSERT INTO resolution (tenant_id, id, ticket_id, agent_id, seat_kind, reason, evidence_kind,
                                       evidence_text, at)
               SELECT tenant_id, gen_random_uuid(), id, assignee_id, 'LIGHT', 'x', 'NOTE', 'x', state_since
               FROM ticket""",
            {RESOLVED: 1},
        ),
    ],
)
async def test_a_break_is_found(database: Database, shop: Shop, change: str, found: dict[str, int]) -> None:
    world = await World.found(database, shop)
    lena, _ = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=lena.agent_id, by=SYSTEM, now=NOW)
    async with database.writing(world.tenant_id) as session:
        await session.execute(text(change), {"member": lena.member_id} if ":" in change else {})
        assert await broken_in(session) == found
        await session.rollback()


async def test_a_full_seat_taken_from_a_light_licence_is_found_though_there_are_licences_enough(
    database: Database, shop: Shop
) -> None:
    world = await World.found(database, shop)
    await world.person(SeatKind.FULL)
    agent = await world.seatless()
    async with database.writing(world.tenant_id) as session:
        (light,) = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
        session.add(
            SeatAssignment(
                tenant_id=world.tenant_id,
                id=new_id(),
                licence_id=light.id,
                licence_period=light.period,
                kind=SeatKind.FULL,
                agent_id=agent.id,
                period=light.period,
                created_at=NOW,
            )
        )
        await session.flush()
        assert await broken_in(session) == {COUNTED: 1}
        await session.rollback()  # a commit would check the foreign key to the licence's kind


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, {}),
        ({"balance": 2}, {BALANCE: 1}),
        ({"position": 3}, {BALANCE: 1}),
        ({"terms": LicenceTerms.ARREARS}, {SPENT: 1}),
        ({"day": date(2026, 11, 3)}, {SPENT: 1}),
        ({"until": datetime(2026, 11, 2, 23, 0, 0, 1, tzinfo=UTC)}, {SPENT: 1}),
        ({"spent": False}, {SPENT: 1}),
        ({"sitters": 2}, {SPENT: 1}),
    ],
)
async def test_a_ledger_of_day_passes_that_does_not_add_up_is_found(
    database: Database, shop: Shop, changes: dict[str, Any], found: dict[str, int]
) -> None:
    world = await World.found(database, shop)
    ola, ewa = await world.seatless(), await world.seatless()
    given = {
        "terms": LicenceTerms.ONE_DAY,
        "until": MIDNIGHT,
        "day": NOW.date(),
        "spent": True,
        "sitters": 1,
        **changes,
    }
    span, noon = period(NOW, given["until"]), NOW + timedelta(hours=2)
    async with database.writing(world.tenant_id) as session:
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=2, by=SYSTEM, now=NOW)
        licence = operations.new_licence(
            session, kind=SeatKind.LIGHT, span=span, label="", terms=given["terms"], by=SYSTEM, now=NOW
        )
        await session.flush()
        sat = await operations.sit(
            session, licence=licence, agent_id=ola.id, span=period(NOW, noon), by=SYSTEM, now=NOW
        )
        if given["sitters"] == 2:
            rest = period(noon, MIDNIGHT)
            await operations.sit(session, licence=licence, agent_id=ewa.id, span=rest, by=SYSTEM, now=NOW)
        spent = given["spent"]
        session.add(
            PassEntry(
                tenant_id=world.tenant_id,
                id=new_id(),
                kind=SeatKind.LIGHT,
                position=given.get("position", 2),
                count=-1,
                balance=given.get("balance", 1),
                at=NOW,
                actor_kind=ActorKind.SYSTEM,
                agent_id=ola.id if spent else None,
                day=given["day"] if spent else None,
                licence_id=licence.id if spent else None,
                assignment_id=sat.id if spent else None,
            )
        )
        await session.flush()
        assert await broken_in(session) == found
        await session.rollback()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", {}),
        ("UPDATE season SET cancelled_at = scheduled_at", {PLANNED: 1, WAITING: 1}),
        ("UPDATE season SET scheduled_at = NULL", {PLANNED: 1}),
        ("UPDATE season SET light_count = 2", {PLANNED: 1}),
        (GIVEN_TWICE.format(season="season_id", cancelled="NULL"), {GRANTED: 1}),
        (GIVEN_TWICE.format(season="NULL", cancelled="granted_at"), {GRANTED: 1}),
        (
            """UPDATE member SET state = 'SUSPENDED' FROM agent a JOIN planned_invitation p ON a.id = p.agent_id
               WHERE member.id = a.member_id AND p.granted_at IS NULL""",
            {WAITING: 1},
        ),
    ],
)
async def test_a_season_that_gives_more_or_less_than_was_planned_is_found(
    database: Database, shop: Shop, change: str, found: dict[str, int]
) -> None:
    world = await World.found(database, shop)
    admin = await world.person(SeatKind.FULL, role=Role.ADMIN, until=None)
    plan = Plan(
        name="Christmas",
        first_day=NOW.date(),
        last_day=NOW.date() + timedelta(days=9),
        full_count=0,
        light_count=1,
        role=Role.AGENT,
        language=Language.PL,
        people=[Named(f"{who}@shop.example", who, SeatKind.LIGHT) for who in ("Lena", "Olga")],
    )
    own: dict[str, Any] = {"own_id": admin.member_id, "by": admin.actor, "now": NOW}
    async with database.writing(world.tenant_id) as session:
        season = await draft_season(session, plan=plan, **own)
        await schedule_season(session, season_id=season.id, **own)
    async with database.writing(world.tenant_id) as session:
        await session.execute(text(change))
        assert await broken_in(session) == found
        await session.rollback()


ACTED = """
    INSERT INTO ticket_intake (tenant_id, id, ticket_id, acts, before, at)
    SELECT tenant_id, gen_random_uuid(), id,
           jsonb_build_array(jsonb_build_object('version_id', {version}, 'tags', jsonb_build_array('{tag}'))),
           '{{}}', arrived_at
    FROM ticket
"""
USED = "what an invoice charges for use is the share of the price in force then"
AHEAD = "what is charged ahead is the share of the price in force when it was bought"
LINE = """
    INSERT INTO invoice_line SELECT tenant_id, gen_random_uuid(), invoice_id, position + 1000, kind, basis, unit,
        licence_id, tstzrange('{0}', '{1}'), {2} * 3600000000::bigint, whole, unit_amount, {3}, price_id, usage_id,
        prepaid_id
    FROM invoice_line WHERE basis = 'USED' AND lower(period) = '{0}'
"""
ENTRY = """
    INSERT INTO prepaid_entry SELECT tenant_id, gen_random_uuid(), licence_id, kind, charge_id, price_id, unit,
        tstzrange('{0}', '{1}'), {2} * 3600000000::bigint, whole, unit_amount, {3}, currency, at, recorded_at
    FROM prepaid_entry WHERE lower(period) = '{0}'
"""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", {}),
        (LINE.format(local(2026, 12, 1), local(2026, 12, 6), 120, 468), {}),  # 2900 x 5 / 31 = 467.74
        (LINE.format(local(2026, 12, 1), local(2026, 12, 6), 120, 467), {USED: 1}),
        (LINE.format(local(2026, 12, 1), local(2026, 12, 16), 360, 1403), {USED: 1}),  # over a change of the price
        (LINE.format(local(2026, 12, 11), local(2027, 1, 6), 624, 3271), {USED: 1}),  # over the month's end
        (ENTRY.format(local(2026, 12, 1), local(2026, 12, 16), 360, 1403), {}),
        (ENTRY.format(local(2026, 12, 1), local(2027, 1, 2), 768, 2994), {AHEAD: 1}),
    ],
)
async def test_what_is_charged_over_a_months_end_or_a_change_of_price_is_found(
    database: Database, shop: Shop, change: str, found: dict[str, int]
) -> None:
    books = Books(database, shop.tenant_id)
    await books.price(2900)
    await books.price(3900, date(2026, 12, 11))
    await books.buy(local(2026, 12, 1), local(2027, 1, 1), now=START)
    await books.buy(local(2026, 12, 1), local(2027, 1, 1), terms=LicenceTerms.PREPAID, now=START)
    await books.keep(local(2027, 1, 1))
    async with database.writing(shop.tenant_id) as session:
        await session.execute(text(change.replace(":", "\\:")))
        counts = {name: len((await session.execute(text(QUERIES[name]))).all()) for name in (USED, AHEAD)}
        assert {name: count for name, count in counts.items() if count} == found
        await session.rollback()


IN_PLACE, FROM_ONE, SKILLED, DONE = INTAKE


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", {}),
        ("UPDATE intake_rule SET position = position + 1", {IN_PLACE: 2}),
        ("UPDATE intake_rule SET position = NULL, archived_at = created_at WHERE position = 1", {IN_PLACE: 1}),
        (
            """INSERT INTO intake_rule (tenant_id, id, version, name, position, created_at)
               SELECT tenant_id, gen_random_uuid(), 1, 'x', 3, created_at FROM intake_rule WHERE position = 1""",
            {IN_PLACE: 1},
        ),
        (
            """INSERT INTO intake_rule_version
                   (tenant_id, id, rule_id, number, condition, sets_skills, tags, stops, actor_kind, at)
               SELECT tenant_id, gen_random_uuid(), rule_id, 3, condition, false, tags, true, actor_kind, at
               FROM intake_rule_version LIMIT 1""",
            {FROM_ONE: 1},
        ),
        (
            """INSERT INTO intake_rule_version
                   (tenant_id, id, rule_id, number, condition, sets_skills, tags, stops, actor_kind, at)
               SELECT tenant_id, gen_random_uuid(), rule_id, 2, condition, true, tags, true, actor_kind, at
               FROM intake_rule_version LIMIT 1""",
            {SKILLED: 1},
        ),
        (
            """INSERT INTO intake_rule_skill (tenant_id, version_id, skill_id, level)
               SELECT v.tenant_id, v.id, s.id, 2 FROM intake_rule_version v, skill s WHERE v.priority = 1""",
            {SKILLED: 1},
        ),
        (ACTED.format(version="gen_random_uuid()", tag="zwrot"), {DONE: 1}),
        (ACTED.format(version="(SELECT id FROM intake_rule_version LIMIT 1)", tag="zwrot"), {}),
        (ACTED.format(version="(SELECT id FROM intake_rule_version LIMIT 1)", tag="inny"), {DONE: 1}),
    ],
)
async def test_intake_rules_that_are_out_of_order_or_did_what_none_says_are_found(
    database: Database, shop: Shop, change: str, found: dict[str, int]
) -> None:
    world = await World.found(database, shop)
    await world.ticket()
    await rule(world, "true", priority=1)
    await rule(world, "true", tags=("zwrot",))
    async with database.writing(world.tenant_id) as session:
        await session.execute(
            text(
                "INSERT INTO ticket_tag (tenant_id, id, ticket_id, tag, at)"
                " SELECT tenant_id, gen_random_uuid(), id, 'zwrot', arrived_at FROM ticket"
            )
        )
        await session.execute(text(change))
        counts = {name: len((await session.execute(text(QUERIES[name]))).all()) for name in INTAKE}
        assert {name: count for name, count in counts.items() if count} == found
        await session.rollback()


async def test_lines_that_help_unasked_and_waits_that_are_wrong_are_found(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    ticket_id = await world.ticket()
    async with database.writing(shop.tenant_id) as session:
        await session.execute(
            text("UPDATE ticket SET asked_at = arrived_at + interval '1 second' WHERE id = :id"), {"id": ticket_id}
        )
        await session.execute(
            text(
                "INSERT INTO overflow_episode"
                " (tenant_id, id, version, team_id, line_id, cause, oldest, moved, began_at)"
                " VALUES (:tenant, gen_random_uuid(), 0, :team, :line, 'OLDEST', 600, 1, :now)"
            ),
            {
                "tenant": shop.tenant_id,
                "team": world.teams["first-line"],
                "line": world.teams["accounting"],
                "now": NOW,
            },
        )
    assert {name: len(rows) for name, rows in (await broken(database, shop.tenant_id)).items()} == {
        "a ticket asks to be taken since its arrival or since it last came back after work": 1,
        "a line helps out as long as it is named for the queue, and no longer": 1,
        "an episode counts the tickets that were given to its line meanwhile": 1,
    }


async def broken_in(session: TenantSession) -> dict[str, int]:
    """How many rows break each of the invariants, inside a transaction that will not be committed."""
    counts = {name: len((await session.execute(text(QUERIES[name]))).all()) for name in BREAKABLE}
    return {name: count for name, count in counts.items() if count}
