"""Text of a verification."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from tiltyard.engine.files.receipts import MEND, MERGED
from tiltyard.engine.provenance.findings import Contradiction, Finding, Recomputed, Verification
from tiltyard.engine.provenance.row_differences import Difference
from tiltyard.engine.wording import count

#: Most lines of a list, and most differences in a line; `--format json` has all.
MOST_LINES = 20
MOST_DIFFERENCES = 3


def describe(report: Verification) -> str:
    """The whole verification as lines of text; the last one is the verdict."""
    return "\n".join(_lines(report))


def _lines(report: Verification) -> Iterator[str]:
    yield f"study {report.study}: {count(report.evaluations, 'evaluation')}"
    for reason in report.elsewhere:
        yield f"another machine than that of the results: {reason}"
    wrong = len({fault.file for fault in report.faults})
    line = f"files: {count(report.files, 'digest')} compared"
    if report.left_out:
        line += f"; left out here: {', '.join(report.left_out)}"
    yield line
    yield from _shortened(f"wrong: {fault.file}: {fault.reason}" for fault in report.faults)
    if report.faults:
        yield f"if that is damage: {MEND}"
    yield from _shortened(map(_contradiction, report.contradictions))
    yield _recomputed(report)
    different = report.found(Finding.DIFFERENT)
    yield from _shortened(map(_verdict, different))
    yield from _shortened(map(_verdict, report.found(Finding.UNSETTLED)))
    if report.passed:
        yield "verified"
    else:
        yield (
            f"NOT verified: {count(wrong, 'file')} wrong, "
            f"{count(len(report.contradictions), 'evaluation')} contradicted, "
            f"{count(len(different), 'evaluation')} computed otherwise"
        )


def _shortened(lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    yield from listed[:MOST_LINES]
    if len(listed) > MOST_LINES:
        yield f"and {len(listed) - MOST_LINES} more: --format json lists them"


def _recomputed(report: Verification) -> str:
    same = report.found(Finding.SAME)
    line = f"computed again: {len(report.recomputed)} of {report.evaluations}"
    if not report.recomputed:
        return line
    line += f", {len(same)} the same "
    if report.tolerance.relative:
        line += f"within {report.tolerance.relative:g}, apart by {report.largest:.2g} at most"
    else:
        line += "to the last bit"
    for finding in (Finding.DIFFERENT, Finding.UNSETTLED):
        number = len(report.found(finding))
        line += f", {number} {finding}" * bool(number)
    return line


def _contradiction(found: Contradiction) -> str:
    return f"contradicted: {found.key}: {MERGED} and its own file differ: " + _differences(
        found.differences
    )


def _verdict(verdict: Recomputed) -> str:
    words = verdict.reason or f"{MERGED} and computing again differ: " + _differences(
        verdict.differences
    )
    return f"{verdict.finding}: {verdict.key}: {words}"


def _differences(found: Sequence[Difference]) -> str:
    texts = [_difference(each) for each in found[:MOST_DIFFERENCES]]
    if len(found) > MOST_DIFFERENCES:
        texts.append(f"and {len(found) - MOST_DIFFERENCES} more")
    return "; ".join(texts)


def _difference(found: Difference) -> str:
    row = [f"{name} {value}" for name, value in found.row.items()]
    place = ", ".join([*row, found.column])
    text = f"{place}: {found.here} against {found.there}"
    return f"{text}, {found.size:.2g} relative" if math.isfinite(found.size) else text
