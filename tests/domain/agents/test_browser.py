"""Which requests come from our own pages."""

import pytest

from domain.agents.browser import cookie_name, is_own_form, is_own_origin

PUBLIC = "https://sezon.example"


def own(origin: str | None, *, scheme: str = "https", host: str = "sezon.example", public_url: str = PUBLIC) -> bool:
    return is_own_origin(origin, public_url=public_url, scheme=scheme, host=host)


def test_the_public_address_and_the_host_asked_at_are_our_own() -> None:
    assert own("https://sezon.example")
    assert own("https://sezon.example:443")
    assert own("https://SEZON.example")
    assert own("http://127.0.0.1:8000", scheme="http", host="127.0.0.1:8000")
    assert own("https://sezon.example", scheme="http", host="10.0.0.3:8000")
    assert own("http://[::1]:8000", scheme="http", host="[::1]:8000")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://sezon.example",
        "https://sezon.example:8443",
        "https://sezon.example.evil.example",
        "https://evil.example",
        "https://",
        "sezon.example",
        "ftp://sezon.example",
        "https://[",
        "https://a:b",
    ],
)
def test_nothing_else_is(origin: str | None) -> None:
    assert not own(origin)


def test_two_hosts_that_cannot_be_read_are_not_each_other() -> None:
    assert not own("nonsense", host="", public_url="")


@pytest.mark.parametrize(
    ("origin", "fetch_site", "accepted"),
    [
        ("https://sezon.example", "same-origin", True),
        ("null", "same-origin", True),
        (None, "same-origin", True),
        ("https://sezon.example", None, True),
        ("https://evil.example", "same-origin", False),
        ("https://sezon.example", "cross-site", False),
        ("https://sezon.example", "same-site", False),
        ("null", "cross-site", False),
        ("null", "none", False),
        ("null", None, False),
        (None, None, False),
        ("https://evil.example", None, False),
    ],
)
def test_a_form_is_ours_when_the_browser_says_so(origin: str | None, fetch_site: str | None, accepted: bool) -> None:
    said = is_own_form(origin, fetch_site=fetch_site, public_url=PUBLIC, scheme="https", host="sezon.example")
    assert said is accepted


def test_over_https_the_cookie_is_bound_to_its_host() -> None:
    assert (cookie_name(https=True), cookie_name(https=False)) == ("__Host-sezon-session", "sezon-session")
