"""Operations that a caller might send: valid ones as a rule, and each unlike the others."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from tests.api.graphql.differential.answers import Asked
from tests.api.graphql.differential.choices import Choices
from tests.api.graphql.differential.document import Document
from tests.api.graphql.differential.samples import Samples
from tests.api.graphql.differential.scopes import Scope
from tests.api.graphql.differential.selections import Room, Selections
from tests.api.graphql.differential.tables import Field, Type, tables

DEEPEST = 12

SIZES = (3, 6, 12, 12, 20, 20, 35, 60)
"""How many fields a document has, or a few more."""

INTROSPECTION = (
    "__schema { queryType { name } directives { name args { name } } }",
    '__type(name: "Ticket") { kind name fields { name type { name } } }',
    '__type(name: "Nothing") { name }',
    "__typename",
)


@dataclass(frozen=True, repr=False)
class Generated:
    """An operation, and what is known of it: the fields that it selects, and under which keys they are answered."""

    asked: Asked
    selected: frozenset[Field]
    scope: Scope
    main: bool
    """Whether it is the operation of these keys that is asked for."""

    def __repr__(self) -> str:
        return self.asked.shown()


def operations(samples: Samples) -> st.SearchStrategy[Generated]:
    """Operations on the world that the samples are of."""

    return st.binary(min_size=16, max_size=16).map(lambda seed: _operation(Choices(seed), samples))


@cache
def _targets() -> tuple[Type, ...]:
    """Types to which there are ways; pages are on the way to what they are of."""
    without = ("Connection", "Edge", "PageInfo", "Query")
    return tuple(type for type in tables().types.values() if not type.name.endswith(without))


def _operation(choices: Choices, samples: Samples) -> Generated:
    document = Document(choices, fields=choices.of(SIZES))
    selections, scope, query = Selections(tables(), samples, document), Scope(), tables().types["Query"]
    parts, roots = [], query.composites
    for _ in range(choices.of((1, 1, 1, 2, 2, 3))):
        way = (choices.of(roots),) if choices.chance(35) else choices.of(choices.of(_targets()).ways)
        parts.append(selections.root(query, scope, Room(DEEPEST), way))
    if choices.chance(4):
        parts.append(choices.of(INTROSPECTION))
    text, name, main = _put_together(choices, document, parts)
    if choices.chance(3):
        text = choices.of(FAULTS)(text)
    return Generated(Asked(text, document.values, name), frozenset(document.selected), scope, main)


def _put_together(choices: Choices, document: Document, parts: list[str]) -> tuple[str, str | None, bool]:
    """The text, with another operation beside the main one at times; which of them is asked for; if it is the main."""
    inside = "{ " + " ".join(parts) + " }"
    variables = f"({', '.join(document.definitions)})" if document.definitions else ""
    texts = document.texts
    if not variables and choices.chance(40):
        return " ".join([inside, *texts]), None, True
    if not choices.chance(7):
        return " ".join([f"query Main{variables} {inside}", *texts]), choices.of((None, "Main")), True
    name = choices.of((*("Main",) * 5, "Other", "Other", None, "None", ""))
    other = choices.of(("query Other { viewer { kind } }", "query Other { tickets(first: 1) { totalCount } }"))
    return " ".join([f"query Main{variables} {inside}", other, *texts]), name, name == "Main"


FAULTS: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("{", "{ nothing", 1),
    lambda text: text.replace("{", "{ viewer", 1),
    lambda text: text.replace("{", "{ viewer { kind { name } }", 1),
    lambda text: text.replace("{", "{ node { id }", 1),
    lambda text: text.replace("{", "{ tickets(nothing: 1) { totalCount }", 1),
    lambda text: text.replace("{", '{ tickets(first: "1") { totalCount }', 1),
    lambda text: text.replace("{", "{ same: viewer { kind } same: teams { totalCount }", 1),
    lambda text: text.replace("{", "{ viewer { kind @include(if: $nothing) }", 1),
    lambda text: text.replace("{", '{ viewer @idempotent(key: "k") { kind }', 1),
    lambda text: text.replace("{", "{ ...Nothing", 1),
    lambda text: text.replace("query Main", "query Main($unused: Int)") if "Main(" not in text else text,
    lambda text: f"{text} fragment Unused on Ticket {{ id }}",
    lambda text: f"{text} {{ __typename }}",
    lambda text: text[:-1],
    lambda text: "",
    lambda text: "mutation { __typename }",
    lambda text: "subscription { __typename }",
    lambda text: f"{text} #\ufeff end",
)
"""What makes a document invalid, or nearly so."""
