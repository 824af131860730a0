"""What each job of the workflow does, from files to files."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tiltyard.derivatives import dataset as datasets
from tiltyard.derivatives.catalogue import read_catalogue
from tiltyard.derivatives.evaluation import evaluate_dataset, note_for, tabulate
from tiltyard.derivatives.study import CELL, ERROR, GRID, Paths, Study
from tiltyard.study.config import read_config
from tiltyard.study.evaluation import Tally, end_cleanly_on_signals
from tiltyard.study.files import UnreadableFile, atomic_path
from tiltyard.study.merge import Coverage, merge
from tiltyard.study.outcome import Limits
from tiltyard.study.seeds import generator
from tiltyard.study.store import Store
from tiltyard.study.table import write_table
from tiltyard.study.worker import pin_numerical_threads


def study_of(config: Path) -> Study:
    """The study that the configuration file `config` describes."""
    return Study.from_config(read_config(config))


def paths_of(study: Study, results: Path | None) -> Paths:
    """Where the files of `study` lie; `results` overrides the default folder."""
    return Paths(results or Path("results") / study.name)


def generate_dataset(configuration: str, *, study: str, seed: int) -> datasets.Dataset:
    """The dataset of the configuration with this id."""
    point = GRID.parse(configuration)
    return datasets.make_dataset(
        point.id,
        **point.values,
        rng=generator(seed, point.id),
        study=study,
        seed=seed,
    )


def load_dataset(path: Path, *, study: str, seed: int) -> datasets.Dataset:
    """The dataset in `path`; one that cannot be read, or is another's, is generated anew."""
    try:
        found = datasets.read(path, path.stem)
        if (found.study, found.seed) != (study, seed):
            raise UnreadableFile(f"{path}: belongs to study {found.study}, seed {found.seed}")
    except UnreadableFile as error:
        print(f"warning: rebuilt: {error}", file=sys.stderr)
        found = generate_dataset(path.stem, study=study, seed=seed)
        found.write(path)
    return found


def evaluate_file(
    path: Path,
    *,
    study: str,
    seed: int,
    catalogue: Path,
    output: Path,
    store: Path,
    orders: Sequence[int],
    limits: Limits,
    threads: int,
) -> Tally:
    """Evaluate every estimator in `catalogue` on the dataset in `path`, and write the rows."""
    pin_numerical_threads()
    end_cleanly_on_signals()
    dataset = load_dataset(path, study=study, seed=seed)
    entries = read_catalogue(catalogue)
    tally = evaluate_dataset(
        dataset, entries, orders, store=Store(store), limits=limits, threads=threads
    )
    table = tabulate(dataset, entries, orders, tally)
    write_table(table, note_for(dataset, tally, table), output)
    return tally


def merge_results(study: Study, paths: Paths, *, complete: bool) -> Coverage:
    """Merge the study's evaluations and summarise them; see the README for the files.

    Parameters
    ----------
    study : Study
    paths : Paths
    complete : bool
        Whether an evaluation that cannot be read is an error: it is then set aside, so that
        the workflow's next run rebuilds it from the store.
    """
    import pandas as pd

    from tiltyard.study.statistics import count_failures, mean_ranks, summarise

    folder = paths.folder
    files = {point.id: paths.evaluation(point.id) for point in study.configurations}
    note = {"study": study.name, "seed": study.seed, "julia": study.julia}
    coverage = merge(
        files, folder / "results.parquet", folder / "results.csv", json.dumps(note).encode()
    )
    if complete and coverage.unreadable:
        for path in coverage.unreadable:
            path.replace(path.with_name(f"{path.name}.unreadable"))
        raise UnreadableFile("unreadable evaluations were set aside: run snakemake once more")
    rows = pd.read_csv(folder / "results.csv", keep_default_na=False, na_values={ERROR: [""]})
    summary = summarise(rows, CELL, ERROR)
    contestants = summary["family"] != "control"
    tables = {
        "summary.csv": summary,
        "failures.csv": count_failures(rows),
        "ranks.csv": mean_ranks(summary[contestants], CELL),
    }
    for name, table in tables.items():
        with atomic_path(folder / name) as temporary:
            table.to_csv(temporary, index=False)
    return coverage
