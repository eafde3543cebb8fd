"""Who sees which list, and that nobody sees another shop's."""

from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from admin.lists.reader import Sessions, reader_of
from admin.lists.routes import VIEWS
from domain.agents.roles import Role, permitted
from domain.kit.database import Database
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from tests.admin.lists.conftest import PAGES, SignIn, fill_with_a_dead_letter
from tests.api.graphql.filled import Filled
from tests.conftest import FoundShop, Shop

NEEDS = {
    "orders": Permission.ORDERS_READ,
    "customers": Permission.ORDERS_READ,
    "tickets": Permission.TICKETS_READ,
    "agents": Permission.PEOPLE_READ,
    "teams": Permission.PEOPLE_READ,
    "seats": Permission.SEATS_READ,
    "invoices": Permission.BILLING_READ,
    "invitations": Permission.PEOPLE_MANAGE,
    "clients": Permission.CLIENTS_MANAGE,
    "audit": Permission.AUDIT_READ,
    "dead-letters": Permission.JOBS_MANAGE,
}

WORK = {"orders", "customers", "tickets", "agents", "teams", "seats"}

STANDINGS = {
    (Role.OWNER, None): set(NEEDS),
    (Role.ADMIN, None): set(NEEDS),
    (Role.SUPERVISOR, SeatKind.FULL): WORK | {"audit"},
    (Role.SUPERVISOR, SeatKind.LIGHT): WORK | {"audit"},
    (Role.SUPERVISOR, None): set(),
    (Role.AGENT, SeatKind.FULL): WORK,
    (Role.AGENT, SeatKind.LIGHT): WORK,
    (Role.AGENT, None): set(),
}
"""What each sees."""


def test_every_list_takes_the_permission_of_what_it_shows() -> None:
    assert {view.path: view.needs for view in VIEWS} == NEEDS


@pytest.mark.parametrize(("role", "seat"), STANDINGS)
async def test_a_role_sees_its_lists_and_is_told_why_not_the_others(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn, role: Role, seat: SeatKind | None
) -> None:
    await sign_in(role, seat=seat)
    home = (await http.get("/admin/")).text
    seen = set()
    for path, table in PAGES.items():
        listed = await http.get(f"/admin/{path}")
        shown = await http.get(f"/admin/{path}/{filled.rows[table][0].id}")
        assert listed.status_code == shown.status_code
        offered = f'href="/admin/{path}"' in home
        if listed.status_code == 200:
            assert offered
            seen.add(path)
        else:
            assert listed.status_code == 403
            assert not offered
            lacks_seat = NEEDS[path] in permitted(role, seated=True)
            assert ("You have no seat" if lacks_seat else "You are not permitted") in listed.text
            assert "<table" not in listed.text + shown.text
    assert seen == STANDINGS[role, seat]


async def test_a_page_of_another_shop_is_no_page_and_its_rows_are_in_no_list(
    http: httpx2.AsyncClient, database: Database, found_shop: FoundShop, filled: Filled, sign_in: SignIn
) -> None:
    theirs = await fill_with_a_dead_letter(database, await found_shop())
    await sign_in()
    for path, table in PAGES.items():
        row_id, nobody = theirs.rows[table][0].id, uuid4()
        nobodys = await http.get(f"/admin/{path}/{nobody}")
        foreign = await http.get(f"/admin/{path}/{row_id}")
        assert (foreign.status_code, nobodys.status_code) == (404, 404)
        assert foreign.text.replace(str(row_id), "") == nobodys.text.replace(str(nobody), "")
        listed = await http.get(f"/admin/{path}")
        assert listed.text.count("<tr><td") >= len(filled.rows[table])
        for other in theirs.rows[table]:
            assert str(other.id) not in listed.text
    for name in ("about", "by"):
        narrowed = await http.get(f"/admin/audit?{name}={theirs.ids('ticket')[0]}")
        assert "Nothing found." in narrowed.text


async def test_what_is_no_id_is_no_page(http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn) -> None:
    await sign_in()
    for path in PAGES:
        for row_id in ("x", "1", "%00", "1;2", "null", "0" * 300, "é", "%E2%80%A8", "%2e%2e"):
            page = await http.get(f"/admin/{path}/{row_id}")
            assert page.status_code == 404
            assert "There is no such page." in page.text
            assert 'class="menu"' in page.text


async def test_without_a_session_every_list_leads_to_the_sign_in(http: httpx2.AsyncClient, filled: Filled) -> None:
    for path, table in PAGES.items():
        for address in (f"/admin/{path}", f"/admin/{path}/{filled.rows[table][0].id}", "/admin/search?q=zofia"):
            page = await http.get(address)
            assert page.status_code == 303
            assert page.headers["location"].partition("?")[0] == "/admin/sign-in"
            assert page.text == ""


def _paths(app: Starlette) -> list[tuple[str, set[str]]]:
    found = []
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, Starlette):
            found += _paths(route.app)
        elif isinstance(route, Route):
            found.append((route.path, route.methods or set()))
    return found


async def test_of_sqladmin_there_are_lists_and_pages_and_nothing_that_writes_signs_in_or_exports(
    panel: Starlette, http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    ours = {f"/{path}" for path in PAGES} | {f"/{path}/{{pk}}" for path in PAGES}
    assert all(methods == {"GET", "HEAD"} for path, methods in _paths(panel) if path in ours)
    assert not [path for path, _ in _paths(panel) if "{identity}" in path or "action" in path]
    await sign_in()
    order = filled.ids("order")[0]
    for path in ("login", "logout", "order/list", f"order/details/{order}", "order/create", "orders/ajax/lookup",
                 f"order/edit/{order}", "order/export/csv", "statics/css/main.css", "order/delete?pks=1",
                 f"orders/{order}/number/download/", "order/import"):  # fmt: skip
        for method in ("GET", "POST", "DELETE"):
            assert (await http.request(method, f"/admin/{path}")).status_code in (404, 405)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await http.request(method, f"/admin/orders/{order}")).status_code == 405


async def test_no_page_of_a_list_runs_a_script_or_asks_another_host(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    for path, table in PAGES.items():
        for address in (f"/admin/{path}", f"/admin/{path}/{filled.rows[table][0].id}"):
            page = await http.get(address)
            assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
            assert page.headers["cache-control"] == "no-store"
            for inline in ("<style", " style=", " onclick", "javascript:", "http://", "https://", "<script"):
                assert inline not in page.text


async def test_without_a_guard_there_is_no_tenant_and_so_no_data(database: Database, shop: Shop) -> None:
    with pytest.raises(LookupError):
        Sessions(database)()
    with pytest.raises(AttributeError):
        reader_of(httpx2.Request("GET", "http://x"))  # type: ignore[arg-type] # what no guard has seen


def test_no_template_of_a_list_trusts_what_it_is_given() -> None:
    for template in Path("admin/templates").rglob("*.html"):
        assert "safe" not in template.read_text().replace("unsafe", "")
