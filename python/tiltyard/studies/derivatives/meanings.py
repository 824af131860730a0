"""What words, columns and controls of the derivative study mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiltyard.engine.kind import Anchor, Column, Measures, Words
from tiltyard.engine.wording import number_text
from tiltyard.studies.derivatives.contract import QUANTILES

if TYPE_CHECKING:
    import pandas as pd

#: Endings of 1st, 2nd and so on.
ENDINGS = ("th", "st", "nd", "rd")


def _percent(level: float) -> str:
    """A noise level: in percent of the signal's spread where that is short."""
    if level == 0.0:
        return "no"
    return f"{100 * level:.3g} %" if level >= 1e-4 else number_text(level)


def _derivative(order: int) -> str:
    """The derivative of an order, as "first derivative"."""
    if order < 2:
        return ("signal itself", "first derivative")[order]
    return f"{order}{ENDINGS[order] if order < len(ENDINGS) else ENDINGS[0]} derivative"


def _oracles(summary: pd.DataFrame) -> pd.Series[bool]:
    from tiltyard.engine.statistics.summary import with_tags

    return with_tags(summary["tags"], ("oracle",))


def _control(summary: pd.DataFrame, name: str) -> pd.Series[bool]:
    return summary["method"].eq(name) & summary["family"].eq("control")


WORDS = Words(
    question="Which estimator recovers derivatives from noisy samples?",
    method="estimator",
    score="nRMSE",
    replicate="trial",
    replication="a new draw of the noise",
    axes={"order": "derivative order"},
    phrases={
        "signal": "{}",
        "samples": "{} samples",
        "noise_model": "{} noise",
        "order": "order {}",
    },
    values={"noise_level": _percent, "order": _derivative},
    cell="the {order} of {signal} from {samples} samples with {noise_level} {noise_model} noise",
    share="the derivative's own spread",
    good="recovered",
    columns={
        "median": Column(
            "nRMSE",
            "Median over the trials of the nRMSE: root mean square error without the two ends, "
            "divided by the standard deviation of the exact derivative.",
        ),
        "interior": Column("Interior", "The same error over the central 80 % of the times."),
        "edge": Column("Edges", "The same error over the outer 10 % on each side."),
        "correlation": Column(
            "Correlation", "Correlation of the estimate with the exact derivative."
        ),
        "coverage_68": Column(
            "In 68 % band",
            "Share of the exact values inside the estimator's 68 % band; 68 % would be right.",
            "%",
        ),
        "coverage_95": Column(
            "In 95 % band",
            "Share of the exact values inside its 95 % band; 95 % would be right.",
            "%",
        ),
        "crps": Column(
            "CRPS",
            "Continuous ranked probability score of its bands, divided as the nRMSE is; less "
            "is better.",
        ),
        "oracle": Column("Its own oracle", "the same model, its settings chosen by the truth"),
        "regret": Column(
            "Regret",
            "Error divided by that of the estimator's own oracle: the same model with settings "
            "chosen by the truth.",
        ),
    },
    alarms=(
        "estimates that are constant or a step function",
        "errors that do not fall with the noise",
        "exact derivatives that fail their audit",
    ),
)
MEASURES = Measures(
    score="nrmse",
    # The predictor zero errs by the whole spread of what is estimated.
    plain=1.0,
    unscaled="rmse",
    series="estimate",
    ends=1,
    bound="oracle",
    size="samples",
    medians={
        "interior": "nrmse_interior",
        "edge": "nrmse_edge",
        "correlation": "correlation",
        "coverage_68": "coverage_68",
        "coverage_95": "coverage_95",
        "crps": "crps",
    },
    bands={"coverage_68": 0.68, "coverage_95": 0.95},
    band_score="crps",
    beside=("interior", "edge"),
    # Settings are not compared: where a criterion is flat they move and the estimate does not.
    comparable=(
        "status",
        "nrmse",
        "nrmse_interior",
        "nrmse_edge",
        "estimate",
        "standard_deviation",
        *QUANTILES,
    ),
    choices="settings",
    # Below 0.1 an order counts as recovered; at 1 an estimate is no better than the mean.
    steps=(1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0),
)
ANCHORS = (
    Anchor(
        name="oracle",
        title="best of all oracles",
        rows=_oracles,
        note="the truth chose its settings, but not its model: a better model may err less",
        line=True,
    ),
    Anchor(name="zero", title="zero", rows=lambda summary: _control(summary, "zero"), blind=True),
    Anchor(
        name="constant",
        title="the samples' mean",
        rows=lambda summary: _control(summary, "constant"),
        row=False,
        blind=True,
    ),
)
