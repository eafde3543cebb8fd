"""API and panel as one application."""

import httpx2

from infra.application import build
from tests.api.http.conftest import URL, settings_for
from tests.servers import Servers


async def test_a_browser_that_asks_for_an_icon_where_it_always_did_gets_the_panels(servers: Servers) -> None:
    app = build(settings_for(servers))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as http:
        asked, linked = await http.get("/favicon.ico"), await http.get("/admin/static/icon.svg")
    assert (asked.status_code, asked.headers["content-type"]) == (200, "image/svg+xml")
    assert asked.content == linked.content
