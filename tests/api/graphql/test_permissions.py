"""What the caller may not see is an error and null, told before anything is read."""

from typing import Any

import pytest

from api.graphql import ids
from api.graphql.reading.sources import reading_of
from api.graphql.schema import Schema
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.tenants.permissions import Permission
from tests.api.graphql.conftest import Asker
from tests.api.graphql.declared import REQUIRED, node_types, selection
from tests.api.graphql.filled import Filled
from tests.conftest import CountStatements

PROTECTED = [cls for cls in node_types() if reading_of(cls).requires is not None]


@pytest.fixture
def powerless(queries: Schema, database: Database, filled: Filled) -> Asker:
    return Asker(queries, database, filled.tenant_id, frozenset())


@pytest.mark.parametrize("cls", PROTECTED, ids=lambda cls: str(cls.__name__))
async def test_a_type_is_closed_without_its_permission(cls: type, powerless: Asker, filled: Filled) -> None:
    reading = reading_of(cls)
    query = "query ($id: ID!) { node(id: $id) { id } }"
    answers = [
        await powerless.ask(query, id=ids.spell(reading.prefix, id))
        for id in (filled.ids(reading.prefix)[0], ids.NOTHING)
    ]
    assert answers[0] == answers[1], "the refusal tells what exists"
    assert answers[0]["data"] == {"node": None}
    assert reading.requires is not None
    assert answers[0]["errors"][0]["extensions"] == {
        "code": "NOT_PERMITTED",
        "permission": reading.requires.value,
    }


async def test_every_root_field_but_the_viewer_is_closed_without_permissions(
    powerless: Asker, queries: Schema, statements: CountStatements
) -> None:
    query_type: Any = queries._schema.query_type
    for name, field in query_type.fields.items():
        if name in ("viewer", "node", "nodes"):
            continue
        with statements() as seen:
            answer = await powerless.ask(
                f"{{ {name}{REQUIRED.get(name, '')} {selection(queries._schema, field.type)} }}"
            )
        assert answer["data"] == {name: None}, name
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_PERMITTED"], name
        assert seen == []


async def test_a_relation_into_a_closed_type_is_null_and_the_rest_is_there(
    queries: Schema, database: Database, filled: Filled
) -> None:
    asker = Asker(queries, database, filled.tenant_id, frozenset({Permission.TICKETS_READ}))
    answer = await asker.ask(
        "{ ticket(number: 2) { number topic { key } customer { name } assignee { name } order { number } } }"
    )
    assert answer["data"] == {
        "ticket": {"number": 2, "topic": {"key": "accounting"}, "customer": None, "assignee": None, "order": None}
    }
    assert sorted((error["path"][-1], error["extensions"]["permission"]) for error in answer["errors"]) == [
        ("assignee", "people:read"),
        ("customer", "orders:read"),
        ("order", "orders:read"),
    ]


async def test_a_field_may_take_more_than_its_type(queries: Schema, database: Database, filled: Filled) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Delivery { state address } } }"
    id = ids.spell("delivery", filled.ids("delivery")[0])
    some = frozenset({Permission.TICKETS_READ})
    answer = await Asker(queries, database, filled.tenant_id, some).ask(query, id=id)
    assert answer["data"]["node"] == {"state": "PENDING", "address": None}
    assert [error["extensions"]["permission"] for error in answer["errors"]] == ["orders:read"]
    more = Asker(queries, database, filled.tenant_id, some | {Permission.ORDERS_READ})
    assert (await more.data(query, id=id))["node"]["address"] == "c0@klient.example"


async def test_the_refusal_speaks_the_callers_language(powerless: Asker) -> None:
    powerless.language = Language.PL
    answer = await powerless.ask("{ tickets { totalCount } }")
    assert answer["errors"][0]["message"] == "Brak uprawnień do tej operacji: wymaga ona uprawnienia „tickets:read”."


async def test_everybody_sees_themselves(queries: Schema, database: Database, filled: Filled) -> None:
    asker = Asker(queries, database, filled.tenant_id, frozenset(), member_id=filled.ids("member")[0])
    data = await asker.data(
        "{ viewer { kind role permissions language tenant { slug } member { email } client { id } } }"
    )
    assert data["viewer"]["member"] == {"email": "osoba0@bombka.example"}
    assert data["viewer"]["permissions"] == []
    assert data["viewer"]["client"] is None
    assert data["viewer"]["kind"] == "MEMBER"


def test_no_secret_has_a_field(queries: Schema) -> None:
    hidden = ("password", "secret", "hash", "token", "failedSignIns", "lockedUntil")
    shown = [
        f"{name}.{field}"
        for name, type_ in queries._schema.type_map.items()
        if not name.startswith("__")
        for field in getattr(type_, "fields", {})
    ]
    assert not [field for field in shown if any(word.lower() in field.lower() for word in hidden)]
