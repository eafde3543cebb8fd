"""What a run of generated operations was made of: without this, one that asks for nothing would pass as well."""

from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module

from tests.api.graphql.differential.answers import Answer
from tests.api.graphql.differential.operations import Generated
from tests.api.graphql.differential.tables import Field, tables


def answered_by_plan() -> int | None:
    """HOOK: how many operations plans have answered in this process so far; None while nothing counts them."""
    try:
        plans = import_module("api.graphql.reading.plans")
    except ModuleNotFoundError:
        return None
    answered = getattr(getattr(plans, "statistics", None), "answered", None)
    return answered if isinstance(answered, int) else None


@dataclass
class Tally:
    """Counts over a run."""

    examples: int = 0
    clean: int = 0
    """With data, and without errors."""
    with_errors: int = 0
    with_data: int = 0
    planned: int = 0
    """Answered with data by a plan."""
    codes: Counter[str] = field(default_factory=Counter)
    selected: Counter[Field] = field(default_factory=Counter)
    given: Counter[Field] = field(default_factory=Counter)
    """Fields that were answered with a value."""

    def count(self, generated: Generated, answer: Answer, *, planned: bool) -> None:
        """Take one more example into account."""
        self.examples += 1
        self.clean += answer.has_data and not answer.errors
        self.with_errors += bool(answer.errors)
        self.with_data += answer.has_data
        self.planned += planned and answer.has_data
        self.codes.update({error["extensions"]["code"] for error in answer.whole.get("errors", ())})
        self.selected.update(generated.selected)
        if generated.main:
            self.given.update(generated.scope.given(answer.whole.get("data")))

    def missing(self, seen: Counter[Field]) -> list[str]:
        """The fields of the query side that are not among those."""
        return sorted(f"{field.parent}.{field.name}" for field in tables().fields() if field not in seen)

    def __str__(self) -> str:
        shares = {"clean": self.clean, "with errors": self.with_errors, "planned": self.planned}
        told = ", ".join(f"{name} {count / max(self.examples, 1):.0%}" for name, count in shares.items())
        return f"{self.examples} examples: {told}; {dict(self.codes.most_common())}"
