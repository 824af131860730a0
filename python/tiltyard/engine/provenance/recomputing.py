"""Evaluations of the derivative study computed again, from the seed and without the store."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Collection
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pyarrow as pa

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.provenance.findings import FileFault
from tiltyard.engine.provenance.rows import EvaluationKey
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.work.worker import pin_numerical_threads
from tiltyard.studies.derivatives import dataset as datasets
from tiltyard.studies.derivatives.catalogue import selected_estimators
from tiltyard.studies.derivatives.jobs import DatasetSource
from tiltyard.studies.derivatives.running import Evaluation, tabulate
from tiltyard.studies.derivatives.study import Paths, Study


class Recomputation:
    """Computes evaluations of one study afresh; nothing of its folder is read.

    Parameters
    ----------
    study : Study
    threads : int
        Cores to use, >= 1.

    Attributes
    ----------
    entries : dict
        The study's estimators with their present versions, by name and language.
    """

    def __init__(self, study: Study, threads: int) -> None:
        pin_numerical_threads()
        self.entries = {entry.key: entry for entry in selected_estimators(study)}
        self._study = study
        self._folder = tempfile.TemporaryDirectory(prefix="tiltyard-verify-")
        self._source = DatasetSource(study.name, study.seed, Path(self._folder.name))
        self._evaluation = Evaluation(
            [],
            study.orders,
            store=Store(Path(self._folder.name) / "store"),
            limits=study.limits,
            threads=threads,
        )

    def rows(self, configuration: str, keys: Collection[EvaluationKey]) -> pa.Table:
        """The rows of `keys`, which are evaluations of `configuration`."""
        chosen = sorted({(key.method, key.language) for key in keys})
        dataset = self._source.generate(configuration)
        self._evaluation.entries = [self.entries[key] for key in chosen]
        with redirect_stderr(io.StringIO()):  # a line each, as in a job's log
            tally = self._evaluation.evaluate(dataset)
        return tabulate(dataset, self._evaluation.entries, self._study.orders, tally)

    def dataset_fault(self, configuration: str, paths: Paths, tolerance: float) -> FileFault | None:
        """What is wrong with the dataset of `configuration` in the study's folder, if anything is.

        Parameters
        ----------
        configuration : str
        paths : Paths
            Where the study's files lie.
        tolerance : float
            Relative difference, by norms, that a column may have from its generation afresh.
        """
        path = paths.dataset(configuration)
        name = str(path.relative_to(paths.folder))
        try:
            found = datasets.read(path, configuration)
        except UnreadableFile as error:
            return FileFault(name, str(error))
        made = self._source.generate(configuration)
        if found.digest == made.digest:
            return None
        columns = zip(
            datasets.COLUMNS,
            (found.t, found.y, *found.exact),
            (made.t, made.y, *made.exact),
            strict=True,
        )
        for column, a, b in columns:
            if a.shape != b.shape:
                return FileFault(name, f"has {a.size} samples, not {b.size}")
            size = float(np.linalg.norm(a - b))
            if size > tolerance * np.linalg.norm(b):
                return FileFault(
                    name, f"{column} differs from its generation afresh, by norms {size:.2g}"
                )
        return None

    def close(self) -> None:
        """End workers, and remove the temporary folder."""
        self._evaluation.close()
        self._folder.cleanup()
