"""Where a fault lies: every text that a mutation takes, spoilt in turn, is named by its place in the input."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type, get_nullable_type

from api.graphql import ids
from api.graphql.limits import IMPORTS
from api.graphql.schema import schema
from domain.kit.ids import new_id
from tests.api.graphql.test_every_mutation import MUTATIONS, Populated, call, inputs
from tests.api.graphql.test_every_mutation import cloner as cloner
from tests.api.graphql.test_every_mutation import configured as configured
from tests.api.graphql.test_every_mutation import here as here
from tests.api.graphql.test_every_mutation import original as original
from tests.api.graphql.test_imports import Program, order, ticket
from tests.api.graphql.test_imports import program as program
from tests.conftest import NOW

AT = NOW.isoformat()
SAMPLES: dict[str, dict[str, Any]] = {
    "PaymentInput": {"method": "CARD", "amount": 100},
    "ReceiptInput": {"amount": 1, "at": AT, "source": "bank-9"},
    "ShipmentInput": {"carrier": "InPost", "shippedAt": AT},
}
"""What to put where a mutation's usual input has nothing."""

MAY_BE_BLANK = {
    ("orderCreate", "customer", "email"),
    ("orderCreate", "customer", "phone"),
    ("orderCreate", "payments", "0", "reference"),
    ("orderUpdate", "shipments", "0", "trackingNumber"),
    ("ticketOpen", "topic"),
    ("ticketOpen", "customerExternalId"),
    ("ticketOpen", "orderExternalId"),
    ("ticketResolve", "evidence", "text"),
    ("seatLicencesAdd", "label"),
    ("agentSetExtension", "extension"),
    ("callRoute", "topic"),
    ("callRoute", "customerExternalId"),
    ("callRoute", "orderExternalId"),
    ("callBackRequest", "externalId"),
    ("callAnswered", "externalId"),
    ("callUnanswered", "externalId"),
    ("callEnded", "externalId"),
    ("ticketDecline", "reason"),
}
"""Texts that can be left out, where a blank one is none, and names that are looked up, where it is not found."""

OF_A_ROW_MAY_BE_BLANK = {
    *("customer.email", "customer.phone", "payments[0].reference", "shipments[0].trackingNumber"),
    *("email", "phone", "orderExternalId"),
}

Place = tuple[str, ...]


def texts_of(input_type: GraphQLInputObjectType, at: Place = ()) -> Iterator[tuple[Place, list[str]]]:
    """Where an input takes a text, and the types of the inputs around it; the first of a list stands for all."""
    for name, field in input_type.fields.items():
        named = get_named_type(field.type)
        here = (*at, name, "0") if isinstance(get_nullable_type(field.type), GraphQLList) else (*at, name)
        if isinstance(named, GraphQLInputObjectType):
            for place, around in texts_of(named, here):
                yield place, [named.name, *around]
        elif named.name == "String":
            yield here, []


def spoilt(input: dict[str, Any], place: Place, around: list[str], by: str) -> dict[str, Any]:
    copied = copy.deepcopy(input)
    holder: Any = copied
    names = iter(around)
    for step in place[:-1]:
        if step.isdigit():
            holder = holder[0]
            continue
        name = next(names, "")  # none around a list of texts
        sample = copy.deepcopy(SAMPLES.get(name, {}))
        follows = place[place.index(step) + 1] == "0"
        if not holder.get(step):
            holder[step] = [sample] if follows else sample
        holder = holder[step]
    if place[-1].isdigit():
        holder[:1] = [by]
    else:
        holder[place[-1]] = by
    return copied


def exists(path: list[str], mutation: str) -> bool:
    """Whether the input type of the mutation has such a place."""
    at: Any = schema()._schema.type_map[f"{mutation[0].upper()}{mutation[1:]}Input"]
    for step in path:
        if step.isdigit():
            continue
        if not isinstance(at, GraphQLInputObjectType) or step not in at.fields:
            return False
        at = get_named_type(at.fields[step].type)
    return True


@pytest.mark.parametrize("mutation", sorted(set(MUTATIONS) - IMPORTS.keys()))
async def test_a_text_that_cannot_be_is_named_by_its_place(mutation: str, here: Populated) -> None:
    input_type = schema()._schema.type_map[f"{mutation[0].upper()}{mutation[1:]}Input"]
    assert isinstance(input_type, GraphQLInputObjectType)
    usual = inputs(here.things)[mutation][0]
    for place, around in texts_of(input_type):
        for text in ("   ", "a\0b", "a\u2028b", "x" * 200_000):
            SAMPLES["ReceiptInput"]["paymentId"] = here.things.payment
            if mutation in ("orderCreate", "callRoute"):
                usual["externalId"] = new_id().hex
            answer = await call(here, here.admin.actor, mutation, spoilt(usual, place, around, text))
            if answer.get("code") == "INVALID_INPUT":
                whole = [list(place[:-1])] if place[-1] == "0" else []  # of a list of texts, the list may be named
                assert answer["path"] in [list(place), *whole]
                assert exists(answer["path"], mutation)
            else:
                must_be_refused = text == "a\0b" or (text == "   " and (mutation, *place) not in MAY_BE_BLANK)
                assert not must_be_refused, (place, text, answer)


@pytest.mark.parametrize("mutation", IMPORTS)
async def test_a_text_of_a_row_that_cannot_be_is_named_by_its_place(mutation: str, program: Program) -> None:
    rows = IMPORTS[mutation]
    usual = {"orders": order(1), "customers": order(1)["customer"], "tickets": ticket(1)}[rows]
    input_type = schema()._schema.type_map[f"{mutation[0].upper()}{mutation[1:]}Input"]
    assert isinstance(input_type, GraphQLInputObjectType)
    for place, around in texts_of(input_type):
        inside = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in place[2:]).removeprefix(".")
        for text in ("   ", "a\0b", "a\u2028b", "x" * 200_000):
            usual["externalId"] = new_id().hex
            input = spoilt({rows: [copy.deepcopy(usual)]}, place, around, text)
            outcome = await program.send(mutation, input[rows])
            if outcome["__typename"] == "ImportRejected":
                [failure] = outcome["rows"][0]["failures"]
                assert (failure["code"], failure["field"]) == ("INVALID_INPUT", inside)
            else:
                mended = inside in ("subject", "body") and text != "   "  # line by line, and without control characters
                assert mended or (text == "   " and inside in OF_A_ROW_MAY_BE_BLANK), (place, text, outcome)


@pytest.mark.parametrize(
    ("mutation", "wrong", "path"),
    [
        ("orderUpdate", {"receipts": [{"amount": 0, "at": AT, "source": "b"}]}, ["receipts", "0", "amount"]),
        (
            "orderUpdate",
            {
                "shipments": [
                    {"carrier": "InPost", "shippedAt": "2026-11-02T09:00:00Z", "deliveredAt": "2026-11-01T09:00:00Z"}
                ]
            },
            ["shipments", "0", "deliveredAt"],
        ),
        ("orderCreate", {"currency": "PL1"}, ["currency"]),
        ("orderCreate", {"promisedOn": "0001-01-01"}, ["promisedOn"]),
        ("agentInvite", {"seat": {}}, ["seat", "licenceId"]),
        ("agentInvite", {"seat": {"kind": "FULL", "from": "2026-01-01T00:00:00Z"}}, ["seat", "from"]),
        ("agentInvite", {"teamIds": [ids.spell("team", new_id())] * 101}, ["teamIds"]),
        ("ticketOpen", {"customerId": None, "orderId": None}, ["customerId"]),
    ],
)
async def test_a_value_that_cannot_be_is_named_by_its_place(
    mutation: str, wrong: dict[str, Any], path: list[str], here: Populated
) -> None:
    for receipt in wrong.get("receipts", []):
        receipt["paymentId"] = here.things.payment
    answer = await call(here, here.admin.actor, mutation, {**inputs(here.things)[mutation][0], **wrong})
    assert (answer["code"], answer["path"]) == ("INVALID_INPUT", path)
    assert exists(path, mutation)
