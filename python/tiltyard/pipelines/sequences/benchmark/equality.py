"""How far vectors are from those of one sequence at a time, one thing changed at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.comparing import ABSOLUTE, RELATIVE
from tiltyard.pipelines.sequences.embedding.batching import Batching
from tiltyard.pipelines.sequences.embedding.running import in_batches
from tiltyard.pipelines.sequences.models.encoders import encoder
from tiltyard.pipelines.sequences.models.model import Pooling
from tiltyard.pipelines.sequences.models.seeded import seeded_weights
from tiltyard.pipelines.sequences.models.session import Run, session
from tiltyard.pipelines.sequences.models.shape import Shape
from tiltyard.pipelines.sequences.models.tokens import Tokens

#: A mask that leaves 5e-5 of a token's weight to padding.
_WEAK = -10.0
_ONE, _ALL = Batching("none", 1), Batching("none", 10**6)


@dataclass(frozen=True)
class Cause:
    """What was changed, and how far vectors moved.

    Parameters
    ----------
    name : str
    planted : bool
        Whether it is a fault, which the tolerance has to see.
    far : float
        Largest difference over the root mean square.
    holds : bool
        Whether every number is within the tolerance of an element.
    """

    name: str
    planted: bool
    far: float
    holds: bool


def causes(shape: Shape, seed: int = 1) -> Iterator[Cause]:
    """Every cause by itself, on sequences of 20 to 99 tokens, four of which are equally long."""
    weights = seeded_weights(shape, seed)
    rng = np.random.default_rng(4)
    lengths = [99] * 4 + rng.integers(20, 100, 8).tolist()
    every = [rng.integers(4, shape.vocabulary, length) for length in lengths]
    plain = _session(shape, weights)
    single = _vectors(plain, every, _ONE)

    def cause(name: str, found: Any, expected: Any = single, planted: bool = False) -> Cause:
        far = np.abs(found - expected).max() / np.sqrt((expected**2).mean())
        holds = np.allclose(found, expected, rtol=RELATIVE, atol=ABSOLUTE)
        return Cause(name, planted, float(far), bool(holds))

    batch = _vectors(plain, every, _ALL)
    order = rng.permutation(len(every))
    turned = np.empty_like(batch)
    turned[order] = _vectors(plain, [every[place] for place in order], _ALL)
    yield cause("the same again", _vectors(plain, every, _ONE))
    yield cause("a batch without padding", _vectors(plain, every[:4], _ALL), single[:4])
    yield cause("a batch with padding", batch)
    yield cause("another order in the batch", turned, batch)
    two = _session(shape, weights, threads=2)
    yield cause("two threads", _vectors(two, every, _ALL), batch)
    yield cause("several callers of one session", _vectors(plain, every, Batching("none", 3), 2))
    weak, none = (_session(shape, weights, masked=masked) for masked in (_WEAK, None))
    yield cause("mask of -10", _vectors(weak, every, _ALL), planted=True)
    yield cause("no mask", _vectors(none, every, _ALL), planted=True)
    inner = _vectors(plain, every, _ONE, pooling="inner")
    yield cause("pooled without first and last token", inner, planted=True)
    for name, rounded in (("float16", _float16), ("bfloat16", _bfloat16)):
        low = {key: rounded(value) for key, value in weights.items()}
        run = _session(shape, low)
        own = _vectors(run, every, _ONE)
        yield cause(f"weights rounded to {name}", own, planted=True)
        yield cause(
            f"weights rounded to {name}, a batch against its own single",
            _vectors(run, every, _ALL),
            own,
        )


def _session(
    shape: Shape,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    threads: int = 1,
    **choices: Any,
) -> Run:
    return session(encoder(shape, weights, **choices).SerializeToString(), threads=threads)


def _vectors(
    run: Run,
    every: list[Tokens],
    batching: Batching,
    callers: int = 1,
    pooling: Pooling = "all",
) -> NDArray[np.float32]:
    silent: Callable[[int], None] = lambda count: None  # noqa: E731 - a name for its type
    return in_batches(run, every, batching, 0, pooling, silent, callers)


def _float16(value: NDArray[np.float32]) -> NDArray[np.float32]:
    return value.astype(np.float16).astype(np.float32)


def _bfloat16(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rounded to the nearest, ties to even: the upper half of the bits."""
    bits = np.ascontiguousarray(value).view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = (bits + np.uint32(0x7FFF) + odd) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32)
