"""Day passes: who comes in on a full one is full that day and no longer; who holds one and sits lightly stays light."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.graphql import ids
from domain.agents.models import Member
from domain.kit import secrets
from domain.kit.secrets import Credential
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.tickets.models import DeliveryState
from tests.conftest import NOW
from tests.people import PASSWORD, cheap_passwords
from tests.silence.register import WALK_IN
from tests.silence.stage import Stage, Voice
from tests.silence.test_later import states, words
from tests.state import everything
from workers.runtime import Outcome

AFTERNOON = NOW + timedelta(hours=5)
MIDNIGHT = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
"""The end of the day in the shop, which is in Warsaw."""

REPLY = "POST /admin/desk/tickets/{number}/reply"
TAKE = "POST /admin/desk/tickets/{number}/take"
DOORS = ("POST /auth/sign-in", "POST /admin/sign-in")


async def comes_in(stage: Stage, door: str, form: dict[str, str] = WALK_IN) -> tuple[Credential, dict[str, Any]]:
    """The session that somebody gets at a door, and what the API says of them there."""
    answer = await stage.go(Voice.FULL, door, form)
    assert answer.status_code == (200 if door in DOORS[:1] else 303)
    credential = secrets.parse(answer.cookies["sezon-session"])
    assert credential is not None
    return credential, answer.json() if door in DOORS[:1] else {}


async def left_of(stage: Stage, kind: SeatKind) -> int:
    async with stage.database.reading(stage.tenant_id) as session:
        return (await passes.balances(session))[kind]


@pytest.mark.parametrize("door", DOORS)
async def test_a_full_pass_is_a_full_seat_until_the_day_is_over_and_what_waits_then_is_not_sent(
    door: str, stage: Stage
) -> None:
    stage.clock.at = AFTERNOON
    walk_in, told = await comes_in(stage, door)
    assert await left_of(stage, SeatKind.FULL) == 0
    if told:
        assert (told["day_pass"], told["member"]["seat"]["kind"]) == ("SPENT", "FULL")
    guest = stage.signed_in(walk_in)
    assert (await guest.go(Voice.FULL_PASS, TAKE, number="queued")).status_code == 303
    given = {"ticketId": stage.queued, "body": "Dzień dobry"}
    assert await guest.mutate(Voice.FULL_PASS, "ticketReply", given) == {"__typename": "TicketReplied"}
    assert set(await stage.work(until=AFTERNOON)) == {Outcome.DONE}
    to_customers = [mail for mail in stage.sink.mails if "których nikt nie bierze" not in str(mail["Subject"])]
    assert [mail["From"].addresses[0].display_name for mail in to_customers] == ["Ola (Bombka)"]

    stage.clock.at = MIDNIGHT - timedelta(seconds=1)
    assert await guest.mutate(Voice.FULL_PASS, "ticketReply", given) == {"__typename": "TicketReplied"}
    stage.clock.at = MIDNIGHT
    before = await everything(stage.database, stage.tenant_id)
    assert await guest.mutate(Voice.FULL_PASS, "ticketReply", given) == {"code": "SEAT_ENDED"}
    assert (await guest.go(Voice.FULL_PASS, REPLY, {"body": "?"}, number="queued")).status_code == 403
    assert await everything(stage.database, stage.tenant_id) == before
    await stage.work(until=MIDNIGHT)
    assert sorted(await states(stage)) == [DeliveryState.RETURNED, DeliveryState.SENT]
    said = [address for _, recipients in stage.sink.envelopes for address in recipients]
    assert [address for address in said if not address.endswith("@bombka.example")] == ["zofia@klient.example"]


@pytest.mark.parametrize("door", DOORS)
async def test_a_light_agent_who_holds_full_passes_signs_in_to_the_light_seat_and_spends_none(
    door: str, stage: Stage
) -> None:
    light = stage.script.populated.light
    async with stage.database.writing(stage.tenant_id) as session:
        member = await session.get_one(Member, (stage.tenant_id, light.member_id))
        member.password_hash = await cheap_passwords().hash(PASSWORD)
        email = member.email
    session_of_light, told = await comes_in(stage, door, {**WALK_IN, "email": email})
    if told:
        assert (told["day_pass"], told["member"]["seat"]["kind"]) == (None, "LIGHT")
    assert await left_of(stage, SeatKind.FULL) == 1
    again = stage.signed_in(session_of_light)
    assert (await again.mutate(Voice.FULL_PASS, "ticketReply", words(stage)))["code"] == "FULL_SEAT_REQUIRED"
    assert (await again.go(Voice.FULL_PASS, REPLY, {"body": "?"})).status_code == 403
    await stage.a_minute_later()
    assert await stage.left() == []


async def test_an_owner_on_a_light_seat_gets_no_more_by_passes_of_their_own(stage: Stage) -> None:
    held = {"agentId": ids.spell("agent", stage.script.boss.agent_id), "kind": "FULL"}
    assert await stage.mutate(Voice.BOSS, "dayPassesAdd", {"kind": "FULL", "count": 5}) == {
        "__typename": "DayPassesAdded"
    }
    assert await stage.mutate(Voice.BOSS, "dayPassHolderSet", held) == {"__typename": "DayPassHolderSet"}
    for voice in (Voice.BOSS, Voice.TOKEN):
        assert (await stage.mutate(voice, "ticketReply", words(stage)))["code"] == "FULL_SEAT_REQUIRED"
    await stage.a_minute_later()
    assert await stage.left() == []
