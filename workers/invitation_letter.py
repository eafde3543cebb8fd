"""What an invitation says, in the language of the person invited."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.kit.errors import Language

_SUBJECT = {
    Language.EN: "{shop} invites you to Sezon",
    Language.PL: "{shop} zaprasza do Sezonu",
}

_BODY = {
    Language.EN: """\
Hello,

{shop} invites you to work in Sezon, where its customers' cases are handled.
Open this link and choose a password:

{link}

The link works once, until {until}.
If you did not expect this mail, you can ignore it.
""",
    Language.PL: """\
Dzień dobry!

{shop} zaprasza do pracy w Sezonie, w którym obsługuje zgłoszenia swoich klientów.
Proszę otworzyć ten odnośnik i ustawić hasło:

{link}

Odnośnik działa jeden raz, do {until}.
Jeśli ta wiadomość jest nieoczekiwana, można ją pominąć.
""",
}


@dataclass(frozen=True)
class InvitationLetter:
    """Subject and body."""

    subject: str
    body: str


def write(language: Language, *, shop: str, link: str, expires_at: datetime, timezone: str) -> InvitationLetter:
    """The letter; its last moment is told in the shop's time. It holds no word that whoever invites could choose."""
    until = f"{expires_at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} ({timezone})"
    said = {"shop": shop, "link": link, "until": until}
    return InvitationLetter(_SUBJECT[language].format(**said), _BODY[language].format(**said))
