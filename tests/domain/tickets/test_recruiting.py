"""A person and a seat in one step: both or neither."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents.errors import AddressBelongsToCustomer
from domain.agents.models import Agent, Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import holding
from domain.seats import operations as seats
from domain.seats.errors import AgentAlreadySeated, NoFreeSeat
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatKind
from domain.seats.periods import period
from domain.seats.queries import HELD
from domain.tickets.recruiting import Person, Recruited, SeatWanted, invite_to_seat
from tests.conftest import NOW, CountStatements
from tests.domain import world as worlds
from tests.domain.world import World
from tests.state import everything

EWA = Person(email="ewa@bombka.example", name="Ewa", role=Role.AGENT, language=Language.PL)


async def recruit(
    world: World, owner: worlds.Person, *, person: Person = EWA, seat: SeatWanted | None = None
) -> Recruited:
    async with world.database.writing(world.tenant_id) as session:
        return await invite_to_seat(
            session,
            person=person,
            seat=seat,
            by=owner.actor,
            inviter_member_id=owner.member_id,
            key="k" * 32,
            now=NOW,
        )


async def owner_of(world: World) -> worlds.Person:
    return await world.person(SeatKind.FULL, role=Role.OWNER)


async def free_licence(world: World, *, until: datetime | None = None) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=until, label="", by=SYSTEM, now=NOW
        )


async def test_a_person_is_invited_onto_a_free_seat(world: World, database: Database) -> None:
    owner = await owner_of(world)
    await free_licence(world)
    recruited = await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT))
    assert recruited.assignment is not None
    assert recruited.assignment.agent_id == recruited.agent.id
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Agent.name).where(Agent.id == recruited.agent.id)) == "Ewa"


async def test_a_person_is_invited_without_a_seat(world: World) -> None:
    recruited = await recruit(world, await owner_of(world))
    assert recruited.assignment is None


async def test_beyond_the_licences_people_wait_in_line_unmailed_and_are_invited_as_seats_come(
    world: World, database: Database
) -> None:
    owner = await owner_of(world)
    adam = replace(EWA, email="adam@bombka.example", name="Adam")
    held = [await recruit(world, owner, person=person, seat=SeatWanted(kind=SeatKind.LIGHT)) for person in (EWA, adam)]
    for recruited in held:
        assert (recruited.invitation, recruited.assignment) == (None, None)
        assert recruited.planned is not None
        assert recruited.planned.kind is SeatKind.LIGHT
        assert (recruited.planned.wanted, recruited.planned.invite_at) == (period(NOW, None), NOW)
    assert await mailed(world) == []

    await free_licence(world, until=worlds.SEASON_END)
    assert await passed(world) == (1, 1)
    assert await mailed(world) == ["ewa@bombka.example"]
    assert await seated(world) == {"ewa@bombka.example": (NOW, worlds.SEASON_END)}
    assert await passed(world) == (0, 0)
    await free_licence(world)
    assert await passed(world) == (1, 1)
    assert await mailed(world) == ["ewa@bombka.example", "adam@bombka.example"]
    assert (await seated(world))["adam@bombka.example"] == (NOW, None)


async def test_who_does_not_want_to_wait_is_refused(world: World, database: Database) -> None:
    owner = await owner_of(world)
    before = await everything(database, world.tenant_id)
    with pytest.raises(NoFreeSeat) as refused:
        await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT, hold=False))
    assert (refused.value.kind, refused.value.limit) == ("LIGHT", 0)
    assert await everything(database, world.tenant_id) == before


async def test_whoever_stands_in_line_comes_before_a_newcomer(world: World) -> None:
    owner = await owner_of(world)
    first = await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT))
    await free_licence(world)
    second = await recruit(
        world, owner, person=replace(EWA, email="adam@bombka.example"), seat=SeatWanted(kind=SeatKind.LIGHT)
    )
    assert second.planned is not None
    assert await waiting(world) == [second.agent.id]
    assert list(await seated(world)) == ["ewa@bombka.example"]
    assert first.agent.id != second.agent.id


async def test_invited_again_one_keeps_the_place_in_the_line_of_that_kind_and_leaves_another(world: World) -> None:
    owner = await owner_of(world)
    ewa = await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT))
    adam = await recruit(
        world, owner, person=replace(EWA, email="adam@bombka.example"), seat=SeatWanted(kind=SeatKind.LIGHT)
    )
    again = await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT, end=worlds.SEASON_END))
    assert ewa.planned is not None
    assert again.planned is not None
    assert (again.planned.id, again.planned.wanted) == (ewa.planned.id, period(NOW, worlds.SEASON_END))
    assert await waiting(world) == [ewa.agent.id, adam.agent.id]
    other = await recruit(world, owner, seat=SeatWanted(kind=SeatKind.FULL))
    assert other.planned is not None
    assert other.planned.kind is SeatKind.FULL
    assert await waiting(world) == [adam.agent.id, ewa.agent.id]


async def test_who_has_a_seat_for_that_time_does_not_wait_for_another(world: World, database: Database) -> None:
    owner = await owner_of(world)
    await free_licence(world)
    await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT))
    before = await everything(database, world.tenant_id)
    with pytest.raises(AgentAlreadySeated):
        await recruit(world, owner, seat=SeatWanted(kind=SeatKind.FULL))
    assert await everything(database, world.tenant_id) == before


async def passed(world: World) -> tuple[int, int]:
    """How many the line was served and how many were invited in one pass."""
    async with world.database.writing(world.tenant_id) as session:
        granted = await holding.grant_held(session, now=NOW)
        return len(granted), await holding.invite_due(session, key="k" * 32, now=NOW)


async def mailed(world: World) -> list[str]:
    """Whom an invitation was sent to, in that order."""
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(
            select(Member.email).join(Invitation, Invitation.member_id == Member.id).order_by(Invitation.id)
        )
        return list(found)


async def seated(world: World) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Who of the invited has a seat, from when until when."""
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(
            select(Member.email, SeatAssignment.period)
            .join(Agent, Agent.member_id == Member.id)
            .join(SeatAssignment, SeatAssignment.agent_id == Agent.id)
            .where(Member.state == MemberState.INVITED)
            .order_by(SeatAssignment.id)
        )
        return {row.email: (row.period.lower, row.period.upper) for row in found}


async def waiting(world: World) -> list[UUID]:
    """The agents who stand in line, in their order."""
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(
            select(PlannedInvitation.agent_id).where(HELD).order_by(PlannedInvitation.created_at, PlannedInvitation.id)
        )
        return list(found)


async def test_the_turn_is_taken_before_anybody_is_locked(
    world: World, database: Database, statements: CountStatements
) -> None:
    owner = await owner_of(world)
    await free_licence(world)
    with statements() as seen:
        await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT))
    telling = [statement for statement in seen if not statement.startswith("SET LOCAL")]
    assert "pg_advisory_xact_lock" in telling[0]


@pytest.mark.parametrize(
    ("person", "seat", "error", "field"),
    [
        (EWA, SeatWanted(), InvalidInput, "seat.licenceId"),
        (EWA, SeatWanted(kind=SeatKind.FULL, start=worlds.SEASON_END, end=NOW), InvalidInput, "seat.to"),
        (
            Person(EWA.email, "Ewa", Role.AGENT, Language.PL, team_ids=[new_id()] * 101),
            None,
            InvalidInput,
            "teamIds",
        ),
        (
            Person(EWA.email, "Ewa", Role.AGENT, Language.PL, skill_ids=[new_id()] * 101),
            None,
            InvalidInput,
            "skillIds",
        ),
        (Person("a\ud800@x.pl", "Ewa", Role.AGENT, Language.PL), None, InvalidInput, "email"),
        (
            Person("zofia@klient.example", "Ewa", Role.AGENT, Language.PL),
            SeatWanted(kind=SeatKind.LIGHT),
            AddressBelongsToCustomer,
            None,
        ),
    ],
)
async def test_a_refusal_invites_and_seats_nobody(
    world: World,
    database: Database,
    person: Person,
    seat: SeatWanted | None,
    error: type[Exception],
    field: str | None,
) -> None:
    owner = await owner_of(world)
    before = await everything(database, world.tenant_id)
    with pytest.raises(error) as refused:
        await recruit(world, owner, person=person, seat=seat)
    assert getattr(refused.value, "field", None) == field
    assert await everything(database, world.tenant_id) == before
