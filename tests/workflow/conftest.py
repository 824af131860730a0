"""A study of two configurations, to be changed as a test needs it."""

import pytest
from workplace import Workplace


@pytest.fixture
def workplace(tmp_path) -> Workplace:
    config = {
        "study": "trial",
        "seed": 7,
        "signals": ["gaussian_peak"],
        "samples": [21],
        "noise_levels": [1.0e-3, 1.0e-2],
        "trials": 1,
        "orders": [0, 1, 2],
    }
    return Workplace(tmp_path, config)
