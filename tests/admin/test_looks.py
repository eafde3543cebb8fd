"""How money, instants, days and states look, and that nothing in them can become markup."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects.postgresql import Range

from admin import looks
from admin.catalogue import WORDS
from domain.kit.errors import Language
from domain.tickets.models import TicketState

WARSAW = ZoneInfo("Europe/Warsaw")
AT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "english", "polish"),
    [
        (0, "PLN", "0.00 PLN", "0,00 PLN"),
        (5, "PLN", "0.05 PLN", "0,05 PLN"),
        (1_290_000, "PLN", "12 900.00 PLN", "12 900,00 PLN"),
        (-4300, "EUR", "−43.00 EUR", "−43,00 EUR"),
        (1234, "JPY", "1 234 JPY", "1 234 JPY"),
        (1234, "KWD", "1.234 KWD", "1,234 KWD"),
    ],
)
def test_money_is_spelled_as_people_of_the_language_spell_it(
    minor: int, currency: str, english: str, polish: str
) -> None:
    for language, spelled in ((Language.EN, english), (Language.PL, polish)):
        shown = looks.money(language, minor, currency).striptags().replace("\N{NO-BREAK SPACE}", " ")
        assert shown == spelled


def test_an_instant_is_shown_in_the_shops_zone_and_kept_for_programs() -> None:
    assert looks.when(WARSAW, AT) == '<time datetime="2026-07-02T00:30:00+02:00">2026-07-02 00:30</time>'
    assert looks.when(WARSAW, None) == looks.day(None) == "–"
    assert looks.day(date(2026, 7, 2)) == '<time datetime="2026-07-02">2026-07-02</time>'
    assert looks.span(Language.PL, WARSAW, Range(AT, None)).striptags() == "2026-07-02 00:30 – bezterminowo"


def test_a_state_is_a_word_in_a_tone() -> None:
    assert looks.badge(Language.EN, TicketState.QUEUED) == '<span class="badge wait">In the queue</span>'
    assert looks.badge(Language.PL, TicketState.CLOSED) == '<span class="badge">Zamknięte</span>'


def test_what_people_wrote_stays_text() -> None:
    assert "<b>" not in looks.tag("<b>")
    assert "<b>" not in looks.money(Language.EN, 1, "<b>")


def test_no_word_of_the_catalogue_is_markup() -> None:
    assert not [said for words in WORDS.values() for said in words.values() if "<" in said or "&" in said]
