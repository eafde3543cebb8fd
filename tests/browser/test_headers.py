"""What is said with every page and every refusal: who may frame it, run in it, keep it; and where it may lead."""

import re

import httpx2
import pytest

from tests.browser.conftest import Sights
from tests.browser.visitors import Visitor, buttons, enter, files, parts

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy_of(response: httpx2.Response) -> dict[str, str]:
    directives = response.headers["content-security-policy"].split(";")
    return {name: value for name, _, value in (directive.strip().partition(" ") for directive in directives)}


async def test_every_page_and_refusal_is_nobodys_to_frame_keep_or_write_into(sights: Sights) -> None:
    owner, pages = sights.owner, sights.pages
    answers = [await owner.get(path) for path in [*pages, *parts(pages), *files(pages)]]
    answers += [await owner.get(path) for path in ("/admin", "/admin/nothing", "/admin/invitation/nothing")]
    answers += [await owner.press(form) for form in buttons(pages)]
    stranger = Visitor(owner.http, "nobody")
    answers += [await stranger.get(path) for path in [*pages, "/admin/sign-in", "/admin/nothing"]]
    assert {response.status_code for response in answers} >= {200, 303, 403, 404, 410}
    for response in answers:
        policy = policy_of(response)
        assert {name: policy.get(name) for name in POLICY} == POLICY or policy == {
            "default-src": "'none'",
            "frame-ancestors": "'none'",
        }, response.url
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        if response.text:
            assert response.headers["cache-control"] == "no-store", response.url
        assert not re.search(r"<script>|<style|\sstyle=|\son\w+=|javascript:", response.text), response.url


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/",
        "/admin//evil.example/",
        "/admin//evil.example/..",
        "/admin/\\evil.example/",
        "/admin/%2F%2Fevil.example/",
        "/admin/sign-in?next=//evil.example&to=https://evil.example&return=https://evil.example",
        "/admin/?next=https://evil.example&done=https://evil.example&language=https://evil.example",
        "/admin/desk/?next=https://evil.example",
    ],
)
async def test_nothing_leads_away(sights: Sights, path: str) -> None:
    owner = await enter(sights.owner.http, sights.ola)  # who is signed out here
    own = owner.own["Origin"]
    for visitor in (owner, Visitor(owner.http, "nobody")):
        response = await visitor.get(path)
        assert response.status_code < 500
        where = response.headers.get("location", "/admin/")
        assert where.removeprefix(own).startswith("/admin/"), where
        away = re.search(r'(?:href|action|src)="(?!\?)[^"]*evil', response.text)  # a "?" stays on the page
        assert away is None, away
    fields = {"next": "https://evil.example/", "shop": "x", "email": "x", "password": "x"}
    for to in ("/admin/sign-in", "/admin/sign-out"):
        posted = await owner.ask("POST", f"{to}?next=//evil.example", data=fields, headers=owner.own)
        assert posted.headers.get("location", "/admin/").startswith("/admin/")


async def test_no_header_and_no_text_of_an_address_comes_back_as_a_header(sights: Sights) -> None:
    for path in ("/admin/?language=en%0d%0aX-Evil:1", "/admin/sign-in?shop=x%0d%0aSet-Cookie:%20a=b"):
        response = await sights.owner.get(path)
        assert "x-evil" not in response.headers
        assert "a=b" not in response.headers.get("set-cookie", "")
