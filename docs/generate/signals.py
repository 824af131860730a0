"""The page of the signals and noise models, from their registries."""

from __future__ import annotations

from collections.abc import Mapping

import bibliography

from tiltyard.studies.derivatives.noise import NOISE_MODELS
from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.suite import division_of

KINDS = {"ode": "differential equation", "analytic": "closed form", "piecewise": "pieces"}


def page(entries: Mapping[str, bibliography.Entry]) -> str:
    """Every signal with formula, interval, part of the suite and sources; every noise model."""
    lines = [
        "# Signals and noise",
        "",
        "`tiltyard signals` lists the same. The *part* is that of [the suite](suite.md).",
        "",
        "## Signals",
    ]
    for name in sorted(SIGNALS):
        signal = SIGNALS[name]
        facts = [KINDS[signal.kind], f"division: {division_of(signal)}"]
        if signal.cites:
            facts.append(bibliography.cite(signal.cites, entries))
        lines += ["", f"### `{name}`", "", signal.explanation, ""]
        lines += ["```text", signal.description, "```", "", " · ".join(facts)]
    lines += ["", "## Noise models", ""]
    lines += ["The noise level of a configuration times the signal's sample standard deviation is"]
    lines += ["sigma."]
    for name, model in NOISE_MODELS.items():
        lines += ["", f"### `{name}`", "", model.explanation]
    return "\n".join(lines) + "\n"
