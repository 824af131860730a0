"""Verification of a study's results, in three comparisons.

Files are compared with the manifest, the merged table with the files of the evaluations, and
evaluations with what computing them again gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_table
from tiltyard.engine.files.receipts import EVALUATIONS, MERGED
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.kind import Measures, rows_apart
from tiltyard.engine.outcome import Status
from tiltyard.engine.provenance.findings import (
    Contradiction,
    FileFault,
    Finding,
    Recomputed,
    Verification,
)
from tiltyard.engine.provenance.manifest import digests_of
from tiltyard.engine.provenance.row_differences import (
    Difference,
    Tolerance,
    differences,
    other_choices,
)
from tiltyard.engine.provenance.rows import EvaluationKey, configurations_in, rows_by_key
from tiltyard.engine.study import Study
from tiltyard.engine.work.tabulating import series_columns

#: Rows of a configuration by evaluation.
Rows = Mapping[EvaluationKey, pa.Table]
#: Statuses that limits cause, which another run may or may not reach.
BY_LIMITS = {str(Status.TIMEOUT), str(Status.CRASHED)}


def draw_sample(
    configurations: Sequence[str], methods: Sequence[tuple[str, str]], count: int, seed: int
) -> set[EvaluationKey]:
    """`count` different evaluations of a study, each with the same chance; all if it has fewer."""
    total = len(configurations) * len(methods)
    picks = generator(seed, "verify").choice(total, size=min(count, total), replace=False)
    pairs = (divmod(int(pick), len(methods)) for pick in picks)
    return {EvaluationKey(configurations[i], *methods[j]) for i, j in pairs}


def check_files(
    manifest: Mapping[str, Any],
    folder: Path,
    report: Verification,
    *,
    threads: int = 1,
    observe: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Compare every file of `manifest` in `folder` with its digest there, for the `report`.

    A group that lies in a folder of its own may be left out as a whole: bundles do without
    evaluations whose rows are all in the merged table.
    """
    files: dict[str, str] = manifest["files"]
    groups = {name.partition("/")[0] for name in files if "/" in name}
    report.left_out = sorted(group for group in groups if not (folder / group).is_dir())
    expected = [name for name in files if name.partition("/")[0] not in report.left_out]
    present = [name for name in expected if (folder / name).is_file()]
    report.files = len(expected)
    report.faults += [FileFault(name, "is gone") for name in sorted({*expected} - {*present})]
    for name, found in digests_of(folder, present, threads=threads, observe=observe):
        if found != files[name]:
            report.faults.append(FileFault(name, "altered: its digest is not the manifest's"))


class Comparison:
    """Comparison of the merged table with the files of the evaluations and with recomputation.

    Parameters
    ----------
    study : Study
    recompute : callable
        Given a configuration's id and keys, the rows of those evaluations, computed afresh.
    versions : mapping
        Present versions of the methods by name and language; evaluations of other versions are
        not computed again.
    report : Verification
        Verification that is filled in; its tolerance holds for recomputed evaluations.
    most_suspects : int
        Most contradicted evaluations that are computed again, to learn which side is right.
    """

    def __init__(
        self,
        study: Study,
        recompute: Callable[[str, Collection[EvaluationKey]], pa.Table],
        versions: Mapping[tuple[str, str], str],
        report: Verification,
        most_suspects: int = 20,
    ) -> None:
        self._folder, self._kind = study.folder, study.kind
        self._within = rows_apart(study.kind)
        self._recompute = recompute
        self._versions = versions
        self._report = report
        self._suspects_left = most_suspects

    def run(
        self,
        chosen: Collection[EvaluationKey],
        *,
        observe: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        """Read the merged table once, and compute the `chosen` evaluations again.

        Configurations without a chosen evaluation or an altered file are not read.
        """
        by_configuration: dict[str, set[EvaluationKey]] = {}
        for key in chosen:
            by_configuration.setdefault(key.configuration, set()).add(key)
        done, seen = 0, set()
        try:
            for name, table in configurations_in(self._folder / MERGED, self._wanted(chosen)):
                if name in seen:
                    raise UnreadableFile(f"{MERGED}: rows of {name} are in two places")
                seen.add(name)
                keys = by_configuration.get(name, set())
                self._settle(name, table, keys)
                done += len(keys)
                observe(done, len(chosen))
        except UnreadableFile as error:
            self._report.faults.append(FileFault(MERGED, str(error)))
        for name in sorted(by_configuration.keys() - seen):
            self._report.recomputed += map(_without_rows, sorted(by_configuration[name]))

    def _wanted(self, chosen: Collection[EvaluationKey]) -> set[str] | None:
        """Configurations to be read: chosen ones, and those that may be contradicted; None: all."""
        files = {fault.file for fault in self._report.faults}
        if MERGED in files:
            return None
        altered = (Path(name) for name in files if name.startswith(f"{EVALUATIONS}/"))
        return {key.configuration for key in chosen}.union(path.stem for path in altered)

    def _settle(self, name: str, table: pa.Table, chosen: Collection[EvaluationKey]) -> None:
        try:
            recorded = rows_by_key(table, self._within)
        except ValueError as error:
            raise UnreadableFile(f"{MERGED}: {error}") from error
        own = self._own_rows(name)
        suspects = sorted(self._contradict(recorded, own))[: self._suspects_left]
        self._suspects_left -= len(suspects)
        todo = sorted({*chosen, *suspects})
        verdicts = {key: self._without_computing(key, recorded.get(key)) for key in todo}
        left = [key for key, verdict in verdicts.items() if verdict is None]
        again = rows_by_key(self._recompute(name, left), self._within) if left else {}
        for key, verdict in verdicts.items():
            self._report.recomputed.append(
                verdict or self._judge(key, self._with_lists(recorded[key], own, key), again[key])
            )

    def _without_computing(self, key: EvaluationKey, rows: pa.Table | None) -> Recomputed | None:
        """The verdict on an evaluation that cannot or need not be computed again; else None."""
        if rows is None:
            return _without_rows(key)
        present = self._versions.get((key.method, key.language))
        if present is None:
            return Recomputed(
                key, Finding.DIFFERENT, f"this installation has no such {self._kind.words.method}"
            )
        if {present} != {*rows["version"].to_pylist()}:
            return Recomputed(key, Finding.DIFFERENT, "made by other code or packages than these")
        statuses = {*rows["status"].to_pylist()}
        if not BY_LIMITS.isdisjoint(statuses):
            reason = "ended by a limit of time or memory, so it is not computed again"
            return Recomputed(key, Finding.UNSETTLED, reason)
        if found := statuses.intersection(self._kind.measures.fleeting):
            reason = f"was {min(found)}, which another run may not be, so it is not computed again"
            return Recomputed(key, Finding.UNSETTLED, reason)
        return None

    def _own_rows(self, name: str) -> Rows | None:
        """Rows in the configuration's own file; None, with a fault, if they cannot be read."""
        file = f"{EVALUATIONS}/{name}.parquet"
        if EVALUATIONS in self._report.left_out or not (self._folder / file).exists():
            return None
        try:
            return rows_by_key(read_table(self._folder / file)[0], self._within)
        except (UnreadableFile, ValueError) as error:
            self._report.faults.append(FileFault(file, str(error)))
            return None

    def _contradict(self, recorded: Rows, own: Rows | None) -> Iterator[EvaluationKey]:
        """Note the evaluations whose own file contradicts the merged table; yield their keys."""
        if own is None:
            return
        for key in sorted({*recorded, *own}):
            here, there = recorded.get(key), own.get(key)
            if here is None or there is None:
                found = [_presence(there)]
            else:
                every = Tolerance(columns=tuple(here.column_names))
                found = differences(here, there, every, self._within)
            if found:
                self._report.contradictions.append(Contradiction(key, tuple(found)))
                yield key

    def _with_lists(self, rows: pa.Table, own: Rows | None, key: EvaluationKey) -> pa.Table:
        """`rows` of the merged table with the lists that only the configuration's own file has."""
        there = (own or {}).get(key)
        if there is None or any(there[name] != rows[name] for name in self._within):
            return rows
        for name in series_columns(there.schema):
            if name not in rows.column_names:
                rows = rows.append_column(name, there[name])
        return rows

    def _judge(self, key: EvaluationKey, recorded: pa.Table, again: pa.Table) -> Recomputed:
        tolerance, within = self._report.tolerance, self._kind.within
        recorded, again = (_whole(rows, self._kind.measures) for rows in (recorded, again))
        statuses = {*again["status"].to_pylist()}
        if str(Status.TIMEOUT) in statuses:
            reason = "reached its time limit here, not in the study"
            return Recomputed(key, Finding.UNSETTLED, reason)
        if found := statuses.intersection(self._kind.measures.fleeting):
            reason = f"is {min(found)} here, not in the study"
            return Recomputed(key, Finding.UNSETTLED, reason)
        # Where the file with the lists is not there, or faulty, the report says so already.
        lists = series_columns(again.schema)
        again = again.drop_columns([name for name in lists if name not in recorded.column_names])
        every = replace(tolerance, relative=0.0, absolute=0.0)
        apart = differences(recorded, again, every, within)
        beyond = differences(recorded, again, tolerance, within) if apart else []
        largest = max((each.size for each in apart), default=0.0)
        if beyond and tolerance.choices and other_choices(recorded, again, tolerance.choices):
            reason = f"chose other {tolerance.choices} here, as rounding can tip a choice"
            return Recomputed(key, Finding.UNSETTLED, reason, tuple(beyond), largest)
        finding = Finding.DIFFERENT if beyond else Finding.SAME
        return Recomputed(key, finding, "", tuple(beyond), largest)


def _whole(rows: pa.Table, measures: Measures) -> pa.Table:
    """Those of an evaluation's `rows` that count, and that hold more than costs."""
    if measures.counted:
        rows = rows.filter(rows[measures.counted])
    for name, value in measures.whole.items():
        rows = rows.filter(pc.equal(rows[name], value))
    return rows


def _presence(there: pa.Table | None) -> Difference:
    here, other = ("rows", "no rows") if there is None else ("no rows", "rows")
    return Difference({}, "method", here, other, math.inf)


def _without_rows(key: EvaluationKey) -> Recomputed:
    return Recomputed(key, Finding.DIFFERENT, f"has no rows in {MERGED}")
