"""What a page is to those who measure it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class PageName(StrEnum):
    INBOX = "inbox"
    ORDER = "order"
    SEATS = "seats"


Variables = dict[str, str]
"""What somebody asks for: the variables of the operation, and the query of a bare handler's address."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page by GraphQL and by SQL, whose answers are the same JSON, to the letter of every value."""

    name: PageName
    graphql: str
    sql: str
    """Gives the whole answer as text. Its first parameter is the tenant, the others are the arguments."""
    arguments: Callable[[datetime, Mapping[str, str]], list[Any]] = lambda _now, _variables: []
    """Made of the instant of asking and of the variables."""
    variables: Variables = field(default_factory=dict)
    """What everybody asks for; or else:"""
    choices: str | None = None
    """gives variables for so many people ($2) of a tenant ($1), as JSON."""
    sizes: Callable[[dict[str, Any]], dict[str, int]]
    """How much each list of an answer's data shows, the shortest of each kind."""
    full: Mapping[str, int]
    """How much each shows at least when there is something to measure."""


def nodes(connection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a GraphQL connection."""
    return [edge["node"] for edge in connection["edges"]]


# How values are written as JSON in SQL: by row_to_json, the cheapest form that is right for every value.


def typed_id(kind: str, column: str) -> str:
    return f"'{kind}_' || replace({column}::text, '-', '')"


def instant(column: str) -> str:
    """An instant in UTC."""
    return f"replace(({column} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'"


def record(**values: str) -> str:
    """An object of these values."""
    columns = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
    return f"(SELECT row_to_json(one) FROM (SELECT {columns}) one)"  # noqa: S608


def maybe(key: str, **values: str) -> str:
    """An object, or null where its key is null."""
    return f"CASE WHEN {key} IS NOT NULL THEN {record(**values)} END"


def edges(node: str, *, order: str) -> str:
    """The connection of all rows, aggregated."""
    return record(edges=f"coalesce(json_agg({record(node=node)} ORDER BY {order}), '[]')")
