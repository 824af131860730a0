"""Compiled kernels: their loops run without the GIL, and their code is kept from run to run."""

from __future__ import annotations


def warm() -> None:
    """Compile everything that commands use, at set-up, so that no run waits for it."""
    from tiltyard.pipelines.spatial.kernels.warming import compile_all

    compile_all()
