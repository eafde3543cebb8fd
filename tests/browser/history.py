"""A month of work, by people on full and light seats and by the helpers of a season, for pages that look back on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.orders.models import Order
from domain.seasons.drafting import Plan, draft_season
from domain.seasons.operations import schedule_season
from domain.seats import operations as seats
from domain.seats.models import SeatKind, SeatLicence
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import opening, outbound, working
from domain.tickets.assignment import assign, send_to_team
from domain.tickets.models import EvidenceKind
from domain.tickets.working import Evidence
from tests.browser.furnishing import actor
from tests.browser.shops import Person, RunningShop, now

DAYS = 30
FULL = ("Filip Gil", "Maja Bąk", "Hanna Zając")
LIGHT = ("Oskar Sowa", "Iga Cicha")
HELPERS = (("Lena Wrzos", SeatKind.LIGHT), ("Ewa Mróz", SeatKind.LIGHT), ("Borys Kruk", SeatKind.FULL))
TOPICS = ("delivery", "delivery", "payment", "return", "question")


@dataclass(frozen=True)
class Worker:
    """Somebody who works, from a day of the month on."""

    person: Person
    kind: SeatKind
    since: datetime


async def a_month(shop: RunningShop, *, admin: Person, tickets: int) -> None:
    """So many tickets in the last thirty days, most of them resolved; a season begins in the middle."""
    random, begin = Random(2026), now() - timedelta(days=DAYS)
    order = await shop.order("BOM/1", days_ago=DAYS)
    workers = [
        await _seated(shop, name, kind, since=begin)
        for names, kind in ((FULL, SeatKind.FULL), (LIGHT, SeatKind.LIGHT))
        for name in names
    ]
    workers += await _helpers(shop, admin, begin=begin)
    for place in range(tickets):
        arrived = begin + timedelta(days=(DAYS - 1) * place / tickets, minutes=random.randrange(600))
        here = [worker for worker in workers if worker.since <= arrived]
        await _deal_with(shop, order, arrived, here, random)


async def _seated(shop: RunningShop, name: str, kind: SeatKind, *, since: datetime) -> Worker:
    person = await shop.person(name, teams=["first-line"])
    async with shop.writing() as session:
        (licence,) = await seats.add_licences(
            session, kind=kind, count=1, start=None, end=None, label="", by=SYSTEM, now=since
        )
        await seats.assign_seat(session, agent_id=person.agent_id, licence_id=licence.id, by=SYSTEM, now=since)
    return Worker(person, kind, since)


async def _helpers(shop: RunningShop, admin: Person, *, begin: datetime) -> list[Worker]:
    """People on the seats of a season that begins ten days after the rest."""
    first = (begin + timedelta(days=10)).date()
    plan = Plan("Christmas", first, first + timedelta(days=60), 1, 2, Role.AGENT, Language.PL)
    people = [(await shop.person(name, teams=["accounting"]), kind) for name, kind in HELPERS]
    async with shop.writing() as session:
        season = await draft_season(session, plan=plan, own_id=admin.member_id, by=actor(admin), now=begin)
        await schedule_season(session, season_id=season.id, own_id=admin.member_id, by=actor(admin), now=begin)
        licences = list(await session.scalars(select(SeatLicence).where(SeatLicence.season_id == season.id)))
        for person, kind in people:
            licence = next(one for one in licences if one.kind is kind)
            licences.remove(licence)
            await seats.assign_seat(session, agent_id=person.agent_id, licence_id=licence.id, by=SYSTEM, now=begin)
    since = begin + timedelta(days=12)
    return [Worker(person, kind, since) for person, kind in people]


async def _deal_with(
    shop: RunningShop, order: Order, arrived: datetime, here: Sequence[Worker], random: Random
) -> None:
    """Somebody takes the ticket; who can, answers; most are resolved, the others left to the team; some come back."""
    at, worker = arrived, random.choice(here)

    def later(minutes: int) -> datetime:
        return at + timedelta(minutes=random.randrange(minutes // 4, minutes))

    async with shop.writing() as session:
        ticket = await opening.open_ticket(
            session,
            channel=Channel.EMAIL,
            topic_key=random.choice(TOPICS),
            subject="Where is my parcel?",
            body="Good morning, it was to be here on Friday.",
            customer_id=order.customer_id,
            order_id=order.id,
            by=SYSTEM,
            now=arrived,
        )
        at = later(120)
        await assign(session, ticket_id=ticket.id, agent_id=worker.person.agent_id, by=SYSTEM, now=at)
        if worker.kind is SeatKind.FULL:
            at = later(60)
            await outbound.reply(
                session,
                ticket_id=ticket.id,
                body="It arrives tomorrow.",
                permit=await permit_outbound(session, agent_id=worker.person.agent_id, now=at),
                any_owner=False,
                by=actor(worker.person),
                now=at,
            )
        at = later(240)
        if random.random() < 0.85:
            await working.resolve_internally(
                session,
                ticket_id=ticket.id,
                seat=await hold_seat(session, agent_id=worker.person.agent_id, now=at),
                any_owner=False,
                reason="Found in the warehouse.",
                evidence=Evidence(EvidenceKind.NOTE, text="Parcel 6200"),
                by=actor(worker.person),
                now=at,
            )
            if random.random() < 0.12:
                await opening.receive(session, ticket_id=ticket.id, body="Still nothing.", by=SYSTEM, now=later(900))
        else:
            await send_to_team(session, ticket_id=ticket.id, team_id=None, by=SYSTEM, now=at)
