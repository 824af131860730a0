"""Tissue as tests of several files need it: ranked in memory, and scored by an implementation."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tiltyard.pipelines.spatial.implementations import implementation
from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes
from tiltyard.pipelines.spatial.jax import WAY
from tiltyard.pipelines.spatial.neighbouring.choosing import groups_of, similar_of
from tiltyard.pipelines.spatial.rule.neighbours import Spots
from tiltyard.pipelines.spatial.rule.ranking import doubled_ranks
from tiltyard.pipelines.spatial.simulating import made_tissue

#: What tests have that need jax: `make test-jax` runs them where it is.
WITH_JAX = (
    pytest.mark.peers,
    pytest.mark.skipif(
        importlib.util.find_spec("jax") is None,
        reason="jax is not installed; `make test-jax` has it",
    ),
)


def ways(names):
    """Names of ways as parameters of a test."""
    return [pytest.param(one, marks=WITH_JAX) if one == WAY else one for one in names]


def tissue(spots=300, genes=600, seed=1, **more):
    return made_tissue(spots, genes, np.random.default_rng(seed), **more)


def spots_of(made, **more):
    return Spots(made.places, made.embedding, made.domains, **more)


def lowest_of(counts, ranks, formula):
    """Rank above which a gene is expressed."""
    lowest = ranks.min(1)
    return lowest if formula.by_rank else np.where((counts == 0).any(1), lowest, 0)


class Scored:
    """Counts, dense, scored by implementations in memory."""

    def __init__(self, counts, spots, formula, by_fraction=True):
        self.counts, self.spots, self.formula = np.asarray(counts), spots, formula
        self.ranks = doubled_ranks(self.counts)
        self.genes = Genes(
            formula,
            len(self.counts),
            np.log(self.ranks / 2.0).mean(0),
            (self.counts > 0).sum(0),
            self.counts.shape[1],
            by_fraction,
        )

    def neighbours(self, name, nearest=0, threads=1):
        """Neighbours of each annotation, in turn."""
        way, similar = implementation(name), similar_of(self.spots, self.formula)
        most = nearest or self.formula.candidates
        return [
            way.neighbours(self.spots, members, similar, most, threads)
            for members in groups_of(self.spots)
        ]

    def by(self, name, batch=100, neighbours=None):
        """Scores by an implementation, and how many were cut."""
        scorer = implementation(name).scorer(self.genes)
        found, cut = np.zeros(self.ranks.shape, np.uint16), 0
        lowest = lowest_of(self.counts, self.ranks, self.formula).astype(self.ranks.dtype)
        for one in neighbours or self.neighbours(name):
            for first in range(0, len(one.spots), batch):
                own = slice(first, first + batch)
                rows, weights = one.rows[own], one.weights[own]
                unique, local = np.unique(np.maximum(rows, 0), return_inverse=True)
                out = np.empty((len(rows), self.ranks.shape[1]), np.uint16)
                local = local.reshape(rows.shape).astype(np.int32)
                cut += scorer(Batch(self.ranks[unique], lowest[unique], local, weights), out)
                found[one.spots[own]] = out
        return found, cut


def agree(found, expected, log_m=None):
    """At most a step of float16 apart; 0 or not only where m is 1."""
    flip = (found == 0) != (expected == 0)
    steps = np.abs(found.astype(int) - expected.astype(int))[~flip]
    assert steps.max(initial=0) <= 1
    assert flip.sum() <= 1e-4 * flip.size
    if log_m is not None:
        assert np.abs(log_m[flip]).max(initial=0) <= 5e-6
    return steps
