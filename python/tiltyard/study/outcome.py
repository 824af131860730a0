"""The former place of `UnsupportedError`, kept for one release; `tiltyard.plugin` has it now."""

import warnings

from tiltyard.engine.outcome import Limits, Outcome, Status, UnsupportedError

__all__ = ["Limits", "Outcome", "Status", "UnsupportedError"]

warnings.warn(
    "tiltyard.study.outcome is no more in the next release: import from tiltyard.plugin instead",
    DeprecationWarning,
    stacklevel=2,
)
