"""Names for packages that add to Tiltyard: a path that stays where the code behind it moves.

The names of a kind of study are imported when they are first asked for: an estimator needs none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tiltyard.engine.outcome import UnsupportedError
from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    PROBABILITIES,
    Array,
    Estimate,
    Estimator,
    estimator,
)

if TYPE_CHECKING:
    from tiltyard.engine.files.digests import digest
    from tiltyard.engine.grid.axes import Grid, count_axis, level_axis, word_axis
    from tiltyard.engine.grid.places import ConfigError
    from tiltyard.engine.kind import (
        Anchor,
        Column,
        Cost,
        Figure,
        Kind,
        Lane,
        LeftOut,
        Measures,
        Panel,
        PlainKind,
        Table,
        Words,
    )
    from tiltyard.engine.methods.method import Method, Registry
    from tiltyard.engine.methods.plugins import Plugin, find_plugins
    from tiltyard.engine.work.session import plain_session

_KIND = {
    "tiltyard.engine.grid.axes": ("Grid", "count_axis", "level_axis", "word_axis"),
    "tiltyard.engine.grid.places": ("ConfigError",),
    "tiltyard.engine.kind": (
        *("Anchor", "Column", "Cost", "Figure", "Kind", "Lane", "LeftOut", "Measures", "Panel"),
        *("PlainKind", "Table", "Words"),
    ),
    "tiltyard.engine.methods.method": ("Method", "Registry"),
    "tiltyard.engine.methods.plugins": ("Plugin", "find_plugins"),
    "tiltyard.engine.methods.versions": ("digest",),
    "tiltyard.engine.work.session": ("plain_session",),
}
_MODULES = {name: module for module, names in _KIND.items() for name in names}

__all__ = [
    "ESTIMATORS",
    "PROBABILITIES",
    "Anchor",
    "Array",
    "Column",
    "ConfigError",
    "Cost",
    "Estimate",
    "Estimator",
    "Figure",
    "Grid",
    "Kind",
    "Lane",
    "LeftOut",
    "Measures",
    "Method",
    "Panel",
    "PlainKind",
    "Plugin",
    "Registry",
    "Table",
    "UnsupportedError",
    "Words",
    "count_axis",
    "digest",
    "estimator",
    "find_plugins",
    "level_axis",
    "plain_session",
    "word_axis",
]


def __getattr__(name: str) -> Any:
    """What a kind of study needs, imported on first use."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
