"""The people of a season: named while it is planned or stands, removed when they do not come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.kit import events, inputs, texts
from domain.kit.addresses import email_address
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.seasons import course, enlisting, leaving, queries
from domain.seasons.course import SeasonState
from domain.seasons.errors import PersonNamedTwice, SeasonPersonNotFound
from domain.seasons.events import SeasonPersonAdded, SeasonPersonRemoved
from domain.seasons.models import Season, SeasonPerson
from domain.seats.models import PlannedInvitation, SeatKind
from domain.seats.periods import SMALLEST
from domain.seats.queries import HELD, take_turn

MOST_AT_ONCE = 200
"""People that are named in one step."""


@dataclass(frozen=True)
class Named:
    """Whom to have in a season, and on which kind of seat."""

    email: str
    name: str
    kind: SeatKind


def checked(named: Sequence[Named]) -> dict[str, Named]:
    """The people by address, trimmed and checked. Raises PersonNamedTwice, InvalidInput."""
    inputs.at_most(MOST_AT_ONCE, named, field="people")
    found: dict[str, Named] = {}
    for place, one in enumerate(named):
        with inputs.inside("people", place):
            email = email_address(one.email, field="email")
            name = texts.label(one.name, field="name")
        if email in found:
            raise PersonNamedTwice(email)
        found[email] = Named(email, name, one.kind)
    return found


async def name_all(
    session: TenantSession, *, season_id: UUID, wanted: Mapping[str, Named], own_id: UUID, now: datetime
) -> None:
    """Make these, whom `checked` has found in order, and no others the people of a draft, in that order."""
    known = {person.email: person for person in await _everybody(session, season_id=season_id)}
    for email, person in known.items():
        if email not in wanted and person.removed_at is None:
            person.removed_at = now
    before: SeasonPerson | None = None
    for email, one in wanted.items():
        person = _write(session, known.get(email), one, season_id=season_id, email=email, own_id=own_id, now=now)
        if before is not None and (person.added_at, person.id) <= (before.added_at, before.id):
            person.added_at = before.added_at + SMALLEST  # their order is that in which they were added
        before = person
    await session.flush()


async def add_people(
    session: TenantSession, *, season_id: UUID, named: Sequence[Named], own_id: UUID, by: Actor, now: datetime
) -> list[SeasonPerson]:
    """Name more people for a season. If it stands, each gets a seat, or waits in line for one, and is invited in time.

    Who is in it, but has lost seat and place in the line, is named anew as well.
    `own_id` is the member who does it. Raises SeasonNotFound, SeasonOver, PersonNamedTwice, PersonKeptOut,
    AgentAlreadySeated, AddressBelongsToCustomer, RoleAboveOwn, MemberNotFound, InvalidInput.
    """
    wanted = checked(named)
    await take_turn(session)
    season = await queries.lock_season(session, season_id=season_id)
    state = queries.state(season, now)
    course.must_not_be_over(state)
    known = {person.email: person for person in await _everybody(session, season_id=season_id)}
    added = []
    for email, one in wanted.items():
        before = known.get(email)
        if before is not None and before.removed_at is None:
            if state is SeasonState.DRAFT or await _has_something(session, before, season=season, now=now):
                raise PersonNamedTwice(email)
            before.removed_at = now  # named anew below, at the end of the line
        person = _write(session, before, one, season_id=season_id, email=email, own_id=own_id, now=now)
        events.record(session, season, SeasonPersonAdded(person.id, person.kind), by=by, at=now)
        added.append(person)
    await session.flush()
    if state is not SeasonState.DRAFT:
        await enlisting.enlist(session, season=season, persons=added, own_id=own_id, by=by, now=now)
    return added


async def remove_person(
    session: TenantSession, *, person_id: UUID, own_id: UUID, by: Actor, now: datetime
) -> SeasonPerson:
    """Take somebody out of a season: the seat ends now (its tickets are handed over), an unused link is worthless.

    Again changes nothing. The seat is free for whoever waits for one. `own_id` is the member who does it.
    Raises SeasonPersonNotFound, SeasonOver.
    """
    await take_turn(session)
    found = await session.get(SeasonPerson, (session.tenant_id, person_id))
    if found is None:
        raise SeasonPersonNotFound(person_id)
    season = await queries.lock_season(session, season_id=found.season_id)
    person = await session.get_one(SeasonPerson, (session.tenant_id, person_id), populate_existing=True)
    if person.removed_at is not None:
        return person
    course.must_not_be_over(queries.state(season, now))
    if person.agent_id is not None:
        await leaving.leave(session, season=season, agent_ids=[person.agent_id], by=by, now=now)
    person.removed_at = now
    events.record(session, season, SeasonPersonRemoved(person.id), by=by, at=now)
    await session.flush()
    return person


async def _has_something(session: TenantSession, person: SeasonPerson, *, season: Season, now: datetime) -> bool:
    """Whether somebody has a seat of a season, or waits for one."""
    if person.agent_id is None:
        return False
    waits = await session.scalar(
        select(PlannedInvitation.id)
        .where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.agent_id == person.agent_id,
            PlannedInvitation.season_id == season.id,
            HELD,
        )
        .limit(1)
    )
    return waits is not None or bool(
        await leaving.seats_of(session, season=season, agent_ids=[person.agent_id], later_than=now)
    )


async def _everybody(session: TenantSession, *, season_id: UUID) -> Sequence[SeasonPerson]:
    found = await session.scalars(
        select(SeasonPerson)
        .where(SeasonPerson.tenant_id == session.tenant_id, SeasonPerson.season_id == season_id)
        .order_by(SeasonPerson.id)
    )
    return found.all()


def _write(
    session: TenantSession,
    before: SeasonPerson | None,
    one: Named,
    *,
    season_id: UUID,
    email: str,
    own_id: UUID,
    now: datetime,
) -> SeasonPerson:
    """The person, new or named again."""
    person = before or SeasonPerson(tenant_id=session.tenant_id, id=new_id(), season_id=season_id, email=email)
    if before is None or before.removed_at is not None:
        person.added_at, person.added_by_id = now, own_id
        person.agent_id, person.invitation_id = None, None
    person.name, person.kind, person.removed_at = one.name, one.kind, None
    session.add(person)
    return person
