"""A document in the making: its variables and fragments, and how much may still be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.api.graphql.differential.choices import Choices
from tests.api.graphql.differential.scopes import Scope
from tests.api.graphql.differential.tables import Argument, Field

MOST_ALIASES, MOST_VARIABLES, MOST_FRAGMENTS = 40, 24, 6


class Bare(str):
    """A value of an enum, which is written without quotes."""

    __slots__ = ()


@dataclass(frozen=True)
class Fragment:
    """A fragment that is finished: what it is on, what it selects, and how much that is."""

    name: str
    on: str
    scope: Scope
    depth: int
    fields: int
    rows: int


@dataclass
class Document:
    """What is written so far."""

    choices: Choices
    fields: int
    """How many fields may still be selected."""
    definitions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    fragments: list[Fragment] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    selected: set[Field] = field(default_factory=set)
    aliases: int = 0
    flags: list[str] = field(default_factory=list)
    by_sort: dict[str, list[str]] = field(default_factory=dict)
    """Variables by what they were made for, to stand at the like again."""

    def alias(self, name: str) -> str:
        """A key that stands nowhere else."""
        self.aliases += 1
        return f"{name}{self.aliases}"

    def flag(self) -> str:
        """A condition for `@skip` and `@include`: a literal, or a variable with a value or a default."""
        choices = self.choices
        if choices.chance(40):
            return choices.of(("true", "false"))
        if self.flags and choices.chance(50):
            return choices.of(self.flags)
        kind = choices.of(("Boolean!", "Boolean! = true", "Boolean! = false", "Boolean = true"))
        name = self._define(kind)
        if "=" not in kind or choices.chance(50):
            self.values[name] = choices.chance(50)
        self.flags.append(f"${name}")
        return f"${name}"

    def given(self, argument: Argument, value: Any, *, always: bool = False) -> str:
        """The argument's value as it stands in the text: a literal, or a variable of any kind.

        One that is given `always` has its value; others are left out, or null, at times.
        """
        choices = self.choices
        if len(self.definitions) >= MOST_VARIABLES or not choices.chance(45):
            return literal(value, choices)
        sort = f"{argument.name}: {argument.type}"
        known = self.by_sort.get(sort)
        if known and choices.chance(15):
            return choices.of(known)
        nullable = argument.type.removesuffix("!")
        match choices.below(8 if always else 10):
            case 0 | 1 | 2 | 3:
                name = self._define(argument.type)
                self.values[name] = plain(value)
            case 4 | 5 if value is not None:
                name = self._define(f"{nullable}!")
                self.values[name] = plain(value)
            case 6 if value is not None:
                name = self._define(f"{argument.type} = {literal(value, None)}")
            case 7 if value is not None:
                name = self._define(f"{nullable} = {literal(value, None)}")
                self.values[name] = plain(value)
            case 8 if not argument.required:
                name = self._define(nullable)  # and never given
            case 9 if not argument.type.endswith("!"):
                name = self._define(f"{nullable} = {literal(value, None)}" if choices.chance(50) else nullable)
                self.values[name] = None
            case _:
                return literal(value, choices)
        self.by_sort.setdefault(sort, []).append(f"${name}")
        return f"${name}"

    def wrong(self, argument: Argument, value: Any) -> str:
        """A variable whose value cannot be read as what it is declared as."""
        name = self._define(argument.type)
        self.values[name] = value
        return f"${name}"

    def _define(self, type: str) -> str:
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {type}")
        return name


def plain(value: Any) -> Any:
    """A value as it stands among the variables."""
    match value:
        case Bare():
            return str(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def literal(value: Any, choices: Choices | None) -> str:
    """A value as it stands in the text of a document; texts in any of the ways to write them."""
    match value:
        case Bare():
            return value
        case str():
            return _quoted(value, 0 if choices is None or value.isascii() else choices.below(4))
        case dict():
            return "{" + ", ".join(f"{key}: {literal(item, choices)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(literal(item, choices) for item in value) + "]"
        case _:
            return orjson.dumps(value).decode()


def _quoted(text: str, style: int) -> str:
    match style:
        case 1:
            return '"' + "".join(_escaped(character, "\\u{{{:x}}}") for character in text) + '"'
        case 2 if all(ord(character) < 2**16 for character in text):
            return '"' + "".join(_escaped(character, "\\u{:04X}") for character in text) + '"'
        case 3 if text.isprintable() and '"' not in text and "\\" not in text:
            return f'"""{text}"""'
        case _:
            return orjson.dumps(text).decode()


def _escaped(character: str, form: str) -> str:
    return character if character.isascii() and character.isalnum() else form.format(ord(character))


def listed(parts: Sequence[str]) -> str:
    """A selection of these."""
    return "{ " + " ".join(parts) + " }"
