"""CSV files as shops have them: plain or gzipped, with a byte order mark or without, with line breaks in quotes."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

from infra.commands.imports.rows import shown
from infra.embedded.errors import CannotRun

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Line:
    """A row of a table: the number of its first line in the file, its cells as they stand there and by column.

    `surplus` is how many cells it has more than the header; negative when some are missing.
    """

    number: int
    written: Sequence[str]
    cells: Mapping[str, str]
    surplus: int = 0


class Table:
    """One CSV file, read as often as needed. Its delimiter is the one that its header uses most.

    Raises CannotRun, in one sentence, for a file that is not there or cannot be read.
    """

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self.path = path
        self._encoding = "utf-8-sig" if encoding in ("utf-8", "UTF-8") else encoding or _encoding_of(path)
        with self._opened() as file:
            first = file.readline()
        self.delimiter = max(DELIMITERS, key=first.count)
        with self._opened() as file:
            written = next(csv.reader(file, delimiter=self.delimiter), [])
        self.header: Sequence[str] = [name.strip() for name in written]
        if not any(self.header):
            raise CannotRun(f"{path} has no header: its first line names the columns.")

    def even_lines(self) -> Iterator[Line]:
        """As `lines`, of a file that is as its maker meant it: raises CannotRun for a row of another length."""
        for line in self.lines():
            if line.surplus:
                what = "more" if line.surplus > 0 else "fewer"
                raise CannotRun(f"{self.path} is damaged: line {line.number} has {what} cells than the header.")
            yield line

    def lines(self) -> Iterator[Line]:
        """Every row that holds anything, in the file's order."""
        with self._opened() as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            above = 0
            try:
                for written in reader:
                    number, above = above + 1, reader.line_num
                    if number > 1 and any(written):
                        cells = dict(zip(self.header, written, strict=False))
                        yield Line(number, written, cells, surplus=len(written) - len(self.header))
            except csv.Error as error:
                raise CannotRun(f"{self.path} is no CSV file from line {above + 1} on: {error}.") from None

    @property
    def columns(self) -> str:
        """What the header says, for a person."""
        return shown(", ".join(self.header))

    def require(self, *columns: str) -> None:
        """Raises CannotRun naming the columns that are missing."""
        missing = [column for column in columns if column not in self.header]
        if missing:
            raise CannotRun(f"{self.path} has no column {', '.join(missing)}; it has {self.columns}.")

    @contextmanager
    def _opened(self) -> Iterator[TextIO]:
        try:
            with _text(self.path, self._encoding) as file:
                yield file
        except UnicodeDecodeError as error:
            raise CannotRun(
                f"{self.path} is not {error.encoding}; say what it is with --encoding, such as cp1250 or latin-1."
            ) from None
        except LookupError:
            raise CannotRun(f"There is no encoding {self._encoding}; say one such as cp1250 or latin-1.") from None
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(self.path, error) from None


def _text(path: Path, encoding: str) -> TextIO:
    """The file's text, unpacked when its name ends in `.gz`."""
    opened = gzip.open if path.suffix == ".gz" else open
    return cast(TextIO, opened(path, "rt", encoding=encoding, newline=""))


def _encoding_of(path: Path) -> str:
    """UTF-8, or UTF-16 when the file begins with its mark."""
    try:
        with _text(path, "latin-1") as file:
            return "utf-16" if file.read(2) in ("ÿþ", "þÿ") else "utf-8-sig"
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> CannotRun:
    return CannotRun(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.")
