import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from domain.agents.models import Member
from domain.kit.events import SYSTEM, Actor
from domain.kit.outbox import OutboxRow
from domain.kit.settings import SmtpSecurity
from domain.seats import operations as seats
from domain.seats.models import SeatKind
from domain.seats.rights import permit_outbound
from domain.tickets import departures, outbound
from domain.tickets.models import Delivery, DeliveryState, Entry, EntryKind
from tests.conftest import NOW, Shop
from tests.domain.invariants import broken
from tests.domain.world import Person, World
from tests.workers.probe import Bench
from tests.workers.sink import Sink
from workers import broker, egress
from workers.letter import MailServer
from workers.runtime import A_DAY_OF_ATTEMPTS, Outcome

BODY = "Dzień dobry,\n\nPańska paczka już jedzie: będzie jutro o świcie.\n\nŁucja Żak"


@dataclass
class Desk:
    """A full agent, a customer's ticket, and the worker that carries the mail."""

    bench: Bench
    world: World
    person: Person

    async def reply(self, *, author: Actor | None = None) -> UUID:
        """The agent answers, in another's words if one is named; the entry's id."""
        ticket_id = await self.world.ticket()
        async with self.bench.database.writing(self.bench.tenant_id) as session:
            permit = await permit_outbound(session, agent_id=self.person.agent_id, now=NOW)
            entry = await outbound.reply(
                session,
                ticket_id=ticket_id,
                body=BODY,
                author=author,
                permit=permit,
                any_owner=False,
                by=self.person.actor,
                now=NOW,
            )
        return entry.id

    async def message(self) -> broker.Delivery:
        """What the relay publishes for the mail."""
        (one,) = [message for message in await self.bench.dispatch() if message.actor == "deliver_reply"]
        return one

    async def carry(self) -> Outcome:
        """One attempt of a worker to send the mail."""
        return await self.bench.perform(await self.message())

    async def state(self) -> DeliveryState:
        async with self.bench.database.reading(self.bench.tenant_id) as session:
            return (await session.scalars(select(Delivery.state))).one()

    async def history(self) -> list[tuple[EntryKind, str]]:
        async with self.bench.database.reading(self.bench.tenant_id) as session:
            rows = await session.execute(select(Entry.kind, Entry.body).order_by(Entry.at, Entry.id))
            return [(row.kind, row.body) for row in rows if row.kind is not EntryKind.INBOUND]

    async def end_the_seat(self, *, lock_timeout: str = "0") -> None:
        async with self.bench.database.writing(self.bench.tenant_id) as session:
            await session.execute(text(f"SET LOCAL lock_timeout = '{lock_timeout}'"))
            await departures.release_seat(
                session, assignment_id=self.person.assignment_id, at=None, by=SYSTEM, now=self.bench.clock.now()
            )


@pytest.fixture
async def desk(bench_with_mail: Bench, shop: Shop) -> Desk:
    world = await World.found(bench_with_mail.database, shop)
    return Desk(bench_with_mail, world, await world.person(SeatKind.FULL))


@pytest.fixture(autouse=True)
async def invariants_hold(bench_with_mail: Bench) -> AsyncIterator[None]:
    yield
    assert await broken(bench_with_mail.database, bench_with_mail.tenant_id) == {}


async def test_a_reply_is_mailed_once_however_often_it_is_delivered(desk: Desk, sink: Sink) -> None:
    entry_id = await desk.reply()
    message = await desk.message()
    outcomes = [await desk.bench.perform(message) for _ in range(3)]
    assert outcomes == [Outcome.DONE, Outcome.NOTHING_TO_DO, Outcome.NOTHING_TO_DO]
    assert await desk.state() is DeliveryState.SENT

    assert sink.envelopes == [("pomoc@bombka.example", ["zofia@klient.example"])]
    (mail,) = sink.mails
    assert mail.get_content().replace("\r\n", "\n").strip() == BODY
    assert str(mail["Subject"]) == "Gdzie jest moja paczka? [#1]"
    assert mail["From"].addresses[0].addr_spec == "pomoc@bombka.example"
    assert mail["From"].addresses[0].display_name == "Jan Nowak (Bombka)"
    assert str(mail["To"]) == "zofia@klient.example"
    assert str(mail["Message-ID"]) == f"<{entry_id}@bombka.example>"
    assert mail["Date"].datetime == NOW
    assert "Auto-Submitted" not in mail


async def test_a_light_agents_draft_that_a_full_one_sent_is_mailed_in_the_senders_name(desk: Desk, sink: Sink) -> None:
    light = await desk.world.person(SeatKind.LIGHT)
    async with desk.bench.database.writing(desk.bench.tenant_id) as session:
        (await session.get_one(Member, (desk.bench.tenant_id, light.member_id))).name = "Ola Lekka"
    await desk.reply(author=light.actor)
    assert await desk.carry() is Outcome.DONE
    assert await desk.state() is DeliveryState.SENT
    (mail,) = sink.mails
    assert mail["From"].addresses[0].display_name == "Jan Nowak (Bombka)"


async def test_two_deliveries_at_once_send_one_mail(desk: Desk, sink: Sink) -> None:
    await desk.reply()
    message = await desk.message()
    outcomes = await asyncio.gather(*(desk.bench.perform(message) for _ in range(4)))
    assert sorted(outcomes) == [Outcome.DONE] + [Outcome.NOTHING_TO_DO] * 3
    assert len(sink.mails) == 1


async def test_a_crash_between_sending_and_committing_sends_again_under_the_same_id(
    desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the worker died here")

    await desk.reply()
    with monkeypatch.context() as patched:
        patched.setattr(outbound, "settle", crash)
        assert await desk.carry() is Outcome.PUT_BACK
    assert await desk.state() is DeliveryState.PENDING
    desk.bench.clock.move(seconds=1)
    assert await desk.carry() is Outcome.DONE
    assert len({str(mail["Message-ID"]) for mail in sink.mails}) == 1
    assert len(sink.mails) == 2


async def test_a_sender_whose_seat_ended_meanwhile_sends_nothing_and_a_draft_is_there(desk: Desk, sink: Sink) -> None:
    await desk.reply()
    desk.bench.clock.move(seconds=1)
    await desk.end_the_seat()
    assert await desk.carry() is Outcome.DONE
    assert sink.connections == 0
    assert await desk.state() is DeliveryState.RETURNED
    kinds = [kind for kind, _ in await desk.history()]
    assert kinds == [EntryKind.OUTBOUND, EntryKind.DRAFT, EntryKind.SYSTEM]
    assert (await desk.history())[1][1] == BODY


async def test_a_sender_downgraded_to_a_light_seat_meanwhile_sends_nothing(desk: Desk, sink: Sink) -> None:
    await desk.reply()
    desk.bench.clock.move(seconds=1)
    await desk.end_the_seat()
    async with desk.bench.database.writing(desk.bench.tenant_id) as session:
        now = desk.bench.clock.now()
        (light,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=now
        )
        await seats.assign_seat(session, agent_id=desk.person.agent_id, licence_id=light.id, by=SYSTEM, now=now)
    assert await desk.carry() is Outcome.DONE
    assert sink.connections == 0
    assert await desk.state() is DeliveryState.RETURNED


async def test_a_seat_cannot_end_while_its_holders_mail_is_on_its_way(desk: Desk, sink: Sink) -> None:
    await desk.reply()
    sink.may_answer.clear()
    sending = asyncio.create_task(desk.carry())
    await sink.arrived.wait()
    with pytest.raises(DBAPIError, match="lock timeout"):
        await desk.end_the_seat(lock_timeout="200ms")
    sink.may_answer.set()
    assert await sending is Outcome.DONE
    desk.bench.clock.move(seconds=1)
    await desk.end_the_seat()
    assert await desk.state() is DeliveryState.SENT


@pytest.mark.parametrize("stage", ["to_recipients", "to_contents"])
async def test_a_refusal_for_good_returns_the_reply_to_the_team_with_what_the_server_said(
    desk: Desk, sink: Sink, stage: str
) -> None:
    await desk.reply()
    getattr(sink, stage).append("550 5.1.1 no such mailbox")
    assert await desk.carry() is Outcome.DONE
    assert sink.mails == []
    assert await desk.state() is DeliveryState.RETURNED
    history = await desk.history()
    assert [kind for kind, _ in history] == [EntryKind.OUTBOUND, EntryKind.DRAFT, EntryKind.SYSTEM]
    assert "no such mailbox" in history[2][1]


@pytest.mark.parametrize("stage", ["to_recipients", "to_contents"])
async def test_a_refusal_for_now_is_tried_again_until_the_mail_is_taken(desk: Desk, sink: Sink, stage: str) -> None:
    await desk.reply()
    getattr(sink, stage).extend(["451 4.7.1 greylisted"] * 2)
    outcomes = []
    for _ in range(3):
        outcomes.append(await desk.carry())
        desk.bench.clock.move(minutes=5)
    assert outcomes == [Outcome.PUT_BACK, Outcome.PUT_BACK, Outcome.DONE]
    assert await desk.state() is DeliveryState.SENT
    assert len(sink.mails) == 1


async def test_a_mail_server_that_is_down_for_a_day_returns_the_reply_to_the_team(desk: Desk, sink: Sink) -> None:
    await desk.reply()
    sink.to_contents.extend(["421 going down"] * 2)
    assert await desk.carry() is Outcome.PUT_BACK
    assert await desk.state() is DeliveryState.PENDING
    async with desk.bench.database.writing(desk.bench.tenant_id) as session:
        last = update(OutboxRow).where(OutboxRow.actor == "deliver_reply")
        await session.execute(last.values(attempts=A_DAY_OF_ATTEMPTS - 1))
    desk.bench.clock.move(days=1)
    assert await desk.carry() is Outcome.DEAD
    assert await desk.state() is DeliveryState.RETURNED
    assert [kind for kind, _ in await desk.history()] == [EntryKind.OUTBOUND, EntryKind.DRAFT, EntryKind.SYSTEM]


async def test_a_server_that_takes_too_long_gets_the_mail_again(
    desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "PATIENCE", 0.2)
    monkeypatch.setattr(egress, "FAREWELL", 0.1)
    await desk.reply()
    sink.may_answer.clear()
    assert await desk.carry() is Outcome.PUT_BACK
    sink.may_answer.set()
    desk.bench.clock.move(seconds=1)
    assert await desk.carry() is Outcome.DONE
    assert await desk.state() is DeliveryState.SENT


async def test_nothing_is_sent_without_a_permit(desk: Desk, sink: Sink) -> None:
    entry_id = await desk.reply()
    server = MailServer("127.0.0.1", sink.port, SmtpSecurity.NONE, None, None)
    async with desk.bench.database.writing(desk.bench.tenant_id) as session:
        ready = await outbound.prepare_delivery(session, entry_id=entry_id, now=NOW + timedelta(seconds=1))
        assert ready is not None
        with pytest.raises(TypeError):
            await egress.send(ready.message, object(), server=server)  # type: ignore[arg-type]
    assert sink.connections == 0
