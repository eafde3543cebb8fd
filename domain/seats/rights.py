"""What a caller may do at an instant: read from member and seat at every use, never cached."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range

from domain.agents.models import Agent, Member, MemberState
from domain.agents.roles import Role, permitted
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, Language
from domain.kit.events import Actor, ActorKind
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.queries import live
from domain.tenants.models import ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission


class Seat(Enum):
    """Which live seat something takes: none, one of either kind, or a full one, which reaches customers."""

    NONE = "NONE"
    ANY = "ANY"
    FULL = "FULL"


@dataclass(frozen=True)
class LiveSeat:
    """A seat that its agent sits on at the instant asked for; it ends by itself at `until` (None: permanent)."""

    assignment_id: UUID
    agent_id: UUID
    kind: SeatKind
    until: datetime | None


@dataclass(frozen=True)
class Standing:
    """Who is calling and what that caller may do at this instant."""

    actor: Actor
    permissions: frozenset[Permission]
    language: Language
    role: Role | None = None
    agent_id: UUID | None = None
    seat: LiveSeat | None = None

    @property
    def caller_id(self) -> UUID:
        if self.actor.id is None:
            raise ValueError("A caller has an id.")
        return self.actor.id


@dataclass
class NotPermitted(DomainError):
    """The caller's role or scopes do not include the permission."""

    permission: str

    en = "You are not permitted to do this: it needs the permission “{permission}”."
    pl = "Brak uprawnień do tej operacji: wymaga ona uprawnienia „{permission}”."


@dataclass
class SeatRequired(DomainError):
    """The caller sits on no live seat at this instant, and this takes one."""

    en = "You have no seat at the moment, and working on tickets takes one. Ask an admin for a seat."
    pl = "Nie masz teraz licencji, a praca ze zgłoszeniami jej wymaga. Poproś administratora o licencję."


@dataclass
class FullSeatRequired(DomainError):
    """Reaching a customer takes a live full seat; the caller has a light one or none."""

    en = "Reaching a customer takes a full seat. Write a draft: an agent with a full seat can approve and send it."
    pl = "Kontakt z klientem wymaga pełnej licencji. Napisz szkic: wyśle go agent z pełną licencją."


async def standing_of_member(session: TenantSession, *, member_id: UUID, now: datetime) -> Standing | None:
    """A member's standing at the instant; None when the member is unknown or not active.

    A role that needs a seat for everything has no permission at all between two seats.
    """
    asked = with_seat(select(*MEMBER), now).where(Member.tenant_id == session.tenant_id, Member.id == member_id)
    row = (await session.execute(asked)).first()
    return None if row is None else member_standing(*row)


async def standing_of_client(
    session: TenantSession, *, client_id: UUID, scopes: frozenset[Permission]
) -> Standing | None:
    """An API client's standing: the scopes of its token that the client still has; None when it was revoked.

    It acts for no seat, so nothing that takes one is ever open to it.
    """
    asked = select(ApiClient.scopes).where(
        ApiClient.tenant_id == session.tenant_id, ApiClient.id == client_id, ApiClient.revoked_at.is_(None)
    )
    row = (await session.execute(asked)).first()
    return None if row is None else client_standing(client_id, row.scopes, scopes=scopes)


MEMBER = (
    Member.id,
    Member.role,
    Member.language,
    Agent.id.label("agent_id"),
    SeatAssignment.id.label("assignment_id"),
    SeatAssignment.kind,
    func.upper(SeatAssignment.period).label("until"),
)
"""What `member_standing` is made from."""


def with_seat(asked: Select[*tuple[Any, ...]], now: datetime | ColumnElement[datetime]) -> Select[*tuple[Any, ...]]:
    """A query of active members, with the agent that each is and with its seat at the instant."""
    sits = and_(SeatAssignment.tenant_id == Agent.tenant_id, SeatAssignment.agent_id == Agent.id, live(now))
    return (
        asked.outerjoin(Agent, and_(Agent.tenant_id == Member.tenant_id, Agent.member_id == Member.id))
        .outerjoin(SeatAssignment, sits)
        .where(Member.state == MemberState.ACTIVE)
    )


def member_standing(
    member_id: UUID,
    role: str,
    language: str,
    agent_id: UUID | None,
    assignment_id: UUID | None,
    kind: str | None,
    until: datetime | None,
) -> Standing:
    """The standing that a row of `MEMBER` says, as the driver gives it or as a session does."""
    seat = None
    if assignment_id is not None and agent_id is not None and kind is not None:
        seat = LiveSeat(assignment_id=assignment_id, agent_id=agent_id, kind=SeatKind(kind), until=until)
    acts_as = Role(role)
    return Standing(
        actor=Actor(ActorKind.MEMBER, member_id),
        permissions=permitted(acts_as, seated=seat is not None),
        language=Language(language),
        role=acts_as,
        agent_id=agent_id,
        seat=seat,
    )


def client_standing(client_id: UUID, own: Collection[str], *, scopes: frozenset[Permission]) -> Standing:
    """The standing of an API client that has scopes of its own, on a token with these."""
    granted = scopes & CLIENT_SCOPES & {Permission(scope) for scope in own}
    return Standing(actor=Actor(ActorKind.CLIENT, client_id), permissions=granted, language=Language.EN)


def must_allow(standing: Standing, *, requires: Permission | None, seat: Seat) -> None:
    """Raises NotPermitted, SeatRequired or FullSeatRequired: what the caller could do something about comes last."""
    needs = (requires or Permission.TICKETS_WORK).value
    allowed = standing.permissions if standing.role is None else permitted(standing.role, seated=True)
    if requires is not None and requires not in allowed:
        raise NotPermitted(needs)
    if seat is not Seat.NONE and standing.role is None:
        raise NotPermitted(needs)
    if seat is Seat.FULL and (standing.seat is None or standing.seat.kind is not SeatKind.FULL):
        raise FullSeatRequired
    if standing.seat is None and (seat is Seat.ANY or (requires is not None and requires not in standing.permissions)):
        raise SeatRequired


async def hold_seats(session: TenantSession, *, agent_ids: Collection[UUID], now: datetime) -> dict[UUID, LiveSeat]:
    """The live seats of those agents who have one, their rows held FOR SHARE in id order until the transaction ends.

    Ending such a seat waits for the caller. A seat whose end was recorded is over even for a caller whose `now` is a
    little older, as after waiting for that very lock. Hold seats before locking tickets.
    """
    told = {"tenant": session.tenant_id, "agents": list(agent_ids), "now": now}
    found = await session.execute(_HELD, told)
    return {row.agent_id: LiveSeat(row.id, row.agent_id, row.kind, row.until) for row in found}


_HELD = (
    select(
        SeatAssignment.id,
        SeatAssignment.agent_id,
        SeatAssignment.kind,
        func.upper(SeatAssignment.period).label("until"),
    )
    .where(
        SeatAssignment.tenant_id == bindparam("tenant"),
        bulk.among_those(SeatAssignment.agent_id, "agents"),
        live(bindparam("now", type_=TIMESTAMP(timezone=True))),
    )
    .order_by(SeatAssignment.id)
    .with_for_update(read=True, of=SeatAssignment)
)


async def hold_seat(session: TenantSession, *, agent_id: UUID, now: datetime) -> LiveSeat:
    """The agent's live seat, held as by `hold_seats`. Raises SeatRequired."""
    seats = await hold_seats(session, agent_ids=[agent_id], now=now)
    if agent_id not in seats:
        raise SeatRequired
    return seats[agent_id]


class OutboundPermit:
    """Proof that an agent held a live FULL seat, whose row this transaction holds; made by `permit_outbound` alone."""

    __slots__ = ("_transaction", "agent_id", "assignment_id")
    _key = object()

    def __init__(self, key: object, *, session: TenantSession, assignment_id: UUID, agent_id: UUID) -> None:
        if key is not OutboundPermit._key:
            raise TypeError("An OutboundPermit comes from permit_outbound() alone.")
        self._transaction = session.sync_session.get_transaction()
        self.assignment_id = assignment_id
        self.agent_id = agent_id

    def must_belong_to(self, session: TenantSession) -> None:
        """Raises ValueError for a session whose transaction does not hold the seat."""
        if self._transaction is None or session.sync_session.get_transaction() is not self._transaction:
            raise ValueError("An OutboundPermit is worth nothing outside the transaction that holds its seat.")


async def permit_outbound(
    session: TenantSession, *, agent_id: UUID, now: datetime, since: datetime | None = None
) -> OutboundPermit:
    """The right to reach a customer, checked now and held until the transaction ends.

    With `since`, the agent must have had it at every instant from then on, on whichever full seats: what was written
    before a downgrade is not sent after it, though the writer is back on a full seat by then.
    Raises FullSeatRequired.
    """
    try:
        seat = await hold_seat(session, agent_id=agent_id, now=now)
    except SeatRequired:
        raise FullSeatRequired from None
    if seat.kind is not SeatKind.FULL:
        raise FullSeatRequired
    if since is not None and since < now and not await _full_all_the_time(session, agent_id, since, now):
        raise FullSeatRequired
    return OutboundPermit(
        OutboundPermit._key, session=session, assignment_id=seat.assignment_id, agent_id=seat.agent_id
    )


async def _full_all_the_time(session: TenantSession, agent_id: UUID, since: datetime, now: datetime) -> bool:
    """Whether the agent's full seats, one after another, cover every instant from `since` to `now`."""
    together = func.range_agg(SeatAssignment.period)
    covered = await session.scalar(
        select(together.op("@>")(bindparam("span", Range(since, now, bounds="[]"), TSTZRANGE))).where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.agent_id == agent_id,
            SeatAssignment.kind == SeatKind.FULL,
            SeatAssignment.cancelled_at.is_(None),
        )
    )
    return bool(covered)
