"""What a person gets from `sezon import` before anything is sent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.commands.imports.shop_columns import EXAMPLE
from tests.infra.imports.olist_folder import history, write_folder

SHOP = (
    "order_id;placed_at;currency;customer_id;sku;quantity;unit_price;note\n"
    "1;21.11.2025;PLN;c1;A;2;10,00;\n"
    "2;21.11.2025;PLN;;A;2;10,00;\n"
    "3;21.11.2025;PLN;c3;A;1;x;call first\n"
    "3;;;;B;1;5,00;\n"
    "C1;21.11.2025;PLN;c1;A;-2;10,00;\n"
)


def sezon(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "infra.cli", "import", *arguments],
        env={"PATH": os.defpath, "HOME": "/", "TERM": "dumb", "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def shop_file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(SHOP, encoding="utf-8")
    return path


def test_a_dry_run_says_line_by_line_what_is_wrong_and_needs_no_service(shop_file: Path) -> None:
    done = sezon("orders", str(shop_file), "--dry-run")
    assert (done.returncode, done.stderr) == (1, "Not read: note.\n")
    assert done.stdout == (
        "line 3: order 2: customer_id: is blank and so is customer_email; --guests takes such orders\n"
        "line 4: order 3: unit_price: must be a number (“x”)\n"
        "line 5: order 3: its order is refused for line 4\n"
        "line 6: order C1: quantity: is negative on every row: a cancellation or a return, not an order\n"
        "Orders: 1 of 4 could be sent, 3 would be refused.\n"
        "      1  NO_CUSTOMER  customer_id: is blank and so is customer_email; --guests takes such orders  (2)\n"
        "      1  INVALID  unit_price: must be a number  (3)\n"
        "      1  CREDIT_NOTE  quantity: is negative on every row: a cancellation or a return, not an order  (C1)\n"
    )


def test_what_a_file_holds_does_not_reach_the_terminal_as_a_command(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(SHOP.replace(";x;", ";\x1b[2J;"))
    done = sezon("orders", str(file), "--dry-run")
    assert "line 4: order 3: unit_price: must be a number (“\N{REPLACEMENT CHARACTER}[2J”)\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_file_without_faults_is_code_0(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("".join(SHOP.splitlines(keepends=True)[:2]))
    done = sezon("orders", str(good), "--dry-run")
    assert (done.returncode, done.stdout) == (0, "Orders: 1 of 1 could be sent, 0 would be refused.\n")


def test_where_nothing_is_refused_no_errors_file_is_left(tmp_path: Path) -> None:
    good, errors = tmp_path / "good.csv", tmp_path / "errors.csv"
    good.write_text("".join(SHOP.splitlines(keepends=True)[:2]))
    errors.write_text("of an earlier run")
    assert sezon("orders", str(good), "--dry-run", "--errors", str(errors)).returncode == 0
    assert not errors.exists()
    device = tmp_path / "device"
    device.symlink_to("/dev/null")
    assert sezon("orders", str(good), "--dry-run", "--errors", str(device)).returncode == 0
    assert device.is_symlink()


def test_the_refused_lines_are_written_with_their_reasons_and_once_mended_go_in(
    shop_file: Path, tmp_path: Path
) -> None:
    errors = tmp_path / "errors.csv"
    sezon("orders", str(shop_file), "--dry-run", "--errors", str(errors))
    assert errors.read_text(encoding="utf-8").splitlines() == [
        "sezon_line;sezon_reason;order_id;placed_at;currency;customer_id;sku;quantity;unit_price;note",
        '3;"customer_id: is blank and so is customer_email; --guests takes such orders";2;21.11.2025;PLN;;A;2;10,00;',
        "4;unit_price: must be a number (“x”);3;21.11.2025;PLN;c3;A;1;x;call first",
        "5;its order is refused for line 4;3;;;;B;1;5,00;",
        "6;quantity: is negative on every row: a cancellation or a return, not an order;"
        "C1;21.11.2025;PLN;c1;A;-2;10,00;",
    ]
    mended, left = tmp_path / "mended.csv", tmp_path / "left.csv"
    mended.write_text(errors.read_text().replace(";x;", ";7,50;"))
    done = sezon("orders", str(mended), "--dry-run", "--guests", "--errors", str(left))
    assert done.stderr == "Not read: note.\n"
    assert "Orders: 2 of 3 could be sent, 1 would be refused.\n" in done.stdout
    assert left.read_text(encoding="utf-8").splitlines() == [
        "sezon_line;sezon_reason;order_id;placed_at;currency;customer_id;sku;quantity;unit_price;note",
        "5;quantity: is negative on every row: a cancellation or a return, not an order;"
        "C1;21.11.2025;PLN;c1;A;-2;10,00;",
    ]


def test_the_file_that_is_read_is_not_written_over(shop_file: Path) -> None:
    done = sezon("orders", str(shop_file), "--dry-run", "--errors", str(shop_file))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "sezon: --errors names the file that is read; choose another.",
    )
    assert shop_file.read_text() == SHOP


def test_an_errors_file_that_cannot_be_written_is_said_before_anything_is_sent(shop_file: Path, tmp_path: Path) -> None:
    done = sezon("orders", str(shop_file), "--dry-run", "--errors", str(tmp_path / "nowhere" / "errors.csv"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        f"sezon: {tmp_path}/nowhere/errors.csv cannot be written: No such file or directory."
    )


@pytest.mark.parametrize("command", ["olist", "orders"])
def test_a_missing_source_and_a_missing_demo_are_one_sentence_and_code_2(command: str, tmp_path: Path) -> None:
    there = ("--url", "http://127.0.0.1:9/graphql", "--token-url", "http://127.0.0.1:9/token")
    done = sezon(command, str(tmp_path / "none"), *there, SEZON_CLIENT_ID="c", SEZON_CLIENT_SECRET="tell-nobody")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("sezon: ")
    source = write_folder(tmp_path / "olist", history(1)) if command == "olist" else tmp_path / "orders.csv"
    if command == "orders":
        source.write_text(SHOP)
    done = sezon(command, str(source), "--data-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sezon: There is no demo in {tmp_path}; start one with infra/up, or say ")


def test_the_help_of_orders_documents_every_column_with_an_example() -> None:
    shown = sezon("orders", "--help").stdout
    assert "order_id: the shop's own id of the order; rows of the same id make one order" in shown
    assert "delivered_at: when it arrived; blank: not yet" in shown
    narrow = [line.strip() for line in sezon("orders", "--help", COLUMNS="80").stdout.splitlines()]
    for line in EXAMPLE.splitlines():
        assert line in narrow
    for variable in ("SEZON_IMPORT_URL", "SEZON_IMPORT_TOKEN_URL", "SEZON_CLIENT_ID", "SEZON_CLIENT_SECRET"):
        assert variable in shown
