"""Arguments for a field: mostly what a caller would give, at times what nobody should."""

from dataclasses import dataclass
from typing import Any

from tests.api.graphql.differential import samples as edges
from tests.api.graphql.differential.document import Bare, Document
from tests.api.graphql.differential.samples import ID_OF, Samples
from tests.api.graphql.differential.tables import Argument, Field, Tables

MOST_ROWS = 120
"""Rows that one path of a document may lead to; a page without a size, of fifty, is asked for where they allow it."""

USUAL_PAGE = 50

LISTED_ROWS = 40
"""As which the groups of statistics are counted here; the limits count more."""


@dataclass(frozen=True)
class Given:
    """A field's arguments as text, and how many rows its selection is read for, at most."""

    text: str
    rows: int


class Arguments:
    """Writes arguments into a document."""

    def __init__(self, tables: Tables, samples: Samples, document: Document) -> None:
        self._tables, self._samples, self._document = tables, samples, document
        self._choices = document.choices

    def of(self, field: Field, rows: int, *, kind: str = "") -> Given:
        """The arguments of a field that stands under so many rows; `kind` is the type that an id should name."""
        if not field.arguments:
            return Given("", rows * LISTED_ROWS if field.named == "StatisticsGroup" else rows)
        if field.connection:
            order = self._order(field)
            values, size = self._page(rows, self._place(field, order.get("order", "")))
            values |= order | self._narrowed(field)
        else:
            values, size = self._single(field, kind), 1
            size = len(values["ids"]) if isinstance(values.get("ids"), list) else size
        asked = {argument: values[name] for name, argument in field.arguments.items() if name in values}
        always = not field.connection and not self._choices.chance(3)
        written = [f"{each.name}: {self._written(each, value, always=always)}" for each, value in asked.items()]
        text = ", ".join(written)
        return Given(f"({text})" if text else "", rows * max(size, 1))

    def _written(self, argument: Argument, value: Any, *, always: bool) -> str:
        document, choices = self._document, self._choices
        if choices.chance(0.3):
            return document.wrong(argument, choices.of(("odd", 7.5, [[]], {"odd": 1}, True)))
        if isinstance(value, dict) and choices.chance(40):
            inside = self._tables.inputs[argument.named]
            parts = [f"{name}: {document.given(inside[name], part)}" for name, part in value.items()]
            return "{" + ", ".join(parts) + "}"
        return document.given(argument, value, always=always)

    def _page(self, rows: int, place: str) -> tuple[dict[str, Any], int]:
        """How a page is asked for; and its size, for the cost of what stands inside."""
        choices = self._choices
        most = max(1, min(9, MOST_ROWS // rows))
        size = 1 + choices.below(most)
        if rows * USUAL_PAGE <= MOST_ROWS and choices.chance(30):
            usual: tuple[dict[str, Any], ...] = ({}, {}, {"after": place}, {"before": place}, {"first": None})
            return choices.of(usual), USUAL_PAGE
        match choices.below(24):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10:
                return {"first": size}, size
            case 11 | 12 | 13:
                return {"last": size}, size
            case 14 | 15 | 16:
                return {"first": size, "after": place}, size
            case 17 | 18:
                return {"last": size, "before": place}, size
            case 19:
                return {choices.of(("first", "last")): 0}, size
            case 20:
                return {"first": size, "after": None, "before": None, "last": None}, size
            case 21:
                return {"last": size, "first": None, "before": None}, size
            case 22 if choices.chance(50):
                return self._bad_page(place, size), size
            case _:
                return {"first": 250 if rows == 1 else size}, MOST_ROWS if rows == 1 else size

    def _bad_page(self, place: str, size: int) -> dict[str, Any]:
        odd = self._choices.of(edges.ODD_SIZES)
        bad: list[dict[str, Any]] = [
            {"first": odd},
            {"last": odd},
            {"first": size, "last": size},
            {"first": size, "before": place},
            {"last": size, "after": place},
            {"after": place, "before": place},
            {"first": 2**31},
        ]
        return self._choices.of(bad)

    def _order(self, field: Field) -> dict[str, Any]:
        choices = self._choices
        if "order" not in field.arguments or choices.chance(55):
            return {}
        return {"order": Bare(choices.of(self._tables.enums[field.arguments["order"].named]))}

    def _place(self, field: Field, order: str) -> str:
        """A cursor: one of this list and order, as a rule."""
        choices, samples = self._choices, self._samples
        own = field.orders[order]
        match choices.below(50):
            case 0:
                return choices.of(edges.GARBAGE)
            case 1:
                return choices.of(samples.extremes[own])
            case 2:
                return choices.of([cursor for found in samples.cursors.values() for cursor in found[:1]])
            case _:
                return choices.of(samples.cursors[own] or edges.GARBAGE)

    def _narrowed(self, field: Field) -> dict[str, Any]:
        """The filter, and where the stream of events is to begin."""
        choices = self._choices
        found: dict[str, Any] = {}
        if "filter" in field.arguments and choices.chance(30):
            found["filter"] = self._filter(field.arguments["filter"].named)
        if "afterSequence" in field.arguments and choices.chance(40):
            found["afterSequence"] = choices.of((3, 0, 12, -1, 2**63 - 1, -(2**63), 2**31, None))
        return found

    def _filter(self, named: str) -> dict[str, Any] | None:
        choices, fields = self._choices, self._tables.inputs[named]
        names = [choices.of(list(fields)) for _ in range(choices.of((1, 1, 2, 3, 0)))]
        if choices.chance(4):
            return None
        return {name: self._value(fields[name]) for name in names}

    def _value(self, argument: Argument) -> Any:
        """A value that some row has, as a rule."""
        choices = self._choices
        if choices.chance(5) and not argument.type.endswith("!"):
            return None
        if argument.named in self._tables.enums:
            values = [Bare(choices.of(self._tables.enums[argument.named])) for _ in range(choices.of((1, 2, 3, 0)))]
            return values if argument.type.startswith("[") else values[0]
        match argument.named:
            case "Boolean":
                return bool(choices.below(2))
            case "ID":
                return self._id(ID_OF.get(argument.name, argument.name.removesuffix("Id")))
            case "Int":
                return choices.of(edges.ODD_NUMBERS) if choices.chance(10) else choices.of(self._samples.keys["number"])
            case "String":
                known = self._samples.keys[argument.name]
                number = argument.name == "number"
                return choices.of(edges.ODD_TEXTS if choices.chance(15) else ("2026/1", "№ 7") if number else known)
            case "TimeRange" | "DateRange":
                days = argument.named == "DateRange"
                ends = choices.of((("from",), ("to",), ("from", "to"), ()))
                return {end: self._instant(days=days) for end in ends}
            case _:
                return self._instant(days=argument.named == "Date")

    def _instant(self, *, days: bool) -> str:
        good, bad = (edges.DATES, edges.BAD_DATES) if days else (edges.INSTANTS, edges.BAD_INSTANTS)
        return self._choices.of(bad if self._choices.chance(3) else good)

    def _id(self, prefix: str) -> str:
        samples, choices = self._samples, self._choices
        return choices.of(samples.odd_ids[prefix] if choices.chance(12) else samples.ids[prefix])

    def _single(self, field: Field, kind: str) -> dict[str, Any]:
        """What names one thing, or a stretch of time."""
        choices = self._choices
        match field.name:
            case "node":
                return {"id": self._id(kind)}
            case "nodes":
                others = [choices.of(list(self._samples.ids)) for _ in range(choices.below(3))]
                return {"ids": [self._id(prefix) for prefix in (kind, *others)]}
            case "statistics":
                odd = choices.chance(6)
                return {
                    "from": choices.of(edges.INSTANTS) if odd else "2026-10-01T00:00:00Z",
                    "to": choices.of(edges.INSTANTS) if odd else "2026-12-01T00:00:00Z",
                    "groupBy": Bare(choices.of(self._tables.enums["StatisticsBy"])),
                }
            case "ticketRoutingHistory":
                given = {"ticketId": self._id("ticket")}
                return given | ({"latest": choices.of((0, 1, 10, 11))} if choices.chance(30) else {})
            case "queueFairness":
                return {"day": choices.of(edges.DATES) if choices.chance(30) else "2026-11-02"}
            case "seasonPreview":
                return {"seasonId": self._id("season")}
            case "ruleDryRun":
                return self._rule()
            case "invoicePreview":
                return choices.of(({}, {"month": None}, {"month": "2026-11-30"}, {"month": choices.of(edges.DATES)}))
            case _:
                return self._one(field, kind)

    def _rule(self) -> dict[str, Any]:
        """A rule to try, a right one as a rule, as a new one or in the place of one that is there."""
        choices = self._choices
        effects: tuple[dict[str, Any], ...] = (
            {"priority": 9},
            {"teamId": self._id("team"), "tags": ["zwrot", "nowe"]},
            {"skills": [{"skillId": self._id("skill"), "level": 4}], "needsContact": False, "stop": True},
            {"skills": [{"skillId": self._id("skill")}], "language": choices.of(("uk", "UK"))},
        )
        wrong: tuple[dict[str, Any], ...] = ({}, {"language": "xx"})
        conditions = ("true", "order.present", "order.total > 1000")
        rule: dict[str, Any] = {
            "condition": "ticket.chanel == 'EMAIL'" if choices.chance(12) else choices.of(conditions),
            "effects": choices.of(wrong if choices.chance(12) else effects),
        }
        last: dict[str, Any] = {"last": 0} if choices.chance(12) else choices.of(({}, {"last": 10}, {"last": 1_000}))
        return rule | last | choices.of(({}, {}, {"ruleId": self._id("intake_rule")}))

    def _one(self, field: Field, kind: str) -> dict[str, Any]:
        """Exactly one of the keys by which a row is found, as a rule."""
        choices, names = self._choices, list(field.arguments)
        values: dict[str, Any] = {"id": self._id(kind)}
        for name in names[1:]:
            numbers = (1, 2**31 - 1) if kind == "invoice" else self._samples.keys["number"]
            odd = edges.ODD_NUMBERS if name == "number" else edges.ODD_TEXTS
            usual = numbers if name == "number" else self._samples.keys[name]
            values[name] = choices.of(odd) if choices.chance(8) else choices.of(usual)
        match choices.below(24):
            case 0:
                return choices.of((values, {}, dict.fromkeys(names)))
            case 1 | 2:
                chosen = choices.of(names)
                return {name: values[name] if name == chosen else None for name in names}
            case _:
                return {(chosen := choices.of(names)): values[chosen]}
