"""What is not there, is another shop's, or is nonsense: answered alike, never with an error of ours."""

import re
from collections.abc import Iterator

import pytest

from domain.kit.ids import new_id
from tests.browser.conftest import Sights
from tests.browser.crawling import Form, shape_of
from tests.browser.visitors import Visitor, buttons, files, one_of_each, parts

ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

NONSENSE = (
    "x",
    "0",
    "-1",
    "1;2",
    "1,2",
    "'",
    "%00",
    "%ff",
    "%2e%2e%2fdetails",
    "null",
    "None",
    "{}",
    "00000000-0000-0000-0000-000000000000",
    "01a2009a-a60a-7000-8000-00000000000g",
    "2147483648",
    "9223372036854775808",
    "9" * 400,
    "ł",
)

ASKED = (
    "q=%00&search=%00&state=%00&kind=%00",
    "q=%ff%fe&state=x&kind=x&by=x&about=x",
    "q=%25_%5C%27",
    "q=" + "a" * 2000,
    "after=x",
    "after=%00",
    "before=" + "9" * 400,
    "page=-1&pageSize=999999999&sortBy=password_hash&sort=desc",
    "done=x&said=x&language=xx&open=x&entries=x",
    "open=99999999999999999999&entries=99999999999999999999",
)


def plain(text: str) -> str:
    """A page without what differs between any two answers."""
    return re.sub(r"\s+", " ", re.sub(r"[0-9a-f]{32}", "once", ID.sub("id", text)))


async def test_another_shops_pages_are_as_if_they_were_not_there(sights: Sights, stranger: Visitor) -> None:
    found = await sights.owner.pages(alike=2)
    pages = [path for path in [*found, *files(found)] if ID.search(path)]
    for path in pages:
        asked, missing = await stranger.get(path), await stranger.get(ID.sub(str(new_id()), path))
        assert asked.status_code == missing.status_code, path
        assert asked.status_code == 404 or not ID.search(path.partition("?")[0]), path
        assert plain(asked.text) == plain(missing.text)


async def test_another_shops_buttons_do_nothing_as_if_they_were_not_there(sights: Sights, stranger: Visitor) -> None:
    forms = [form for form in buttons(sights.pages) if ID.search(form.action)]
    assert forms
    before = await sights.shop.state()
    for form in forms:
        asked, missing = (
            await stranger.press(form, **stranger.own),
            await stranger.press(elsewhere(form), **stranger.own),
        )
        assert asked.status_code == missing.status_code
        assert 400 <= asked.status_code < 500, form
        assert plain(asked.text) == plain(missing.text)
    assert await sights.shop.state() == before


def elsewhere(form: Form) -> Form:
    """The same button for something that nobody has."""
    fields = tuple((name, ID.sub(str(new_id()), value)) for name, value in form.fields)
    return Form(ID.sub(str(new_id()), form.action), form.method, fields)


async def test_a_malformed_id_is_a_page_that_is_not_there(sights: Sights) -> None:
    owner, pages = sights.owner, sights.pages
    forms = [form.action for form in buttons(pages)]
    paths = sorted({shape_of(path.partition("?")[0]) for path in [*pages, *parts(pages), *files(pages), *forms]})
    wrong = []
    for path in [path for path in [*paths, "/admin/invitation/{}"] if "{}" in path]:
        expected = {404, 405, 410} if "invitation/" in path else {404, 405}
        for nonsense in NONSENSE:
            for method in ("GET", "POST") if nonsense in NONSENSE[:4] else ("GET",):
                response = await owner.ask(method, path.replace("{}", nonsense), headers=owner.own)
                if response.status_code not in expected:
                    wrong.append((method, path, nonsense, response.status_code))
    assert wrong == []


async def test_whatever_is_asked_of_a_page_it_answers(sights: Sights) -> None:
    for path in sights.pages:
        for asked in ASKED:
            assert (await sights.owner.get(f"{path.partition('?')[0]}?{asked}")).status_code < 500, (path, asked)


@pytest.mark.timeout(300)
async def test_whatever_a_form_is_filled_in_with_it_answers(owner: Visitor) -> None:
    for form in one_of_each(buttons(await owner.pages())):
        for filled in badly_filled(form) if form.action != "/admin/sign-out" else ():
            assert (await owner.press(filled, **owner.own)).status_code < 500, filled


def badly_filled(form: Form) -> Iterator[Form]:
    yield Form(form.action, form.method, ())
    yield Form(form.action, form.method, (*form.fields, *form.fields))
    for value in ("", "-1", "0001-01-01"):
        yield Form(form.action, form.method, tuple((name, value) for name, _ in form.fields))
    for place, (name, _) in enumerate(form.fields):
        for value in ("\x00", "9" * 30, "9999-99-99", "a" * 3000):
            fields = (*form.fields[:place], (name, value), *form.fields[place + 1 :])
            yield Form(form.action, form.method, fields)
