"""What decides the reads of a stream and their order, as plain values that a state keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.files import Files
from tiltyard.pipelines.reads.rule.pairing import RULES
from tiltyard.pipelines.reads.steps.chain import Chain, Step
from tiltyard.pipelines.reads.steps.checking import check_choice, check_whole
from tiltyard.pipelines.reads.steps.filters import ORDERED

#: Ways to give all ranks as many reads.
EVEN = ("drop", "repeat")


@dataclass(frozen=True, kw_only=True)
class Order:
    """How reads are dealt out, shuffled and put together; see `FastqStream`.

    Raises
    ------
    InputError
        If a value is none that there is, or two contradict each other.
    """

    batch_size: int
    drop_last: bool
    shuffle_buffer: int
    seed: int
    rank: int
    world: int
    unit: int
    steps: int | None
    even: str | None
    pair_rule: str

    def __post_init__(self) -> None:
        for what, least in (
            ("batch_size", 1),
            ("shuffle_buffer", 0),
            ("seed", 0),
            ("world", 1),
            ("unit", 1),
        ):
            check_whole(what, getattr(self, what), least)
        check_whole("rank", self.rank, 0, self.world - 1)
        check_choice("pair_rule", self.pair_rule, RULES)
        if self.steps is not None:
            check_whole("steps", self.steps, 0)
        if self.even is not None:
            check_choice("even", self.even, EVEN)
        if self.steps is not None and self.even is not None:
            raise InputError("steps and even both say how many batches each rank has; give one")


def plain_settings(order: Order, chain: Chain, files: Files) -> dict[str, Any]:
    """All of it by name; two streams with the same settings and files give the same."""
    return {
        "chain": [_described(step) for step in chain.steps],
        "encode": repr(chain.encoder),
        "paired": files.paired,
        "interleaved": files.interleaved,
        "quality_offset": files.reading.quality_offset,
        "lenient_plus": files.reading.lenient_plus,
        "first_file": files.first,
        **asdict(order),
    }


def check_settings(now: dict[str, Any], before: dict[str, Any]) -> None:
    """Raise `InputError` that names the first setting which is another one than before."""
    for name, value in now.items():
        if before.get(name) != value:
            raise InputError(
                f"{name} is {value!r}, and was {before.get(name)!r} when the state was saved"
            )


def refuse_ordered(chain: Chain, why: str) -> None:
    """Raise `InputError` if a filter depends on reads that others have."""
    for one in chain.labelled:
        if isinstance(one.step, ORDERED):
            raise InputError(f"{one.name} depends on all reads before, and {why}; filter first")


def _described(step: Step) -> str:
    """A step as text that another run has too."""
    if hasattr(step, "__qualname__"):
        return f"{getattr(step, '__module__', '')}.{step.__qualname__}"
    return repr(step)
