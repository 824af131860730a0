"""What a study does with the reads of a workload: write those that pass, or hand batches over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """What `tiltyard reads filter` is called with, and writes.

    Parameters
    ----------
    options : tuple of str
        Of that command.
    """

    options: tuple[str, ...]


@dataclass(frozen=True)
class Streamed:
    """What a `FastqStream` does; who takes its batches reads every byte of them once.

    Parameters
    ----------
    chain : tuple of str
        Filters and augmentations.
    encode : str or None
        Encoder.
    batch : int
        Reads of a batch, unless the strategy says another number.
    looked_at : tuple of str
        What of a batch is read: its ``lengths``, ``sequences``, ``qualities``, ``tensor``.
    epochs : int
        How often all of it is streamed, each time with other draws.
    """

    chain: tuple[str, ...] = ()
    encode: str | None = None
    batch: int = 4096
    looked_at: tuple[str, ...] = ("lengths",)
    epochs: int = 1


#: Lowest quality that the filters of a guide keep, and its batches.
QUALITY, BATCH = "20", 256
#: Seed of all draws, and share of bases that are replaced.
SEED, MUTATED = 1, 0.1
_TURNED = ("--mean-error-quality", "15", "--step", "reverse_complement(0.5)", "--seed", str(SEED))
_MEAN, _MUTATE = f"mean_arithmetic({QUALITY})", f"mutate({MUTATED})"

#: The usual task: a filter, and a change of half of the reads that it keeps.
USUAL = "filter-turn"
#: What `tiltyard tune` tries on a person's own files.
ADVISED = "filter-error"
TASKS: dict[str, Written | Streamed] = {
    USUAL: Written(_TURNED),
    "filter": Written(("--arithmetic-mean-quality", QUALITY, "--min-length", "50")),
    ADVISED: Written(("--mean-error-quality", "15", "--min-length", "50")),
    "count": Streamed(),
    "mean-quality": Streamed((_MEAN,)),
    "length": Streamed(("length(100, 10000)",)),
    "one-hot": Streamed((), "one_hot", BATCH, ("lengths", "tensor")),
    "mutate": Streamed((_MUTATE,), looked_at=("lengths", "sequences")),
    "reverse-complement": Streamed(
        ("reverse_complement",), looked_at=("lengths", "sequences", "qualities")
    ),
    "chain": Streamed((_MEAN, _MUTATE), "one_hot", BATCH, ("lengths", "tensor")),
    "chain-epochs": Streamed((_MEAN, _MUTATE), "one_hot", BATCH, ("lengths", "tensor"), epochs=2),
}
