"""Menus are data: a key press gives topic, queue and priority; a menu is replaced whole, or refused whole."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from domain.agents.channels import Channel
from domain.agents.errors import TeamNotFound
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, EventRow
from domain.kit.ids import new_id
from domain.tickets.calls import ivr
from domain.tickets.calls.course import CallState
from domain.tickets.calls.errors import IvrMenuNotFound
from domain.tickets.calls.menus import Choice, Heard, Lead, Menu
from domain.tickets.models import Entry, Topic
from tests.conftest import NOW, FoundShop
from tests.domain.tickets.calls.exchange import asked, call, kept
from tests.domain.world import World

DELIVERY = Lead("delivery")


def choice(digit: str, lead: Lead | None = None, menu: str | None = None) -> Choice:
    return Choice(digit, f"Key {digit}", f"Klawisz {digit}", lead, menu)


def menu(key: str, *choices: Choice, otherwise: Lead = DELIVERY) -> Menu:
    return Menu(key, f"This is {key}", f"To jest {key}", otherwise, choices)


async def put(world: World, told: Menu) -> Menu:
    async with world.database.writing(world.tenant_id) as session:
        return await ivr.set_menu(session, menu=told, by=SYSTEM, now=NOW)


async def there_are(world: World) -> dict[str, Menu]:
    async with world.database.reading(world.tenant_id) as session:
        return await ivr.menus_of(session)


async def test_a_menu_is_kept_in_the_order_of_its_keys_and_replaced_whole(world: World, database: Database) -> None:
    accounting = Lead("payment", world.teams["first-line"], 7)
    await put(world, menu("returns", choice("1", accounting)))
    first = await put(world, menu("main", choice("2", menu="returns"), choice("#", DELIVERY), choice("1", accounting)))
    assert [each.digit for each in first.choices] == ["#", "1", "2"]
    assert await there_are(world) == {"main": first, "returns": menu("returns", choice("1", accounting))}
    second = await put(world, menu("main", choice("9", DELIVERY), otherwise=accounting))
    await put(world, replace(second, prompt_en="  This  is main "))  # the same, so nothing happens
    assert (await there_are(world))["main"] == menu("main", choice("9", DELIVERY), otherwise=accounting)
    async with database.reading(world.tenant_id) as session:
        told = await session.scalars(
            select(EventRow.data["key"].astext).where(EventRow.name == "IvrMenuSet").order_by(EventRow.at, EventRow.id)
        )
        assert list(told) == ["returns", "main", "main"]


@pytest.mark.parametrize(
    ("told", "path"),
    [
        (menu("main", choice("1", DELIVERY), choice("1", DELIVERY)), "choices.1.digit"),
        (menu("main", choice("1", Lead("nonsense"))), "choices.0.topic"),
        (menu("main", otherwise=Lead("nons\0ense")), "otherwise.topic"),
        (menu("main", choice("1", Lead("delivery", None, 10))), "choices.0.priority"),
        (menu("main", choice("1", menu="nowhere")), "choices.0.menu"),
        (menu("main", choice("1", menu="main")), "choices.0.menu"),
        (menu("main", choice("0", DELIVERY), choice("1", menu="below")), "choices.1.menu"),
        (menu("Main menu"), "key"),
        (replace(menu("main"), prompt_pl=" "), "prompt_pl"),
        (menu("main", replace(choice("1", DELIVERY), prompt_en="x" * 501)), "choices.0.prompt_en"),
    ],
)
async def test_a_menu_that_is_wrong_is_refused_whole_with_the_place_of_its_fault(
    world: World, told: Menu, path: str
) -> None:
    await put(world, menu("main", choice("5", DELIVERY)))
    await put(world, menu("below", choice("1", menu="main")))
    before = await there_are(world)
    with pytest.raises(InvalidInput) as refused:
        await put(world, told)
    assert refused.value.field == path
    assert await there_are(world) == before


async def test_another_shops_team_is_no_team_here(world: World, database: Database, found_shop: FoundShop) -> None:
    other = await World.found(database, await found_shop())
    await put(other, menu("main", choice("1", Lead("delivery", other.teams["first-line"]))))
    for team_id in (other.teams["first-line"], new_id()):
        with pytest.raises(TeamNotFound) as refused:
            await put(world, menu("main", choice("1", Lead("delivery", team_id))))
        assert refused.value.team_id == team_id
    assert await there_are(world) == {}
    with pytest.raises(IvrMenuNotFound):
        await asked(world, pressed="1")


async def test_two_menus_at_once_never_lead_to_one_another(world: World) -> None:
    await put(world, menu("a"))
    await put(world, menu("b"))
    outcomes = await asyncio.gather(
        put(world, menu("a", choice("1", menu="b"))),
        put(world, menu("b", choice("1", menu="a"))),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} == {Menu, InvalidInput}


async def test_keys_give_topic_queue_and_priority(world: World, database: Database) -> None:
    await put(world, menu("money", choice("1", Lead("payment", world.teams["first-line"], 7))))
    await put(world, menu("main", choice("1", DELIVERY), choice("2", menu="money"), otherwise=Lead("payment")))
    expected = {
        "21": ("payment", "first-line", 7, "Rozmowa telefoniczna. Wybrano: Klawisz 2 › Klawisz 1."),
        "1": ("delivery", "first-line", 0, "Rozmowa telefoniczna. Wybrano: Klawisz 1."),
        None: ("payment", "accounting", 0, "Rozmowa telefoniczna."),
    }
    for pressed, told in expected.items():
        where = await call(world, f"pressed {pressed}", pressed=pressed, number=None)
        assert where.state is CallState.WAITING
        _, ticket = await kept(world, f"pressed {pressed}")
        async with database.reading(world.tenant_id) as session:
            topic = await session.get_one(Topic, (world.tenant_id, ticket.topic_id))
            said = await session.scalar(select(Entry.body).where(Entry.ticket_id == ticket.id))
        team = next(key for key, id in world.teams.items() if id == ticket.team_id)
        assert (topic.key, team, ticket.priority, said) == told
        assert (ticket.needs_contact, ticket.channel) == (True, Channel.PHONE)


async def test_a_wrong_key_and_an_open_end_have_a_menu_played_and_open_nothing(
    world: World, database: Database
) -> None:
    money = await put(world, menu("money", choice("1", Lead("payment"))))
    main = await put(world, menu("main", choice("2", menu="money")))
    assert await asked(world, pressed="") == Heard(main, wrong=False)
    assert await asked(world, pressed="7") == Heard(main, wrong=True)
    assert await asked(world, pressed="2") == Heard(money, wrong=False)
    assert await asked(world, pressed="27") == Heard(money, wrong=True)
    assert await asked(world, menu="money", pressed="*") == Heard(money, wrong=True)
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Entry)) == 0
    assert (await call(world, pressed="2", final=True)).state is CallState.WAITING
    with pytest.raises(IvrMenuNotFound) as refused:
        await asked(world, "another", menu="nowhere", pressed="1")
    assert refused.value.menu == "nowhere"
