"""A real browser on a page of somebody else, with a session of ours open beside it: SameSite is not its only bar."""

from html import escape

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from domain.agents.roles import Role
from infra.embedded.stack import Stack
from tests.browser.conftest import Sights, sign_in
from tests.browser.crawling import Form
from tests.browser.shops import Person, RunningShop
from tests.browser.visitors import buttons, one_of_each
from tests.browser.witness import Witness

ELSEWHERE = ("http://evil.example/", "http://127.0.0.1:18999/", "http://localhost:18999/")
"""Another site; another port of our own host, which is the same site; and another name of our host."""

FETCH = """([url, body]) => fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', body})
    .then(() => 'sent', () => 'refused')"""


@pytest.fixture
async def page(page: Page, sights: Sights) -> Page:
    """An owner on a full seat is signed in, in a shop where every page shows something."""
    await sign_in(page, sights.ola)
    return page


class Elsewhere:
    """A page of somebody else in the same browser; what it is sent to comes from the test, not from a server."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.html = page, url, ""

    @classmethod
    async def open(cls, context: BrowserContext, url: str) -> "Elsewhere":
        there = cls(await context.new_page(), url)
        await context.route(f"{url}**", there._answer)
        await there.show("")
        return there

    async def show(self, html: str) -> None:
        self.html = html
        await self.page.goto(self.url)

    async def _answer(self, route: Route) -> None:
        html = f"<!doctype html><title>Elsewhere</title>{self.html}"
        await route.fulfill(body=html, content_type="text/html")


@pytest.mark.parametrize("url", ELSEWHERE[:2])
async def test_forms_elsewhere_change_nothing(
    page: Page, sights: Sights, shop: RunningShop, stack: Stack, url: str
) -> None:
    every = 1 if url == ELSEWHERE[0] else 4
    forms = [*one_of_each(buttons(sights.pages))[::every], sign_in_form(await shop.person("Mallory", role=Role.ADMIN))]
    assert every > 1 or "/admin/sign-out" in {form.action for form in forms}
    before = await sights.shop.state()
    elsewhere = await Elsewhere.open(page.context, url)
    for form in forms:
        await elsewhere.show(posting_itself(form, stack.addresses.url))
        await expect(elsewhere.page).to_have_url(f"{stack.addresses.url}{form.action}")
        await expect(elsewhere.page.get_by_role("alert")).to_contain_text("nothing was done")
    assert await sights.shop.state() == before
    await still_signed_in(page, sights.ola)


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_scripts_elsewhere_change_nothing_and_read_nothing(
    page: Page, sights: Sights, stack: Stack, url: str
) -> None:
    before = await sights.shop.state()
    elsewhere = await Elsewhere.open(page.context, url)
    answers = []
    for path in ["/graphql", "/auth/sign-out", "/auth/tokens", *(form.action for form in buttons(sights.pages))]:
        body = '{"query": "mutation { agentSetPresence(input: {presence: ONLINE}) { __typename } }", "name": "x"}'
        answers.append(await elsewhere.page.evaluate(FETCH, [f"{stack.addresses.url}{path}", body]))
    assert set(answers) == {"refused"}
    for path in ("/admin/", "/admin/sign-out", "/admin/logout", "/graphql", "/admin/static/panel.css"):
        await elsewhere.show(
            f"<img src='{stack.addresses.url}{path}'><script src='{stack.addresses.url}{path}'></script>"
        )
    assert await sights.shop.state() == before
    await still_signed_in(page, sights.ola)


@pytest.mark.parametrize("url", [*ELSEWHERE, "our own"])
async def test_no_page_can_be_put_into_a_frame(
    page: Page, sights: Sights, stack: Stack, url: str, witness: Witness
) -> None:
    """Not even by a page of ours: whoever frames the panel takes clicks that were meant for something else.

    Every page is tried from one site, some from the others.
    """
    own = stack.addresses.url
    elsewhere = await Elsewhere.open(page.context, f"{own}/framing/" if url == "our own" else url)
    pages = list(sights.pages)[:: 1 if url == ELSEWHERE[0] else 8]
    paths = [*pages, "/admin/sign-in", "/admin/nothing", "/admin/invitation/nothing", "/graphql", "/livez"]
    await elsewhere.show("".join(f"<iframe src='{own}{path}'></iframe>" for path in paths))
    framed = [frame for frame in elsewhere.page.frames if frame.parent_frame is not None]
    assert len(framed) == len(paths)
    for frame in framed:
        await frame.wait_for_load_state()
        assert frame.url == "chrome-error://chromewebdata/"
        assert "Sezon" not in await frame.content()
    for tag, address in (("object", "data"), ("embed", "src")):
        await elsewhere.show(f"<{tag} {address}='{own}/admin/'></{tag}>")
        assert [f.url for f in elsewhere.page.frames if f.url.startswith(own) and f.parent_frame] == []
    assert (witness.forgive("frame-ancestors") > 0) == (url == "our own")


def sign_in_form(person: Person) -> Form:
    """What would sign the victim in as somebody else, to write into that account what they think is theirs."""
    given = {"shop": person.shop.slug, "email": person.email, "password": person.password}
    return Form("/admin/sign-in", "post", tuple(given.items()))


def posting_itself(form: Form, origin: str) -> str:
    fields = "".join(f"<input name='{escape(name)}' value='{escape(value)}'>" for name, value in form.fields)
    submit = "<script>HTMLFormElement.prototype.submit.call(document.forms[0])</script>"
    return f"<form method='post' action='{origin}{escape(form.action)}'>{fields}</form>{submit}"


async def still_signed_in(page: Page, person: Person) -> None:
    await page.goto("/admin/")
    await expect(page.get_by_text(person.email)).to_be_visible()
