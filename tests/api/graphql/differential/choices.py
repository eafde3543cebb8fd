"""Small choices, evenly spread, and many: to draw each from Hypothesis would take longer than to ask the question."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Choices that follow from a seed."""

    def __init__(self, seed: bytes) -> None:
        self._random = Random(seed)

    def below(self, bound: int) -> int:
        """A number from 0 up to, and not with, the bound."""
        return int(self._random.random() * bound)

    def of(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[int(self._random.random() * len(options))]

    def chance(self, percent: float) -> bool:
        """True so often."""
        return self._random.random() * 100 < percent

    def some(self, options: Sequence[T], percent: int) -> list[T]:
        """About so many of them, in their order."""
        return [option for option in options if self.chance(percent)]
