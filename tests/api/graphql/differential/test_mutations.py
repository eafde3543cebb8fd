"""What is selected of a mutation's outcome is read alike, in two copies of one shop: done, refused, or of nothing."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, get_named_type, is_leaf_type

from api.context import RequestContext
from api.graphql import ids
from api.graphql.execution import execute, written
from api.graphql.schema import schema
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.seats.callers import Caller
from domain.seats.rights import standing_of_member
from tests.api.graphql.declared import leaves
from tests.api.graphql.differential.answers import Answer, difference
from tests.api.graphql.test_every_mutation import (
    MUTATIONS,
    Populated,
    held_at,
    id_places,
    inputs,
    kind_of,
    populate,
    replaced,
)
from tests.api.graphql.test_every_mutation import configured as configured
from tests.cloning import Cloner, cloner_of
from tests.conftest import NOW, FoundShop
from tests.servers import Servers

NEW = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECRETS = {"clientSecret", "clientId"}
"""What no two calls are told alike."""


@pytest.fixture(scope="module")
async def original(database: Database, found_shop: FoundShop) -> Populated:
    """What every test has two copies of: with the same ids, for a tenant's are its own."""
    return await populate(database, await found_shop())


@pytest.fixture(scope="module")
async def cloner(original: Populated, servers: Servers) -> AsyncIterator[Cloner]:
    async with cloner_of(servers, original.world.tenant_id) as cloner:
        yield cloner


@pytest.fixture
async def pair(original: Populated, cloner: Cloner) -> tuple[Populated, Populated]:
    """Two shops that nothing tells apart."""
    one, other = [await cloner.clone() for _ in range(2)]
    return _in(original, one), _in(original, other)


def _in(original: Populated, tenant_id: UUID) -> Populated:
    return replace(original, world=replace(original.world, tenant_id=tenant_id))


def outcome(mutation: str) -> str:
    """A selection of all that a mutation's outcome holds, and of what that leads to."""
    result: Any = schema()._schema.get_type(f"{mutation[0].upper()}{mutation[1:]}Result")
    assert isinstance(result, GraphQLUnionType)
    parts = [_of_member(member) for member in result.types]
    return "{ __typename ... on Failure { code message path } " + " ".join(parts) + " }"


def _of_member(member: GraphQLObjectType) -> str:
    failure = any(interface.name == "Failure" for interface in member.interfaces)
    fields = []
    for name, field in member.fields.items():
        if is_leaf_type(get_named_type(field.type)):
            fields += [f"{member.name}{name}: {name}"] if failure and name not in ("code", "message", "path") else []
            fields += [] if failure or name in SECRETS else [name]
        else:
            fields.append(f"{name} {_of_row(field.type)}")
    return f"... on {member.name} {{ {' '.join(fields)} }}" if fields else ""


def _of_row(type: Any) -> str:
    """A row's own values, and those of the rows and the first rows of the lists beside it."""
    named: Any = get_named_type(type)
    parts = [leaves(schema()._schema, named.name)]
    for name, field in named.fields.items():
        far: Any = get_named_type(field.type)
        if far.name.endswith("Connection"):
            inside = leaves(schema()._schema, far.name.removesuffix("Connection"))
            parts.append(f"{name}(last: 2) {{ totalCount edges {{ node {{ {inside} }} }} }}")
        elif not is_leaf_type(far):
            parts.append(f"{name} {{ {leaves(schema()._schema, far.name)} }}")
    return "{ " + " ".join(parts) + " }"


async def done(
    shop: Populated, actor: Actor, document: str, variables: dict[str, Any], *, planned: bool, key: str | None = None
) -> Answer:
    """The answer to a document with mutations, with new ids numbered as they come."""
    database, tenant_id = shop.world.database, shop.world.tenant_id
    assert actor.id is not None
    async with database.reading(tenant_id) as session:
        standing = await standing_of_member(session, member_id=actor.id, now=NOW)
    assert standing is not None
    context = RequestContext(
        database=database,
        caller=Caller(tenant_id=tenant_id, actor=actor, standing=standing),
        now=NOW,
        trace_id="",
        language=Language.EN,
        idempotency_key=key,
    )
    answer = await execute(schema(), query=document, variables=variables, context=context, planned=planned)
    numbers: dict[str, str] = {}
    text = NEW.sub(lambda found: numbers.setdefault(found[0], f"#{len(numbers)}"), written(answer).decode())
    return Answer.read(text.encode())


async def alike(pair: tuple[Populated, Populated], actor: Actor, document: str, variables: dict[str, Any]) -> Any:
    """What both ways answer, each in a copy of its own."""
    one, other = pair
    planned = await done(one, actor, document, variables, planned=True)
    reference = await done(other, actor, document, variables, planned=False)
    assert difference(planned, reference) is None, f"{document}\n{difference(planned, reference)}"
    return planned.whole.get("data")


def document_of(mutation: str) -> str:
    input = f"{mutation[0].upper()}{mutation[1:]}Input"
    return f"mutation ($input: {input}!) {{ {mutation}(input: $input) {outcome(mutation)} }}"


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_every_outcome_is_read_alike(mutation: str, pair: tuple[Populated, Populated]) -> None:
    here, document = pair[0], document_of(mutation)
    for input in inputs(here.things)[mutation]:
        for place in id_places(input):
            unknown = replaced(input, place, ids.spell(kind_of(held_at(input, place)), new_id()))
            data = await alike(pair, here.admin.actor, document, {"input": unknown})
            assert "code" in data[mutation]
        await alike(pair, here.light.actor, document, {"input": input})
        await alike(pair, here.admin.actor, document, {"input": input})


@pytest.mark.parametrize("mutation", ["ticketReply", "seatLicencesAdd", "orderCreate", "ticketTakeNext"])
async def test_an_outcome_is_replayed_alike(mutation: str, pair: tuple[Populated, Populated]) -> None:
    one, other = pair
    document, given = document_of(mutation), {"input": inputs(one.things)[mutation][0]}
    answers = [
        (
            await done(one, one.admin.actor, document, given, planned=True, key="k"),
            await done(other, other.admin.actor, document, given, planned=False, key="k"),
        )
        for _ in range(2)
    ]
    assert [difference(*answer) for answer in answers] == [None, None]
    assert answers[0][0].data == answers[1][0].data


async def test_each_of_several_sees_what_those_before_it_did(pair: tuple[Populated, Populated]) -> None:
    here = pair[0]
    ticket = (
        "{ number state reopenedCount assignee { name } entries(last: 3) { totalCount edges { node { kind body } } } }"
    )
    document = (
        "mutation ($note: TicketNoteInput!, $more: TicketNoteInput!, $resolve: TicketResolveInput!, $gone: "
        f"TicketNoteInput!) {{ a: ticketNote(input: $note) {{ ... on TicketNoted {{ ticket {ticket} }} }} b: "
        f"ticketNote(input: $more) {{ ... on TicketNoted {{ ticket {ticket} entry {{ body ticket {ticket} }} }} }} c: "
        f"ticketResolve(input: $resolve) {{ __typename ... on TicketResolved {{ ticket {ticket} }} }} d: "
        "ticketNote(input: $gone) { ... on Failure { code } ... on TicketNoted { ticket { id } } } __typename }"
    )
    given = {
        "note": {"ticketId": here.things.ticket, "body": "Pierwsza"},
        "more": {"ticketId": here.things.ticket, "body": "Druga"},
        "resolve": inputs(here.things)["ticketResolve"][0],
        "gone": {"ticketId": ids.spell("ticket", new_id()), "body": "Trzecia"},
    }
    data = await alike(pair, here.light.actor, document, given)
    assert [data[key]["ticket"]["entries"]["totalCount"] for key in "ab"] == [3, 4]
    assert data["c"]["ticket"]["state"] == "RESOLVED"
    assert data["d"] == {"code": "TICKET_NOT_FOUND"}
