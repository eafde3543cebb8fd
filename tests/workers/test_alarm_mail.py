"""The mail that tells of tickets which nobody takes: to those who supervise, each in their own language, once."""

import pytest
from sqlalchemy import update

from domain.agents.models import Member
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails, save_customer
from domain.tickets.jobs import RouteSweep
from tests.conftest import NOW, Shop
from tests.domain.world import World
from tests.workers.probe import Bench
from tests.workers.sink import Sink
from workers.broker import Delivery
from workers.runtime import Outcome


@pytest.fixture
async def world(bench_with_mail: Bench, shop: Shop) -> World:
    world = await World.found(bench_with_mail.database, shop)
    for name, role, language in (("ola", Role.OWNER, Language.PL), ("sam", Role.SUPERVISOR, Language.EN)):
        member_id = (await world.seatless(role=role)).member_id
        async with world.database.writing(world.tenant_id) as session:
            known = {"email": f"{name}@bombka.example", "language": language}
            await session.execute(update(Member).where(Member.id == member_id).values(known))
    await world.ticket()
    return world


async def mails(bench: Bench) -> list[Delivery]:
    await bench.enqueue(RouteSweep())
    for actor in ("route_sweep", "tell_of_alarms"):
        for message in await bench.dispatch():
            if message.actor == actor:
                assert await bench.perform(message) is Outcome.DONE
    return [message for message in await bench.dispatch() if message.actor == "tell_somebody_of_alarms"]


async def test_each_of_those_who_supervise_gets_one_mail(bench_with_mail: Bench, world: World, sink: Sink) -> None:
    found = await mails(bench_with_mail)
    assert len(found) == 2
    for mail in found:
        assert await bench_with_mail.perform(mail) is Outcome.DONE
        assert await bench_with_mail.perform(mail) is Outcome.NOTHING_TO_DO
    said = {str(mail["To"]): (str(mail["Subject"]), mail.get_content()) for mail in sink.mails}
    subject, body = said["sam@bombka.example"]
    assert subject == "Bombka: tickets that nobody takes: 1"
    assert "- first-line: nobody with a seat can do what it asks for" in body
    assert "/admin/tickets/" in body
    subject, body = said["ola@bombka.example"]
    assert subject == "Bombka: zgłoszenia, których nikt nie bierze: 1"
    assert "- first-line: nikt z licencją nie spełnia wymagań" in body


async def test_a_supervisor_whose_address_is_a_customers_gets_none(
    bench_with_mail: Bench, world: World, sink: Sink
) -> None:
    async with world.database.writing(world.tenant_id) as session:
        details = CustomerDetails(external_id="c-2", name="Sam", email="sam@bombka.example")
        await save_customer(session, details=details, by=SYSTEM, now=NOW)
    for mail in await mails(bench_with_mail):
        await bench_with_mail.perform(mail)
    assert [recipients for _, recipients in sink.envelopes] == [["ola@bombka.example"]]
