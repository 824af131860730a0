"""Values of workloads on the axes of their pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

#: Workload -> axis -> value.
Axes: TypeAlias = Mapping[str, Mapping[str, Any]]


def one_axis_apart(workload: str, axes: Axes) -> Iterator[tuple[str, str]]:
    """Workloads that differ from `workload` on one axis of numbers only, and that axis."""
    own = axes.get(workload, {})
    for other, values in axes.items():
        apart = [name for name in own if values.get(name) != own[name]]
        if len(apart) == 1 and set(values) == set(own) and _number(values[apart[0]]):
            yield other, apart[0]


def series(axis: str, axes: Axes) -> list[list[str]]:
    """Workloads that differ on `axis` only, by its value; groups of two or more."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for workload, values in axes.items():
        if _number(values.get(axis)):
            rest = tuple(
                sorted((name, str(value)) for name, value in values.items() if name != axis)
            )
            groups.setdefault(rest, []).append(workload)
    ordered = [sorted(group, key=lambda name: float(axes[name][axis])) for group in groups.values()]
    return [group for group in ordered if len(group) > 1]


def names_of(axes: Axes) -> Sequence[str]:
    """Names of all axes, in their order."""
    return list(dict.fromkeys(name for values in axes.values() for name in values))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
