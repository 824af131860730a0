"""Ways to score genes, each of which gives what the rule gives, to one step of float16."""

from __future__ import annotations

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.implementations.contract import Implementation
from tiltyard.pipelines.spatial.jax import needed_by

#: By name, the reference first, the quickest on a CPU last.
NAMES = ("numpy-spot", "jax-batch", "matmul-batch", "numba-fused")


def implementation(name: str) -> Implementation:
    """The implementation `name`, of which only itself is imported.

    Raises
    ------
    InputError
        If there is none of that name.
    MissingPackage
        If its package is not installed.
    """
    needed_by(name)
    if name == "numpy-spot":
        from tiltyard.pipelines.spatial.implementations.reference import NumpySpot

        return NumpySpot()
    if name == "jax-batch":
        from tiltyard.pipelines.spatial.implementations.jitted import JaxBatch

        return JaxBatch()
    if name == "matmul-batch":
        from tiltyard.pipelines.spatial.implementations.batched import MatmulBatch

        return MatmulBatch()
    if name == "numba-fused":
        from tiltyard.pipelines.spatial.implementations.fused import NumbaFused

        return NumbaFused()
    raise InputError(f"--implementation {name}: write one of {', '.join(NAMES)}")
