"""Descriptions for the domain's enums, which know nothing of GraphQL."""

from enum import Enum
from typing import Any

import strawberry


def describe(cls: Any, description: str, **values: str) -> Any:
    """Publish an enum under its own name with a description of each value, named by its member.

    Raises TypeError when a value is left without one.
    """
    if not issubclass(cls, Enum):
        raise TypeError(f"{cls} is no enum.")
    if missing := set(cls.__members__) ^ set(values):
        raise TypeError(f"{cls.__name__}: describe each value, once: {sorted(missing)}")
    definition = strawberry.enum(cls, description=description).__strawberry_definition__
    for value in definition.values:
        value.description = values[value.name]
    return cls
