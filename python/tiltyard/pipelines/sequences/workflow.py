"""The workflow's plan: which jobs a configuration is; Snakemake runs them."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.pipelines.declaring import UsageError, parse
from tiltyard.pipelines.sequences.faults import InputError

#: Keys of the configuration, each with its value where it is left out; None for one that is needed.
KEYS: Mapping[str, Any] = {
    "contigs": None,
    "output": None,
    "model": "",
    "options": "",
    "threads": 1,
    "memory_mb": 2000,
    "minutes": 240,
}
#: Keys whose values are whole numbers from 1.
NUMBERS = ("threads", "memory_mb", "minutes")
#: Options of the command that the workflow itself gives.
ITS_OWN = (
    *("--output", "-o", "--model", "--work", "--until", "--workers", "--threads", "--callers"),
    *("--assignment", "--quiet"),
)
#: Options that files of vectors depend on, too.
_OF_VECTORS = ("batch", "sort", "device")


@dataclass(frozen=True)
class Plan:
    """Jobs and files of one prediction.

    Parameters
    ----------
    contigs, output : str
        FASTA file, and table of frames.
    model : str
        Folder of a classifier; "" for the embedded one.
    models : mapping
        Input of the classifier -> reference, name and pooling of its model.
    words : str
        Options of `tiltyard sequences predict`, for a shell.
    batches : str
        Those that files of vectors depend on.
    threads, memory_mb, minutes : int
        What a job asks for.
    """

    contigs: str
    output: str
    model: str
    models: Mapping[str, tuple[str, str, str | None]]
    words: str
    batches: str
    threads: int
    memory_mb: int
    minutes: int

    @property
    def stem(self) -> str:
        """The output without its ending."""
        return self.output.removesuffix(".tsv")

    @property
    def tables(self) -> list[str]:
        """All tables."""
        beside = [f"{self.stem}.{name}.tsv" for name in ("chunks", "contigs", "missing")]
        return [self.output, *beside, f"{self.stem}.run.json"]

    @property
    def work(self) -> str:
        """Folder of what is under way."""
        return f"{self.stem}.work"

    def name(self, kind: str) -> str:
        """Name of the model of an input."""
        return self.models[kind][1]

    def vectors(self, kind: str, number: int | str = "{number}") -> str:
        """File of vectors."""
        return f"{self.work}/{kind}/output_{number}.{self.name(kind)}.parquet"

    def ready(self, record: Path) -> list[str]:
        """Files that the tables are made of, when the record of the frames is there."""
        import json

        files = json.loads(record.read_text(encoding="utf-8"))["counts"]["files"]
        numbers = range(1, files + 1)
        if len(self.models) > 1:
            return [f"{self.work}/merged/output_{number}.parquet" for number in numbers]
        return [self.vectors(kind, number) for kind in self.models for number in numbers]

    def model_words(self, kind: str) -> str:
        """Options that choose the model of an input, for a shell."""
        reference, _, pooling = self.models[kind]
        return shlex.join(["--model", reference, *(["--pooling", pooling] if pooling else [])])

    @property
    def classifier_words(self) -> str:
        """Options that choose the classifier."""
        return shlex.join(["--model", self.model] if self.model else [])


def read_plan(config: Mapping[str, Any]) -> Plan:
    """The plan of a configuration, whose files are looked at.

    Raises
    ------
    InputError
        If a key or a value is wrong, or a file is missing; the message says what to write.
    """
    for key in config:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KEYS)}"
            raise InputError(f"{key}: unknown; {hint}")
    values = {key: config.get(key, default) for key, default in KEYS.items()}
    for key in NUMBERS:
        value = values[key]
        if isinstance(value, bool) or not (isinstance(value, int) and value >= 1):
            raise InputError(f"{key}: got {value!r}, needs a whole number from 1")
    for key in ("contigs", "output"):
        if not (isinstance(values[key], str) and values[key]):
            raise InputError(f"{key}: got {values[key]!r}, needs a path")
    if not Path(values["contigs"]).is_file():
        raise InputError(f"contigs: there is no file {values['contigs']}, seen from {Path.cwd()}")
    if not values["output"].endswith(".tsv"):
        raise InputError(f"output: {values['output']}: let its name end in .tsv")
    if not isinstance(values["model"], str):
        raise InputError(f"model: got {values['model']!r}, needs a folder, or nothing")
    words, chosen = _words(values["options"])
    return Plan(
        contigs=values["contigs"],
        output=values["output"],
        model=values["model"],
        models=_models(values["model"], chosen["window"]),
        words=shlex.join(words),
        batches=shlex.join(f"--{name}={chosen[name]}" for name in _OF_VECTORS),
        threads=values["threads"],
        memory_mb=values["memory_mb"],
        minutes=values["minutes"],
    )


def _models(folder: str, window: int) -> dict[str, tuple[str, str, str | None]]:
    from tiltyard.pipelines.sequences.models.model import name_of
    from tiltyard.pipelines.sequences.predicting.predict import classifier_of

    inputs = classifier_of(Path(folder) if folder else None, window).inputs
    return {kind: (one.model, name_of(one.model), one.pooling) for kind, one in inputs.items()}


def _words(text: Any) -> tuple[list[str], dict[str, Any]]:
    """Options of the command, which its own parser accepts, and their values."""
    from tiltyard.pipelines.sequences.command.predict import predict

    if not isinstance(text, str):
        raise InputError(f"options: got {text!r}, needs words as on the command line: --window 300")
    try:
        words = shlex.split(text)
        values = parse(predict, ["x", "--output", "x", *words])
    except (UsageError, ValueError) as error:
        raise InputError(f"options: {error}") from error
    for word in words:
        name = word[:2] if word[:1] == "-" != word[1:2] else word.partition("=")[0]
        if name in ITS_OWN:
            raise InputError(f"options: {name}: the workflow itself gives this; leave it out")
    return words, values
