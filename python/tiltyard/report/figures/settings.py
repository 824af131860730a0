"""Settings: each has figures of its own, of the cells that share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tiltyard.engine.kind import Kind, group_of

#: A study of more settings has one figure of their medians instead of one of each.
MOST_SETTINGS = 12
#: Part of a file's name for all of a study in one figure.
ALL = "all"


def column_axis(kind: Kind) -> str:
    """Column of a cell whose values are the columns of maps.

    The first that tells the rows of an evaluation apart; without one the levels; without both
    the subject.
    """
    return (*kind.within, kind.levels or kind.subject)[0]


def panel_axis(kind: Kind) -> str:
    """Axis whose values are panels of maps; "" if it is that of the columns, or there is none."""
    return kind.levels if kind.within else ""


def setting_axes(kind: Kind) -> list[str]:
    """Axes whose values make a setting."""
    return [name for name in group_of(kind) if name not in (kind.levels, column_axis(kind))]


def pooled(count: int) -> bool:
    """Whether `count` settings are drawn as one."""
    return count > MOST_SETTINGS


def setting_name(kind: Kind, values: Mapping[str, Any]) -> str:
    """A setting as part of a file's name, written as in the ids of configurations."""
    own = setting_axes(kind)
    axes = [axis for axis in kind.grid.axes if axis.name in own]
    return "-".join(f"{axis.prefix}{axis.render(values[axis.name])}" for axis in axes) or ALL


def setting_title(kind: Kind, values: Mapping[str, Any]) -> str:
    """A setting in words; "" if all cells share it."""
    return ", ".join(kind.words.phrase(name, values[name]) for name in setting_axes(kind))


def setting_names(kind: Kind, config: Mapping[str, Any]) -> Sequence[str]:
    """Names of a study's settings, from its checked configuration."""
    points = kind.grid.expand(kind.points(config))
    names = list(dict.fromkeys(setting_name(kind, point.values) for point in points))
    return [ALL] if pooled(len(names)) else names
