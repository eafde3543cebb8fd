"""How rows are put together into requests."""

import json

from infra.commands.imports.batches import MOST_BYTES, Batch, batched
from infra.commands.imports.rows import Row


def row(number: int, *, length: int = 1) -> Row:
    return Row(f"o{number}", {"name": "ż" * length}, [number])


def test_a_batch_holds_as_many_rows_as_the_service_takes() -> None:
    assert [len(batch.rows) for batch in batched(row(n) for n in range(501))] == [250, 250, 1]
    assert list(batched([])) == []


def test_a_batch_holds_no_more_bytes_than_the_service_takes_and_a_larger_row_is_alone() -> None:
    rows = [row(n, length=40_000) for n in range(14)] + [row(14, length=300_000), row(15)]
    batches = list(batched(rows))
    assert [len(batch.rows) for batch in batches] == [6, 6, 2, 1, 1]
    assert [each for batch in batches for each in batch.rows] == rows
    sizes = [len(json.dumps([each.input for each in batch.rows], ensure_ascii=False).encode()) for batch in batches]
    assert [size <= MOST_BYTES for size in sizes] == [True, True, True, False, True]


def test_a_batch_knows_whom_it_describes() -> None:
    told = [Row(f"o{n}", {"customer": {"externalId": name}}, [n]) for n, name in enumerate("aab")]
    assert Batch([*told, row(3)]).customers == {"a", "b"}


def test_a_key_is_of_the_run_and_the_content() -> None:
    batch = Batch([row(1), row(2)])
    assert batch.key("a") == Batch([row(1), row(2)]).key("a")
    assert len({batch.key("a"), batch.key("b"), Batch([row(1)]).key("a")}) == 3
