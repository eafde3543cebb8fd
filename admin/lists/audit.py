"""The audit trail: every event of the shop, newest first, by kind, by thing and by who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import ColumnElement, not_, select
from starlette.requests import Request

from admin.lists.history import names_in
from admin.lists.people import Names, names
from admin.lists.places import NoSuchPlace, Rows
from admin.lists.places import Order as Ordering
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column, instant
from admin.lists.tellings import EVENTS, Telling
from admin.lists.view import PAGE, Page, View
from domain.kit.database import TenantSession
from domain.kit.events import EventRow
from domain.tenants.permissions import Permission

LOOKED_AT = 20_000
"""How many events a page looks through for those that were asked for, so that a rare kind costs no more than that."""


@dataclass(frozen=True)
class EventPage:
    """One event, and the names of all that it mentions."""

    event: EventRow
    names: Names

    @property
    def id(self) -> UUID:
        return self.event.id


def _what(row: Any, _: str, request: Request) -> str:
    reader = reader_of(request)
    return Markup('<a href="{}/audit/{}">{}</a>').format(reader.root, row.id, Telling(reader).what(row.event))


def _about(row: Any, _: str, request: Request) -> str:
    known: Names = request.state.names
    return Telling(reader_of(request)).about(row.aggregate, row.aggregate_id, known)


def _by(row: Any, _: str, request: Request) -> str:
    known: Names = request.state.names
    return Telling(reader_of(request)).by(row.actor_kind, known.actor(row.actor_kind, row.actor_id))


class Audit(View, model=EventRow):
    path = "audit"
    needs = Permission.AUDIT_READ
    order = Ordering((EventRow.at, EventRow.id))
    columns = (
        Column("at", instant, "when"),
        Column("event", _what, "wide"),
        Column("aggregate", _about, "name"),
        Column("actor", _by, "name"),
    )
    list_template = "lists/audit_list.html"

    def rows(self, reader: Reader) -> Rows:
        return select(
            EventRow.id,
            EventRow.at,
            EventRow.name.label("event"),
            EventRow.aggregate,
            EventRow.aggregate_id,
            EventRow.actor_kind,
            EventRow.actor_id,
            EventRow.actor_id.label("actor"),
        )

    async def prepare(self, session: TenantSession, rows: Sequence[Any], request: Request) -> None:
        request.state.names = await names(
            session,
            things=((row.aggregate, row.aggregate_id) for row in rows),
            who=((row.actor_kind, row.actor_id) for row in rows),
        )

    async def _page(self, session: TenantSession, reader: Reader, asked: Mapping[str, str]) -> Page:
        """A page; a narrowed one goes on from where looking stopped, which need not be at a row that it shows."""
        wanted = _wanted(asked)
        if not wanted:
            return await super()._page(session, reader, asked)
        scope: list[ColumnElement[bool]] = [EventRow.tenant_id == session.tenant_id]
        if place := asked.get("after"):
            scope.append(self.order.beyond(self.order.position(place), backward=False))
        statement, edge = self.rows(reader).where(*scope, *wanted), None
        if not asked.get("about"):  # one thing's events have an index of their own
            last = self.order.by(select(*self.order.columns).where(*scope)).offset(LOOKED_AT - 1).limit(1)
            edge = (await session.execute(last)).first()
        if edge is not None:
            statement = statement.where(not_(self.order.beyond(edge, backward=False)))
        read = (await session.execute(self.order.by(statement).limit(PAGE + 1))).all()
        page = Page(list(read[:PAGE]), 1, PAGE, 0)
        if len(read) > PAGE:
            page.older = self.order.place_of(read[PAGE - 1])
        elif edge is not None:
            page.older = self.order.place_of(edge)
        return page

    async def list_context(self, request: Request) -> dict[str, Any]:
        telling = Telling(reader_of(request))
        kinds = sorted(((telling.what(name), name) for name in EVENTS), key=lambda kind: kind[0].casefold())
        kept = {name: asked for name in ("kind", "about", "by") if (asked := request.query_params.get(name))}
        return {"kinds": kinds, "kept": kept, "narrowed": bool(kept)}

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> EventPage | None:
        event = await session.get(EventRow, (session.tenant_id, row_id))
        if event is None:
            return None
        about = (event.aggregate, event.aggregate_id)
        return EventPage(event, await names_in(session, [event], things=[about]))


def _wanted(asked: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """The conditions of the filters. Raises NoSuchPlace for what can be no kind and no id."""
    wanted: list[ColumnElement[bool]] = []
    if kind := asked.get("kind"):
        if kind not in EVENTS:
            raise NoSuchPlace
        wanted.append(EventRow.name == kind)
    for name, column in (("about", EventRow.aggregate_id), ("by", EventRow.actor_id)):
        if text := asked.get(name):
            try:
                wanted.append(column == UUID(text))
            except ValueError as error:
                raise NoSuchPlace from error
    return wanted
