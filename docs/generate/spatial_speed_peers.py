"""Programs of others for docs/generate/spatial_speed.py: their kernels, in a process of theirs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from spatial_speed_runs import Run, Times, started

ROOT = Path(__file__).resolve().parents[2]
#: Runs of a batch, and of a chunk, each with what it is in words.
SCORES = {
    "gsmap3d kernel": "gsmap3d's kernel",
    "gsmap3d worker": "gsmap3d's compute worker",
}
REGRESSIONS = {
    "gsmap3d default": "gsmap3d's default kernel",
    "gsmap3d lowmem": "gsmap3d's lowmem kernel",
}


def python() -> str:
    """The interpreter of the environment that has gsmap3d; "" if there is none."""
    places = ROOT / ".venv-peers"
    for package in sorted(places.glob("spatial*/lib/python3*/site-packages/gsMap/latent2gene")):
        return str(package.parents[4] / "bin" / "python")
    return ""


@contextmanager
def kernels(
    arrays: Mapping[str, Any], spots: int, names: Iterable[str]
) -> Iterator[dict[str, Run]]:
    """Runs of kernels of gsmap3d on the same arrays; none where it is not installed.

    It is held to one core, as ours is: its pools of threads would spin on others.
    """
    if not python():
        yield {}
        return
    core = str(min(os.sched_getaffinity(0)))
    with tempfile.TemporaryDirectory() as name:
        given = Path(name) / "given.npz"
        np.savez(given, **arrays)
        program = str(Path(__file__).with_name("spatial_speed_gsmap3d.py"))
        environment = {
            **os.environ,
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
        }
        with subprocess.Popen(
            ["taskset", "--cpu-list", core, python(), program, str(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env=environment,
        ) as child:
            assert child.stdin is not None and child.stdout is not None
            ask, answer = child.stdin, child.stdout

            def run_of(task: str) -> Run:
                def run() -> Times:
                    ask.write(f"{task}\n")
                    line = answer.readline()
                    if not line:
                        raise SystemExit(f"{task}: the process of gsmap3d has ended")
                    return Times(*json.loads(line), spots)

                return run

            yield {name: run_of(name) for name in names}
            ask.close()


def commands(folder: Path, tissue: Path, spots: int) -> dict[str, Run]:
    """Whole commands of gsmap3d on the same files; none where it is not installed.

    It takes counts from a layer and the embedding under a name of its own, and LD scores of the
    weights in a file for each chromosome. Its second step looks for another folder than the one
    that its first step writes: a link leads there.
    """
    if not python():
        return {}
    given, work = folder / "gsmap3d.h5ad", folder / "gsmap3d"
    shutil.copy(tissue, given)
    with h5py.File(given, "r+") as file:
        file.copy("X", file["layers"], "counts")
        file.copy(file["obsm"]["emb"], file["obsm"], "emb_cell")
    table = pd.read_csv(folder / "weights.l2.ldscore.gz", sep="\t")
    (folder / "w_ld").mkdir()
    for chromosome, own in table.groupby("CHR"):
        path = folder / "w_ld" / f"weights.{chromosome}.l2.ldscore.gz"
        own.to_csv(path, sep="\t", index=False)
    gsmap = str(Path(python()).with_name("gsmap"))
    own = ("--workdir", str(work), "--project-name", "p", "--no-gpu")
    environment = {"JAX_PLATFORMS": "cpu"}
    first = [
        *(gsmap, "latent-to-gene", *own, "--dataset-type", "spatial2D", "--data-layer", "counts"),
        *("--h5ad-path", str(given), "--annotation", "domain"),
    ]
    second = [
        *(gsmap, "spatial-ldsc", *own, "--trait-name", "height"),
        *("--sumstats-file", str(folder / "height.sumstats.gz")),
        *("--w-ld-dir", str(folder / "w_ld")),
        *("--snp-gene-weight-adata-path", str(folder / "map.h5ad")),
    ]

    def specificity() -> Times:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        found = started(first, spots, environment)()
        (work / "p" / "latent2gene").symlink_to("latent_to_gene")
        return found

    def ldsc() -> Times:
        if not work.exists():
            specificity()
        shutil.rmtree(work / "p" / "spatial_ldsc", ignore_errors=True)
        return started(second, spots, environment)()

    return {"specificity of gsmap3d": specificity, "ldsc of gsmap3d": ldsc}
