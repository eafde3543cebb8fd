"""Every path is gone by people on light seats, and nothing leaves the shop; by those on full ones, it does."""

from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from api.graphql.schema import schema
from domain.tickets.models import DraftDecision, DraftOutcome, Entry, EntryKind
from tests.api.graphql.declared import REQUIRED, selection
from tests.api.graphql.test_every_mutation import inputs
from tests.silence import enumerating
from tests.silence.register import (
    BY_LIGHT_AGENTS,
    BY_PROGRAMS,
    ENDLESS,
    LOOKS,
    MUTATIONS,
    REFUSED,
    ROUTES,
    Reach,
    Route,
)
from tests.silence.stage import LIGHT_AGENTS, SILENT, SILENT_SESSIONS, Stage, Voice
from tests.state import everything

NO_RIGHT = {"NOT_PERMITTED", "SEAT_REQUIRED", "FULL_SEAT_REQUIRED"}


def refusal(voice: Voice, mutation: str) -> str | None:
    """The code with which the register says that somebody is refused, whatever they give; None for who may."""
    if MUTATIONS.get(mutation) is Reach.FULL_SEAT or mutation in REFUSED:
        return "NOT_PERMITTED" if voice is Voice.PROGRAM else "FULL_SEAT_REQUIRED"
    if voice in LIGHT_AGENTS and mutation not in BY_LIGHT_AGENTS:
        return "NOT_PERMITTED"
    return "NOT_PERMITTED" if voice is Voice.PROGRAM and mutation not in BY_PROGRAMS else None


@pytest.mark.parametrize("mutation", enumerating.mutations())
async def test_no_mutation_reaches_a_customer_from_a_light_seat(mutation: str, stage: Stage) -> None:
    reach = MUTATIONS.get(mutation, Reach.INSIDE)  # one that is new fails elsewhere, and says why
    given = list[dict[str, Any]]()
    for things in stage.script.typed:
        given += [input for input in inputs(things)[mutation] if input not in given]
    # A pass is a seat, and no seat makes an agent an administrator: that one light agent is refused is enough there.
    seated = reach is Reach.FULL_SEAT or mutation in REFUSED | BY_LIGHT_AGENTS
    voices = [voice for voice in SILENT if seated or voice is not Voice.LIGHT_PASS]
    told = {voice: [await stage.mutate(voice, mutation, input) for input in given] for voice in voices}
    codes = {voice: [outcome.get("code") for outcome in outcomes] for voice, outcomes in told.items()}
    heard = [voice for voice in voices if refusal(voice, mutation) is None]
    assert {voice: codes[voice] for voice in voices if voice not in heard} == {
        voice: [refusal(voice, mutation)] * len(given) for voice in voices if voice not in heard
    }
    assert not [voice for voice in heard if NO_RIGHT & set(codes[voice])], codes
    if heard:
        assert None in codes[heard[0]], (
            f"{mutation} was refused each time, so it was not played: {codes}. Give it what it takes in "
            "tests/silence/stage.py (Script.typed), or in the inputs of tests/api/graphql/test_every_mutation.py."
        )
    await stage.a_minute_later()
    await stays_within(stage, reach)


async def stays_within(stage: Stage, reach: Reach) -> None:
    """Nothing has reached a customer; the staff has been mailed if that is what the register says, else nobody."""
    assert await stage.left() == []
    mailed = [recipients for _, recipients in stage.sink.envelopes]
    assert bool(mailed) is (reach is Reach.STAFF_MAIL), mailed
    assert bool(stage.sink.connections) is (reach is Reach.STAFF_MAIL)


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_no_route_reaches_a_customer_from_a_light_seat(route: str, stage: Stage) -> None:
    played = ROUTES[route]
    voices = SILENT_SESSIONS if " /admin/" in route else SILENT
    for voice in voices:
        answer = await stage.go(voice, route, played.sent, **played.at)
        assert answer.status_code == expected(played, voice, first=voice is voices[0]), (
            f"{route} answers otherwise than tests/silence/register.py says; what it says to {voice.value} is: "
            f"{answer.text[:2000]}"
        )
    await stage.a_minute_later()
    await stays_within(stage, played.reach)


def expected(played: Route, voice: Voice, *, first: bool) -> int:
    """What the register says that a route answers to somebody."""
    if first and played.first is not None:
        return played.first
    if voice in (Voice.PROGRAM, Voice.TOKEN):
        return played.bearer
    return played.light if voice in LIGHT_AGENTS else played.answer


async def test_what_only_shows_something_leaves_the_shop_as_it_is(stage: Stage) -> None:
    before = await everything(stage.database, stage.tenant_id)
    for route in sorted(LOOKS - {"FILES /admin/static"}):
        for voice in (None, Voice.LIGHT, Voice.BOSS, Voice.FULL):
            looked = await stage.go(voice, route.replace("GET", "HEAD") if route in ENDLESS else route)
            assert looked.status_code < 500, route
    words = "mutation { ticketReply(input: {}) { __typename } }"
    for voice in (*SILENT, Voice.FULL, Voice.FULL_TOKEN):
        asked = await stage.http.get("/graphql", params={"query": words}, headers=stage.headers(voice))
        assert asked.status_code in (400, 405)
    assert await everything(stage.database, stage.tenant_id) == before
    assert await stage.left() == []
    assert stage.sink.connections == 0


async def test_no_query_changes_anything(stage: Stage) -> None:
    whole = schema()._schema
    arguments = {**REQUIRED, "node": f'(id: "{stage.script.typed[0].agent}")', "nodes": "(ids: [])"}
    before = await everything(stage.database, stage.tenant_id)
    root: Any = whole.query_type
    for name, field in root.fields.items():
        query = f"{{ {name}{arguments.get(name, '')} {selection(whole, field.type)} }}"
        for voice in (Voice.PROGRAM, Voice.TOKEN, Voice.LIGHT, Voice.BOSS, Voice.FULL):
            answer = await stage.http.post("/graphql", json={"query": query}, headers=stage.headers(voice))
            codes = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
            assert set(codes) <= {"NOT_PERMITTED", "BAD_KEY", "PRICE_MISSING"}, (name, codes)
    assert await everything(stage.database, stage.tenant_id) == before


WORDS = "Dzień dobry, przelew jest u nas."


def only(mails: list[EmailMessage]) -> tuple[str, str, str]:
    """Of the one mail: to whom, in whose name, and what it says."""
    (mail,) = mails
    return str(mail["To"]), mail["From"].addresses[0].display_name, mail.get_content().strip()


@pytest.mark.parametrize("voice", [Voice.FULL, Voice.FULL_TOKEN, Voice.FULL_PASS])
async def test_whoever_is_on_a_full_seat_is_heard(voice: Voice, stage: Stage) -> None:
    """Without this, the silence of the others would prove nothing. A day pass of that kind is a full seat that day."""
    ticket = stage.script.typed[0].ticket
    if voice is Voice.FULL_PASS:  # an agent answers what is in their own hands
        take = "POST /admin/desk/tickets/{number}/take"
        assert (await stage.go(voice, take, number="queued")).status_code == 303
        ticket = stage.queued
    given = {"ticketId": ticket, "body": WORDS}
    assert await stage.mutate(voice, "ticketReply", given) == {"__typename": "TicketReplied"}
    await stage.work()
    assert only(stage.sink.mails) == ("zofia@klient.example", "Jan Nowak (Bombka)", WORDS)
    assert await stage.left() == [
        "1 outbound entries",
        "1 deliveries",
        "1 jobs that mail",
        "a mail to zofia@klient.example",
    ]


async def test_a_light_agents_draft_goes_out_by_one_click_of_a_full_one_and_both_are_credited(stage: Stage) -> None:
    approve = "POST /admin/desk/tickets/{number}/drafts/{draft_id}/approve"
    answer = await stage.go(Voice.FULL, approve)
    assert answer.status_code == 303
    await stage.work()
    assert only(stage.sink.mails) == ("zofia@klient.example", "Jan Nowak (Bombka)", "Szkic")
    script = stage.script
    async with stage.database.reading(stage.tenant_id) as session:
        sent = (await session.scalars(select(Entry).where(Entry.kind == EntryKind.OUTBOUND))).one()
        decision = (await session.scalars(select(DraftDecision))).one()
    assert (sent.author_id, sent.sender_agent_id) == (script.boss.member_id, script.populated.admin.agent_id)
    assert (decision.outcome, decision.agent_id) == (DraftOutcome.APPROVED, script.populated.admin.agent_id)


def test_what_reaches_a_customer_is_what_is_meant_to() -> None:
    assert [name for name, reach in MUTATIONS.items() if reach is Reach.FULL_SEAT] == ["ticketReply", "draftApprove"]
    assert [route for route, played in ROUTES.items() if played.reach is Reach.FULL_SEAT] == [
        "POST /graphql",
        "POST /admin/desk/tickets/{number}/reply",
        "POST /admin/desk/tickets/{number}/drafts/{draft_id}/approve",
    ]
