"""What was found as a table, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.application.derived.feature import NOTHING, Feature, Known

if TYPE_CHECKING:
    import pandas as pd

    from tiltyard.application.estimates import Estimates
    from tiltyard.application.times import Times

#: What follows a name in the columns of a number and of the ends of its interval.
ENDS = ("", "_low", "_high")


def feature_frame(found: Estimates, times: Times, lost: bool = False) -> pd.DataFrame:
    """A row for each place, its columns those of `Feature`; ``place_low`` begins an interval."""
    import pandas as pd

    features = _told(found, lost)
    columns: dict[str, Any] = {
        "kind": [one.kind for one in features],
        "order": np.array([one.order for one in features], dtype=int),
    }
    for end, name in enumerate(ENDS):
        places = np.array([one.place[end] for one in features], dtype=float)
        columns[f"place{name}"] = times.index(places)
    numbers = {"height": [one.height for one in features]} | _times_of(found, features)
    for what, values in numbers.items():
        for end, name in enumerate(ENDS):
            columns[f"{what}{name}"] = np.array([value[end] for value in values], dtype=float)
    columns["certain"] = np.array([one.certain for one in features], dtype=bool)
    columns["probability"] = np.array([one.probability for one in features], dtype=float)
    columns["edge"] = np.array([one.edge for one in features], dtype=object)
    columns["piece"] = np.array([one.piece for one in features], dtype=int)
    return pd.DataFrame(columns)


def derived_facts(found: Estimates, times: Times, lost: bool = False) -> dict[str, Any]:
    """What derivatives are of and by, where that is not signal and time, and what was found.

    ``features`` is a list of objects, where something was to be found; see `Feature`.
    """
    quantity = found.series.quantity
    of = {} if quantity.plain else {"relative": quantity.relative, "log_time": quantity.log_time}
    if not found.wanted.kinds:
        return of
    features = _told(found, lost)
    more = _times_of(found, features)
    return of | {
        "features": [
            {
                "kind": one.kind,
                "order": one.order,
                "place": _named(one.place, times),
                "height": _named(one.height),
                **{name: _named(values[row]) for name, values in more.items()},
                "certain": one.certain,
                "probability": one.probability,
                "edge": one.edge,
                "piece": one.piece,
            }
            for row, one in enumerate(features)
        ]
    }


def _told(found: Estimates, lost: bool) -> Sequence[Feature]:
    return found.every_feature if lost else found.features


def _times_of(found: Estimates, features: Sequence[Feature]) -> dict[str, list[Known]]:
    """Doubling times and half-lives, of relative rates by time."""
    quantity = found.series.quantity
    if not quantity.relative or quantity.log_time:
        return {}
    return {
        "doubling_time": [one.doubling_time if _rate(one) else NOTHING for one in features],
        "half_life": [one.half_life if _rate(one) else NOTHING for one in features],
    }


def _rate(one: Feature) -> bool:
    """Whether its height is that of order 1."""
    return one.order == 1 and one.kind in ("maximum", "minimum")


def _named(known: Known, times: Times | None = None) -> dict[str, Any]:
    """A number with the ends of its interval; places are dates where the times were."""
    values: Sequence[Any] = list(known)
    if times is not None and times.dated:
        values = [f"{date}Z" if times.utc else str(date) for date in times.dates(np.array(known))]
    return {name: _or_none(value) for name, value in zip(known._fields, values, strict=True)}


def _or_none(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def features_beside(table: Path) -> Path:
    """The file of what was found, beside the table of the estimates: ``d-features.csv``."""
    return table.with_name(f"{table.stem}-features{table.suffix}")
