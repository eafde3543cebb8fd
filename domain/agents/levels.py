"""How well somebody does something: from 1, a beginner, to 5."""

from collections.abc import Iterable
from uuid import UUID

from domain.kit import inputs

LOWEST, HIGHEST = 1, 5

USUAL = 3
"""How well an agent does what an admin has said no more about."""

ALLOWED = f"level BETWEEN {LOWEST} AND {HIGHEST}"
"""The rule of a column of levels."""


def refuse_others(levels: Iterable[int], *, field: str) -> None:
    """Raises InvalidInput for a level outside 1 to 5."""
    for level in levels:
        inputs.whole(level, field=field, least=LOWEST, most=HIGHEST)


def at_usual(skill_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The skills of somebody of whom no more is said."""
    return dict.fromkeys(skill_ids, USUAL)
