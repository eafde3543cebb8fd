"""A telephone exchange asks whose a call is, has a caller called back, and says when a call is over."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.agents.channels import Channel
from domain.kit import events, outbox, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.orders.queries import NamedParties, Parties
from domain.seats.rights import LiveSeat
from domain.tenants.models import Tenant
from domain.tickets import lifecycle, moving, opening, queries, sweeping
from domain.tickets.calls import answering, callers, course, ivr, menus
from domain.tickets.calls import queries as calls
from domain.tickets.calls.course import CallState, Ending
from domain.tickets.calls.errors import CallIsAnswered, CallIsOver, IvrMenuNotFound
from domain.tickets.calls.events import CallBackWanted, CallQueued
from domain.tickets.calls.menus import Chosen, Heard, Lead
from domain.tickets.calls.models import Call, CallOutcome
from domain.tickets.calls.numbers import number as telephone_number
from domain.tickets.calls.standing import Standing, standing
from domain.tickets.entries import add_entry
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import EntryKind, Ticket
from domain.tickets.overflow import episodes

MAIN = "main"
"""The menu in which keys are pressed if none is named."""

LONGEST_ID = 190

_SAID = {
    Language.EN: ("Call from {number}", "Call, number withheld", "Telephone call.", "Chosen: {keys}."),
    Language.PL: ("Telefon od {number}", "Telefon, numer zastrzeżony", "Rozmowa telefoniczna.", "Wybrano: {keys}."),
}
"""A ticket's subject with a number and without one, and its first words without keys and with them."""


@dataclass(frozen=True)
class Ringing:
    """A call that came in, as the exchange tells of it: a topic, or the keys that were pressed in a menu.

    `pressed` of None is a caller who pressed nothing; `final` says of others that no more keys are to be expected.
    """

    external_id: str
    number: str | None = None
    topic: str | None = None
    menu: str | None = None
    pressed: str | None = None
    final: bool = False
    named: NamedParties = field(default_factory=NamedParties)


async def route_call(session: TenantSession, *, ringing: Ringing, by: Actor, now: datetime) -> Standing | Heard:
    """Find an agent for a call and say where it is; or which menu is to be played, of a call that leads nowhere yet.

    A new call opens a ticket, and is routed in a pass over all that waits, so nobody who waits longer is overtaken. Who
    calls again instead of being called back about the same has the ticket and the place of the earlier call. Asked
    again about a call, it tells where that is by now, and changes nothing.

    Raises InvalidInput, IvrMenuNotFound, TopicNotFound, CustomerNotFound, OrderNotFound.
    """
    external_id = texts.label(ringing.external_id, field="externalId", most=LONGEST_ID)
    call = await calls.known(session, external_id=external_id)
    if call is None:
        number = telephone_number(ringing.number, field="number") if ringing.number is not None else None
        chosen = await _chosen(session, ringing)
        if isinstance(chosen, Heard):
            return chosen
        # Before everything else that is locked: what waits for a router waits for nobody then who waits for the router.
        await episodes.take_turn(session)
        call = await calls.known(session, external_id=external_id)
        if call is None:
            call = await _take_in(session, external_id, number, chosen, named=ringing.named, by=by, now=now)
            await sweeping.route_sweep(session, gives_back=False, now=now)
            await session.refresh(call)
    return await standing(session, call=call, now=now)


async def _chosen(session: TenantSession, ringing: Ringing) -> Chosen | Heard:
    """What the call is about, or what is to be played. Raises InvalidInput, IvrMenuNotFound."""
    if ringing.topic is not None:
        if ringing.menu is not None or ringing.pressed is not None:
            place = "menu" if ringing.menu is not None else "pressed"
            raise InvalidInput(place, "name a topic or keys, not both", "podaj temat albo klawisze, nie oba")
        return Chosen(Lead(ringing.topic))
    pressed = ringing.pressed or ""
    if len(pressed) > menus.MOST_PRESSED or menus.KEYS.fullmatch(pressed) is None:
        problem = f"must be keys (0 to 9, *, #), {menus.MOST_PRESSED} at most"
        raise InvalidInput(
            "pressed", problem, f"musi składać się z klawiszy (0–9, *, #), najwyżej {menus.MOST_PRESSED}"
        )
    known, start = await ivr.menus_of(session), ringing.menu or MAIN
    if start not in known:
        raise IvrMenuNotFound(start)
    return menus.walk(known, start, pressed, waits=ringing.pressed is not None and not ringing.final)


async def _take_in(
    session: TenantSession,
    external_id: str,
    number: str | None,
    chosen: Chosen,
    *,
    named: NamedParties,
    by: Actor,
    now: datetime,
) -> Call:
    """The call with its ticket: that of an earlier call which waits to be called back, or a new one."""
    topic, _ = await queries.topic_to_refer_to(session, key=chosen.lead.topic)
    who = await callers.caller(
        session,
        named=named,
        number=number,
        external_id=external_id,
        language=await _language(session),
        by=by,
        now=now,
    )
    again = await _called_again(session, number, topic_id=topic.id, customer_id=who.customer_id, by=by, now=now)
    if again is None:
        ticket_id, earlier_id = await _open(session, number, chosen, who, by=by, now=now), None
    else:
        ticket_id, earlier_id = again.ticket_id, again.id
    call = Call(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        external_id=external_id,
        ticket_id=ticket_id,
        number=number,
        started_at=now,
        missed=False,
    )
    events.record(session, call, CallQueued(external_id, ticket_id, earlier_id), by=by, at=now)
    session.add(call)
    await session.flush()
    return call


async def _called_again(
    session: TenantSession, number: str | None, *, topic_id: UUID, customer_id: UUID, by: Actor, now: datetime
) -> Call | None:
    """The customer's earlier call from that number which this one takes the place of; it is over by that.

    Another customer's with the same number, as of a household or a switchboard, is another call.
    """
    if number is None:
        return None
    ticket_id = await calls.to_be_called_back(session, number=number, topic_id=topic_id, customer_id=customer_id)
    if ticket_id is None:
        return None
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    earlier = await answering.live_call(session, ticket_id=ticket_id)
    if earlier is None or _state(earlier, ticket) is not CallState.CALL_BACK:
        return None
    answering.end(session, earlier, CallOutcome.CALLED_AGAIN, agent_id=None, by=by, now=now)
    said = _SAID[await _language(session)]
    customer = Actor(ActorKind.CUSTOMER, ticket.customer_id)
    add_entry(session, ticket, kind=EntryKind.INBOUND, body=said[2], author=customer, by=by, now=now)
    await session.flush()
    return earlier


async def _open(
    session: TenantSession, number: str | None, chosen: Chosen, who: Parties, *, by: Actor, now: datetime
) -> UUID:
    language = await _language(session)
    from_number, withheld, first, with_keys = _SAID[language]
    keys = " › ".join(chosen.said_pl if language is Language.PL else chosen.said_en)
    ticket = await opening.open_case(
        session,
        channel=Channel.PHONE,
        topic_key=chosen.lead.topic,
        subject=from_number.format(number=number) if number is not None else withheld,
        body=f"{first} {with_keys.format(keys=keys)}" if keys else first,
        customer_id=who.customer_id,
        order_id=who.order_id,
        priority=chosen.lead.priority or 0,
        team_id=chosen.lead.team_id,
        on_the_line=True,
        by=by,
        now=now,
    )
    return ticket.id


async def _language(session: TenantSession) -> Language:
    return (await session.get_one(Tenant, session.tenant_id)).language


def _state(call: Call, ticket: Ticket) -> CallState:
    return course.state(ticket.state, ended=call.ended_at is not None, call_back=call.call_back_at is not None)


async def want_call_back(
    session: TenantSession, *, external_id: str, number: str | None, by: Actor, now: datetime
) -> Standing:
    """Let a caller leave the line and be called back, at `number` if one is given; asked for twice changes nothing.

    The ticket keeps its place: priority, due time and arrival are as they were.
    Raises CallNotFound, CallIsOver, CallIsAnswered, InvalidInput for a number that is none, and without any.
    """
    given = telephone_number(number, field="number") if number is not None else None
    call, ticket = await calls.lock(session, external_id=external_id)
    match _state(call, ticket):
        case CallState.ENDED:
            raise CallIsOver(call.external_id)
        case CallState.TALKING if call.call_back_at is None:
            raise CallIsAnswered(call.external_id)
        case CallState.WAITING:
            if given is None and call.number is None:
                raise InvalidInput(
                    "number",
                    "is needed: the caller's is withheld",
                    "jest potrzebny: numer dzwoniącego jest zastrzeżony",
                )
            call.number = given or call.number
            _to_be_called_back(session, call, missed=False, by=by, now=now)
        case _ if given is not None and given != call.number:
            call.number = given
            events.record(session, call, CallBackWanted(call.ticket_id, missed=False), by=by, at=now)
            call.missed = False
    await session.flush()
    return await standing(session, call=call, now=now)


def _to_be_called_back(session: TenantSession, call: Call, *, missed: bool, by: Actor, now: datetime) -> None:
    call.call_back_at, call.missed = now, missed
    events.record(session, call, CallBackWanted(call.ticket_id, missed), by=by, at=now)


async def call_over(
    session: TenantSession,
    *,
    ticket_id: UUID,
    seat: LiveSeat,
    any_owner: bool,
    outcome: CallOutcome,
    by: Actor,
    now: datetime,
) -> None:
    """Take in from the agent who has it that a call is over; what nobody talks about stays as it is.

    `any_owner` may say so of everybody's. Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours.
    """
    known = await calls.going_on(session, ticket_id=ticket_id)
    if known is None:
        return
    need_id = await answering.written_need(session, await calls.ticket_of(session, external_id=known.external_id))
    call, ticket = await calls.lock(session, external_id=known.external_id)
    if not any_owner:
        lifecycle.must_be_in_hands_of(moving.place_of(ticket), seat.agent_id)
    if _state(call, ticket) is CallState.TALKING:
        await _over(session, call, ticket, outcome, need_id=need_id, by=by, now=now)
        await session.flush()


async def _over(
    session: TenantSession, call: Call, ticket: Ticket, outcome: CallOutcome, *, need_id: UUID, by: Actor, now: datetime
) -> None:
    """What is left to do stays where it is; hands that it is in have room for another call."""
    answering.end(session, call, outcome, agent_id=ticket.assignee_id, by=by, now=now)
    await answering.leave_the_line(session, ticket, need_id=need_id, by=by, now=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)


async def end_call(
    session: TenantSession, *, external_id: str, outcome: CallOutcome, by: Actor, now: datetime
) -> Standing:
    """Take in that a call is over, which frees its agent; told twice changes nothing. `course.end` says what it means.

    What is left to do is written work, in the hands that the ticket is in. Who hung up while waiting, and has spoken to
    nobody, is called back, at the place in the queue that was theirs; a withheld number cannot be, so its ticket is
    closed.
    Raises CallNotFound, InvalidInput for an outcome that is not the exchange's to say.
    """
    if outcome is CallOutcome.CALLED_AGAIN:
        raise InvalidInput("outcome", "is found out by Sezon alone", "Sezon ustala to samodzielnie")
    # Before anything is locked, for it can wait for another who makes the same need.
    need_id = await answering.written_need(session, await calls.ticket_of(session, external_id=external_id))
    call, ticket = await calls.lock(session, external_id=external_id)
    wanted, reachable = call.call_back_at is not None, call.number is not None
    match course.end(_state(call, ticket), outcome, call_back=wanted, reachable=reachable, spoken=_has_spoken(call)):
        case Ending.MISSED:
            _to_be_called_back(session, call, missed=True, by=by, now=now)
        case Ending.GIVEN_UP:
            answering.end(session, call, CallOutcome.ABANDONED, agent_id=None, by=by, now=now)
            moving.apply(session, ticket, lifecycle.give_up(moving.place_of(ticket)), by=by, now=now)
            await answering.leave_the_line(session, ticket, need_id=need_id, by=by, now=now)
        case Ending.OVER:
            await _over(session, call, ticket, outcome, need_id=need_id, by=by, now=now)
        case Ending.STAYS:
            pass
    await session.flush()
    return await standing(session, call=call, now=now)


def _has_spoken(call: Call) -> bool:
    """Whether an agent picked up; of a caller who is to be called back, since that was said."""
    return call.connected_at is not None and (call.call_back_at is None or call.call_back_at < call.connected_at)
