"""Events as people read them: what happened, to what, by whom, and what is written with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, get_args, get_type_hints
from uuid import UUID

from markupsafe import Markup, escape

from admin import looks
from admin.catalogue import WORDS, say
from admin.lists.reader import Reader
from domain.agents import events as agents
from domain.kit.errors import Language
from domain.kit.events import ActorKind, Event, EventRow
from domain.orders import events as orders
from domain.seats import events as seats
from domain.tenants import events as tenants
from domain.tickets import events as tickets

EVENTS: Mapping[str, type[Event]] = {
    event.name(): event
    for module in (tenants, agents, seats, orders, tickets)
    for event in vars(module).values()
    if isinstance(event, type) and issubclass(event, Event) and event is not Event
}
"""Every kind of event there is."""

_PAGES = {
    "order": "orders",
    "customer": "customers",
    "ticket": "tickets",
    "agent": "agents",
    "team": "teams",
    "seat_licence": "seats",
    "invitation": "invitations",
    "api_client": "clients",
}
"""Where the page of an aggregate is."""

_IDS = {
    "order_id": "orders",
    "customer_id": "customers",
    "agent_id": "agents",
    "assignee_id": "agents",
    "approved_by": "agents",
    "returned_by": "agents",
    "edited_by": "agents",
    "team_id": "teams",
    "team_ids": "teams",
    "licence_id": "seats",
    "invitation_id": "invitations",
}
"""Where the page is of what a field of an event names."""


@dataclass(frozen=True)
class Telling:
    """Tells a reader of events."""

    reader: Reader

    def what(self, name: str) -> str:
        """What happened, in a few words."""
        return said(self.reader.language, "event", name)

    def about(self, aggregate: str, aggregate_id: UUID) -> Markup:
        """What it happened to, with a link to its page if it has one."""
        word = said(self.reader.language, "thing", aggregate)
        page = _PAGES.get(aggregate)
        return self._link(page, str(aggregate_id), word) if page else escape(word)

    def by(self, kind: ActorKind, name: str | None) -> str:
        """Who did it: the name, or what kind of actor it was."""
        return name or looks.word(self.reader.language, kind)

    def why(self, reason: str) -> str:
        """Why a ticket moved."""
        return said(self.reader.language, "move", reason.replace(" ", "_"))

    def data(self, event: EventRow) -> list[tuple[str, Markup]]:
        """What is written with it: names of fields in words, values as people read them."""
        kind = EVENTS.get(event.name)
        hints = get_type_hints(kind) if kind is not None else {}
        currency = event.data.get("currency")
        return [
            (said(self.reader.language, "data", name), self._value(name, value, hints.get(name), currency))
            for name, value in event.data.items()
        ]

    def _value(self, name: str, value: Any, hint: Any, currency: str | None) -> Markup:
        language, wanted = self.reader.language, _plain(hint)
        if value is None or value in ("", [], {}):
            return looks.NOTHING
        if isinstance(value, bool):
            return escape(say(language, "yes" if value else "no"))
        if isinstance(value, list):
            return Markup(", ").join(self._value(name, item, wanted, currency) for item in value)
        if isinstance(value, dict):
            return Markup(", ").join(Markup("{}: {}").format(key, item) for key, item in value.items())
        if wanted is datetime:
            return looks.when(self.reader.zone, datetime.fromisoformat(value))
        if isinstance(wanted, type) and issubclass(wanted, Enum):
            return escape(looks.word(language, wanted(value)))
        if wanted is UUID:
            page = _IDS.get(name)
            short = str(value)[-12:]
            return self._link(page, value, short) if page else Markup('<span class="id">{}</span>').format(short)
        if name == "reason":
            return escape(self.why(value))
        if isinstance(value, int) and name in ("total_amount", "amount", "balance"):
            return looks.money(language, value, currency) if currency else escape(say(language, "minor", amount=value))
        return escape(value)

    def _link(self, page: str | None, target: str, word: str) -> Markup:
        return Markup('<a href="{}/{}/{}">{}</a>').format(self.reader.root, page, target, word)


def said(language: Language, group: str, name: str) -> str:
    """The catalogue's word for a name of the code, or that name where there is none."""
    key = f"{group}_{name}"
    return say(language, key) if key in WORDS[language] else name


def _plain(hint: Any) -> Any:
    """The one type in a hint that is optional or of several items."""
    kinds = [kind for kind in get_args(hint) if kind not in (type(None), Ellipsis)]
    return _plain(kinds[0]) if kinds else hint
