"""Spans, sums and counts as people say them, in both languages."""

import inspect
import re
from datetime import timedelta

import pytest

from admin.desk.words import Speech, form_of
from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.kit.errors import InvalidInput, Language
from domain.orders.fulfilment import WhereaboutsCode
from domain.orders.models import PaymentMethod
from domain.seats.models import SeatKind
from domain.tickets import handing_over, lifecycle, opening, outbound, succession, sweeping, taking
from domain.tickets.giving_back import operations as giving_back
from domain.tickets.models import DeliveryState, DraftOutcome, EntryKind, EvidenceKind, TicketState
from domain.tickets.routing import Exclusion, RoutingReason
from tests.conftest import NOW

EN = Speech(Language.EN, "Europe/Warsaw", NOW)
PL = Speech(Language.PL, "Europe/Warsaw", NOW)


def test_money_is_said_as_on_every_page_and_without_markup() -> None:
    assert EN.money(1_234_567_89, "EUR") == "1\u00a0234\u00a0567.89\u00a0EUR"
    assert PL.money(-5, "PLN") == "−0,05\u00a0PLN"


@pytest.mark.parametrize(
    ("minutes", "english", "polish"),
    [
        (-5, "0 min", "0 min"),
        (59, "59 min", "59 min"),
        (61, "1 h 1 min", "1 godz. 1 min"),
        (600, "10 h", "10 godz."),
        (48 * 60 - 1, "47 h", "47 godz."),
        (48 * 60, "2 days", "2 dni"),
        (22 * 24 * 60, "22 days", "22 dni"),
    ],
)
def test_a_span_is_as_exact_as_it_needs_to_be(minutes: int, english: str, polish: str) -> None:
    until = NOW + timedelta(minutes=minutes)
    assert (EN.span(NOW, until), PL.span(NOW, until)) == (english, polish)


def test_what_is_due_is_told_from_what_is_overdue() -> None:
    assert EN.due(NOW + timedelta(minutes=5)) == "due in 5 min"
    assert EN.due(NOW) == "overdue by 0 min"
    assert PL.due(NOW - timedelta(hours=2)) == "po terminie: 2 godz. 0 min"


def test_polish_counts_as_poles_do() -> None:
    forms = {n: form_of(n, Language.PL) for n in (0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 24, 25, 101, 102, 112, 122)}
    assert [n for n, form in forms.items() if form == "one"] == [1]
    assert [n for n, form in forms.items() if form == "few"] == [2, 4, 22, 24, 102, 122]
    assert [PL.counted("desk_waiting", n) for n in (0, 1, 3, 5, 22)] == [
        "0 zgłoszeń czeka",
        "1 zgłoszenie czeka",
        "3 zgłoszenia czekają",
        "5 zgłoszeń czeka",
        "22 zgłoszenia czekają",
    ]
    assert [EN.counted("desk_waiting", n) for n in (0, 1, 2)] == ["0 tickets wait", "1 ticket waits", "2 tickets wait"]


def test_instants_and_days_are_the_shops() -> None:
    late = NOW.replace(hour=23, minute=30)
    assert Speech(Language.EN, "Europe/Warsaw", late).today.isoformat() == "2026-11-03"
    assert EN.at(late) == "2026-11-03 00:30"


def test_a_wrong_field_is_called_what_its_label_says() -> None:
    wrong = InvalidInput("evidence.text", "say what was done", "napisz, co zrobiono")
    assert EN.refusal(wrong) == "What was corrected or noted: say what was done."
    assert PL.refusal(wrong) == "Co skorygowano lub ustalono: napisz, co zrobiono."


COMPOSED = {
    "desk_route_": RoutingReason,
    "desk_not_": Exclusion,
    "desk_at_": WhereaboutsCode,
    "desk_draft_": DraftOutcome,
    "desk_evidence_": EvidenceKind,
    "desk_speaks_": Language,
}
SPELLED = (TicketState, Channel, Presence, PaymentMethod, EntryKind, DeliveryState, SeatKind)


def test_every_word_that_a_page_composes_is_there() -> None:
    keys = [f"{prefix}{value}" for prefix, values in COMPOSED.items() for value in values]
    keys += [f"{values.__name__}.{value.name}" for values in SPELLED for value in values]
    assert [key for key in keys if not PL.knows(key)] == []


def test_every_way_a_ticket_moves_is_told() -> None:
    modules = (lifecycle, sweeping, succession, handing_over, outbound, taking, opening, giving_back)
    source = "".join(inspect.getsource(module) for module in modules)
    reasons = set(re.findall(r'(?:Move\([^"]*|reason=|else )"([a-z ]+)"\)', source))
    reasons |= set(re.findall(r'reason="([a-z ]+)" if ', source))
    assert {"taken", "seat ended", "full seat ended", "successor", "reply returned", "opened", "routed"} <= reasons
    reasons |= set(giving_back.REASONS.values())
    for reason in reasons - {"queued", "resolved", "customer wrote"}:  # defaults, and what changes no place
        assert PL.knows(f"desk_moved_{reason.replace(' ', '_')}"), reason
