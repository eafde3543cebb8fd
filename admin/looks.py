"""How states, instants and money look on every page: escaped, in the reader's language and the shop's zone."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from admin.catalogue import WORDS, say
from domain.agents.levels import LOWEST
from domain.agents.models import MemberState, Presence
from domain.kit.errors import Language
from domain.kit.money import digits_of
from domain.orders.fulfilment import WhereaboutsCode
from domain.orders.models import OrderStatus
from domain.seasons.course import SeasonState
from domain.seats.models import Period, SeatKind
from domain.tickets.models import DeliveryState, DraftOutcome, TicketState

NOTHING = Markup("–")
"""In the place of a value that is not there."""

_TONES: dict[Enum, str] = {
    OrderStatus.PACKED: "busy",
    OrderStatus.SHIPPED: "busy",
    OrderStatus.DELIVERED: "good",
    WhereaboutsCode.AWAITING_PAYMENT: "wait",
    WhereaboutsCode.TO_PACK: "busy",
    WhereaboutsCode.TO_SHIP: "busy",
    WhereaboutsCode.ON_ITS_WAY: "busy",
    WhereaboutsCode.DELIVERED: "good",
    TicketState.QUEUED: "wait",
    TicketState.ASSIGNED: "busy",
    TicketState.RESOLVED: "good",
    DeliveryState.PENDING: "wait",
    DeliveryState.SENT: "good",
    DeliveryState.RETURNED: "bad",
    DraftOutcome.APPROVED: "good",
    DraftOutcome.RETURNED: "bad",
    Presence.ONLINE: "good",
    Presence.AWAY: "wait",
    SeatKind.FULL: "good",
    SeatKind.LIGHT: "busy",
    SeasonState.DRAFT: "wait",
    SeasonState.SCHEDULED: "busy",
    SeasonState.ACTIVE: "good",
    MemberState.INVITED: "wait",
    MemberState.SUSPENDED: "bad",
}
"""The tone of a state; others are neutral."""


def word(language: Language, value: Enum) -> str:
    """The catalogue's word for one of an enum, such as that of `TicketState.QUEUED`."""
    return say(language, f"{type(value).__name__}.{value.name}")


def badge(language: Language, value: Enum) -> Markup:
    """The word in the tone of the state."""
    return tag(word(language, value), _TONES.get(value, ""))


def tag(said: str, tone: str = "") -> Markup:
    """A word in a tone: good, busy, wait, bad, or none."""
    return Markup('<span class="badge{}">{}</span>').format(f" {tone}" if tone else "", said)


def asked(language: Language, skills: Iterable[Any]) -> str:
    """Skills by `name`, and from which `level` on where a beginner is not enough."""
    return ", ".join(
        say(language, "skill_at_least", name=skill.name, level=skill.level) if skill.level > LOWEST else skill.name
        for skill in skills
    )


def tongue(language: Language, code: str) -> str:
    """The name of a language; one that the catalogue has no word for by its two letters."""
    key = f"tongue_{code}"
    return say(language, key) if key in WORDS[language] else code


def able(language: Language, skills: Iterable[Any]) -> str:
    """Skills of somebody by `name` and `level`."""
    return ", ".join(say(language, "skill_level", name=skill.name, level=skill.level) for skill in skills)


def when(zone: ZoneInfo, value: datetime | None) -> Markup:
    """An instant in a zone, which programs can read as well."""
    if value is None:
        return NOTHING
    local = value.astimezone(zone)
    return Markup('<time datetime="{}">{:%Y-%m-%d %H:%M}</time>').format(local.isoformat(), local)


def day(value: date | None) -> Markup:
    """A day of the calendar."""
    return NOTHING if value is None else Markup('<time datetime="{0}">{0}</time>').format(value.isoformat())


def span(language: Language, zone: ZoneInfo, period: Period) -> Markup:
    """From when until when, in a zone."""
    end = say(language, "for_good") if period.upper is None else when(zone, period.upper)
    return Markup('<span class="when">{}</span> – <span class="when">{}</span>').format(when(zone, period.lower), end)


def money(language: Language, minor: int, currency: str) -> Markup:
    """An amount as `spelled` writes it, which keeps to one line."""
    return Markup('<span class="amount">{}</span>').format(spelled(language, minor, currency))


def spelled(language: Language, minor: int, currency: str) -> str:
    """An amount of minor units as people write it: 1290000 PLN is 12 900.00 PLN, in Polish 12 900,00 PLN."""
    digits = digits_of(currency)
    whole, part = divmod(abs(minor), 10**digits)
    point = "," if language is Language.PL else "."
    grouped = f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}")
    number = f"{grouped}{point}{part:0{digits}}" if digits else grouped
    sign = "\N{MINUS SIGN}" if minor < 0 else ""
    return f"{sign}{number}\N{NO-BREAK SPACE}{currency}"
