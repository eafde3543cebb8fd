"""The schema as a contract: printed, committed, described."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    validate,
)

from api.graphql.reading import Connection, column, reads, to_many, to_one
from api.graphql.reading.faults import faults
from api.graphql.reading.fields import NAMES, TYPES
from api.graphql.schema import printed, schema
from domain.orders import models as orders
from domain.tenants.permissions import Permission
from domain.tickets import models

COMMITTED = Path("api/graphql/schema.graphql")
README = Path("README.md")


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text() == printed(), "Run `sezon schema` and commit what it writes."


def undescribed(type_: GraphQLNamedType) -> Iterator[str]:
    if not type_.description:
        yield type_.name
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            if not field.description:
                yield f"{type_.name}.{name}"
            yield from (f"{type_.name}.{name}({a})" for a, argument in field.args.items() if not argument.description)
    elif isinstance(type_, GraphQLInputObjectType):
        yield from (f"{type_.name}.{name}" for name, field in type_.fields.items() if not field.description)
    elif isinstance(type_, GraphQLEnumType):
        yield from (f"{type_.name}.{name}" for name, value in type_.values.items() if not value.description)


def test_everything_is_described() -> None:
    types = [
        type_
        for type_ in schema()._schema.type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    ]
    assert len(types) > 50
    assert [missing for type_ in types for missing in undescribed(type_)] == []
    own = [directive for directive in schema()._schema.directives if directive.name == "idempotent"]
    assert [directive.description and directive.args["key"].description for directive in own] != [None]


def test_every_mutation_says_how_it_can_fail() -> None:
    mutations = schema()._schema.mutation_type
    assert mutations is not None
    for name, field in mutations.fields.items():
        result: Any = getattr(field.type, "of_type", None)
        assert isinstance(result, GraphQLUnionType), name
        told = {type_.name for type_ in result.types}
        assert {"NotPermitted", "InvalidInput", "IdempotencyKeyReused", "IdempotencyKeyInUse"} <= told, name
        payloads = [type_ for type_ in result.types if not type_.interfaces]
        assert len(payloads) == 1, name


def test_what_is_yes_or_no_of_a_failure_says_whether_what() -> None:
    types = schema()._schema.type_map
    failures = schema()._schema.get_possible_types(types["Failure"])  # type: ignore[arg-type]
    told = {
        f"{failure.name}.{name}": field.description
        for failure in failures
        for name, field in failure.fields.items()
        if str(field.type) == "Boolean!"
    }
    assert told == {"AgentAlreadySeated.dayPass": "Whether that licence is one that a day pass became."}


@pytest.fixture
def undone() -> Iterator[None]:
    yield
    del NAMES["Wrong"], TYPES["Wrong"]


@pytest.mark.usefixtures("undone")
def test_a_wrong_declaration_is_told_in_words() -> None:
    @reads(models.Ticket, requires=Permission.TICKETS_READ, description="Wrong.")
    class Wrong:
        order: "Order" = to_one(orders.Order.customer_id, description="Another table's column.")  # type: ignore[name-defined] # noqa: F821
        entries: "list[Entry]" = to_many(  # type: ignore[name-defined] # noqa: F821
            models.Transition.ticket_id, order=(models.Entry.at,), description="Another table's, without a bound."
        )
        number: int = column(models.Ticket.number, requires=Permission.AUDIT_READ, description="Not nullable.")
        team: "Connection[Team] | None" = to_many(  # type: ignore[name-defined] # noqa: F821
            models.Ticket.team_id, order=(models.Ticket.id,), at_most=3, description="Both a page and a list."
        )

    assert faults(Wrong) == [
        "Wrong.order must be nullable: it takes [<Permission.ORDERS_READ: 'orders:read'>] besides its type's own.",
        "Wrong.order: its key is no column of its own table.",
        "Wrong.entries: a list says `at_most`, a connection does not.",
        "Wrong.entries: its key is no column of the table that Entry is read from.",
        "Wrong.number must be nullable: it takes [<Permission.AUDIT_READ: 'audit:read'>] besides its type's own.",
        "Wrong.team: a list says `at_most`, a connection does not.",
        "Wrong.team: its key is no column of the table that Team is read from.",
    ]
    assert Connection is not None


def test_the_documents_of_the_readme_are_ones_that_the_schema_answers() -> None:
    documents = re.findall(r"^```graphql\n(.*?)^```$", README.read_text(encoding="utf-8"), re.S | re.M)
    assert documents
    for document in documents:
        assert validate(schema()._schema, parse(document)) == []
