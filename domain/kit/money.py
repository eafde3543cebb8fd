"""How many decimals an amount of a currency has: amounts themselves are whole minor units everywhere."""

from collections.abc import Mapping

_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies whose minor unit is not a hundredth (ISO 4217)."""


def digits_of(currency: str) -> int:
    """The decimals of an amount in the currency, given by its ISO code: 2 of PLN, 0 of JPY, 3 of KWD."""
    return _DIGITS.get(currency, 2)
