"""The two ways to an answer, and what it takes for both to be the same."""

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, parse, print_ast

from api.graphql import execution
from api.graphql.schema import Schema
from tests.api.graphql.differential.callers import Asker

HAS_PLANS = "planned" in inspect.signature(execution.execute).parameters
"""Whether there is a planned way yet; without it both ways are the reference, which proves the operations alone."""

# The wire as it will be, while `execution.written` is not there: to be removed with the line above once it is.
_written: Callable[[dict[str, Any]], bytes] | None = getattr(execution, "written", None)


def on_the_wire(answer: dict[str, Any]) -> bytes:
    """The bytes of a response."""
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z) if _written is None else _written(answer)


@dataclass(frozen=True)
class Asked:
    """A request: what is sent, and nothing of who sends it."""

    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None

    def shown(self) -> str:
        """The request for people, laid out."""
        try:
            text = print_ast(parse(self.text))
        except GraphQLError:
            text = self.text
        return f"{text}\n\nvariables: {dict(self.variables)!r}\noperation: {self.operation!r}"


@dataclass(frozen=True)
class Answer:
    """What came back: the data as text, for 1, 1.0 and true are not the same; the errors in no order."""

    data: str
    errors: Counter[str]
    whole: dict[str, Any]

    @classmethod
    def read(cls, content: bytes) -> "Answer":
        whole = orjson.loads(content)
        assert set(whole) <= {"data", "errors"}, set(whole)
        data = _text(whole["data"]) if "data" in whole else "(none)"
        return cls(data, Counter(_text(_masked(error)) for error in whole.get("errors", ())), whole)

    @property
    def has_data(self) -> bool:
        return self.whole.get("data") is not None


async def answer(schema: Schema, asked: Asked, asker: Asker, *, planned: bool) -> Answer:
    """The answer on one of the ways. What is logged of errors on it is not printed: that takes longer than the rest."""
    options = {"planned": planned} if HAS_PLANS else {}
    execute: Callable[..., Awaitable[dict[str, Any]]] = execution.execute
    with structlog.testing.capture_logs():
        given = await execute(
            schema,
            query=asked.text,
            variables=dict(asked.variables),
            operation_name=asked.operation,
            context=asker.context(),
            **options,
        )
    return Answer.read(on_the_wire(given))


async def both(schema: Schema, asked: Asked, asker: Asker) -> tuple[Answer, Answer]:
    """The planned answer and the reference's."""
    planned = await answer(schema, asked, asker, planned=True)
    return planned, await answer(schema, asked, asker, planned=False)


def difference(planned: Answer, reference: Answer) -> str | None:
    """How the answers differ, for people; None if they do not."""
    if planned.data != reference.data:
        same = planned.whole.get("data") == reference.whole.get("data")
        how = "in the order of keys, or in the kinds of numbers" if same else "in their data"
        return f"The answers differ {how}.\nplanned:   {planned.whole}\nreference: {reference.whole}"
    if planned.errors != reference.errors:
        more, fewer = planned.errors - reference.errors, reference.errors - planned.errors
        return f"The errors differ.\nplanned alone:   {list(more)}\nreference alone: {list(fewer)}"
    return None


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _masked(error: dict[str, Any]) -> dict[str, Any]:
    """The error without the reference, which is random; its keys in one order."""
    extensions = {name: told for name, told in error.get("extensions", {}).items() if name != "reference"}
    return dict(sorted({**error, "extensions": dict(sorted(extensions.items()))}.items()))
