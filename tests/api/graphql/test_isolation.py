"""Another shop's things answer exactly as things that do not exist, through every field of the root."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLArgument, GraphQLInputObjectType, get_named_type

from api.graphql import ids
from api.graphql.schema import Schema
from domain.kit.ids import new_id
from tests.api.graphql.conftest import Asker
from tests.api.graphql.declared import node_types, selection
from tests.api.graphql.filled import Filled

OPEN = {
    "viewer": "speaks of the caller alone",
    "ruleDryRun": "is asked for by a condition, and tries it on the caller's shop; see test_intake_rules",
    "statistics": "is asked for by a time, and counts what happened in the caller's shop; see test_statistics",
}
"""Root fields through which nothing but the caller's own can come."""

KEYS: dict[str, tuple[Any, Any]] = {
    "customer.externalId": ("c-1", "nothing"),
    "customers.externalId": ("c-1", "nothing"),
    "customers.email": ("c1@klient.example", "nobody@klient.example"),
    "order.externalId": ("o-1", "nothing"),
    "orders.externalId": ("o-1", "nothing"),
    "orders.number": ("2026/1", "nothing"),
    "ticket.number": (1, 987_654_321),
    "tickets.number": (1, 987_654_321),
    "tickets.tag": (["zwrot"], ["nothing"]),
    "call.externalId": ("over-1", "nothing"),
    "topic.key": ("accounting", "nothing"),
    "team.key": ("accounting", "nothing"),
    "skill.key": ("accounting", "nothing"),
    "member.email": ("osoba1@bombka.example", "nobody@bombka.example"),
    "members.email": ("osoba1@bombka.example", "nobody@bombka.example"),
    "invoice.number": (1, 987_654_321),
    "seatLicences.label": ("Season", "nothing"),
    "seasons.name": ("Sezon 0", "nothing"),
}
"""Arguments that name something by a key of its own: one that the other shop has, and one that nobody has."""

HARMLESS = {"first", "after", "last", "before", "order", "afterSequence", "month", "latest", "day"}
"""Arguments that name nothing."""

PLAIN = {
    "state", "open", "channel", "assigned", "arrivedAt", "dueAt", "status", "placedAt", "promisedOn", "presence",
    "role", "kind", "starts", "ends", "ended", "scheduled", "cancelled", "held",
    "unit", "terms", "month",
    "at", "spent", "removed", "archived",
    "callBack", "startedAt",
}  # fmt: skip
"""Fields of filters that name nothing."""


def prefix_of(field: str, argument: str) -> str:
    """Of what type an argument's id is."""
    if argument in ("id", "ids"):
        return {"seatLicence": "seat_licence"}.get(field, field)
    return {"assigneeId": "agent", "answeredById": "agent", "licenceId": "seat_licence"}.get(
        argument, argument.removesuffix("Id")
    )


def pairs(filled: Filled, field: str, argument: str, type_: Any) -> tuple[Any, Any]:
    """What of the other shop to name in an argument, and what nobody has."""
    if get_named_type(type_).name == "ID":
        prefix = prefix_of(field, argument)
        return ids.spell(prefix, filled.ids(prefix)[0]), ids.spell(prefix, new_id())
    return KEYS[f"{field}.{argument}"]


def ways(filled: Filled, field: str, name: str, argument: GraphQLArgument) -> Iterator[tuple[Any, Any]]:
    """The values for an argument: each names something of the other shop, beside one that names nothing."""
    inside = get_named_type(argument.type)
    if name in HARMLESS:
        return
    if isinstance(inside, GraphQLInputObjectType):
        for each, input_field in inside.fields.items():
            if each not in PLAIN:
                theirs, nobodys = pairs(filled, field, each, input_field.type)
                yield {each: theirs}, {each: nobodys}
    else:
        yield pairs(filled, field, name, argument.type)


PREFIXES = {cls.__reading__.prefix for cls in node_types()}  # type: ignore[attr-defined]


def root(schema: Schema) -> dict[str, Any]:
    assert schema._schema.query_type is not None
    return dict(schema._schema.query_type.fields)


async def test_nodes_of_another_shop_are_not_found(neighbour: Asker, asker: Asker, filled: Filled) -> None:
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    tried = 0
    for table in PREFIXES & filled.rows.keys():
        for row in filled.rows[table]:
            tried += 1
            theirs = await neighbour.ask(query, id=ids.spell(table, row.id))
            assert theirs == await neighbour.ask(query, id=ids.spell(table, new_id())) == {"data": {"node": None}}
            if getattr(row, "sequence", 0) is not None:
                own = await asker.data(query, id=ids.spell(table, row.id))
                assert own["node"]["id"] == ids.spell(table, row.id)
    assert tried > 50


async def test_every_type_is_tried(filled: Filled) -> None:
    assert {*filled.rows, "tenant"} >= PREFIXES


async def test_another_shop_itself_is_not_found(neighbour: Asker, asker: Asker, filled: Filled) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    own = ids.spell("tenant", filled.tenant_id)
    assert (await neighbour.data(query, id=own))["node"] is None
    assert (await asker.data(query, id=own))["node"] == {"id": own}


async def test_every_root_field_answers_for_another_shop_as_for_nothing(
    neighbour: Asker, asker: Asker, queries: Schema, filled: Filled
) -> None:
    """A new field or argument fails here until this test knows how to name another shop's things in it."""
    shown = 0
    for name, field in root(queries).items():
        if name in OPEN or name in ("node", "nodes"):
            continue
        inside = selection(queries._schema, field.type)
        for argument_name, argument in field.args.items():
            for theirs, nobodys in ways(filled, name, argument_name, argument):
                query = f"query ($value: {argument.type}) {{ {name}({argument_name}: $value) {inside} }}"
                assert await neighbour.ask(query, value=theirs) == await neighbour.ask(query, value=nobodys), query
                own = (await asker.data(query, value=theirs))[name]
                shown += bool(own if not isinstance(own, dict) or "edges" not in own else own["edges"])
        if "first" in field.args:
            assert (await neighbour.data(f"{{ {name} {inside} }}"))[name] == {"totalCount": 0, "edges": []}
            assert (await asker.data(f"{{ {name} {inside} }}"))[name]["totalCount"] > 0
    assert shown > 20, "the shop's own caller saw too little, so the test proves too little"


async def test_nodes_gives_null_in_the_place_of_each_that_is_not_found(neighbour: Asker, filled: Filled) -> None:
    theirs = [ids.spell("ticket", id) for id in filled.ids("ticket")]
    asked = [*theirs, "ticket_" + "0" * 32, "nonsense", "", "agent_xyz", "unknown_" + "0" * 32]
    data = await neighbour.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)
    assert data == {"nodes": [None] * len(asked)}


async def test_the_stream_shows_stamped_events_alone(asker: Asker, filled: Filled) -> None:
    unstamped = next(row for row in filled.rows["event"] if row.sequence is None)
    data = await asker.data("query ($id: ID!) { node(id: $id) { id } }", id=ids.spell("event", unstamped.id))
    assert data == {"node": None}
