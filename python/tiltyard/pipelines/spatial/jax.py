"""JAX, which one way of working needs: whether it is there, and what it runs on.

It is imported when it is asked for, and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tiltyard.engine.extras import MissingPackage, lacking

#: The way that needs it, of scoring as of regressing.
WAY = "jax-batch"


def needed_by(way: str) -> None:
    """Refuse a way of working whose package is not installed.

    Raises
    ------
    MissingPackage
        If it is JAX's and there is none, with what installs it.
    """
    if way == WAY and lacking(["jax"]):
        raise MissingPackage(
            f"--implementation {way} needs jax, which is not installed: pip install jax"
        )


def compiled(function: Callable[..., Any], *static: str) -> Callable[..., Any]:
    """The function as JAX compiles it, anew for each shape and each value of `static`.

    On a CPU the threads are ours, as many as were asked for, and none of its compiler's own.
    """
    import jax

    own = {"xla_cpu_multi_thread_eigen": False} if jax.default_backend() == "cpu" else None
    found: Callable[..., Any] = jax.jit(function, static_argnames=static, compiler_options=own)
    return found


def device_of(way: str) -> str:
    """What a way of working runs on, in words; "" if it is not JAX's."""
    if way != WAY:
        return ""
    import jax

    device = jax.devices()[0]
    return f"jax {jax.__version__} on {device.platform} ({device.device_kind})"
