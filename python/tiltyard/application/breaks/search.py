"""Find outliers and breaks of a record: binary segmentation with windows of several widths.

In each segment every effect at every place is tried in windows of half and a quarter of its
length, and in the means of neighbours that the whole segment is cut down to; the one with the
largest gain is accepted, outliers are taken out, a break divides the segment, and the search goes
on in what is left (Vostrikova 1981; Chen & Liu 1993). At last each break has to hold beside its
neighbours, between the breaks before and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.breaks.effects import BESIDE, Effect, Effects
from tiltyard.application.breaks.process_grid import process_grid
from tiltyard.application.breaks.windows import FEWEST, Window, alike, windows_of
from tiltyard.studies.derivatives.contract import Array

#: Nats that a break must gain to be asked about, and an outlier to be one. The largest of some
#: thousand gains of nothing is about 8; where noise is correlated, 12.
GAIN = 8.5
OUTLIER_GAIN = 17.0
#: What each further sample of a run must gain: more of them are tried.
PER_RUN = 3.0
#: Samples up to which these hold; among e times as many, nothing reaches a nat more.
MANY = 5_000
#: Nats by which a few processes may underrate a window: below what is accepted, and below the
#: window of most promise, with a share of its promise.
MARGIN, SHARE = 6.0, 0.4
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
        best = record.best(start, stop, outlying)
        if best is None or best.gain < record.least(best.kind):
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
    promises: dict[tuple[int, ...], float] = field(default_factory=dict)
    candidates: dict[tuple[int, ...], _Candidate] = field(default_factory=dict)

    @cached_property
    def more(self) -> float:
        """Nats that an effect must gain because the record is long."""
        return float(np.log(max(len(self.t) / MANY, 1.0)))

    def least(self, kind: Effect) -> float:
        """What an effect must gain."""
        return self.more + (GAIN if kind.is_break else OUTLIER_GAIN)

    def best(self, start: int, stop: int, outlying: NDArray[np.bool_]) -> _Candidate | None:
        """The effect of the largest gain in this segment, if one gains nearly enough."""
        windows = list(windows_of(start, stop, outlying))
        new = [window for window in windows if window.key not in self.promises]
        self.promises.update((window.key, -np.inf) for window in new)
        for window, effects, gains in self._gains(new, rough=True):
            needed = self.more + np.where(effects.kind <= Effect.ONSET, GAIN, OUTLIER_GAIN)
            self.promises[window.key] = float(np.max(gains - needed))
        most = max((self.promises[window.key] for window in windows), default=-np.inf)
        enough = max(-MARGIN, (1.0 - SHARE) * most - MARGIN)
        worth = [window for window in windows if self.promises[window.key] >= enough]
        new = [window for window in worth if window.key not in self.candidates]
        for window, effects, gains in self._gains(new, rough=False):
            self.candidates[window.key] = _candidate(window, effects, gains)
        return max((self.candidates[one.key] for one in worth), key=_gain, default=None)

    def _gains(
        self, windows: Iterable[Window], *, rough: bool
    ) -> Iterator[tuple[Window, Effects, Array]]:
        """Each window that varies, with its effects and their gains less their prices."""
        groups = alike(windows, self.t)
        if self.deviation is not None:
            groups = [[window] for group in groups for window in group]
        for group in groups:
            Y, block = np.array([window.of(self.y) for window in group]), group[0].block
            varying = np.ptp(Y, axis=1) > 0
            if not varying.any():
                continue
            deviation = None if self.deviation is None else group[0].of(self.deviation)
            grid = process_grid(group[0].of(self.t), deviation)
            effects = grid.effects
            price = PER_RUN * np.log2(np.maximum(effects.length, 1))
            if block > 1:  # of means, only changes that outlast them are sure
                price[effects.kind == Effect.JUMP] = np.inf
            gains = grid.gains(Y[varying], rough=rough, breaks=block > 1) - price
            for place, row in zip(np.flatnonzero(varying), gains, strict=True):
                yield group[place], effects, row

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
        own = start + np.flatnonzero(~outlying[start:stop])
        own = around(own, place, AROUND)
        middle = int(np.searchsorted(own, place))
        if len(own) < FEWEST or np.ptp(self.y[own]) == 0:
            return None
        deviation = None if self.deviation is None else self.deviation[own]
        grid = process_grid(self.t[own], deviation)
        effects = grid.effects
        gains = grid.gains(self.y[own][None], breaks=True)[0]
        near = (effects.kind <= Effect.ONSET) & (np.abs(effects.first - middle) <= BESIDE)
        gains = np.where(near, gains, -np.inf)
        k = int(np.argmax(gains))
        if gains[k] < self.least(Effect.JUMP):
            return None
        first = int(effects.first[k])
        return Break(Effect(effects.kind[k]), int(own[first - 1]), int(own[first]), float(gains[k]))


def _candidate(window: Window, effects: Effects, gains: Array) -> _Candidate:
    """The effect of the largest gain."""
    k = int(np.argmax(gains))
    kind, first = Effect(effects.kind[k]), int(effects.first[k])
    if kind.is_break:
        place = first * window.block
        return _Candidate(float(gains[k]), kind, window.samples[place : place + 1])
    return _Candidate(float(gains[k]), kind, window.samples[first : first + effects.length[k]])


def _gain(candidate: _Candidate) -> float:
    return candidate.gain


def around(own: NDArray[np.intp], place: int, most: int) -> NDArray[np.intp]:
    """Those of the samples `own` next to sample `place`, at most so many on either side."""
    middle = int(np.searchsorted(own, place))
    return own[max(middle - most, 0) : middle + most]


def runs_of(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last sample of each run of neighbours in a mask."""
    padded = np.diff(np.concatenate([[0], mask.astype(int), [0]]))
    starts, ends = np.flatnonzero(padded == 1), np.flatnonzero(padded == -1) - 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
