"""The whole of two real data sets, where they are: every row goes in, or is refused with its reason."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from infra.cli import CHECKOUT
from infra.commands.imports import reviews
from infra.commands.imports.olist import Folder
from infra.commands.imports.rows import Row
from infra.embedded.stack import Stack

ORDERS = CHECKOUT.parent / "shared" / "data" / "orders"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not ORDERS.is_dir(), reason=f"the real data is not in {ORDERS}"),
]


def test_every_order_can_be_read_and_each_unhappy_review_has_one_topic() -> None:
    folder = Folder(ORDERS)
    orders = [row for row in folder.rows() if isinstance(row, Row)]
    assert len({order.external_id for order in orders}) == len(orders) == 24_696
    methods = Counter(payment["method"] for order in orders for payment in order.input["payments"])
    assert methods == {"CARD": 19_306, "TRANSFER": 5_038, "VOUCHER": 1_510}
    assert Counter(order.input["status"] for order in orders) == {
        "DELIVERED": 24_062,
        "SHIPPED": 218,
        "CANCELLED": 271,
        "PLACED": 145,
    }
    tickets = list(reviews.rows(folder.reviews))
    assert len({ticket.external_id for ticket in tickets}) == len(tickets) == 636


def test_the_whole_history_goes_in_over_http_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    with Stack(tmp_path / "data", port=0, demo=True, fast=True):
        for outcome in ("{:,} created, 0 updated, 0 unchanged", "0 created, 0 updated, {:,} unchanged"):
            done = subprocess.run(
                [
                    *(sys.executable, "-P", "-m", "infra.cli", "import", "olist", str(ORDERS)),
                    *("--data-dir", str(tmp_path / "data")),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            orders, tickets = done.stdout.splitlines()
            assert orders.endswith(f": {outcome.format(24_696)}, 0 refused.")
            assert tickets.endswith(f": {outcome.format(636)}, 0 refused.")
