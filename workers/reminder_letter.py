"""What is said before seats end, to the person and to the admins, each in their own language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.kit.errors import Language
from domain.seats.models import SeatKind
from domain.seats.reminding import Ending

_KINDS = {
    Language.EN: {SeatKind.FULL: "full", SeatKind.LIGHT: "light"},
    Language.PL: {SeatKind.FULL: "pełna", SeatKind.LIGHT: "lekka"},
}

_OWN_SUBJECT = {
    Language.EN: "{shop}: your seat in Sezon ends on {until}",
    Language.PL: "{shop}: licencja w Sezonie kończy się {until}",
}

_OWN = {
    Language.EN: """\
Hello,

your seat in Sezon for {shop} ({kind}) ends within {hours} hours, on {until}.

{then}

If you are to stay longer, ask an admin of {shop}.
""",
    Language.PL: """\
Dzień dobry!

Licencja w Sezonie dla {shop} ({kind}) kończy się w ciągu {hours} godzin: {until}.

{then}

Jeśli praca ma trwać dłużej, proszę zwrócić się do administratora {shop}.
""",
}

_THEN = {
    Language.EN: "From then on you cannot work on tickets. Those in your hands are handed over by themselves.",
    Language.PL: "Od tej chwili nie można pracować ze zgłoszeniami. Te, które są w rękach, zostaną przekazane same.",
}

_LIGHT_THEN = {
    Language.EN: (
        "From then on you have a light seat: you write drafts, and somebody with a full seat sends them. Conversations "
        "with customers are handed over by themselves."
    ),
    Language.PL: (
        "Od tej chwili licencja będzie lekka: można pisać szkice, a wyśle je ktoś z pełną licencją. Rozmowy "
        "z klientami zostaną przekazane same."
    ),
}

_ADMINS_SUBJECT = {
    Language.EN: "{shop}: seats that end on {until}: {count}",
    Language.PL: "{shop}: licencje, które kończą się {until}: {count}",
}

_ADMINS = {
    Language.EN: """\
Hello,

these seats of {shop} in Sezon end within {hours} hours, on {until}:

{people}

Access stops at that instant, and open tickets are handed over. You need to do nothing.
If somebody is to stay, extend the licence or give them another one:

{link}
""",
    Language.PL: """\
Dzień dobry!

Te licencje {shop} w Sezonie kończą się w ciągu {hours} godzin, {until}:

{people}

W tej chwili dostęp ustanie, a otwarte zgłoszenia zostaną przekazane. Nie trzeba nic robić.
Jeśli ktoś ma zostać, można przedłużyć licencję albo przydzielić inną:

{link}
""",
}


@dataclass(frozen=True)
class ReminderLetter:
    """Subject and body."""

    subject: str
    body: str


def write_to_sitter(
    language: Language, *, shop: str, ending: Ending, ends_at: datetime, hours: int, timezone: str
) -> ReminderLetter:
    """The letter to somebody whose seat ends; the instant is told in the shop's time."""
    until = _until(ends_at, timezone)
    then = (_LIGHT_THEN if ending.light_after else _THEN)[language]
    kind = _KINDS[language][ending.kind]
    return ReminderLetter(
        _OWN_SUBJECT[language].format(shop=shop, until=until),
        _OWN[language].format(shop=shop, kind=kind, hours=hours, until=until, then=then),
    )


def write_to_admin(
    language: Language,
    *,
    shop: str,
    endings: Sequence[Ending],
    ends_at: datetime,
    hours: int,
    timezone: str,
    public_url: str,
) -> ReminderLetter:
    """The letter to an admin: whose seats end at one instant."""
    until = _until(ends_at, timezone)
    people = "\n".join(f"- {ending.name} ({_KINDS[language][ending.kind]})" for ending in endings)
    link = f"{public_url.rstrip('/')}/admin/seats"
    return ReminderLetter(
        _ADMINS_SUBJECT[language].format(shop=shop, until=until, count=len(endings)),
        _ADMINS[language].format(shop=shop, hours=hours, until=until, people=people, link=link),
    )


def _until(moment: datetime, timezone: str) -> str:
    """Which of two hours of one name is meant, when the clocks go back, is told by the distance from UTC."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local:%Y-%m-%d %H:%M} ({timezone}, UTC{local.isoformat()[-6:]})"
