"""Jobs of the workflow: each reads files of a study and writes others."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import (
    read_catalogue,
    refuse_edited,
    selection_of,
    warnings_of,
    write_catalogue,
)
from tiltyard.engine.files.atomic import UnreadableFile, write_text
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.engine.files.receipts import write_receipt
from tiltyard.engine.journal.writing import JobJournal, record_job
from tiltyard.engine.kind import Dataset
from tiltyard.engine.machine.facts import fingerprint
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.store.locks import Ownership
from tiltyard.engine.study import Study
from tiltyard.engine.work.ending import end_cleanly_on_signals
from tiltyard.engine.work.evaluation import Evaluation
from tiltyard.engine.work.tabulating import (
    identity_of,
    note_for,
    row_schema,
    series_columns,
    tabulate,
)
from tiltyard.engine.work.worker import pin_numerical_threads

if TYPE_CHECKING:
    from tiltyard.engine.merge.merging import Coverage

#: Facts that a batch's receipt sums over its configurations.
ACCOUNT = ("computed", "recalled", "method_cpu_seconds", "planned_seconds")


def prepare(study: Study) -> list[Any]:
    """Write the checked configuration and the catalogue; return the methods that take part."""
    write_text(study.folder / "study.json", study.to_json() + "\n")
    methods, faults = selection_of(study)
    for warning in warnings_of(study.kind, faults):
        print(f"warning: {warning}", file=sys.stderr)
    write_catalogue(study.kind, study.config, methods, study.catalogue, faults)
    return methods


def write_datasets(study: Study, configurations: Sequence[str], receipt: Path | None) -> None:
    """Write the datasets of `configurations` that are missing or stale, then the receipt."""
    with record_job(study.journal, _job_name("dataset", receipt), "dataset") as journal:
        journal.phase("making")
        for configuration in configurations:
            datasets.load(study, configuration)
        if receipt is not None:
            files = [study.dataset(configuration) for configuration in configurations]
            write_receipt(receipt, files, {"configurations": len(files)})


def _job_name(rule: str, receipt: Path | None) -> str:
    """Name of the job that writes `receipt`, as ``evaluate-05-08``."""
    return f"{rule}-{receipt.stem.rpartition('_')[2] if receipt else 'by-hand'}"


def evaluate_batch(
    study: Study, configurations: Sequence[str], receipt: Path | None, *, threads: int
) -> None:
    """Evaluate every method of the catalogue on each of `configurations`, then write the receipt.

    Parameters
    ----------
    study : Study
    configurations : sequence of str
        Ids.
    receipt : path or None
        File for the receipt that all evaluations are whole; None to write none.
    threads : int
        Cores to use, >= 1.
    """
    pin_numerical_threads()
    end_cleanly_on_signals()
    job = _job_name("evaluate", receipt)
    with (
        record_job(
            study.journal, job, "evaluate", threads=threads, configurations=configurations
        ) as journal,
        study.kind.session(study, threads) as session,
        closing(
            Evaluation(
                study,
                read_catalogue(study.kind, study.catalogue),
                session=session,
                store=Store(study.store),
                threads=threads,
                machine=_machine_of(study),
                announce=journal.phase,
            )
        ) as evaluation,
        closing(Ownership(study.owners)) as owners,
    ):
        refuse_edited(study)
        account: Counter[str] = Counter()
        for configuration in configurations:
            with owners.of(configuration):  # one that another job evaluates is awaited, then kept
                journal.begin(configuration)
                note = _evaluate(study, configuration, evaluation, journal)
            account.update({name: note.get(name, 0) for name in ACCOUNT})
            done = f"{note['computed']} computed, {note['recalled']} recalled"
            print(f"{configuration}: {done}", file=sys.stderr, flush=True)
        if receipt is not None:
            files = [study.evaluation(configuration) for configuration in configurations]
            note = {"configurations": len(files), "request": evaluation.request, **account}
            write_receipt(receipt, files, note)


def _machine_of(study: Study) -> str:
    """Fingerprint of this machine where times are scored, "" elsewhere."""
    if not study.kind.measures.timed:
        return ""
    return fingerprint(study.kind.kernels(study.config))


def _evaluate(
    study: Study, configuration: str, evaluation: Evaluation, journal: JobJournal
) -> dict[str, Any]:
    """Evaluate one configuration, write its file, and return the file's note.

    A file that answers the same request on the same dataset stays as it is.
    """
    path = study.evaluation(configuration)
    dataset = datasets.load(study, configuration)
    note = _answer(study, dataset, evaluation.request)
    if note is not None:
        journal.keep(configuration, note["computed"] + note["recalled"], note["rows"], path)
        return note
    outcomes = evaluation.evaluate(dataset)
    journal.phase("writing")
    table = tabulate(study, dataset, evaluation.methods, outcomes)
    note = note_for(study, dataset, outcomes, table, evaluation.request)
    write_table(table, note, path)
    journal.finish(configuration, outcomes, note["rows"], path)
    return note


def _answer(study: Study, dataset: Dataset, request: str) -> dict[str, Any] | None:
    """The note of the evaluation of `dataset` if it is there and answers `request`."""
    path = study.evaluation(dataset.configuration)
    wanted = {**identity_of(study, dataset), "request": request}
    try:
        _, note = read_table(path)
    except UnreadableFile as error:
        if path.exists():
            print(f"warning: rebuilt: {error}", file=sys.stderr)
        return None
    return note if wanted.items() <= note.items() else None


def merge_results(
    study: Study, *, complete: bool, into: Path | None = None, threads: int = 1
) -> Coverage:
    """Merge the study's evaluations and summarise them; see docs/results.md for the files.

    Only those columns of `summary.csv` that ranks need are ever in memory as a whole.

    Parameters
    ----------
    study : Study
    complete : bool
        Whether missing and unreadable evaluations are an error. Unreadable files are then
        renamed, so that the workflow's next run rebuilds them from the store.
    into : path or None
        Folder for the tables; the study's own if None.
    threads : int
        Cores to use, >= 1.
    """
    import pandas as pd

    from tiltyard.engine.files.csv import FrameWriter, write_frame
    from tiltyard.engine.merge.chunk_statistics import ChunkStatistics, Statistics
    from tiltyard.engine.merge.merging import merge
    from tiltyard.engine.statistics.failures import add_failures, list_failures
    from tiltyard.engine.statistics.ranks import contestants, rank_methods

    kind, folder = study.kind, into or study.folder
    if complete:
        _refuse_missing(study)
    schema = row_schema(kind)
    ranked, failures = [], []
    with FrameWriter(folder / "summary.csv") as summary:

        def take(chunk: Statistics) -> None:
            summary.write(chunk.summary)
            ranked.append(contestants(chunk.summary, study.cell))
            failures.append(chunk.failures)

        coverage = merge(
            _replicates(study),
            folder / "results.parquet",
            folder / "results.csv",
            json.dumps({"kind": kind.name, "study": study.name, "seed": study.seed}).encode(),
            schema=schema,
            left_out=[] if study.merges_series else series_columns(schema),
            observed=[kind.measures.series] if kind.measures.series else [],
            observer=partial(ChunkStatistics, kind),
            take=take,
            threads=threads,
        )
        if complete:
            _set_aside(coverage.unreadable)
    reasons = list_failures(add_failures(failures, kind.within), kind.within)
    write_frame(reasons, folder / "failures.csv")
    leaderboard = rank_methods(pd.concat(ranked), study.cell, kind.reference)
    write_frame(leaderboard, folder / "ranks.csv")
    return coverage


def _refuse_missing(study: Study) -> None:
    """Refuse to merge a study in which an evaluation is missing."""
    missing = len(study.missing)
    if missing:
        raise UnreadableFile(
            f"only {len(study.ids) - missing} of {len(study.ids)} configurations can be seen in "
            f"{study.evaluations}: run snakemake once more; on a cluster, its file system may "
            "have been late"
        )


def _set_aside(unreadable: Sequence[Path]) -> None:
    """Rename the `unreadable` files, and say what to do."""
    for path in unreadable:
        path.replace(path.with_name(f"{path.name}.unreadable"))
    if unreadable:
        raise UnreadableFile("unreadable evaluations were set aside: run snakemake once more")


def _replicates(study: Study) -> list[dict[str, Path]]:
    """Evaluation files of the study's configurations by groups of replicates, which are sorted."""
    groups: dict[tuple[Any, ...], dict[str, Path]] = {}
    for point in study.configurations:
        key = tuple(point.values[name] for name in study.group)
        groups.setdefault(key, {})[point.id] = study.evaluation(point.id)
    return [groups[key] for key in sorted(groups)]
