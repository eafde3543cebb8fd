"""The columns of a list, and what sqladmin is told to show in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request

from admin import looks
from admin.catalogue import say
from admin.lists.reader import reader_of
from admin.looks import NOTHING

Formatter = Callable[[Any, str, Request], str]
"""What sqladmin calls for a cell, with the row, the name of the value in it and the request."""


@dataclass(frozen=True)
class Column:
    """A column of a list: the value's name in the row, how it is shown, and the class of its cells.

    Its heading is the catalogue's `col_` and that name, or another word of the catalogue.
    """

    name: str
    show: Formatter
    style: str = ""
    heading: str = ""

    @property
    def word(self) -> str:
        return self.heading or f"col_{self.name}"


def text(row: Any, name: str, _: Request) -> str:
    """As it is."""
    value = getattr(row, name)
    return NOTHING if value is None or value == "" else str(value)


def word(row: Any, name: str, request: Request) -> str:
    """The catalogue's word for one of an enum."""
    value = getattr(row, name)
    return NOTHING if value is None else looks.word(reader_of(request).language, value)


def badge(row: Any, name: str, request: Request) -> str:
    """The word for a state, in its tone."""
    value = getattr(row, name)
    return NOTHING if value is None else looks.badge(reader_of(request).language, value)


def instant(row: Any, name: str, request: Request) -> str:
    """In the shop's zone."""
    return looks.when(reader_of(request).zone, getattr(row, name))


def day(row: Any, name: str, _: Request) -> str:
    return looks.day(getattr(row, name))


def period(row: Any, name: str, request: Request) -> str:
    """From when until when, in the shop's zone."""
    reader = reader_of(request)
    return looks.span(reader.language, reader.zone, getattr(row, name))


def money(row: Any, name: str, request: Request) -> str:
    """An amount in the currency that the row has."""
    return looks.money(reader_of(request).language, getattr(row, name), row.currency)


def person(path: str) -> Formatter:
    """The name as a link to the row's page, and the e-mail address, of those who have one, under it."""

    def shown(row: Any, name: str, request: Request) -> str:
        named = Markup("{}").format(link(path)(row, name, request))
        return named + Markup('<br><span class="muted">{}</span>').format(row.email) if row.email else named

    return shown


def link(path: str, *, to: str = "id", unnamed: str | None = None) -> Formatter:
    """The text as a link to the page of what the row's id of that name stands for; `unnamed` is said for no text."""

    def shown(row: Any, name: str, request: Request) -> str:
        target, value = getattr(row, to), getattr(row, name)
        if target is None:
            return NOTHING
        reader = reader_of(request)
        text = value or (NOTHING if unnamed is None else say(reader.language, unnamed))
        return Markup('<a href="{}{}/{}">{}</a>').format(reader.root, path, target, text)

    return shown
