"""What a dry run found, as people read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from admin import looks
from admin.actions.abilities import Choices
from admin.catalogue import say
from domain.kit.errors import Language
from domain.tickets.intake.rules import Start
from domain.tickets.intake.trying import DryRun

FIELDS = ("team_id", "priority", "skill_id", "needs_contact")


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

    def value(self, value: object) -> str:
        """A value: a name, a number, yes or no; a dash for none."""
        if value is None:
            return str(looks.NOTHING)
        if isinstance(value, UUID):
            return self.names.get(value, str(looks.NOTHING))
        if isinstance(value, bool):
            return say(self.language, "yes" if value else "no")
        return str(value)

    def changes(self, before: Start, after: Start) -> Iterator[tuple[str, str, str]]:
        """What is different of a ticket: the field, and its value without the rule and with it."""
        for name in FIELDS:
            was, will_be = getattr(before, name), getattr(after, name)
            if was != will_be:
                yield self.field(name), self.value(was), self.value(will_be)
        if before.tags != after.tags:
            yield self.field("tags"), ", ".join(before.tags) or self.value(None), ", ".join(after.tags)


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
                self.words.value(shift.before),
                self.words.value(shift.after),
                shift.tickets,
            )
            for shift in self.found.shifts
        ]

    @property
    def failures(self) -> Sequence[tuple[str, int]]:
        """Why it could not be decided, and for how many tickets."""
        return [(looks.word(self.words.language, why), count) for why, count in self.found.failures.items()]
