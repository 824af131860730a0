"""Workloads of a study: made tissue of a stated size, or a person's own file."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.pipelines.pipeline import Axis, Work, Workload

if TYPE_CHECKING:
    import numpy as np

#: Axes of made tissue, with the value that holds where a configuration gives none.
AXES = {
    Axis(name="spots", symbol="s", meaning="spots of the tissue"): 5000,
    Axis(name="genes", symbol="g", meaning="genes"): 2000,
    Axis(name="density", symbol="d", meaning="counts above 0", unit="%"): 30,
}
#: Begin of the names of workloads.
MADE, OWN = "tissue", "own"
#: File in a workload's folder that says what there is of it.
RECORD = "work.json"
#: Options that a person's own file may need, beside its name.
OPTIONS = ("layer", "coordinates", "embedding", "annotation")


def _numbers(meaning: str, least: int, most: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": least, "maximum": most}
    listed = {"type": "array", "items": number, "minItems": 1, "uniqueItems": True}
    return {**listed, "description": meaning}


#: JSON Schema of the configuration's key ``workload``.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "spots": _numbers("spots of the tissue", 100, 10**7),
        "genes": _numbers("genes", 100, 10**5),
        "density": _numbers("percent of counts above 0", 1, 99),
        "file": {"description": "your own h5ad file", "type": "string", "minLength": 1},
        **{
            name: {"description": f"its --{name}", "type": "string", "minLength": 1}
            for name in OPTIONS
        },
    },
}


def workloads_of(settings: Mapping[str, Any]) -> list[Workload]:
    """Workloads that the configuration's key ``workload`` gives.

    Raises
    ------
    ValueError
        If an own file is not there, or lists are beside it.
    """
    if "file" in settings:
        return [_own(settings)]
    for name in OPTIONS:
        if name in settings:
            raise ValueError(f"workload.{name} is of a file of your own; give workload.file, too")
    return list(_products(settings))


def _products(lists: Mapping[str, Sequence[int]]) -> Iterator[Workload]:
    values = [lists.get(axis.name, [usual]) for axis, usual in AXES.items()]
    for chosen in itertools.product(*values):
        axes = dict(zip((axis.name for axis in AXES), chosen, strict=True))
        parts = [f"{axis.symbol}{axes[axis.name]}" for axis in AXES]
        yield Workload("-".join([MADE, *parts]), axes)


def _own(settings: Mapping[str, Any]) -> Workload:
    surplus = {axis.name for axis in AXES} & set(settings)
    if surplus:
        raise ValueError(
            f"workload.{min(surplus)} is of tissue that is made; leave it out beside file"
        )
    path = Path(settings["file"]).expanduser().absolute()
    if not path.is_file():
        raise ValueError(f"workload.file: there is no file {path}")
    facts = {**settings, "file": str(path)}
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return Workload(f"{OWN}-{digest[:6]}", {}, facts)


def make(workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
    """Make the tissue of `workload` in `folder`, or note where a person's own is."""
    from tiltyard.pipelines.spatial.h5ad.elements import names_of, open_h5ad

    if workload.facts:
        path = workload.facts["file"]
        options = {name: workload.facts[name] for name in OPTIONS if name in workload.facts}
    else:
        from tiltyard.pipelines.spatial.made_files import TISSUE, write_tissue
        from tiltyard.pipelines.spatial.simulating import made_tissue

        axes: dict[str, Any] = dict(workload.axes)
        made = made_tissue(axes["spots"], axes["genes"], rng, density=axes["density"] / 100)
        write_tissue(folder, made)
        path, options = TISSUE, {"embedding": "emb", "annotation": "domain"}
    with open_h5ad(folder / path) as file:
        units = {"spots": len(names_of(file, "obs")), "genes": len(names_of(file, "var"))}
    record = {"file": path, "options": options, "units": units}
    write_text(folder / RECORD, json.dumps(record, indent=1))
    return open_work(workload, folder)


def open_work(workload: Workload, folder: Path) -> Work:
    """The work that `make` left in `folder`.

    Raises
    ------
    ValueError
        If its file is missing, with its path.
    """
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    path = folder / record["file"]
    if not path.is_file():
        raise ValueError(f"{path}: the file of workload {workload.name} is gone; make it again")
    return Work(workload, {"tissue": [path]}, record["units"], record["options"])
