"""Telephone calls, the line they wait in, and the menus of the exchange."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.orm import aliased

from api.graphql import ids
from api.graphql.reading import Node, column, computed, keyset, ordering, reads, to_one
from api.graphql.reading.filters import TimeRange, equal, filter_input, given, within
from domain.tenants.permissions import Permission
from domain.tickets.calls import course, menus, models
from domain.tickets.calls.course import CallState
from domain.tickets.calls.models import CallOutcome
from domain.tickets.models import Ticket as TicketRow
from domain.tickets.models import TicketState

if TYPE_CHECKING:
    from api.graphql.types.people import Agent
    from api.graphql.types.tickets import Ticket

_ticket = aliased(TicketRow, name="ticket_of_call")
_TICKET_STATE = (
    select(_ticket.state)
    .where(_ticket.tenant_id == models.Call.tenant_id, _ticket.id == models.Call.ticket_id)
    .correlate_except(_ticket)
    .scalar_subquery()
)


def _state(ticket: TicketState, ended_at: datetime | None, call_back_at: datetime | None) -> CallState:
    return course.state(TicketState(ticket), ended=ended_at is not None, call_back=call_back_at is not None)


@ordering
class CallOrdering(Enum):
    """How calls are listed."""

    NEWEST_FIRST = keyset(models.Call.started_at.desc(), models.Call.id.desc(), description="The newest first.")
    OLDEST_FIRST = keyset(models.Call.started_at, models.Call.id, description="The oldest first.")


@filter_input(description="Only calls that fit all of it.")
class CallFilter:
    ended: bool | None = given(models.Call.ended_at, description="That are over (true), or go on (false).")
    call_back: bool | None = given(
        models.Call.call_back_at, description="Whose caller was to be called back (true), or was not (false)."
    )
    ticket_id: UUID | None = equal(models.Call.ticket_id, id_of="ticket", description="Of this ticket.")
    answered_by_id: UUID | None = equal(
        models.Call.answered_by_id, id_of="agent", description="That this agent had first."
    )
    started_at: TimeRange | None = within(models.Call.started_at, description="That came within these instants.")


@reads(
    models.Call,
    requires=Permission.TICKETS_READ,
    description="A telephone call. It is where its ticket is, so it follows whatever is done with that.",
)
class Call(Node):
    external_id: str = column(models.Call.external_id, description="The exchange's own id of it.")
    ticket: "Ticket" = to_one(models.Call.ticket_id, description="What it is about.")
    state: CallState = computed(
        _state,
        needs=(_TICKET_STATE, models.Call.ended_at, models.Call.call_back_at),
        description="Where it is.",
    )
    number: str | None = column(
        models.Call.number,
        requires=Permission.ORDERS_READ,
        description="Where the caller is reached; null if the number was withheld.",
    )
    started_at: datetime = column(models.Call.started_at, description="When it came.")
    answered_at: datetime | None = column(
        models.Call.answered_at, description="When it came into an agent's hands for the first time."
    )
    answered_by: "Agent | None" = to_one(models.Call.answered_by_id, description="Into whose.")
    connected_at: datetime | None = column(
        models.Call.connected_at,
        description="When an agent last picked it up, as `callAnswered` said; null if nobody is known to have.",
    )
    connected_to: "Agent | None" = to_one(models.Call.connected_to_id, description="Who picked it up then.")
    call_back_at: datetime | None = column(
        models.Call.call_back_at, description="Since when the caller is to be called back, if so."
    )
    missed: bool = column(
        models.Call.missed, description="Whether that is because the caller hung up, and did not ask for it."
    )
    ended_at: datetime | None = column(models.Call.ended_at, description="When it was over.")
    outcome: CallOutcome | None = column(models.Call.outcome, description="How it ended.")


@strawberry.type(description="The agent who has a call.")
class CallAgent:
    id: strawberry.ID = strawberry.field(description="The agent's id.")
    name: str = strawberry.field(description="Their name.")
    extension: str | None = strawberry.field(
        description="Where to ring them; null if none is said, see `agentSetExtension`."
    )


@strawberry.type(description="A place in the line for an agent.")
class CallLine:
    position: int = strawberry.field(
        description="From 1: how many calls and call-backs of the queue have their turn by then, this one included."
    )
    expected_wait_seconds: int | None = strawberry.field(
        description=(
            "How long it will be: position x the usual minutes of a call / agents at work who take such calls. Null "
            "when nobody is at work."
        )
    )
    next_shift_at: datetime | None = strawberry.field(
        description="When nobody is at work: when the next shift begins of anybody who takes such calls, if planned."
    )
    call_back_offered: bool = strawberry.field(
        description="Whether the caller can be called back without saying where: the number is known."
    )


@strawberry.type(description="What a ticket is about when it begins with a key, and whose queue it joins.")
class IvrLead:
    topic: str = strawberry.field(description="The topic's key.")
    team_id: strawberry.ID | None = strawberry.field(
        description="The team whose queue it joins; null for the topic's own."
    )
    priority: int | None = strawberry.field(description="How pressing it is, from 0 to 9; null for as usual.")


@strawberry.type(description="A key of a menu. It leads to another menu or to a topic.")
class IvrChoice:
    digit: str = strawberry.field(description="The key: 0 to 9, * or #.")
    prompt_en: str = strawberry.field(description="What is said of it in English.")
    prompt_pl: str = strawberry.field(description="What is said of it in Polish.")
    menu: str | None = strawberry.field(description="The key of the menu that it leads to, if to a menu.")
    lead: IvrLead | None = strawberry.field(description="What it leads to, if to a topic.")


@strawberry.type(description="A menu that the telephone exchange plays.")
class IvrMenu:
    key: str = strawberry.field(description="The shop's name for it in programs; keys are pressed in `main` at first.")
    prompt_en: str = strawberry.field(description="What is said in English.")
    prompt_pl: str = strawberry.field(description="What is said in Polish.")
    otherwise: IvrLead = strawberry.field(description="What who presses nothing has chosen.")
    choices: list[IvrChoice] = strawberry.field(description="What can be pressed, in the order of the keys.")


def ivr_menu(menu: menus.Menu) -> IvrMenu:
    """The menu as GraphQL tells it."""
    choices = [
        IvrChoice(
            digit=choice.digit,
            prompt_en=choice.prompt_en,
            prompt_pl=choice.prompt_pl,
            menu=choice.menu,
            lead=_lead(choice.lead) if choice.lead is not None else None,
        )
        for choice in menu.choices
    ]
    return IvrMenu(
        key=menu.key,
        prompt_en=menu.prompt_en,
        prompt_pl=menu.prompt_pl,
        otherwise=_lead(menu.otherwise),
        choices=choices,
    )


def ivr_menus(known: Mapping[str, menus.Menu]) -> list[IvrMenu]:
    """The menus, by their keys."""
    return [ivr_menu(menu) for menu in known.values()]


def _lead(lead: menus.Lead) -> IvrLead:
    team_id = strawberry.ID(ids.spell("team", lead.team_id)) if lead.team_id is not None else None
    return IvrLead(topic=lead.topic, team_id=team_id, priority=lead.priority)
