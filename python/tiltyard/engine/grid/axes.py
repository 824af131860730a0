"""Configurations: points of a grid with a readable id that states the point and is reversible."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Axis:
    """One axis of the grid and how its values look inside an id.

    Parameters
    ----------
    name : str
        Column name in every table.
    prefix : str
        Text before the value inside the id, for example ``n`` in ``n101``.
    pattern : str
        Regular expression of the value's text, without groups.
    parse, render : callable
        Text to value and back; ``parse(render(value)) == value``.
    column : str
        Arrow's name of the values' type.
    """

    name: str
    prefix: str
    pattern: str
    parse: Callable[[str], Any]
    render: Callable[[Any], str]
    column: str = "string"


def word_axis(name: str) -> Axis:
    """Axis of names such as ``lotka_volterra``."""
    return Axis(name, "", "[a-z][a-z0-9_]*", str, str)


def count_axis(name: str, prefix: str) -> Axis:
    """Axis of positive whole numbers such as ``n101``."""
    return Axis(name, prefix, "[0-9]+", int, str, "int64")


def level_axis(name: str) -> Axis:
    """Axis of non-negative reals such as ``1e-03``, in the fewest digits that are exact."""
    return Axis(name, "", r"[0-9](?:\.[0-9]+)?e[+-][0-9]{2,3}", float, render_level, "double")


def render_level(level: float) -> str:
    """`level` in scientific notation with the fewest digits that read back to the same number."""
    return next(
        text for digits in range(18) if float(text := f"{float(level):.{digits}e}") == float(level)
    )


@dataclass(frozen=True)
class Configuration:
    """One point of the grid: its `id`, and its `values` by axis name."""

    id: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return self.id


class Grid:
    """The axes of a study: expands lists of values, writes ids and reads them back."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes = tuple(axes)
        parts = [f"{axis.prefix}(?P<{axis.name}>{axis.pattern})" for axis in axes]
        self._pattern = re.compile("-".join(parts))

    @property
    def pattern(self) -> str:
        """Regular expression without groups that matches every id."""
        return "-".join(f"{axis.prefix}{axis.pattern}" for axis in self.axes)

    def configuration(self, values: Mapping[str, Any]) -> Configuration:
        """The configuration at `values`."""
        parts = [f"{axis.prefix}{axis.render(values[axis.name])}" for axis in self.axes]
        return Configuration("-".join(parts), dict(values))

    def expand(self, values: Mapping[str, Sequence[Any]]) -> list[Configuration]:
        """Every combination of `values`, the last axis fastest."""
        names = [axis.name for axis in self.axes]
        product = itertools.product(*(values[name] for name in names))
        return [self.configuration(dict(zip(names, point, strict=True))) for point in product]

    def parse(self, text: str) -> Configuration:
        """The configuration whose id is `text`.

        Raises
        ------
        ValueError
            If `text` is not an id of this grid; the message shows the shape of one.
        """
        match = self._pattern.fullmatch(text)
        if match is None:
            shape = "-".join(f"{axis.prefix}<{axis.name}>" for axis in self.axes)
            raise ValueError(f"{text!r} is not a configuration id; its shape is {shape}")
        return self.configuration({axis.name: axis.parse(match[axis.name]) for axis in self.axes})
