"""People typed or pasted as lines."""

import pytest

from admin.seasons.people import LinesWrong, line_of, people_in
from domain.seasons.people import Named
from domain.seats.models import SeatKind

LENA = Named("lena.lis@shop.example", "Lena Lis", SeatKind.LIGHT)
FILIP = Named("filip@shop.example", "Filip Gil", SeatKind.FULL)


@pytest.mark.parametrize(
    "line",
    [
        "Lena Lis <lena.lis@shop.example>",
        "  Lena   Lis<Lena.Lis@Shop.example>  ".replace("   ", " "),
        '"Lena Lis" <lena.lis@shop.example>;',
        "Lena Lis <mailto:lena.lis@shop.example>, light",
        "lena.lis@shop.example",
        "<lena.lis@shop.example>",
        "lena.lis@shop.example <lena.lis@shop.example>",
        "Lena Lis lena.lis@shop.example",
        "Lena Lis, lena.lis@shop.example",
        "lena.lis@shop.example; Lena Lis",
        "Lena\tLis\tlena.lis@shop.example",
        "- Lena Lis (lena.lis@shop.example) lekka",
        "Lena Lis <lena.lis@shop.example> - Lekki.",
    ],
)
def test_one_person_in_all_the_ways_in_which_people_write(line: str) -> None:
    assert people_in(line) == [LENA]


@pytest.mark.parametrize("said", ["full", "FULL", "pełna", "Pełny", "pelna", "(full)", ", full", "– pełna"])
def test_a_full_seat_is_said_at_the_end_of_the_line(said: str) -> None:
    assert people_in(f"Filip Gil <filip@shop.example> {said}") == [FILIP]
    assert people_in(f"Filip Gil\tfilip@shop.example\t{said}") == [FILIP]


def test_a_name_that_ends_like_a_kind_is_a_name() -> None:
    (named,) = people_in("Jan Pełny <jan@shop.example>")
    assert named == Named("jan@shop.example", "Jan Pełny", SeatKind.LIGHT)


def test_empty_lines_are_nobody_and_people_stay_in_their_order() -> None:
    text = "\r\n  \r\nFilip Gil <filip@shop.example> full\r\n\r\nlena.lis@shop.example\r\n--\r\n"
    assert people_in(text) == [FILIP, LENA]
    assert people_in("") == []


@pytest.mark.parametrize(
    "named",
    [
        LENA,
        FILIP,
        Named("x@shop.example", "Nowak, Jan", SeatKind.FULL),
        Named("x@shop.example", "<b>Jan</b> (full)", SeatKind.LIGHT),
        Named("x@shop.example", "O'Neil – light", SeatKind.FULL),
    ],
)
def test_a_line_leads_back_to_whom_it_is_made_of(named: Named) -> None:
    assert people_in(line_of(named)) == [named]


def test_what_is_wrong_is_said_by_its_line() -> None:
    lines = ["Lena <lena@shop.example>", "Filip", "", "x@y@z", "LENA@shop.example full", "a@b.pl, c@d.pl"]
    with pytest.raises(LinesWrong) as wrong:
        people_in("\n".join(lines))
    assert [number for number, _ in wrong.value.faults] == [2, 4, 5, 6]
    fault = wrong.value.said()
    assert fault.field == "people"
    assert fault.problem == (
        "line 2: has no e-mail address; line 4: is not an e-mail address; "
        "line 5: lena@shop.example is in line 1 already; line 6: name one person a line"
    )
    assert fault.problem_pl == (
        "wiersz 2: brakuje adresu e-mail; wiersz 4: to nie jest adres e-mail; "
        "wiersz 5: lena@shop.example jest już w wierszu 1; wiersz 6: wpisz jedną osobę w wierszu"
    )


def test_of_many_wrong_lines_the_first_are_told_and_the_others_counted() -> None:
    with pytest.raises(LinesWrong) as wrong:
        people_in("\n".join(["nobody"] * 8))
    assert wrong.value.said().problem.endswith("line 5: has no e-mail address; and 3 more")
    assert wrong.value.said().problem_pl.endswith("wiersz 5: brakuje adresu e-mail; i jeszcze 3")


def test_a_name_that_cannot_be_one_is_refused_by_its_line() -> None:
    with pytest.raises(LinesWrong) as wrong:
        people_in(f"{'x' * 201} <lena@shop.example>")
    assert wrong.value.said().problem == "line 1: must have at most 200 characters"
