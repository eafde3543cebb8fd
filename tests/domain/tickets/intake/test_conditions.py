"""Conditions: what they can say, how they are refused, and that none of them is much work."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agents.channels import Channel
from domain.kit.errors import Language
from domain.orders.models import OrderStatus
from domain.tickets.intake import conditions, tokens
from domain.tickets.intake.conditions import Failing, Failure, Subject
from domain.tickets.intake.errors import ConditionProblem, ConditionRefused
from domain.tickets.intake.tokens import Position
from domain.tickets.intake.variables import (
    TEXT_READ,
    VARIABLES,
    CustomerFacts,
    Kind,
    OrderFacts,
    TicketFacts,
    values_of,
)

WARSAW = ZoneInfo("Europe/Warsaw")
ORDER = OrderFacts(
    status=OrderStatus.SHIPPED,
    currency="PLN",
    total_amount=10_000,
    paid_amount=2_000,
    cash_on_delivery_amount=5_000,
    cash_received_amount=1_000,
    placed_at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC),
    promised_on=date(2026, 11, 5),
)
FACTS = TicketFacts(
    channel=Channel.EMAIL,
    topic="return",
    subject="Zwrot choinki",
    body="Chcę ZWRÓCIĆ choinkę. Dziękuję!",
    arrived_at=datetime(2026, 11, 7, 23, 30, tzinfo=UTC),
    customer=CustomerFacts("c-1", Language.PL, "zofia@klient.example", open_tickets=2, orders=3),
    order=ORDER,
)
WITHOUT_AN_ORDER = TicketFacts(**{**vars(FACTS), "order": None})


def decide(source: str, facts: TicketFacts = FACTS) -> bool | Failure:
    return conditions.condition(source).decide(Subject(values_of(facts, zone=WARSAW)))


def test_every_variable_has_the_value_of_the_ticket_in_the_shops_zone() -> None:
    assert values_of(FACTS, zone=WARSAW) == {
        "ticket.channel": "EMAIL",
        "ticket.topic": "return",
        "ticket.subject": "Zwrot choinki",
        "ticket.body": "Chcę ZWRÓCIĆ choinkę. Dziękuję!",
        "ticket.hour": 0,
        "ticket.weekday": 7,
        "customer.externalId": "c-1",
        "customer.language": "PL",
        "customer.emailDomain": "klient.example",
        "customer.openTickets": 2,
        "customer.orders": 3,
        "order.present": True,
        "order.promised": True,
        "order.status": "SHIPPED",
        "order.currency": "PLN",
        "order.total": 10_000,
        "order.paid": 2_000,
        "order.due": 4_000,
        "order.daysSincePlaced": 6,
        "order.promisedInDays": -3,
    }
    assert values_of(FACTS, zone=WARSAW).keys() == VARIABLES.keys()


def test_without_an_order_its_variables_have_no_values_but_it_can_be_asked_whether_there_is_one() -> None:
    known = values_of(WITHOUT_AN_ORDER, zone=WARSAW)
    assert {name for name, variable in VARIABLES.items() if variable.absent} == VARIABLES.keys() - known.keys()
    assert (known["order.present"], known["order.promised"]) == (False, False)


@pytest.mark.parametrize(
    ("source", "decided"),
    [
        ("ticket.channel == 'EMAIL' && ticket.weekday >= 6", True),
        ("ticket.topic in ['return', 'complaint']", True),
        ("ticket.body.matches('(?i)zwróci')", True),
        ("ticket.body.contains('zwróci')", False),
        ("customer.emailDomain.endsWith('.example') && customer.orders > 5", False),
        ("order.total - order.paid > 50 * 100", True),
        ("order.promisedInDays < 0 ? order.due > 0 : false", True),
        ("size(ticket.subject) == 13", True),
        ("true // always", True),
    ],
)
def test_a_condition_says_yes_or_no(source: str, decided: bool) -> None:
    assert decide(source) is decided


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("order.total > 100", Failure(Failing.NO_VALUE, "order.total")),
        ("order . total > order.due", Failure(Failing.NO_VALUE, "order.due, order.total")),
        (
            "100 / customer.openTickets > 1 || ticket.hour / 0 == 1",
            Failure(Failing.FAILED, "INVALID_ARGUMENT: divide by zero"),
        ),
        ("order.present && order.total > 100", False),
        ("order.total > 100 && order.present", False),
    ],
)
def test_what_cannot_be_decided_fails_and_says_why(source: str, failure: bool | Failure) -> None:
    few = TicketFacts(**{**vars(WITHOUT_AN_ORDER), "customer": CustomerFacts("c", Language.PL, None, 100, 0)})
    assert decide(source, few) == failure


P = ConditionProblem


@pytest.mark.parametrize(
    ("source", "problem", "position", "near"),
    [
        ("", P.UNREADABLE, (1, 1), ""),
        ("true &&", P.UNREADABLE, (1, 8), ""),
        ("ticket.body ==\n '\ud800'", P.UNREADABLE, (2, 3), "?"),
        ("ticket.hour >* 2", P.UNREADABLE, (1, 14), "*"),
        ("ticket.channel == 'EMAIL' &&\n  ticket.chanel == 'x'", P.UNKNOWN_NAME, (2, 3), "ticket.chanel"),
        ("'𝒜ż' == ticket.subject && order", P.UNKNOWN_NAME, (1, 27), "order"),
        ("ticket.body.reverse() == 'x'", P.UNKNOWN_NAME, (1, 1), "ticket.body.reverse"),
        ("order.total == 'x'", P.WRONG_TYPES, (1, 13), "=="),
        ("order.total > 1.5", P.WRONG_TYPES, (1, 13), ">"),
        ("'a' + 'b' == ticket.body", P.WRONG_TYPES, (1, 5), "+"),
        ("order.total", P.NO_YES_OR_NO, (1, 1), "order.total"),
        ("dyn(true)", P.NO_YES_OR_NO, (1, 1), "dyn"),
        ("true || " * 300 + "true", P.TOO_LONG, (1, 2001), ""),
        ("(" * 40 + "true" + ")" * 40, P.TOO_DEEP, (1, 1), "("),
        ("[1, 2].exists(x, x == 1)", P.UNKNOWN_NAME, (1, 15), "x"),
        ("[1].map(x, x) == [1]", P.UNKNOWN_NAME, (1, 9), "x"),
        ("ticket.body.matches('(')", P.BAD_PATTERN, (1, 21), "'('"),
        ("ticket.body.matches(ticket.subject)", P.PATTERN_NOT_WRITTEN_OUT, (1, 1), "ticket.body.matches"),
        ("matches(ticket.body, 'a')", P.PATTERN_NOT_WRITTEN_OUT, (1, 1), "matches"),
        ("ticket.body.matches('a{101}')", P.COSTLY_PATTERN, (1, 21), "'a{101}'"),
        ("ticket.body.matches('(a){9}')", P.COSTLY_PATTERN, (1, 21), "'(a){9}'"),
        ("ticket.body.matches(r'\\pL')", P.COSTLY_PATTERN, (1, 21), "r'\\pL'"),
        ("ticket.body.matches('\\x5cpL')", P.COSTLY_PATTERN, (1, 21), "'\\x5cpL'"),
    ],
)
def test_a_bad_condition_is_refused_where_it_is_bad(
    source: str, problem: ConditionProblem, position: tuple[int, int], near: str
) -> None:
    with pytest.raises(ConditionRefused) as refused:
        conditions.condition(source)
    assert refused.value == ConditionRefused(problem, Position(*position), near)


def test_a_refusal_says_where_and_why_in_both_languages() -> None:
    refused = ConditionRefused(P.UNKNOWN_NAME, Position(2, 3), "ticket.chanel")
    assert refused.message(Language.EN) == "Line 2, column 3: there is no “ticket.chanel” that conditions could use."
    assert refused.message(Language.PL) == "Wiersz 2, kolumna 3: nie ma „ticket.chanel”, czego warunki mogłyby użyć."
    ended = ConditionRefused(P.UNREADABLE, Position(1, 8), "")
    assert ended.message(Language.PL) == "Wiersz 1, kolumna 8: „koniec” nie może tu stać."


@pytest.mark.parametrize("problem", list(ConditionProblem))
def test_every_problem_has_a_sentence_in_both_languages(problem: ConditionProblem) -> None:
    refused = ConditionRefused(problem, Position(1, 1), "x")
    assert refused.message(Language.EN).startswith("Line 1, column 1: ")
    assert refused.message(Language.PL).startswith("Wiersz 1, kolumna 1: ")


HIDING = [
    "r'\\' == 'x' || ticket.body.matches(ticket.subject) || 'x' == r'\\'",
    "ticket.body // ' \n .matches(ticket.subject) // '",
    "dyn(ticket.body).matches(ticket.subject)",
    "[ticket.body][0].matches(ticket.subject)",
    "ticket.body.matches(('a{999}'))",
    "'''a''' == '' || ticket.body.matches(ticket.subject) || '''b''' == ''",
    'true ? ticket.body.matches(ticket.body) : "\'" == "\'"',
]


@pytest.mark.parametrize("source", HIDING)
def test_no_way_of_writing_hides_a_pattern_that_is_not_written_out(source: str) -> None:
    with pytest.raises(ConditionRefused):
        conditions.condition(source)


LONG = {"latin": "ab" * 2_000, "polish": "zażółć gęślą " * 308, "two bytes": "ĄĘ" * 2_000, "dots": "." * TEXT_READ}
HOSTILE = [
    "ticket.body.matches('" + "(.?" * 100 + ")" * 100 + "z')",
    "ticket.body.matches('(?i)" + ".?" * 240 + "z')",
    "ticket.body.matches('" + "[^z]?" * 99 + "z')",
    "ticket.body.matches('" + "(a|b|" * 80 + "q" + ")" * 80 + "')",
    "ticket.body.matches('(.*a.{100})z')",
    "ticket.body.matches('" + ".*a" * 160 + "9')",
    "ticket.body.matches('[ab]{0,99}z')",
    "ticket.body.matches('(a+)+$')",
    "ticket.body.matches('" + "(.*)" * 120 + "9')",
    " || ".join(["ticket.body.matches('.*.*.*z')"] * 40),
    "ticket.hour in [" + ", ".join(["7"] * 600) + "]",
    " && ".join(["ticket.body.contains('ab')"] * 60),
]


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("body", LONG)
def test_a_hostile_condition_takes_a_moment_at_most(source: str, body: str) -> None:
    read = conditions.condition(source)
    subject = Subject(values_of(TicketFacts(**{**vars(FACTS), "body": LONG[body]}), zone=WARSAW))
    began = time.perf_counter()
    assert isinstance(read.decide(subject), bool)
    assert time.perf_counter() - began < 0.5


TYPED = {
    Kind.TEXT: st.sampled_from(
        [name for name, v in VARIABLES.items() if v.kind is Kind.TEXT] + ["'ą'", '"x"', "r'\\d'"]
    ),
    Kind.NUMBER: st.sampled_from([name for name, v in VARIABLES.items() if v.kind is Kind.NUMBER] + ["0", "-7", "100"]),
    Kind.TRUTH: st.sampled_from(["order.present", "order.promised", "true", "false"]),
}


@st.composite
def numbers(draw: st.DrawFn, depth: int) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(TYPED[Kind.NUMBER])
    sign = draw(st.sampled_from("+-*/%"))
    return f"({draw(numbers(depth - 1))} {sign} {draw(numbers(depth - 1))})"


@st.composite
def truths(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(TYPED[Kind.TRUTH])
    compared = st.sampled_from(["==", "!=", "<", ">=", "in"])
    kind = draw(st.sampled_from(["not", "and", "or", "numbers", "texts", "call", "either"]))
    left, right = truths(depth - 1), truths(depth - 1)
    if kind == "not":
        return f"!({draw(left)})"
    if kind in ("and", "or"):
        return f"({draw(left)} {'&&' if kind == 'and' else '||'} {draw(right)})"
    if kind == "either":
        return f"({draw(left)} ? {draw(left)} : {draw(right)})"
    if kind == "call":
        return f"{draw(TYPED[Kind.TEXT])}.{draw(st.sampled_from(['contains', 'startsWith', 'endsWith']))}('a')"
    sign = draw(compared)
    one, other = (numbers(1), numbers(1)) if kind == "numbers" else (TYPED[Kind.TEXT], TYPED[Kind.TEXT])
    second = f"[{draw(other)}, {draw(other)}]" if sign == "in" else draw(other)
    return f"{draw(one)} {sign} {second}"


@given(truths(), st.sampled_from([FACTS, WITHOUT_AN_ORDER]))
@settings(max_examples=300, deadline=timedelta(seconds=1))
def test_whatever_is_rightly_written_is_taken_and_decided_or_fails_for_a_reason(
    source: str, facts: TicketFacts
) -> None:
    decided = decide(source, facts)
    if isinstance(decided, Failure):
        assert decided.why in (Failing.NO_VALUE, Failing.FAILED)
        assert decided.detail != ""
        assert facts is WITHOUT_AN_ORDER or decided.why is Failing.FAILED


@given(st.text(alphabet="ticket.body orde'\"\\r()[]{}&|=!<>?:+-0123,\n`ż/", max_size=80))
@settings(max_examples=400, deadline=timedelta(seconds=1))
def test_whatever_else_is_written_is_refused_at_a_place_that_it_has(source: str) -> None:
    refused = refusal(source)
    if refused is not None:
        lines = source.split("\n")
        assert 1 <= refused.position.line <= len(lines)
        assert 1 <= refused.position.column <= len(lines[refused.position.line - 1]) + 1
        assert refused.near in source


def refusal(source: str) -> ConditionRefused | None:
    try:
        conditions.condition(source)
    except ConditionRefused as refused:
        return refused
    return None


@given(st.text(max_size=60))
def test_positions_and_offsets_say_the_same(source: str) -> None:
    for offset in range(len(source) + 1):
        assert tokens.offset_of(source, tokens.position_of(source, offset)) == offset


def test_patience_is_over_when_its_time_has_passed() -> None:
    clock = iter([10.0, 10.2, 10.3])
    patience = conditions.Patience(0.25, clock=lambda: next(clock))
    assert [patience.is_over, patience.is_over] == [False, True]
