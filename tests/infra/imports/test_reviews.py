"""Unhappy reviews as tickets."""

from pathlib import Path

import pytest

from infra.commands.imports import reviews
from infra.commands.imports.rows import Fault, Refused, Row
from infra.commands.imports.tables import Table
from tests.infra.imports.olist_folder import review, write_folder


def rows(folder: Path, *told: list[str]) -> list[Row | Refused]:
    files = write_folder(folder / "olist", {"olist_order_reviews": told})
    return list(reviews.rows(Table(files / "olist_order_reviews.csv.gz")))


def test_a_review_of_one_or_two_stars_with_text_is_a_ticket_about_its_order(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        review("r1", "o1", 1, "Não recebi o produto.\nOnde está?"),
        review("r2", "o2", 2, "", title="Péssimo"),
        review("r3", "o3", 2, "  "),
        review("r4", "o4", 3, "Mais ou menos"),
    )
    assert [row.external_id for row in found] == ["r1", "r2"]
    assert isinstance(found[0], Row)
    assert found[0].lines == [2]
    assert found[0].input == {
        "externalId": "r1",
        "channel": "MARKETPLACE",
        "topic": "delivery",
        "subject": "Não recebi o produto. Onde está?",
        "body": "Não recebi o produto.\nOnde está?",
        "orderExternalId": "o1",
        "arrivedAt": "2017-10-12T03:43:48-03:00",
    }
    assert isinstance(found[1], Row)
    assert (found[1].input["subject"], found[1].input["body"]) == ("Péssimo", "Péssimo")


def test_an_id_that_the_file_uses_twice_names_its_order_too(tmp_path: Path) -> None:
    found = rows(tmp_path, review("r1", "o1", 1, "Ruim"), review("r1", "o2", 1, "Ruim"), review("r2", "o3", 1, "Ruim"))
    assert [row.external_id for row in found] == ["r1/o1", "r1/o2", "r2"]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Quero devolver, veio errado e atrasado", "return"),
        ("Fiz o PAGAMENTO e não entregaram", "payment"),
        ("Recebi o produto com defeito", "complaint"),
        ("Ainda não chegou", "delivery"),
        ("Vocês têm na cor azul?", "question"),
        ("Não gostei", "complaint"),
    ],
)
def test_the_topic_is_the_first_whose_words_it_holds(text: str, topic: str) -> None:
    assert reviews.topic_of(text) == topic


def test_a_subject_is_the_title_or_the_first_whole_words() -> None:
    assert reviews.subject_of(" Não  recomendo ", "tudo errado") == "Não recomendo"
    assert (
        reviews.subject_of("", "palavra " * 20)
        == "palavra palavra palavra palavra palavra palavra palavra palavra palavra palavra…"
    )
    assert reviews.subject_of("", "x" * 100) == "x" * 80 + "…"


def test_a_review_without_an_answer_arrived_when_it_was_asked_for(tmp_path: Path) -> None:
    (asked,) = rows(tmp_path, review("r1", "o1", 1, "Ruim", at=""))
    assert isinstance(asked, Row)
    assert asked.input["arrivedAt"] == "2017-10-11T00:00:00-03:00"


def test_a_time_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (refused,) = rows(tmp_path, review("r1", "o1", 1, "Ruim", at="yesterday"))
    assert isinstance(refused, Refused)
    assert refused.faults == [
        Fault(
            "UNREADABLE",
            "review_answer_timestamp",
            "must be a date such as 2026-11-21 10:00 or 21.11.2026 10:00",
        )
    ]
