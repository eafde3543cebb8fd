"""Prices, use, what was paid ahead and given back, invoices with lines of every kind."""

from datetime import date, timedelta
from typing import Any

from domain.billing.models import (
    Invoice,
    InvoiceLine,
    LineBasis,
    PrepaidEntry,
    Price,
    PriceSeries,
    PriceUnit,
    UsageInterval,
)
from domain.seats.models import Period, SeatKind
from tests.api.graphql.differential.data.values import AMOUNTS, FIRST_INSTANT, INSTANTS, days, nth
from tests.api.graphql.filled import Filled
from tests.conftest import NOW

MONTH = days(-30, 0)


def add(filled: Filled) -> None:
    """Nine prices, five uses, six lines of the ledger, four invoices."""
    _prices(filled)
    for index in range(5):
        licence = filled.rows["seat_licence"][index]
        filled.add(
            UsageInterval,
            licence_id=licence.id,
            kind=licence.kind,
            terms=licence.terms,
            period=MONTH if index else days(-60, -30),
            recorded_at=nth(INSTANTS, index),
        )
    _ledger(filled)
    _invoices(filled)


def _prices(filled: Filled) -> None:
    begins = (FIRST_INSTANT, NOW - timedelta(days=500), NOW - timedelta(days=500), NOW + timedelta(days=3))
    for kind in SeatKind:
        for revision, valid_from in enumerate(begins, start=1):
            for unit in (nth((PriceUnit.MONTH, PriceUnit.DAY), revision), PriceUnit.PASS):
                filled.add(
                    Price,
                    kind=kind,
                    series=PriceSeries.PASS if unit is PriceUnit.PASS else PriceSeries.TIME,
                    unit=unit,
                    amount=nth((0, 14_900, 2**33, 1), revision),
                    currency="PLN",
                    valid_from=valid_from,
                    revision=revision,
                    set_at=nth(INSTANTS, revision),
                    set_by_id=None,
                )


def _told(filled: Filled, index: int, period: Period = MONTH) -> dict[str, Any]:
    licence = filled.rows["seat_licence"][index]
    return {
        "licence_id": licence.id,
        "kind": licence.kind,
        "period": period,
        "quantity": nth((1, 2**63 - 1), index),
        "whole": nth((2**63 - 1, 1, 3), index),
    }


def _ledger(filled: Filled) -> None:
    """Charges, and credits of the first two of them."""
    for index in range(4):
        filled.add(
            PrepaidEntry,
            **_told(filled, index),
            unit=nth(tuple(PriceUnit)[:2], index),
            price_id=filled.ids("price")[index],
            unit_amount=nth(AMOUNTS, index),
            amount=nth(AMOUNTS, index + 2),
            currency="PLN",
            at=nth(INSTANTS, index),
            recorded_at=nth(INSTANTS, index + 1),
        )
    for index, charge in enumerate(filled.ids("prepaid_entry")[:2]):
        filled.add(
            PrepaidEntry,
            **_told(filled, index),
            charge_id=charge,
            unit=None if index else PriceUnit.DAY,
            unit_amount=nth(AMOUNTS, index),
            amount=-nth(AMOUNTS, index + 1),
            currency="PLN",
            at=nth(INSTANTS, index),
            recorded_at=NOW,
        )


def _invoices(filled: Filled) -> None:
    for index, number in enumerate((1, 2, 2**31, 2**63 - 1)):
        filled.add(
            Invoice,
            number=number,
            month=(date(2026, 8, 1), date(2026, 9, 1), date(1970, 1, 1), date(2026, 10, 1))[index],
            timezone="Europe/Warsaw",
            currency="PLN",
            total=nth((2**63 - 1, -(2**63), 0, 14_900), index),
            issued_at=nth(INSTANTS, index),
        )
    for position in range(1, 10):
        _line(filled, position, nth(tuple(LineBasis), position))


def _line(filled: Filled, position: int, basis: LineBasis) -> None:
    used, credit = basis in (LineBasis.USED, LineBasis.PASS), basis is LineBasis.CREDIT
    ledger = filled.ids("prepaid_entry")
    filled.add(
        InvoiceLine,
        **_told(filled, position, days(-30 + position, 0)),
        invoice_id=filled.ids("invoice")[0 if position < 8 else 1],
        position=position,
        basis=basis,
        unit=(None if position % 8 == 7 else PriceUnit.DAY) if credit else nth(tuple(PriceUnit), position),
        unit_amount=nth(AMOUNTS, position),
        amount=-nth(AMOUNTS, position) if credit else nth(AMOUNTS, position),
        price_id=None if credit else nth(filled.ids("price"), position),
        usage_id=nth(filled.ids("usage_interval"), position) if used else None,
        prepaid_id=None if used else ledger[position // 4 + (3 if credit else 0)],
    )
