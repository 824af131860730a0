"""One archive of a study's results: a Workflow Run RO-Crate, the same bytes every time.

RO-Crate: S. Soiland-Reyes et al., Data Science 5 (2022) 97. Workflow Run RO-Crate: S. Leo et al.,
PLoS ONE 19 (2024) e0309210.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tiltyard.engine.files.atomic import UnreadableFile, atomic_path
from tiltyard.engine.files.receipts import EVALUATIONS, read_receipt
from tiltyard.engine.plan.damage import JOBS
from tiltyard.engine.project import project_root
from tiltyard.engine.provenance.crate import FORMATS, METADATA, describe_crate
from tiltyard.engine.provenance.manifest import NAME as MANIFEST
from tiltyard.engine.provenance.manifest import digests_of, read_manifest
from tiltyard.engine.study import Study

NAME = "bundle.zip"
#: Folders of a study that are packed, with everything in them.
FOLDERS = ("datasets", "figures", "receipts")
#: Receipt of the archive itself, which cannot be in it.
OWN_RECEIPT = "receipts/bundle.json"
#: Files and folders of the project that say how the results were made.
PROJECT = (
    "Snakefile",
    "profiles",
    "workflow",
    "environment.yml",
    "requirements.lock",
    "requirements",
    "LICENSE",
)
#: Files with these endings are compressed already.
STORED = (".parquet", ".png")
#: Time of every entry: the earliest that the format allows.
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """An archive that was written.

    Attributes
    ----------
    path : path
    bytes : int
        Size of the archive.
    packed : int
        Number of files in it.
    left_out : tuple of str
        Files and folders of the study that are not in it.
    """

    path: Path
    bytes: int
    packed: int
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        left_out = ", ".join(self.left_out) or "nothing"
        size = f"{self.bytes / 1e6:.1f} MB"
        return f"{self.path}: {self.packed} files, {size}; left out: {left_out}"


def write_bundle(study: Study, output: Path) -> Bundle:
    """Pack `study`, and the workflow that made it, into the archive `output`.

    Packed are configuration, catalogue, manifest, tables, figures, page and datasets. Left out are
    the files of the evaluations, if the merged table has all of their content, and the files that
    only the workflow needs, such as store and journals.

    Raises
    ------
    UnreadableFile
        If there is no manifest, or one of its files, or a figure or the page, is missing or
        altered.
    """
    folder = study.folder
    manifest = read_manifest(folder)
    merged = manifest["config"].get("merge", {"estimates": True})
    # What methods produced is there, where the merged table leaves it out.
    folders = FOLDERS if merged["estimates"] else (*FOLDERS, EVALUATIONS)
    results = sorted(_results(folder, folders))
    digests = dict(digests_of(folder, results))
    refuse_missing([n for n in manifest["files"] if _belongs(n, folders)], digests, folder)
    refuse_altered({**_signed_by_receipts(study), **manifest["files"]}, digests, folder)
    project = list(_project_files(project_root()))
    left_out = sorted(
        name for name in (path.name for path in folder.iterdir()) if _is_left_out(name, results)
    )
    sizes = {name: (folder / name).stat().st_size for name in results}
    metadata = describe_crate(study.kind, manifest, digests, sizes, project, left_out)
    with (
        atomic_path(output) as temporary,
        zipfile.ZipFile(temporary, "w", allowZip64=True) as archive,
    ):
        archive.writestr(_entry(METADATA), metadata)
        for root, names in ((folder, results), (project_root(), project)):
            for name in names:
                _pack(archive, root / name, name)
    return Bundle(output, output.stat().st_size, len(results) + len(project) + 1, tuple(left_out))


def _signed_by_receipts(study: Study) -> dict[str, str]:
    """Digests of what the manifest does not have: figures and page."""
    paths = (study.receipt(job) for job in JOBS)
    receipts = [read_receipt(path) for path in paths if path.exists()]
    return {name: facts.digest for one in receipts for name, facts in one.files.items()}


def _belongs(name: str, folders: Sequence[str]) -> bool:
    """Whether a file of the manifest is packed."""
    return "/" not in name or name.partition("/")[0] in folders


def _results(folder: Path, folders: Sequence[str]) -> Iterator[str]:
    """Names of the study's files that are packed."""
    for path in folder.iterdir():
        if path.is_file() and path.suffix in FORMATS and not path.name.startswith("."):
            yield path.name
        elif path.is_dir() and path.name in folders:
            yield from (
                inner.relative_to(folder).as_posix()
                for inner in path.rglob("*")
                if inner.is_file()
                and inner.suffix in FORMATS
                and not inner.name.startswith(".")
                and inner != folder / OWN_RECEIPT
            )


def _is_left_out(name: str, results: Sequence[str]) -> bool:
    packed = name in results or any(each.startswith(f"{name}/") for each in results)
    return not packed and name != NAME and not name.startswith(".")


def refuse_missing(expected: Iterable[str], found: Mapping[str, str], folder: Path) -> None:
    """Refuse to pack a study without one of the `expected` files.

    Raises
    ------
    UnreadableFile
        Naming the first one.
    """
    for name in expected:
        if name not in found:
            raise UnreadableFile(f"{folder / name}: is gone; run snakemake once more")


def refuse_altered(expected: Mapping[str, str], found: Mapping[str, str], folder: Path) -> None:
    """Refuse to pack files that are not those of the manifest.

    Raises
    ------
    UnreadableFile
        Naming the first one.
    """
    for name, digest in found.items():
        if name != MANIFEST and expected.get(name, digest) != digest:
            raise UnreadableFile(
                f"{folder / name}: altered since the manifest was written; run snakemake once "
                "more, or see `tiltyard verify`"
            )


def _project_files(root: Path) -> Iterator[str]:
    for name in PROJECT:
        path = root / name
        inside: Iterable[Path] = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file() and not file.name.startswith("."):
                yield file.relative_to(root).as_posix()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    stored = name.endswith(STORED)
    entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return entry


def _pack(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = _entry(name)
    entry.file_size = path.stat().st_size  # it decides whether the entry needs ZIP64
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)
