"""Scalars whose values JSON or PostgreSQL would otherwise take differently from what was meant."""

from datetime import UTC, datetime
from typing import Any, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.scalar import ScalarDefinition

Long = NewType("Long", int)
"""A whole number of up to 64 bits."""

Amount = NewType("Amount", int)
"""Money in minor units."""

_YEARS = range(1970, 2200)
_BITS_64 = range(-(2**63), 2**63)


def _whole(value: Any) -> int:
    if type(value) is not int or value not in _BITS_64:
        raise GraphQLError("Takes a whole number of at most 64 bits.")
    return value


def _whole_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> int:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("Takes a whole number of at most 64 bits.", node)
    return _whole(int(node.value) if len(node.value) < 21 else None)


def _instant(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise GraphQLError("An instant takes its zone, as in 2026-11-01T08:00:00Z.")
        if instant.astimezone(UTC).year not in _YEARS:
            raise GraphQLError("An instant lies between the years 1970 and 2199.")
        return instant.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise GraphQLError("Takes an instant in ISO 8601 with its zone, as in 2026-11-01T08:00:00Z.") from None


def _instant_written(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    UUID: DEFAULT_SCALAR_REGISTRY[strawberry.ID],
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of up to 64 bits, as a JSON integer. Read it with a parser that keeps all 64.",
        serialize=_whole,
        parse_value=_whole,
        parse_literal=_whole_literal,
    ),
    Amount: strawberry.scalar(
        name="Amount",
        description=(
            "Money in minor units of the currency beside it (1999 with PLN is 19.99 zł), as a JSON integer of up to "
            "64 bits."
        ),
        serialize=_whole,
        parse_value=_whole,
        parse_literal=_whole_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in ISO 8601 with its zone; given back in UTC, as in 2026-11-01T08:00:00Z.",
        serialize=_instant_written,
        parse_value=_instant,
    ),
}
"""What each Python type is in GraphQL, besides strawberry's own. A UUID is always a typed id."""
