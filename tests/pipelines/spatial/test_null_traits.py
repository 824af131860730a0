"""Under no enrichment P is uniform over traits; planted enrichment is found where it is planted."""

import numpy as np
from scipy.stats import kstest, norm

from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Prepared
from tiltyard.pipelines.spatial.heritability.ways import way
from tiltyard.pipelines.spatial.rule.combining import cauchy
from tiltyard.pipelines.spatial.rule.regression import Trait
from tiltyard.pipelines.spatial.rule.statistics import p_values
from tiltyard.pipelines.spatial.simulating import made_map, made_trait

GENES, SNPS, TRAITS = 200, 4000, 300


class Planted:
    """Spots of two halves; traits may be planted in genes of the first."""

    def __init__(self, seed=1):
        rng = np.random.default_rng(seed)
        weights = made_map(SNPS, GENES, rng)
        whole, gene = (np.asarray(part.sum(1)).ravel() for part in (weights, weights[:, :-1]))
        self.weights = weights[:, :-1].tocsr()
        self.baseline = np.column_stack([whole, gene])
        self.over = np.maximum(whole, 1)
        scores = np.zeros((SPOTS, GENES), np.float32)
        drawn = rng.random((SPOTS, GENES)) < 0.3
        half = np.arange(GENES) % 2 == np.arange(SPOTS)[:, None] % 2
        scores[drawn & half] = rng.gamma(2, 1.5, int((drawn & half).sum()))
        self.scores = scores
        self.enriched = np.asarray(self.weights @ (np.arange(GENES) % 2 == 0)).ravel() * 1.0

    def p(self, seed, effect=0.0):
        """P of all spots for a trait."""
        rng = np.random.default_rng(seed)
        chi2, samples = made_trait(self.baseline, rng, enriched=self.enriched, effect=effect)
        trait = Trait(self.baseline, chi2, samples, self.over, 50)
        found = way("numba-fused").regressor(Prepared(trait, self.weights), 32)(self.scores)
        return p_values(found.beta / found.se)[0]


def test_p_is_uniform_over_null_traits_at_one_spot():
    planted = Planted()
    p = np.array([planted.p(seed)[0] for seed in range(TRAITS)])
    assert kstest(p, "uniform").pvalue > 0.001
    assert 0.02 < (p < 0.05).mean() < 0.09
    # The same test sees standard errors that are too small.
    assert kstest(norm.sf(norm.isf(p) * 1.4), "uniform").pvalue < 0.001


def test_planted_enrichment_is_found_where_it_is_planted_and_more_of_it_more_often():
    planted = Planted(2)
    even = np.arange(SPOTS) % 2 == 0
    found = []
    for effect in (0.0, 1e-7, 1e-6):
        p = np.array([planted.p(seed, effect) for seed in range(20)])
        found.append(np.mean([cauchy(own[even])[0] < 0.01 for own in p]))
        if effect == 1e-6:
            assert np.median([cauchy(own[~even])[0] for own in p]) > 0.5
    assert found[0] <= 0.1 and found[0] <= found[1] <= found[2] and found[2] >= 0.9
