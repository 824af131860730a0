"""Recomputation of a study's evaluations, from the seed and without the store."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Collection
from contextlib import ExitStack, closing, redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import selected_methods
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.provenance.findings import FileFault
from tiltyard.engine.provenance.rows import EvaluationKey
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluation import Evaluation
from tiltyard.engine.work.tabulating import tabulate
from tiltyard.engine.work.worker import pin_numerical_threads


class Recomputation:
    """Recomputation of evaluations of one study; no file of its folder is read.

    Parameters
    ----------
    study : Study
    threads : int
        Cores to use, >= 1.

    Attributes
    ----------
    methods : dict
        The study's methods with their present versions, by name and language.
    """

    def __init__(self, study: Study, threads: int) -> None:
        pin_numerical_threads()
        self.methods: dict[tuple[str, str], Any] = {
            method.key: method for method in selected_methods(study)
        }
        self._stack = ExitStack()
        folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tiltyard-verify-"))
        )
        self._study = replace(study, folder=folder)
        session = self._stack.enter_context(study.kind.session(self._study, threads))
        self._evaluation = self._stack.enter_context(
            closing(
                Evaluation(
                    self._study,
                    [],
                    session=session,
                    store=Store(self._study.store),
                    threads=threads,
                    repeats=False,
                )
            )
        )

    def rows(self, configuration: str, keys: Collection[EvaluationKey]) -> pa.Table:
        """The rows of `keys`, which are evaluations of `configuration`."""
        chosen = sorted({(key.method, key.language) for key in keys})
        dataset = datasets.generate(self._study, configuration)
        self._evaluation.methods = [self.methods[key] for key in chosen]
        with redirect_stderr(io.StringIO()):  # a line each, as in a job's log
            outcomes = self._evaluation.evaluate(dataset)
        return tabulate(self._study, dataset, self._evaluation.methods, outcomes)

    def dataset_fault(self, study: Study, configuration: str, tolerance: float) -> FileFault | None:
        """The fault of the dataset of `configuration` in the folder of `study`; None without one.

        Parameters
        ----------
        study : Study
        configuration : str
        tolerance : float
            Largest relative difference, by norms, between a column and its generation afresh.
        """
        path = study.dataset(configuration)
        name = str(path.relative_to(study.folder))
        try:
            found, _ = datasets.read(study, configuration)
        except UnreadableFile as error:
            return FileFault(name, str(error))
        made = datasets.generate(self._study, configuration)
        if found.digest == made.digest:
            return None
        here, there = found.table(), made.table()
        if here.schema != there.schema or len(here) != len(there):
            return FileFault(name, "has other columns, or more or fewer rows, than made afresh")
        for column in here.column_names:
            if here[column].equals(there[column]):
                continue
            if not pa.types.is_floating(here.schema.field(column).type):
                return FileFault(name, f"{column} differs from its generation afresh")
            a, b = here[column].to_numpy(), there[column].to_numpy()
            size = float(np.linalg.norm(a - b))
            if size > tolerance * np.linalg.norm(b):
                return FileFault(
                    name, f"{column} differs from its generation afresh, by norms {size:.2g}"
                )
        return None

    def close(self) -> None:
        """End workers, and remove the temporary folder."""
        self._stack.close()
