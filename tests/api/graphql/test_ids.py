from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.graphql import ids

ID = UUID("01a2001e-86f3-775b-93eb-601398ebfe22")


def test_an_id_names_its_type() -> None:
    assert ids.spell("seat_licence", ID) == "seat_licence_01a2001e86f3775b93eb601398ebfe22"


@given(st.uuids(), st.sampled_from(["ticket", "seat_licence", "order"]))
def test_what_is_spelled_is_parsed(id: UUID, prefix: str) -> None:
    assert ids.parse(ids.spell(prefix, id)) == (prefix, id)
    assert ids.parse_as(prefix, ids.spell(prefix, id)) == id


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    assert ids.parse_as("ticket", text) == ids.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        str(ID),
        ID.hex,
        f"ticket_{ID}",
        f"ticket_{ID.hex.upper()}",
        f"ticket_{ID.hex}\n",
        f" ticket_{ID.hex}",
        f"agent_{ID.hex}",
        f"ticket_{ID.hex}0",
        f"_{ID.hex}",
    ],
)
def test_another_spelling_is_the_id_of_nothing(text: str) -> None:
    assert ids.parse_as("ticket", text) == ids.NOTHING
