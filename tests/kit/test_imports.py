"""What is found out about the rows of a call, and told of each."""

import pytest

from domain.kit import imports
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.ids import new_id
from domain.kit.imports import Fault, ImportedRow, ImportOutcome, ImportPolicy, ImportRejected, MadeMeanwhile, Rows
from domain.kit.inputs import MOST_FAULTS
from tests.conftest import Shop


def rows(*external_ids: str, policy: ImportPolicy = ImportPolicy.SKIP_FAILED) -> Rows:
    return Rows(external_ids, policy, named="orders")


def wrong(field: str = "lines.0.quantity") -> InvalidInput:
    return InvalidInput(field, "is wrong", "jest złe")


def test_each_row_is_told_in_its_place() -> None:
    told, id = rows("a", " b "), new_id()
    told.refuse(1, wrong())
    assert list(told.good) == [0]
    told.settle(0, ImportOutcome.CREATED, id)
    fault = Fault("INVALID_INPUT", "lines[0].quantity", "lines[0].quantity: is wrong", "lines[0].quantity: jest złe")
    assert told.told() == [
        ImportedRow(0, "a", ImportOutcome.CREATED, id),
        ImportedRow(1, "b", ImportOutcome.REFUSED, None, (fault,)),
    ]
    assert fault.message(Language.PL) == "lines[0].quantity: jest złe"


@pytest.mark.parametrize(
    ("field", "place"),
    [("number", "number"), ("lines.12.sku", "lines[12].sku"), ("lines.0", "lines[0]"), ("a.1.b.2.c", "a[1].b[2].c")],
)
def test_a_fault_names_its_place_inside_the_row(field: str, place: str) -> None:
    assert Fault.of(wrong(field)).field == place


def test_a_repeated_id_refuses_every_row_that_has_it() -> None:
    told = rows("a", "b", " a", "a")
    assert list(told.good) == [1]
    told.settle(1, ImportOutcome.UNCHANGED, new_id())
    others = [row.faults[0].en[:6] for row in told.told() if row.faults]
    assert others == ["Row 2 ", "Row 0 ", "Row 0 "]


def test_all_or_nothing_is_rejected_with_the_wrong_rows_alone() -> None:
    told = rows("a", "b", policy=ImportPolicy.REJECT_ALL)
    told.reject_all_if_asked()
    told.refuse(1, wrong())
    with pytest.raises(ImportRejected) as rejected:
        told.reject_all_if_asked()
    assert (rejected.value.refused, [row.index for row in rejected.value.rows]) == (1, [1])
    skipping = rows("a", "b")
    skipping.refuse(1, wrong())
    skipping.reject_all_if_asked()


def test_a_copy_is_found_out_about_by_itself() -> None:
    told = rows("a", "b")
    told.refuse(0, wrong())
    copied = told.copy()
    copied.refuse(1, wrong())
    assert (list(told.good), list(copied.good)) == ([1], [])


def test_what_is_told_again_is_bounded_and_can_be_kept() -> None:
    told = rows("a\0" + "x" * 1000)
    for number in range(MOST_FAULTS + 5):
        told.refuse(0, wrong(f"lines.{number}.sku"))
    [row] = told.told()
    assert (len(row.external_id), row.external_id[:2]) == (200, "a\N{REPLACEMENT CHARACTER}")
    assert [fault.field for fault in row.faults] == [f"lines[{number}].sku" for number in range(MOST_FAULTS)]


def test_of_what_is_not_told_no_sentence_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    told = rows("a")
    for _ in range(MOST_FAULTS):
        told.refuse(0, wrong())
    monkeypatch.setattr(Fault, "of", None)
    told.refuse(0, wrong())
    assert list(told.good) == []


@pytest.mark.parametrize("count", [0, 251])
def test_a_call_has_1_to_250_rows(count: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        rows(*(str(number) for number in range(count)))
    assert refused.value.field == "orders"


@pytest.mark.parametrize(("patience", "meanwhile", "tries"), [(60.0, 0, 1), (60.0, 12, 13), (0.0, 12, 1)])
async def test_rows_are_tried_anew_until_nobody_was_quicker_or_patience_ends(
    database: Database,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
    meanwhile: int,
    tries: int,
) -> None:
    monkeypatch.setattr(imports, "PATIENCE", patience)
    id, tried = new_id(), 0

    async def attempt(trying: Rows) -> None:
        nonlocal tried
        tried += 1
        assert list(trying.good) == [0, 1]
        for index in trying.good:
            trying.settle(index, ImportOutcome.CREATED, id)
        if tried <= meanwhile:
            trying.refuse(0, wrong())  # of no account: the try is undone
            raise MadeMeanwhile

    async with database.reading(shop.tenant_id) as session:
        if tries > meanwhile:
            done = await imports.save(session, rows("a", "b"), attempt)
            assert [each.outcome for each in done] == [ImportOutcome.CREATED] * 2
        else:
            with pytest.raises(MadeMeanwhile):
                await imports.save(session, rows("a", "b"), attempt)
    assert tried == tries
