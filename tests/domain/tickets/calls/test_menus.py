import pytest

from domain.tickets.calls.menus import Choice, Chosen, Heard, Lead, Menu, faults, walk

ORDERS, RETURNS, OTHER = Lead("delivery"), Lead("return", priority=3), Lead("other")


def choice(digit: str, lead: Lead | None = None, menu: str | None = None) -> Choice:
    return Choice(digit, f"key {digit}", f"klawisz {digit}", lead, menu)


MAIN = Menu("main", "Welcome", "Witamy", OTHER, (choice("1", ORDERS), choice("2", menu="goods")))
GOODS = Menu("goods", "Goods", "Towary", RETURNS, (choice("1", RETURNS), choice("#", ORDERS)))
MENUS = {"main": MAIN, "goods": GOODS}


@pytest.mark.parametrize(
    ("pressed", "waits", "reached"),
    [
        ("", False, Chosen(OTHER)),
        ("", True, Heard(MAIN, wrong=False)),
        ("1", True, Chosen(ORDERS, ("key 1",), ("klawisz 1",))),
        ("19", True, Chosen(ORDERS, ("key 1",), ("klawisz 1",))),  # what is pressed afterwards means nothing
        ("2", True, Heard(GOODS, wrong=False)),
        ("2", False, Chosen(RETURNS, ("key 2",), ("klawisz 2",))),
        ("21", True, Chosen(RETURNS, ("key 2", "key 1"), ("klawisz 2", "klawisz 1"))),
        ("2#", True, Chosen(ORDERS, ("key 2", "key #"), ("klawisz 2", "klawisz #"))),
        ("7", True, Heard(MAIN, wrong=True)),
        ("7", False, Chosen(OTHER)),  # no more can be pressed
        ("27", True, Heard(GOODS, wrong=True)),
    ],
)
def test_keys_lead_to_a_topic_or_to_the_menu_to_play(pressed: str, waits: bool, reached: Chosen | Heard) -> None:
    assert walk(MENUS, "main", pressed, waits=waits) == reached


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ((choice("1", ORDERS), choice("1", RETURNS)), ["choices.1.digit"]),
        ((choice("12", ORDERS), choice("x", ORDERS), choice("", ORDERS)), [f"choices.{n}.digit" for n in range(3)]),
        ((choice("1"), choice("2", ORDERS, "goods")), ["choices.0.menu", "choices.1.menu"]),
        ((choice("1", menu="nowhere"),), ["choices.0.menu"]),
        ((choice("1", menu="goods"), choice("2", menu="main")), ["choices.1.menu"]),
        ((choice("1", menu="goods"), choice("*", ORDERS)), []),
    ],
)
def test_the_faults_of_a_menu_are_named_by_their_place(choices: tuple[Choice, ...], told: list[str]) -> None:
    assert [fault.path for fault in faults(Menu("main", "", "", OTHER, choices), {"goods": GOODS})] == told


def test_menus_that_would_lead_to_one_another_are_found_however_far_away() -> None:
    far = {
        "b": Menu("b", "", "", OTHER, (choice("1", menu="c"),)),
        "c": Menu("c", "", "", OTHER, (choice("1", ORDERS), choice("2", menu="a"))),
    }
    assert [fault.path for fault in faults(Menu("a", "", "", OTHER, (choice("5", menu="b"),)), far)] == [
        "choices.0.menu"
    ]
