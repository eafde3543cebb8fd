"""The data set's files as orders, to the last cent and second."""

from pathlib import Path
from typing import Any

import pytest

from infra.commands.imports.olist import Folder
from infra.commands.imports.rows import Fault, Refused, Row
from infra.embedded.errors import CannotRun
from tests.infra.imports.olist_folder import HEADERS, item, order, payment, write_folder

CUSTOMERS = {
    "olist_customers": [["c1", "290c77bc529b7ac9", "01000", "sao paulo", "SP"]],
    "olist_products": [["p1", "beleza_saude", "40"], ["p2", "", "10"], ["p3", "pet_shop", "10"]],
    "olist_category_translation": [["beleza_saude", "health_beauty"]],
}


def rows(folder: Path, **files: list[list[str]]) -> list[Row | Refused]:
    told = {f"olist_{name}": lines for name, lines in files.items()}
    return list(Folder(write_folder(folder / "olist", {**CUSTOMERS, **told})).rows())


def only(found: list[Row | Refused]) -> dict[str, Any]:
    (row,) = found
    assert isinstance(row, Row)
    return dict(row.input)


def test_an_order_has_its_goods_its_split_payments_its_promise_and_its_parcel(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        orders=[order("o1")],
        order_items=[item("o1", 1), item("o1", 2), item("o1", 3, product="p2", price="5.5", freight="0.0")],
        order_payments=[
            payment("o1", 3, "debit_card", "1.0"),
            payment("o1", 1, "voucher", "20.0"),
            payment("o1", 2, "boleto", "61.93"),
        ],
    )
    assert only(found) == {
        "externalId": "o1",
        "number": "o1",
        "customer": {
            "externalId": "290c77bc529b7ac9",
            "name": "Customer 290c77bc",
            "email": None,
            "phone": None,
            "language": "EN",
        },
        "currency": "BRL",
        "totalAmount": 8_293,
        "placedAt": "2017-10-02T10:56:33-03:00",
        "lines": [
            {"sku": "p1", "name": "Health beauty", "quantity": 2, "unitAmount": 2_999},
            {"sku": "p2", "name": "Article without a category", "quantity": 1, "unitAmount": 550},
        ],
        "payments": [
            {"method": "VOUCHER", "amount": 2_000, "reference": None, "receivedAt": "2017-10-02T11:07:15-03:00"},
            {"method": "TRANSFER", "amount": 6_193, "reference": None, "receivedAt": "2017-10-02T11:07:15-03:00"},
            {"method": "CARD", "amount": 100, "reference": None, "receivedAt": "2017-10-02T11:07:15-03:00"},
        ],
        "promisedOn": "2017-10-18",
        "status": "DELIVERED",
        "shipments": [
            {
                "carrier": "unnamed carrier",
                "trackingNumber": None,
                "shippedAt": "2017-10-04T19:55:00-03:00",
                "deliveredAt": "2017-10-10T21:25:13-03:00",
            }
        ],
    }


def test_the_summer_of_sao_paulo_is_an_hour_nearer(tmp_path: Path) -> None:
    found = rows(tmp_path, orders=[order("o1", placed="2017-10-15 10:00:00")], order_items=[item("o1", 1)])
    assert only(found)["placedAt"] == "2017-10-15T10:00:00-02:00"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("created", "PLACED"),
        ("approved", "PLACED"),
        ("invoiced", "PLACED"),
        ("processing", "PLACED"),
        ("shipped", "SHIPPED"),
        ("delivered", "DELIVERED"),
        ("canceled", "CANCELLED"),
        ("unavailable", "CANCELLED"),
    ],
)
def test_each_status_has_its_own(tmp_path: Path, theirs: str, ours: str) -> None:
    found = rows(tmp_path, orders=[order("o1", status=theirs)], order_items=[item("o1", 1)])
    assert only(found)["status"] == ours


def test_money_that_was_never_approved_has_not_arrived(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        orders=[order("o1", status="canceled", approved="", shipped="", delivered="")],
        order_items=[item("o1", 1)],
        order_payments=[payment("o1", 1, "boleto", "38.71")],
    )
    (paid,) = only(found)["payments"]
    assert paid == {"method": "TRANSFER", "amount": 3_871, "reference": None, "receivedAt": None}
    assert only(found)["shipments"] == []


def test_a_voucher_that_pays_nothing_is_left_out(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        orders=[order("o1")],
        order_items=[item("o1", 1)],
        order_payments=[payment("o1", 1, "voucher", "0.0"), payment("o1", 2, "credit_card", "38.71")],
    )
    assert [paid["method"] for paid in only(found)["payments"]] == ["CARD"]


def test_the_total_is_what_is_paid_and_without_payments_goods_and_freight(tmp_path: Path) -> None:
    paid = rows(
        tmp_path,
        orders=[order("o1")],
        order_items=[item("o1", 1)],
        order_payments=[payment("o1", 1, "credit_card", "40.55")],
    )
    assert only(paid)["totalAmount"] == 4_055, "the interest of the instalments is paid too"
    unpaid = rows(tmp_path, orders=[order("o1")], order_items=[item("o1", 1), item("o1", 2)])
    assert only(unpaid)["totalAmount"] == 7_742


def test_an_order_without_items_gets_a_line_that_says_so(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        orders=[order("o1", status="unavailable", shipped="", delivered="")],
        order_payments=[payment("o1", 1, "credit_card", "147.99")],
    )
    assert only(found)["lines"] == [
        {"sku": "unknown", "name": "Goods that the file does not name", "quantity": 1, "unitAmount": 14_799}
    ]


def test_a_category_without_a_translation_keeps_its_name(tmp_path: Path) -> None:
    found = rows(tmp_path, orders=[order("o1")], order_items=[item("o1", 1, product="p3")])
    assert only(found)["lines"][0]["name"] == "Pet shop"


def test_a_parcel_that_arrived_before_its_carrier_took_it_left_when_it_arrived(tmp_path: Path) -> None:
    early = order("o1", shipped="2017-10-10 21:25:13", delivered="2017-10-09 08:00:00")
    (parcel,) = only(rows(tmp_path, orders=[early], order_items=[item("o1", 1)]))["shipments"]
    assert (parcel["shippedAt"], parcel["deliveredAt"]) == ("2017-10-09T08:00:00-03:00", "2017-10-09T08:00:00-03:00")


@pytest.mark.parametrize(
    ("orders", "items", "payments", "fault"),
    [
        (order("o1", customer="c9"), [], [], Fault("UNREADABLE", "customer_id", "is unknown")),
        (order("o1", status="lost"), [], [], Fault("UNREADABLE", "order_status", "is unknown")),
        (order("o1", placed=""), [], [], Fault("UNREADABLE", "order_purchase_timestamp", "must not be empty")),
        (order("o1"), [item("o1", 1, price="dear")], [], Fault("UNREADABLE", "price", "must be a number")),
        (
            order("o1"),
            [],
            [payment("o1", 1, "not_defined", "5.00")],
            Fault("UNREADABLE", "payment_type", "is unknown"),
        ),
        (
            order("o1"),
            [],
            [payment("o1", 1, "boleto", "5.0001")],
            Fault("UNREADABLE", "payment_value", "must have at most 2 decimals in BRL"),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_column_and_the_others_go_on(
    tmp_path: Path, orders: list[str], items: list[list[str]], payments: list[list[str]], fault: Fault
) -> None:
    refused, good = rows(tmp_path, orders=[orders, order("o2")], order_items=items, order_payments=payments)
    assert refused == Refused("o1", [fault], [2])
    assert isinstance(good, Row)
    assert (good.external_id, good.lines) == ("o2", [3])


def test_the_names_under_which_the_data_set_is_published_are_known(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "olist", {**CUSTOMERS, "olist_orders": [order("o1")]})
    for name in HEADERS:
        for file in folder.glob(f"{name}.csv*"):
            file.rename(folder / file.name.replace(name, f"{name}_dataset"))
    (folder / "olist_category_translation_dataset.csv").rename(folder / "product_category_name_translation.csv")
    assert [row.external_id for row in Folder(folder).rows()] == ["o1"]


def test_a_damaged_file_stops_before_anything_is_sent(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "olist", {**CUSTOMERS, "olist_order_items": [["o1", "1", "p1"]]})
    with pytest.raises(CannotRun) as refused:
        Folder(folder)
    assert str(refused.value) == (f"{folder}/olist_order_items.csv is damaged: line 2 has fewer cells than the header.")


def test_a_folder_that_is_not_there_or_not_whole_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as refused:
        Folder(tmp_path / "nowhere")
    assert str(refused.value) == f"There is no folder {tmp_path}/nowhere."
    folder = write_folder(tmp_path / "olist", {})
    (folder / "olist_customers.csv").unlink()
    with pytest.raises(CannotRun) as refused:
        Folder(folder)
    assert str(refused.value) == f"{folder} has no olist_customers.csv, plain or gzipped."
    (folder / "olist_customers.csv").write_text("customer_id,city\n")
    with pytest.raises(CannotRun) as refused:
        Folder(folder)
    assert str(refused.value) == (
        f"{folder}/olist_customers.csv has no column customer_unique_id; it has customer_id, city."
    )
