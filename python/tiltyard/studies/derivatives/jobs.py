"""What each job of the workflow does, from files to files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.engine.grid.checking import read_config
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.journal.writing import JobJournal, record_job
from tiltyard.engine.outcome import Limits
from tiltyard.engine.plan.batches import write_receipt
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.store.locks import Ownership
from tiltyard.engine.work.ending import end_cleanly_on_signals
from tiltyard.engine.work.worker import pin_numerical_threads
from tiltyard.studies.derivatives import dataset as datasets
from tiltyard.studies.derivatives.catalogue import read_catalogue, refuse_edited
from tiltyard.studies.derivatives.running import ESTIMATES, SCHEMA, Evaluation, note_for, tabulate
from tiltyard.studies.derivatives.study import (
    CELL,
    GRID,
    MEASURES,
    REFERENCE,
    REPLICATES_SHARE,
    Paths,
    Study,
)

if TYPE_CHECKING:
    from tiltyard.engine.merge.merging import Coverage

#: What a batch's receipt sums over its configurations.
ACCOUNT = ("computed", "recalled", "estimator_cpu_seconds", "busy_seconds")


def study_of(config: Path) -> Study:
    """The study that the configuration file `config` describes."""
    return Study.from_config(read_config(config))


def paths_of(study: Study, results: Path | None) -> Paths:
    """Where the files of `study` lie; `results` overrides the default folder."""
    return Paths(results or Path("results") / study.name)


@dataclass(frozen=True)
class DatasetSource:
    """Makes the datasets of one study, or reads those that are there.

    Parameters
    ----------
    study, seed : str, int
        Name and seed of the study.
    folder : path
        Folder of the study.
    """

    study: str
    seed: int
    folder: Path

    def generate(self, configuration: str) -> datasets.Dataset:
        """The dataset of the configuration with this id; no file is read or written."""
        point = GRID.parse(configuration)
        truth = _truth(point.values["signal"], point.values["samples"])
        return datasets.make_dataset(
            point.id,
            **point.values,
            rng=generator(self.seed, point.id),
            study=self.study,
            seed=self.seed,
            truth=truth,
        )

    def load(self, configuration: str) -> datasets.Dataset:
        """The dataset in the study's folder.

        One that cannot be read, is another's or stale is generated anew, with a warning.
        """
        path = Paths(self.folder).dataset(configuration)
        try:
            found = datasets.read(path, configuration)
            if (found.study, found.seed) != (self.study, self.seed):
                raise UnreadableFile(f"{path}: belongs to study {found.study}, seed {found.seed}")
            if found.versions != datasets.current_versions():
                raise UnreadableFile(f"{path}: stale, made by other code or packages")
        except UnreadableFile as error:
            if path.exists():
                print(f"warning: rebuilt: {error}", file=sys.stderr)
            found = self.generate(configuration)
            found.write(path)
        return found


@cache
def _truth(signal: str, samples: int) -> datasets.Truth:
    return datasets.compute_truth(signal, samples)


def write_datasets(
    configurations: Sequence[str], source: DatasetSource, receipt: Path | None
) -> None:
    """Write the datasets of `configurations` that are not there yet, then the receipt."""
    paths = Paths(source.folder)
    with record_job(paths.journal, _job_name("dataset", receipt), "dataset") as journal:
        journal.phase("making")
        for configuration in configurations:
            source.load(configuration)
        if receipt is not None:
            files = [paths.dataset(configuration) for configuration in configurations]
            write_receipt(receipt, files, {"configurations": len(files)})


def _job_name(rule: str, receipt: Path | None) -> str:
    """Name of the job that writes `receipt`, as ``evaluate-05-08``."""
    return f"{rule}-{receipt.stem.rpartition('_')[2] if receipt else 'by-hand'}"


def evaluate_configuration(
    configuration: str, source: DatasetSource, evaluation: Evaluation, journal: JobJournal
) -> dict[str, Any]:
    """Evaluate one configuration, write its file, and return the file's note.

    A file that answers the same request on the same dataset stays as it is.
    """
    path = Paths(source.folder).evaluation(configuration)
    dataset = source.load(configuration)
    note = _answer(path, dataset, evaluation.request)
    if note is not None:
        journal.keep(configuration, note["computed"] + note["recalled"], note["rows"], path)
        return note
    tally = evaluation.evaluate(dataset)
    journal.phase("writing")
    table = tabulate(dataset, evaluation.entries, evaluation.orders, tally)
    note = note_for(dataset, tally, table, evaluation.request)
    write_table(table, note, path)
    journal.finish(configuration, tally, note["rows"], path)
    return note


def _answer(path: Path, dataset: datasets.Dataset, request: str) -> dict[str, Any] | None:
    """The note of the evaluation in `path` if it answers `request` on `dataset`."""
    wanted = {
        "study": dataset.study,
        "seed": dataset.seed,
        "configuration": dataset.configuration,
        "dataset": dataset.digest,
        "request": request,
    }
    try:
        _, note = read_table(path)
    except UnreadableFile as error:
        if path.exists():
            print(f"warning: rebuilt: {error}", file=sys.stderr)
        return None
    return note if wanted.items() <= note.items() else None


def evaluate_batch(
    configurations: Sequence[str],
    source: DatasetSource,
    catalogue: Path,
    receipt: Path | None,
    *,
    orders: Sequence[int],
    limits: Limits,
    threads: int,
) -> None:
    """Evaluate every estimator in `catalogue` on each of `configurations`, then write the receipt.

    Parameters
    ----------
    configurations : sequence of str
        Ids.
    source : DatasetSource
    catalogue : path
        From `write_catalogue`.
    receipt : path or None
        Where to write that all evaluations are whole; nowhere if None.
    orders : sequence of int
    limits : Limits
    threads : int
    """
    pin_numerical_threads()
    end_cleanly_on_signals()
    paths = Paths(source.folder)
    job = _job_name("evaluate", receipt)
    with (
        record_job(
            paths.journal, job, "evaluate", threads=threads, configurations=configurations
        ) as journal,
        closing(
            Evaluation(
                read_catalogue(catalogue),
                orders,
                store=Store(paths.store),
                limits=limits,
                threads=threads,
                announce=journal.phase,
            )
        ) as evaluation,
        closing(Ownership(paths.folder / "owners")) as owners,
    ):
        refuse_edited(catalogue)
        account: Counter[str] = Counter()
        for configuration in configurations:
            with owners.of(configuration):  # what another job is at is then found done
                journal.begin(configuration)
                note = evaluate_configuration(configuration, source, evaluation, journal)
            account.update({name: note.get(name, 0) for name in ACCOUNT})
            done = f"{note['computed']} computed, {note['recalled']} recalled"
            print(f"{configuration}: {done}", file=sys.stderr, flush=True)
        if receipt is not None:
            files = [paths.evaluation(configuration) for configuration in configurations]
            note = {"configurations": len(files), "request": evaluation.request, **account}
            write_receipt(receipt, files, note)


def merge_results(
    study: Study, paths: Paths, *, complete: bool, into: Path | None = None, threads: int = 1
) -> Coverage:
    """Merge the study's evaluations and summarise them; see the README for the files.

    Of `summary.csv` only what ranks need is ever in memory as a whole.

    Parameters
    ----------
    study : Study
    paths : Paths
    complete : bool
        Whether an evaluation that is missing or cannot be read is an error; one that cannot be
        read is then set aside, so that the workflow's next run rebuilds it from the store.
    into : path or None
        Folder for the tables; the study's own if None.
    threads : int
        Cores to use.
    """
    import pandas as pd

    from tiltyard.engine.files.csv import FrameWriter, write_frame
    from tiltyard.engine.merge.chunk_statistics import PartStatistics, Statistics
    from tiltyard.engine.merge.merging import merge
    from tiltyard.engine.statistics.failures import add_failures, list_failures
    from tiltyard.engine.statistics.ranks import contestants, rank_methods

    folder = into or paths.folder
    if complete:
        _refuse_missing(study, paths)
    ranked, failures = [], []
    with FrameWriter(folder / "summary.csv") as summary:

        def take(part: Statistics) -> None:
            summary.write(part.summary)
            ranked.append(contestants(part.summary, CELL))
            failures.append(part.failures)

        coverage = merge(
            _replicates(study, paths),
            folder / "results.parquet",
            folder / "results.csv",
            json.dumps({"study": study.name, "seed": study.seed, "julia": study.julia}).encode(),
            schema=SCHEMA,
            left_out=[] if study.merges_estimates else ESTIMATES,
            observed=[MEASURES.estimate],
            observer=partial(PartStatistics, CELL, REPLICATES_SHARE, MEASURES),
            take=take,
            threads=threads,
        )
        if complete:
            _set_aside(coverage.unreadable)
    write_frame(list_failures(add_failures(failures)), folder / "failures.csv")
    write_frame(rank_methods(pd.concat(ranked), CELL, REFERENCE), folder / "ranks.csv")
    return coverage


def _refuse_missing(study: Study, paths: Paths) -> None:
    """Refuse to merge a study of which an evaluation is not there."""
    expected = [paths.evaluation(point.id) for point in study.configurations]
    seen = sum(path.exists() for path in expected)
    if seen < len(expected):
        raise UnreadableFile(
            f"only {seen} of {len(expected)} configurations can be seen in "
            f"{paths.folder / 'evaluations'}: run snakemake once more; on a cluster, its file "
            "system may have been late"
        )


def _set_aside(unreadable: Sequence[Path]) -> None:
    """Rename what cannot be read, and say what to do."""
    for path in unreadable:
        path.replace(path.with_name(f"{path.name}.unreadable"))
    if unreadable:
        raise UnreadableFile("unreadable evaluations were set aside: run snakemake once more")


def _replicates(study: Study, paths: Paths) -> list[dict[str, Path]]:
    """Evaluation files of the study's configurations by groups of replicates, sorted by those."""
    groups: dict[tuple[Any, ...], dict[str, Path]] = {}
    for point in study.configurations:
        key = tuple(point.values[name] for name in REPLICATES_SHARE)
        groups.setdefault(key, {})[point.id] = paths.evaluation(point.id)
    return [groups[key] for key in sorted(groups)]
