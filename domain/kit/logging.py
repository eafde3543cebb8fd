"""How every process logs: a JSON object a line, with tenant, actor and trace; never a secret, a body or an address.

Our own lines go straight to the stream; those of libraries come through the standard library's logging and look the
same. A line that cannot be written is lost, which standard error tells; it never is a failure of what was logged.
"""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.kit.events import Actor
from domain.kit.lines import HIDDEN, line_of

__all__ = ["HIDDEN", "bind", "configure", "unbind"]


def configure(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send this process's logs, ours and the libraries', to `stream` (standard output by default)."""
    lines = _Lines(stream or sys.stdout)
    after: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        line_of,
    ]
    _configure_libraries(lines, after, level=level)
    structlog.configure(
        processors=[_said_by, *after],
        logger_factory=lambda *name: _Writer(lines, _NAMED(*name).name),
        wrapper_class=_unfailing(level),
        cache_logger_on_first_use=stream is None,  # a process says once where its lines go
    )


_NAMED = structlog.stdlib.LoggerFactory(ignore_frame_names=[__name__])
"""Gives a logger that was asked for without a name that of the module that asked."""


def _configure_libraries(lines: "_Lines", after: list[Processor], *, level: str) -> None:
    handler = _Handler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[_said_by, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dramatiq"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # it writes whole addresses; the request log names routes


_WHOM: ContextVar[Mapping[str, str]] = ContextVar("sezon_served", default={})  # noqa: B039 - nobody changes it


def bind(*, tenant_id: UUID | None = None, actor: Actor | None = None, trace_id: str | None = None) -> None:
    """Say who is being served from here on, in every line that this task writes."""
    said = dict(_WHOM.get())
    if tenant_id is not None:
        said["tenant"] = str(tenant_id)
    if actor is not None:
        said["actor"] = f"{actor.kind.lower()}:{actor.id}"
    if trace_id is not None:
        said["trace_id"] = trace_id
    _WHOM.set(said)


def unbind() -> None:
    """Forget whom this task served."""
    _WHOM.set({})


def _said_by(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Add who says it, how loud, and whom it served."""
    record: logging.LogRecord | None = event.get("_record")
    said = {"level": method, "logger": logger.name} if record is None else _said_in(record)
    return {**_WHOM.get(), **event, **said}


def _said_in(record: logging.LogRecord) -> dict[str, str]:
    return {"level": record.levelname.lower(), "logger": record.name}


class _Lines:
    """A stream that takes a line at a time, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        try:
            with self._lock:
                try:
                    self._stream.write(f"{line}\n")
                except UnicodeEncodeError:  # a stream that speaks ASCII alone
                    self._stream.write(f"{json.dumps(json.loads(line))}\n")
                self._stream.flush()
        except Exception as error:
            _lost(error)


class _Writer:
    """What structlog hands its finished lines to."""

    def __init__(self, lines: _Lines, name: str) -> None:
        self.name = name
        self.debug = self.info = self.warning = self.error = self.critical = lines.write


class _Handler(logging.Handler):
    """What libraries' records come through."""

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:
            _lost(error)
        else:
            self._lines.write(line)


def _unfailing(level: str) -> type[Any]:
    """structlog's own logger from that level on, for which nothing that it is told is a reason to fail."""
    filtering: type[Any] = structlog.make_filtering_bound_logger(level)

    class Unfailing(filtering):  # type: ignore[misc]
        def _proxy_to_logger(self, method_name: str, event: str | None = None, *args: Any, **values: Any) -> Any:
            try:
                return super()._proxy_to_logger(method_name, event, *args, **values)
            except Exception as error:
                _lost(error)

    return Unfailing


def _lost(error: Exception) -> None:
    """Say that a line was lost, and not what it said: that nobody looked through."""
    with suppress(Exception):
        sys.stderr.write(f"A line of the log was lost: {type(error).__name__}\n")
        sys.stderr.flush()
