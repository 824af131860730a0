"""Datasets of a study: generated from the configuration's id, written to files and read back.

A file has the columns that the kind gives it, and all other facts in a note in its metadata. The
same configuration always gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.digests import digest
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.kind import Dataset
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.study import Study

#: Format of a dataset's file; it changes with the meaning of its content.
FORMAT = "tiltyard dataset 2"


def generate(study: Study, configuration: str) -> Dataset:
    """The dataset of the configuration with this id; no file is read or written."""
    point = study.kind.grid.parse(configuration)
    with unmoved():
        return study.kind.make(study, point, generator(study.seed, point.id))


def write(study: Study, dataset: Dataset) -> None:
    """Write the file of `dataset` atomically."""
    note: dict[str, Any] = {
        "format": FORMAT,
        "kind": study.kind.name,
        "study": study.name,
        "seed": study.seed,
        "configuration": dataset.configuration,
        "versions": dict(study.kind.dataset_code()),
        "digest": dataset.digest,
        "facts": dict(dataset.facts()),
    }
    note["checksum"] = checksum_of(note)
    write_table(dataset.table(), note, study.dataset(dataset.configuration))


def read(study: Study, configuration: str) -> tuple[Dataset, Mapping[str, str]]:
    """The dataset in the study's folder, verified as a whole, and the versions that made it.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, truncated, damaged, no dataset, or that of another
        configuration, kind or study; the message names the file and the fault.
    """
    path = study.dataset(configuration)
    table, note = read_table(path)
    if note.get("format") != FORMAT:
        raise UnreadableFile(f"{path}: its format is {note.get('format')!r}, not {FORMAT!r}")
    content = {key: value for key, value in note.items() if key != "checksum"}
    if note.get("checksum") != checksum_of(content):
        raise UnreadableFile(f"{path}: damaged or edited: its checksum does not fit its metadata")
    wanted = {"kind": study.kind.name, "study": study.name, "seed": study.seed}
    for key, value in {"configuration": configuration, **wanted}.items():
        if note[key] != value:
            raise UnreadableFile(f"{path}: holds {key} {note[key]!r}, not {value!r}")
    try:
        with unmoved():
            dataset = study.kind.restore(table, note["facts"], configuration)
    except ValueError as error:
        raise UnreadableFile(f"{path}: {error}") from error
    if dataset.digest != note["digest"]:
        raise UnreadableFile(f"{path}: damaged or edited: its digest does not fit its columns")
    return dataset, note["versions"]


def load(study: Study, configuration: str) -> Dataset:
    """The dataset in the study's folder, written first if it is missing.

    An unreadable, foreign or stale file is generated anew, with a warning.
    """
    path = study.dataset(configuration)
    try:
        dataset, versions = read(study, configuration)
        if versions != study.kind.dataset_code():
            raise UnreadableFile(f"{path}: stale, made by other code or packages")
    except UnreadableFile as error:
        if path.exists():
            print(f"warning: rebuilt: {error}", file=sys.stderr)
        dataset = generate(study, configuration)
        write(study, dataset)
    return dataset


def checksum_of(note: Mapping[str, Any]) -> str:
    """Digest of a dataset's note, which is kept in it."""
    return digest([json.dumps(note, sort_keys=True)])
