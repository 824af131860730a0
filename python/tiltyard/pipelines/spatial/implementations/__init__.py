"""Ways to score genes, each of which gives what the rule gives, to one step of float16."""

from __future__ import annotations

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.implementations.contract import Implementation

#: By name, the reference first, the quickest last.
NAMES = ("numpy-spot", "matmul-batch", "numba-fused")


def implementation(name: str) -> Implementation:
    """The implementation `name`, of which only itself is imported.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name == "numpy-spot":
        from tiltyard.pipelines.spatial.implementations.reference import NumpySpot

        return NumpySpot()
    if name == "matmul-batch":
        from tiltyard.pipelines.spatial.implementations.batched import MatmulBatch

        return MatmulBatch()
    if name == "numba-fused":
        from tiltyard.pipelines.spatial.implementations.fused import NumbaFused

        return NumbaFused()
    raise InputError(f"--implementation {name}: write one of {', '.join(NAMES)}")
