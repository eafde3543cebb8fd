"""Finding by words: what is found, what never is, and what is not looked for."""

from collections.abc import Sequence
from uuid import UUID

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
from domain.tickets.search import Kind, SearchTooShort, search
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.world import World


async def find(database: Database, tenant_id: UUID, kind: Kind, words: str, *, most: int = 50) -> Sequence[UUID]:
    async with database.reading(tenant_id) as session:
        return await search(session, kind=kind, words=words, most=most)


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
