"""The desk's pages: whole ones for a browser alone, and the same as fragments for HTMX, which changes them in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.desk import reading
from admin.desk.deeds import VERBS, Pressed, Verb
from admin.desk.in_place import address_of, in_place, wants_fragment
from admin.desk.lists import Lists, lists_of
from admin.desk.offers import Reader, offers
from admin.desk.reading import MOST_ENTRIES, TicketPart, ticket_part
from admin.desk.words import Speech
from admin.pages import page, root_of
from admin.site import Page, Site
from admin.visitors import Visitor
from domain.agents.models import Presence
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.idempotency import IdempotencyKeyReused
from domain.kit.ids import new_id
from domain.orders.payments import WITH_THE_ORDER
from domain.seats.rights import FullSeatRequired, NotPermitted, SeatRequired
from domain.tenants.permissions import Permission
from domain.tickets.errors import DraftNotFound, TicketNotFound
from domain.tickets.lifecycle import OPEN
from domain.tickets.models import EntryKind, TicketState

MOST_FIELDS = 20


@dataclass(frozen=True)
class Refused:
    """Why nothing was done, the form that it was about, open again, and what had been filled in."""

    error: DomainError
    form: str
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        if isinstance(self.error, (NotPermitted, SeatRequired, FullSeatRequired)):
            return 403
        if isinstance(self.error, (TicketNotFound, DraftNotFound)):
            return 404
        return 422 if isinstance(self.error, InvalidInput) else 409


class Desk:
    """The desk."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """The desk's pages and buttons."""
        looks = [("/desk", self.bare), ("/desk/lists", self.lists), ("/desk/tickets/{number}", self.ticket)]
        pages = [
            Route(path, in_place(self._site.seen(look, needs=Permission.TICKETS_WORK)), methods=["GET"])
            for path, look in looks
        ]
        buttons = [
            Route(
                verb.path,
                in_place(self._site.pressed(self._button(verb), needs=verb.permission, seat=verb.seat)),
                methods=["POST"],
            )
            for verb in VERBS
        ]
        return pages + buttons

    async def bare(self, request: Request, visitor: Visitor) -> Response:
        return await self._shown(request, visitor, number=None)

    async def ticket(self, request: Request, visitor: Visitor) -> Response:
        return await self._shown(request, visitor, number=_number_of(request))

    async def lists(self, request: Request, visitor: Visitor) -> Response:
        """The lists alone, and how far the open ticket's mails are, for the desk that keeps them fresh."""
        speech, reader = self._speech(request, visitor), Reader.of(visitor)
        number = _number(request.query_params.get("open", ""))
        async with self._site.database.reading(visitor.tenant.id) as session:
            lists = await _lists_of(session, reader, now=speech.now)
            mails = await reading.mails_of(session, number=number) if number is not None else []
        return page(
            request,
            "desk/lists.html",
            language=speech.language,
            speech=speech,
            lists=lists,
            mails=mails,
            number=number,
        )

    def _button(self, verb: Verb) -> Page:
        async def handler(request: Request, visitor: Visitor) -> Response:
            form = await request.form(max_files=0, max_fields=MOST_FIELDS)
            number = _number_of(request) if "number" in request.path_params else _number(str(form.get("open", "")))
            pressed = Pressed(number, request.path_params.get("draft_id"), form)
            try:
                path = await self._site.perform(
                    request, visitor, verb.deed(pressed), form=form, requires=verb.permission, seat=verb.seat
                )
            except (NotPermitted, SeatRequired) as error:
                return self._site.refusal(request, visitor, error, status=403)
            except DomainError as error:
                refused = Refused(error, _form_of(verb, pressed), _typed(form))
                return await self._shown(request, visitor, number=number, refused=refused)
            return _on(request, path)

        return handler

    async def _shown(
        self, request: Request, visitor: Visitor, *, number: int | None, refused: Refused | None = None
    ) -> Response:
        speech, reader = self._speech(request, visitor), Reader.of(visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            part = None
            if number is not None:
                entries = _number(request.query_params.get("entries", "")) or MOST_ENTRIES
                part = await ticket_part(session, number=number, entries=entries, today=speech.today, now=speech.now)
                if part is None:
                    refused = Refused(TicketNotFound(reading.NOBODY), "")
            lists = await _lists_of(session, reader, now=speech.now)
        offered = offers(part, reader) if part is not None else frozenset()
        fragment = wants_fragment(request)
        return page(
            request,
            "desk/desk.html",
            language=speech.language,
            status=refused.status if refused is not None else 200,
            headers=address_of(request, number if part is not None else None) if fragment else None,
            visitor=visitor,
            layout="desk/fragment.html" if fragment else "base.html",
            fragment=fragment,
            speech=speech,
            reader=reader,
            offered=offered,
            lists=lists,
            mails=[],
            part=part,
            number=number if part is not None else None,
            said=None if refused is not None else _said(request, speech, number, lists),
            problem=None if refused is None else _why(refused.error, speech),
            opened=refused.form if refused is not None and refused.form in offered else "",
            typed={} if refused is None else refused.typed,
            once=lambda: new_id().hex,
            focus=_focus(request, part) if refused is None else "",
            open_states=OPEN,
            is_open_draft=reading.is_open_draft,
            presences=list(Presence),
            states=TicketState,
            most_lines=reading.MOST_LINES,
            with_the_order=WITH_THE_ORDER,
            more_entries=reading.MOST_ENTRIES_EVER,
        )

    def _speech(self, request: Request, visitor: Visitor) -> Speech:
        return Speech(self._site.language(request, visitor), visitor.tenant.timezone, self._site.clock.now())


async def _lists_of(session: TenantSession, reader: Reader, *, now: datetime) -> Lists:
    return await lists_of(
        session, agent_id=reader.agent_id, member_id=reader.member_id, approves=reader.reaches, now=now
    )


def _on(request: Request, path: str) -> Response:
    return Response(status_code=303, headers={"Location": f"{root_of(request)}{path}", "Cache-Control": "no-store"})


def _said(request: Request, speech: Speech, number: int | None, lists: Lists) -> str | None:
    """What has just been done, for the reader of the page that follows."""
    said = request.query_params.get("said", "")
    if said == "nothing" and not lists.anything_waits:
        said = "empty"
    key = f"desk_said_{said}"
    return speech.said(key, number=number) if said and speech.knows(key) else None


def _focus(request: Request, part: TicketPart | None) -> str:
    """Where the keyboard goes: to the draft that was asked for, else to the ticket; or it stays where it is."""
    if request.query_params.get("said", "") in ("presence", "nothing"):
        return ""
    wanted = request.query_params.get("draft", "")
    drafts = [str(entry.id) for entry in part.entries if entry.kind is EntryKind.DRAFT] if part is not None else []
    return f"draft-{wanted}" if wanted in drafts else "title"


def _why(error: DomainError, speech: Speech) -> str:
    if isinstance(error, IdempotencyKeyReused):
        return speech.said("desk_sent_before")
    return speech.refusal(error)


def _form_of(verb: Verb, pressed: Pressed) -> str:
    return f"{verb.form}-{pressed.draft_id}" if pressed.draft_id is not None else verb.form


def _typed(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def _number_of(request: Request) -> int:
    """The number of the ticket in the path; what is none is no page."""
    number = _number(request.path_params["number"])
    if number is None:
        raise HTTPException(404)
    return number


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
