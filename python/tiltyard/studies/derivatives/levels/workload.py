"""Workloads: a study of derivatives of a stated size, written as a configuration file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from tiltyard.engine.grid.reading import read_config
from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import Work, Workload

#: Name of the study's file in a workload's folder.
FILE = "study.yaml"
#: Noise levels of the default study, of which a workload has the first, the last and some between.
LEVELS = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 2e-2, 5e-2)


def workloads_of(asked: Mapping[str, Any]) -> list[Workload]:
    """Workloads of all combinations of the values in `asked`."""
    return [
        Workload(
            f"{base.replace('_', '-')}-l{levels}-r{trials}",
            {"base": base, "noise_levels": levels, "trials": trials},
        )
        for base, levels, trials in product(asked["base"], asked["noise_levels"], asked["trials"])
    ]


def spread(count: int) -> list[float]:
    """`count` of `LEVELS`, 1 to 7, as evenly spread as they can be."""
    if count == 1:
        return [LEVELS[len(LEVELS) // 2]]
    return [LEVELS[round(k * (len(LEVELS) - 1) / (count - 1))] for k in range(count)]


def base_file(name: str) -> Path:
    """File of the configuration that a workload is made from.

    Raises
    ------
    ValueError
        If there is none, or it is of another kind of study.
    """
    folder = project_root() / "config"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise ValueError(f"{name!r}: there is no {path.name} in {folder}; name one that there is")
    if read_config(path).get("kind", "derivatives") != "derivatives":
        raise ValueError(f"{name!r}: {path.name} is no study of derivatives; name one")
    return path


def write_study(workload: Workload, folder: Path, seed: int) -> Work:
    """Write the configuration of `workload`, with a seed of its own, into `folder`."""
    axes = workload.axes
    config = dict(read_config(base_file(str(axes["base"]))))
    config |= {
        "study": "levels",
        "seed": seed,
        "noise_levels": spread(int(axes["noise_levels"])),
        "trials": int(axes["trials"]),
    }
    (folder / FILE).write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    return open_study(workload, folder)


def open_study(workload: Workload, folder: Path) -> Work:
    """The work that `write_study` left in `folder`."""
    sizes: Sequence[int] = [int(workload.axes[name]) for name in ("noise_levels", "trials")]
    return Work(workload, {"study": [folder / FILE]}, {"configurations": sizes[0] * sizes[1]})
