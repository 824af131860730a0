"""The embedded classifier's coefficients, and its accuracy on groups that are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.fasta import Record
from tiltyard.pipelines.sequences.models.composition import composition
from tiltyard.pipelines.sequences.pieces import chunks_of_record
from tiltyard.pipelines.sequences.rule.rules import Rules
from tiltyard.pipelines.sequences.training.genomes import Genome
from tiltyard.pipelines.sequences.translating import translation

#: Most chunks that are taken of a virus' genome; of others', which are larger, four times as many.
CHUNKS = 250
FOLDS, RESAMPLED = 5, 2000
#: Strength of the penalty, as scikit-learn's C.
PENALTY = 0.01


@dataclass(frozen=True, eq=False)
class Frames:
    """Open frames of all genomes.

    Parameters
    ----------
    vectors : array of float32, (n, features)
    virus : array of bool, (n,)
    group : array of str, (n,)
    chunk : array of int, (n,)
        Number of the chunk that a frame is of.
    """

    vectors: NDArray[np.float32]
    virus: NDArray[np.bool_]
    group: NDArray[Any]
    chunk: NDArray[np.int64]


def frames_of(genomes: Sequence[Genome], rules: Rules, rng: np.random.Generator) -> Frames:
    """Open frames of chunks drawn from every genome."""
    translate = translation("numpy")
    vectors, virus, group, chunk = [], [], [], []
    number = 0
    for genome in genomes:
        pieces = [
            one.letters
            for place, sequence in enumerate(genome.sequences)
            for one in chunks_of_record(Record(str(place), b"", sequence), rules)
        ]
        found = [frames for frames, _ in translate(pieces, rules) if frames]
        most = CHUNKS if genome.virus else 4 * CHUNKS
        for place in sorted(rng.permutation(len(found))[:most].tolist()):
            own = found[place]
            vectors.append(composition([one.nucleotides for one in own]))
            virus += [genome.virus] * len(own)
            group += [genome.group] * len(own)
            chunk += [number] * len(own)
            number += 1
    return Frames(np.concatenate(vectors), np.array(virus), np.array(group), np.array(chunk))


def weights_of(frames: Frames, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of the frames of `rows`: both classes count the same, a group by its root."""
    weights = np.zeros(len(rows))
    for name in np.unique(frames.group[rows]):
        own = rows & (frames.group == name)
        weights[own] = own.sum() ** -0.5
    for label in (False, True):
        own = rows & (frames.virus == label)
        weights[own] /= weights[own].sum()
    return weights[rows] * rows.sum()


def fitted(frames: Frames, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Coefficients of unscaled numbers, and the intercept."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(frames.vectors[rows].astype(np.float64))
    model = LogisticRegression(C=PENALTY, max_iter=1000)
    scaled = scaler.transform(frames.vectors[rows].astype(np.float64))
    model.fit(scaled, frames.virus[rows], sample_weight=weights_of(frames, rows))
    coefficients = model.coef_[0] / scaler.scale_
    return coefficients, float(model.intercept_[0] - coefficients @ scaler.mean_)


def held_out(frames: Frames, rng: np.random.Generator) -> NDArray[np.float64]:
    """Score of virus of every frame, from the groups of the other folds."""
    folds = _folds(frames, rng)
    scores = np.zeros(len(folds))
    for fold in range(FOLDS):
        coefficients, intercept = fitted(frames, folds != fold)
        logits = frames.vectors[folds == fold] @ coefficients + intercept
        scores[folds == fold] = 1 / (1 + np.exp(-logits))
    return scores


def _folds(frames: Frames, rng: np.random.Generator) -> NDArray[np.int64]:
    """Fold of each frame: whole groups, the largest first, each class by itself."""
    folds = np.zeros(len(frames.group), np.int64)
    names = rng.permutation(np.unique(frames.group))
    for label in (False, True):
        loads = np.zeros(FOLDS)
        own = [name for name in names if frames.virus[frames.group == name][0] == label]
        for name in sorted(own, key=lambda name: -(frames.group == name).sum()):
            rows = frames.group == name
            folds[rows] = loads.argmin()
            loads[loads.argmin()] += rows.sum()
    return folds


def accuracy(
    frames: Frames, scores: NDArray[np.float64], rng: np.random.Generator
) -> dict[str, Any]:
    """How often chunks are called rightly: in each group, and as a mean over the groups.

    A chunk is virus if the highest score of its frames is at least the highest of others.
    """
    count = int(frames.chunk.max()) + 1
    highest, lowest = np.zeros(count), np.ones(count)
    np.maximum.at(highest, frames.chunk, scores)
    np.minimum.at(lowest, frames.chunk, scores)
    _, place = np.unique(frames.chunk, return_index=True)
    truth, group = frames.virus[place], frames.group[place]
    right = (highest >= 1 - lowest) == truth
    groups = [
        {
            "label": "virus" if truth[group == name][0] else "others",
            "group": str(name),
            "chunks": int((group == name).sum()),
            "right": round(float(right[group == name].mean()), 3),
        }
        for name in np.unique(group)
    ]
    groups.sort(key=lambda one: (one["label"] != "virus", one["right"]))
    shares = [
        np.array([right[group == name].mean() for name in np.unique(group[truth == label])])
        for label in (True, False)
    ]
    drawn = [
        np.mean([rng.choice(one, len(one)).mean() for one in shares]) for _ in range(RESAMPLED)
    ]
    return {
        "balanced": round(float(np.mean([one.mean() for one in shares])), 3),
        "interval": [round(float(one), 3) for one in np.quantile(drawn, (0.025, 0.975))],
        "virus": round(float(shares[0].mean()), 3),
        "others": round(float(shares[1].mean()), 3),
        "groups": groups,
    }
