"""The two ways to an answer, and what it takes for both to be the same."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, parse, print_ast

from api.context import RequestContext
from api.graphql.execution import execute, written
from api.graphql.reading.planned import Reads
from api.graphql.schema import Schema
from tests.api.graphql.differential.callers import Asker

PLAN_FAILED = "plan_failed"
NOT_WRITTEN = {"plan_not_built", "list_not_written"}
"""What is logged when a plan could not be made, or its rows could not be told; then the reference answers."""


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
    planned: bool

    @classmethod
    def read(cls, content: bytes, *, planned: bool = False) -> "Answer":
        whole = orjson.loads(content)
        assert set(whole) <= {"data", "errors"}, set(whole)
        data = _text(whole["data"]) if "data" in whole else "(none)"
        return cls(data, Counter(_text(_masked(error)) for error in whole.get("errors", ())), whole, planned)

    @property
    def has_internal_errors(self) -> bool:
        return any(error["extensions"]["code"] == "INTERNAL" for error in self.whole.get("errors", ()))

    @property
    def has_data(self) -> bool:
        return self.whole.get("data") is not None


async def answer(schema: Schema, asked: Asked, asker: Asker, *, planned: bool) -> Answer:
    """The answer on one of the ways. What is logged of errors on it is not printed: that takes longer than the rest."""
    context = asker.context()
    with structlog.testing.capture_logs() as logged:
        given = await execute(
            schema,
            query=asked.text,
            variables=dict(asked.variables),
            operation_name=asked.operation,
            context=context,
            planned=planned,
        )
    found = Answer.read(written(given), planned=answered_by_plan(context))
    events = {entry["event"] for entry in logged}
    assert PLAN_FAILED not in events, f"{logged}\n{asked.shown()}"
    assert not NOT_WRITTEN & events or found.has_internal_errors, f"{logged}\n{asked.shown()}"
    return found


def answered_by_plan(context: RequestContext) -> bool:
    """Whether plans have read something for the request, and nothing was left to the reference."""
    reads = context.kept.get(Reads)
    return reads is not None and reads.answered > 0 and not reads.given_up and not reads.fallbacks


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
