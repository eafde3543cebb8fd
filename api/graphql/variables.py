"""The values of variables, coerced by functions that are made once for each input type.

graphql-core looks up every value's type anew, and walks them all twice: that took a third of an import's time. What
these functions do not take is left to it, so what is wrong with a value is always said in its words.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

MOST_ERRORS = 50
"""Errors that are told of the variables of one request."""

Coerce = Callable[[Any], Any]


class Misfit(Exception):
    """A value that is left to graphql-core."""


class Inputs:
    """The functions of a schema's input types. Each takes a value as it came, and raises Misfit."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._objects: dict[str, Coerce] = {}

    def of(self, type: GraphQLInputType) -> Coerce:
        """What coerces values of that type."""
        if is_non_null_type(type):
            return self._present(type.of_type)
        coerce = self._present(type)
        return lambda value: None if value is None else coerce(value)

    def _present(self, type: Any) -> Coerce:
        if is_list_type(type):
            return _list(self.of(type.of_type))
        if isinstance(type, GraphQLInputObjectType):
            return lambda value: self._object(type)(value)
        return _text if type is GraphQLString else _leaf(type.coerce_input_value)

    def _object(self, type: GraphQLInputObjectType) -> Coerce:
        found = self._objects.get(type.name)
        if found is None:
            found = self._objects[type.name] = self._made(type)
        return found

    def _made(self, type: GraphQLInputObjectType) -> Coerce:
        if type.is_one_of:
            return _misfit
        fields = [(name, field.out_name or name, *self._field(field)) for name, field in type.fields.items()]
        made = type.out_type

        def coerce(value: Any) -> Any:
            if value.__class__ is not dict:
                raise Misfit
            values, known = {}, 0
            for name, out_name, coerce_field, required, default in fields:
                given = value.get(name, Undefined)
                if given is not Undefined:
                    known += 1
                    values[out_name] = coerce_field(given)
                elif required:
                    raise Misfit
                elif default is not Undefined:
                    values[out_name] = default
            if known < len(value):
                raise Misfit
            return made(values)

        return coerce

    def _field(self, field: GraphQLInputField) -> tuple[Coerce, bool, Any]:
        return self.of(field.type), is_required_input_field(field), coerce_default_value(field)


class Taking:
    """What one operation takes: its variables."""

    def __init__(self, inputs: Inputs, operation: OperationDefinitionNode) -> None:
        self._schema = inputs.schema
        self._definitions = operation.variable_definitions or ()
        self._variables: list[tuple[GraphQLVariableSignature, Coerce]] = []
        for definition in self._definitions:
            signature = get_variable_signature(self._schema, definition)
            if isinstance(signature, GraphQLError):
                raise signature
            self._variables.append((signature, inputs.of(signature.type)))

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | Sequence[GraphQLError]:
        """Their values as the operation's fields take them, or all that is wrong with those that were given."""
        try:
            return self._quickly(given)
        except (Misfit, RecursionError):
            return get_variable_values(
                self._schema, self._definitions, dict(given), max_errors=MOST_ERRORS, hide_suggestions=True
            )

    def _quickly(self, given: Mapping[str, Any]) -> VariableValues:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, coerce in self._variables:
            value = given.get(signature.name, Undefined)
            sources[signature.name] = VariableValueSource(signature, value)
            if value is not Undefined:
                coerced[signature.name] = coerce(value)
            elif signature.default is not None or is_non_null_type(signature.type):
                raise Misfit
        return VariableValues(sources, coerced)


def _list(coerce: Coerce) -> Coerce:
    def coerce_list(value: Any) -> Any:
        if value.__class__ is not list:
            raise Misfit
        return [coerce(item) for item in value]

    return coerce_list


def _text(value: Any) -> Any:
    if value.__class__ is not str:
        raise Misfit
    return value


def _leaf(coerce: Coerce) -> Coerce:
    def coerce_leaf(value: Any) -> Any:
        try:
            if value is not None:
                return coerce(value)
        except Exception as error:  # whatever a scalar raises, graphql-core takes it for an invalid value
            raise Misfit from error
        raise Misfit

    return coerce_leaf


def _misfit(_value: Any) -> Any:
    raise Misfit
