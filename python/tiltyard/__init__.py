"""Tiltyard: a workflow-managed benchmarking study of derivative estimation from noisy data."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiltyard.application.differentiation import differentiate
    from tiltyard.application.objects import Differentiation
    from tiltyard.application.result import Derivatives

__version__ = "0.1.0"
__all__ = ["Derivatives", "Differentiation", "__version__", "differentiate"]

_MODULES = {
    "Derivatives": "result",
    "Differentiation": "objects",
    "differentiate": "differentiation",
}


def __getattr__(name: str) -> Any:
    """What is for users, imported on first use: a job of the workflow does not need it."""
    if name in _MODULES:
        return getattr(import_module(f"tiltyard.application.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
