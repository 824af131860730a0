"""What was found, in the panels of a plot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tiltyard.application.derived.feature import Feature
    from tiltyard.application.estimates import Estimates

COLOUR = "#D55E00"
#: Markers of each kind.
MARKERS = {"maximum": "^", "minimum": "v", "zero": "o", "lag": "D"}


def draw_features(axis: Axes, found: Estimates, order: int, shown: Callable[[Array], Any]) -> None:
    """Draw what was found of one order, with 95 % intervals; hollow where it is not certain.

    The lag is in the panel of order 0, where the tangent meets the initial level. `shown` gives
    times as they are drawn.
    """
    for one in found.features:
        if (0 if one.kind == "lag" else one.order) == order:
            _draw(axis, one, shown)


def _draw(axis: Axes, one: Feature, shown: Callable[[Array], Any]) -> None:
    level = 0.0 if one.kind == "zero" else one.height.value
    place, low, high = (shown(np.array([t]))[0] for t in one.place)
    axis.plot([low, high], [level, level], color=COLOUR, lw=1.2)
    if one.kind != "zero":
        axis.plot([place, place], [one.height.low, one.height.high], color=COLOUR, lw=1.2)
    axis.plot(
        [place],
        [level],
        MARKERS[one.kind],
        color=COLOUR,
        markerfacecolor=COLOUR if one.certain else "none",
        ms=6,
        label=one.kind if one.certain else f"{one.kind}, not certain",
    )
