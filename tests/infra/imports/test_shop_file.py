"""A shop's own CSV as orders, or refused line by line."""

from pathlib import Path
from typing import Any

import pytest

from infra.commands.imports.rows import Fault, Refused, Row
from infra.commands.imports.shop_columns import Layout
from infra.commands.imports.shop_file import ShopFile
from infra.commands.imports.tables import Table
from infra.embedded.errors import CannotRun
from tests.conftest import NOW

WHOLE = (
    "order_id;number;placed_at;currency;customer_id;customer_name;customer_email;customer_phone;customer_language;"
    "sku;name;quantity;unit_price;total_amount;promised_on;payment_method;payment_amount;payment_reference;paid_at;"
    "status;carrier;tracking_number;shipped_at;delivered_at\n"
    "1001;BOM/1001;21.11.2025 10:00;PLN;zofia;Zofia Żak;Zofia@example.com;600 700 800;pl;"
    "BOMBKA;Bombka;3;43,00;1 203,90;24.12.2025;transfer;1 203,90;BOM/1001 Żak;23.11.2025 9:15;"
    "delivered;InPost;6200;24.11.2025 12:00;26.11.2025 8:00\n"
    "1001;;;;;;;;;SZPIC;;1;1 059,90;;;;;;;;;;;\n"
)
HEADER = "order_id,placed_at,currency,customer_id,sku,quantity,unit_price\n"
LINE = "1,2025-11-21,PLN,c1,A,2,10.00\n"


def rows(folder: Path, content: str, **layout: Any) -> list[Row | Refused]:
    path = folder / "orders.csv"
    path.write_text(content, encoding="utf-8")
    file = ShopFile(Table(path), Layout.told(**layout), now=NOW)
    found = list(file.rows())
    assert len(file) == len(found)
    return found


def only(found: list[Row | Refused]) -> dict[str, Any]:
    (row,) = found
    assert isinstance(row, Row), row
    return dict(row.input)


def faults(found: list[Row | Refused]) -> list[tuple[int | None, str]]:
    return [(fault.line, str(fault)) for row in found if isinstance(row, Refused) for fault in row.faults]


def test_rows_of_one_id_make_one_order_with_all_that_the_columns_say(tmp_path: Path) -> None:
    assert only(rows(tmp_path, WHOLE)) == {
        "externalId": "1001",
        "number": "BOM/1001",
        "customer": {
            "externalId": "zofia",
            "name": "Zofia Żak",
            "email": "zofia@example.com",
            "phone": "600 700 800",
            "language": "PL",
        },
        "currency": "PLN",
        "totalAmount": 120_390,
        "placedAt": "2025-11-21T10:00:00+01:00",
        "lines": [
            {"sku": "BOMBKA", "name": "Bombka", "quantity": 3, "unitAmount": 4_300},
            {"sku": "SZPIC", "name": "SZPIC", "quantity": 1, "unitAmount": 105_990},
        ],
        "payments": [
            {
                "method": "TRANSFER",
                "amount": 120_390,
                "reference": "BOM/1001 Żak",
                "receivedAt": "2025-11-23T09:15:00+01:00",
            }
        ],
        "promisedOn": "2025-12-24",
        "status": "DELIVERED",
        "shipments": [
            {
                "carrier": "InPost",
                "trackingNumber": "6200",
                "shippedAt": "2025-11-24T12:00:00+01:00",
                "deliveredAt": "2025-11-26T08:00:00+01:00",
            }
        ],
    }


def test_what_is_left_blank_has_a_stated_meaning(tmp_path: Path) -> None:
    assert only(rows(tmp_path, HEADER + LINE)) == {
        "externalId": "1",
        "number": None,
        "customer": {"externalId": "c1", "name": None, "email": None, "phone": None, "language": None},
        "currency": "PLN",
        "totalAmount": 2_000,
        "placedAt": "2025-11-21T00:00:00+01:00",
        "lines": [{"sku": "A", "name": "A", "quantity": 2, "unitAmount": 1_000}],
        "payments": [],
        "promisedOn": None,
        "status": "PLACED",
        "shipments": [],
    }


def test_an_order_is_whole_wherever_its_rows_stand_and_comes_where_its_last_one_is(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADER + LINE + "2,2025-11-21,PLN,c2,B,1,5\n" + "1,,,,C,1,0.50\n")
    assert [(row.external_id, list(row.lines)) for row in found] == [("2", [3]), ("1", [2, 4])]
    assert isinstance(found[1], Row)
    assert found[1].input["totalAmount"] == 2_050


def test_another_shops_names_words_and_constants_are_told(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,State\n"
        "536365,85123A,WHITE HEART,6,12/1/2010 8:26,2.55,17850,wysłane\n"
        "536365,71053,,6,12/1/2010 8:25,3.39,17850,wysłane\n",
        maps=[
            "order_id=InvoiceNo",
            "placed_at=InvoiceDate",
            "customer_id=CustomerID",
            "sku=StockCode",
            "name=Description",
            "quantity=Quantity",
            "unit_price=UnitPrice",
            "status=State",
        ],
        constants=["currency=GBP", "customer_language=EN"],
        words=["status:Wysłane=SHIPPED"],
        zone="Europe/London",
        date_formats=["%m/%d/%Y %H:%M"],
    )
    order = only(found)
    assert (order["externalId"], order["currency"], order["status"]) == ("536365", "GBP", "SHIPPED")
    assert order["placedAt"] == "2010-12-01T08:25:00+00:00", "the earliest of its rows"
    assert [line["name"] for line in order["lines"]] == ["WHITE HEART", "71053"]
    assert order["totalAmount"] == 6 * 255 + 6 * 339


def test_a_credit_note_is_refused_with_one_reason(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADER + "C1,2025-11-21,PLN,,A,-2,10\nC1,2025-11-21,PLN,,B,-1,10\n")
    fault = Fault("CREDIT_NOTE", "quantity", "is negative on every row: a cancellation or a return, not an order")
    assert found == [Refused("C1", [fault], [2, 3])]


def test_an_order_without_a_customer_is_refused_unless_guests_are_taken(tmp_path: Path) -> None:
    nobody = HEADER + "1,2025-11-21,PLN,,A,2,10\n"
    assert faults(rows(tmp_path, nobody)) == [
        (2, "customer_id: is blank and so is customer_email; --guests takes such orders")
    ]
    guest = only(rows(tmp_path, nobody, guests=True))["customer"]
    assert (guest["externalId"], guest["name"]) == ("guest-1", None)


def test_a_customer_without_an_id_is_known_by_the_address(tmp_path: Path) -> None:
    content = HEADER.replace("customer_id", "customer_email") + LINE.replace("c1", "Zofia@Example.com")
    [row] = rows(tmp_path, content)
    assert isinstance(row, Row)
    customer = row.input["customer"]
    assert (customer["externalId"], customer["email"]) == ("zofia@example.com", "zofia@example.com")
    assert row.columns["customer.externalId"] == "customer_id (blank here, so zofia@example.com)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "1,2025-11-21,PLN,c1,A,-2,10\n1,,,,B,1,1\n",
            "quantity: must be at least 1: returns and corrections are no part of an order (“-2”)",
        ),
        (
            "1,2025-11-21,PLN,c1,A,0,10\n",
            "quantity: must be at least 1: returns and corrections are no part of an order (“0”)",
        ),
        ("1,2025-11-21,PLN,c1,A,some,10\n", "quantity: must be a number (“some”)"),
        ("1,2025-11-21,PLN,c1,A,,10\n", "quantity: must be a number"),
        ("1,2025-11-21,PLN,c1,A,1,-10\n", "unit_price: must not be negative (“-10”)"),
        ("1,2025-11-21,PLN,c1,A,1,0.001\n", "unit_price: must have at most 2 decimals in PLN (“0.001”)"),
        ("1,2025-11-21,PLN,c1,,1,10\n", "sku: must not be empty"),
        ("1,,PLN,c1,A,1,10\n", "placed_at: must not be empty"),
        (
            "1,yesterday,PLN,c1,A,1,10\n",
            "placed_at: must be a date such as 2026-11-21 10:00 or 21.11.2026 10:00 (“yesterday”)",
        ),
        ("1,0001-01-01,PLN,c1,A,1,10\n", "placed_at: must be in 1970 to 2199 (“0001-01-01”)"),
        ("1,2026-11-03 10:06,PLN,c1,A,1,10\n", "placed_at: must not be in the future (“2026-11-03 10:06”)"),
        ("1,2025-11-21,złoty,c1,A,1,10\n", "currency: must be a code of three capital letters, such as PLN (“złoty”)"),
        ("1,2025-11-21,PLN,c1,A,1\n", "has fewer cells than the header"),
        ("1,2025-11-21,PLN,c1,A,1,10,11\n", "has more cells than the header"),
        (",2025-11-21,PLN,c1,A,1,10\n", "order_id: must not be empty"),
        (f"{'x' * 201},2025-11-21,PLN,c1,A,1,10\n", f"order_id: must have at most 200 characters (“{'x' * 80}…”)"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_the_next_order_goes_in(tmp_path: Path, line: str, said: str) -> None:
    refused, good = rows(tmp_path, HEADER + line + LINE.replace("1,", "next,", 1))
    assert (2, said) in faults([refused])
    assert good.external_id == "next"
    assert isinstance(good, Row)


def test_everything_that_is_wrong_with_an_order_is_said_at_once(tmp_path: Path) -> None:
    content = HEADER + "1,2025-11-21,PLN,c1,A,0,x\n1,,EUR,,B,1,10\n"
    assert faults(rows(tmp_path, content)) == [
        (3, "currency: is another one than on an earlier row of the order (“EUR”)"),
        (2, "unit_price: must be a number (“x”)"),
        (2, "quantity: must be at least 1: returns and corrections are no part of an order (“0”)"),
    ]


def test_an_order_of_more_lines_than_the_service_takes_is_refused(tmp_path: Path) -> None:
    assert faults(rows(tmp_path, HEADER + LINE * 501)) == [(2, "lines: must be at most 500")]


@pytest.mark.parametrize(
    ("columns", "cells", "said"),
    [
        ("paid_at", "2025-11-22", "payment_method: must not be empty where payment_amount or paid_at is there"),
        (
            "payment_method",
            "gold",
            "payment_method: must be CARD, TRANSFER, CASH_ON_DELIVERY, VOUCHER; see --value (“gold”)",
        ),
        ("delivered_at", "2025-11-22", "shipped_at: must not be empty where delivered_at is there"),
        ("shipped_at", "2025-11-22", "carrier: must not be empty"),
        (
            "carrier,shipped_at,delivered_at",
            "InPost,2025-11-22,2025-11-21",
            "delivered_at: must not be before shippedAt (“2025-11-21”)",
        ),
        ("customer_email", "nobody", "customer_email: is not an e-mail address (“nobody”)"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path, columns: str, cells: str, said: str) -> None:
    content = HEADER.replace("\n", f",{columns}\n") + LINE.replace("\n", f",{cells}\n")
    assert faults(rows(tmp_path, content)) == [(2, said)]


def test_an_order_that_costs_nothing_has_no_payment(tmp_path: Path) -> None:
    content = HEADER.replace("\n", ",payment_method\n") + "1,2025-11-21,PLN,c1,A,2,0,CARD\n"
    order = only(rows(tmp_path, content))
    assert (order["totalAmount"], order["payments"]) == (0, [])


@pytest.mark.parametrize(
    ("header", "layout", "said"),
    [
        (
            "order_id,placed_at,sku,quantity,unit_price",
            {},
            "{} has no column currency; name it with --map currency=THEIRS, or say it for all rows with "
            "--set currency=VALUE. It has order_id, placed_at, sku, quantity, unit_price.",
        ),
        ("a,b", {"maps": ["order_id=InvoiceNo"]}, "{} has no column InvoiceNo; it has a, b."),
        ("a,a", {"maps": ["order_id=a"]}, "{} has 2 columns a."),
    ],
)
def test_columns_that_are_not_there_stop_the_run(
    tmp_path: Path, header: str, layout: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(CannotRun) as refused:
        rows(tmp_path, header + "\n", **layout)
    assert str(refused.value) == said.format(tmp_path / "orders.csv")


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"maps": ["colour=Farbe"]}, "--map colour=Farbe: write COLUMN=... with one of the columns order_id, "),
        ({"constants": ["currency"]}, "--set currency: write COLUMN=... with one of the columns order_id, "),
        ({"words": ["status=SHIPPED"]}, "--value status=SHIPPED: write COLUMN:THEIRS=OURS, such as status:complete="),
        ({"zone": "Europe/Cracow"}, "There is no time zone Europe/Cracow; say one such as Europe/Warsaw."),
    ],
)
def test_an_option_that_makes_no_sense_is_one_sentence(layout: dict[str, Any], said: str) -> None:
    with pytest.raises(CannotRun) as refused:
        Layout.told(**layout)
    assert str(refused.value).startswith(said)
