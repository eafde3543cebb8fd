"""What a page of somebody else asks for in the name of a signed-in person changes nothing, whatever it is."""

from tests.browser.conftest import Sights
from tests.browser.routes import LOOKING, Leaf
from tests.browser.visitors import buttons

# As sqladmin has them when nobody takes them away; each changed something, or gave everything away, by GET.
SQLADMINS_OWN = (
    "logout",
    "login",
    "{page}/create",
    "{page}/edit/{id}",
    "{page}/delete",
    "{page}/delete?pks={id}",
    "{page}/export/csv",
    "{page}/export/json",
    "{page}/import",
    "{page}/ajax/lookup?name=customer&term=a",
    "{page}/action/delete?pks={id}",
    "{page}/{id}/name/download/",
    "{page}/{id}/name/preview/",
)


def forged(own: str) -> list[dict[str, str]]:
    """What browsers say of requests that somebody else's page makes, and what such a page could try to look like."""
    return [
        {},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": f"{own}.evil.example"},
        {"Origin": own.replace("http:", "https:")},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
        {"Referer": f"{own}/admin/"},
        {"Host": "evil.example", "Origin": own.replace("127.0.0.1", "localhost")},
        {"HX-Request": "true", "HX-Current-URL": f"{own}/admin/"},
    ]


async def test_what_changes_something_is_posted(leaves: list[Leaf]) -> None:
    panel = [leaf for leaf in leaves if leaf.path.startswith("/admin")]
    assert len(panel) > 5
    assert [leaf for leaf in panel if not (leaf.methods <= LOOKING or leaf.methods == {"POST"})] == []


async def test_no_route_takes_a_cookie_from_a_page_of_somebody_else(leaves: list[Leaf], sights: Sights) -> None:
    owner, shop = sights.owner, sights.shop
    before = await shop.state()
    changing = [(leaf, method) for leaf in leaves for method in sorted(leaf.methods - LOOKING)]
    assert {leaf.path for leaf, _ in changing} >= {"/graphql", "/auth/tokens", "/admin/sign-out"}
    taken = []
    for leaf, method in changing:
        for headers in forged(owner.own["Origin"]):
            response = await owner.ask(method, leaf.example, headers=headers, data={"x": "y"})
            if (leaf.path.startswith("/admin") and response.status_code != 403) or response.is_success:
                taken.append((method, leaf.path, headers, response.status_code))
    assert taken == []
    assert await shop.state() == before


async def test_no_button_can_be_pressed_by_a_page_of_somebody_else(sights: Sights) -> None:
    owner, shop, forms = sights.owner, sights.shop, buttons(sights.pages)
    assert [form.action for form in forms].count("/admin/sign-out") == 1
    before = await shop.state()
    for form in forms:
        for headers in forged(owner.own["Origin"]):
            response = await owner.press(form, **headers)
            assert response.status_code == 403, (form, headers)
        looked = await owner.get(form.action, params=dict(form.fields))
        assert looked.status_code in (200, 404, 405), form
    assert await shop.state() == before
    assert (await owner.get("/admin/")).status_code == 200


async def test_none_of_the_frameworks_own_ways_to_write_or_export_is_there(sights: Sights, leaves: list[Leaf]) -> None:
    owner, shop, pages = sights.owner, sights.shop, sights.pages
    identities = {path.split("/")[2] for path in pages if path.count("/") > 2} | {"order", "member", "ticket"}
    ids = {part for path in pages for part in path.split("/") if len(part) == 36} | {"1"}
    before = await shop.state()
    there = []
    for identity in sorted(identities):
        for pattern in SQLADMINS_OWN:
            path = f"/admin/{pattern.format(page=identity, id=min(ids))}"
            if any(leaf.leads_to(path) for leaf in leaves):
                continue  # a page of ours by that name
            for method in ("GET", "POST", "DELETE"):
                response = await owner.ask(method, path, headers=owner.own)
                if response.status_code not in (404, 405):
                    there.append((method, path, response.status_code))
    assert there == []
    assert await shop.state() == before
    assert (await owner.get("/admin/")).status_code == 200
