"""What others charge and give back for the same change, from recorded and documented replies of their services.

They and we take the share of time that is left; the fractions are the same. Where the amounts differ it is by rounding,
and by less than one minor unit: ours goes to the nearest unit, a half to the even one. Some of theirs do so too; others
go down from the signed sum, so that a credit of 333.33 becomes 334 and a charge of 666.67 becomes 666, both to the
payer's advantage.
"""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from sqlalchemy.dialects.postgresql import Range

from domain.billing.proration import rounded
from domain.billing.settling import Charge, given_back
from domain.kit.ids import new_id
from infra.cli import CHECKOUT

VECTORS = CHECKOUT.parent / "shared" / "data" / "maths" / "stripe_proration_vectors.csv"

pytestmark = pytest.mark.skipif(not VECTORS.is_file(), reason=f"the recorded replies are not in {VECTORS}")

START = datetime(2027, 4, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Change:
    """Something paid ahead that ends early, and what follows it; sums are signed as an invoice has them."""

    charged: int
    following: int | None
    period: timedelta
    unused: timedelta
    credit: int
    debit: int | None

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.unused // timedelta.resolution, self.period // timedelta.resolution)

    def ours(self) -> tuple[int, int | None]:
        end = START + self.period
        charge = Charge(new_id(), Range(START, end, bounds="[)"), self.charged, end)
        credit = -given_back(charge, Range(end - self.unused, end, bounds="[)"))
        if self.following is None:
            return credit, None
        return credit, rounded(self.following, self.fraction.numerator, self.fraction.denominator)

    def exact(self) -> tuple[Fraction, Fraction | None]:
        return -self.charged * self.fraction, None if self.following is None else self.following * self.fraction


def changes() -> list[Change]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return [_change(row) for row in csv.DictReader(file)]


def _change(row: dict[str, str]) -> Change:
    if row["period_start"]:
        start, end, at = (
            datetime.fromtimestamp(int(row[name]), UTC) for name in ("period_start", "period_end", "proration_time")
        )
        period, unused = end - start, end - at
    else:
        period, unused = MONTH, MONTH * Fraction(row["unused_fraction"]).numerator
        unused /= Fraction(row["unused_fraction"]).denominator
    follows = row["new_qty"].isdigit()
    return Change(
        charged=int(row["old_price_minor"]) * int(row["old_qty"]),
        following=int(row["new_price_minor"]) * int(row["new_qty"]) if follows else None,
        period=period,
        unused=unused,
        credit=int(row["credit_minor"]),
        debit=int(row["debit_minor"]) if row["debit_minor"] else None,
    )


def test_every_reply_is_our_exact_amount_to_the_nearest_unit_or_to_the_one_below() -> None:
    for change in changes():
        for theirs, exact in zip((change.credit, change.debit), change.exact(), strict=True):
            assert theirs is None or exact is None or theirs in (round(exact), floor(exact)), change


def test_what_we_charge_and_give_back_differs_where_they_round_down_and_nowhere_else() -> None:
    differing = 0
    for change in changes():
        ours, exact = change.ours(), change.exact()
        for mine, theirs, amount in zip(ours, (change.credit, change.debit), exact, strict=True):
            if mine is None or theirs is None or amount is None or mine == theirs:
                continue
            assert (mine, theirs) == (round(amount), floor(amount))
            assert mine - theirs == 1
            differing += 1
    assert differing == 2  # the credit and the charge of one reply, a third of a month


def test_a_fraction_that_a_reply_states_is_the_share_of_time_that_we_take() -> None:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        for row, change in zip(csv.DictReader(file), changes(), strict=True):
            assert abs(change.fraction - Fraction(row["unused_fraction"])) < Fraction(1, 10**6)
