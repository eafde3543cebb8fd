"""Every mutation there is, walked from the schema: another shop's ids, light agents, and those without a seat."""

import asyncio
import copy
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from sqlalchemy import select

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.schema import schema
from domain.agents import invitations
from domain.agents.models import Agent, Member, Presence
from domain.agents.roles import Role
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.settings import settings
from domain.orders import operations as orders
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails
from domain.orders.models import Payment, PaymentMethod
from domain.orders.payments import PaymentDetails
from domain.seasons import drafting
from domain.seasons import operations as seasons
from domain.seasons import queries as season_queries
from domain.seasons.people import Named
from domain.seats import operations as seats
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.seats.rights import standing_of_client, standing_of_member
from domain.tenants import clients
from domain.tenants.permissions import CLIENT_SCOPES
from domain.tickets import assignment, working
from domain.tickets.calls import ivr
from domain.tickets.calls import operations as calls
from domain.tickets.calls.menus import Choice, Lead, Menu
from domain.tickets.calls.operations import Ringing
from domain.tickets.intake import operations as intake
from domain.tickets.intake.rules import Effects
from domain.tickets.models import Ticket
from tests.api.graphql.conftest import execute
from tests.cloning import Cloner, cloner_of
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, Person, World
from tests.servers import Servers
from tests.state import everything

REACHES_CUSTOMERS = {"ticketReply", "draftApprove"}
"""The mutations that can make something leave the shop. Everything else stays inside, whoever does it."""

FOR_PEOPLE_ALONE = {
    "ticketNote",
    "ticketDraft",
    "ticketReply",
    "ticketAssign",
    "ticketResolve",
    "ticketReopen",
    "ticketClose",
    "ticketTakeNext",
    "ticketAccept",
    "ticketDecline",
    "draftApprove",
    "draftReturn",
    "draftReplace",
    "agentInvite",
    "agentSetTeams",
    "agentSetSkills",
    "agentSetLanguages",
    "agentSetSenior",
    "agentSetShifts",
    "agentSetCapacities",
    "channelSettingsSet",
    "queueSettingsSet",
    "agentSetExtension",
    "ivrMenuSet",
    "memberSuspend",
    "memberReactivate",
    "memberSetRole",
    "invitationResend",
    "invitationRevoke",
    "agentSetPresence",
    "seatLicencesAdd",
    "seatLicencesExpire",
    "seatAssign",
    "seatRelease",
    "seatLicencesExtend",
    "seatSuccessorSet",
    "seatChangeKind",
    "seatMove",
    "seasonDraft",
    "seasonSchedule",
    "seasonExtend",
    "seasonShorten",
    "seasonEnd",
    "seasonCancel",
    "seasonAddPeople",
    "seasonRemovePerson",
    "plannedInvitationCancel",
    "dayPassesAdd",
    "dayPassesRemove",
    "dayPassHolderSet",
    "dayPassHolderRemove",
    "intakeRuleCreate",
    "intakeRuleUpdate",
    "intakeRulesReorder",
    "intakeRuleArchive",
    "apiClientCreate",
    "apiClientRevoke",
}
"""What no API client may do, whatever its scopes."""

SEATLESS_ADMIN = {
    "orderCreate",
    "orderUpdate",
    "ordersImport",
    "customersImport",
    "agentInvite",
    "agentSetTeams",
    "agentSetSkills",
    "agentSetLanguages",
    "agentSetSenior",
    "agentSetShifts",
    "agentSetCapacities",
    "channelSettingsSet",
    "queueSettingsSet",
    "agentSetExtension",
    "ivrMenuSet",
    "memberSuspend",
    "memberReactivate",
    "memberSetRole",
    "invitationResend",
    "invitationRevoke",
    "seatLicencesAdd",
    "seatLicencesExpire",
    "seatAssign",
    "seatRelease",
    "seatLicencesExtend",
    "seatSuccessorSet",
    "seatChangeKind",
    "seatMove",
    "seasonDraft",
    "seasonSchedule",
    "seasonExtend",
    "seasonShorten",
    "seasonEnd",
    "seasonCancel",
    "seasonAddPeople",
    "seasonRemovePerson",
    "plannedInvitationCancel",
    "dayPassesAdd",
    "dayPassesRemove",
    "dayPassHolderSet",
    "dayPassHolderRemove",
    "intakeRuleCreate",
    "intakeRuleUpdate",
    "intakeRulesReorder",
    "intakeRuleArchive",
    "apiClientCreate",
    "apiClientRevoke",
}
"""What an admin may do without a seat: administration."""

NOT_FOUND = {
    "ORDER_NOT_FOUND",
    "CUSTOMER_NOT_FOUND",
    "PAYMENT_NOT_FOUND",
    "TICKET_NOT_FOUND",
    "DRAFT_NOT_FOUND",
    "TEAM_NOT_FOUND",
    "SKILL_NOT_FOUND",
    "AGENT_NOT_FOUND",
    "SEAT_LICENCE_NOT_FOUND",
    "SEAT_ASSIGNMENT_NOT_FOUND",
    "SUCCESSOR_NOT_FOUND",
    "DAY_PASS_HOLDER_NOT_FOUND",
    "INTAKE_RULE_NOT_FOUND",
    "CALL_NOT_FOUND",
    "IVR_MENU_NOT_FOUND",
    "ASSIGNEE_HAS_NO_SEAT",
    "EVIDENCE_NOT_FOUND",
    "CLIENT_NOT_FOUND",
    "MEMBER_NOT_FOUND",
    "INVITATION_NOT_FOUND",
    "SEASON_NOT_FOUND",
    "SEASON_PERSON_NOT_FOUND",
    "PLANNED_INVITATION_NOT_FOUND",
}


@dataclass(frozen=True)
class Things:
    """The typed ids of one thing of each kind in a shop."""

    customer: str
    order: str
    payment: str
    ticket: str
    entry: str
    team: str
    skill: str
    agent: str
    seat_licence: str
    seat_assignment: str
    api_client: str
    member: str
    invitation: str
    season: str
    season_person: str
    planned_invitation: str
    intake_rule: str
    line: str
    """Another team."""

    @classmethod
    def unknown(cls) -> "Things":
        return cls(**{name: ids.spell(name, new_id()) for name in cls.__dataclass_fields__})


@dataclass
class Populated:
    """A shop with one thing of each kind, its admin on a full seat, a light agent, and an API client."""

    world: World
    things: Things
    admin: Person
    light: Person
    client_id: UUID


async def populate(database: Database, shop: Shop) -> Populated:
    world = await World.found(database, shop)
    admin = await world.person(SeatKind.FULL, role=Role.OWNER, presence=Presence.OFFLINE)
    light = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE)
    async with database.writing(shop.tenant_id) as session:
        order = await orders.create_order(
            session,
            details=OrderDetails(
                external_id="order-1",
                number="1",
                customer=CustomerDetails(external_id="c-1", name="Zofia", email="zofia@klient.example"),
                currency="PLN",
                total_amount=100,
                placed_at=NOW,
                lines=[LineDetails("A", "A", 1, 100)],
                payments=[PaymentDetails(PaymentMethod.CARD, 100)],
            ),
            by=SYSTEM,
            now=NOW,
        )
        payment_id = (await session.scalars(select(Payment.id))).one()
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=3, by=SYSTEM, now=NOW)
        await passes.set_holder(session, agent_id=light.agent_id, kind=SeatKind.FULL, by=SYSTEM, now=NOW)
        client, _ = await clients.create_client(session, name="Shop", scopes=CLIENT_SCOPES, by=SYSTEM, now=NOW)
        invited = await invitations.invite_member(
            session,
            email="ewa@bombka.example",
            name="Ewa",
            role=Role.AGENT,
            team_ids=[],
            skill_ids=[],
            capacities={},
            language=Language.PL,
            belongs_to_customer=False,
            by=SYSTEM,
            inviter_member_id=admin.member_id,
            key="a key for tests that is long enough",
            now=NOW - timedelta(hours=1),
        )
    ticket_id = await world.ticket()
    async with database.writing(shop.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=light.agent_id, by=SYSTEM, now=NOW)
        draft = await working.add_draft(session, ticket_id=ticket_id, body="Szkic", by=light.actor, now=NOW)
    async with database.writing(shop.tenant_id) as session:
        plan = drafting.Plan(
            name="Święta",
            first_day=date(2026, 12, 1),
            last_day=date(2026, 12, 31),
            full_count=0,
            light_count=1,
            role=Role.AGENT,
            language=Language.PL,
            people=[Named("ola@bombka.example", "Ola", SeatKind.LIGHT)],
        )
        season = await drafting.draft_season(session, plan=plan, own_id=admin.member_id, by=admin.actor, now=NOW)
        await seasons.schedule_season(session, season_id=season.id, own_id=admin.member_id, by=admin.actor, now=NOW)
        rule = await intake.create_rule(
            session, name="Sklep", condition="true", effects=Effects(priority=1), by=SYSTEM, now=NOW
        )
        returns = Menu("returns", "Returns", "Zwroty", Lead("delivery"), (Choice("1", "A", "A", Lead("delivery")),))
        await ivr.set_menu(session, menu=returns, by=SYSTEM, now=NOW)
        ringing = Ringing("call-1", number="+48600100201", topic="delivery")
        await calls.route_call(session, ringing=ringing, by=SYSTEM, now=NOW)
        (ola,) = await season_queries.people(session, season_id=season.id)
    assert ola.invitation_id is not None
    things = Things(
        customer=ids.spell("customer", world.customer_id),
        order=ids.spell("order", order.id),
        payment=ids.spell("payment", payment_id),
        ticket=ids.spell("ticket", ticket_id),
        entry=ids.spell("entry", draft.id),
        team=ids.spell("team", world.teams["first-line"]),
        skill=ids.spell("skill", world.skills["payments"]),
        agent=ids.spell("agent", light.agent_id),
        seat_licence=ids.spell("seat_licence", light.licence_id),
        seat_assignment=ids.spell("seat_assignment", light.assignment_id),
        api_client=ids.spell("api_client", client.id),
        member=ids.spell("member", invited.member.id),
        invitation=ids.spell("invitation", invited.invitation.id),
        season=ids.spell("season", season.id),
        season_person=ids.spell("season_person", ola.id),
        planned_invitation=ids.spell("planned_invitation", ola.invitation_id),
        intake_rule=ids.spell("intake_rule", rule.id),
        line=ids.spell("team", world.teams["accounting"]),
    )
    return Populated(world, things, admin, light, client.id)


def inputs(its: Things) -> dict[str, list[dict[str, Any]]]:
    """For each mutation, inputs that name every kind of thing it can be told; a new mutation is added here."""
    at = NOW.isoformat()
    order = {
        "externalId": "order-2",
        "number": "2",
        "customer": {"externalId": "c-2", "name": "Jan", "email": "jan@klient.example"},
        "currency": "PLN",
        "totalAmount": 100,
        "placedAt": at,
        "lines": [{"sku": "A", "name": "A", "quantity": 1, "unitAmount": 100}],
    }
    receipt = {"paymentId": its.payment, "amount": 100, "at": at, "source": "bank-1"}
    ticket = {"channel": "EMAIL", "topic": "delivery", "subject": "?", "body": "?"}
    words = {"ticketId": its.ticket, "body": "Dzień dobry"}
    ringing = {"externalId": "call-2", "number": "+48600100200", "topic": "delivery"}
    menu = {"promptEn": "Returns", "promptPl": "Zwroty"}
    person = {"email": "nowa@bombka.example", "name": "Nowa"}
    proof = {"kind": "PAYMENT", "paymentId": its.payment}
    effects = {
        "teamId": its.team,
        "skills": [{"skillId": its.skill, "level": 2}],
        "language": "de",
        "priority": 7,
        "tags": ["zwrot"],
    }
    return {
        "orderCreate": [order],
        "orderUpdate": [{"orderId": its.order, "receipts": [receipt]}],
        "ordersImport": [{"orders": [order]}],
        "customersImport": [{"customers": [order["customer"]]}],
        "ticketOpen": [
            {**ticket, "customerId": its.customer, "orderId": its.order},
            {**ticket, "customerExternalId": "c-1"},
            {**ticket, "orderExternalId": "order-1"},
        ],
        "ticketsImport": [
            {"tickets": [{**ticket, "externalId": "t-1", "arrivedAt": at, "customerExternalId": "c-1"}]},
            {"tickets": [{**ticket, "externalId": "t-2", "arrivedAt": at, "orderExternalId": "order-1"}]},
        ],
        "ticketReceive": [words],
        "callRoute": [
            {**ringing, "customerId": its.customer, "orderId": its.order},
            {**ringing, "customerExternalId": "c-1"},
            {**ringing, "orderExternalId": "order-1"},
            {"externalId": "call-3", "menu": "returns", "pressed": "1"},
        ],
        "callBackRequest": [{"externalId": "call-1"}],
        "callAnswered": [{"externalId": "call-1", "agentId": its.agent}],
        "callUnanswered": [{"externalId": "call-1", "agentId": its.agent}],
        "callEnded": [{"externalId": "call-1", "outcome": "COMPLETED"}],
        "agentSetExtension": [{"agentId": its.agent, "extension": "107"}],
        "ivrMenuSet": [
            {
                **menu,
                "key": "main",
                "otherwise": {"topic": "delivery", "teamId": its.team},
                "choices": [{**menu, "digit": "1", "topic": "payment", "teamId": its.team}],
            }
        ],
        "ticketNote": [words],
        "ticketDraft": [words],
        "ticketReply": [words],
        "ticketAssign": [
            {"ticketId": its.ticket, "agentId": its.agent},
            {"ticketId": its.ticket, "teamId": its.team},
        ],
        "ticketResolve": [{"ticketId": its.ticket, "reason": "Zapłacone", "evidence": proof}],
        "ticketReopen": [{"ticketId": its.ticket, "reason": "Jednak nie"}],
        "ticketClose": [{"ticketId": its.ticket}],
        "ticketAccept": [{"ticketId": its.ticket}],
        "ticketDecline": [{"ticketId": its.ticket}, {"ticketId": its.ticket, "reason": "?"}],
        "ticketTakeNext": [{"teamId": its.team}, {}],
        "draftApprove": [{"draftId": its.entry}, {"draftId": its.entry, "body": "Dzień dobry"}],
        "draftReturn": [{"draftId": its.entry, "reason": "Bez emotikonów"}],
        "draftReplace": [{"draftId": its.entry, "body": "Dzień dobry"}],
        "agentInvite": [
            {
                **person,
                "teamIds": [its.team],
                "skillIds": [its.skill],
                "seat": {"licenceId": its.seat_licence, "successorId": its.agent},
            }
        ],
        "agentSetTeams": [{"agentId": its.agent, "teamIds": [its.team]}],
        "agentSetSkills": [{"agentId": its.agent, "skills": [{"skillId": its.skill, "level": 4}]}],
        "agentSetLanguages": [{"agentId": its.agent, "languages": ["pl", "de"]}],
        "agentSetShifts": [
            {
                "agentId": its.agent,
                "from": at,
                "to": (NOW + timedelta(days=7)).isoformat(),
                "shifts": [{"from": at, "to": (NOW + timedelta(hours=8)).isoformat()}],
            }
        ],
        "agentSetSenior": [{"agentId": its.agent, "senior": True}],
        "agentSetCapacities": [{"agentId": its.agent, "capacities": [{"channel": "CHAT", "items": 3}]}],
        "queueSettingsSet": [
            {
                "teamId": its.team,
                "priority": 2,
                "lines": [{"teamId": its.line, "enterOldestSeconds": 900, "leaveOldestSeconds": 300}],
            }
        ],
        "channelSettingsSet": [{"settings": [{"channel": "CHAT", "weight": 20, "workMinutes": 9}]}],
        "memberSuspend": [{"memberId": its.member}],
        "memberReactivate": [{"memberId": its.member}],
        "memberSetRole": [{"memberId": its.member, "role": "SUPERVISOR"}],
        "invitationResend": [{"invitationId": its.invitation}],
        "invitationRevoke": [{"invitationId": its.invitation}],
        "agentSetPresence": [{"presence": "ONLINE"}],
        "seatLicencesAdd": [{"kind": "LIGHT", "count": 2}],
        "seatLicencesExpire": [{"licenceIds": [its.seat_licence]}],
        "seatAssign": [
            {"agentId": its.agent, "licenceId": its.seat_licence},
            {"agentId": its.agent, "licenceId": its.seat_licence, "successorId": its.agent},
        ],
        "seatRelease": [{"assignmentId": its.seat_assignment}],
        "seatLicencesExtend": [{"licenceIds": [its.seat_licence]}],
        "seatSuccessorSet": [
            {"assignmentId": its.seat_assignment},
            {"assignmentId": its.seat_assignment, "successorId": its.agent},
        ],
        "seatChangeKind": [
            {"assignmentId": its.seat_assignment, "kind": "FULL"},
            {"assignmentId": its.seat_assignment, "kind": "FULL", "exchange": True},
        ],
        "seatMove": [{"assignmentId": its.seat_assignment, "toAgentId": its.agent}],
        "seasonDraft": [
            {
                "seasonId": its.season,
                "name": "Wielkanoc",
                "firstDay": "2027-03-01",
                "lastDay": "2027-03-31",
                "lightCount": 2,
                "teamIds": [its.team],
                "skillIds": [its.skill],
                "successorId": its.agent,
                "people": [person],
            },
            {"name": "Wielkanoc", "firstDay": "2027-03-01", "lastDay": "2027-03-31", "lightCount": 2},
        ],
        "seasonSchedule": [{"seasonId": its.season}],
        "seasonExtend": [{"seasonId": its.season, "lastDay": "2027-01-15"}],
        "seasonShorten": [{"seasonId": its.season, "lastDay": "2026-12-24"}],
        "seasonEnd": [{"seasonId": its.season}],
        "seasonCancel": [{"seasonId": its.season}],
        "seasonAddPeople": [{"seasonId": its.season, "people": [person]}],
        "seasonRemovePerson": [{"personId": its.season_person}],
        "plannedInvitationCancel": [{"plannedInvitationId": its.planned_invitation}],
        "dayPassesAdd": [{"kind": "LIGHT", "count": 2}],
        "dayPassesRemove": [{"kind": "LIGHT", "count": 1}],
        "dayPassHolderSet": [{"agentId": its.agent, "kind": "LIGHT"}],
        "dayPassHolderRemove": [{"agentId": its.agent}],
        "intakeRuleCreate": [{"name": "Zwroty", "condition": "order.present", "effects": effects}],
        "intakeRuleUpdate": [
            {"ruleId": its.intake_rule, "name": "Zwroty", "condition": "order.present", "effects": effects}
        ],
        "intakeRulesReorder": [{"ruleIds": [its.intake_rule]}],
        "intakeRuleArchive": [{"ruleId": its.intake_rule}],
        "apiClientCreate": [{"name": "ERP", "scopes": ["ORDERS_READ"]}],
        "apiClientRevoke": [{"clientId": its.api_client}],
    }


MUTATIONS = list(schema()._schema.mutation_type.fields)  # type: ignore[union-attr]
Path = tuple[str | int, ...]


def id_fields(input_type: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a mutation's input takes an id, by the names of its fields."""
    for name, field in input_type.fields.items():
        named = get_named_type(field.type)
        if isinstance(named, GraphQLInputObjectType):
            yield from id_fields(named, (*at, name))
        elif named.name == "ID":
            yield (*at, name)


def id_places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Where a given input holds a typed id."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from id_places(item, (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from id_places(item, (*at, index))
    elif isinstance(value, str) and ids.parse(value) is not None:
        yield at


def replaced(value: Any, place: Path, by: str) -> Any:
    copied = copy.deepcopy(value)
    holder = copied
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = by
    return copied


def held_at(value: Any, place: Path) -> str:
    for step in place:
        value = value[step]
    return str(value)


def kind_of(value: str) -> str:
    parsed = ids.parse(value)
    assert parsed is not None
    return parsed[0]


@pytest.fixture(autouse=True)
def configured(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings that an invitation takes its key from."""
    monkeypatch.setenv("SEZON_DATABASE_URL", servers.app_url)
    monkeypatch.setenv("SEZON_BROKER_URL", servers.broker_url)
    monkeypatch.setenv("SEZON_SECRET_KEY", "a key for tests that is long enough")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(scope="module")
async def original(database: Database, found_shop: FoundShop) -> Populated:
    """What every test has a copy of."""
    return await populate(database, await found_shop())


@pytest.fixture(scope="module")
async def cloner(original: Populated, servers: Servers) -> AsyncIterator[Cloner]:
    async with cloner_of(servers, original.world.tenant_id) as cloner:
        yield cloner


@pytest.fixture
async def here(original: Populated, cloner: Cloner) -> Populated:
    return replace(original, world=replace(original.world, tenant_id=await cloner.clone()))


@pytest.fixture(scope="module")
async def elsewhere(database: Database, found_shop: FoundShop) -> Populated:
    """A shop with ids of its own, in which nothing ever changes."""
    return await populate(database, await found_shop())


async def call(here: Populated, actor: Actor, mutation: str, input: dict[str, Any], **context: Any) -> dict[str, Any]:
    """What a mutation answers to somebody of the shop."""
    answer = await whole_answer(here, actor, mutation, input, **context)
    assert "errors" not in answer, answer
    outcome: dict[str, Any] = answer["data"][mutation]
    return outcome


async def whole_answer(
    here: Populated, actor: Actor, mutation: str, input: dict[str, Any], **more: Any
) -> dict[str, Any]:
    database, tenant_id = here.world.database, here.world.tenant_id
    assert actor.id is not None
    scopes = CLIENT_SCOPES if actor.kind is ActorKind.CLIENT else None
    async with database.reading(tenant_id) as session:
        standing = (
            await standing_of_member(session, member_id=actor.id, now=NOW)
            if scopes is None
            else await standing_of_client(session, client_id=actor.id, scopes=scopes)
        )
    assert standing is not None
    context = RequestContext(
        database=database,
        caller=Caller(tenant_id=tenant_id, actor=actor, standing=standing, scopes=scopes),
        now=NOW,
        trace_id="",
        language=Language.EN,
        **more,
    )
    name = mutation[0].upper() + mutation[1:]
    document = (
        f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) "
        "{ __typename ... on Failure { code message path } } }"
    )
    return await execute(schema(), query=document, variables={"input": input}, context=context)


def test_every_mutation_is_known_here_and_every_id_it_takes_is_tried() -> None:
    given = inputs(Things.unknown())
    assert set(given) == set(MUTATIONS)
    for mutation in MUTATIONS:
        name = mutation[0].upper() + mutation[1:]
        takes = set(id_fields(schema()._schema.type_map[f"{name}Input"]))
        tried = {
            tuple(step for step in place if isinstance(step, str))
            for input in given[mutation]
            for place in id_places(input)
        }
        assert tried | IN_OTHER_WORDS.get(mutation, set()) == takes, mutation


IN_OTHER_WORDS: dict[str, set[tuple[str, ...]]] = {}
"""Ids that an input takes and that no case above tries, with a reason beside each."""


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_another_shops_ids_answer_as_unknown_ones_do_and_change_nothing(
    mutation: str, here: Populated, elsewhere: Populated, database: Database
) -> None:
    before_there = await everything(database, elsewhere.world.tenant_id)
    before_here = await everything(database, here.world.tenant_id)
    for input in inputs(here.things)[mutation]:
        for place in id_places(input):
            kind = kind_of(held_at(input, place))
            foreign = replaced(input, place, getattr(elsewhere.things, kind))
            unknown = replaced(input, place, ids.spell(kind, new_id()))
            answers = [await call(here, here.admin.actor, mutation, one) for one in (foreign, unknown)]
            assert answers[0] == answers[1]
            assert answers[0]["code"] in NOT_FOUND, (place, answers[0])
    assert await everything(database, elsewhere.world.tenant_id) == before_there
    assert await everything(database, here.world.tenant_id) == before_here


async def test_another_shops_own_names_are_unknown_too(
    here: Populated, database: Database, found_shop: FoundShop
) -> None:
    bare = await World.found(database, await found_shop())
    stranger = await bare.person(SeatKind.FULL, role=Role.OWNER)
    there = Populated(bare, here.things, stranger, stranger, here.client_id)
    ticket = {"channel": "EMAIL", "topic": "delivery", "subject": "?", "body": "?"}
    for names in ({"orderExternalId": "order-1"}, {"customerExternalId": "c-unknown"}):
        answer = await call(there, stranger.actor, "ticketOpen", {**ticket, **names})
        assert answer["code"] in NOT_FOUND
        row = {**ticket, **names, "externalId": "t-1", "arrivedAt": NOW.isoformat()}
        answer = await call(there, stranger.actor, "ticketsImport", {"tickets": [row]})
        assert answer["code"] == "IMPORT_REJECTED"


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_light_agent_makes_nothing_leave_the_shop(mutation: str, here: Populated, database: Database) -> None:
    for input in inputs(here.things)[mutation]:
        answer = await call(here, here.light.actor, mutation, input)
        if mutation in REACHES_CUSTOMERS:
            assert answer["code"] == "FULL_SEAT_REQUIRED"
    state = await everything(database, here.world.tenant_id)
    assert state["delivery"] == []
    assert not [row for row in state["outbox"] if "deliver_reply" in row]
    assert not [row for row in state["entry"] if "OUTBOUND" in row]


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_an_api_client_acts_for_no_seat_and_manages_nobody(
    mutation: str, here: Populated, database: Database
) -> None:
    client = Actor(ActorKind.CLIENT, here.client_id)
    before = await everything(database, here.world.tenant_id)
    for input in inputs(here.things)[mutation]:
        answer = await call(here, client, mutation, input)
        assert (answer.get("code") == "NOT_PERMITTED") == (mutation in FOR_PEOPLE_ALONE)
    if mutation in FOR_PEOPLE_ALONE:
        assert await everything(database, here.world.tenant_id) == before


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_an_admin_without_a_seat_administers_and_works_on_nothing(
    mutation: str, here: Populated, database: Database
) -> None:
    seatless = await here.world.seatless(role=Role.ADMIN)
    admin = Actor(ActorKind.MEMBER, seatless.member_id)
    before = await everything(database, here.world.tenant_id)
    for input in inputs(here.things)[mutation]:
        answer = await call(here, admin, mutation, input)
        if mutation in SEATLESS_ADMIN:
            assert answer.get("code") not in ("NOT_PERMITTED", "SEAT_REQUIRED", "FULL_SEAT_REQUIRED")
        else:
            assert answer["code"] in ("SEAT_REQUIRED", "FULL_SEAT_REQUIRED")
    if mutation not in SEATLESS_ADMIN:
        assert await everything(database, here.world.tenant_id) == before


class LaterClock:
    """Tells the end of the season, whatever time it was when the request came."""

    def now(self) -> datetime:
        return SEASON_END


WORK = sorted(set(MUTATIONS) - SEATLESS_ADMIN - {"ticketOpen", "ticketReceive", "ticketsImport"})

OF_THE_EXCHANGE = {"callRoute", "callBackRequest", "callAnswered", "callUnanswered", "callEnded"}
"""What no agent may do on any seat."""


@pytest.mark.parametrize("mutation", WORK)
async def test_a_seat_that_ends_while_the_request_waits_gives_no_right_any_more(
    mutation: str, here: Populated, database: Database
) -> None:
    before = await everything(database, here.world.tenant_id)
    for input in inputs(here.things)[mutation]:
        for person in (here.admin,) if mutation in OF_THE_EXCHANGE else (here.light, here.admin):
            answer = await call(here, person.actor, mutation, input, clock=LaterClock())
            assert answer["code"] in ("SEAT_REQUIRED", "FULL_SEAT_REQUIRED")
    assert await everything(database, here.world.tenant_id) == before


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_credential_that_ends_while_the_request_waits_changes_nothing(
    mutation: str, here: Populated, database: Database
) -> None:
    async def nothing_any_more(_session: TenantSession, _now: datetime) -> None:
        return None

    before = await everything(database, here.world.tenant_id)
    for input in inputs(here.things)[mutation]:
        answer = await whole_answer(here, here.admin.actor, mutation, input, recheck=nothing_any_more)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert await everything(database, here.world.tenant_id) == before


async def test_two_hundred_seat_assign_at_once_on_ten_licences_succeed_exactly_ten_times(
    here: Populated, database: Database
) -> None:
    async with database.writing(here.world.tenant_id) as session:
        ten = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=10, start=None, end=SEASON_END, label="", by=SYSTEM, now=NOW
        )
    agents = [await here.world.seatless() for _ in range(20)]
    asked = [
        {
            "agentId": ids.spell("agent", agents[number % 20].id),
            "licenceId": ids.spell("seat_licence", ten[number % 10].id),
        }
        for number in range(200)
    ]
    answers = await asyncio.gather(*(call(here, here.admin.actor, "seatAssign", input) for input in asked))
    outcomes = Counter(answer["__typename"] for answer in answers)
    assert outcomes["SeatAssigned"] == 10
    assert outcomes["SeatTaken"] + outcomes["AgentAlreadySeated"] == 190
    assert await broken(database, here.world.tenant_id) == {}


async def test_nobody_who_cannot_come_in_is_given_a_ticket_and_nobody_kept_out_a_seat(
    here: Populated, database: Database
) -> None:
    ask = partial(call, here, here.admin.actor)
    async with database.writing(here.world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=SEASON_END, label="", by=SYSTEM, now=NOW
        )
        agents = select(Agent.id).join(Member, Member.id == Agent.member_id)
        invitee = (await session.scalars(agents.where(Member.email == "ewa@bombka.example"))).one()
    sit = {"agentId": ids.spell("agent", invitee), "licenceId": ids.spell("seat_licence", licence.id)}
    hold = {"ticketId": here.things.ticket, "agentId": here.things.agent}
    member = {"memberId": ids.spell("member", here.light.member_id)}
    asked = (
        ("seatAssign", sit, "SeatAssigned"),
        ("ticketAssign", {**hold, "agentId": sit["agentId"]}, "AssigneeCannotComeIn"),
        ("memberSuspend", member, "MemberSuspended"),
        ("ticketAssign", hold, "AssigneeHasNoSeat"),
        ("seatAssign", {**sit, "agentId": hold["agentId"]}, "AgentSuspended"),
    )
    for mutation, input, outcome in asked:
        assert (await ask(mutation, input))["__typename"] == outcome
    assert await broken(database, here.world.tenant_id) == {}


async def test_two_hundred_ticket_open_at_once_get_two_hundred_numbers_in_a_row(
    here: Populated, database: Database
) -> None:
    client = Actor(ActorKind.CLIENT, here.client_id)
    input = {"channel": "EMAIL", "topic": "delivery", "subject": "?", "body": "?", "customerExternalId": "c-1"}
    answers = await asyncio.gather(*(call(here, client, "ticketOpen", input) for _ in range(200)))
    assert Counter(answer["__typename"] for answer in answers) == {"TicketOpened": 200}
    async with database.reading(here.world.tenant_id) as session:
        numbers = list(await session.scalars(select(Ticket.number).order_by(Ticket.number)))
    assert numbers == list(range(1, 203))  # two were there before
    assert await broken(database, here.world.tenant_id) == {}
