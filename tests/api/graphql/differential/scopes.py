"""What is selected under which key, so that selections which are merged agree, as the language asks of them."""

from copy import copy
from dataclasses import dataclass, field
from typing import Any

from tests.api.graphql.differential.tables import Field


@dataclass
class Entry:
    """A key of the answer: the field behind it, with the arguments it was given, and what is selected of it."""

    field: Field
    arguments: str
    rows: int
    inside: "Scope"

    def agrees(self, other: "Entry") -> bool:
        """Whether both may stand under one key of one object."""
        return self.takes(other.field, other.arguments) and self.inside.agrees(other.inside)

    def takes(self, field: Field, arguments: str) -> bool:
        """Whether the field, with these arguments, may stand under this key as well."""
        if self.field is field:
            return self.arguments == arguments
        concrete = "Node" not in (self.field.parent, field.parent)
        return concrete and self.field.type == field.type and not self.arguments and not arguments


@dataclass
class Scope:
    """The keys of one object of the answer, from all the selections that are merged there.

    It may know of keys that are not there; then less is merged than could be, and nothing that could not be.
    """

    entries: dict[str, Entry] = field(default_factory=dict)

    def agrees(self, other: "Scope") -> bool:
        """Whether what is selected in both may be merged."""
        return all(self.entries[key].agrees(entry) for key, entry in other.entries.items() if key in self.entries)

    def absorb(self, other: "Scope") -> None:
        """Take over what the other has."""
        for key, entry in other.entries.items():
            if key not in self.entries:
                self.entries[key] = Entry(entry.field, entry.arguments, entry.rows, Scope())
            self.entries[key].inside.absorb(entry.inside)

    def copied(self) -> "Scope":
        """The same keys, to be added to without changing these."""
        found = copy(self)
        found.entries = {}
        found.absorb(self)
        return found

    def given(self, data: Any) -> set[Field]:
        """The fields that were answered with a value."""
        found: set[Field] = set()
        if isinstance(data, list):
            for item in data:
                found |= self.given(item)
        elif isinstance(data, dict):
            for key, value in data.items():
                if value is not None and (entry := self.entries.get(key)) is not None:
                    found.add(entry.field)
                    if isinstance(value, dict | list):
                        found |= entry.inside.given(value)
        return found
