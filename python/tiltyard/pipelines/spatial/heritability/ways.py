"""Ways to regress, each of which gives what the rule gives."""

from __future__ import annotations

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.heritability.prepared import Way
from tiltyard.pipelines.spatial.jax import needed_by

#: By name, the reference first, the quickest on a CPU last.
NAMES = ("numpy-spot", "jax-batch", "matmul-batch", "numba-fused")


def way(name: str) -> Way:
    """The way `name`, of which only itself is imported.

    Raises
    ------
    InputError
        If there is none of that name.
    MissingPackage
        If its package is not installed.
    """
    needed_by(name)
    if name == "numpy-spot":
        from tiltyard.pipelines.spatial.heritability.reference import NumpySpot

        return NumpySpot()
    if name == "jax-batch":
        from tiltyard.pipelines.spatial.heritability.jitted import JaxBatch

        return JaxBatch()
    if name == "matmul-batch":
        from tiltyard.pipelines.spatial.heritability.batched import MatmulBatch

        return MatmulBatch()
    if name == "numba-fused":
        from tiltyard.pipelines.spatial.heritability.fused import NumbaFused

        return NumbaFused()
    raise InputError(f"--implementation {name}: write one of {', '.join(NAMES)}")
