"""Tiltyard: a workflow-managed benchmarking study of derivative estimation from noisy data."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiltyard.application.differentiation import Derivatives, differentiate

__version__ = "0.1.0"
__all__ = ["Derivatives", "__version__", "differentiate"]


def __getattr__(name: str) -> Any:
    """What is for users, imported on first use: a job of the workflow does not need it."""
    if name in ("Derivatives", "differentiate"):
        from tiltyard.application import differentiation

        return getattr(differentiation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
