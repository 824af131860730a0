"""The manifest of a study: digests of all its files, and their origin.

`workflow/schemas/manifest.schema.yaml` says what each key means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.json import read_sealed
from tiltyard.engine.files.receipts import digest_of_group, sha256_of
from tiltyard.engine.grid.checking import ConfigError, check_config
from tiltyard.engine.journal.reading import Run, read_runs
from tiltyard.engine.machine.facts import (
    describe_checkout,
    describe_machine,
    describe_packages,
    python_version,
)
from tiltyard.engine.project import project_root
from tiltyard.engine.provenance.signing import refuse_unsigned
from tiltyard.engine.study import Study, refuse_older

FORMAT = "tiltyard manifest 3"
NAME = "manifest.json"
#: The rule that writes it; its job is not part of the manifest.
RULE = "manifest"


def _ignore(done: int, total: int) -> None:
    """Do nothing; the default where nobody follows."""


Observe = Callable[[int, int], None]


def make_manifest(
    study: Study,
    groups: Mapping[str, Sequence[str]],
    *,
    threads: int = 1,
    observe: Observe = _ignore,
) -> dict[str, Any]:
    """The manifest of a finished study.

    Parameters
    ----------
    study : Study
        Study with journals, which say when and where the jobs ran.
    groups : mapping
        Group of files, as ``datasets`` -> their names below the study's folder.
    threads : int
        Cores to use, >= 1.
    observe : callable
        Called with the number of files that have been read, and of all.

    Raises
    ------
    FileNotFoundError
        If a file of `groups` is missing: only a finished study has a manifest.
    DamagedFile
        If one is not what its job wrote, or was made from what is not there any more.
    """
    folder = study.folder
    names = [name for group in groups.values() for name in group]
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder / missing[0]} and {len(missing) - 1} more files of {len(names)} are "
            "missing: only a finished study has a manifest; run snakemake once more"
        )
    files = dict(digests_of(folder, names, threads=threads, observe=observe))
    digests = {group: digest_of_group(members, files) for group, members in groups.items()}
    refuse_unsigned(study, files, digests)
    runs = [run for run in read_runs(folder / "journal") if run.rule != RULE]
    checkout = describe_checkout(project_root())
    return {
        "format": FORMAT,
        "kind": study.kind.name,
        "study": study.name,
        "seed": study.seed,
        "configurations": len(study.configurations),
        "config": dict(study.config),
        **_times(runs),
        "hosts": sorted({run.host for run in runs}),
        "machine": describe_machine(study.kind.kernels(study.config)),
        "python": python_version(),
        "runtimes": dict(study.kind.runtimes(study.config)),
        "tiltyard": version("tiltyard"),
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
    """Begin of the first job, end of the last one, and the seconds between them."""
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
    paths = [folder / name for name in names]
    with ThreadPoolExecutor(threads) as pool:
        for done, pair in enumerate(zip(names, pool.map(sha256_of, paths), strict=True), start=1):
            observe(done, len(names))
            yield pair


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in `folder`, checked against its schema.

    Raises
    ------
    UnreadableFile
        If it is missing, or is not one.
    OlderVersion
        If an older version made the study.
    """
    refuse_older(folder)
    path = folder / NAME
    if not path.exists():
        raise UnreadableFile(
            f"{path}: no such file; the workflow writes it when the study is finished: "
            "snakemake --cores all --configfile <the study's configuration>"
        )
    manifest = read_sealed(path)
    try:
        return check_config(manifest, read_schema())
    except ValueError as error:
        reason = str(error).replace("the configuration is refused", "not as its schema says")
        raise UnreadableFile(f"{path}: {reason}") from error


def read_schema() -> dict[str, Any]:
    """The schema of the manifest: every key with its meaning."""
    path = project_root() / "workflow" / "schemas" / "manifest.schema.yaml"
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


def refuse_other_config(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse a checked configuration other than the one in `manifest`.

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
