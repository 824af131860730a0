"""What the panels of the derivative study need to know."""

from __future__ import annotations

from typing import Any

from tiltyard.engine.statistics.contest import reference_of
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.kind import orders_of
from tiltyard.studies.derivatives.listing import signals_facts


def page_facts(study: Study) -> dict[str, Any]:
    """The study's signals and noise models in words, its orders, threshold and reference."""
    known = signals_facts()
    return {
        "orders": orders_of(study.config),
        "threshold": study.kind.target(study.config),
        "reference": reference_of(study, "")[0],
        **{
            key: [{"name": fact["name"], "description": fact["description"]} for fact in facts]
            for key in ("signals", "noise_models")
            if (facts := [fact for fact in known[key] if fact["name"] in study.config[key]])
        },
    }
