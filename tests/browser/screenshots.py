"""The pictures of the README, of a shop before Christmas: python -m tests.browser.screenshots [FOLDER]"""

import asyncio
import sys
import tempfile
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from playwright.async_api import Page, async_playwright, expect
from pydantic import PostgresDsn

from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.kit.database import Database, engine_for
from domain.kit.events import SYSTEM
from domain.orders.details import OrderChange
from domain.orders.models import OrderStatus
from domain.orders.operations import update_order
from domain.orders.parcels import ShipmentDetails
from domain.seasons.people import Named
from domain.seats.models import SeatKind
from domain.seats.operations import add_licences
from domain.tickets import working
from infra.embedded.stack import Stack
from tests.browser import chromium
from tests.browser.conftest import sign_in
from tests.browser.furnishing import actor
from tests.browser.history import DAYS, a_month
from tests.browser.shops import Person, RunningShop, now
from tests.journey.people import until

DOCS = Path(__file__).parents[2] / "infra" / "docs"
MOST_BYTES = 200_000

CUSTOMERS = (
    "Zofia Żak",
    "Jan Kowalski",
    "Marta Wójcik",
    "Piotr Zieliński",
    "Ewa Dąbrowska",
    "Tomasz Lis",
    "Anna Mazur",
    "Karol Król",
    "Julia Pawlak",
    "Adam Wrona",
    "Olga Sikora",
    "Igor Baran",
)
PRODUCTS = (("BOMBKA-8", "Glass bauble, 8 cm"), ("GWIAZDA", "Straw star"), ("SZOPKA-M", "Nativity scene, wooden"))
QUESTIONS = (
    ("payment", "Has my transfer arrived?", "Good morning, I paid on Friday and the order still waits. Is it there?"),
    ("payment", "Charged twice", "The bank shows two payments for one order. Please look into it."),
    ("delivery", "Where is my parcel?", "It is a present and has to be here by Wednesday."),
    ("payment", "Invoice for the company", "Could you put our tax number on the invoice?"),
    ("delivery", "Wrong address", "I moved last week; the parcel must not go to the old flat."),
)


async def main(folder: Path) -> None:
    """Start the whole product, let a season begin, and take the pictures."""
    with tempfile.TemporaryDirectory() as data:
        async with (
            Stack(Path(data) / "data", port=0, demo=False, environment="test", fast=True) as stack,
            async_playwright() as playwright,
        ):
            database = Database(engine_for(PostgresDsn(stack.addresses.database_url), pool_size=2))
            try:
                shop = await RunningShop.found(database)
                admin, lena = await open_season(shop)
                draft = await plan_seasons(shop, admin)
                browser = await chromium.launch(playwright)
                context = await browser.new_context(
                    base_url=stack.addresses.url, viewport={"width": 1360, "height": 850}, locale="en-GB"
                )
                page = await context.new_page()
                await sign_in(page, admin)
                await take(page, "/admin/seats", folder / "seats.png")
                await take(page, f"/admin/seasons?year={now().year + 1}", folder / "seasons.png")
                await take(page, f"/admin/seasons/{draft}", folder / "season.png")
                await take(page, "/admin/orders", folder / "orders.png")
                await context.clear_cookies()
                await sign_in(page, lena)
                await page.goto("/admin/desk")
                await page.locator("#presence-ONLINE").click()
                await until("the tickets of Lena's team are in her hands", partial(has_three, page))
                await page.locator("#mine-1").click()
                await expect(page.locator("#ticket-title")).to_be_focused()
                await page.locator("#ticket-title").blur()
                await page.evaluate("scrollTo(0, 0)")
                await take(page, page.url, folder / "desk.png")
                await context.clear_cookies()
                await look_back(page, database, folder / "statistics.png")
                await browser.close()
            finally:
                await database.close()


async def has_three(page: Page) -> bool:
    await page.goto("/admin/desk")
    return await page.locator("[id^=mine-].line").count() == 3


async def look_back(page: Page, database: Database, file: Path) -> None:
    """The statistics of a shop that has worked for a month."""
    shop = await RunningShop.found(database)
    admin = await shop.person("Ola Nowak", role=Role.ADMIN)
    await a_month(shop, admin=admin, tickets=150)
    await sign_in(page, admin)
    await page.set_viewport_size({"width": 1360, "height": 1000})
    today = now().date()
    await take(page, f"/admin/statistics?from={today - timedelta(days=DAYS)}&to={today}", file)


async def open_season(shop: RunningShop) -> tuple[Person, Person]:
    """An admin, a light agent with a ticket to take, colleagues on seats, orders at every stage and questions."""
    admin = await shop.person("Ola Nowak", role=Role.ADMIN)
    for name, kind in (("Filip Gil", SeatKind.FULL), ("Maja Bąk", SeatKind.FULL)):
        person = await shop.person(name, teams=["first-line"])
        await shop.add_seat(kind, agent_id=person.agent_id, label="First line")
    await shop.add_seat(SeatKind.FULL, label="First line")
    lena = await shop.person("Lena Wrzos", teams=["accounting", "first-line"], skills=["payments"])
    helpers = [lena, await shop.person("Oskar Sowa", teams=["warehouse"]), None]
    helpers += [await shop.person("Iga Cicha", teams=["warehouse"]), await shop.person("Ewa Mróz"), None]
    for helper in helpers:
        await shop.add_seat(SeatKind.LIGHT, agent_id=helper.agent_id if helper else None, label="Christmas")
    orders = []
    for place, customer in enumerate(CUSTOMERS):
        sku, product = PRODUCTS[place % len(PRODUCTS)]
        orders.append(
            await shop.order(
                f"BOM/{1041 + place}",
                customer=customer,
                email=f"klient{place}@poczta.example",
                product=product,
                sku=sku,
                pieces=1 + place * 5 % 7,
                days_ago=5 - place // 3,
                paid=place % 4 > 0,
            )
        )
        stages = (OrderStatus.PACKED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)[: place % 4]
        parcel = ShipmentDetails("InPost", f"6200{place:04}", now() - timedelta(hours=5))
        async with shop.writing() as session:
            for stage in stages:
                change = OrderChange(status=stage, shipments=[parcel] if stage is OrderStatus.SHIPPED else [])
                await update_order(session, order_id=orders[-1].id, change=change, by=SYSTEM, now=now())
    for (topic, subject, body), order in zip(QUESTIONS, orders, strict=False):
        ticket = await shop.ticket(subject, order=order, topic=topic, body=body)
        if subject == QUESTIONS[0][1]:
            async with shop.writing() as session:
                await working.add_note(
                    session, ticket_id=ticket.id, body="The bank's file comes at noon.", by=actor(admin), now=now()
                )
    return admin, lena


async def plan_seasons(shop: RunningShop, admin: Person) -> UUID:
    """Permanent seats, a season that stands and a draft for Christmas, which it returns."""
    today = now().astimezone(ZoneInfo("Europe/Warsaw")).date()
    async with shop.writing() as session:
        await add_licences(
            session, kind=SeatKind.FULL, count=4, start=None, end=None, label="First line", by=actor(admin), now=now()
        )
    for name, first, last, light, full in (
        ("Back to school", date(today.year + 1, 8, 15), date(today.year + 1, 9, 15), 8, 1),
        ("Easter", date(today.year + 1, 3, 1), date(today.year + 1, 4, 4), 6, 0),
    ):
        await shop.season(name, by=admin, first=first, last=last, light_count=light, full_count=full)
    return await shop.season(
        "Christmas",
        by=admin,
        first=date(today.year + 1, 11, 1),
        last=date(today.year + 2, 1, 15),
        stands=False,
        light_count=20,
        full_count=4,
        team_ids=[shop.teams["accounting"], shop.teams["second-line"]],
        capacities={Channel.CHAT: 2},
        people=[
            Named(f"osoba{place}@bombka.example", name, SeatKind.FULL if place == 1 else SeatKind.LIGHT)
            for place, name in enumerate(CUSTOMERS[:5])
        ],
    )


async def take(page: Page, path: str, file: Path) -> None:
    """A picture of the page at the path, or of the open page as it stands."""
    if path != page.url:
        await page.goto(path)
    size = len(await page.screenshot(path=file))
    if size > MOST_BYTES:
        raise SystemExit(f"{file} has {size:,} bytes, more than {MOST_BYTES:,}.")
    sys.stdout.write(f"{file}  {size:,} bytes\n")


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS))
