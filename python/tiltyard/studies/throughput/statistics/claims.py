"""Table ``claims.csv``: what others promise, held against what was measured.

A promise about more workers than the job had cores is never judged. What is measured with fewer
still says something of it: a speed-up of S with T workers needs a serial fraction of at most
(T/S − 1)/(T − 1), 1/S with however many of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from tiltyard.pipelines.pipeline import Claim
from tiltyard.studies.throughput.statistics.axes import Axes
from tiltyard.studies.throughput.statistics.claim_measures import judged
from tiltyard.studies.throughput.statistics.launches import Setting, one_of, settings
from tiltyard.studies.throughput.statistics.verdicts import NOT_TESTABLE, Verdict

COLUMNS = [
    *("number", "source", "sentence", "workload", "machine", "jobs", "cores", "promised"),
    *("measured", "measured_low", "measured_high", "unit", "rounds", "strategy", "base"),
    *("verdict", "reason", "allows", "serial_fraction", "serial_fraction_low"),
    *("serial_fraction_high", "outlook"),
]


def claims(launches: pd.DataFrame, axes: Axes, promised: Sequence[Claim]) -> pd.DataFrame:
    """A row for each claim and setting whose workload it is about, or one that says why none is.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.
    axes : mapping
        Workload -> its value on each axis.
    promised : sequence of Claim

    Returns
    -------
    DataFrame
        ``verdict``: ``holds``, ``does not hold``, ``not testable here``, with the ``reason``. Of a
        promise about more workers than there were cores: ``allows``, the largest serial fraction
        that allows each end of it; the measured one; and the ``outlook`` of each end:
        ``contradicted`` if the measured interval lies above, ``compatible, untested`` if below,
        else ``open``. Each row is of one machine: no ratio has its two sides on two.
    """
    found = list(settings(launches))
    rows = [row for claim in promised for row in _rows(claim, found, axes)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(claim: Claim, found: Sequence[Setting], axes: Axes) -> Iterator[dict[str, Any]]:
    about = [one for one in found if matches(claim, axes.get(one.workload, {}))]
    if claim.untestable:
        yield _row(claim, None, Verdict(NOT_TESTABLE, claim.untestable))
    elif not about:
        reason = "this study has no workload that the sentence is about"
        yield _row(claim, None, Verdict(NOT_TESTABLE, reason))
    else:
        for setting in about:
            yield _row(claim, setting, judged(claim, setting, axes.get(setting.workload, {})))


def matches(claim: Claim, values: Mapping[str, Any]) -> bool:
    """Whether a workload with these `values` on its axes is one that the claim is about."""
    return all(
        name in values and _within(values[name], wanted) for name, wanted in claim.workload.items()
    )


def _within(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        low, high = wanted.get("least", value), wanted.get("most", value)
        return bool(low <= value <= high)
    if isinstance(wanted, list | tuple | set | frozenset):
        return value in wanted
    return bool(value == wanted)


def _row(claim: Claim, setting: Setting | None, verdict: Verdict) -> dict[str, Any]:
    return {
        "number": claim.number,
        "source": claim.source,
        "sentence": claim.sentence,
        "workload": setting.workload if setting else "",
        "machine": setting.machine if setting else "",
        "jobs": one_of(setting.launches["job"]) if setting else "",
        "cores": setting.known_cores if setting else None,
        "promised": promise_words(claim),
        **verdict.measured.columns("measured"),
        "unit": verdict.unit,
        "rounds": verdict.measured.rounds,
        "strategy": verdict.strategy,
        "base": verdict.base,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "allows": verdict.allows,
        **verdict.fraction.columns("serial_fraction"),
        "outlook": verdict.outlook,
    }


def promise_words(claim: Claim) -> str:
    """The promise in figures."""
    if claim.measure == "order":
        return " before ".join(claim.strategies)
    if claim.measure == "rate":
        return f"at least {claim.least:,.0f} {claim.unit or 'units'}/s"
    unit = " MB" if claim.measure == "memory" else " ×"
    least, most = claim.least, claim.most
    if least is not None and most is not None:
        span = _digits(least) if least == most else f"{_digits(least)}–{_digits(most)}"
        return f"{span}{unit}"
    if least is not None:
        return f"at least {_digits(least)}{unit}"
    return f"at most {_digits(most)}{unit}" if most is not None else ""


def _digits(value: float) -> str:
    """Four significant digits, never with an exponent."""
    return f"{float(f'{value:.4g}'):g}"
