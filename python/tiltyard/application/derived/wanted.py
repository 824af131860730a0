"""Which places are looked for: maxima, minima, zeros of some orders, and the lag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tiltyard.application.options import FIND, ORDERS
from tiltyard.studies.derivatives.contract import MAX_ORDER

#: Kinds of places, as one asks for them, and what one of them is called.
KINDS = {"maxima": "maximum", "minima": "minimum", "zeros": "zero", "lag": "lag"}
#: What may be written for them, too.
ALSO = {one: several for several, one in KINDS.items()} | {"max": "maxima", "min": "minima"}
#: What is written to find something, in messages.
EXAMPLES = "maxima, minima, zeros, each also of one order, as in maxima:1, or lag"


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes
    ----------
    kinds : tuple of (str, int)
        What a place is called, and the order of the derivative; the lag's is 1.
    """

    kinds: tuple[tuple[str, int], ...] = ()

    @property
    def orders(self) -> frozenset[int]:
        """All orders that are needed: a maximum is where the next order changes its sign."""
        needed: set[int] = set()
        for kind, order in self.kinds:
            needed |= {order} if kind == "zero" else {order, order + 1}
            needed |= {0} if kind == "lag" else set()
        return frozenset(needed)


#: Nothing is looked for.
NO_PLACES = Wanted()


def wanted(find: str | Iterable[str] | None, orders: Sequence[int]) -> Wanted:
    """What `find` asks for.

    Parameters
    ----------
    find : str, iterable of str or None
        Such as ``"maxima:1"`` or ``["zeros", "lag"]``, also with commas between. Without an order:
        of all `orders`.
    orders : sequence of int
        Increasing orders that are estimated.

    Raises
    ------
    ValueError
        If one is unknown, its order is not among the `orders`, or it needs an order above 7.
    """
    if find is None:
        return NO_PLACES
    texts = [find] if isinstance(find, str) else list(find)
    found: list[tuple[str, int]] = []
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"{FIND.set_to(text)}: write {EXAMPLES}")
        for part in text.split(","):
            found += _kinds(part.strip(), orders)
    return Wanted(tuple(dict.fromkeys(found)))


def _kinds(text: str, orders: Sequence[int]) -> list[tuple[str, int]]:
    name, colon, number = text.partition(":")
    several = ALSO.get(name.lower(), name.lower())
    if several not in KINDS or (colon and not number.isdigit()) or (colon and several == "lag"):
        raise ValueError(f"{FIND.set_to(text)}: write {EXAMPLES}")
    kind = KINDS[several]
    if kind == "lag":
        return [(kind, 1)]
    if colon and int(number) not in orders:
        listed = ", ".join(map(str, orders))
        raise ValueError(
            f"{FIND.set_to(text)}: order {int(number)} is not among the orders that are estimated, "
            f"{listed}: add it to them ({ORDERS})"
        )
    asked = [int(number)] if colon else list(orders)
    if kind != "zero" and colon and asked[0] == MAX_ORDER:
        raise ValueError(
            f"{FIND.set_to(text)}: extremes of order {MAX_ORDER} need order {MAX_ORDER + 1}, which "
            f"no estimator gives; take one up to {MAX_ORDER - 1}"
        )
    return [(kind, order) for order in asked if kind == "zero" or order < MAX_ORDER]
