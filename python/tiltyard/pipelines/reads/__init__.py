"""Reads of FASTQ, FASTA and unaligned BAM files: streamed, filtered, encoded and augmented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.batch import Batch
    from tiltyard.pipelines.reads.dataset import FastqDataset
    from tiltyard.pipelines.reads.faults import InputError, LetterError, ReadError
    from tiltyard.pipelines.reads.stream import FastqStream

#: Name -> module. Who needs one of them loads no more than it needs.
_PLACES = {
    "Batch": "batch",
    "FastqDataset": "dataset",
    "FastqStream": "stream",
    "InputError": "faults",
    "LetterError": "faults",
    "ReadError": "faults",
}
__all__ = ["Batch", "FastqDataset", "FastqStream", "InputError", "LetterError", "ReadError"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
