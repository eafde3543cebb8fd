"""People at the running panel without a browser: a cookie, and the headers that a browser would send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from domain.agents.roles import Role
from domain.seats.models import SeatKind
from tests.browser.crawling import Form, Surface, crawl, shape_of
from tests.browser.furnishing import furnish_with
from tests.browser.shops import Person, RunningShop

COOKIE = "sezon-session"


@dataclass(frozen=True)
class Visitor:
    """Somebody with a session."""

    http: httpx2.AsyncClient
    cookie: str

    @property
    def own(self) -> dict[str, str]:
        """What a browser says when a page of ours posts a form."""
        return {"Origin": str(self.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Ask with the session's cookie and nothing else than is given."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}", **options.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **options)

    async def press(self, form: Form, **headers: str) -> httpx2.Response:
        """Send a form as the page filled it in, with these headers."""
        return await self.ask(form.method.upper(), form.action, data=dict(form.fields), headers=headers)

    async def pages(self, *, alike: int = 1) -> dict[str, Surface]:
        """All pages that the visitor is led to, by path."""

        async def visit(path: str) -> str:
            response = await self.get(path)
            assert response.status_code == 200, path
            return response.text

        return await crawl(visit, alike=alike)


async def enter(http: httpx2.AsyncClient, person: Person, *, cookie: str | None = None) -> Visitor:
    """Sign in by the panel's form; `cookie` is what the browser had before."""
    form = {"shop": person.shop.slug, "email": person.email, "password": person.password}
    headers = {"Origin": str(http.base_url).rstrip("/"), **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})}
    response = await http.post("/admin/sign-in", data=form, headers=headers)
    assert response.status_code == 303, response.text
    given = response.cookies[COOKIE]
    http.cookies.clear()
    return Visitor(http, given)


async def owner_of(shop: RunningShop) -> Person:
    """Whom an attacker would choose: an owner on a full seat, in a shop where every page shows something."""
    await furnish_with(shop, "Zofia")
    return await shop.person("Ola", role=Role.OWNER, seat=SeatKind.FULL, teams=["accounting"])


def parts(pages: dict[str, Surface]) -> list[str]:
    """What the pages ask for after they have come."""
    return sorted({part for page in pages.values() for part in page.parts})


def streams(pages: dict[str, Surface]) -> list[str]:
    """What tells the pages of news as long as they are open."""
    return sorted({stream for page in pages.values() for stream in page.streams})


def files(pages: dict[str, Surface]) -> list[str]:
    """What the pages offer to keep."""
    return sorted({file for page in pages.values() for file in page.files})


def buttons(pages: dict[str, Surface]) -> Sequence[Form]:
    """Every form of the pages, each once."""
    return sorted({form for page in pages.values() for form in page.forms}, key=repr)


def one_of_each(forms: Sequence[Form]) -> Sequence[Form]:
    """Of forms of one shape, which differ in what they are about, one."""
    return list({(shape_of(form.action), tuple(name for name, _ in form.fields)): form for form in forms}.values())
