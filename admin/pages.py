"""Pages as HTML: templates that escape everything, in the reader's language, under a strict policy."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admin import looks
from admin.catalogue import WORDS, say
from admin.menu import menu, searchable
from admin.visitors import Visitor
from domain.kit.errors import Language
from domain.kit.languages import preferred

HERE = Path(__file__).parent
ICON = HERE / "static/icon.svg"
LANGUAGE_COOKIE = "sezon-language"
_A_YEAR = 365 * 24 * 3600

SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What is said with every answer of the panel."""

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_templates.filters["instant"] = lambda value, zone: value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
_templates.filters["precise"] = lambda value, zone: _precise(value.astimezone(ZoneInfo(zone)))


def language_of(request: Request, *, member: Language | None = None) -> Language:
    """What somebody who is not signed in chose on the page, else `member`, else what the browser asks for."""
    for chosen in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen is not None and chosen.upper() in Language.__members__:
            return Language(chosen.upper())
    return member or preferred(request.headers.get("accept-language"))


def page(
    request: Request,
    template: str,
    *,
    language: Language,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page in the reader's language, which it remembers when the reader has just chosen it."""
    text = _templates.get_template(template).render(
        {
            "say": partial(say, language),
            **_looks(language, _zone_of(values.get("visitor"))),
            "language": language,
            "root": root_of(request),
            "path": request.url.path,
            "here": _here(request),
            "turned": partial(_turned, request),
            "done": _done(request),
            "menu": menu,
            "searchable": searchable,
            "searched": "",
            "visitor": None,
            **values,
        }
    )
    response = HTMLResponse(text, status_code=status, headers={**SAFE, **(headers or {})})
    if "language" in request.query_params and values.get("visitor") is None:
        remember_language(response, request, language)
    return response


def part(template: str, *, language: Language, zone: ZoneInfo, root: str, **values: Any) -> Markup:
    """A part of a page in a language, with times in a zone, for whoever may see it; it is put into pages as it is."""
    said = {"say": partial(say, language), "language": language, "root": root, **_looks(language, zone), **values}
    return Markup(_templates.get_template(template).render(said))  # noqa: S704 (the template has escaped it)


def remember_language(response: Response, request: Request, language: Language) -> None:
    """Have this browser's doors speak the language from now on."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_A_YEAR, path="/admin", secure=secure, httponly=True, samesite="strict"
    )


def go(request: Request, path: str, *, done: str | None = None) -> RedirectResponse:
    """On to another page of the panel, by GET; it says `done`, a key of the catalogue that begins with `done_`."""
    if done is not None:
        path += ("&" if "?" in path else "?") + urlencode({"done": done})
    return RedirectResponse(f"{root_of(request)}{path}", status_code=303, headers=SAFE)


def _precise(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M} (UTC{local.isoformat()[-6:]})"


def _zone_of(visitor: Visitor | None) -> ZoneInfo | None:
    return None if visitor is None else ZoneInfo(visitor.tenant.timezone)


def _looks(language: Language, zone: ZoneInfo | None) -> dict[str, Any]:
    """How templates show states and money; instants as well once there is a shop, whose zone they are in."""
    shown = {
        "word": partial(looks.word, language),
        "badge": partial(looks.badge, language),
        "tag": looks.tag,
        "money": partial(looks.money, language),
        "day": looks.day,
        "asked": partial(looks.asked, language),
        "able": partial(looks.able, language),
        "tongue": partial(looks.tongue, language),
    }
    if zone is None:
        return shown
    return {**shown, "when": partial(looks.when, zone), "span": partial(looks.span, language, zone)}


def _here(request: Request) -> str | None:
    """The page's path in the panel, to come back to by GET; None for one that answers a POST and would be lost."""
    if request.method == "POST":
        return None
    path = request.url.path.removeprefix(root_of(request))
    return f"{path}?{request.url.query}" if request.url.query else path


def _turned(request: Request, language: str) -> str:
    """The same page in another language, for those who are not signed in."""
    return "?" + urlencode({**request.query_params, "language": language})


def _done(request: Request) -> str | None:
    key = f"done_{request.query_params.get('done', '').removeprefix('done_')}"
    return key if key in WORDS[Language.EN] else None


def root_of(request: Request) -> str:
    """Where the panel is mounted."""
    return str(request.scope.get("root_path", ""))
