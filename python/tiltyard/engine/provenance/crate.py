"""Metadata of a bundle, in the terms of RO-Crate 1.1 and Workflow Run RO-Crate 0.5."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tiltyard.engine.kind import Kind
from tiltyard.engine.statistics.tables import MERGED, statistics_of

if TYPE_CHECKING:
    from rocrate.model import Entity  # type: ignore[import-untyped]
    from rocrate.rocrate import ROCrate  # type: ignore[import-untyped]

METADATA = "ro-crate-metadata.json"
#: The version that the profiles below are for.
VERSION = "1.1"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
LICENSE = "https://spdx.org/licenses/MIT"
#: Ending of a file -> its media type.
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
#: Titles of files that are no tables.
TITLES = {
    "catalogue.json": "Methods that took part, with their versions",
    "manifest.json": "Manifest: digests, configuration, versions, machine, commit",
    "report.html": "Interactive page of the results",
    "study.json": "Configuration of the study",
}
#: Folders with many files -> what they hold, and the files' ending.
GROUPS = {
    "datasets": ("What methods were evaluated on, a file per configuration", ".parquet"),
    "evaluations": ("Results, scores and costs, a file per configuration", ".parquet"),
    "receipts": ("What each job wrote, with digests", ".json"),
}
INPUT = "study.json"


def describe_crate(
    kind: Kind,
    manifest: Mapping[str, Any],
    digests: Mapping[str, str],
    sizes: Mapping[str, int],
    project: Sequence[str],
    left_out: Sequence[str],
) -> str:
    """The text of ``ro-crate-metadata.json``.

    Parameters
    ----------
    kind : Kind
        Kind of the study.
    manifest : mapping
        Manifest of the study.
    digests, sizes : mapping
        SHA-256 and bytes of each packed file of the study, by its name in the archive.
    project : sequence of str
        Packed files of the project; the Snakefile is one.
    left_out : sequence of str
        Files and folders of the study that are not packed.

    Raises
    ------
    ValueError
        If the manifest has no time of the run, which a crate needs.
    """
    from rocrate.model import ContextEntity
    from rocrate.rocrate import ROCrate

    if manifest["ended"] is None:
        raise ValueError(
            "the manifest does not say when the study ran, as its journals were removed: "
            "restore the folder `journal`, and write it again with `tiltyard manifest`"
        )
    crate = ROCrate(version=VERSION)
    crate.metadata.extra_terms["sha256"] = "https://schema.org/sha256"
    study = manifest["study"]
    crate.name = f"Results of the Tiltyard study {study}"
    crate.description = _description(kind, manifest, left_out)
    crate.datePublished = manifest["ended"]
    crate.license = crate.add(
        ContextEntity(crate, LICENSE, {"@type": "CreativeWork", "name": "MIT License"})
    )
    profiles = [
        ContextEntity(
            crate, address, {"@type": "CreativeWork", "name": name, "version": _tail(address)}
        )
        for address, name in PROFILES.items()
    ]
    crate.root_dataset["conformsTo"] = [crate.add(profile) for profile in profiles]
    workflow = _add_workflow(crate, manifest, project)
    titles = {**TITLES, **MERGED, **statistics_of(kind)}
    files = _add_files(crate, digests, sizes, titles)
    action = crate.add_action(
        workflow,
        identifier="#run",
        object=files[INPUT],
        result=[file for name, file in files.items() if name != INPUT],
        properties={
            "@type": "CreateAction",
            "name": f"Run of the study {study}",
            "startTime": manifest["started"],
            "endTime": manifest["ended"],
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
    )
    crate.root_dataset["mentions"] = [action]
    return json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False)


def _tail(address: str) -> str:
    return address.rpartition("/")[2]


def _description(kind: Kind, manifest: Mapping[str, Any], left_out: Sequence[str]) -> str:
    tree = {True: "", False: ", with changed files", None: ""}[manifest["tree_clean"]]
    texts = [
        f"{kind.words.question} "
        f"{manifest['configurations']} configurations, seed {manifest['seed']}, digest "
        f"{manifest['digest']}.",
        f"Made at commit {manifest['commit']}{tree}." if manifest["commit"] else "",
        f"Left out: {', '.join(left_out)}." if left_out else "",
        "Check it with `tiltyard verify --config study.json --results .` in its folder.",
    ]
    return " ".join(filter(None, texts))


def _add_workflow(crate: ROCrate, manifest: Mapping[str, Any], project: Iterable[str]) -> Entity:
    snakemake = manifest["packages"].get("snakemake")
    workflow = crate.add_workflow(
        dest_path="Snakefile", main=True, lang="snakemake", lang_version=snakemake
    )
    workflow["name"] = "Tiltyard's workflow"
    if manifest["commit"]:
        workflow["version"] = manifest["commit"]
    for name in project:
        if name != "Snakefile":
            crate.add_file(dest_path=name, properties={"name": PurePosixPath(name).name})
    return workflow


def _add_files(
    crate: ROCrate,
    digests: Mapping[str, str],
    sizes: Mapping[str, int],
    titles: Mapping[str, str],
) -> dict[str, Entity]:
    """Entities of the study's files; a group, which may have thousands of files, is one entity."""
    found: dict[str, Entity] = {}
    counts: Counter[str] = Counter()
    for name, digest in digests.items():
        path = PurePosixPath(name)
        if path.parts[0] in GROUPS:
            counts[path.parts[0]] += 1
            continue
        found[name] = crate.add_file(
            dest_path=name,
            properties={
                "name": titles.get(name, path.stem.replace("_", " ")),
                "encodingFormat": FORMATS[path.suffix],
                "contentSize": str(sizes[name]),
                "sha256": digest,
            },
        )
    for group, count in counts.items():
        title, ending = GROUPS[group]
        found[group] = crate.add_dataset(
            dest_path=group,
            properties={
                "name": title,
                "description": f"{count} files, {ending}",
                "encodingFormat": FORMATS[ending],
            },
        )
    return found
