import re
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents import invitations, joining
from domain.agents.models import Invitation
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.secrets import parse
from domain.orders.customers import CustomerDetails, save_customer
from tests.conftest import NOW, FoundShop, Shop
from tests.people import add_member
from tests.workers.probe import Bench
from tests.workers.processes import SECRET_KEY
from tests.workers.sink import Sink
from workers.runtime import Outcome

ADDRESS = "nowy@bombka.example"


async def invite(bench: Bench, shop: Shop, *, language: Language = Language.PL) -> UUID:
    inviter = await add_member(bench.database, shop)
    async with bench.database.writing(bench.tenant_id) as session:
        invited = await invitations.invite_member(
            session,
            email=ADDRESS,
            name="Łukasz Wójcik",
            role=Role.AGENT,
            team_ids=[],
            skill_ids=[],
            capacities={},
            language=language,
            belongs_to_customer=False,
            by=SYSTEM,
            inviter_member_id=inviter.id,
            key=SECRET_KEY,
            now=NOW,
        )
    return invited.invitation.id


async def carry(bench: Bench) -> Outcome:
    (message,) = await bench.dispatch()
    assert message.actor == "send_invitation"
    return await bench.perform(message)


@pytest.mark.parametrize(
    ("language", "subject", "greeting"),
    [
        (Language.PL, "Bombka zaprasza do Sezonu", "Dzień dobry!"),
        (Language.EN, "Bombka invites you to Sezon", "Hello,"),
    ],
)
async def test_an_invited_person_gets_a_link_that_works_in_their_language(
    bench_with_mail: Bench, shop: Shop, sink: Sink, language: Language, subject: str, greeting: str
) -> None:
    invitation_id = await invite(bench_with_mail, shop, language=language)
    assert await carry(bench_with_mail) is Outcome.DONE
    assert sink.envelopes == [("sezon@localhost", [ADDRESS])]
    (mail,) = sink.mails
    assert str(mail["Subject"]) == subject
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_content()
    assert greeting in body
    assert "2026-11-09 10:00 (Europe/Warsaw)" in body
    (link,) = re.findall(r"https://sezon\.example/admin/invitation/(\S+)", body)
    credential = parse(link)
    assert credential is not None
    assert credential.id == invitation_id
    async with bench_with_mail.database.reading(shop.tenant_id) as session:
        opened = await joining.open_invitation(session, credential=credential, now=NOW)
    assert opened.email == ADDRESS


@pytest.mark.parametrize("fate", ["accepted_at", "revoked_at", "expired"])
async def test_an_invitation_that_is_of_no_use_any_more_is_not_mailed(
    bench_with_mail: Bench, shop: Shop, sink: Sink, fate: str
) -> None:
    await invite(bench_with_mail, shop)
    if fate == "expired":
        bench_with_mail.clock.move(days=7)
    else:
        async with bench_with_mail.database.writing(shop.tenant_id) as session:
            (invitation,) = await session.scalars(select(Invitation))
            setattr(invitation, fate, NOW)
    assert await carry(bench_with_mail) is Outcome.DONE
    assert sink.connections == 0


@pytest.mark.parametrize(
    "addresses", [[ADDRESS.upper()], [ADDRESS.replace("@", "+sezon@")], [ADDRESS, "new@klient.example"]]
)
async def test_mail_to_staff_never_goes_to_what_is_or_was_an_address_of_a_customer(
    bench_with_mail: Bench, shop: Shop, sink: Sink, addresses: list[str]
) -> None:
    await invite(bench_with_mail, shop)
    for address in addresses:
        async with bench_with_mail.database.writing(shop.tenant_id) as session:
            details = CustomerDetails(external_id="c-9", name="Zofia", email=address)
            await save_customer(session, details=details, by=SYSTEM, now=NOW)
    assert await carry(bench_with_mail) is Outcome.DEAD
    assert sink.connections == 0
    (row,) = await bench_with_mail.waiting()
    assert row.dead_at == NOW
    assert row.last_error is not None
    assert row.last_error.startswith("AddressOfCustomer: ")
    assert ADDRESS not in row.last_error


async def test_another_shops_customer_may_be_invited(
    bench_with_mail: Bench, shop: Shop, sink: Sink, found_shop: FoundShop
) -> None:
    other = await found_shop()
    async with bench_with_mail.database.writing(other.tenant_id) as session:
        details = CustomerDetails(external_id="c-9", name="Zofia", email=ADDRESS)
        await save_customer(session, details=details, by=SYSTEM, now=NOW)
    await invite(bench_with_mail, shop)
    assert await carry(bench_with_mail) is Outcome.DONE
    assert len(sink.mails) == 1


async def test_a_mailbox_that_does_not_exist_is_not_tried_again(bench_with_mail: Bench, shop: Shop, sink: Sink) -> None:
    await invite(bench_with_mail, shop)
    sink.to_recipients.append("550 no such mailbox")
    assert await carry(bench_with_mail) is Outcome.DEAD


async def test_a_server_that_is_busy_is_tried_again(bench_with_mail: Bench, shop: Shop, sink: Sink) -> None:
    await invite(bench_with_mail, shop)
    sink.to_contents.append("451 busy")
    assert await carry(bench_with_mail) is Outcome.PUT_BACK
    bench_with_mail.clock.move(seconds=1)
    assert await carry(bench_with_mail) is Outcome.DONE
    assert len(sink.mails) == 1
