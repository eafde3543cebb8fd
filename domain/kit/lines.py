"""What a line of the log says: one JSON object, whatever it is told, and never a secret, a body or an address."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from structlog.typing import EventDict, WrappedLogger

from domain.kit.events import plain

HIDDEN = "[hidden]"
DEEPEST = 20
"""Levels that are told of a value that JSON cannot hold as it is, such as one that holds itself."""

_PRIVATE = re.compile(
    r"pass(word|phrase)|secret|token|authorization|cookie|credential|e?_?mail|address|body|subject|phone", re.IGNORECASE
)
"""Names of values that are not logged, whatever they hold."""

_PATTERNS = (
    ("sz", re.compile(r"\bsz(?:at|pt|ss|iv|cs)_[0-9a-f]{32}_[0-9a-f]{32}_[A-Za-z0-9_-]+")),  # our own credentials
    ("://", re.compile(r"(?<=://)[^/\s:@\"]*:[^@\s\"]+(?=@)")),  # user and password in an address of a server
    ("@", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")),  # e-mail addresses
    # what SQLAlchemy says of a failed statement's values
    ("[parameters: ", re.compile(r"(?<=\[parameters: )[^\n]+?(?=\]\\n|\]\"|$)")),
)
"""What is hidden inside texts, each behind a mark that no such text lacks: looking for that costs far less."""

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def line_of(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """The line of an event, as structlog's last processor."""
    try:
        said = orjson.dumps(_shown("", event), default=repr, option=orjson.OPT_NON_STR_KEYS)
    except Exception:  # a value may raise whatever it likes when it is looked at
        said = orjson.dumps(_told(event, 0))
    line = said.decode()
    for mark, pattern in _PATTERNS:
        if mark in line:
            line = pattern.sub(HIDDEN, line)
    return line


def _shown(name: str, value: Any) -> Any:
    if _is_private(name):
        return HIDDEN
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown("", item) for item in value]
    return plain(value)


def _told(value: Any, depth: int) -> Any:
    """The same of values some of which are too large, too deep, no text, or fail when they are looked at."""
    if depth > DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        named = [(_text(key), item) for key, item in value.items()]
        return {name: HIDDEN if _is_private(name) else _told(item, depth + 1) for name, item in named}
    if isinstance(value, list | tuple | set | frozenset):
        return [_told(item, depth + 1) for item in value]
    if isinstance(value, int) and abs(value) >= 2**63:
        return _text(value)
    return value if type(value) in _AS_THEY_ARE and not isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text.encode(errors="backslashreplace").decode()


@lru_cache(maxsize=1024)
def _is_private(name: str) -> bool:
    return _PRIVATE.search(name) is not None
