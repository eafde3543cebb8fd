"""The desk in a real browser: light agents resolve by keyboard alone, and full agents send what light agents wrote."""

from typing import Any

import httpx2
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from admin.catalogue import say
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.orders.models import Customer
from domain.seats.models import SeatKind
from domain.tickets.models import EvidenceKind, Resolution, Ticket
from infra.embedded.stack import Stack
from tests.browser.accessibility import no_serious_findings
from tests.browser.conftest import OpenContext, sign_in
from tests.browser.crawling import surface_of
from tests.browser.shops import Person, RunningShop
from tests.browser.visitors import enter
from tests.journey.people import mails, recipient, text_of, until

NO_MOUSE = "addEventListener('pointerdown', () => console.error('a mouse was used'), true)"
"""Which the witness takes for a misdeed."""

MOST_TABS = 80

_WITHOUT_CUSTOMER = {"next", "presence", "take", "note", "draft", "hand-over", "resolve", "reopen", "replace"}


@pytest.mark.parametrize("language", list(Language))
async def test_a_light_agent_resolves_three_tickets_by_keyboard_alone(
    page: Page, shop: RunningShop, stack: Stack, language: Language
) -> None:
    await page.add_init_script(NO_MOUSE)
    subjects = ["Czy doszedł mój przelew?", "Zapłaciłam dwa razy", "Kiedy zwrot pieniędzy?"]
    tickets = [await shop.ticket(subject, order=await shop.order(f"BOM/{subject[:3]}")) for subject in subjects]
    lena = await light_agent(shop, language)
    await enter_by_keyboard(page, lena)
    await tab_to(page, "nav a[href='/admin/desk']")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "desk"))
    await no_serious_findings(page)

    for ticket in tickets[:2]:
        await shortcuts_work(page)
        await page.keyboard.press("n")
        await expect(page.locator("#ticket-title")).to_contain_text(ticket.subject)
        await no_serious_findings(page)
        await page.keyboard.press("e")
        await expect(page.locator("#resolve-reason")).to_be_focused()
        await page.keyboard.type("Przelew jest na koncie.")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#said")).to_have_text(say(language, "desk_said_resolved", number=ticket.number))
    await resolve_last_with_tab_and_enter(page, tickets[2], language)

    assert await resolutions(shop) == [
        (tickets[0].id, lena.agent_id, SeatKind.LIGHT, EvidenceKind.PAYMENT, "Przelew jest na koncie."),
        (tickets[1].id, lena.agent_id, SeatKind.LIGHT, EvidenceKind.PAYMENT, "Przelew jest na koncie."),
        (tickets[2].id, lena.agent_id, SeatKind.LIGHT, EvidenceKind.NOTE, "Zwrot zlecony."),
    ]
    assert mails_to(stack, await addresses(shop)) == []


async def resolve_last_with_tab_and_enter(page: Page, ticket: Ticket, language: Language) -> None:
    """Without any shortcut, and on a note, which has to be chosen and written."""
    await tab_to(page, "#take-next")
    await page.keyboard.press("Enter")
    await expect(page.locator("#ticket-title")).to_contain_text(ticket.subject)
    await tab_to(page, "#act-resolve summary")
    await page.keyboard.press("Enter")
    await tab_to(page, "#resolve-reason")
    await page.keyboard.type("Zwrot zlecony.")
    await page.keyboard.press("Tab")
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await expect(page.locator("#act-resolve [value=NOTE]")).to_be_checked()
    await tab_to(page, "#resolve-text")
    await page.keyboard.type("Rozmowa z bankiem")
    await tab_to(page, "#act-resolve button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#said")).to_have_text(say(language, "desk_said_resolved", number=ticket.number))


@pytest.mark.parametrize("language", list(Language))
async def test_a_light_agent_finds_no_way_to_the_customer(
    page: Page, http: httpx2.AsyncClient, shop: RunningShop, stack: Stack, language: Language
) -> None:
    order = await shop.order("BOM/1")
    ticket = await shop.ticket("Czy doszedł mój przelew?", order=order)
    lena = await light_agent(shop, language)
    await sign_in(page, lena)
    await page.goto("/admin/desk")
    await page.get_by_role("button", name=say(language, "desk_take_next")).click()
    await expect(page.locator("#ticket-title")).to_contain_text(ticket.subject)
    await expect(page.get_by_text(say(language, "desk_why_light"))).to_be_visible()

    for word in ("desk_reply", "desk_reply_send", "desk_approve", "desk_edit", "desk_edit_send", "desk_return_send"):
        for role in ("button", "link", "group", "textbox", "menuitem"):
            await expect(page.get_by_role(role, name=say(language, word))).to_have_count(0)
    for summary in await page.locator("summary").all_inner_texts():
        assert say(language, "desk_reply") not in summary
    await expect(page.locator("[href^='mailto:'], [href^='tel:'], [href^='sms:']")).to_have_count(0)
    forms = surface_of(await page.content(), at="/admin/desk").forms
    deeds = {form.action.rpartition("/")[2] for form in forms if form.action.startswith("/admin/desk")}
    assert deeds == {"next", "presence", "note", "draft", "decline", "hand-over", "resolve"}
    await shortcuts_work(page)
    for key in ("r", "a"):
        await page.keyboard.press(key)
    await expect(page.locator("details[open]")).to_have_count(0)

    me = await enter(http, lena)
    before = await shop.state()
    for path in (f"{ticket.number}/reply", f"{ticket.number}/drafts/{new_id()}/approve"):
        said = {"body": "Doszedł!", "once": new_id().hex}
        refused = await me.ask("POST", f"/admin/desk/tickets/{path}", data=said, headers=me.own)
        assert refused.status_code == 403
        assert say(language, "desk_why_light").split(".")[0] in refused.text
    assert await shop.state() == before
    assert mails_to(stack, await addresses(shop)) == []


@pytest.mark.parametrize("language", list(Language))
async def test_a_full_agent_approves_a_light_agents_draft_and_the_mail_leaves_once(
    open_context: OpenContext, shop: RunningShop, stack: Stack, language: Language
) -> None:
    words = "Dzień dobry,\n\nprzelew doszedł w piątek. Paczka wychodzi jutro!"
    order = await shop.order("BOM/1")
    ticket = await shop.ticket("Czy doszedł mój przelew?", order=order)
    light = await (await open_context()).new_page()
    await sign_in(light, await light_agent(shop, language))
    await light.goto("/admin/desk")
    await light.get_by_role("button", name=say(language, "desk_take_next")).click()
    await light.locator("summary", has_text=say(language, "desk_draft")).click()
    await light.locator("#draft-body").fill(words)
    await light.get_by_role("button", name=say(language, "desk_draft_send")).click()
    await expect(light.locator("#said")).to_have_text(say(language, "desk_said_drafted", number=ticket.number))
    assert mails_to(stack, await addresses(shop)) == []

    filip = await shop.person("Filip", seat=SeatKind.FULL, teams=["accounting"], language=language)
    full = await (await open_context()).new_page()
    await sign_in(full, filip)
    await full.goto("/admin/desk")
    await full.get_by_role("link", name=ticket.subject).click()
    await expect(full.locator(".timeline .draft .body")).to_have_text(words)
    await no_serious_findings(full)
    await full.get_by_role("button", name=say(language, "desk_approve")).click()
    await expect(full.locator("#said")).to_have_text(say(language, "desk_said_approved", number=ticket.number))

    async def delivered() -> Any:
        return mails_to(stack, await addresses(shop))

    (mail,) = await until("the customer's mail", delivered)
    assert text_of(mail).replace("\r\n", "\n").strip() == words
    await shop.state()  # once all is done
    assert len(await delivered()) == 1
    await expect(light.locator("#desk")).to_be_visible()


async def test_the_order_stands_beside_its_ticket_and_what_was_done_is_told_in_sight(
    page: Page, shop: RunningShop
) -> None:
    order = await shop.order("e481f51cbdc54678b7cc49136f2d6af7")
    tickets = [await shop.ticket(f"Przelew {number}", order=order) for number in range(12)]
    lena = await light_agent(shop, Language.EN)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await sign_in(page, lena)
    assert await page.evaluate("document.documentElement.scrollHeight") == 800
    await page.goto("/admin/desk")
    await shortcuts_work(page)
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await page.keyboard.press("n")
    await expect(page.locator("#said")).to_have_text(say(Language.EN, "desk_said_taken", number=tickets[0].number))
    for told in ("#said", "#ticket-title", "#order-title"):
        await expect(page.locator(told)).to_be_in_viewport(ratio=1)
    for width in (375, 820, 1280, 1366):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    await page.keyboard.press("e")
    await page.keyboard.type("Przelew jest na koncie.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said")).to_have_text(say(Language.EN, "desk_said_resolved", number=tickets[0].number))
    await expect(page.locator("#said")).to_be_in_viewport(ratio=1)
    await page.locator("#queued-12").click()
    await expect(page.locator("#ticket-title")).to_contain_text("Przelew 11")
    await expect(page.locator("#ticket-title")).to_be_in_viewport(ratio=1)


async def test_a_form_opened_by_its_heading_has_the_focus_and_a_refusal_in_it_is_in_sight(
    page: Page, shop: RunningShop
) -> None:
    await shop.ticket("Czy doszedł mój przelew?", order=await shop.order("BOM/1"))
    lena = await light_agent(shop, Language.EN)
    await page.set_viewport_size({"width": 1280, "height": 400})
    await sign_in(page, lena)
    await page.goto("/admin/desk")
    await shortcuts_work(page)
    await page.keyboard.press("n")
    await expect(page.locator("#ticket-title")).to_be_focused()
    await page.locator("#act-resolve summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#resolve-reason")).to_be_focused()
    await page.keyboard.type("Bo tak")
    await page.locator("#act-resolve [value=NOTE]").check()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#act-resolve .problem")).to_be_focused()
    await expect(page.locator("#act-resolve .problem")).to_be_in_viewport(ratio=1)


async def test_a_reply_is_seen_to_be_sent_without_asking_again(page: Page, shop: RunningShop) -> None:
    await shop.ticket("Czy doszedł mój przelew?", order=await shop.order("BOM/1"))
    filip = await shop.person("Filip", seat=SeatKind.FULL, teams=["accounting"])
    await sign_in(page, filip)
    await page.goto("/admin/desk")
    await page.get_by_role("link", name="Czy doszedł mój przelew?").click()
    await expect(page.locator("#ticket-title")).to_be_focused()
    await shortcuts_work(page)
    await page.keyboard.press("r")
    await expect(page.locator("#reply-body")).to_be_focused()
    await page.keyboard.type("Doszedł.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".timeline .outbound [id^=mail-]")).to_have_text("sent")


async def light_agent(shop: RunningShop, language: Language) -> Person:
    return await shop.person("Lena", seat=SeatKind.LIGHT, teams=["accounting"], skills=["payments"], language=language)


async def enter_by_keyboard(page: Page, person: Person) -> None:
    await page.goto("/admin/sign-in")
    for field, text in (("#shop", person.shop.slug), ("#email", person.email), ("#password", person.password)):
        await tab_to(page, field)
        await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url("/admin/")


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as somebody does who cannot use a mouse."""
    target = page.locator(selector)
    await expect(target).to_be_attached()
    for _ in range(MOST_TABS):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} presses of Tab do not lead to {selector}.")


async def shortcuts_work(page: Page) -> None:
    """Once the page's script has come."""
    await expect(page.locator("#keys-choice:not([hidden])")).to_be_attached()


async def resolutions(shop: RunningShop) -> list[tuple[Any, ...]]:
    async with shop.database.reading(shop.shop.tenant_id) as session:
        columns = (
            Resolution.ticket_id,
            Resolution.agent_id,
            Resolution.seat_kind,
            Resolution.evidence_kind,
            Resolution.reason,
        )
        return [tuple(row) for row in await session.execute(select(*columns).order_by(Resolution.at))]


async def addresses(shop: RunningShop) -> set[str]:
    """The customers' addresses."""
    async with shop.database.reading(shop.shop.tenant_id) as session:
        return {address for address in await session.scalars(select(Customer.email)) if address}


def mails_to(stack: Stack, customers: set[str]) -> list[Any]:
    return [mail for mail in mails(stack.mail_folder) if recipient(mail) in customers]
