"""Tickets in every state with histories of any length, and the stream of what happened."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.agents.channels import Channel
from domain.kit.events import ActorKind, EventRow
from domain.kit.ids import new_id
from domain.seats.models import SeatAssignment, SeatKind
from domain.tickets.alarms.models import AlarmCause, RoutingAlarm
from domain.tickets.decisions import RoutingStay
from domain.tickets.models import (
    Delivery,
    DeliveryState,
    DraftDecision,
    DraftOutcome,
    Entry,
    EntryKind,
    EvidenceKind,
    Need,
    NeedSkill,
    Resolution,
    Ticket,
    TicketState,
    Transition,
)
from domain.tickets.routing import RoutingReason
from tests.api.graphql.differential.data import calls, intake
from tests.api.graphql.differential.data.values import INSTANTS, TEXTS, nth
from tests.api.graphql.filled import Filled
from tests.conftest import NOW

ASSIGNED = (TicketState.ASSIGNED, TicketState.WAITING)
NUMBERS = (*range(1, 25), 2**31 - 1)

JSON: tuple[dict[str, Any], ...] = (
    {},
    {"candidates": 2, "none": None, "yes": True, "share": 0.1, "tiny": 1e-300, "minus": -0.0},
    {"large": 2**63 - 1, "larger": 2**64 - 1, "deep": [[], {}, [{"ż": ["\N{GRINNING FACE}", "\u2028", "\x07"]}]]},
    {"": "", "by": {"SKILL": 1, "CAPACITY": 1e25}},
)


def add(filled: Filled) -> None:
    """Twenty-five tickets, their needs and sixteen events, of which three are not in the stream yet."""
    intake.add(filled)
    calls.add(filled)
    for index, channel in enumerate(Channel):
        for contact in (True, False):
            _need(filled, index, channel, contact)
    for index, number in enumerate(NUMBERS):
        _ticket(filled, index, number)
    _decisions(filled)
    _events(filled)


def _need(filled: Filled, index: int, channel: Channel, contact: bool) -> None:
    need = filled.add(
        Need,
        channel=channel,
        needs_contact=contact,
        language=nth((None, "pl", "de"), index),
        fingerprint=f"{channel} {contact}",
    )
    for place, skill in enumerate(filled.ids("skill")[: nth((0, 1, 7, 2), index)]):
        filled.add(NeedSkill, need_id=need.id, skill_id=skill, level=nth((5, 1, 3), place + index))


def _ticket(filled: Filled, index: int, number: int) -> None:
    state, agents, customers = nth(tuple(TicketState), index), filled.ids("agent"), filled.ids("customer")
    ticket = filled.add(
        Ticket,
        number=number,
        external_id=None if index % 3 else f"t-{index}",
        channel=nth(tuple(Channel), index),
        worked_as=nth(tuple(Channel), index),
        topic_id=nth(filled.ids("topic"), index),
        subject=nth(TEXTS, index),
        customer_id=customers[0] if index % 2 else nth(customers[:-2], index),
        order_id=None if index % 4 == 3 else nth(filled.ids("order"), index * 3),
        team_id=nth(filled.ids("team"), index % 3 * 2),
        need_id=filled.ids("need")[index % len(Channel) * 2 + index % 2],
        needs_contact=index % 2 == 0,
        assignee_id=nth(agents[:5], index * 2) if state in ASSIGNED else None,
        state=state,
        priority=nth((0, 9, 0, 5), index),
        due_at=nth(INSTANTS, index),
        arrived_at=nth(INSTANTS, index + 1),
        asked_at=nth(INSTANTS, index + 1),
        state_since=nth(INSTANTS, index + 2),
        answer_by=nth((None, INSTANTS[0]), index) if state is TicketState.ASSIGNED else None,
        reopened_count=nth((0, 1, 2**31 - 1), index),
    )
    intake.add_to(filled, ticket, index)
    _alarm(filled, ticket.id, index)
    calls.add_to(filled, ticket, index)
    for place in range(nth((4, 0, 9, 7, 2, 7, 4), index)):
        _entry(filled, ticket.id, place)
    for place in range(nth((2, 4, 0, 7), index)):
        _transition(filled, ticket.id, place, index)
    for place in range(nth((0, 3, 1), index)):
        _resolution(filled, ticket.id, place)
    for place in range(nth((2, 0, 3), index)):
        filled.add(
            RoutingStay,
            ticket_id=ticket.id,
            team_id=nth(filled.ids("team"), place),
            detail=nth(JSON, place + index),
            at=nth(INSTANTS, place),
        )


def _actor(filled: Filled, place: int) -> tuple[ActorKind, UUID | None]:
    """A member, a customer, a program, the system, or somebody who is nobody's row."""
    return nth(
        (
            (ActorKind.MEMBER, filled.ids("member")[place % 3]),
            (ActorKind.CUSTOMER, filled.ids("customer")[0]),
            (ActorKind.SYSTEM, None),
            (ActorKind.CLIENT, filled.ids("api_client")[0]),
            (ActorKind.MEMBER, new_id()),
        ),
        place,
    )


def _entry(filled: Filled, ticket_id: UUID, place: int) -> None:
    kind = nth((EntryKind.INBOUND, EntryKind.DRAFT, EntryKind.INTERNAL, EntryKind.OUTBOUND, EntryKind.SYSTEM), place)
    author_kind, author_id = _actor(filled, place)
    seat: SeatAssignment | None = None
    if kind is EntryKind.OUTBOUND:
        author_kind, author_id = ActorKind.MEMBER, filled.ids("member")[0]
        seat = next(seat for seat in filled.rows["seat_assignment"] if seat.kind is SeatKind.FULL)
    entry = filled.add(
        Entry,
        ticket_id=ticket_id,
        kind=kind,
        body=nth(TEXTS, place),
        at=_at(place),
        author_kind=author_kind,
        author_id=author_id,
        sender_assignment_id=None if seat is None else seat.id,
        sender_agent_id=None if seat is None else seat.agent_id,
        sender_kind=None if seat is None else SeatKind.FULL,
    )
    if seat is not None and place < 8:
        state = nth(tuple(DeliveryState), len(filled.rows.get("delivery", [])))
        filled.add(
            Delivery,
            entry_id=entry.id,
            address="zofia@klient.example",
            subject=nth(TEXTS, place),
            state=state,
            settled_at=None if state is DeliveryState.PENDING else nth(INSTANTS, place),
            message_id=f"<{place}@bombka.example>",
        )


def _at(place: int) -> datetime:
    """Two and two at the same instant."""
    return NOW + timedelta(seconds=place // 2)


def _transition(filled: Filled, ticket_id: UUID, place: int, index: int) -> None:
    actor_kind, actor_id = _actor(filled, place)
    states = tuple(TicketState)
    routed = nth(states, place) is TicketState.ASSIGNED and index % 3 != 0
    filled.add(
        Transition,
        ticket_id=ticket_id,
        position=place * place + 1,
        from_state=None if place == 0 else nth(states, place - 1),
        to_state=nth(states, place),
        team_id=nth(filled.ids("team"), place),
        assignee_id=nth(filled.ids("agent"), place) if nth(states, place) in ASSIGNED else None,
        reason=nth(TEXTS, place),
        actor_kind=actor_kind,
        actor_id=actor_id,
        at=_at(place),
        routing_reason=nth(tuple(RoutingReason), index) if routed else None,
        routing_detail=nth(JSON, index) if routed else None,
    )


def _resolution(filled: Filled, ticket_id: UUID, place: int) -> None:
    kind = nth(tuple(EvidenceKind), place)
    filled.add(
        Resolution,
        ticket_id=ticket_id,
        agent_id=nth(filled.ids("agent"), place),
        seat_kind=nth(tuple(SeatKind), place),
        reason=nth(TEXTS, place),
        evidence_kind=kind,
        payment_id=filled.ids("payment")[place] if kind is EvidenceKind.PAYMENT else None,
        evidence_text=None if kind is EvidenceKind.PAYMENT else nth(TEXTS, place),
        at=_at(place),
    )


def _decisions(filled: Filled) -> None:
    """Of tickets with all kinds of entries, the first or the last draft was sent, given back or written anew."""
    seats = {seat.kind: seat for seat in reversed(filled.rows["seat_assignment"])}
    by_ticket: dict[UUID, list[Entry]] = {}
    for entry in filled.rows["entry"]:
        by_ticket.setdefault(entry.ticket_id, []).append(entry)
    results = {
        DraftOutcome.APPROVED: EntryKind.OUTBOUND,
        DraftOutcome.RETURNED: EntryKind.INTERNAL,
        DraftOutcome.REPLACED: EntryKind.DRAFT,
    }
    for index, entries in enumerate(these for these in by_ticket.values() if len(these) > 6):
        outcome = nth(tuple(DraftOutcome), index)
        draft = entries[6] if len(entries) == 7 else entries[1]
        result = next(entry for entry in entries if entry is not draft and entry.kind is results[outcome])
        seat = seats[SeatKind.LIGHT if outcome is DraftOutcome.REPLACED else SeatKind.FULL]
        filled.add(
            DraftDecision,
            entry_id=draft.id,
            ticket_id=draft.ticket_id,
            entry_kind=draft.kind,
            outcome=outcome,
            result_id=result.id,
            result_kind=result.kind,
            assignment_id=seat.id,
            agent_id=seat.agent_id,
            seat_kind=seat.kind,
            edited=outcome is DraftOutcome.APPROVED,
            at=nth(INSTANTS, index),
        )


def _events(filled: Filled) -> None:
    tables = ("ticket", "order", "agent", "seat_licence")
    for index in range(16):
        actor_kind, actor_id = _actor(filled, index)
        filled.add(
            EventRow,
            name=nth(("TicketOpened", "TicketAssigned"), index),
            aggregate=nth(tables, index),
            aggregate_id=filled.ids(nth(tables, index))[0],
            aggregate_version=index + 1,
            actor_kind=actor_kind,
            actor_id=actor_id,
            at=nth(INSTANTS, index),
            data=nth(JSON, index),
            trace_id=nth(TEXTS, index),
            sequence=None if index > 12 else (2**63 - 1 if index == 12 else index + 1),
        )


def _alarm(filled: Filled, ticket_id: UUID, index: int) -> None:
    """One after the other, so that no two of the same are open at a time."""
    raised = nth(INSTANTS, index // 3)
    filled.add(
        RoutingAlarm,
        team_id=filled.ids("team")[0],
        need_id=filled.ids("need")[index % len(filled.ids("need"))],
        ticket_id=ticket_id,
        cause=nth(tuple(AlarmCause), index),
        raised_at=raised,
        ended_at=raised,
    )
