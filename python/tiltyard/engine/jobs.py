"""Jobs of the workflow: each reads files of a study and writes others."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import (
    catalogue_of,
    refuse_edited,
    selection_of,
    warnings_of,
    write_catalogue,
)
from tiltyard.engine.files.atomic import UnreadableFile, write_text
from tiltyard.engine.files.json import read_sealed
from tiltyard.engine.files.parquet import read_note, sealed_note, write_table
from tiltyard.engine.files.receipts import EVALUATIONS, MEND, sha256_of, write_receipt
from tiltyard.engine.journal.writing import JobJournal, record_job
from tiltyard.engine.kind import Dataset
from tiltyard.engine.machine.facts import fingerprint
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.store.locks import Ownership
from tiltyard.engine.study import Study
from tiltyard.engine.work.ending import end_cleanly_on_signals
from tiltyard.engine.work.evaluation import Evaluation
from tiltyard.engine.work.evaluator import NoResult
from tiltyard.engine.work.tabulating import (
    identity_of,
    note_for,
    row_schema,
    series_columns,
    tabulate,
)
from tiltyard.engine.work.worker import pin_numerical_threads

#: Remedies, where evaluations were killed for want of memory.
MORE_MEMORY = (
    "Nothing is recorded of these. Give the run more memory or fewer jobs at once (--cores, "
    "--resources mem_mb), or make it their own limit, below what there is (evaluation: "
    "{memory_limit: 1000}); then run again: what was evaluated is kept"
)

if TYPE_CHECKING:
    from tiltyard.engine.merge.merging import Coverage

#: Facts that a batch's receipt sums over its configurations.
ACCOUNT = ("computed", "recalled", "method_cpu_seconds", "planned_seconds")


def prepare(study: Study) -> list[Any]:
    """Write the checked configuration and the catalogue; return the methods that take part."""
    methods, faults = selection_of(study)
    for warning in warnings_of(study.kind, faults):
        print(f"warning: {warning}", file=sys.stderr)
    config = study.folder / "study.json"
    write_text(config, study.to_json() + "\n")
    write_catalogue(study.kind, study.config, methods, study.catalogue, faults)
    study.receipts.write("prepare", [config, study.catalogue])
    return methods


def write_datasets(study: Study, configurations: Sequence[str], receipt: Path | None) -> None:
    """Write the datasets of `configurations`, but those that are right, and then the receipt."""
    with record_job(study.journal, _job_name("dataset", receipt), "dataset") as journal:
        journal.phase("making")
        signed = _Signed(study)
        for configuration in configurations:
            path = study.dataset(configuration)
            doubtful = path.exists() and path not in signed
            datasets.load(study, configuration)  # it says what was wrong with the file
            if doubtful:
                datasets.write(study, datasets.generate(study, configuration))
        if receipt is not None:
            files = [study.dataset(configuration) for configuration in configurations]
            write_receipt(receipt, files, note={"configurations": len(files)})


class _Signed:
    """The files that the manifest of an earlier run says to be whole.

    Snakemake removes the receipt of a batch before its job runs again. Without a manifest nothing
    says that a file which is there already is whole.
    """

    def __init__(self, study: Study) -> None:
        self._folder = study.folder
        self._digests: dict[str, str] = {}
        with suppress(UnreadableFile, KeyError):
            self._digests = read_sealed(study.folder / "manifest.json")["files"]

    def __contains__(self, path: Path) -> bool:
        digest = self._digests.get(path.relative_to(self._folder).as_posix())
        return digest is not None and path.exists() and sha256_of(path) == digest


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

    Raises
    ------
    NoResult
        If evaluations were killed for want of memory, each time; the others are kept.
    """
    pin_numerical_threads()
    end_cleanly_on_signals()
    store = Store(study.store)
    job = _job_name("evaluate", receipt)
    with (
        record_job(
            study.journal, job, "evaluate", threads=threads, configurations=configurations
        ) as journal,
        study.kind.session(study, threads) as session,
        closing(
            Evaluation(
                study,
                catalogue_of(study),
                session=session,
                store=store,
                threads=threads,
                machine=_machine_of(study),
                announce=journal.phase,
            )
        ) as evaluation,
        closing(Ownership(study.owners)) as owners,
    ):
        refuse_edited(study)
        signed = _Signed(study)
        account: Counter[str] = Counter()
        ledgers: list[tuple[str, list[int]]] = []
        lacking = []
        for configuration in configurations:
            with owners.of(configuration):  # one that another job evaluates is awaited, then kept
                journal.begin(configuration)
                try:
                    note = _evaluate(study, configuration, evaluation, journal, signed)
                except NoResult as error:  # the others need not wait for more memory
                    lacking.append(str(error))
                    continue
            account.update({name: note.get(name, 0) for name in ACCOUNT})
            ledgers += _ledger(study, store.path(note["dataset"]))
            done = f"{note['computed']} computed, {note['recalled']} recalled"
            print(f"{configuration}: {done}", file=sys.stderr, flush=True)
        if lacking:
            raise NoResult("\n".join([*lacking, MORE_MEMORY]))
        if receipt is not None:
            files = [study.evaluation(configuration) for configuration in configurations]
            note = {"configurations": len(files), **account, "ledgers": dict(ledgers)}
            write_receipt(receipt, files, note=note)


def _machine_of(study: Study) -> str:
    """Fingerprint of this machine where times are scored, "" elsewhere."""
    if not study.kind.measures.timed:
        return ""
    return fingerprint(study.kind.kernels(study.config))


def _ledger(study: Study, path: Path) -> list[tuple[str, list[int]]]:
    """Name, size and time of a ledger, as a list of one; empty where nothing was stored."""
    if not path.exists():
        return []
    seen = path.stat()
    return [(path.relative_to(study.folder).as_posix(), [seen.st_size, seen.st_mtime_ns])]


def _evaluate(
    study: Study,
    configuration: str,
    evaluation: Evaluation,
    journal: JobJournal,
    signed: _Signed,
) -> dict[str, Any]:
    """Evaluate one configuration, write its file, and return the file's note.

    A `signed` file that answers the same request on the same dataset stays as it is.
    """
    path = study.evaluation(configuration)
    dataset = datasets.load(study, configuration)
    note = _answer(study, dataset, evaluation.request) if path in signed else None
    if note is not None:
        evaluation.mend_store(dataset)
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
    """The note of the evaluation of `dataset` if that answers `request`."""
    try:
        note = read_note(study.evaluation(dataset.configuration))
    except UnreadableFile:
        return None
    wanted = {**identity_of(study, dataset), "request": request}
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
        Whether missing and unreadable evaluations are an error.
    into : path or None
        Folder for the tables; the study's own if None.
    threads : int
        Cores to use, >= 1.

    Raises
    ------
    UnreadableFile
        If an evaluation of a `complete` study is missing or damaged, or a receipt of one.
    """
    import pandas as pd

    from tiltyard.engine.files.csv import FrameWriter, write_frame
    from tiltyard.engine.merge.chunk_statistics import ChunkStatistics, Statistics
    from tiltyard.engine.merge.merging import merge
    from tiltyard.engine.statistics.failures import add_failures, list_failures
    from tiltyard.engine.statistics.ranks import contestants, rank_methods
    from tiltyard.engine.statistics.tables import MERGED

    kind, folder = study.kind, into or study.folder
    if complete:
        _refuse_missing(study)
    schema = row_schema(kind)
    ranked, failures = [], []
    digests = _recorded(study)
    with FrameWriter(folder / "summary.csv") as summary:

        def take(chunk: Statistics) -> None:
            summary.write(chunk.summary)
            ranked.append(contestants(chunk.summary, study.cell))
            failures.append(chunk.failures)

        coverage = merge(
            _replicates(study),
            folder / "results.parquet",
            folder / "results.csv",
            sealed_note({"kind": kind.name, "study": study.name, "seed": study.seed}),
            schema=schema,
            digests=digests,
            left_out=[] if study.merges_series else series_columns(schema),
            observed=[kind.measures.series] if kind.measures.series else [],
            observer=partial(ChunkStatistics, kind),
            take=take,
            threads=threads,
        )
        if complete and coverage.unreadable:
            raise UnreadableFile(f"the evaluations that are named above are damaged; {MEND}")
    reasons = list_failures(add_failures(failures, kind.within), kind.within)
    write_frame(reasons, folder / "failures.csv")
    leaderboard = rank_methods(pd.concat(ranked), study.cell, kind.reference)
    write_frame(leaderboard, folder / "ranks.csv")
    if into is None:
        files = [folder / name for name in MERGED]
        study.receipts.write("merge", files, inputs=_whole(study, coverage))
    return coverage


def _whole(study: Study, coverage: Coverage) -> dict[str, str]:
    """All evaluations, as what tables are made from; empty if some are missing, or a receipt."""
    digest = study.receipts.digest_of(study.evaluation_names)
    if coverage.merged < coverage.expected:
        return {}
    return {EVALUATIONS: digest} if digest else {}


def _recorded(study: Study) -> dict[Path, str]:
    """Digests of the evaluations by their receipts."""
    known = {name: study.receipts.facts(name) for name in study.evaluation_names}
    return {study.folder / name: facts.digest for name, facts in known.items() if facts}


def _refuse_missing(study: Study) -> None:
    """Refuse to merge a study in which an evaluation is missing."""
    missing = len(study.missing)
    if missing:
        raise UnreadableFile(
            f"only {len(study.ids) - missing} of {len(study.ids)} configurations can be seen in "
            f"{study.evaluations}: run snakemake once more; on a cluster, its file system may "
            "have been late"
        )


def _replicates(study: Study) -> list[dict[str, Path]]:
    """Evaluation files of the study's configurations by groups of replicates, which are sorted."""
    groups: dict[tuple[Any, ...], dict[str, Path]] = {}
    for point in study.configurations:
        key = tuple(point.values[name] for name in study.group)
        groups.setdefault(key, {})[point.id] = study.evaluation(point.id)
    return [groups[key] for key in sorted(groups)]
