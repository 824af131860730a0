"""One record of a kind: what an estimator sees, and the truth behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tiltyard.advice.kinds.jets import SIZE, Jet
from tiltyard.studies.derivatives.contract import Array

#: Orders whose truth is known.
ORDERS = tuple(range(SIZE))
#: Order that stands for «nothing breaks».
SMOOTH = SIZE
#: Fewest samples from an end of the record, or from another break, to a break.
ASIDE = 9

#: A signal: the jet of time in, the jet of the signal out.
Function = Callable[[Jet], Jet]


@dataclass(frozen=True, eq=False)
class Record:
    """A series with its truth.

    Attributes
    ----------
    t, y : (n,) arrays
        Times [time] and samples [signal].
    exact : (4, n) array
        Row k is the k-th derivative at the times [signal / time**k]; next to a break, of the side
        on which the sample lies. NaN where it is not known.
    breaks : mapping of float to int
        Times of breaks [time], with the order of the derivative that jumps there: all derivatives
        of higher orders do not exist at that time.
    strange : (n,) array of bool
        Samples that are none of the signal, such as outliers and what was clipped.
    """

    t: Array
    y: Array
    exact: Array
    breaks: Mapping[float, int] = field(default_factory=dict)
    strange: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        if not self.strange.size:
            object.__setattr__(self, "strange", np.zeros(len(self.t), dtype=bool))

    @property
    def step(self) -> float:
        """The usual step [time]."""
        return float(np.median(np.abs(np.diff(self.t))))

    @property
    def strange_places(self) -> tuple[tuple[float, float], ...]:
        """Runs of strange samples, each from when to when."""
        edges = np.flatnonzero(np.diff(np.r_[False, self.strange, False]))
        return tuple((float(self.t[a]), float(self.t[b - 1])) for a, b in edges.reshape(-1, 2))

    def exists(self, order: int, start: float, stop: float) -> bool:
        """Whether the derivative exists everywhere between two times.

        Order 0 does: across a jump the signal has a value on both sides.
        """
        within = [jumps for when, jumps in self.breaks.items() if start < when < stop]
        return order <= min(within, default=SMOOTH)

    def edges(self) -> list[tuple[float, float]]:
        """From when to when each smooth piece lasts."""
        return list(pairwise([-np.inf, *sorted(self.breaks), np.inf]))


def values_of(signal: Function, t: Array) -> Array:
    """The signal and its derivatives (4, n) at the times `t` (n,)."""
    return signal(Jet.of_time(t)).values


def spread_of(exact: Array) -> float:
    """Standard deviation of the signal whose derivatives are (4, n)."""
    return float(np.std(exact[0]))


def noisy(
    t: Array, signal: Function, rng: np.random.Generator, share: tuple[float, float]
) -> Record:
    """A record with white noise, whose share of the signal's spread is drawn from a range."""
    exact = values_of(signal, t)
    sigma = rng.uniform(*share) * spread_of(exact)
    return Record(t, exact[0] + sigma * rng.standard_normal(len(t)), exact)


def in_pieces(
    t: Array,
    signals: Sequence[Function],
    places: Sequence[float],
    jumps: int,
    rng: np.random.Generator,
    share: tuple[float, float],
) -> Record:
    """A record of one signal after another, with white noise.

    Parameters
    ----------
    t : (n,) array
    signals : sequence of p functions
    places : sequence of p - 1 floats
        Times of the breaks, increasing.
    jumps : int
        Lowest order whose derivative jumps there.
    rng : numpy.random.Generator
    share : (float, float)
        Range of the noise's standard deviation, in spreads of the signal.
    """
    piece = np.searchsorted(places, t)
    exact = np.empty((SIZE, len(t)))
    for number, signal in enumerate(signals):
        exact[:, piece == number] = values_of(signal, t[piece == number])
    sigma = rng.uniform(*share) * spread_of(exact)
    y = exact[0] + sigma * rng.standard_normal(len(t))
    return Record(t, y, exact, breaks={float(place): jumps for place in places})


def between(t: Array, share: float, rng: np.random.Generator) -> float:
    """A time between two samples near this share of the record, and well inside it."""
    k = int(np.clip(round(share * (len(t) - 1)), ASIDE, len(t) - 1 - ASIDE))
    return float(t[k] + rng.uniform(0.2, 0.8) * (t[k + 1] - t[k]))
