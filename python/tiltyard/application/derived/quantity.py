"""What derivatives are of, and by: the signal or its logarithm, by time or by its logarithm."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: What derivatives may be by instead of time, with the logarithm of e in its base.
LOGARITHMS = {"ln": 1.0, "log10": 1.0 / math.log(10.0)}


@dataclass(frozen=True)
class Quantity:
    """What the derivatives of a series are.

    Attributes
    ----------
    relative : bool
        Whether they are of the signal's natural logarithm: order 1 is the rate of change as a share
        of the signal.
    log_time : str
        One of `LOGARITHMS`, by which they are; empty: by time.
    """

    relative: bool = False
    log_time: str = ""

    @property
    def plain(self) -> bool:
        """Whether they are the signal's own derivatives by time."""
        return self == PLAIN

    def signal(self, name: str) -> str:
        """What order 0 is."""
        return f"ln {name}" if self.relative else name

    def unit(self, time_unit: str) -> str:
        """The unit that derivatives are per: none of a logarithm of time."""
        return "" if self.log_time else time_unit

    def column(self, name: str, order: int) -> str:
        """Name of a table's column: ``x_d1``, ``ln_x_d1``, ``x_dln1`` or ``x_dlog10_1``.

        Order 0 is by nothing.
        """
        start = f"ln_{name}" if self.relative else name
        by = {"": "", "ln": "ln", "log10": "log10_"}[self.log_time] if order else ""
        return f"{start}_d{by}{order}"

    def derivative(self, name: str, order: int) -> str:
        """A derivative as one writes it: d ln x / dt, d²x / d(ln t)²."""
        if order == 0:
            return self.signal(name)
        power = "" if order == 1 else "⁰¹²³⁴⁵⁶⁷"[order]
        of = f" ln {name}" if self.relative else name if len(name) == 1 else f" {name}"
        if not self.log_time:
            return f"d{power}{of} / dt{power}"
        by = f"{self.log_time} t"
        return f"d{power}{of} / d {by}" if order == 1 else f"d{power}{of} / d({by}){power}"

    def told(self, name: str, time_unit: str) -> list[str]:
        """What the derivatives are, for a report; nothing where they are the plain ones."""
        lines = []
        if self.relative:
            per = f", per {time_unit}" if self.unit(time_unit) else ""
            lines.append(
                f"derivatives are of ln {name}: order 1 is the relative rate, the derivative as a "
                f"share of {name}{per}"
            )
        if self.log_time:
            base = "e" if self.log_time == "ln" else "10"
            lines.append(
                f"derivatives are by {self.log_time} t: order 1 is the change as time grows by the "
                f"factor {base}, as if it went on"
            )
        return lines


#: The signal's own derivatives by time.
PLAIN = Quantity()
