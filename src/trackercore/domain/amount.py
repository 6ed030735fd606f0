"""Amounts: up to three decimals, exact. The rules take them as integer thousandths."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache

ONE = 1_000
"""An amount of 1, and a day where days are counted, in thousandths."""

_EXACT = Context(prec=50)  # whatever the host has set


@lru_cache(maxsize=4096)  # most amounts are few, and come again and again
def thousandths(amount: Decimal | float) -> int:
    """An amount of up to three decimals in thousandths; a float is the number that it is shown as.

    Raises:
        ValueError: it has more.
    """
    if isinstance(amount, int):
        return amount * ONE
    if isinstance(amount, float):
        amount = Decimal(float.__repr__(amount))  # numpy's floats have a repr of their own
    # Of a number with very many digits, no int is made.
    small = amount.is_finite() and amount.adjusted() < _EXACT.prec - 3
    whole = int(amount.scaleb(3, _EXACT)) if small else 0
    if not small or amount_of(whole) != amount:
        raise ValueError(f"{amount} is no number with up to three decimals")
    return whole


@lru_cache(maxsize=4096)
def amount_of(thousandths: int) -> Decimal:
    """The amount, without zeros at its end: `Decimal("2.5")`, `Decimal(200)`."""
    whole, rest = divmod(abs(thousandths), ONE)
    sign = "-" if thousandths < 0 else ""
    return Decimal(f"{sign}{whole}.{rest:03}".rstrip("0") if rest else f"{sign}{whole}")
