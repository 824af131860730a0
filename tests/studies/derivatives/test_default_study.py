"""On the default study's own datasets: what is expected of the reference estimator and controls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import Array, as_estimate
from tiltyard.studies.derivatives.dataset import Truth, compute_truth, make_dataset
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_se import (
    gaussian_process_se,
)
from tiltyard.studies.derivatives.metrics import errors_of

CONFIG = Path(__file__).parents[3] / "config" / "config.yaml"
ORDERS = tuple(range(8))

#: What a sound SE Gaussian process with marginal-likelihood settings reaches here: order -> nRMSE.
EXPECTED = {
    1e-2: {1: 0.026, 2: 0.09, 3: 0.22},
    1e-3: {1: 5e-3, 2: 2e-2, 3: 7e-2, 4: 0.16, 5: 0.29, 6: 0.45, 7: 0.62},
}


@pytest.fixture(scope="module")
def truth() -> Truth:
    return compute_truth("lotka_volterra", 101)


def errors(level: float, truth: Truth) -> Array:
    """nRMSE (trials, orders) of the SE process on the study's datasets of this noise level."""
    study = Study.read(CONFIG)
    rows = []
    for point in study.configurations:
        if point.values["noise_level"] == level:
            rng = generator(study.seed, point.id)
            dataset = make_dataset(point.id, **point.values, rng=rng, seed=study.seed, truth=truth)
            result = gaussian_process_se(dataset.t, dataset.y, dataset.t, ORDERS)
            values = as_estimate(result, (8, 101)).values
            rows.append([errors_of(values[k], dataset.exact[k])["nrmse"] for k in ORDERS])
    return np.array(rows)


@pytest.mark.parametrize("level", EXPECTED)
def test_se_gaussian_process_reaches_what_its_model_can(level: float, truth: Truth) -> None:
    found = np.median(errors(level, truth), axis=0)
    for order, expected in EXPECTED[level].items():
        # 30 %: three trials scatter by 10 to 20 % around their expectation.
        assert found[order] <= 1.3 * expected, f"order {order}: {found[order]:.3g}"


def test_se_gaussian_process_is_no_worse_with_less_noise(truth: Truth) -> None:
    levels = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 2e-2, 5e-2)
    found = [np.median(errors(level, truth), axis=0) for level in levels]
    # 5 %: at 1e-8 and 1e-6 the model's own error dominates and is the same but for the draw.
    assert np.all(np.diff(found, axis=0) >= -0.05 * np.array(found[:-1]))
