"""Menus of a telephone exchange as data, and where keys lead in them. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

KEYS = re.compile(r"[0-9*#]*")
"""What a caller can press."""

MOST_PRESSED = 50
"""Keys that are walked at most: no menu is nested so deeply."""


@dataclass(frozen=True)
class Lead:
    """What a ticket is about, by the topic's key; whose queue it joins if not the topic's, how pressing it is."""

    topic: str
    team_id: UUID | None = None
    priority: int | None = None


@dataclass(frozen=True)
class Choice:
    """What a key leads to: a ticket, or another menu by its key."""

    digit: str
    prompt_en: str
    prompt_pl: str
    lead: Lead | None = None
    menu: str | None = None


@dataclass(frozen=True)
class Menu:
    """What callers hear and can press; `otherwise` is for who presses nothing."""

    key: str
    prompt_en: str
    prompt_pl: str
    otherwise: Lead
    choices: tuple[Choice, ...] = ()

    def choice(self, digit: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.digit == digit), None)


@dataclass(frozen=True)
class Heard:
    """The menu to play: it was reached, or nothing is at the key that was pressed in it (`wrong`)."""

    menu: Menu
    wrong: bool


@dataclass(frozen=True)
class Chosen:
    """What the keys led to, and what was said at each of them, in English and Polish."""

    lead: Lead
    said_en: tuple[str, ...] = ()
    said_pl: tuple[str, ...] = ()


def walk(menus: Mapping[str, Menu], start: str, pressed: str, *, waits: bool) -> Chosen | Heard:
    """Where keys lead from a menu on. Keys after a ticket was reached mean nothing.

    `waits` says that the caller was not asked yet in the menu that is reached, which is to be played then; else that is
    where no more was pressed, so its `otherwise` counts. A wrong key has its menu played again, if
    more can be pressed. Raises KeyError for a
    menu that is none.
    """
    menu, said = menus[start], list[Choice]()
    for digit in pressed:
        choice = menu.choice(digit)
        if choice is None:
            return Heard(menu, wrong=True) if waits else _chosen(menu.otherwise, said)
        said.append(choice)
        if choice.lead is not None:
            return _chosen(choice.lead, said)
        menu = menus[str(choice.menu)]
    return Heard(menu, wrong=False) if waits else _chosen(menu.otherwise, said)


def _chosen(lead: Lead, said: Sequence[Choice]) -> Chosen:
    return Chosen(lead, tuple(each.prompt_en for each in said), tuple(each.prompt_pl for each in said))


@dataclass(frozen=True)
class Fault:
    """What is wrong with a menu, and where."""

    path: str
    en: str
    pl: str


def faults(menu: Menu, others: Mapping[str, Menu]) -> list[Fault]:
    """What is wrong with the keys of a menu beside the other menus, in the order of its choices; best nothing."""
    found: list[Fault] = []
    seen: set[str] = set()
    for place, choice in enumerate(menu.choices):
        at = f"choices.{place}"
        if KEYS.fullmatch(choice.digit) is None or len(choice.digit) != 1:
            found.append(Fault(f"{at}.digit", "must be one of 0 to 9, * and #", "musi być cyfrą od 0 do 9, * lub #"))
        elif choice.digit in seen:
            found.append(Fault(f"{at}.digit", "is there twice", "jest podany dwa razy"))
        seen.add(choice.digit)
        if (choice.lead is None) == (choice.menu is None):
            found.append(
                Fault(f"{at}.menu", "must lead to a menu or to a topic", "musi prowadzić do menu albo do tematu")
            )
        elif choice.menu is not None and choice.menu != menu.key and choice.menu not in others:
            found.append(Fault(f"{at}.menu", "is no menu", "nie ma takiego menu"))
        elif choice.menu is not None and _leads_to(menu.key, choice.menu, others):
            found.append(Fault(f"{at}.menu", "leads back to this menu", "prowadzi z powrotem do tego menu"))
    return found


def _leads_to(wanted: str, start: str, menus: Mapping[str, Menu]) -> bool:
    """Whether keys can lead from one menu to another, or it is the same."""
    waiting, seen = [start], set[str]()
    while waiting:
        key = waiting.pop()
        if key == wanted:
            return True
        if key not in seen and key in menus:
            seen.add(key)
            waiting += [choice.menu for choice in menus[key].choices if choice.menu is not None]
    return False
