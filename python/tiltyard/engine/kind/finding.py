"""The kinds that installed packages bring."""

from __future__ import annotations

import sys
from functools import cache
from importlib import metadata
from typing import Any

from tiltyard.engine.kind.protocol import Kind

#: Entry point group under which packages name their kinds of studies.
GROUP = "tiltyard.studies"
#: Kind of a study whose configuration does not name one.
DEFAULT = "derivatives"


@cache
def find_kind(name: str) -> Kind:
    """The kind of study that installed packages call `name`.

    Raises
    ------
    ValueError
        If there is none, with the names of all kinds; or if there are two.
    """
    found = {point.value: point for point in metadata.entry_points(group=GROUP, name=name)}
    if len(found) == 1:
        kind: Kind = next(iter(found.values())).load()
        return kind() if isinstance(kind, type) else kind
    if found:
        raise ValueError(
            f"kind: {name!r} is brought by {' and '.join(sorted(found))}; uninstall one of them"
        )
    known = sorted({point.name for point in metadata.entry_points(group=GROUP)})
    raise ValueError(
        f"kind: {name!r} is unknown; installed packages bring {', '.join(known) or 'none'}"
    )


def installed_kinds() -> list[Kind]:
    """Every kind of study that installed packages bring, by name."""
    names = sorted({point.name for point in metadata.entry_points(group=GROUP)})
    return [find_kind(name) for name in names]


def resolve(reference: str) -> Any:
    """The object that ``module:name`` names."""
    module, _, name = reference.partition(":")
    __import__(module)
    return getattr(sys.modules[module], name)
