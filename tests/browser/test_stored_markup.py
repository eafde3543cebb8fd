"""Markup in whatever shops, customers and people can name or write: shown as text on every page, in a real browser."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from domain.agents.roles import Role
from domain.seats.models import SeatKind
from tests.browser.conftest import OpenContext, sign_in
from tests.browser.crawling import Form, crawl, shape_of
from tests.browser.furnishing import furnish_with
from tests.browser.shops import RunningShop
from tests.browser.visitors import Visitor, buttons, one_of_each

# Each fits into a name of 200 characters; `data-planted` shows markup that became an element even where no script ran.
PLANTED = (
    "<script data-planted>alert(1)</script>"
    '"><img src=x: onerror=alert(1) data-planted>'
    "'><svg onload=alert(1) data-planted></svg>"
    "--><details open ontoggle=alert(1) data-planted>",
    '" autofocus onfocus=alert(1) data-planted x="'
    "</textarea></title></option></select><script data-planted>alert(1)</script>"
    "<b hx-get='/admin/' hx-trigger='load' data-planted>x</b>",
    "javascript:alert(1)//"
    '<a href="javascript:alert(1)" data-planted>x</a>'
    "{{ 90001 * 90001 }}${90001 * 90001}"
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
PRODUCT = "8100180001"
"""What a template in the words would come to."""

ASKED = ("q", "search", "shop", "done", "said", "after", "before", "state", "sort", "open", "label", "name", "to")
_ALIKE = len(PLANTED) * 2

_LOOK = """page => [[
    ...page.querySelectorAll('[data-planted]'),
    ...[...page.querySelectorAll('[href], [src], [action]')].filter(
        e => /^\\s*javascript:/i.test(e.getAttribute('href') ?? e.getAttribute('src') ?? e.getAttribute('action'))),
].map(element => element.outerHTML), page.body.textContent, page.documentElement.outerHTML]"""
_LOOK_AT_IT = f"() => ({_LOOK})(document)"
_READ = f"""async path => {{
    const answer = await fetch(path);
    return ({_LOOK})(new DOMParser().parseFromString(await answer.text(), 'text/html'));
}}"""
"""The page as the browser makes it from its HTML, without showing it."""


class _Elements(HTMLParser):
    """The elements of a page that came from planted words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.planted: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip().lower() for name, value in attributes}
        leads = [given.get(name, "") for name in ("href", "src", "action", "hx-get", "hx-post")]
        if "data-planted" in given or any(where.startswith("javascript:") for where in leads):
            self.planted.append(self.get_starttag_text() or tag)


@pytest.mark.timeout(300)
async def test_nothing_that_was_typed_comes_back_as_markup(owner: Visitor) -> None:
    """Neither in a form that is shown again, nor on a page that asks to confirm, nor from a page's address."""
    pages = await owner.pages()
    became = []
    for words in PLANTED:
        answers = [await owner.get(path.partition("?")[0], params=dict.fromkeys(ASKED, words)) for path in pages]
        for form in one_of_each(buttons(pages)):
            if form.action == "/admin/sign-out":
                continue
            answers += [await owner.press(typed, **owner.own) for typed in typed_into(form, words)]
        for response in answers:
            assert response.status_code < 500, response.url
            became += [(response.url.path, words, planted) for planted in _Elements(response.text).planted]
            assert PRODUCT not in response.text, response.url
    assert became == []


def typed_into(form: Form, words: str) -> list[Form]:
    """The words in every field at once, which is refused, and in each alone, which may be done."""
    all_at_once = tuple((name, words) for name, _ in form.fields)
    each = [tuple((n, words if n == name else value) for n, value in form.fields) for name, _ in form.fields]
    return [Form(form.action, form.method, fields) for fields in (all_at_once, *each)]


@pytest.mark.timeout(360)
@pytest.mark.parametrize("kind", list(SeatKind))
async def test_nothing_that_people_write_becomes_markup(
    open_context: OpenContext, shop: RunningShop, kind: SeatKind
) -> None:
    """Without the content policy, which would hide that it had. A page of each shape is opened, others like it read."""
    for words in PLANTED:
        await furnish_with(shop, words)
    role = Role.OWNER if kind is SeatKind.FULL else Role.AGENT
    person = await shop.person(PLANTED[1], role=role, seat=kind, teams=["accounting", "first-line"])
    page = await (await open_context(bypass_csp=True)).new_page()
    await sign_in(page, person)
    shown, opened = set[str](), set[str]()

    async def visit(path: str) -> str:
        if (shape := shape_of(path)) not in opened:
            opened.add(shape)
            await page.goto(path)
            became, text, html = await page.evaluate(_LOOK_AT_IT)
        else:
            became, text, html = await page.evaluate(_READ, path)
        assert became == [], path
        assert PRODUCT not in text, path
        shown.update(words for words in PLANTED if words in text)
        return str(html)

    await crawl(visit, alike=_ALIKE)
    for words in PLANTED:
        await visit(f"/admin/search?{urlencode({'q': words})}")
    assert shown == set(PLANTED)
