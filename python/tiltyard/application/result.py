"""What `tiltyard.differentiate` returns: estimates that report on and draw themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tiltyard.application.estimates import Estimates
from tiltyard.application.reporting import report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Derivatives(Estimates):
    """Estimated derivatives of one series; the attributes are those of `Estimates`."""

    def report(self) -> str:
        """What was done and how far to trust it, in plain words."""
        return report(self)

    def plot(self, path: Path | str | None = None) -> Figure:
        """Samples, smooth curve, derivatives and 95 % bands; written to `path` if given."""
        from tiltyard.application.plotting import plot  # here: Matplotlib takes half a second

        return plot(self, None if path is None else Path(path), self.series.times)
