"""People typed as lines: `Lena Lis <lena@shop.pl>`, `lena@shop.pl`, either with `full` or `pełna` at the end."""

import re
from collections.abc import Sequence

from domain.kit import texts
from domain.kit.addresses import email_address
from domain.kit.errors import InvalidInput
from domain.seasons.people import Named
from domain.seats.models import SeatKind

MOST_FAULTS = 5
"""Lines of which it is said what is wrong with them."""

_ADDRESS = re.compile(r"<?\s*(?:mailto:)?([^\s<>,;()\"]+@[^\s<>,;()\"]+)\s*>?", re.IGNORECASE)
_MAILBOX = re.compile(r"(?P<name>.*?)\s*<(?:mailto:)?(?P<address>[^\s<>]+@[^\s<>]+)>")
_BETWEEN = " \t\r\n,;<>()\"'|–—-"
_KINDS = {
    SeatKind.FULL: ("full", "pełna", "pełny", "pelna", "pelny"),
    SeatKind.LIGHT: ("light", "lekka", "lekki"),
}
_KIND = re.compile(
    rf"(?:^|[\s,;|(–—-])({'|'.join(word for words in _KINDS.values() for word in words)})[\s,;.)]*$", re.IGNORECASE
)
_NAMES_IN_MAIL = re.compile(r"[._-]+")


class LinesWrong(Exception):
    """What is wrong with which lines."""

    def __init__(self, faults: Sequence[tuple[int, InvalidInput]]) -> None:
        super().__init__(faults)
        self.faults = faults

    def said(self) -> InvalidInput:
        """All of it in one sentence for each line, up to MOST_FAULTS of them."""
        told = self.faults[:MOST_FAULTS]
        more = len(self.faults) - len(told)
        english = [f"line {number}: {fault.problem}" for number, fault in told]
        polish = [f"wiersz {number}: {fault.problem_pl}" for number, fault in told]
        if more:
            english.append(f"and {more} more")
            polish.append(f"i jeszcze {more}")
        return InvalidInput("people", "; ".join(english), "; ".join(polish))


def people_in(text: str) -> list[Named]:
    """The people of a text, one a line, on light seats where nothing else is said; empty lines are nobody.

    Without a name somebody is called as the address begins. Raises LinesWrong, also for an address that is there twice.
    """
    found: list[Named] = []
    faults: list[tuple[int, InvalidInput]] = []
    numbers: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip(_BETWEEN):
            continue
        try:
            named = _person(line)
            if named.email in numbers:
                raise _twice(named.email, numbers[named.email])
        except InvalidInput as fault:
            faults.append((number, fault))
            continue
        numbers[named.email] = number
        found.append(named)
    if faults:
        raise LinesWrong(faults)
    return found


def line_of(named: Named) -> str:
    """The line that `people_in` takes for this person."""
    kind = f" {_KINDS[named.kind][0]}" if named.kind is SeatKind.FULL else ""
    return f"{named.name} <{named.email}>{kind}"


def _person(line: str) -> Named:
    kind, rest = _kind(line)
    name, address = _parts(rest)
    email = email_address(address, field="people")
    others = [other for other in _ADDRESS.findall(name) if other.lower() != email]
    if others:
        raise InvalidInput("people", "name one person a line", "wpisz jedną osobę w wierszu")
    called = "" if _ADDRESS.search(name) else name
    return Named(email, texts.label(called or _called(email), field="people"), kind)


def _parts(rest: str) -> tuple[str, str]:
    """The name as it was typed, and the address: that in angle brackets at the end, or else the only one there is."""
    plain = _MAILBOX.fullmatch(rest.strip(" \t\r,;"))
    if plain is not None:
        return plain["name"].strip().removeprefix('"').removesuffix('"').strip(), plain["address"]
    found = _ADDRESS.search(rest)
    if found is None:
        raise InvalidInput("people", "has no e-mail address", "brakuje adresu e-mail")
    name = " ".join(f"{rest[: found.start()]} {rest[found.end() :]}".split())
    return name.strip(_BETWEEN), found[1].strip("'").rstrip(".")


def _kind(line: str) -> tuple[SeatKind, str]:
    """The kind that is said at the end, and the line without it."""
    said = _KIND.search(line)
    if said is None:
        return SeatKind.LIGHT, line
    kind = next(kind for kind, words in _KINDS.items() if said[1].lower() in words)
    return kind, line[: said.start()]


def _called(email: str) -> str:
    """A name made of what is before the @: `lena.lis` is Lena Lis."""
    return " ".join(part.capitalize() for part in _NAMES_IN_MAIL.split(email.partition("@")[0]) if part) or email


def _twice(email: str, number: int) -> InvalidInput:
    return InvalidInput("people", f"{email} is in line {number} already", f"{email} jest już w wierszu {number}")
