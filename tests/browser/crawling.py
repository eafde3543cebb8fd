"""Finds the pages of the panel by following its links, so that a new page is looked at from its first day."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

ROOT = "/admin/"
MOST_SHAPES = 200

_ID = re.compile(r"\d+|[0-9a-f-]{32,36}|sz\w+_\w+", re.IGNORECASE)
_READING_LANGUAGE = "language"


@dataclass(frozen=True)
class Form:
    """What pressing a button would send, with the values that the page filled in; searches are links."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]


@dataclass
class Surface:
    """Where a page leads to: links to other pages and to files, parts of itself that it asks for later, and forms.

    Streams have no end, so they are not asked for like parts.
    """

    links: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at
        self.surface = Surface()
        self._form: tuple[str, str] | None = None
        self._fields: list[tuple[str, str]] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            (self.surface.files if "download" in given else self.surface.links).append(self._at(given["href"]))
        if "hx-get" in given:
            self.surface.parts.append(self._at(given["hx-get"]))
        if "data-stream" in given:
            self.surface.streams.append(self._at(given["data-stream"]))
        for method in ("post", "put", "patch", "delete"):
            if f"hx-{method}" in given and tag != "form":
                self.surface.forms.append(Form(self._at(given[f"hx-{method}"]), method, ()))
        if tag == "form":
            self._form = (self._at(given.get("action", "")), given.get("method", "get").lower())
            self._fields = []
        elif tag in ("input", "button") and given.get("name"):
            self._fill(given)
        elif tag == "textarea" and given.get("name"):
            self._fields.append((given["name"], "x"))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and given.get("value"):
            self._fields.append((self._select, given["value"]))
            self._select = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            action, method = self._form
            if method == "get":
                self.surface.links.append(f"{action.partition('?')[0]}?{urlencode(self._fields)}")
            else:
                self.surface.forms.append(Form(action, method, tuple(self._fields)))
            self._form = None

    def _fill(self, given: dict[str, str]) -> None:
        """What the page filled in; of buttons and radio buttons of one name the first, and no box ticked."""
        one_of_many = given.get("type") == "radio" or "type" not in given
        known = given["name"] in (name for name, _ in self._fields)
        if given.get("type") != "checkbox" and not (one_of_many and known):
            self._fields.append((given["name"], given.get("value", "")))

    def _at(self, href: str) -> str:
        parts = urlsplit(urljoin(f"http://here{self.at}", href))
        if parts.netloc != "here":
            return parts.geturl()
        return parts.path + (f"?{parts.query}" if parts.query else "")


def surface_of(html: str, *, at: str) -> Surface:
    """Where the page at the path leads to."""
    reader = _Reader(at)
    reader.feed(html)
    return reader.surface


def shape_of(path: str) -> str:
    """The path with ids and what is asked for left out: pages of one shape come from the same template."""
    parts = urlsplit(path)
    named = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    segments = ["{}" if _ID.fullmatch(segment) else segment for segment in parts.path.split("/")]
    return "/".join(segments) + (f"?{'&'.join(named)}" if named else "")


Visit = Callable[[str], Awaitable[str]]
"""Opens the page at a path and returns its HTML."""


async def crawl(visit: Visit, *, within: str = ROOT, alike: int = 1) -> dict[str, Surface]:
    """Visit every page below `within` that links lead to, `alike` of each shape; what each leads to, by path."""
    waiting, found, shapes = [within], dict[str, Surface](), Counter[str]()
    seen = {within}
    while waiting:
        path = waiting.pop(0)
        shapes[shape_of(path)] += 1
        if shapes[shape_of(path)] > alike:
            continue
        found[path] = surface_of(await visit(path), at=path)
        assert len(shapes) <= MOST_SHAPES, "the panel leads to ever more pages"
        for link in map(_plain, found[path].links):
            if link.startswith(within) and link not in seen:
                seen.add(link)
                waiting.append(link)
    return found


def _plain(link: str) -> str:
    parts = urlsplit(link)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != _READING_LANGUAGE]
    return parts._replace(query=urlencode(kept)).geturl()
