"""The menus of the exchange as the panel shows them."""

from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seats.models import SeatKind
from domain.tickets.calls import ivr
from domain.tickets.calls.menus import Choice, Lead, Menu
from tests.admin.actions.conftest import Browser, said
from tests.conftest import NOW
from tests.domain.world import World


async def test_menus_are_shown_from_where_callers_begin(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    assert "There are no menus yet." in said(await browser.get("/ivr"))
    money = Lead("payment", world.teams["first-line"], 7)
    async with database.writing(world.tenant_id) as session:
        for menu in (
            Menu("a-money", "<b>Money</b>", "Pieniądze", money),
            Menu(
                "main",
                "Welcome",
                "Witamy",
                Lead("delivery"),
                (Choice("1", "Transfers", "Przelewy", money), Choice("2", "Money", "Pieniądze", menu="a-money")),
            ),
        ):
            await ivr.set_menu(session, menu=menu, by=SYSTEM, now=NOW)
    page = await browser.get("/ivr")
    assert (
        "main English Welcome Polish Witamy No key delivery Key English Polish Leads to"
        " 1 Transfers Przelewy payment, first-line, priority 7 2 Money Pieniądze Menu “a-money”"
        " a-money English <b>Money</b> Polish Pieniądze No key payment, first-line, priority 7"
    ) in said(page)
    assert "<b>" not in page.text
    assert '<a href="#menu-a-money">' in page.text
    await browser.sign_in(admin, language="pl")
    assert "Prowadzi do 1 Transfers Przelewy payment, first-line, priorytet 7" in said(await browser.get("/ivr"))


async def test_who_may_not_write_rules_does_not_come_there(browser: Browser, world: World) -> None:
    anna = await world.person(SeatKind.FULL, role=Role.SUPERVISOR)
    await browser.sign_in(Actor(ActorKind.MEMBER, anna.member_id))
    assert (await browser.get("/ivr")).status_code == 403
