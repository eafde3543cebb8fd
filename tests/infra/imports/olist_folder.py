"""A small folder in the layout of the Olist data set, made up for the tests."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

HEADERS = {
    "olist_orders": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date"
    ),
    "olist_order_items": "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
    "olist_order_payments": "order_id,payment_sequential,payment_type,payment_installments,payment_value",
    "olist_order_reviews": (
        "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,"
        "review_answer_timestamp"
    ),
    "olist_customers": "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
    "olist_products": "product_id,product_category_name,product_name_lenght",
    "olist_category_translation": "product_category_name,product_category_name_english",
}
PACKED = ("olist_orders", "olist_order_reviews")

Rows = Mapping[str, Sequence[Sequence[str]]]


def write_folder(folder: Path, rows: Rows) -> Path:
    """Write every file of the data set with these rows, some of them gzipped, one with a byte order mark."""
    folder.mkdir(exist_ok=True)
    for name, header in HEADERS.items():
        packed = name in PACKED
        path = folder / (f"{name}.csv.gz" if packed else f"{name}.csv")
        encoding = "utf-8-sig" if name == "olist_category_translation" else "utf-8"
        with (gzip.open if packed else open)(path, "wt", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerows([header.split(","), *rows.get(name, ())])
    return folder


def order(
    order_id: str,
    *,
    customer: str = "c1",
    status: str = "delivered",
    placed: str = "2017-10-02 10:56:33",
    approved: str = "2017-10-02 11:07:15",
    shipped: str = "2017-10-04 19:55:00",
    delivered: str = "2017-10-10 21:25:13",
) -> list[str]:
    return [order_id, customer, status, placed, approved, shipped, delivered, "2017-10-18 00:00:00"]


def item(order_id: str, number: int, *, product: str = "p1", price: str = "29.99", freight: str = "8.72") -> list[str]:
    return [order_id, str(number), product, "s1", "2017-10-06 11:07:15", price, freight]


def payment(order_id: str, number: int, kind: str, value: str) -> list[str]:
    return [order_id, str(number), kind, "1", value]


def review(
    review_id: str, order_id: str, score: int, message: str, *, title: str = "", at: str = "2017-10-12 03:43:48"
) -> list[str]:
    return [review_id, order_id, str(score), title, message, "2017-10-11 00:00:00", at]


def history(orders: int) -> Rows:
    """A shop's history of so many orders of half as many customers, every tenth with an unhappy review."""
    ids = [f"order-{number:05}" for number in range(orders)]
    return {
        "olist_orders": [order(name, customer=f"c{number}") for number, name in enumerate(ids)],
        "olist_order_items": [item(name, 1) for name in ids],
        "olist_order_payments": [payment(name, 1, "credit_card", "38.71") for name in ids],
        "olist_order_reviews": [review(f"review-{name}", name, 1, "Não recebi o produto") for name in ids[::10]],
        "olist_customers": [
            [f"c{number}", f"person-{number // 2}", "01000", "sao paulo", "SP"] for number in range(orders)
        ],
        "olist_products": [["p1", "beleza_saude", "40"]],
        "olist_category_translation": [["beleza_saude", "health_beauty"]],
    }
