"""Drafts and the next ticket through the API: what the payloads show, and what a history says afterwards."""

from typing import Any

import pytest

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.schema import schema
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.seats.models import SeatKind
from domain.seats.rights import standing_of_member
from domain.tickets import working
from tests.api.graphql.conftest import execute
from tests.conftest import NOW, Shop
from tests.domain.world import Person, World


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


async def ask(world: World, person: Person, document: str, **variables: Any) -> dict[str, Any]:
    async with world.database.reading(world.tenant_id) as session:
        standing = await standing_of_member(session, member_id=person.member_id, now=NOW)
    assert standing is not None
    context = RequestContext(
        database=world.database,
        caller=Caller(tenant_id=world.tenant_id, actor=person.actor, standing=standing, scopes=None),
        now=NOW,
        trace_id="",
        language=Language.EN,
        idempotency_key=None,
    )
    answer = await execute(schema(), query=document, variables=variables, context=context)
    assert "errors" not in answer, answer["errors"]
    data: dict[str, Any] = answer["data"]
    return data


async def test_an_approved_draft_shows_its_decision_and_what_went_out(world: World, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        draft = await working.add_draft(session, ticket_id=ticket_id, body="Szkic", by=lena.actor, now=NOW)
    document = """mutation ($draft: ID!) { draftApprove(input: {draftId: $draft, body: "Inaczej"}) {
        ... on DraftApproved {
            ticket { state }
            draft { body decision { outcome edited seatKind agent { id } result { id } } }
            entry { id kind body authorMember { id } sender { id } decision { outcome } }
        }
        ... on Failure { code }
    } }"""
    spelled = ids.spell("entry", draft.id)
    outcome = (await ask(world, filip, document, draft=spelled))["draftApprove"]
    sent = outcome["entry"].pop("id")
    assert outcome == {
        "ticket": {"state": "WAITING"},
        "draft": {
            "body": "Szkic",
            "decision": {
                "outcome": "APPROVED",
                "edited": True,
                "seatKind": "FULL",
                "agent": {"id": ids.spell("agent", filip.agent_id)},
                "result": {"id": sent},
            },
        },
        "entry": {
            "kind": "OUTBOUND",
            "body": "Inaczej",
            "authorMember": {"id": ids.spell("member", lena.member_id)},
            "sender": {"id": ids.spell("agent", filip.agent_id)},
            "decision": None,
        },
    }
    again = (await ask(world, filip, document, draft=spelled))["draftApprove"]
    assert again == {"code": "DRAFT_SETTLED"}


async def test_the_next_ticket_is_null_when_there_is_none(world: World) -> None:
    filip = await world.person(SeatKind.FULL)
    await world.ticket()
    document = """mutation { ticketTakeNext(input: {}) { ... on TicketTaken { ticket {
        number state assignee { id } routingDecisions { edges { node { reason } } }
    } } } }"""
    taken = [(await ask(world, filip, document))["ticketTakeNext"]["ticket"] for _ in range(2)]
    assert taken == [
        {
            "number": 1,
            "state": "ASSIGNED",
            "assignee": {"id": ids.spell("agent", filip.agent_id)},
            "routingDecisions": {"edges": [{"node": {"reason": "TAKEN"}}]},
        },
        None,
    ]


async def test_a_reason_for_handing_over_becomes_a_note(world: World) -> None:
    filip, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    document = """mutation ($ticket: ID!, $agent: ID!) {
        ticketAssign(input: {ticketId: $ticket, agentId: $agent, reason: "Znasz tę sprawę"}) {
            ... on TicketAssigned { ticket { lastEntry { kind body } } }
    } }"""
    ticket, agent = ids.spell("ticket", ticket_id), ids.spell("agent", filip.agent_id)
    outcome = (await ask(world, filip, document, ticket=ticket, agent=agent))["ticketAssign"]
    assert outcome == {"ticket": {"lastEntry": {"kind": "INTERNAL", "body": "Znasz tę sprawę"}}}
