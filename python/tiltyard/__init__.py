"""Tiltyard: a workflow-managed benchmarking study of derivative estimation from noisy data."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiltyard.application.function import differentiate
    from tiltyard.application.objects import Differentiation
    from tiltyard.application.result import Derivatives

__version__ = "0.1.0"
__all__ = ["Derivatives", "Differentiation", "__version__", "differentiate"]

#: Public name -> its module in `tiltyard.application`.
_MODULES = {
    "Derivatives": "result",
    "Differentiation": "objects",
    "differentiate": "function",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use: `import tiltyard` takes milliseconds."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Differentiation":
        from tiltyard.engine.extras import STUDY, require

        require("sklearn", "tiltyard.Differentiation", STUDY)
    return getattr(import_module(f"tiltyard.application.{_MODULES[name]}"), name)
