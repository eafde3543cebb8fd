"""Events as people read them: what happened, to what, by whom, and what is written with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, get_args, get_type_hints
from uuid import UUID

from markupsafe import Markup, escape

from admin import looks
from admin.catalogue import WORDS, say
from admin.lists.people import Names, Thing
from admin.lists.reader import Reader
from domain.agents import events as agents
from domain.agents.channels import Channel
from domain.billing import events as billing
from domain.kit.errors import Language
from domain.kit.events import ActorKind, Event, EventRow
from domain.orders import events as orders
from domain.seasons import events as seasons
from domain.seats import events as seats
from domain.tenants import events as tenants
from domain.tickets import events as tickets
from domain.tickets.alarms import events as alarms
from domain.tickets.calls import events as calls
from domain.tickets.intake import events as intake
from domain.tickets.overflow import events as overflow

EVENTS: Mapping[str, type[Event]] = {
    event.name(): event
    for module in (tenants, agents, seats, orders, tickets, calls, intake, overflow, alarms, seasons, billing)
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
    "invoice": "invoices",
    "seat_licence": "seats",
    "season": "seasons",
    "intake_rule": "intake",
    "invitation": "invitations",
    "api_client": "clients",
}
"""Where the page of an aggregate is."""

_THINGS = {
    "agent_id": "agent",
    "approved_by": "agent",
    "assignee_id": "agent",
    "assignment_id": "seat_assignment",
    "customer_id": "customer",
    "ticket_id": "ticket",
    "earlier_id": "call",
    "edited_by": "agent",
    "from_agent_id": "agent",
    "invitation_id": "invitation",
    "licence_id": "seat_licence",
    "line_id": "team",
    "line_ids": "team",
    "member_id": "member",
    "order_id": "order",
    "person_id": "season_person",
    "returned_by": "agent",
    "rule_ids": "intake_rule",
    "season_id": "season",
    "skill_id": "skill",
    "skill_ids": "skill",
    "skills": "skill",
    "successor_id": "agent",
    "team_id": "team",
    "team_ids": "team",
    "topic_id": "topic",
}
"""What the ids in a field of an event are of. Those of other fields are for programs: nobody gave it a name."""

FORMER: Mapping[tuple[str, str], Any] = {
    ("AgentSkillsSet", "skill_ids"): UUID,
    ("TopicCreated", "skill_id"): UUID,
}
"""What events have that were written before: nobody changes them."""

_CHANGES = {"AgentTeamsSet": "team", "AgentSkillsSet": "skill"}
"""What an event adds and removes."""

_WORDS = {"job": "job", "parts": "part", "reason": "move"}
"""Fields whose values are names of the code, and the catalogue's group of words for them."""

Said = list[tuple[str, Markup]]
"""Names of fields in words, and values as people read them."""


@dataclass(frozen=True)
class Telling:
    """Tells a reader of events."""

    reader: Reader

    def what(self, name: str) -> str:
        """What happened, in a few words."""
        return said(self.reader.language, "event", name)

    def about(self, aggregate: str, aggregate_id: UUID, names: Names) -> Markup:
        """What it happened to, by kind and name, with a link to its page if it has one."""
        word, name = said(self.reader.language, "thing", aggregate), names.of(aggregate, aggregate_id)
        return self._linked(aggregate, aggregate_id, f"{word} {name}" if name else word)

    def by(self, kind: ActorKind, name: str | None) -> str:
        """Who did it: the name, or what kind of actor it was."""
        return name or looks.word(self.reader.language, kind)

    def why(self, reason: str) -> str:
        """Why a ticket moved."""
        return said(self.reader.language, "move", reason.replace(" ", "_"), otherwise=reason)

    def data(self, event: EventRow, names: Names) -> Said:
        """Everything that is written with it."""
        return self._said(event, _fields(event), names)

    def brief(self, event: EventRow, names: Names) -> Said:
        """What is written with it for people: without the ids of what has no name."""
        return self._said(event, [field for field in _fields(event) if not _for_programs(event.name, field)], names)

    def _said(self, event: EventRow, fields: Iterable[str], names: Names) -> Said:
        language = self.reader.language
        return [
            (said(language, "data", field), self._value(event, field, event.data[field], names)) for field in fields
        ]

    def _value(self, event: EventRow, field: str, value: Any, names: Names) -> Markup:
        language, wanted = self.reader.language, _kind_of(event.name, field)
        if value is None or value in ("", [], {}):
            return looks.NOTHING
        if isinstance(value, bool):
            return escape(say(language, "yes" if value else "no"))
        if isinstance(value, list):
            return Markup(", ").join(self._value(event, field, item, names) for item in value)
        if isinstance(value, dict):
            return Markup(", ").join(
                Markup("{}: {}").format(
                    self._value(event, field, key, names) if wanted is UUID else self._channel(key), item
                )
                for key, item in value.items()
            )
        if wanted is datetime:
            return looks.when(self.reader.zone, datetime.fromisoformat(value))
        if isinstance(wanted, type) and issubclass(wanted, Enum):
            return escape(looks.word(language, wanted(value)))
        if wanted is UUID:
            return self._named(thing_of(event.name, field), UUID(value), names)
        if field in _WORDS:
            return escape(said(language, _WORDS[field], str(value).replace(" ", "_"), otherwise=str(value)))
        if isinstance(value, int) and field in ("total_amount", "amount", "balance"):
            currency = event.data.get("currency")
            return looks.money(language, value, currency) if currency else escape(say(language, "minor", amount=value))
        return escape(value)

    def _named(self, thing: str | None, thing_id: UUID, names: Names) -> Markup:
        """By its name; one that is no longer there by what it was, and one without a name by its id."""
        if thing is None:
            return Markup('<span class="id">{}</span>').format(thing_id)
        name = names.of(thing, thing_id)
        if name is None:
            return escape(said(self.reader.language, "thing", thing))
        return self._linked(thing, thing_id, name or say(self.reader.language, "licence_unnamed"))

    def _linked(self, thing: str, thing_id: UUID, word: str) -> Markup:
        if thing not in _PAGES:
            return escape(word)
        return Markup('<a href="{}/{}/{}">{}</a>').format(self.reader.root, _PAGES[thing], thing_id, word)

    def _channel(self, key: str) -> str:
        return looks.word(self.reader.language, Channel(key)) if key in Channel.__members__ else key


def named_in(event: EventRow) -> list[Thing]:
    """The things that were written with an event."""
    found: list[Thing] = []
    for field, value in event.data.items():
        thing = thing_of(event.name, field)
        if thing is not None and _kind_of(event.name, field) is UUID:
            found += [(thing, UUID(item)) for item in (value if isinstance(value, list | dict) else [value]) if item]
    return found


def thing_of(event: str, field: str) -> str | None:
    """What kind of thing the ids in a field of an event are of; None where it has no name."""
    return _CHANGES.get(event) if field in ("added", "removed") else _THINGS.get(field)


def said(language: Language, group: str, name: str, *, otherwise: str | None = None) -> str:
    """The catalogue's word for a name of the code; where there is none `otherwise`, or that name."""
    key = f"{group}_{name}"
    return say(language, key) if key in WORDS[language] else otherwise or name


def _fields(event: EventRow) -> list[str]:
    """In the order of the event's class, which the database does not keep."""
    known = [field for field in _hints(event.name) if field in event.data]
    return [*known, *(field for field in event.data if field not in known)]


def _for_programs(event: str, field: str) -> bool:
    return _kind_of(event, field) is UUID and thing_of(event, field) is None


def _kind_of(event: str, field: str) -> Any:
    """The type of a field's value, or of each of its values or keys; None of what no event of ours has."""
    return _plain(_hints(event).get(field, FORMER.get((event, field))))


@cache
def _hints(event: str) -> dict[str, Any]:
    return get_type_hints(EVENTS[event]) if event in EVENTS else {}


def _plain(hint: Any) -> Any:
    """The one type in a hint that is optional or of several items."""
    kinds = [kind for kind in get_args(hint) if kind not in (type(None), Ellipsis)]
    return _plain(kinds[0]) if kinds else hint
