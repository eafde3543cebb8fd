"""After a session has ended: the sign-in says so, and leads back to the page that was open."""

from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Match, Route

from admin.pages import go, root_of
from admin.visitors import session_of

LONGEST = 1000

_TOLD_ONCE = ("done", "said")
"""What an address says of something that has just been done."""


def to_sign_in(request: Request) -> RedirectResponse:
    """On to the sign-in, which leads back to the page that is open in the browser."""
    asked = {"back": _open_page(request)} if _open_page(request) != "/" else {}
    if request.method == "POST" or session_of(request) is not None:
        asked["ended"] = "1"
    return go(request, f"/sign-in?{urlencode(asked)}" if asked else "/sign-in")


def way_back(request: Request, path: str) -> str:
    """The path, if the panel has a page there that is opened by a link; else the start page."""
    if not path.startswith("/") or len(path) > LONGEST or not path.isprintable():
        return "/"
    scope = {
        "type": "http",
        "method": "GET",
        "root_path": root_of(request),
        "path": root_of(request) + unquote(path.partition("?")[0]),
    }
    opened = (route.matches(scope)[0] for route in request.app.routes if isinstance(route, Route))
    return path if Match.FULL in opened else "/"


def _open_page(request: Request) -> str:
    """The path in the panel of what the browser shows: for a button's press, that of the page it is on."""
    asked = request.headers
    shown = asked.get("hx-current-url") or (str(request.url) if request.method == "GET" else asked.get("referer", ""))
    try:
        parts = urlsplit(shown)
        query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in _TOLD_ONCE])
    except ValueError:
        return "/"
    return way_back(request, parts.path.removeprefix(root_of(request)) + (f"?{query}" if query else ""))
