"""How every process logs: a JSON object a line, with tenant, actor and trace; never a secret, a body or an address."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO
from uuid import UUID

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.kit.events import Actor, plain

HIDDEN = "[hidden]"

_PRIVATE = re.compile(
    r"pass(word|phrase)|secret|token|authorization|cookie|credential|e?_?mail|address|body|subject|phone", re.IGNORECASE
)
"""Names of values that are not logged, whatever they hold."""

_PATTERNS = (
    re.compile(r"\bsz(?:at|pt|ss|iv|cs)_[0-9a-f]{32}_[0-9a-f]{32}_[A-Za-z0-9_-]+"),  # our own credentials
    re.compile(r"(?<=://)[^/\s:@\"]*:[^@\s\"]+(?=@)"),  # user and password in an address of a server
    re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"),  # e-mail addresses
    re.compile(r"(?<=\[parameters: )[^\n]+?(?=\]\\n|\]\"|$)"),  # what SQLAlchemy says of a failed statement's values
)


def configure(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send this process's logs, ours and the libraries', to `stream` (standard output by default)."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_private_values,
                _as_json,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dramatiq"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # it writes whole addresses; the request log names routes
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def bind(*, tenant_id: UUID | None = None, actor: Actor | None = None, trace_id: str | None = None) -> None:
    """Say who is being served from here on, in every line that this task writes."""
    said = {
        "tenant": None if tenant_id is None else str(tenant_id),
        "actor": None if actor is None else f"{actor.kind.lower()}:{actor.id}",
        "trace_id": trace_id,
    }
    structlog.contextvars.bind_contextvars(**{name: value for name, value in said.items() if value is not None})


def unbind() -> None:
    """Forget whom this task served."""
    structlog.contextvars.clear_contextvars()


def _without_private_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: Any) -> Any:
    if name not in ("event", "exception") and _PRIVATE.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), item) for key, item in value.items()}
    return value


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    text = orjson.dumps(plain(event), default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    for pattern in _PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text
