"""Variables are coerced as graphql-core does it, whatever is given; of what fits, every value only once."""

import json
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    OperationDefinitionNode,
    Undefined,
    is_list_type,
    is_non_null_type,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from api.graphql import variables
from api.graphql.schema import schema
from api.graphql.variables import Inputs, Taking

SCHEMA = schema()._schema
INPUTS = Inputs(SCHEMA)
OBJECTS = sorted(name for name, type in SCHEMA.type_map.items() if isinstance(type, GraphQLInputObjectType))

texts = st.text(max_size=8)
numbers = st.integers(-(2**65), 2**65)
odd = st.one_of(
    st.none(), st.booleans(), numbers, st.floats(allow_nan=False), texts, st.just([]), st.just({}), st.just({"odd": 1})
)
fitting: dict[str, SearchStrategy[Any]] = {
    "String": texts,
    "ID": texts,
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Long": st.integers(-(2**63), 2**63 - 1),
    "Amount": st.integers(-(2**63), 2**63 - 1),
    "Float": st.floats(allow_nan=False, allow_infinity=False),
    "Boolean": st.booleans(),
    "Date": st.dates().map(str),
    "DateTime": st.sampled_from(["2026-11-02T09:00:00Z", "2026-11-02T10:00:00.000001+01:00"]),
}
near: dict[str, SearchStrategy[Any]] = {
    "Date": st.sampled_from(["2026-02-30", "2026-11-02T00:00:00Z", ""]),
    "DateTime": st.sampled_from(["2026-11-02T09:00:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", ""]),
    "ID": st.integers(),
    "Int": st.sampled_from([2**31, 1.0, 1.5, True]),
}


def values_of(type: GraphQLInputType, *, wrong: bool) -> SearchStrategy[Any]:
    """Values for that type; with `wrong` about one in twenty, at any depth, does not fit."""
    fit = _fitting(type, wrong=wrong)
    if not wrong:
        return fit
    name = getattr(type.of_type if is_non_null_type(type) else type, "name", "")
    others = st.one_of(odd, near.get(name, odd))
    return st.integers(0, 19).flatmap(lambda chance: others if chance == 0 else fit)


def _fitting(type: Any, *, wrong: bool) -> SearchStrategy[Any]:
    if is_non_null_type(type):
        return _present(type.of_type, wrong=wrong)
    return st.one_of(st.none(), _present(type, wrong=wrong))


def _present(type: Any, *, wrong: bool) -> SearchStrategy[Any]:
    if is_list_type(type):
        return st.lists(st.deferred(lambda: values_of(type.of_type, wrong=wrong)), max_size=3)
    if isinstance(type, GraphQLInputObjectType):
        fields = {
            name: st.deferred(lambda field=field: values_of(field.type, wrong=wrong))  # type: ignore[misc]
            for name, field in type.fields.items()
        }
        required = {name for name, field in type.fields.items() if is_non_null_type(field.type)}
        required = {name for name in required if type.fields[name].default_value is Undefined}
        return st.fixed_dictionaries(
            {name: fields[name] for name in required},
            optional={name: strategy for name, strategy in fields.items() if name not in required},
        )
    return st.sampled_from(sorted(type.values)) if isinstance(type, GraphQLEnumType) else fitting[type.name]


def operation(variable: str) -> OperationDefinitionNode:
    [found] = parse(f"query ({variable}) {{ __typename }}").definitions
    assert isinstance(found, OperationDefinitionNode)
    return found


def coerced(taken: OperationDefinitionNode, given: dict[str, Any]) -> tuple[Any, Any]:
    """What comes of the values here, and in graphql-core's own way: the values, or the errors as they are told."""
    here = Taking(INPUTS, taken).coerced(given)
    there = get_variable_values(SCHEMA, taken.variable_definitions or (), given, 50, hide_suggestions=True)
    return _comparable(here), _comparable(there)


def _comparable(found: Any) -> Any:
    if isinstance(found, VariableValues):
        return found.coerced, {name: source.value for name, source in found.sources.items()}
    return [error.formatted for error in found]


@pytest.mark.parametrize("name", OBJECTS)
def test_what_does_not_always_fit_is_coerced_or_refused_alike(name: str) -> None:
    taken = operation(f"$input: {name}!")

    @given(values_of(SCHEMA.type_map[name], wrong=True))  # type: ignore[arg-type]
    def check(value: Any) -> None:
        here, there = coerced(taken, json.loads(json.dumps({"input": value})))
        assert here == there

    check()


@pytest.mark.parametrize("name", OBJECTS)
def test_what_fits_is_looked_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: Any, **_named: Any) -> Any:
        raise AssertionError("It fits, and was looked at twice.")

    taking = Taking(INPUTS, operation(f"$input: {name}!"))
    monkeypatch.setattr(variables, "get_variable_values", never)

    @given(values_of(SCHEMA.type_map[name], wrong=False).filter(lambda value: value is not None))  # type: ignore[arg-type]
    def check(value: Any) -> None:
        found = taking.coerced({"input": value})
        assert isinstance(found, VariableValues)
        assert type(found.coerced["input"]).__name__ == name

    check()


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("$n: Int", {}, {}),
        ("$n: Int", {"n": None}, {"n": None}),
        ("$n: Int = 3", {}, {"n": 3}),
        ("$n: Int! = 3", {}, {"n": 3}),
        ("$n: Int! = 3", {"n": 4}, {"n": 4}),
        ("$n: [Int]", {"n": 1}, {"n": [1]}),
        ("$n: [Int!]!", {"n": [1, 2]}, {"n": [1, 2]}),
        ("$n: Int", {"n": 1, "other": 2}, {"n": 1}),
    ],
)
def test_what_is_left_out_or_single_is_what_the_operation_says(
    declared: str, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    here, there = coerced(operation(declared), given)
    assert here == there
    assert here[0] == expected


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        ("$n: Int!", {}, "Variable '$n' has invalid value: Expected a value of non-null type 'Int!' to be provided."),
        ("$n: Int", {"n": "3"}, "Variable '$n' has invalid value: Int cannot represent non-integer value: '3'"),
    ],
)
def test_what_is_wrong_is_said_with_the_variables_name(declared: str, given: dict[str, Any], message: str) -> None:
    here, there = coerced(operation(declared), given)
    assert here == there
    assert [error["message"] for error in here] == [message]


def test_a_list_that_was_left_out_is_nobody_elses() -> None:
    taken, given = operation("$input: OrderUpdateInput!"), {"input": {"orderId": "order_1"}}
    defined = taken.variable_definitions or ()
    found = [Taking(INPUTS, taken).coerced(given), *(get_variable_values(SCHEMA, defined, given) for _ in range(2))]
    inputs = [each.coerced["input"] for each in found if isinstance(each, VariableValues)]
    inputs[0].receipts.append("somebody's")
    inputs[1].shipments.append("somebody's")
    assert [(each.receipts, each.shipments) for each in inputs] == [
        (["somebody's"], []),
        ([], ["somebody's"]),
        ([], []),
    ]
