"""One of everything that a page can show, in words of the test's choosing."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.agents import invitations
from domain.agents import operations as agents
from domain.agents.models import MemberState
from domain.agents.roles import Role
from domain.billing.bookkeeping import keep_books
from domain.billing.models import Invoice, PriceUnit
from domain.billing.pricing import set_price
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.orders.details import OrderChange
from domain.orders.models import OrderStatus
from domain.orders.operations import update_order
from domain.orders.parcels import ShipmentDetails
from domain.seasons.people import Named
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.seats.operations import add_licences
from domain.seats.rights import hold_seat, permit_outbound
from domain.tenants.clients import create_client
from domain.tenants.permissions import Permission
from domain.tickets import outbound, working
from domain.tickets.assignment import assign
from domain.tickets.intake.operations import archive_rule, create_rule
from domain.tickets.intake.rules import LONGEST_TAG, Effects
from domain.tickets.models import EvidenceKind, Ticket
from domain.tickets.working import Evidence
from tests.browser.shops import Person, RunningShop, now


async def furnish_with(shop: RunningShop, words: str) -> None:
    """Put the words wherever the shop, its customers and its people can: names, numbers, texts, labels, errors."""
    full = await shop.person(words, seat=SeatKind.FULL, teams=["first-line"])
    light = await shop.person(words, seat=SeatKind.LIGHT, teams=["accounting"])
    order = await shop.order(words, customer=words, product=words, sku=words, reference=words)
    await _ship(shop, words, order_id=order.id)
    await _rule(shop, words)
    await shop.ticket(words, order=order, body=words)
    spoken = await shop.ticket(words, order=order, body=words)
    await _work_on(shop, spoken, words, full=full, light=light)
    resolved = await shop.ticket(words, order=order, body=words)
    await _resolve(shop, resolved, words, by=light)
    await shop.add_seat(SeatKind.LIGHT, label=words, count=2)
    await _sell_passes(shop, words)
    await _invoice(shop, words)
    await _plan(shop, words)
    await _administer(shop, words)


async def _rule(shop: RunningShop, words: str) -> None:
    """Intake rules: one that acts on every ticket, one that fails on those without a promise, and one put away."""
    async with shop.writing() as session:
        for condition in ("true", "order.promisedInDays > 1", "false"):
            rule = await create_rule(
                session,
                name=words,
                condition=f"{condition} // {words}",
                effects=Effects(priority=3, tags=(words.replace(",", "")[:LONGEST_TAG],)),
                by=SYSTEM,
                now=now(),
            )
        await archive_rule(session, rule_id=rule.id, by=SYSTEM, now=now())


async def _ship(shop: RunningShop, words: str, *, order_id: UUID) -> None:
    at = now()
    async with shop.writing() as session:
        parcel = ShipmentDetails(words, words, at - timedelta(hours=3), at)
        change = OrderChange(status=OrderStatus.PACKED, shipments=[parcel])
        await update_order(session, order_id=order_id, change=change, by=SYSTEM, now=at)


async def _work_on(shop: RunningShop, ticket: Ticket, words: str, *, full: Person, light: Person) -> None:
    """A note and a draft of the light agent's, and an answer of the full agent's, in whose hands it stays."""
    async with shop.writing() as session:
        await assign(session, ticket_id=ticket.id, agent_id=full.agent_id, by=SYSTEM, now=now())
        for write in (working.add_note, working.add_draft):
            await write(session, ticket_id=ticket.id, body=words, by=actor(light), now=now())
        permit = await permit_outbound(session, agent_id=full.agent_id, now=now())
        await outbound.reply(
            session, ticket_id=ticket.id, body=words, permit=permit, any_owner=False, by=actor(full), now=now()
        )


async def _resolve(shop: RunningShop, ticket: Ticket, words: str, *, by: Person) -> None:
    async with shop.writing() as session:
        await assign(session, ticket_id=ticket.id, agent_id=by.agent_id, by=SYSTEM, now=now())
        seat = await hold_seat(session, agent_id=by.agent_id, now=now())
        evidence = Evidence(EvidenceKind.CORRECTION, text=words)
        await working.resolve_internally(
            session,
            ticket_id=ticket.id,
            seat=seat,
            any_owner=False,
            reason=words,
            evidence=evidence,
            by=actor(by),
            now=now(),
        )


async def _sell_passes(shop: RunningShop, words: str) -> None:
    """Day passes, and somebody who has come in on one."""
    helper = await shop.person(words)
    async with shop.writing() as session:
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=2, by=SYSTEM, now=now())
        await passes.set_holder(session, agent_id=helper.agent_id, kind=SeatKind.LIGHT, by=SYSTEM, now=now())
        holder = await passes.lock_seatless_holder(session, member_id=helper.member_id, now=now())
        assert holder is not None
        await passes.spend(session, holder=holder, by=actor(helper), now=now())


async def _invoice(shop: RunningShop, words: str) -> None:
    """An invoice of a month that is over, of a licence that is called so, unless there is one."""
    begin = now() - timedelta(days=60)
    async with shop.writing() as session:
        if await session.scalar(select(Invoice.id).limit(1)) is not None:
            return
        for unit, amount in ((PriceUnit.MONTH, 2_900), (PriceUnit.PASS, 290)):
            for kind in SeatKind:
                await set_price(
                    session,
                    kind=kind,
                    unit=unit,
                    amount=amount,
                    currency="PLN",
                    first_day=begin.date(),
                    by=SYSTEM,
                    now=begin,
                )
        await add_licences(
            session,
            kind=SeatKind.LIGHT,
            count=1,
            start=None,
            end=begin + timedelta(days=1),
            label=words,
            by=SYSTEM,
            now=begin,
        )
        await keep_books(session, now=now())


async def _plan(shop: RunningShop, words: str) -> None:
    """A season that runs, with somebody on a seat and somebody who waits for one; one to come; and a draft."""
    boss, today = await shop.person(words, role=Role.OWNER), now().astimezone(ZoneInfo("Europe/Warsaw")).date()
    for stands, days in ((False, 90), (True, 30), (True, 0)):
        first = today + timedelta(days=days)
        people = [Named(f"{new_id().hex}@bombka.example", words, SeatKind.LIGHT) for _ in range(2)]
        await shop.season(
            words,
            by=boss,
            first=first,
            last=first + timedelta(days=20),
            stands=stands,
            people=people,
            team_ids=[shop.teams["accounting"]],
            successor_id=boss.agent_id,
        )


async def _administer(shop: RunningShop, words: str) -> None:
    await shop.person(words, state=MemberState.SUSPENDED)
    boss = await shop.person(words, role=Role.OWNER)
    async with shop.writing() as session:
        key = new_id().hex
        await agents.create_team(session, key=f"team-{key}", name=words, by=SYSTEM, now=now())
        await agents.create_skill(session, key=f"skill-{key}", name=words, by=SYSTEM, now=now())
        await create_client(session, name=words, scopes=[Permission.ORDERS_READ], by=SYSTEM, now=now())
        await invitations.invite_member(
            session,
            email=f"{key}@bombka.example",
            name=words,
            role=Role.AGENT,
            team_ids=[],
            skill_ids=[],
            capacities={},
            language=Language.EN,
            belongs_to_customer=False,
            by=actor(boss),
            inviter_member_id=boss.member_id,
            key="k" * 32,
            now=now(),
        )
        session.add(_dead_letter(shop, words))


def _dead_letter(shop: RunningShop, words: str) -> OutboxRow:
    at = now()
    return OutboxRow(
        tenant_id=shop.shop.tenant_id,
        id=new_id(),
        actor="deliver_reply",
        payload={"entry_id": words},
        trace_id="0" * 32,
        created_at=at,
        due_at=at,
        dispatched_at=at,
        attempts=8,
        last_error=words,
        dead_at=at,
    )


def actor(person: Person) -> Actor:
    return Actor(ActorKind.MEMBER, person.member_id)
