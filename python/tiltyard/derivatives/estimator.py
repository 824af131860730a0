"""The former place of what plug-ins import, kept for one release; `tiltyard.plugin` has it now."""

import warnings

from tiltyard.engine.outcome import UnsupportedError
from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    EVEN_TOLERANCE,
    FAMILIES,
    MAX_ORDER,
    PROPERTIES,
    TAGS,
    Array,
    Estimate,
    Estimator,
    estimator,
)

__all__ = [
    "ESTIMATORS",
    "EVEN_TOLERANCE",
    "FAMILIES",
    "MAX_ORDER",
    "PROPERTIES",
    "TAGS",
    "Array",
    "Estimate",
    "Estimator",
    "UnsupportedError",
    "estimator",
]

warnings.warn(
    "tiltyard.derivatives.estimator is no more in the next release: "
    "import from tiltyard.plugin instead",
    DeprecationWarning,
    stacklevel=2,
)
