"""A person and a seat in one step: both or neither."""

import pytest
from sqlalchemy import select

from domain.agents.errors import AddressBelongsToCustomer
from domain.agents.models import Agent
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import operations as seats
from domain.seats.models import SeatKind
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


async def free_licence(world: World) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )


async def test_a_person_is_invited_onto_a_free_seat(world: World, database: Database) -> None:
    owner = await owner_of(world)
    await free_licence(world)
    recruited = await recruit(world, owner, seat=SeatWanted(kind=SeatKind.LIGHT))
    assert recruited.assignment is not None
    assert recruited.assignment.agent_id == recruited.invited.agent.id
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Agent.name).where(Agent.id == recruited.invited.agent.id)) == "Ewa"


async def test_a_person_is_invited_without_a_seat(world: World) -> None:
    recruited = await recruit(world, await owner_of(world))
    assert recruited.assignment is None


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
