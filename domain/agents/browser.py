"""What a browser must show to act for a signed-in member; the API and the panel share one session and one rule."""

from functools import lru_cache
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
LONGEST_REMEMBERED = 300
"""Characters of an address whose parts are remembered; it is the caller's text."""

Origin = tuple[str, str, int]


def cookie_name(*, https: bool) -> str:
    """The session's cookie. Over https its prefix makes the browser keep it to this very host and to https."""
    return "__Host-sezon-session" if https else "sezon-session"


def is_own_origin(origin: str | None, *, public_url: str, scheme: str, host: str) -> bool:
    """Whether a request's `Origin` is this service: where it says to be reached, or the host it was asked at."""
    if not origin or origin == "null":
        return False
    asked = _origin(origin)
    return asked is not None and asked in (_origin(public_url), _origin(f"{scheme}://{host}"))


def _origin(url: str) -> Origin | None:
    return _read_origin(url) if len(url) <= LONGEST_REMEMBERED else _read_origin.__wrapped__(url)


def is_own_form(origin: str | None, *, fetch_site: str | None, public_url: str, scheme: str, host: str) -> bool:
    """Whether a page of this service posted the form.

    A page that sends no referrer posts with the Origin `null`; then the browser's `Sec-Fetch-Site` alone can tell.
    """
    if fetch_site is not None and fetch_site != "same-origin":
        return False
    if fetch_site is not None and origin in (None, "null"):
        return True
    return is_own_origin(origin, public_url=public_url, scheme=scheme, host=host)


@lru_cache(maxsize=256)
def _read_origin(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port
