"""What is said of tickets that nobody takes, to those who supervise, each in their own language."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kit.errors import Language
from domain.tickets.alarms.models import AlarmCause
from domain.tickets.alarms.raising import Told

_CAUSES = {
    Language.EN: {
        AlarmCause.NOBODY_FITS: "nobody with a seat can do what it asks for",
        AlarmCause.GIVEN_BACK: "everybody who had it gave it back",
        AlarmCause.OVERDUE: "it is overdue and nobody has it",
    },
    Language.PL: {
        AlarmCause.NOBODY_FITS: "nikt z licencją nie spełnia wymagań",
        AlarmCause.GIVEN_BACK: "oddali je wszyscy, którzy je mieli",
        AlarmCause.OVERDUE: "termin minął, a nikt się nim nie zajmuje",
    },
}

_SUBJECT = {
    Language.EN: "{shop}: tickets that nobody takes: {count}",
    Language.PL: "{shop}: zgłoszenia, których nikt nie bierze: {count}",
}

_BODY = {
    Language.EN: """\
Hello,

at {shop} somebody has to look at these, and at others that ask for the same:

{alarms}
""",
    Language.PL: """\
Dzień dobry!

W {shop} ktoś musi się zająć tymi zgłoszeniami i innymi o tych samych wymaganiach:

{alarms}
""",
}


@dataclass(frozen=True)
class AlarmLetter:
    """Subject and body."""

    subject: str
    body: str


def write(language: Language, *, shop: str, alarms: Sequence[Told], public_url: str) -> AlarmLetter:
    """The letter about alarms: of each the team, what is wrong, and the first ticket, but none of its words."""
    panel = f"{public_url.rstrip('/')}/admin"
    lines = "\n".join(
        f"- {alarm.team}: {_CAUSES[language][alarm.cause]}\n  {alarm.number}: {panel}/tickets/{alarm.ticket_id}"
        for alarm in alarms
    )
    return AlarmLetter(
        _SUBJECT[language].format(shop=shop, count=len(alarms)),
        _BODY[language].format(shop=shop, alarms=lines),
    )
