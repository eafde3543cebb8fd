"""Requests written by hand: what each is about in its name, and how it has to end."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from api.graphql.schema import schema
from tests.api.graphql.differential.answers import Answer, Asked, both, difference
from tests.api.graphql.differential.conftest import World
from tests.api.graphql.differential.samples import Samples
from tests.api.graphql.differential.tables import tables

ANYTHING: Any = object()
PLACE = re.compile(r"<(\w+) ([^<>]+)>")


@dataclass(frozen=True)
class Case:
    """A request, who sends it, the codes of its errors by how many there are, and its data where that is short.

    In its text `<ticket 0>` is an id, `<odd ticket 0>` one of nothing, `<cursor Query.tickets QUEUE 3>` a place.
    """

    name: str
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    codes: Mapping[str, int] | None = field(default_factory=dict)
    """None where they are whatever they are."""
    data: Any = ANYTHING
    caller: str = "owner"
    operation: str | None = None
    by_reference: bool = False
    """Whether it may be left to the reference: it asks for what no plan reads."""

    def of(self, **changes: Any) -> "Case":
        return replace(self, **changes)


def named(cases: list[Case]) -> dict[str, Any]:
    """The cases as arguments of `pytest.mark.parametrize`."""
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), Counter(names).most_common(1)
    return {"argnames": "case", "argvalues": cases, "ids": names}


async def holds(world: World, case: Case) -> Answer:
    """Both ways end alike, and as the case says; the planned answer."""
    fill = world.samples
    asked = Asked(_filled(case.text, fill), _filled(dict(case.variables), fill), case.operation)
    planned, reference = await both(schema(), asked, world.askers[case.caller])
    assert difference(planned, reference) is None, f"{asked.shown()}\n{difference(planned, reference)}"
    codes = Counter(error["extensions"]["code"] for error in planned.whole.get("errors", ()))
    assert case.codes is None or codes == case.codes, (dict(codes), planned.whole)
    if case.data is not ANYTHING:
        assert planned.whole["data"] == _filled(case.data, fill), planned.whole
    assert planned.planned or codes or case.by_reference, asked.shown()
    return planned


def _filled(value: Any, samples: Samples) -> Any:
    """The value with what is named in it put in its place."""
    match value:
        case str():
            return PLACE.sub(lambda found: _named(found[1], found[2].split(), samples), value)
        case dict():
            return {key: _filled(item, samples) for key, item in value.items()}
        case list():
            return [_filled(item, samples) for item in value]
        case _:
            return value


def _named(kind: str, words: list[str], samples: Samples) -> str:
    match kind, words:
        case "cursor", [field_name, order, place]:
            parent, _, name = field_name.partition(".")
            keyset = tables().types[parent].fields[name].orders[order if order != "-" else ""]
            return samples.cursors[keyset][int(place)]
        case "extreme", [field_name, order, place]:
            parent, _, name = field_name.partition(".")
            return samples.extremes[tables().types[parent].fields[name].orders[order]][int(place)]
        case "odd", [prefix, place]:
            return samples.odd_ids[prefix][int(place)]
        case _:
            return samples.ids[kind][int(words[0])]
