"""The embedded classifier trained anew, and written with all that has to be said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.files.json import json_text
from tiltyard.pipelines.sequences.classifying.embedded import INTERCEPT, WINDOWS
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.composition import FEATURES
from tiltyard.pipelines.sequences.rule.rules import rules_of
from tiltyard.pipelines.sequences.training.genomes import Genome, read_genomes
from tiltyard.pipelines.sequences.training.grouping import relatives
from tiltyard.pipelines.sequences.training.training import accuracy, fitted, frames_of, held_out

#: Groups of the table whose genomes are put into clusters of relatives, each a group.
CLUSTERED = "*"
LIMITS = (
    "It tells the phages of Escherichia coli from bacteria by their composition. It does not find "
    "viruses unlike those that it was trained on, and calls pieces of animals, plants and bacteria "
    "virus. It serves to complete the pipeline, never for discovery, diagnosis or cleaning."
)


def train(
    table: Path,
    folder: Path,
    output: Path,
    seed: int = 1,
    say: Callable[[str], None] = lambda sentence: None,
) -> dict[str, Any]:
    """Train for each window, and write ``coefficients.tsv`` and ``about.json`` into `output`.

    Parameters
    ----------
    table : path
        Genomes; a group that ends in ``*`` is put into clusters.
    folder : path
        In which their packages are unpacked.

    Raises
    ------
    InputError
        If a genome is missing, or a class has too few groups to hold any out.
    """
    genomes = clustered(read_genomes(table, folder))
    for virus in (False, True):
        groups = {one.group for one in genomes if one.virus == virus and one.sequences}
        if len(groups) < 2:
            raise InputError(
                f"{table}: {'virus' if virus else 'others'} has {len(groups)} groups, and at least "
                "2 are needed, of which one can be held out"
            )
    columns, found = {}, {}
    for window in WINDOWS:
        rng = np.random.default_rng(seed)
        frames = frames_of(genomes, rules_of(window=window), rng)
        say(f"window {window}: {len(frames.group):,} frames of {len(genomes)} genomes")
        found[str(window)] = accuracy(frames, held_out(frames, rng), rng)
        coefficients, intercept = fitted(frames, np.ones(len(frames.group), np.bool_))
        columns[str(window)] = [*coefficients, intercept]
        own = found[str(window)]
        say(f"window {window}: balanced {own['balanced']} {own['interval']} on held-out groups")
    output.mkdir(parents=True, exist_ok=True)
    rows = zip((*FEATURES, INTERCEPT), *columns.values(), strict=True)
    lines = ["\t".join(["feature", *columns])]
    lines += ["\t".join([name, *(f"{value:.6g}" for value in values)]) for name, *values in rows]
    write_text(output / "coefficients.tsv", "\n".join([*lines, ""]))
    about = {"limits": LIMITS, "accuracy": found, "seed": seed, "training": _sources(genomes)}
    write_text(output / "about.json", json_text(about) + "\n")
    return about


def clustered(genomes: Sequence[Genome]) -> list[Genome]:
    """The genomes, those of groups that end in ``*`` with their clusters for groups."""
    found = list(genomes)
    for name in sorted({one.group for one in genomes if one.group.endswith(CLUSTERED)}):
        places = [place for place, one in enumerate(genomes) if one.group == name]
        joined = [b"N".join(genomes[place].sequences) for place in places]
        for place, first in zip(places, relatives(joined), strict=True):
            cluster = f"{name.removesuffix(CLUSTERED)}{genomes[places[first]].path.stem}"
            found[place] = replace(genomes[place], group=cluster)
    return found


def _sources(genomes: Sequence[Genome]) -> list[dict[str, Any]]:
    return [
        {
            "label": "virus" if one.virus else "others",
            "group": one.group,
            "source": one.source,
            "file": one.path.name,
            "bases": sum(map(len, one.sequences)),
            "sha256": one.digest,
        }
        for one in genomes
    ]
