"""The names of the things and people that lines of a page mention, for any number of lines at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, literal, select, union_all

from domain.agents.models import Agent, Invitation, Member, Skill, Team
from domain.billing.models import Invoice, PrepaidEntry
from domain.kit.database import TenantSession
from domain.kit.events import ActorKind
from domain.orders.models import Customer, Order
from domain.seasons.models import Season, SeasonPerson
from domain.seats.models import PassHolder, PlannedInvitation, SeatAssignment, SeatLicence
from domain.tenants.models import ApiClient
from domain.tickets.calls.models import Call, IvrMenu
from domain.tickets.intake.models import IntakeRule
from domain.tickets.models import Ticket, Topic

Thing = tuple[str, UUID]
"""What kind of thing, by the name of its table, and its id."""

Who = tuple[ActorKind, UUID | None]

_NAMED: Mapping[str, tuple[Any, Select[*tuple[Any, ...]]]] = {
    "agent": (Agent, select(Agent.id, Agent.name)),
    "api_client": (ApiClient, select(ApiClient.id, ApiClient.name)),
    "customer": (Customer, select(Customer.id, Customer.name)),
    "invoice": (Invoice, select(Invoice.id, cast(Invoice.number, Text))),
    "invitation": (
        Invitation,
        select(Invitation.id, Member.name).join(
            Member, and_(Member.tenant_id == Invitation.tenant_id, Member.id == Invitation.member_id)
        ),
    ),
    "member": (Member, select(Member.id, Member.name)),
    "planned_invitation": (
        PlannedInvitation,
        select(PlannedInvitation.id, Agent.name).join(
            Agent, and_(Agent.tenant_id == PlannedInvitation.tenant_id, Agent.id == PlannedInvitation.agent_id)
        ),
    ),
    "prepaid_entry": (
        PrepaidEntry,
        select(PrepaidEntry.id, SeatLicence.label).join(
            SeatLicence,
            and_(SeatLicence.tenant_id == PrepaidEntry.tenant_id, SeatLicence.id == PrepaidEntry.licence_id),
        ),
    ),
    "call": (Call, select(Call.id, Call.external_id)),
    "intake_rule": (IntakeRule, select(IntakeRule.id, IntakeRule.name)),
    "ivr_menu": (IvrMenu, select(IvrMenu.id, IvrMenu.key)),
    "season": (Season, select(Season.id, Season.name)),
    "season_person": (SeasonPerson, select(SeasonPerson.id, SeasonPerson.name)),
    "order": (Order, select(Order.id, Order.number)),
    "pass_holder": (
        PassHolder,
        select(PassHolder.id, Agent.name).join(
            Agent, and_(Agent.tenant_id == PassHolder.tenant_id, Agent.id == PassHolder.agent_id)
        ),
    ),
    "seat_assignment": (
        SeatAssignment,
        select(SeatAssignment.id, Agent.name).join(
            Agent, and_(Agent.tenant_id == SeatAssignment.tenant_id, Agent.id == SeatAssignment.agent_id)
        ),
    ),
    "seat_licence": (SeatLicence, select(SeatLicence.id, SeatLicence.label)),
    "skill": (Skill, select(Skill.id, Skill.name)),
    "team": (Team, select(Team.id, Team.name)),
    "ticket": (Ticket, select(Ticket.id, cast(Ticket.number, Text))),
    "topic": (Topic, select(Topic.id, Topic.name)),
}
"""What people call a thing of each kind: its own name, or that of whom it is for."""

_ACTORS = {ActorKind.MEMBER: "member", ActorKind.CLIENT: "api_client", ActorKind.CUSTOMER: "customer"}


@dataclass(frozen=True)
class Names:
    """What things and people are called."""

    known: Mapping[Thing, str]

    def of(self, kind: str, thing_id: UUID) -> str | None:
        """The thing's name, empty for a licence without a label; None for what is no longer there."""
        return self.known.get((kind, thing_id))

    def actor(self, kind: ActorKind, actor_id: UUID | None) -> str | None:
        """The name of who did something; None for the system, and for one who is no longer there."""
        return None if actor_id is None or kind not in _ACTORS else self.of(_ACTORS[kind], actor_id)


async def names(session: TenantSession, *, things: Iterable[Thing] = (), who: Iterable[Who] = ()) -> Names:
    """The names of all of them, in one statement."""
    wanted: dict[str, set[UUID]] = {}
    for kind, thing_id in (*things, *((_ACTORS.get(kind, ""), actor_id) for kind, actor_id in who)):
        if kind in _NAMED and thing_id is not None:
            wanted.setdefault(kind, set()).add(thing_id)
    if not wanted:
        return Names({})
    found = await session.execute(union_all(*(_named(session, kind, ids) for kind, ids in wanted.items())))
    return Names({(row.kind, row.id): row.name for row in found})


def _named(session: TenantSession, kind: str, ids: set[UUID]) -> Select[*tuple[Any, ...]]:
    table, named = _NAMED[kind]
    thing_id, name = named.selected_columns
    return named.with_only_columns(literal(kind).label("kind"), thing_id.label("id"), name.label("name")).where(
        table.tenant_id == session.tenant_id, table.id.in_(ids)
    )
