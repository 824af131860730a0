"""Find outliers and breaks of a record: binary segmentation with windows of several widths.

In each segment every effect at every place is tried in windows of half and a quarter of its
length, and in the means of neighbours that the whole segment is cut down to; the one with the
largest gain is accepted, outliers are taken out, a break divides the segment, and the search goes
on in what is left (Vostrikova 1981; Chen & Liu 1993). At last each break has to hold beside its
neighbours, between the breaks before and after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.breaks.effects import BESIDE, Effect
from tiltyard.application.breaks.process_grid import process_grid
from tiltyard.studies.derivatives.contract import Array

#: Nats that an effect must gain. The largest of some thousand gains of nothing is about 8; where
#: noise is correlated, 12.
GAIN = 13.0
OUTLIER_GAIN = 17.0
#: What each further sample of a run must gain: more of them are tried.
PER_RUN = 3.0
#: Fewest samples among which anything is looked for, and most that are looked at together.
FEWEST, MOST = 14, 96
#: Most samples that may lie apart from the record between two breaks and be no piece of it.
EXCURSION = 10
#: Samples on either side from which a break is placed anew.
AROUND = 48


class Break(NamedTuple):
    """A place at which a derivative breaks.

    Attributes
    ----------
    kind : Effect
        Its value is the lowest order that breaks.
    before, after : int
        The samples between which it lies.
    gain : float
        Nats by which the samples speak for it.
    """

    kind: Effect
    before: int
    after: int
    gain: float


@dataclass(frozen=True, eq=False)
class Interventions:
    """What was found in a record of n samples.

    Attributes
    ----------
    outlying : (n,) mask
        Samples that the others do not expect.
    breaks : list of Break
        In order of time.
    gain : float
        Nats by which the samples speak for all of it.
    """

    outlying: NDArray[np.bool_]
    breaks: list[Break]
    gain: float


class _Candidate(NamedTuple):
    gain: float
    kind: Effect
    samples: NDArray[np.int64]  # those that it takes out, or the one after the break


def find_interventions(t: Array, y: Array, deviation: Array | None = None) -> Interventions:
    """Outliers and breaks of a record.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    deviation : (n,) array or None
        Standard deviations of the noise relative to each other; all equal if absent.
    """
    record = _Record(t, y, deviation)
    outlying, gain = np.zeros(len(t), dtype=bool), 0.0
    edges, jumps, open_segments = [0, len(t)], set(), [(0, len(t))]
    while open_segments:
        start, stop = open_segments.pop()
        best = record.best(record.kept(start, stop, outlying))
        if best is None or best.gain < (GAIN if best.kind.is_break else OUTLIER_GAIN):
            continue
        gain += best.gain
        if best.kind.is_break:
            place = int(best.samples[0])
            edges.append(place)
            if best.kind is Effect.JUMP:
                jumps.add(place)
            open_segments += [(start, place), (place, stop)]
        else:
            outlying[best.samples] = True
            open_segments.append((start, stop))
    edges = record.without_excursions(sorted(edges), jumps, outlying)
    return Interventions(outlying, record.held(edges, outlying), gain)


@dataclass(frozen=True, eq=False)
class _Record:
    t: Array
    y: Array
    deviation: Array | None

    def kept(self, start: int, stop: int, outlying: NDArray[np.bool_]) -> NDArray[np.int64]:
        return start + np.flatnonzero(~outlying[start:stop])

    def best(self, own: NDArray[np.int64]) -> _Candidate | None:
        """The effect of the largest gain in this segment."""
        if len(own) < FEWEST:
            return None
        candidates = [
            candidate
            for windows, blocks in _windows(len(own))
            for candidate in self._in_windows(own, windows, blocks)
        ]
        return max(candidates, key=lambda candidate: candidate.gain, default=None)

    def _in_windows(
        self, own: NDArray[np.int64], windows: list[tuple[int, int]], block: int
    ) -> Iterator[_Candidate]:
        """The best effect of each window, given as parts of `own`, of means of `block` samples."""
        alike: dict[bytes, list[NDArray[np.int64]]] = {}
        for start, stop in windows:
            samples = own[start:stop]
            steps = np.diff(_blocks(self.t[samples], block))
            key = np.round(steps / steps.sum(), 6).tobytes()
            alike.setdefault(key if self.deviation is None else bytes(start), []).append(samples)
        for group in alike.values():
            yield from self._in_alike(group, block)

    def _in_alike(self, group: list[NDArray[np.int64]], block: int) -> Iterator[_Candidate]:
        """The best effect of each of some windows that are sampled alike."""
        Y = np.array([_blocks(self.y[samples], block) for samples in group])
        varying = np.ptp(Y, axis=1) > 0
        if not varying.any():
            return
        deviation = None if self.deviation is None else _blocks(self.deviation[group[0]], block)
        grid = process_grid(_blocks(self.t[group[0]], block), deviation)
        effects = grid.effects
        price = PER_RUN * np.log2(np.maximum(effects.length, 1))
        if block > 1:  # of means, only changes that outlast them are sure
            price = np.where(np.isin(effects.kind, (Effect.KINK, Effect.ONSET)), price, np.inf)
        gains = grid.gains(Y[varying]) - price
        shown = (group[i] for i in np.flatnonzero(varying))
        for samples, row in zip(shown, gains, strict=True):
            k = int(np.argmax(row))
            kind, first = Effect(effects.kind[k]), int(effects.first[k])
            if kind.is_break:
                yield _Candidate(float(row[k]), kind, samples[first * block : first * block + 1])
            else:
                yield _Candidate(float(row[k]), kind, samples[first : first + effects.length[k]])

    def without_excursions(
        self, edges: list[int], jumps: set[int], outlying: NDArray[np.bool_]
    ) -> list[int]:
        """The edges without jumps between which the record only leaves itself for a moment.

        The samples between two jumps are outliers where the record goes on after them as before.
        """
        place = 1
        while place < len(edges) - 2:
            start, stop = edges[place : place + 2]
            if stop - start <= EXCURSION and {start, stop} <= jumps:
                apart = outlying.copy()
                apart[start:stop] = True
                if self._placed(edges[place - 1], start, edges[place + 2], apart) is None:
                    outlying[start:stop] = True
                    del edges[place : place + 2]
                    continue
            place += 1
        return edges

    def held(self, edges: list[int], outlying: NDArray[np.bool_]) -> list[Break]:
        """The breaks at the inner edges that hold between their neighbours, placed anew."""
        found: list[Break] = []
        edges = list(edges)
        place = 1
        while place < len(edges) - 1:
            one = self._placed(edges[place - 1], edges[place], edges[place + 1], outlying)
            if one is None:
                del edges[place]
                continue
            edges[place] = one.after
            found.append(one)
            place += 1
        return found

    def _placed(
        self, start: int, place: int, stop: int, outlying: NDArray[np.bool_]
    ) -> Break | None:
        """The best break near `place` between two others, if it gains enough."""
        own = self.kept(start, stop, outlying)
        middle = int(np.searchsorted(own, place))
        own = own[max(middle - AROUND, 0) : middle + AROUND]
        middle = int(np.searchsorted(own, place))
        if len(own) < FEWEST or np.ptp(self.y[own]) == 0:
            return None
        deviation = None if self.deviation is None else self.deviation[own]
        grid = process_grid(self.t[own], deviation)
        effects = grid.effects
        gains = grid.gains(self.y[own][None])[0]
        near = (effects.kind <= Effect.ONSET) & (np.abs(effects.first - middle) <= BESIDE)
        gains = np.where(near, gains, -np.inf)
        k = int(np.argmax(gains))
        if gains[k] < GAIN:
            return None
        first = int(effects.first[k])
        return Break(Effect(effects.kind[k]), int(own[first - 1]), int(own[first]), float(gains[k]))


def _windows(n: int) -> Iterator[tuple[list[tuple[int, int]], int]]:
    """Windows of n samples by their width, with the number of samples to be averaged in each."""
    yield [(0, n)], -(-n // MOST)
    size = n
    while size / 2 >= FEWEST:
        size = -(-size // 2)
        if size <= MOST:
            count = -(-2 * (n - size) // size) + 1
            starts = np.unique(np.linspace(0, n - size, count).astype(int))
            yield [(int(start), int(start) + size) for start in starts], 1


def _blocks(values: Array, block: int) -> Array:
    """Means of `block` neighbours; the last ones, if they are fewer, are left out."""
    whole = len(values) // block * block
    return np.asarray(values[:whole].reshape(-1, block).mean(axis=1))


def runs_of(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last sample of each run of neighbours in a mask."""
    padded = np.diff(np.concatenate([[0], mask.astype(int), [0]]))
    starts, ends = np.flatnonzero(padded == 1), np.flatnonzero(padded == -1) - 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
