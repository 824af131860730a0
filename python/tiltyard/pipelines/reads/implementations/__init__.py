"""Ways to do the work, each of which gives what the rule gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.implementations.contract import Implementation

#: By name, the reference first, the quickest last.
NAMES = ("reference", "numpy-record", "numpy-batch", "kernels")


def implementation(name: str) -> Implementation:
    """The implementation `name`, of which only itself is imported.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name == "reference":
        from tiltyard.pipelines.reads.implementations.reference import Reference

        return Reference()
    if name == "numpy-record":
        from tiltyard.pipelines.reads.implementations.by_record import NumpyRecord

        return NumpyRecord()
    if name in NAMES:
        from tiltyard.pipelines.reads.implementations import by_batch

        return by_batch.kernels() if name == "kernels" else by_batch.numpy_batch()
    from tiltyard.pipelines.reads.faults import InputError

    raise InputError(f"there is no implementation {name!r}; there are {', '.join(NAMES)}")
