"""The manifest: what a study's results are, byte for byte, and where they come from.

`workflow/schemas/manifest.schema.yaml` says what each key means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

import tiltyard
from tiltyard.study.config import ConfigError, check_config
from tiltyard.study.files import UnreadableFile, project_root
from tiltyard.study.machine import (
    describe_checkout,
    describe_machine,
    describe_packages,
    python_version,
)
from tiltyard.study.runs import Run, read_runs
from tiltyard.study.versions import digest

FORMAT = "tiltyard manifest 1"
NAME = "manifest.json"
#: The job that writes it; it is not part of what it describes.
RULE = "manifest"


def _ignore(done: int, total: int) -> None:
    """Tell nobody how many of `total` files are `done`."""


Observe = Callable[[int, int], None]


@dataclass(frozen=True)
class Contents:
    """What a manifest is made of.

    Attributes
    ----------
    study, seed : str, int
    config : mapping
        The checked configuration.
    configurations : int
        How many it has.
    julia : str
        Version of the Julia that took part, or ``off``.
    kernels : sequence of str
        Linear-algebra libraries beside Python's, as in `describe_machine`.
    groups : mapping
        Group of files, as ``datasets`` -> their names below the study's folder.
    """

    study: str
    seed: int
    config: Mapping[str, Any]
    configurations: int
    julia: str
    kernels: Sequence[str]
    groups: Mapping[str, Sequence[str]]


def make_manifest(
    contents: Contents, folder: Path, *, threads: int = 1, observe: Observe = _ignore
) -> dict[str, Any]:
    """The manifest of the study in `folder`.

    Parameters
    ----------
    contents : Contents
    folder : path
        Of the study; its journals say when the jobs ran, and where.
    threads : int
        Cores to use, >= 1.
    observe : callable
        Told, as files are read, how many are done, and of how many.

    Raises
    ------
    FileNotFoundError
        If a file of `contents` is not there: a study that is half done has no manifest.
    """
    names = [name for group in contents.groups.values() for name in group]
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder / missing[0]} and {len(missing) - 1} more files of {len(names)} are not "
            "there: a manifest is that of a finished study; run the workflow first"
        )
    files = dict(digests_of(folder, names, threads=threads, observe=observe))
    digests = {group: digest_of_group(members, files) for group, members in contents.groups.items()}
    runs = [run for run in read_runs(folder / "journal") if run.rule != RULE]
    checkout = describe_checkout(project_root())
    return {
        "format": FORMAT,
        "study": contents.study,
        "seed": contents.seed,
        "configurations": contents.configurations,
        "config": dict(contents.config),
        **_times(runs),
        "hosts": sorted({run.host for run in runs}),
        "machine": describe_machine(contents.kernels),
        "python": python_version(),
        "julia": contents.julia,
        "tiltyard": tiltyard.__version__,
        "commit": checkout.commit,
        "tree_clean": checkout.clean,
        "changed_files": list(checkout.changed),
        "commit_unknown": checkout.reason,
        "packages": describe_packages(),
        "digest": digest_of_group(list(files), files),
        "digests": digests,
        "files": files,
    }


def _times(runs: Sequence[Run]) -> dict[str, Any]:
    """When the first job began and the last one ended, and the seconds in between."""
    if not runs:
        return {"started": None, "ended": None, "seconds": None}
    began, ended = min(run.started for run in runs), max(run.last for run in runs)
    return {
        "started": _moment(began),
        "ended": _moment(ended),
        "seconds": round(ended - began, 1),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def digests_of(
    folder: Path, names: Sequence[str], *, threads: int = 1, observe: Observe = _ignore
) -> Iterator[tuple[str, str]]:
    """Each of `names` with the SHA-256 of that file in `folder`, in their order."""

    def sha256(name: str) -> str:
        with (folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    with ThreadPoolExecutor(threads) as pool:
        for done, pair in enumerate(zip(names, pool.map(sha256, names), strict=True), start=1):
            observe(done, len(names))
            yield pair


def digest_of_group(names: Iterable[str], files: Mapping[str, str]) -> str:
    """One digest for files and their names, whatever their order."""
    return digest([part for name in sorted(names) for part in (name, files[name])])


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in `folder`, checked against its schema.

    Raises
    ------
    UnreadableFile
        If it is missing, or is not one.
    """
    path = folder / NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError(f"a manifest is a mapping of keys, got {manifest!r}")
        return check_config(manifest, read_schema())
    except FileNotFoundError as error:
        raise UnreadableFile(
            f"{path}: there is none; the workflow writes it when all is merged"
        ) from error
    except ValueError as error:
        reason = str(error).replace("the configuration is refused", "not as its schema says")
        raise UnreadableFile(f"{path}: {reason}") from error


def read_schema() -> dict[str, Any]:
    """The schema of the manifest: every key with its meaning."""
    path = project_root() / "workflow" / "schemas" / "manifest.schema.yaml"
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


def refuse_other_config(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse a checked configuration that is not the one in `manifest`.

    Raises
    ------
    ConfigError
        Naming the keys that differ.
    """
    frozen = manifest["config"]
    differing = [
        f"  {key}: {frozen.get(key)!r} in the manifest, {config.get(key)!r} in the configuration"
        for key in sorted({*frozen, *config})
        if frozen.get(key) != config.get(key)
    ]
    if differing:
        raise ConfigError(
            "the results were made with another configuration: run the study again, or name its "
            "own with --config results/<study>/study.json\n" + "\n".join(differing)
        )
