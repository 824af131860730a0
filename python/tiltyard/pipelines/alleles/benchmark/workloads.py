"""Workloads of a study: files of a stated size, which are made, or a person's own."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.pipelines.alleles.inputs.bgzf import inflated
from tiltyard.pipelines.alleles.simulating.design import LAYOUTS, MIXED, Design
from tiltyard.pipelines.pipeline import Axis, Work, Workload

if TYPE_CHECKING:
    import numpy as np

#: Which classes of variants are planted, in turn.
CLASSES = {"mixed": MIXED, "snp": ("snp",), "indel": ("insertion", "deletion")}
#: Axes of made files, with the value that holds where a configuration gives none.
AXES = {
    Axis(name="files", symbol="f", meaning="BAM files, one a sample"): 1,
    Axis(name="variants", symbol="v", meaning="variants, the same for all files"): 1000,
    Axis(name="depth", symbol="d", meaning="mean number of reads over a base"): 30,
    Axis(name="read_length", symbol="l", meaning="length of a read", unit="bases"): 150,
    Axis(name="genome", symbol="g", meaning="length of all contigs", unit="bases"): 1_000_000,
    Axis(name="layout", symbol="", meaning="where variants are: all over, or in 1 %"): "sparse",
    Axis(name="classes", symbol="", meaning="classes of the variants"): "mixed",
}
#: Axes whose value is in a workload's name even if it is the usual one.
NAMED = ("files", "variants", "depth")
#: Begin of the name of a workload of a person's own files.
OWN = "own"
#: File in a workload's folder that says what there is of it.
RECORD = "work.json"


def _numbers(meaning: str, least: int = 1) -> dict[str, Any]:
    number = {"type": "integer", "minimum": least}
    return {"type": "array", "items": number, "minItems": 1, "uniqueItems": True} | {
        "description": meaning
    }


def _words(meaning: str, words: Sequence[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(words)}, "minItems": 1, "uniqueItems": True} | {
        "description": meaning
    }


_LISTS = {
    "files": _numbers("how many BAM files"),
    "variants": _numbers("how many variants; or the VCF or MAF file of your own files"),
    "depth": _numbers("mean number of reads over a base"),
    "read_length": _numbers("bases of a read", 60),
    "genome": _numbers("bases of all contigs", 2000),
    "layout": _words("variants all over the genome, or in a hundredth of it", LAYOUTS),
    "classes": _words("classes of the variants", tuple(CLASSES)),
}
#: JSON Schema of the configuration's key ``workload``.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **_LISTS,
        "variants": {**_LISTS["variants"], "type": ["array", "string"]},
        "scenarios": {
            "description": "lists that differ from those beside it, one or more workloads each",
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "additionalProperties": False, "properties": _LISTS},
        },
        "alignments": {
            "description": "your own BAM or CRAM files",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
        },
        "fasta": {"description": "the reference of your own files", "type": "string"},
    },
}


def workloads_of(settings: Mapping[str, Any]) -> list[Workload]:
    """Workloads that the configuration's key ``workload`` gives.

    Raises
    ------
    ValueError
        If they cannot be made, or own files are not all named or not there.
    """
    if "alignments" in settings:
        return [_own(settings)]
    for key in ("fasta", "variants"):
        if isinstance(settings.get(key), str):
            raise ValueError(f"workload.{key} names a file of your own, and alignments is missing")
    lists = {name: values for name, values in settings.items() if name != "scenarios"}
    found = {}
    for scenario in settings.get("scenarios", [{}]):
        for workload in _products({**lists, **scenario}):
            found[workload.name] = workload  # scenarios may overlap
    return list(found.values())


def _products(lists: Mapping[str, Sequence[Any]]) -> Iterator[Workload]:
    values = [lists.get(axis.name, [usual]) for axis, usual in AXES.items()]
    for chosen in itertools.product(*values):
        axes = dict(zip((axis.name for axis in AXES), chosen, strict=True))
        parts = [
            f"{axis.symbol}{axes[axis.name]}"
            for axis, usual in AXES.items()
            if axis.name in NAMED or axes[axis.name] != usual
        ]
        workload = Workload("-".join(parts), axes)
        try:
            design_of(workload)
        except ValueError as error:
            raise ValueError(f"workload {workload.name} cannot be made: {error}") from error
        yield workload


def design_of(workload: Workload) -> Design:
    """Design of the files of a workload that is made."""
    axes: dict[str, Any] = dict(workload.axes)
    return Design(**axes | {"classes": CLASSES[axes["classes"]]})


def _own(settings: Mapping[str, Any]) -> Workload:
    """The workload of a person's own files; other files give it another name."""
    paths = {role: [str(path) for path in own] for role, own in _own_files(settings).items()}
    axes = {"files": len(paths["alignments"]), "variants": count_variants(Path(*paths["variants"]))}
    digest = hashlib.sha256(json.dumps(paths).encode()).hexdigest()
    return Workload(f"{OWN}-f{axes['files']}-v{axes['variants']}-{digest[:6]}", axes, paths)


def _own_files(settings: Mapping[str, Any]) -> dict[str, list[Path]]:
    for key in ("variants", "fasta"):
        if not isinstance(settings.get(key), str):
            raise ValueError(f"workload.{key} is missing: it names a file, as alignments does")
    surplus = set(settings) - {"alignments", "variants", "fasta"}
    if surplus:
        raise ValueError(
            f"workload.{min(surplus)} is of files that are made; leave it out beside alignments"
        )
    paths = {
        "alignments": [Path(path).expanduser().absolute() for path in settings["alignments"]],
        "variants": [Path(settings["variants"]).expanduser().absolute()],
        "fasta": [Path(settings["fasta"]).expanduser().absolute()],
    }
    for role, files in paths.items():
        for path in files:
            if not path.is_file():
                raise ValueError(f"workload.{role}: there is no file {path}")
    return paths


def count_variants(path: Path) -> int:
    """Records of a VCF or MAF file, which may be gzipped."""
    with inflated(path) as lines:
        records = sum(1 for line in lines if not line.startswith(b"#") and line.strip())
    maf = path.name.removesuffix(".gz").removesuffix(".bgz").endswith(".maf")
    return records - (maf and records > 0)


def make(workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
    """Make the files of `workload` in `folder`, or note where a person's own are."""
    if workload.facts:
        _note_own(workload, folder)
    else:
        _make(workload, folder, rng)
    return open_work(workload, folder)


def _make(workload: Workload, folder: Path, rng: np.random.Generator) -> None:
    from tiltyard.pipelines.alleles.simulating.simulation import simulate

    design = design_of(workload)
    made = simulate(design, folder, rng)
    files = {
        "alignments": [path.name for path in made.alignments.values()],
        "variants": [made.variants.name],
        "fasta": [made.fasta.name],
    }
    counts = {"reads": made.reads, "variants": design.variants * design.files}
    _note(folder, files, counts)


def _note_own(workload: Workload, folder: Path) -> None:
    files = workload.facts
    fasta = Path(*files["fasta"])
    reads = sum(_reads_of(Path(path), fasta) for path in files["alignments"])
    variants = int(workload.axes["variants"]) * len(files["alignments"])
    _note(folder, files, {"reads": reads, "variants": variants})


def _reads_of(path: Path, fasta: Path) -> int:
    """Records of a BAM or CRAM file, from its index where that tells it."""
    import pysam

    with pysam.AlignmentFile(str(path), reference_filename=str(fasta)) as file:
        if file.is_bam and file.has_index():
            return int(file.mapped + file.unmapped)
        return int(file.count(until_eof=True))


def _note(folder: Path, files: Mapping[str, Sequence[str]], units: Mapping[str, int]) -> None:
    write_text(folder / RECORD, json.dumps({"files": files, "units": units}, indent=1))


def open_work(workload: Workload, folder: Path) -> Work:
    """The work that `make` left in `folder`.

    Raises
    ------
    ValueError
        If a file of it is missing, with its path.
    """
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    files = {role: [folder / name for name in own] for role, own in record["files"].items()}
    for path in itertools.chain(*files.values()):
        if not path.is_file():
            raise ValueError(f"{path}: the file of workload {workload.name} is gone; make it again")
    return Work(workload, files, record["units"])
