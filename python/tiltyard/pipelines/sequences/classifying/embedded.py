"""The classifier that comes with the package: it completes the pipeline, and finds no new virus."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.pipelines.sequences.classifying.classifier import Classifier, Input
from tiltyard.pipelines.sequences.models.composition import FEATURES, WIDTH
from tiltyard.pipelines.sequences.models.model import COMPOSITION

_FOLDER = Path(__file__).with_name("trained")
COEFFICIENTS, ABOUT = _FOLDER / "coefficients.tsv", _FOLDER / "about.json"
NAME = "embedded"
#: Windows that there are coefficients for.
WINDOWS = (300, 500)
INTERCEPT = "intercept"


@cache
def about() -> dict[str, Any]:
    """Where the coefficients come from, how often they are right by group, and their limits."""
    return dict(json.loads(ABOUT.read_text(encoding="utf-8")))


def embedded(window: int) -> Classifier:
    """The classifier of the window that is nearest."""
    nearest = min(WINDOWS, key=lambda one: (abs(one - window), one))
    header, *lines = COEFFICIENTS.read_text(encoding="ascii").splitlines()
    column = header.split("\t").index(str(nearest))
    values = {cells[0]: float(cells[column]) for cells in (line.split("\t") for line in lines)}
    return Classifier(
        name=NAME,
        kind="logistic",
        inputs={"nucleotide": Input(COMPOSITION, WIDTH)},
        weights={
            "mean": np.zeros(WIDTH),
            "scale": np.ones(WIDTH),
            "coefficients": np.array([values[name] for name in FEATURES]),
            "intercept": np.array(values[INTERCEPT]),
        },
        window=nearest,
        about={key: about()[key] for key in ("training", "accuracy", "limits")},
    )
