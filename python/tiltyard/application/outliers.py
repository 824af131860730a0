"""What is said of samples that the others do not expect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.breaks.search import runs_of
from tiltyard.application.series import Series
from tiltyard.studies.derivatives.contract import Array

#: At most so many are listed.
LISTED = 8


def outlier_notes(
    series: Series, t: Array, outlying: NDArray[np.bool_], *, left_out: bool
) -> list[str]:
    """The outliers of a series, in plain words, with their times.

    Parameters
    ----------
    series : Series
    t, outlying : (n,) arrays
        Times of the samples that were looked at [time], and which of them are outliers.
    left_out : bool
        Whether they were left out.
    """
    count = int(np.count_nonzero(outlying))
    if not count:
        return []
    runs = runs_of(outlying)
    listed = ", ".join(
        series.told(t[a]) if a == b else f"{series.told(t[a])} to {series.told(t[b])}"
        for a, b in runs[:LISTED]
    )
    more = f" and {len(runs) - LISTED} more" if len(runs) > LISTED else ""
    are = "1 sample is an outlier" if count == 1 else f"{count} samples are outliers"
    they, them, pull = ("it", "it", "pulls") if count == 1 else ("they", "them", "pull")
    if left_out:
        return [f"{are} and left out, at {listed}{more}: the others do not expect {them}"]
    return [
        f"{are}, at {listed}{more}: the others do not expect {them}, and {they} {pull} the "
        f"derivatives with {them}"
    ]
