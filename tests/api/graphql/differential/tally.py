"""What a run of generated operations was made of: without this, one that asks for nothing would pass as well."""

from collections import Counter
from dataclasses import dataclass, field

from tests.api.graphql.differential.answers import Answer
from tests.api.graphql.differential.operations import Generated
from tests.api.graphql.differential.tables import Field, tables


@dataclass
class Tally:
    """Counts over a run."""

    examples: int = 0
    clean: int = 0
    """With data, and without errors."""
    with_errors: int = 0
    with_data: int = 0
    planned: int = 0
    """With data, and nothing of it read by the reference."""
    codes: Counter[str] = field(default_factory=Counter)
    selected: Counter[Field] = field(default_factory=Counter)
    given: Counter[Field] = field(default_factory=Counter)
    """Fields that were answered with a value."""

    def count(self, generated: Generated, answer: Answer) -> None:
        """Take one more example into account."""
        self.examples += 1
        self.clean += answer.has_data and not answer.errors
        self.with_errors += bool(answer.errors)
        self.with_data += answer.has_data
        self.planned += answer.planned and answer.has_data
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
