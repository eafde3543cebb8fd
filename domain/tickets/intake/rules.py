"""What intake rules make of a ticket: looked at in order, each thing is said by the first rule that says it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from domain.agents.languages import language_code
from domain.kit import inputs, texts
from domain.kit.errors import InvalidInput
from domain.tickets.intake.conditions import Failure

MOST_TAGS = 10
LONGEST_TAG = 40


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What a rule does to the tickets that its condition is true of; None, and no skill, leave a thing to later rules.

    `skills` are all that an agent must be able to do, each with its least level, in place of those of the topic.
    """

    team_id: UUID | None = None
    priority: int | None = None
    skills: Mapping[UUID, int] = field(default_factory=dict)
    language: str | None = None
    needs_contact: bool | None = None
    tags: tuple[str, ...] = ()
    stops: bool = False

    @property
    def sets(self) -> dict[str, Any]:
        """What it says, by name."""
        said = {
            "team_id": self.team_id,
            "priority": self.priority,
            "skills": dict(self.skills) or None,
            "language": self.language,
            "needs_contact": self.needs_contact,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a new ticket asks for: at first as its topic and its sender say."""

    team_id: UUID
    priority: int
    skills: Mapping[UUID, int]
    needs_contact: bool
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule as it stands: its version, its condition and its effects."""

    rule_id: UUID
    version_id: UUID
    condition: str
    effects: Effects


@dataclass(frozen=True)
class Act:
    """What one version did to a ticket: the things that it was the first to say, and the tags that it added."""

    rule_id: UUID
    version_id: UUID
    sets: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    stopped: bool = False


@dataclass(frozen=True)
class Sorted:
    """What all rules made of a ticket, which of them acted, and which could not be decided."""

    start: Start
    acts: tuple[Act, ...] = ()
    failures: tuple[tuple[UUID, Failure], ...] = ()


Decide = Callable[[Rule], bool | Failure]
"""Whether a rule's condition is true of the ticket."""


def sort(rules: Sequence[Rule], start: Start, decide: Decide) -> Sorted:
    """Go through the rules in their order until one stops.

    A thing is set by the first matching rule that sets it; tags add up. A rule that cannot be decided does not match.
    """
    said: dict[str, Any] = {}
    tags: list[str] = list(start.tags)
    acts: list[Act] = []
    failures: list[tuple[UUID, Failure]] = []
    for rule in rules:
        decided = decide(rule)
        if isinstance(decided, Failure):
            failures.append((rule.version_id, decided))
        elif decided:
            fresh = {name: value for name, value in rule.effects.sets.items() if name not in said}
            added = tuple(tag for tag in rule.effects.tags if tag not in tags)
            said |= fresh
            tags += added
            acts.append(Act(rule.rule_id, rule.version_id, fresh, added, rule.effects.stops))
            if rule.effects.stops:
                break
    return Sorted(replace(start, **said, tags=tuple(tags)), tuple(acts), tuple(failures))


def checked(effects: Effects) -> Effects:
    """The effects with language and tags in order: lower case, each tag once.

    Raises InvalidInput, also when there are none. Whether there are such a team and such skills is not looked at.
    """
    if effects.priority is not None:
        inputs.whole(effects.priority, field="effects.priority", least=0, most=9)
    language = effects.language
    if language is not None:
        language = language_code(language, field="effects.language")
    inputs.at_most(MOST_TAGS, effects.tags, field="effects.tags")
    tags = tuple(dict.fromkeys(tag(each, field=f"effects.tags.{index}") for index, each in enumerate(effects.tags)))
    if not effects.sets and not tags and not effects.stops:
        raise InvalidInput("effects", "must change something", "muszą coś zmieniać")
    return replace(effects, language=language, tags=tags)


def tag(text: str, *, field: str) -> str:
    """A tag as it is kept: one short line in lower case, without a comma. Raises InvalidInput."""
    label = texts.label(" ".join(text.lower().split()), field=field, most=LONGEST_TAG)
    if "," in label:
        raise InvalidInput(field, "must have no comma", "nie może mieć przecinka")
    return label
