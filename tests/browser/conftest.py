"""One running product and one browser for all tests here; every test has cookies and a page of its own.

So has it a shop, but for those that change nothing: they look at one furnished shop, for furnishing takes seconds.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from pydantic import PostgresDsn

from domain.agents.roles import Role
from domain.kit.database import Database, engine_for
from domain.seats.models import SeatKind
from infra.embedded.stack import Stack
from tests.browser import chromium
from tests.browser.crawling import Surface
from tests.browser.routes import Leaf, leaves_of
from tests.browser.shops import Person, RunningShop
from tests.browser.visitors import COOKIE, Visitor, enter, owner_of
from tests.browser.witness import Witness

WAIT = 10_000
"""Milliseconds within which a busy machine of two cores has shown what a page promises."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data = tmp_path_factory.mktemp("browser") / "data"
    with Stack(data, port=0, demo=False, environment="test", fast=True) as started:
        yield started


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The running product's data as the application sees it."""
    opened = Database(engine_for(PostgresDsn(stack.addresses.database_url), pool_size=5))
    yield opened
    await opened.close()


@pytest.fixture
async def shop(database: Database) -> RunningShop:
    """A shop of the test's own."""
    return await RunningShop.found(database)


@pytest.fixture(scope="session")
async def http(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who speaks to the running product without a browser."""
    async with httpx2.AsyncClient(base_url=stack.addresses.url, timeout=30, trust_env=False) as client:
        yield client


@dataclass(frozen=True)
class Sights:
    """A shop where every page shows something, an owner on a full seat, and where links lead them.

    Tests share it, and none may change it.
    """

    shop: RunningShop
    ola: Person
    owner: Visitor
    pages: dict[str, Surface]


@pytest.fixture(scope="session")
async def sights(http: httpx2.AsyncClient, database: Database) -> Sights:
    shop = await RunningShop.found(database)
    ola = await owner_of(shop)
    owner = await enter(http, ola)
    return Sights(shop, ola, owner, await owner.pages())


@pytest.fixture
async def owner(http: httpx2.AsyncClient, shop: RunningShop) -> Visitor:
    """An owner in the test's own shop, which is furnished."""
    return await enter(http, await owner_of(shop))


@pytest.fixture
async def stranger(http: httpx2.AsyncClient, shop: RunningShop) -> Visitor:
    """An owner in another shop, in which there is nothing yet."""
    return await enter(http, await shop.person("Ala", role=Role.OWNER, seat=SeatKind.FULL))


@pytest.fixture(scope="session")
def leaves(stack: Stack) -> list[Leaf]:
    return leaves_of(stack)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=WAIT)
    async with async_playwright() as playwright, await chromium.launch(playwright) as started:
        yield started


AS_USUAL = {"locale": "en-GB", "reduced_motion": "reduce"}
"""Without motion, so that colours are what they are meant to be at once."""

OpenContext = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def witness(stack: Stack) -> AsyncIterator[Witness]:
    """What the pages of this test did that no page may do; there must be none of it at the end."""
    seen = Witness(stack.addresses.url)
    yield seen
    assert seen.misdeeds == []


@pytest.fixture
async def open_context(browser: Browser, stack: Stack, witness: Witness) -> AsyncIterator[OpenContext]:
    """Open another browser that shares no cookie with the others; it takes Playwright's options for a context."""
    opened: list[BrowserContext] = []

    async def open_one(**options: Any) -> BrowserContext:
        context = await browser.new_context(base_url=stack.addresses.url, **{**AS_USUAL, **options})
        context.set_default_timeout(WAIT)
        witness.watch(context)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        await context.close()


@pytest.fixture
async def context(open_context: OpenContext) -> BrowserContext:
    return await open_context()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


async def sign_in(page: Page, person: Person) -> None:
    """Sign in as people do: by the form, in whichever language it is."""
    await page.goto("/admin/sign-in")
    await page.locator("#shop").fill(person.shop.slug)
    await page.locator("#email").fill(person.email)
    await page.locator("#password").fill(person.password)
    await page.locator("#password").press("Enter")
    await expect(page).to_have_url("/admin/")


async def session_in(context: BrowserContext) -> str | None:
    """The session that the browser keeps, if any."""
    kept = [cookie["value"] for cookie in await context.cookies() if cookie["name"] == COOKIE]
    assert len(kept) <= 1
    return kept[0] if kept else None
