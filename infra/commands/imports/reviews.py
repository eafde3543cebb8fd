"""Unhappy reviews of the Olist data set as tickets.

A review of one or two stars with text is a ticket: what a shop hears of it begins a case. It arrived when the customer
answered. Its topic is the first whose words it holds, in the order of `TOPICS`; a question when it asks something, and
else a complaint.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from infra.commands.imports import values
from infra.commands.imports.olist import ZONE
from infra.commands.imports.rows import Fault, Refused, Row, Unreadable
from infra.commands.imports.tables import Line, Table

UNHAPPY = frozenset({"1", "2"})
LONGEST_SUBJECT = 80

TOPICS = {
    "return": ("devol", "troca", "arrepend", "cancel", "dinheiro de volta"),
    "payment": ("pagament", "boleto", "cartão", "cobra", "fatura", "nota fiscal", "reembols", "estorn", "ressarc"),
    "complaint": ("errad", "quebrad", "defeit", "danific", "diferent", "qualidade", "falsific", "não funciona"),
    "delivery": ("receb", "entreg", "cheg", "prazo", "atras", "demor", "correio", "aguard", "frete", "falt"),
}
"""Stems of the words by which a topic is known. What has come and is wrong goes before what has not come."""


def rows(reviews: Table) -> Iterator[Row | Refused]:
    """A ticket for every review of one or two stars with text, in the file's order.

    Its id is the review's, which the file uses for several orders now and then: there, the order's is added.
    """
    used = Counter(line.cells["review_id"] for line in reviews.even_lines())
    for line in reviews.even_lines():
        if line.cells["review_score"] in UNHAPPY and _text(line.cells):
            yield _row(line, alone=used[line.cells["review_id"]] == 1)


def topic_of(text: str) -> str:
    """What the text is about."""
    said = text.casefold()
    found = (topic for topic, stems in TOPICS.items() if any(stem in said for stem in stems))
    return next(found, "question" if "?" in text else "complaint")


def subject_of(title: str, message: str) -> str:
    """The title, or the first words of the message."""
    line = " ".join((title.strip() or message).split())
    if len(line) <= LONGEST_SUBJECT:
        return line
    whole_words, _, _ = line[: LONGEST_SUBJECT + 1].rpartition(" ")
    return (whole_words or line[:LONGEST_SUBJECT]) + "…"


def _row(line: Line, *, alone: bool) -> Row | Refused:
    cells = line.cells
    external_id = cells["review_id"] if alone else f"{cells['review_id']}/{cells['order_id']}"
    try:
        arrived_at = values.instant(cells["review_answer_timestamp"] or cells["review_creation_date"], zone=ZONE)
    except Unreadable as fault:
        return Refused(external_id, [Fault("UNREADABLE", "review_answer_timestamp", fault.problem)], [line.number])
    ticket = {
        "externalId": external_id,
        "channel": "MARKETPLACE",
        "topic": topic_of(_text(cells)),
        "subject": subject_of(cells["review_comment_title"], cells["review_comment_message"]),
        "body": _text(cells),
        "orderExternalId": cells["order_id"],
        "arrivedAt": arrived_at.isoformat(),
    }
    return Row(external_id, ticket, [line.number])


def _text(cells: Mapping[str, str]) -> str:
    parts = (cells["review_comment_title"].strip(), cells["review_comment_message"].strip())
    return "\n\n".join(part for part in parts if part)
