"""Files as shops have them."""

import gzip
from pathlib import Path

import pytest

from infra.commands.imports.tables import Table
from infra.embedded.errors import CannotRun


def table(folder: Path, content: bytes, *, name: str = "orders.csv", encoding: str | None = None) -> Table:
    file = folder / name
    file.write_bytes(content)
    return Table(file, encoding=encoding)


def read(table: Table) -> list[tuple[int, dict[str, str]]]:
    return [(line.number, dict(line.cells)) for line in table.lines()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_in_the_header(tmp_path: Path, delimiter: str) -> None:
    content = "a,b,c\n1,2,3\n".replace(",", delimiter).encode()
    assert read(table(tmp_path, content)) == [(2, {"a": "1", "b": "2", "c": "3"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path, encoding: str) -> None:
    assert read(table(tmp_path, "imię,b\nŻak,2\n".encode(encoding))) == [(2, {"imię": "Żak", "b": "2"})]


def test_the_mark_is_passed_over_where_utf_8_is_named_as_well(tmp_path: Path) -> None:
    assert table(tmp_path, "imię,b\n".encode("utf-8-sig"), encoding="utf-8").header == ["imię", "b"]


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    content = "a;b\nŻółć;2\n".encode("cp1250")
    assert read(table(tmp_path, content, encoding="cp1250")) == [(2, {"a": "Żółć", "b": "2"})]
    with pytest.raises(CannotRun) as refused:
        read(table(tmp_path, content))
    assert str(refused.value) == (
        f"{tmp_path}/orders.csv is not utf-8; say what it is with --encoding, such as cp1250 or latin-1."
    )


def test_a_line_is_numbered_by_where_it_begins_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    content = b'a,b\r\n1,"two\r\nlines"\r\n\r\n,\r\n3,4\r\n'
    assert read(table(tmp_path, content)) == [(2, {"a": "1", "b": "two\r\nlines"}), (6, {"a": "3", "b": "4"})]


def test_a_gzipped_file_is_unpacked(tmp_path: Path) -> None:
    assert read(table(tmp_path, gzip.compress(b"a,b\n1,2\n"), name="orders.csv.gz")) == [(2, {"a": "1", "b": "2"})]


def test_cells_beyond_the_header_and_missing_ones_are_counted(tmp_path: Path) -> None:
    lines = list(table(tmp_path, b"a,b\n1\n1,2,3\n").lines())
    assert [(line.surplus, list(line.written)) for line in lines] == [(-1, ["1"]), (1, ["1", "2", "3"])]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "orders.csv", "{} has no header: its first line names the columns."),
        (b'a,b\n1,2\n3,"4\n', "orders.csv", "{} is no CSV file from line 3 on: unexpected end of data."),
        (b"a,b\n", "orders.csv.gz", "{} cannot be read: Not a gzipped file (b'a,')."),
        (gzip.compress(b"a,b\n1,2\n")[:-9], "orders.csv.gz", "{} cannot be read: Compressed file ended before the "),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes, name: str, said: str) -> None:
    with pytest.raises(CannotRun) as refused:
        read(table(tmp_path, content, name=name))
    assert str(refused.value).startswith(said.format(tmp_path / name))


def test_a_missing_file_and_an_unknown_encoding_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as refused:
        Table(tmp_path / "none.csv")
    assert str(refused.value) == f"{tmp_path}/none.csv cannot be read: No such file or directory."
    with pytest.raises(CannotRun) as refused:
        table(tmp_path, b"a,b\n", encoding="klingon")
    assert str(refused.value) == "There is no encoding klingon; say one such as cp1250 or latin-1."
