"""Scores at which the colour of a map changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.kind import Measures

#: Share of the scores that may lie beyond the first and the last step, each.
BEYOND = 0.02
#: Steps of a decade if there is one; if there are `FEW` or fewer.
FINE, COARSE, FEW = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 3.0), 3


def steps_of(measures: Measures, scores: pd.Series[float]) -> Sequence[float]:
    """Increasing scores, two or more; by powers of ten of `scores` where the kind has none."""
    if measures.steps:
        return measures.steps
    seen = scores[np.isfinite(scores) & scores.gt(0.0)]
    low, high = seen.quantile([BEYOND, 1.0 - BEYOND]) if len(seen) else (0.1, 1.0)
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    last = max(last, first + 1)
    decades = last - first
    within = FINE if decades == 1 else COARSE if decades <= FEW else (1.0,)
    steps = [float(f"{step}e{power}") for power in range(first, last) for step in within]
    return [*steps, float(f"1e{last}")]
