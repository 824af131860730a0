"""Ways to regress, each of which gives what the rule gives."""

from __future__ import annotations

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.heritability.prepared import Way

#: By name, the reference first, the quickest last.
NAMES = ("numpy-spot", "matmul-batch", "numba-fused")


def way(name: str) -> Way:
    """The way `name`, of which only itself is imported.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name == "numpy-spot":
        from tiltyard.pipelines.spatial.heritability.reference import NumpySpot

        return NumpySpot()
    if name == "matmul-batch":
        from tiltyard.pipelines.spatial.heritability.batched import MatmulBatch

        return MatmulBatch()
    if name == "numba-fused":
        from tiltyard.pipelines.spatial.heritability.fused import NumbaFused

        return NumbaFused()
    raise InputError(f"--implementation {name}: write one of {', '.join(NAMES)}")
