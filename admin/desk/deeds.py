"""What the buttons of the desk do: each is one operation of the domain, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.datastructures import FormData

from admin.desk.reading import NOBODY, ticket_id_of
from admin.site import Act, Deed
from domain.agents.models import Presence
from domain.kit.errors import InvalidInput
from domain.seats.rights import Seat, permit_outbound
from domain.tenants.permissions import Permission
from domain.tickets import arrivals, assignment, drafts, outbound, taking, working
from domain.tickets.calls import operations as calls
from domain.tickets.calls.models import CallOutcome
from domain.tickets.errors import DraftNotFound
from domain.tickets.giving_back import operations as giving_back
from domain.tickets.models import EvidenceKind
from domain.tickets.working import Evidence


@dataclass(frozen=True)
class Pressed:
    """A button's form: on which ticket it stands (None: on none), about which draft, and what was filled in."""

    number: int | None
    draft_id: UUID | None
    form: FormData

    def text(self, name: str) -> str:
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def ticket(self) -> int:
        return self.number if self.number is not None else 0

    def to(self, said: str, number: int | None = None) -> str:
        """The path of the ticket, or of the bare desk, where `said` is told."""
        number = number if number is not None else self.number
        return f"/desk?said={said}" if number is None else f"/desk/tickets/{number}?said={said}"


@dataclass(frozen=True)
class Verb:
    """A button of the desk: its path, what it takes, what it does, and the form that is open again when refused."""

    path: str
    deed: Callable[[Pressed], Deed]
    form: str = ""
    permission: Permission = Permission.TICKETS_WORK
    seat: Seat = Seat.ANY


def take_next(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket = await taking.take_next(act.session, seat=act.seat, by=act.by, now=act.now)
        return pressed.to("nothing") if ticket is None else pressed.to("taken", ticket.number)

    return deed


def set_presence(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        chosen = pressed.text("presence")
        if chosen not in Presence.__members__:
            raise InvalidInput("presence", "is unknown", "jest nieznana")
        await arrivals.set_presence(
            act.session, agent_id=act.seat.agent_id, presence=Presence(chosen), by=act.by, now=act.now
        )
        return pressed.to("presence")

    return deed


def take(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await assignment.assign(
            act.session,
            ticket_id=ticket_id,
            agent_id=act.seat.agent_id,
            handed_by=_handed_by(act),
            by=act.by,
            now=act.now,
        )
        return pressed.to("taken")

    return deed


def accept(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await giving_back.accept(act.session, ticket_id=ticket_id, seat=act.seat, by=act.by, now=act.now)
        return pressed.to("accepted")

    return deed


def decline(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await giving_back.decline(
            act.session,
            ticket_id=ticket_id,
            seat=act.seat,
            reason=pressed.text("reason"),
            by=act.by,
            now=act.now,
        )
        return pressed.to("declined")

    return deed


def note(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await working.add_note(act.session, ticket_id=ticket_id, body=pressed.text("body"), by=act.by, now=act.now)
        return pressed.to("noted")

    return deed


def draft(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await working.add_draft(act.session, ticket_id=ticket_id, body=pressed.text("body"), by=act.by, now=act.now)
        return pressed.to("drafted")

    return deed


def hand_over(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        kind, _, whom = pressed.text("to").partition(":")
        reason, handed_by = pressed.text("reason"), _handed_by(act)
        if kind == "team":
            await assignment.send_to_team(
                act.session,
                ticket_id=ticket_id,
                team_id=_id(whom),
                handed_by=handed_by,
                reason=reason,
                by=act.by,
                now=act.now,
            )
        elif kind == "agent":
            await assignment.assign(
                act.session,
                ticket_id=ticket_id,
                agent_id=_id(whom),
                handed_by=handed_by,
                reason=reason,
                by=act.by,
                now=act.now,
            )
        else:
            raise InvalidInput("to", "choose a team or a colleague", "wybierz zespół lub osobę")
        return pressed.to("handed_over")

    return deed


def resolve(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await working.resolve_internally(
            act.session,
            ticket_id=ticket_id,
            seat=act.seat,
            any_owner=_supervises(act),
            reason=pressed.text("reason"),
            evidence=_evidence(pressed),
            by=act.by,
            now=act.now,
        )
        return pressed.to("resolved")

    return deed


def reopen(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await working.reopen(act.session, ticket_id=ticket_id, reason=pressed.text("reason"), by=act.by, now=act.now)
        return pressed.to("reopened")

    return deed


def call_over(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        outcome = CallOutcome.NOT_REACHED if pressed.text("reached") == "no" else CallOutcome.COMPLETED
        await calls.call_over(
            act.session,
            ticket_id=ticket_id,
            seat=act.seat,
            any_owner=_supervises(act),
            outcome=outcome,
            by=act.by,
            now=act.now,
        )
        return pressed.to("call_over")

    return deed


def reply(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        permit = await permit_outbound(act.session, agent_id=act.seat.agent_id, now=act.now)
        ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
        await outbound.reply(
            act.session,
            ticket_id=ticket_id,
            body=pressed.text("body"),
            permit=permit,
            any_owner=_supervises(act),
            by=act.by,
            now=act.now,
        )
        return pressed.to("replied")

    return deed


def approve(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        permit = await permit_outbound(act.session, agent_id=act.seat.agent_id, now=act.now)
        draft_id = await _draft_of(act, pressed)
        body = pressed.text("body") if "body" in pressed.form else None
        await drafts.approve(
            act.session,
            draft_id=draft_id,
            body=body,
            permit=permit,
            any_owner=_supervises(act),
            by=act.by,
            now=act.now,
        )
        return pressed.to("approved")

    return deed


def give_back(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        draft_id = await _draft_of(act, pressed)
        await drafts.give_back(
            act.session, draft_id=draft_id, reason=pressed.text("reason"), seat=act.seat, by=act.by, now=act.now
        )
        return pressed.to("returned")

    return deed


def replace(pressed: Pressed) -> Deed:
    async def deed(act: Act) -> str:
        draft_id = await _draft_of(act, pressed)
        await drafts.replace(
            act.session, draft_id=draft_id, body=pressed.text("body"), seat=act.seat, by=act.by, now=act.now
        )
        return pressed.to("drafted")

    return deed


_TICKET = "/desk/tickets/{number}"
_DRAFT = _TICKET + "/drafts/{draft_id:uuid}"

VERBS: tuple[Verb, ...] = (
    Verb("/desk/next", take_next),
    Verb("/desk/presence", set_presence),
    Verb(f"{_TICKET}/take", take),
    Verb(f"{_TICKET}/accept", accept),
    Verb(f"{_TICKET}/decline", decline, "decline"),
    Verb(f"{_TICKET}/note", note, "note"),
    Verb(f"{_TICKET}/draft", draft, "draft"),
    Verb(f"{_TICKET}/hand-over", hand_over, "hand-over"),
    Verb(f"{_TICKET}/resolve", resolve, "resolve"),
    Verb(f"{_TICKET}/reopen", reopen, "reopen"),
    Verb(f"{_TICKET}/call-over", call_over),
    Verb(f"{_TICKET}/reply", reply, "reply", Permission.TICKETS_REPLY, Seat.FULL),
    Verb(f"{_DRAFT}/approve", approve, "edit", Permission.TICKETS_REPLY, Seat.FULL),
    Verb(f"{_DRAFT}/return", give_back, "return", Permission.TICKETS_REPLY, Seat.FULL),
    Verb(f"{_DRAFT}/replace", replace, "replace"),
)


def _evidence(pressed: Pressed) -> Evidence:
    kind, _, payment = pressed.text("evidence").partition(":")
    if kind not in EvidenceKind.__members__:
        raise InvalidInput("evidence", "choose what it rests on", "wybierz, na czym się opiera")
    return Evidence(
        EvidenceKind(kind),
        payment_id=_id(payment) if kind == EvidenceKind.PAYMENT else None,
        text=pressed.text("text") or None,
    )


async def _draft_of(act: Act, pressed: Pressed) -> UUID:
    """The draft that the path names, if it is one of the ticket that the path names."""
    draft_id = pressed.draft_id or NOBODY
    ticket_id = await ticket_id_of(act.session, number=pressed.ticket)
    if await drafts.ticket_of(act.session, draft_id=draft_id) != ticket_id:
        raise DraftNotFound(draft_id)
    return draft_id


def _id(text: str) -> UUID:
    """The id; what is none is nobody's, and so not found."""
    try:
        return UUID(hex=text)
    except ValueError:
        return NOBODY


def _supervises(act: Act) -> bool:
    return Permission.TICKETS_SUPERVISE in act.standing.permissions


def _handed_by(act: Act) -> UUID | None:
    return None if _supervises(act) else act.seat.agent_id
