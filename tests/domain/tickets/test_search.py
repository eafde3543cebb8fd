"""Finding by words: what is found, what never is, and what is not looked for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from domain.agents.models import Member
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails
from domain.orders.operations import create_order
from domain.seats.models import SeatKind
from domain.tenants.clients import create_client
from domain.tickets.search import Found, Kind, SearchBusy, Searches, SearchTooShort, SearchTooWide
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.world import World
from tests.servers import Servers


async def find(database: Database, tenant_id: UUID, kind: Kind, words: str, *, most: int = 50) -> Sequence[UUID]:
    async with database.reading(tenant_id) as session:
        return (await Searches().search(session, kinds=[kind], words=words, most=most))[kind]


async def order(world: World, number: str, *, name: str = "Zofia Żak", external_id: str | None = None) -> UUID:
    customer = CustomerDetails(external_id=f"c-{name}", name=name, email=f"{name.split()[0].lower()}@klient.example")
    details = OrderDetails(
        external_id=external_id or f"x{number}",
        number=number,
        customer=customer,
        currency="PLN",
        total_amount=100,
        placed_at=NOW,
        lines=[LineDetails("b", "Bombka", 1, 100)],
    )
    async with world.database.writing(world.tenant_id) as session:
        return (await create_order(session, details=details, by=SYSTEM, now=NOW)).id


@pytest.mark.parametrize(
    "words",
    ["Zofia", "zofia żak", "ZAK ZOF", "żak", "zofia@klient.example", "zofia@kli", "klient zof", "c-1", "  za  ", "za."],
)
async def test_a_customer_is_found_by_the_beginnings_of_words_whatever_their_case_accents_and_order(
    database: Database, shop: Shop, words: str
) -> None:
    world = await World.found(database, shop)
    assert await find(database, shop.tenant_id, Kind.CUSTOMER, words) == [world.customer_id]


@pytest.mark.parametrize(
    "words", ["ofia", "zofia nowak", "zofiaa", "%", "_ofia", "z%a", "\\", "Zo_ia", "%%%%", "'; --"]
)
async def test_a_customer_is_not_found_by_other_words_and_wildcards_mean_themselves(
    database: Database, shop: Shop, words: str
) -> None:
    await World.found(database, shop)
    try:
        assert await find(database, shop.tenant_id, Kind.CUSTOMER, words) == []
    except SearchTooShort:
        assert words in ("%", "\\", "%%%%", "z%a", "'; --")


@pytest.mark.parametrize("words", ["", " ", "a", "a b c", "ż", "%", "-", "***"])
async def test_less_than_two_letters_is_not_looked_for(database: Database, shop: Shop, words: str) -> None:
    with pytest.raises(SearchTooShort) as refused:
        await find(database, shop.tenant_id, Kind.CUSTOMER, words)
    assert refused.value.message() == "Type at least 2 letters, or a number."


@pytest.mark.parametrize("words", ["zofia\0", "\ud800zofia", "x" * 100_000, "zofia " * 50_000])
async def test_what_can_be_in_no_text_and_what_has_no_end_is_answered_at_once(
    database: Database, shop: Shop, words: str
) -> None:
    world = await World.found(database, shop)
    found = await find(database, shop.tenant_id, Kind.CUSTOMER, words)
    assert found == ([world.customer_id] if words.startswith("zofia ") else [])


async def test_nothing_of_another_shop_is_found_with_the_very_same_words(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    world = await World.found(database, shop)
    placed, ticket = await order(world, "BOM/1001"), await world.ticket()
    await world.person(SeatKind.FULL)
    theirs = await found_shop()
    for kind in Kind:
        for words in ("Zofia Żak", "1001", "1", "jan nowak", "bombka", "first-line", "paczka"):
            assert await find(database, theirs.tenant_id, kind, words) == []
    async with database.engine.connect() as connection:
        for kind in Kind:
            call = text("SELECT found(:kind, 'zofia', 50)")
            assert (await connection.execute(call, {"kind": kind.value})).all() == []
    assert await find(database, shop.tenant_id, Kind.ORDER, "1001") == [placed]
    assert await find(database, shop.tenant_id, Kind.TICKET, "1") == [ticket]


async def test_an_order_is_found_by_its_number_the_shops_id_and_its_customer(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    first = await order(world, "BOM/1001", external_id="77-a")
    second = await order(world, "BOM/1002", name="Jan Śliwa")
    for words in ("bom/1001", "1001", "BOM 1001", "77", "77-A", "zofia", "żak zof"):
        assert await find(database, shop.tenant_id, Kind.ORDER, words) == [first]
    assert await find(database, shop.tenant_id, Kind.ORDER, "sliwa") == [second]
    assert await find(database, shop.tenant_id, Kind.ORDER, "bom") == [second, first]
    assert await find(database, shop.tenant_id, Kind.ORDER, "bom", most=1) == [second]


async def test_a_ticket_is_found_by_its_number_its_subject_and_its_customer(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    first, second = await world.ticket(), await world.ticket()
    assert await find(database, shop.tenant_id, Kind.TICKET, "1") == [first]
    assert await find(database, shop.tenant_id, Kind.TICKET, "#2") == [second]
    for words in ("paczka gdzie", "Zofia", "zofia@klient.example"):
        assert await find(database, shop.tenant_id, Kind.TICKET, words) == [second, first]
    assert await find(database, shop.tenant_id, Kind.TICKET, "99999999999999999999") == []


async def test_people_seats_teams_and_clients_are_found_by_what_they_are_called(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    person = await world.person(SeatKind.LIGHT)
    async with database.writing(shop.tenant_id) as session:
        client, _ = await create_client(session, name="Magazyn", scopes=["orders:read"], by=SYSTEM, now=NOW)
        email = (await session.get_one(Member, (shop.tenant_id, person.member_id))).email
    assert await find(database, shop.tenant_id, Kind.MEMBER, "nowak") == [person.member_id]
    assert await find(database, shop.tenant_id, Kind.MEMBER, email) == [person.member_id]
    assert await find(database, shop.tenant_id, Kind.SEAT, "jan nowak") == [person.licence_id]
    assert await find(database, shop.tenant_id, Kind.TEAM, "accounting") == [world.teams["accounting"]]
    assert await find(database, shop.tenant_id, Kind.CLIENT, "mag") == [client.id]


@pytest.mark.parametrize(
    ("words", "found"),
    [("zofia klient example żak", True), ("zofia klient example żak c xx", False), ("zofia zak klient nikt", False)],
)
async def test_every_word_counts_however_many_there_are(
    database: Database, shop: Shop, words: str, found: bool
) -> None:
    world = await World.found(database, shop)
    expected = [world.customer_id] if found else []
    assert await find(database, shop.tenant_id, Kind.CUSTOMER, words) == expected


CUSTOMERS = text(
    """
    INSERT INTO customer (tenant_id, id, version, external_id, email, name, language, created_at)
    SELECT :tenant_id, gen_random_uuid(), 0, 'c-' || n, 'customer' || n || '@mail.example',
        (ARRAY['Zofia', 'Jan'])[1 + n % 2] || ' ' || (ARRAY['Nowak', 'Lis'])[1 + n / 2 % 2], 'PL',
        now() - n * interval '1 minute'
    FROM generate_series(1, 6000) AS n
    """
)
READ = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'customer'")


async def test_words_that_are_common_and_never_together_cost_a_look_at_the_newest_rows_and_at_the_index(
    database: Database, shop: Shop, servers: Servers
) -> None:
    async with database.writing(shop.tenant_id) as session:
        await session.execute(CUSTOMERS, {"tenant_id": shop.tenant_id})
    owner = await asyncpg.connect(servers.owner_url)
    await owner.execute("ANALYZE customer")
    await owner.close()
    for words in (
        "nowak lis",
        "zofia jan",
        "mail zofia jan",
        "mai exa cus xq",
        "mail example customer nowak zofia lis",
    ):
        assert await cost(database, shop, words) == (0, 2000)
    assert await cost(database, shop, "customer5999") == (1, 2001)
    found, read = await cost(database, shop, "nowak")
    assert found == 10
    assert read < 100


async def cost(database: Database, shop: Shop, words: str) -> tuple[int, int]:
    """How many of at most ten customers are found, and how many rows of customers are read for it."""
    async with database.reading(shop.tenant_id) as session:
        before = (await session.execute(READ)).scalar_one()
        found = await Searches().search(session, kinds=[Kind.CUSTOMER], words=words, most=10)
        return len(found[Kind.CUSTOMER]), (await session.execute(READ)).scalar_one() - before


@asynccontextmanager
async def nobody_reads_customers(servers: Servers) -> AsyncIterator[None]:
    """A search of customers takes as long as the block."""
    owner = await asyncpg.connect(servers.owner_url)
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await owner.close()


async def test_a_search_that_takes_too_long_is_ended_and_what_follows_has_its_usual_time(
    database: Database, shop: Shop, servers: Servers
) -> None:
    async with database.reading(shop.tenant_id) as session:
        async with nobody_reads_customers(servers):
            with pytest.raises(SearchTooWide):
                await Searches(patience_ms=50).search(session, kinds=[Kind.CUSTOMER], words="zofia", most=10)
        for _ in range(2):
            assert (await session.execute(text("SHOW statement_timeout"))).scalar_one() == "1min"
            assert await Searches().search(session, kinds=[Kind.TEAM], words="zofia", most=10) == {Kind.TEAM: []}


async def test_a_search_may_take_a_second_for_all_kinds_together(
    database: Database, shop: Shop, servers: Servers
) -> None:
    begun = asyncio.get_running_loop().time()
    async with nobody_reads_customers(servers), database.reading(shop.tenant_id) as session:
        with pytest.raises(SearchTooWide):
            await Searches().search(session, kinds=list(Kind), words="zofia", most=10)
    assert 1 <= asyncio.get_running_loop().time() - begun < 2


async def test_two_shops_search_at_a_time_and_each_once_and_who_waits_holds_no_connection(
    database: Database, found_shop: FoundShop, servers: Servers
) -> None:
    searches = Searches(turn=0.2, patience_ms=20_000)
    first, second, third = [await found_shop() for _ in range(3)]

    async def searching(shop: Shop) -> Found:
        async with database.reading(shop.tenant_id) as session:
            return await searches.search(session, kinds=[Kind.CUSTOMER], words="zofia", most=10)

    pool, before = database.engine.pool, database.engine.pool.checkedout()  # type: ignore[attr-defined]
    async with nobody_reads_customers(servers):
        running = [asyncio.create_task(searching(first)) for _ in range(10)]
        with pytest.raises(SearchBusy):
            await running[-1]
        assert pool.checkedout() == before + 1  # type: ignore[attr-defined]
        running.append(asyncio.create_task(searching(second)))
        late = asyncio.create_task(searching(third))
        with pytest.raises(SearchBusy):
            await late
        assert pool.checkedout() == before + 2  # type: ignore[attr-defined]
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [dict, *[SearchBusy] * 9, dict]
    assert await searching(third) == {Kind.CUSTOMER: []}
