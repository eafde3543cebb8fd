"""Files in the form of the real ones, with rows of our own; and where the real ones are, if they are."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest

from infra.bench.replay import DATA
from infra.simulation import black_friday, helpdesk

needs_data = pytest.mark.skipif(
    not all((DATA / file).exists() for file in (helpdesk.FILE, black_friday.ORDERS, black_friday.CALLS)),
    reason=f"the log of a help desk and hours of real arrivals are not in {DATA}",
)

LOG = (
    ("1", "Assign seriousness", 1, "2025/03/03 09:00:00.000", "Acme", "P1"),
    ("1", "Take in charge ticket", 2, "2025/03/03 09:10:00.000", "Acme", "P1"),
    ("1", "Wait", 2, "2025/03/03 09:30:00.000", "Acme", "P1"),
    ("2", "Assign seriousness", 1, "2025/03/03 09:35:00.000", "Bolt", "P2"),
    ("1", "Resolve ticket", 2, "2025/03/03 10:00:00.000", "Acme", "P1"),
    ("1", "Closed", 5, "2025/03/20 10:00:00.000", "Acme", "P1"),
    ("2", "Take in charge ticket", 1, "2025/03/03 11:00:00.000", "Bolt", "P2"),
    ("2", "Resolve ticket", 1, "2025/03/04 17:30:00.000", "Bolt", "P2"),
    ("1", "Take in charge ticket", 2, "2025/03/05 08:00:00.000", "Acme", "P1"),
    ("1", "Resolve ticket", 2, "2025/03/05 14:00:00.000", "Acme", "P1"),
)
"""A case that comes back, and one that lies over night."""


def written(folder: Path) -> Path:
    """A folder of data: the log above, two orders an hour, and nine calls at noon and one at five."""
    head = "Case ID,Activity,Resource,Complete Timestamp,customer,product"
    _zip(
        folder / helpdesk.FILE,
        [head, *(f"Case {case},{what},Value {who},{at},{of},{product}" for case, what, who, at, of, product in LOG)],
    )
    hours = [f"2017-11-{day} {hour:02}:00:00,2" for day in (23, 24) for hour in range(24)]
    _zip(folder / black_friday.ORDERS, ["hour,orders_in_sample", *hours])
    calls = ["1,2003-03-03T12:00:00Z,9", "2,2003-03-03T17:55:00Z,1", "3,2003-03-03T20:00:00Z,99"]
    _zip(folder / black_friday.CALLS, ["rownames,DateTime,Calls", *calls])
    return folder


def _zip(file: Path, lines: Iterable[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(file, "wt", encoding="utf-8") as to:
        to.writelines(f"{line}\n" for line in lines)
