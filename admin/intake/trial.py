"""What a dry run found, as people read it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from admin import looks
from admin.actions.abilities import Choices
from admin.catalogue import say
from admin.intake.told import FIELDS, Skilled
from domain.kit.errors import Language
from domain.tickets.intake.rules import Start
from domain.tickets.intake.trying import DryRun


@dataclass(frozen=True)
class Words:
    """Says values of a ticket's fields."""

    language: Language
    names: Mapping[UUID, str]

    @classmethod
    def of(cls, language: Language, offered: Choices) -> "Words":
        teams = {team.id: team.name for team in offered.teams}
        return cls(language, teams | {skill.id: skill.name for skill in offered.skills})

    def field(self, name: str) -> str:
        """What a field is called."""
        return say(self.language, f"intake_{name}")

    def value(self, name: str, value: Any) -> str:
        """A field's value: names, a number, yes or no; a dash for none."""
        if name == "skills":
            return self._skills(value)
        if value is None:
            return str(looks.NOTHING)
        if name == "language":
            return looks.tongue(self.language, value)
        if isinstance(value, UUID):
            return self.names.get(value, str(looks.NOTHING))
        if isinstance(value, bool):
            return say(self.language, "yes" if value else "no")
        return str(value)

    def _skills(self, skills: Mapping[UUID, int] | Iterable[tuple[UUID, int]]) -> str:
        levels = dict(skills)
        named = [Skilled(self.names.get(skill_id, str(looks.NOTHING)), level) for skill_id, level in levels.items()]
        return looks.asked(self.language, sorted(named)) or str(looks.NOTHING)

    def changes(self, before: Start, after: Start) -> Iterator[tuple[str, str, str]]:
        """What is different of a ticket: the field, and its value without the rule and with it."""
        for name in FIELDS:
            was, will_be = getattr(before, name), getattr(after, name)
            if was != will_be:
                yield self.field(name), self.value(name, was), self.value(name, will_be)
        if before.tags != after.tags:
            yield self.field("tags"), ", ".join(before.tags) or self.value("tags", None), ", ".join(after.tags)


@dataclass(frozen=True)
class Trial:
    """A dry run with the words for it."""

    found: DryRun
    words: Words

    @property
    def shifts(self) -> Sequence[tuple[str, str, str, int]]:
        """What would have changed: field, before, after, and of how many tickets."""
        return [
            (
                self.words.field(shift.field),
                self.words.value(shift.field, shift.before),
                self.words.value(shift.field, shift.after),
                shift.tickets,
            )
            for shift in self.found.shifts
        ]

    @property
    def failures(self) -> Sequence[tuple[str, int]]:
        """Why it could not be decided, and for how many tickets."""
        return [(looks.word(self.words.language, why), count) for why, count in self.found.failures.items()]
