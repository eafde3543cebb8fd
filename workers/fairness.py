"""Whose turn it is."""

import random
from collections.abc import Collection
from uuid import UUID


def in_any_order(tenants: Collection[UUID]) -> list[UUID]:
    """The tenants in an order that differs from turn to turn: one at which a turn fails must not always come first."""
    return random.sample(list(tenants), k=len(tenants))
