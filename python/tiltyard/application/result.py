"""What `tiltyard.differentiate` returns: estimates that report on and draw themselves."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from tiltyard.application.estimates import Estimates
from tiltyard.application.reporting import report
from tiltyard.application.times import Times
from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Derivatives(Estimates):
    """Estimated derivatives of one series; the attributes are those of `Estimates`.

    A notebook shows the report and a small plot.
    """

    @property
    def times(self) -> Array | pd.Index:
        """Times of the estimates (m,) as they were given: numbers, dates or durations."""
        return self._times.index(self.t_eval)

    @property
    def time_unit(self) -> str:
        """Unit of `t_eval`, per which derivatives are; empty where the times were numbers."""
        return self.series.time_unit

    @property
    def _times(self) -> Times:
        return self.series.times or Times(self.series.t)

    def report(self) -> str:
        """What was done and how far to trust it, in plain words."""
        return report(self)

    def plot(self, path: Path | str | None = None) -> Figure:
        """Samples, smooth curve, derivatives and 95 % bands; written to `path` if given."""
        from tiltyard.application.plotting import plot  # here: Matplotlib takes half a second

        return plot(self, None if path is None else Path(path), self._times)

    def frame(self, lost: bool = False) -> pd.DataFrame:
        """A table: the times, and for each order estimate, standard deviation and quantiles.

        The columns are those that the command writes: for a signal x ``x_d1``, ``x_d1_sd``,
        ``x_d1_q025``, ... Orders that are not recoverable are in it only if `lost`.
        """
        from tiltyard.application.writing import frame_of  # here: pandas takes as long

        return frame_of(self, self._times, lost)

    def feature_frame(self, lost: bool = False) -> pd.DataFrame:
        """A table of what was to be found, a row a place: see `Feature`.

        Places are times as they were given. Those of orders that are not recoverable are in it
        only if `lost`.
        """
        from tiltyard.application.derived.table import feature_frame  # here: pandas takes as long

        return feature_frame(self, self._times, lost)

    def __repr__(self) -> str:
        orders = ", ".join(f"{one.order} {one.verdict}" for one in self.judgements)
        return (
            f"<Derivatives of {self.series.name}, {len(self.series.t)} samples: orders {orders}; "
            ".report() says more>"
        )

    def _repr_html_(self) -> str:
        """The report and a small plot, for notebooks."""
        from tiltyard.application.plotting import picture

        name = escape(self.series.name)
        image = picture(self, self._times)
        return (
            f'<div class="tiltyard-derivatives"><pre>{escape(self.report())}</pre>'
            f'<img alt="Samples and derivatives of {name}" src="data:image/png;base64,{image}" />'
            "</div>"
        )
