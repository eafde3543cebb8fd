"""Seasons on a real database: what is planned stands, moves and ends by the clock."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.agents.channels import Channel
from domain.agents.errors import AddressBelongsToCustomer, InvitationInvalid, RoleAboveOwn
from domain.agents.invitations import link_credential
from domain.agents.joining import accept_invitation
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, Invitation, Member, MemberState
from domain.agents.queries import lock_member
from domain.agents.roles import Role
from domain.kit.errors import DomainError, InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.outbox import OutboxRow
from domain.seasons import drafting, operations, people, provisioning, queries
from domain.seasons.course import SeasonState
from domain.seasons.drafting import Plan
from domain.seasons.errors import (
    PersonKeptOut,
    PersonNamedTwice,
    SeasonHasBegun,
    SeasonHasNotBegun,
    SeasonNotDraft,
    SeasonNotFound,
    SeasonNotScheduled,
    SeasonOver,
    SeasonPersonNotFound,
)
from domain.seasons.models import Season, SeasonPerson
from domain.seasons.people import Named
from domain.seats import extending
from domain.seats.errors import AgentAlreadySeated, NoFreeSeat
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.operations import add_licences, assign_seat
from domain.seats.periods import period
from domain.seats.plans import plan_seat
from domain.seats.queries import take_turn
from domain.seats.rights import standing_of_member
from domain.tickets import assignment, changing, departures, recruiting
from domain.tickets.models import Ticket
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.world import Person, World
from tests.state import everything

KEY = "k" * 32
START = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
"""Midnight of 1 December in Warsaw."""
END = datetime(2027, 1, 15, 23, 0, tzinfo=UTC)
"""Midnight after 15 January in Warsaw."""
INVITED = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
"""Midnight of 24 November in Warsaw: 7 days before."""

LENA = Named("Lena@Shop.example", " Lena Lis ", SeatKind.LIGHT)
FILIP = Named("filip@shop.example", "Filip Gil", SeatKind.FULL)
OLGA = Named("olga@shop.example", "Olga Maj", SeatKind.LIGHT)


@pytest.fixture
async def admin(world: World) -> Person:
    return await world.person(SeatKind.FULL, role=Role.ADMIN, until=None)


@pytest.fixture(autouse=True)
async def _nothing_is_broken(world: World) -> AsyncIterator[None]:
    yield
    assert await broken(world.database, world.tenant_id) == {}


def christmas(world: World, **changes: object) -> Plan:
    plan = Plan(
        name="Christmas 2026",
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
    return replace(plan, **changes)  # type: ignore[arg-type]


async def draft(world: World, admin: Person, plan: Plan, *, season_id: UUID | None = None) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        season = await drafting.draft_season(
            session, plan=plan, season_id=season_id, own_id=admin.member_id, by=admin.actor, now=NOW
        )
    return season.id


async def schedule(world: World, admin: Person, season_id: UUID, *, now: datetime = NOW) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await operations.schedule_season(session, season_id=season_id, own_id=admin.member_id, by=admin.actor, now=now)


async def planned(world: World, admin: Person, **changes: object) -> UUID:
    season_id = await draft(world, admin, christmas(world, **changes))
    await schedule(world, admin, season_id)
    return season_id


async def add(world: World, admin: Person, season_id: UUID, *named: Named, now: datetime = NOW) -> list[UUID]:
    async with world.database.writing(world.tenant_id) as session:
        added = await people.add_people(
            session, season_id=season_id, named=named, own_id=admin.member_id, by=admin.actor, now=now
        )
    return [person.id for person in added]


async def remove(world: World, admin: Person, person_id: UUID, *, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await people.remove_person(session, person_id=person_id, own_id=admin.member_id, by=admin.actor, now=now)


async def passed(world: World, now: datetime) -> provisioning.Provisioned:
    async with world.database.writing(world.tenant_id) as session:
        await departures.expire_due_seats(session, now=now)
    async with world.database.writing(world.tenant_id) as session:
        return await provisioning.provision(session, key=KEY, now=now)


async def state(world: World, season_id: UUID, now: datetime) -> SeasonState:
    async with world.database.reading(world.tenant_id) as session:
        return queries.state(await session.get_one(Season, (world.tenant_id, season_id)), now)


async def seats(world: World) -> dict[str, tuple[str, datetime | None, datetime | None, bool]]:
    """Who of the season's people has which seat, from when to when, and whether it was cancelled, by address."""
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(
            select(Member.email, SeatAssignment.kind, SeatAssignment.period, SeatAssignment.cancelled_at)
            .join(Agent, Agent.member_id == Member.id)
            .join(SeatAssignment, SeatAssignment.agent_id == Agent.id)
            .where(Member.email.like("%@shop.example"))
            .order_by(SeatAssignment.id)
        )
        return {
            row.email: (row.kind.value, row.period.lower, row.period.upper, row.cancelled_at is not None)
            for row in found
        }


async def invitations(world: World) -> dict[str, list[tuple[datetime, datetime, bool]]]:
    """The links that were made: when, good until when, and whether revoked, by address."""
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(
            select(Member.email, Invitation.created_at, Invitation.expires_at, Invitation.revoked_at)
            .join(Member, Member.id == Invitation.member_id)
            .order_by(Invitation.id)
        )
        links: dict[str, list[tuple[datetime, datetime, bool]]] = {}
        for row in found:
            links.setdefault(row.email, []).append((row.created_at, row.expires_at, row.revoked_at is not None))
        return links


async def agent_of(world: World, email: str) -> UUID:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalar(
            select(Agent.id).join(Member, Member.id == Agent.member_id).where(Member.email == email)
        )
    assert found is not None
    return found


async def join(world: World, email: str) -> UUID:
    """The person accepts the invitation; returns the member."""
    async with world.database.writing(world.tenant_id) as session:
        member = await session.scalar(select(Member).where(Member.email == email))
        assert member is not None
        member.state, member.password_hash = MemberState.ACTIVE, "unused"
        return member.id


async def test_a_draft_buys_nothing_and_invites_nobody(world: World, admin: Person) -> None:
    season_id = await draft(world, admin, christmas(world))
    async with world.database.reading(world.tenant_id) as session:
        season = await session.get_one(Season, (world.tenant_id, season_id))
        assert (season.period.lower, season.period.upper, season.timezone) == (START, END, "Europe/Warsaw")
        assert [(p.email, p.name, p.kind) for p in await queries.people(session, season_id=season_id)] == [
            ("lena@shop.example", "Lena Lis", SeatKind.LIGHT),
            ("filip@shop.example", "Filip Gil", SeatKind.FULL),
        ]
        assert await session.scalar(select(func.count()).select_from(SeatLicence)) == 1  # the admin's own
        assert await session.scalar(select(func.count()).select_from(Member)) == 1
    assert await state(world, season_id, NOW) is SeasonState.DRAFT
    assert await state(world, season_id, START) is SeasonState.DRAFT


async def test_a_draft_is_made_anew_whole(world: World, admin: Person) -> None:
    season_id = await draft(world, admin, christmas(world))
    again = christmas(
        world, light_count=5, team_ids=[world.teams["first-line"]], skill_ids=[], capacities=None, people=[OLGA, LENA]
    )
    assert await draft(world, admin, again, season_id=season_id) == season_id
    async with world.database.reading(world.tenant_id) as session:
        season = await session.get_one(Season, (world.tenant_id, season_id))
        assert (season.light_count, season.version) == (5, 2)
        assert await queries.team_ids(session, season_id=season_id) == [world.teams["first-line"]]
        assert await queries.skill_ids(session, season_id=season_id) == []
        assert await queries.capacities(session, season_id=season_id) == {}
        named = await queries.people(session, season_id=season_id)
        assert [person.email for person in named] == ["olga@shop.example", "lena@shop.example"]
    for order in ([LENA, FILIP, OLGA], [OLGA, FILIP, LENA], [FILIP, LENA, OLGA]):
        await draft(world, admin, christmas(world, people=order), season_id=season_id)
        async with world.database.reading(world.tenant_id) as session:
            named = await queries.people(session, season_id=season_id)
            assert [person.email for person in named] == [one.email.lower() for one in order]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"first_day": date(2026, 11, 1)}, "firstDay"),
        ({"last_day": date(2026, 11, 30)}, "lastDay"),
        ({"last_day": date(2028, 1, 15)}, "lastDay"),
        ({"light_count": 0, "full_count": 0}, "lightCount"),
        ({"light_count": 1000}, "lightCount"),
        ({"full_count": -1}, "fullCount"),
        ({"lead_days": 91}, "leadDays"),
        ({"role": Role.ADMIN}, "role"),
        ({"capacities": {Channel.CHAT: 1001}}, "capacities"),
        ({"people": [LENA, Named("no address", "Jan", SeatKind.LIGHT)]}, "people.1.email"),
        ({"people": [Named("a@b.example", "", SeatKind.LIGHT)]}, "people.0.name"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused_by_its_field(
    world: World, admin: Person, changes: dict[str, object], field: str
) -> None:
    before = await everything(world.database, world.tenant_id)
    with pytest.raises(InvalidInput) as fault:
        await draft(world, admin, christmas(world, **changes))
    assert fault.value.field == field
    assert await everything(world.database, world.tenant_id) == before


async def test_nobody_plans_people_above_themselves_or_names_one_twice(world: World, admin: Person) -> None:
    with pytest.raises(RoleAboveOwn):
        await draft(world, admin, christmas(world, role=Role.OWNER))
    with pytest.raises(PersonNamedTwice):
        await draft(world, admin, christmas(world, people=[LENA, replace(LENA, email="lena@shop.example")]))


async def test_a_scheduled_season_has_its_licences_and_its_people_their_seats_for_its_days(
    world: World, admin: Person
) -> None:
    season_id = await planned(world, admin)
    async with world.database.reading(world.tenant_id) as session:
        licences = await session.execute(
            select(SeatLicence.kind, SeatLicence.period, SeatLicence.label)
            .where(SeatLicence.season_id == season_id)
            .order_by(SeatLicence.kind, SeatLicence.id)
        )
        assert [(row.kind.value, row.period.lower, row.period.upper, row.label) for row in licences] == [
            ("FULL", START, END, "Christmas 2026"),
            ("LIGHT", START, END, "Christmas 2026"),
            ("LIGHT", START, END, "Christmas 2026"),
        ]
        lena = await agent_of(world, "lena@shop.example")
        teams = await session.scalars(select(AgentTeam.team_id).where(AgentTeam.agent_id == lena))
        skills = await session.scalars(select(AgentSkill.skill_id).where(AgentSkill.agent_id == lena))
        chats = await session.execute(
            select(AgentCapacity.channel, AgentCapacity.items).where(AgentCapacity.agent_id == lena)
        )
        assert (teams.all(), skills.all()) == ([world.teams["accounting"]], [world.skills["payments"]])
        assert [tuple(row) for row in chats] == [(Channel.CHAT, 2)]
    assert await seats(world) == {
        "lena@shop.example": ("LIGHT", START, END, False),
        "filip@shop.example": ("FULL", START, END, False),
    }
    assert await state(world, season_id, START - timedelta(microseconds=1)) is SeasonState.SCHEDULED
    assert await state(world, season_id, START) is SeasonState.ACTIVE
    assert await state(world, season_id, END - timedelta(microseconds=1)) is SeasonState.ACTIVE
    assert await state(world, season_id, END) is SeasonState.ENDED


async def test_invitations_go_out_seven_days_before_and_are_good_for_seven_days_of_the_season(
    world: World, admin: Person
) -> None:
    await planned(world, admin)
    assert (await passed(world, INVITED - timedelta(microseconds=1))).invited == 0
    assert await invitations(world) == {}
    assert (await passed(world, INVITED)).invited == 2
    assert (await passed(world, INVITED)).invited == 0
    link = [(INVITED, START + timedelta(days=7), False)]
    assert await invitations(world) == {"lena@shop.example": link, "filip@shop.example": link}


async def test_a_pass_applied_twice_is_as_applied_once(world: World, admin: Person) -> None:
    await planned(world, admin)
    for moment in (INVITED, START, END):
        await passed(world, moment)
        before = await everything(world.database, world.tenant_id)
        assert await passed(world, moment) == provisioning.Provisioned(0, 0, 0, 0)
        assert await everything(world.database, world.tenant_id) == before


async def test_whoever_is_planned_later_than_that_is_invited_at_once(world: World, admin: Person) -> None:
    season_id = await planned(world, admin, people=[])
    later = INVITED + timedelta(days=3)
    await add(world, admin, season_id, LENA, now=later)
    assert (await passed(world, later)).invited == 1
    assert await invitations(world) == {"lena@shop.example": [(later, START + timedelta(days=7), False)]}


async def test_rights_are_there_at_the_first_instant_and_gone_at_the_last_with_no_worker_at_all(
    world: World, admin: Person
) -> None:
    await planned(world, admin)
    member_id = await join(world, "lena@shop.example")
    for moment, kind in (
        (START - timedelta(microseconds=1), None),
        (START, SeatKind.LIGHT),
        (END - timedelta(microseconds=1), SeatKind.LIGHT),
        (END, None),
    ):
        async with world.database.reading(world.tenant_id) as session:
            standing = await standing_of_member(session, member_id=member_id, now=moment)
        assert standing is not None
        assert (standing.seat.kind if standing.seat else None) is kind


async def test_who_is_one_too_many_waits_and_gets_the_seat_that_somebody_leaves(world: World, admin: Person) -> None:
    late = Named("piotr@shop.example", "Piotr Lew", SeatKind.LIGHT)
    season_id = await planned(world, admin, light_count=1, people=[LENA, OLGA, late])
    assert await seats(world) == {"lena@shop.example": ("LIGHT", START, END, False)}
    assert (await passed(world, INVITED)).invited == 1
    async with world.database.reading(world.tenant_id) as session:
        lena = (await queries.people(session, season_id=season_id))[0].id
    during = START + timedelta(days=3, hours=9)
    await remove(world, admin, lena, now=during)
    assert await passed(world, during) == provisioning.Provisioned(granted=1, invited=1, started=1, seasons=1)
    assert await seats(world) == {
        "lena@shop.example": ("LIGHT", START, during, False),
        "olga@shop.example": ("LIGHT", during, END, False),
    }
    assert await invitations(world) == {
        "lena@shop.example": [(INVITED, START + timedelta(days=7), True)],
        "olga@shop.example": [(during, during + timedelta(days=7), False)],
    }
    async with world.database.writing(world.tenant_id) as session:
        await operations.extend_season(
            session, season_id=season_id, last_day=date(2027, 1, 16), by=admin.actor, now=during
        )
    async with world.database.reading(world.tenant_id) as session:
        waiting = await session.scalars(select(PlannedInvitation).where(PlannedInvitation.granted_at.is_(None)))
        assert [row.wanted.upper for row in waiting] == [END + timedelta(days=1)]


async def test_bought_seats_go_to_those_who_wait_in_their_order(world: World, admin: Person) -> None:
    await planned(world, admin, light_count=1, people=[LENA, OLGA, Named("p@shop.example", "P", SeatKind.LIGHT)])
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=admin.actor, now=NOW
        )
        jobs = await session.execute(select(OutboxRow.actor, OutboxRow.due_at).order_by(OutboxRow.due_at))
        assert ("provision_seats", NOW) in [tuple(job) for job in jobs]
    assert (await passed(world, NOW)).granted == 1
    assert set(await seats(world)) == {"lena@shop.example", "olga@shop.example"}


async def test_somebody_else_waiting_is_given_no_seat_of_a_season(world: World, admin: Person) -> None:
    await planned(world, admin, people=[])
    other = await world.seatless()
    async with world.database.writing(world.tenant_id) as session:
        await take_turn(session)
        await plan_seat(
            session,
            agent_id=other.id,
            kind=SeatKind.LIGHT,
            wanted=period(START, None),
            invite_at=NOW,
            invited_by_id=admin.member_id,
            by=admin.actor,
            now=NOW,
        )
    assert (await passed(world, START)).granted == 0


async def test_who_is_a_member_already_keeps_what_they_have_and_needs_no_link(world: World, admin: Person) -> None:
    agent = await world.seatless(teams=["first-line"], emails=3)
    async with world.database.reading(world.tenant_id) as session:
        member = await session.get_one(Member, (world.tenant_id, agent.member_id))
    await planned(world, admin, people=[Named(member.email, "Somebody Else", SeatKind.LIGHT)])
    assert (await passed(world, INVITED)).invited == 1
    assert await invitations(world) == {}
    async with world.database.reading(world.tenant_id) as session:
        teams = await session.scalars(select(AgentTeam.team_id).where(AgentTeam.agent_id == agent.id))
        assert set(teams) == {world.teams["first-line"], world.teams["accounting"]}
        items = await session.execute(
            select(AgentCapacity.channel, AgentCapacity.items).where(AgentCapacity.agent_id == agent.id)
        )
        assert {tuple(row) for row in items} == {(Channel.EMAIL, 3), (Channel.CHAT, 2)}
        name = await session.scalar(select(Member.name).where(Member.id == agent.member_id))
        assert name == "Jan Nowak"


async def test_who_sits_elsewhere_is_kept_out_or_is_a_customer_cannot_be_in_a_season(
    world: World, admin: Person
) -> None:
    season_id = await planned(world, admin, people=[])
    async with world.database.reading(world.tenant_id) as session:
        own = await session.get_one(Member, (world.tenant_id, admin.member_id))
    suspended = await world.seatless()
    async with world.database.writing(world.tenant_id) as session:
        member = await session.get_one(Member, (world.tenant_id, suspended.member_id))
        member.state = MemberState.SUSPENDED
    before = await everything(world.database, world.tenant_id)
    for email, error in (
        (own.email, AgentAlreadySeated),
        (member.email, PersonKeptOut),
        ("zofia@klient.example", AddressBelongsToCustomer),
    ):
        with pytest.raises(error):
            await add(world, admin, season_id, LENA, Named(email, "X", SeatKind.LIGHT))
    assert await everything(world.database, world.tenant_id) == before


async def test_a_season_that_begins_today_begins_now(world: World, admin: Person) -> None:
    season_id = await planned(world, admin, first_day=date(2026, 11, 2))
    assert await state(world, season_id, NOW) is SeasonState.ACTIVE
    assert await seats(world) == {
        "lena@shop.example": ("LIGHT", NOW, END, False),
        "filip@shop.example": ("FULL", NOW, END, False),
    }
    assert await passed(world, NOW) == provisioning.Provisioned(granted=0, invited=2, started=3, seasons=1)


async def test_a_season_moves_its_end_both_ways_and_every_seat_with_it(world: World, admin: Person) -> None:
    season_id = await planned(world, admin)
    await passed(world, START)
    during = START + timedelta(days=10)
    async with world.database.writing(world.tenant_id) as session:
        await operations.extend_season(
            session, season_id=season_id, last_day=date(2027, 3, 28), by=admin.actor, now=during
        )
    summer = datetime(2027, 3, 28, 22, 0, tzinfo=UTC)  # the clocks went forward in that night
    assert {seat[2] for seat in (await seats(world)).values()} == {summer}
    async with world.database.writing(world.tenant_id) as session:
        await operations.shorten_season(
            session, season_id=season_id, last_day=date(2026, 12, 11), by=admin.actor, now=during
        )
    last = datetime(2026, 12, 11, 23, 0, tzinfo=UTC)
    assert {seat[2] for seat in (await seats(world)).values()} == {last}
    async with world.database.reading(world.tenant_id) as session:
        periods = await session.scalars(select(SeatLicence.period).where(SeatLicence.season_id == season_id))
        assert {span.upper for span in periods} == {last}
    assert await state(world, season_id, last) is SeasonState.ENDED


async def test_a_last_day_that_is_past_or_no_change_is_refused(world: World, admin: Person) -> None:
    season_id = await planned(world, admin)
    during = START + timedelta(days=10)
    before = await everything(world.database, world.tenant_id)
    for operation, last in (
        (operations.extend_season, date(2027, 1, 15)),
        (operations.extend_season, date(2027, 1, 14)),
        (operations.extend_season, date(2028, 6, 1)),
        (operations.shorten_season, date(2027, 1, 15)),
        (operations.shorten_season, date(2026, 12, 10)),
    ):
        with pytest.raises(InvalidInput) as fault:
            async with world.database.writing(world.tenant_id) as session:
                await operation(session, season_id=season_id, last_day=last, by=admin.actor, now=during)
        assert fault.value.field == "lastDay"
    assert await everything(world.database, world.tenant_id) == before


async def test_ending_a_season_now_ends_seats_hands_over_tickets_and_revokes_links(world: World, admin: Person) -> None:
    season_id = await planned(world, admin, people=[replace(LENA, email="lena@shop.example"), FILIP, OLGA])
    await passed(world, INVITED)
    await join(world, "filip@shop.example")
    during = START + timedelta(days=2, hours=9)
    await passed(world, during)
    ticket = await world.ticket("delivery", now=NOW)
    filip = await agent_of(world, "filip@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket, agent_id=filip, by=SYSTEM, now=during)
    async with world.database.writing(world.tenant_id) as session:
        await operations.end_season(session, season_id=season_id, by=admin.actor, now=during)
    assert {seat[2] for seat in (await seats(world)).values()} == {during}
    links = await invitations(world)
    assert {email: [revoked for _, _, revoked in made] for email, made in links.items()} == {
        "lena@shop.example": [True],
        "olga@shop.example": [True],
        "filip@shop.example": [False],
    }
    async with world.database.reading(world.tenant_id) as session:
        found = await session.get_one(Ticket, (world.tenant_id, ticket))
        assert (found.state, found.assignee_id) == ("QUEUED", None)
        season = await session.get_one(Season, (world.tenant_id, season_id))
        assert (season.last_day, season.period.upper, season.ended_at) == (date(2026, 12, 3), during, during)
    with pytest.raises(SeasonOver):
        await add(world, admin, season_id, LENA, now=during)


async def test_calling_a_season_off_before_it_begins_leaves_nothing(world: World, admin: Person) -> None:
    season_id = await planned(world, admin, light_count=1, people=[LENA, OLGA, FILIP])
    await passed(world, INVITED)
    async with world.database.writing(world.tenant_id) as session:
        await operations.cancel_season(session, season_id=season_id, by=admin.actor, now=INVITED)
    assert {seat[3] for seat in (await seats(world)).values()} == {True}
    async with world.database.reading(world.tenant_id) as session:
        licences = await session.scalars(select(SeatLicence.cancelled_at).where(SeatLicence.season_id == season_id))
        assert set(licences) == {INVITED}
        held = select(PlannedInvitation).where(
            PlannedInvitation.granted_at.is_(None), PlannedInvitation.cancelled_at.is_(None)
        )
        assert (await session.scalars(held)).all() == []
    assert {revoked for made in (await invitations(world)).values() for _, _, revoked in made} == {True}
    before = await everything(world.database, world.tenant_id)
    async with world.database.writing(world.tenant_id) as session:
        await operations.cancel_season(session, season_id=season_id, by=admin.actor, now=START)
    assert await everything(world.database, world.tenant_id) == before
    assert await state(world, season_id, START) is SeasonState.CANCELLED


async def test_what_does_not_fit_the_seasons_course_is_refused(world: World, admin: Person) -> None:
    season_id = await draft(world, admin, christmas(world))
    tenth = date(2027, 1, 10)

    async def attempt(error: type[DomainError], operation: object, now: datetime, **more: object) -> None:
        with pytest.raises(error):
            async with world.database.writing(world.tenant_id) as session:
                await operation(session, season_id=season_id, by=admin.actor, now=now, **more)  # type: ignore[operator]

    await attempt(SeasonNotScheduled, operations.extend_season, NOW, last_day=tenth)
    await attempt(SeasonNotScheduled, operations.end_season, NOW)
    await schedule(world, admin, season_id)
    await attempt(SeasonNotDraft, operations.schedule_season, NOW, own_id=admin.member_id)
    with pytest.raises(SeasonNotDraft):
        await draft(world, admin, christmas(world), season_id=season_id)
    await attempt(SeasonHasNotBegun, operations.end_season, NOW)
    await attempt(SeasonHasBegun, operations.cancel_season, START)
    await attempt(SeasonOver, operations.shorten_season, END, last_day=tenth)
    await attempt(SeasonOver, operations.cancel_season, END)


async def test_who_was_called_back_is_named_anew_and_gets_a_seat_and_a_link_again(world: World, admin: Person) -> None:
    season_id = await planned(world, admin, light_count=1, people=[LENA, OLGA])
    for one in (LENA, OLGA):
        with pytest.raises(PersonNamedTwice):
            await add(world, admin, season_id, one)
    await passed(world, INVITED)
    later = INVITED + timedelta(hours=1)
    async with world.database.writing(world.tenant_id) as session:
        (invitation_id,) = await session.scalars(select(Invitation.id))
        await departures.revoke_invitation(
            session, invitation_id=invitation_id, own_id=admin.member_id, by=admin.actor, now=later
        )
    await passed(world, later)
    assert await seats(world) == {
        "lena@shop.example": ("LIGHT", START, END, True),
        "olga@shop.example": ("LIGHT", START, END, False),
    }
    await add(world, admin, season_id, replace(LENA, kind=SeatKind.FULL), now=later)
    await passed(world, later)
    assert (await seats(world))["lena@shop.example"] == ("FULL", START, END, False)
    assert [revoked for *_, revoked in (await invitations(world))["lena@shop.example"]] == [True, False]
    async with world.database.reading(world.tenant_id) as session:
        named = [(p.email, p.kind) for p in await queries.people(session, season_id=season_id)]
    assert named == [("olga@shop.example", SeatKind.LIGHT), ("lena@shop.example", SeatKind.FULL)]
    with pytest.raises(PersonNamedTwice):
        await add(world, admin, season_id, LENA, now=later)


async def test_the_seats_of_a_season_are_not_counted_where_they_are_not_given(world: World, admin: Person) -> None:
    await planned(world, admin, people=[])
    agent = await world.seatless()
    with pytest.raises(NoFreeSeat) as refused:
        async with world.database.writing(world.tenant_id) as session:
            await assign_seat(
                session, agent_id=agent.id, licence_id=None, kind=SeatKind.LIGHT, start=START, by=admin.actor, now=NOW
            )
    assert refused.value == NoFreeSeat(SeatKind.LIGHT, limit=0)


async def test_who_came_in_on_a_day_pass_is_refused_another_seat_that_day_with_what_to_do(
    world: World, admin: Person
) -> None:
    person = await world.on_a_pass(SeatKind.LIGHT)
    season_id = await planned(world, admin, first_day=date(2026, 11, 2), people=[])
    async with world.database.reading(world.tenant_id) as session:
        email = (await session.get_one(Member, (world.tenant_id, person.member_id))).email
    before = await everything(world.database, world.tenant_id)
    with pytest.raises(AgentAlreadySeated) as refused:
        await add(world, admin, season_id, Named(email, "Jan", SeatKind.LIGHT))
    assert refused.value == AgentAlreadySeated(person.agent_id, person.licence_id, day_pass=True)
    assert refused.value.message(Language.EN).endswith("let the new seat begin tomorrow, or end today's seat first.")
    assert refused.value.message(Language.PL).endswith("przydziel licencję od jutra albo najpierw zakończ dzisiejszą.")
    assert await everything(world.database, world.tenant_id) == before
    assert AgentAlreadySeated(person.agent_id, person.licence_id).message(Language.EN).endswith("during that time.")


async def test_an_invitation_is_called_back_while_its_plan_is_looked_at(world: World, admin: Person) -> None:
    """Who mails what is due holds a plan, then its member: nobody holds them the other way round."""
    await planned(world, admin, people=[LENA])
    await passed(world, INVITED)
    await planned(world, admin, name="Easter", first_day=date(2027, 3, 1), last_day=date(2027, 3, 31), people=[LENA])
    async with world.database.reading(world.tenant_id) as session:
        invitation = (await session.scalars(select(Invitation))).one()
    waits = (PlannedInvitation.settled_at.is_(None), PlannedInvitation.cancelled_at.is_(None))

    async def call_back() -> None:
        async with world.database.writing(world.tenant_id) as session:
            await departures.revoke_invitation(
                session, invitation_id=invitation.id, own_id=admin.member_id, by=admin.actor, now=INVITED
            )

    async with world.database.writing(world.tenant_id) as session:
        (plan,) = await session.scalars(select(PlannedInvitation).where(*waits).with_for_update(key_share=True))
        calling = asyncio.create_task(call_back())
        await asyncio.sleep(0.5)
        assert not calling.done()
        await lock_member(session, member_id=invitation.member_id)
        plan.settled_at = INVITED
    await calling
    assert [revoked for *_, revoked in (await invitations(world))["lena@shop.example"]] == [True]


async def test_nobody_joins_by_a_link_of_a_season_that_has_ended(world: World, admin: Person) -> None:
    await planned(world, admin, first_day=date(2026, 12, 1), last_day=date(2026, 12, 2))
    await planned(world, admin, name="Easter", first_day=date(2027, 3, 1), last_day=date(2027, 3, 31), people=[FILIP])
    over = datetime(2026, 12, 2, 23, 0, tzinfo=UTC)
    await passed(world, INVITED)
    await passed(world, over)
    link = (INVITED, START + timedelta(days=7))
    assert await invitations(world) == {"lena@shop.example": [(*link, True)], "filip@shop.example": [(*link, False)]}
    for email, opened in (("lena@shop.example", False), ("filip@shop.example", True)):
        async with world.database.writing(world.tenant_id) as session:
            invitation_id = await session.scalar(
                select(Invitation.id).join(Member, Member.id == Invitation.member_id).where(Member.email == email)
            )
            assert invitation_id is not None
            credential = link_credential(tenant_id=world.tenant_id, invitation_id=invitation_id, key=KEY)
            if opened:
                await accept_invitation(session, credential=credential, password_hash="unused", now=over)
            else:
                with pytest.raises(InvitationInvalid):
                    await accept_invitation(session, credential=credential, password_hash="unused", now=over)


@pytest.mark.parametrize(
    ("state", "instead", "zamiast"),
    [
        (
            SeasonState.SCHEDULED,
            "scheduled, so its plan stands. Extend, shorten or cancel it instead.",
            "zaplanowany, więc jego plan obowiązuje. Możesz go wydłużyć, skrócić albo odwołać.",
        ),
        (
            SeasonState.ACTIVE,
            "active, so its plan stands. Extend, shorten or end it instead.",
            "w toku, więc jego plan obowiązuje. Możesz go wydłużyć, skrócić albo zakończyć.",
        ),
        (SeasonState.ENDED, "ended. Plan a new one.", "zakończony. Zaplanuj nowy."),
        (SeasonState.CANCELLED, "cancelled. Plan a new one.", "odwołany. Zaplanuj nowy."),
    ],
)
def test_what_can_be_done_instead_of_changing_what_is_no_draft_is_said(
    state: SeasonState, instead: str, zamiast: str
) -> None:
    assert SeasonNotDraft(state).message(Language.EN) == f"This season is {instead}"
    assert SeasonNotDraft(state).message(Language.PL) == f"Ten sezon jest {zamiast}"


async def test_a_licence_that_was_extended_by_itself_is_extended_with_the_season_as_well(
    world: World, admin: Person
) -> None:
    season_id = await planned(world, admin)
    async with world.database.writing(world.tenant_id) as session:
        ids = await queries.licence_ids(session, season_id=season_id)
        for licence_id, days in ((ids[0], 2), (ids[1], 9)):
            await extending.extend_licences(
                session, licence_ids=[licence_id], end=END + timedelta(days=days), by=admin.actor, now=NOW
            )
        await operations.extend_season(
            session, season_id=season_id, last_day=date(2027, 1, 20), by=admin.actor, now=NOW
        )
        found = await session.scalars(
            select(SeatLicence.period).where(SeatLicence.season_id == season_id).order_by(SeatLicence.id)
        )
        assert [span.upper and span.upper - END for span in found] == [timedelta(days=days) for days in (5, 9, 5)]


@pytest.mark.parametrize("last", [date(2027, 1, 20), date(2027, 1, 31)])
async def test_who_sits_to_the_seasons_end_on_a_licence_that_lasts_longer_stays_when_the_season_is_extended(
    world: World, admin: Person, last: date
) -> None:
    season_id = await planned(world, admin, full_count=0, light_count=1, people=[])
    async with world.database.writing(world.tenant_id) as session:
        ids = await queries.licence_ids(session, season_id=season_id)
        await extending.extend_licences(session, licence_ids=ids, end=END + timedelta(days=10), by=admin.actor, now=NOW)
    await add(world, admin, season_id, LENA)
    assert await seats(world) == {"lena@shop.example": ("LIGHT", START, END, False)}
    member_id = await join(world, "lena@shop.example")
    for last_day in (last, last + timedelta(days=1)):
        async with world.database.writing(world.tenant_id) as session:
            await operations.extend_season(session, season_id=season_id, last_day=last_day, by=admin.actor, now=NOW)
        over = END + (last_day - date(2027, 1, 15))
        for moment, sits in ((END, True), (over - timedelta(microseconds=1), True), (over, False)):
            async with world.database.reading(world.tenant_id) as session:
                standing = await standing_of_member(session, member_id=member_id, now=moment)
            assert standing is not None
            assert (standing.seat is not None) is sits
    lena = await agent_of(world, "lena@shop.example")
    async with world.database.reading(world.tenant_id) as session:
        sits_on = select(SeatAssignment.licence_id).where(SeatAssignment.agent_id == lena)
        assert set(await session.scalars(sits_on)) == set(ids)


async def test_whoever_waits_is_given_no_seat_for_less_than_the_season_when_it_is_extended(
    world: World, admin: Person
) -> None:
    """A seat of no season is free until the old end only: it is no seat for the longer season."""
    season_id = await planned(world, admin, light_count=0, people=[OLGA])
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=END, label="", by=admin.actor, now=NOW
        )
        await operations.extend_season(
            session, season_id=season_id, last_day=date(2027, 1, 16), by=admin.actor, now=NOW
        )
    assert await seats(world) == {}


async def test_a_draft_whose_first_day_has_passed_cannot_be_scheduled(world: World, admin: Person) -> None:
    season_id = await draft(world, admin, christmas(world))
    with pytest.raises(InvalidInput):
        await schedule(world, admin, season_id, now=START + timedelta(days=1, hours=1))


async def test_another_shops_season_does_not_exist(world: World, admin: Person, found_shop: FoundShop) -> None:
    season_id = await planned(world, admin)
    other = await World.found(world.database, await found_shop())
    stranger = await other.person(SeatKind.FULL, role=Role.ADMIN)
    async with world.database.reading(world.tenant_id) as session:
        person_id = (await queries.people(session, season_id=season_id))[0].id
    before = await everything(world.database, world.tenant_id)
    with pytest.raises(SeasonNotFound):
        await schedule(other, stranger, season_id)
    with pytest.raises(SeasonNotFound):
        await draft(other, stranger, christmas(other), season_id=season_id)
    with pytest.raises(SeasonPersonNotFound):
        await remove(other, stranger, person_id, now=NOW)
    async with other.database.reading(other.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(SeasonPerson)) == 0
    assert await everything(world.database, world.tenant_id) == before


async def test_whoever_sits_outside_the_seasons_own_licences_ends_with_it_all_the_same(
    world: World, admin: Person
) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=admin.actor, now=NOW
        )
    season_id = await planned(world, admin, light_count=1, people=[LENA, OLGA])
    given = {"lena@shop.example": ("LIGHT", START, END, False), "olga@shop.example": ("LIGHT", START, END, False)}
    assert await seats(world) == given
    during, last = START + timedelta(days=2, hours=9), START + timedelta(days=4)
    async with world.database.writing(world.tenant_id) as session:
        await operations.shorten_season(
            session, season_id=season_id, last_day=date(2026, 12, 4), by=admin.actor, now=during
        )
    assert {seat[2] for seat in (await seats(world)).values()} == {last}
    async with world.database.writing(world.tenant_id) as session:
        await operations.extend_season(
            session, season_id=season_id, last_day=date(2026, 12, 5), by=admin.actor, now=during
        )
    member_id = await join(world, "olga@shop.example")
    for moment in (last - timedelta(microseconds=1), last, last + timedelta(hours=23)):
        async with world.database.reading(world.tenant_id) as session:
            standing = await standing_of_member(session, member_id=member_id, now=moment)
        assert standing is not None
        assert standing.seat is not None
    async with world.database.writing(world.tenant_id) as session:
        await operations.end_season(session, season_id=season_id, by=admin.actor, now=during)
    for email in given:
        async with world.database.reading(world.tenant_id) as session:
            member = await session.scalar(select(Member).where(Member.email == email))
            assert member is not None
            standing = await standing_of_member(session, member_id=member.id, now=during)
        assert standing is None or standing.seat is None


async def test_who_is_seated_by_hand_waits_no_longer_and_a_seat_taken_away_does_not_come_back(
    world: World, admin: Person
) -> None:
    await planned(world, admin, light_count=1, people=[LENA, OLGA])
    olga = await agent_of(world, "olga@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=admin.actor, now=NOW
        )
        seat = await assign_seat(session, agent_id=olga, licence_id=licence.id, by=admin.actor, now=NOW)
        jobs = await session.execute(select(OutboxRow.actor, OutboxRow.due_at))
        assert ("provision_seats", NOW) in [tuple(job) for job in jobs]
    assert await passed(world, NOW) == provisioning.Provisioned(granted=0, invited=1, started=2, seasons=0)
    assert await invitations(world) == {"olga@shop.example": [(NOW, NOW + timedelta(days=7), False)]}
    later = START + timedelta(days=1)
    async with world.database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=seat.id, at=None, by=admin.actor, now=later)
    assert (await passed(world, later)).granted == 0


async def test_who_is_seated_by_hand_for_the_planned_time_is_invited_on_the_planned_day(
    world: World, admin: Person
) -> None:
    await planned(world, admin, light_count=1, people=[LENA, OLGA])
    olga = await agent_of(world, "olga@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(
            session, kind=SeatKind.FULL, count=1, start=START, end=END, label="", by=admin.actor, now=NOW
        )
        seat = await assign_seat(
            session, agent_id=olga, licence_id=None, kind=SeatKind.FULL, start=START, end=END, by=admin.actor, now=NOW
        )
        (plan,) = await session.scalars(select(PlannedInvitation).where(PlannedInvitation.agent_id == olga))
        assert (plan.assignment_id, plan.kind, plan.granted_at) == (seat.id, SeatKind.FULL, NOW)
        assert (plan.settled_at, plan.cancelled_at) == (None, None)
    assert (await passed(world, INVITED - timedelta(microseconds=1))).invited == 0
    assert (await passed(world, INVITED)).invited == 2
    assert set(await invitations(world)) == {"lena@shop.example", "olga@shop.example"}


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("deed", ["cancel", "remove", "shorten", "end"])
async def test_a_seat_for_good_that_was_given_by_hand_outlives_the_season_that_was_waited_for(
    world: World, admin: Person, joined: bool, deed: str
) -> None:
    season_id = await planned(world, admin, light_count=1, people=[LENA, OLGA])
    olga = await agent_of(world, "olga@shop.example")
    if joined:
        await join(world, "olga@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=admin.actor, now=NOW
        )
        given = await assign_seat(session, agent_id=olga, licence_id=licence.id, by=admin.actor, now=NOW)
    assert (await passed(world, NOW)).invited == (0 if joined else 1)
    during, by = START + timedelta(days=2), admin.actor
    async with world.database.writing(world.tenant_id) as session:
        if deed == "cancel":
            await operations.cancel_season(session, season_id=season_id, by=by, now=NOW)
        elif deed == "remove":
            (_, person) = await queries.people(session, season_id=season_id)
            await people.remove_person(session, person_id=person.id, own_id=admin.member_id, by=by, now=NOW)
        elif deed == "shorten":
            last = date(2026, 12, 10)
            await operations.shorten_season(session, season_id=season_id, last_day=last, by=by, now=during)
        else:
            await operations.end_season(session, season_id=season_id, by=by, now=during)
    async with world.database.reading(world.tenant_id) as session:
        seat = await session.get_one(SeatAssignment, (world.tenant_id, given.id))
        assert (seat.period.lower, seat.period.upper, seat.ended_at, seat.cancelled_at) == (NOW, None, None, None)
    links = [] if joined else [(NOW, NOW + timedelta(days=7), False)]
    assert (await invitations(world)).get("olga@shop.example", []) == links


@pytest.mark.parametrize("lost", ["before the mail", "with the mail"])
async def test_who_lost_the_planned_seat_and_is_seated_anew_by_hand_is_invited(
    world: World, admin: Person, lost: str
) -> None:
    season_id = await planned(world, admin, light_count=1, people=[LENA])
    lena = await agent_of(world, "lena@shop.example")
    seated = NOW if lost == "before the mail" else INVITED + timedelta(hours=1)
    async with world.database.writing(world.tenant_id) as session:
        planned_seat = await session.scalar(select(SeatAssignment.id).where(SeatAssignment.agent_id == lena))
        assert planned_seat is not None
        await departures.release_seat(session, assignment_id=planned_seat, at=None, by=admin.actor, now=NOW)
    if lost == "with the mail":
        assert (await passed(world, INVITED)).invited == 0
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=START, end=END, label="", by=admin.actor, now=seated
        )
        given = await assign_seat(session, agent_id=lena, licence_id=licence.id, by=admin.actor, now=seated)
    assert (await passed(world, seated)).invited == 1
    later = max(seated, INVITED)
    assert (await passed(world, later)).invited == 0
    assert await invitations(world) == {"lena@shop.example": [(seated, START + timedelta(days=7), False)]}
    async with world.database.writing(world.tenant_id) as session:
        await operations.cancel_season(session, season_id=season_id, by=admin.actor, now=later)
    assert await invitations(world) == {"lena@shop.example": [(seated, START + timedelta(days=7), False)]}
    async with world.database.reading(world.tenant_id) as session:
        assert (await session.get_one(SeatAssignment, (world.tenant_id, given.id))).cancelled_at is None


async def test_who_has_joined_and_is_seated_by_hand_waits_no_longer(world: World, admin: Person) -> None:
    await planned(world, admin, light_count=1, people=[LENA, OLGA])
    olga = await agent_of(world, "olga@shop.example")
    await join(world, "olga@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=admin.actor, now=NOW
        )
        await assign_seat(session, agent_id=olga, licence_id=None, kind=SeatKind.LIGHT, by=admin.actor, now=NOW)
        (plan,) = await session.scalars(select(PlannedInvitation).where(PlannedInvitation.agent_id == olga))
        assert (plan.assignment_id, plan.cancelled_at) == (None, NOW)


async def test_who_waits_for_two_seasons_and_is_seated_in_one_by_hand_waits_for_neither_and_is_invited(
    world: World, admin: Person
) -> None:
    first = await planned(world, admin, light_count=0, people=[OLGA])
    other = await planned(world, admin, name="Sale", light_count=1, people=[])
    olga = await agent_of(world, "olga@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        licence_id = await session.scalar(
            select(SeatLicence.id).where(SeatLicence.season_id == other, SeatLicence.kind == SeatKind.LIGHT)
        )
        seat = await assign_seat(session, agent_id=olga, licence_id=licence_id, by=admin.actor, now=NOW)
        plans = await session.scalars(
            select(PlannedInvitation).where(PlannedInvitation.agent_id == olga).order_by(PlannedInvitation.id)
        )
        assert [(plan.season_id, plan.assignment_id, plan.cancelled_at) for plan in plans] == [
            (first, None, NOW),
            (other, seat.id, None),
        ]
    assert (await passed(world, NOW)).invited == 1


@pytest.mark.parametrize("known", [True, False])
async def test_who_gets_the_seat_of_another_by_hand_is_invited_and_ends_with_the_season(
    world: World, admin: Person, known: bool
) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=admin.actor, now=NOW
        )
    season_id = await planned(world, admin, light_count=0, people=[LENA, OLGA])
    assert await seats(world) == {"lena@shop.example": ("LIGHT", START, END, False)}
    heir = await agent_of(world, "olga@shop.example") if known else (await world.seatless()).id
    during, last = START + timedelta(days=2, hours=9), START + timedelta(days=4)
    await passed(world, during)
    lena = await agent_of(world, "lena@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        seat = await session.scalar(select(SeatAssignment.id).where(SeatAssignment.agent_id == lena))
        assert seat is not None
        following = await changing.move_seat(
            session, assignment_id=seat, to_agent_id=heir, at=None, hand_over=True, by=admin.actor, now=during
        )
        (plan,) = await session.scalars(select(PlannedInvitation).where(PlannedInvitation.agent_id == heir))
        assert (plan.season_id, plan.assignment_id, plan.cancelled_at) == (season_id, following.id, None)
    await passed(world, during)
    assert set(await invitations(world)) == {"lena@shop.example", *(["olga@shop.example"] if known else [])}
    async with world.database.writing(world.tenant_id) as session:
        await operations.shorten_season(
            session, season_id=season_id, last_day=date(2026, 12, 4), by=admin.actor, now=during
        )
    async with world.database.reading(world.tenant_id) as session:
        assert (await session.get_one(SeatAssignment, (world.tenant_id, following.id))).period.upper == last
    async with world.database.writing(world.tenant_id) as session:
        await operations.end_season(session, season_id=season_id, by=admin.actor, now=during)
        ended = await session.get_one(SeatAssignment, (world.tenant_id, following.id))
        assert (ended.period.upper, ended.ended_at) == (during + timedelta(microseconds=1), during)


async def test_who_was_invited_before_keeps_role_and_teams_and_gets_those_of_the_season_besides(
    world: World, admin: Person
) -> None:
    await planned(world, admin, people=[LENA])
    await planned(
        world,
        admin,
        name="Easter",
        first_day=date(2027, 3, 1),
        last_day=date(2027, 3, 31),
        role=Role.SUPERVISOR,
        team_ids=[world.teams["first-line"]],
        people=[LENA],
    )
    lena = await agent_of(world, "lena@shop.example")
    async with world.database.reading(world.tenant_id) as session:
        teams = await session.scalars(select(AgentTeam.team_id).where(AgentTeam.agent_id == lena))
        assert set(teams) == {world.teams["accounting"], world.teams["first-line"]}
        assert await session.scalar(select(Member.role).where(Member.email == "lena@shop.example")) is Role.AGENT


async def test_calling_one_season_off_leaves_the_link_of_another(world: World, admin: Person) -> None:
    await planned(world, admin, people=[LENA])
    easter = await planned(
        world, admin, name="Easter", first_day=date(2027, 3, 1), last_day=date(2027, 3, 31), people=[LENA]
    )
    await passed(world, INVITED)
    async with world.database.writing(world.tenant_id) as session:
        await operations.cancel_season(session, season_id=easter, by=admin.actor, now=INVITED)
    assert await invitations(world) == {"lena@shop.example": [(INVITED, START + timedelta(days=7), False)]}


@pytest.mark.parametrize("over", ["called off", "by the clock"])
@pytest.mark.parametrize(("role", "revoked"), [(Role.ADMIN, False), (Role.AGENT, True)])
async def test_a_season_that_is_over_leaves_the_link_of_somebody_who_needs_no_seat(
    world: World, admin: Person, over: str, role: Role, revoked: bool
) -> None:
    sent = START - timedelta(days=5)
    async with world.database.writing(world.tenant_id) as session:
        await recruiting.invite_to_seat(
            session,
            person=recruiting.Person("lena@shop.example", "Lena", role, Language.PL),
            seat=None,
            by=admin.actor,
            inviter_member_id=admin.member_id,
            key=KEY,
            now=sent,
        )
    season_id = await planned(world, admin, last_day=date(2026, 12, 1), people=[LENA])
    await passed(world, sent)
    if over == "called off":
        async with world.database.writing(world.tenant_id) as session:
            await operations.cancel_season(session, season_id=season_id, by=admin.actor, now=sent)
    else:
        await passed(world, START + timedelta(days=1))
    assert await invitations(world) == {"lena@shop.example": [(sent, sent + timedelta(days=7), revoked)]}
