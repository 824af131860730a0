"""Programs of others that score genes and regress traits: how they are called, what they wrote.

Sources: gsmap3d 0.1.3 (formula B, the guide's program), gsmap 1.73.8 (formula A) and pyldsc 0.1.0,
packages of PyPI.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import Work
from tiltyard.pipelines.programs import installed

#: Where `make peers-spatial` installs them, and their versions.
FOLDER, LOCKED = Path(".venv-peers"), Path(".ci/peers")
#: Program -> its environment.
ENVIRONMENTS = {"gsmap3d": "spatial", "gsmap": "gsmap"}
#: Where `make peers-jax` installs jax beside all that this package has, and its version.
JAX_PYTHON, JAX_WANTED = FOLDER / "jax" / "bin" / "python", LOCKED / "jax.in"
#: Program of this folder that calls kernels.
CALLER = Path(__file__).with_name("gsmap3d_kernels.py")
#: Project that a command of gsMap3D works on, and where its scores then are.
PROJECT = "study"
SCORES = Path(PROJECT, "latent_to_gene", "marker_scores.dat")
#: Sample that a command of gsmap works on, and where its scores then are.
SAMPLE = "study"
SCORES_A = Path(SAMPLE, "latent_to_gene", f"{SAMPLE}_gene_marker_score.feather")
#: Least correlation of all scores with ours. Similarities in 16 bits tie, and each program takes
#: other neighbours of those that tie, a twelfth of them: on the same neighbours scores are compared
#: one by one (`make test-peers`).
ALIKE = 0.8
EXAMPLES = ("gsmap3d-w1",)
_NAME = re.compile(r"gsmap3d-w(?P<workers>[1-9]\d*)")
_INSTALL = "make peers-spatial"


def parse(name: str) -> int | None:
    """Compute workers of a strategy that is a program of others; None if `name` is no such."""
    found = _NAME.fullmatch(name)
    return int(found["workers"]) if found else None


def python(program: str = "gsmap3d") -> str:
    """Python of a program.

    Raises
    ------
    ValueError
        If it is not installed, with what installs it.
    """
    return _installed(program, "python")


def command_of(program: str) -> str:
    """Command of a program; raises `ValueError` as `python`."""
    return _installed(program, "gsmap")


def _installed(program: str, name: str) -> str:
    place = project_root() / FOLDER / ENVIRONMENTS[program] / "bin" / name
    return installed(place, f"{program} is not installed: {_INSTALL}")


def jax() -> str:
    """Python of jax, which has this package too.

    Raises
    ------
    ValueError
        If it is not installed, with what installs it.
    """
    words = "jax is not installed for strategies of jax-batch: make peers-jax"
    return installed(project_root() / JAX_PYTHON, words)


def jax_version() -> Path:
    """File that says which jax is installed there."""
    return project_root() / JAX_WANTED


def sources() -> list[Path]:
    """Files that decide what a strategy of others does."""
    return [Path(__file__), project_root() / LOCKED / "spatial.txt"]


def command(workers: int, work: Work, output: Path) -> list[str]:
    """Command line that does `work` with gsMap3D in a folder `output`, which it wants to be there.

    Raises
    ------
    ValueError
        If the work has no embedding, which it does not make as we do.
    """
    (tissue,) = work.files["tissue"]
    facts = work.facts
    if "embedding" not in facts:
        raise ValueError("gsmap3d needs an embedding: give workload.embedding")
    words = [
        *("env", "JAX_PLATFORMS=cpu", command_of("gsmap3d"), "latent-to-gene", "--no-gpu"),
        *("--workdir", str(output), "--project-name", PROJECT, "--dataset-type", "spatial2D"),
        *("--h5ad-path", str(tissue), "--latent-representation-cell", str(facts["embedding"])),
        *("--data-layer", str(facts.get("layer", "X")), "--spatial-neighbors", "301"),
        *("--spatial-key", str(facts.get("coordinates", "spatial"))),
        *("--mkscore-compute-workers", str(workers)),
    ]
    if "annotation" in facts:
        words += ["--annotation", str(facts["annotation"])]
    made = shlex.join(["mkdir", "-p", str(output)])
    # It leaves a folder of logs where it is started.
    return ["sh", "-c", f"{made} && cd {shlex.quote(str(output))} && exec {shlex.join(words)}"]


def ldsc_command(
    example: Path, output: Path, trait: str, *, workers: int = 10, cells: str = ""
) -> list[str]:
    """Command line that regresses an example's trait on scores of gsMap3D in a folder `output`.

    What it needs and the example has not is written there: weights by chromosome, and the scores'
    folder under the name by which its check of ranges looks for it.

    Parameters
    ----------
    example : path
        Folder that `made_files.write_example` wrote.
    output : path
        Folder of `command`.
    trait : str
    workers : int
        Compute workers that it is asked for.
    cells : str
        Range of spots, ``0 150``; "" for all.
    """
    import pandas as pd

    weights = output / "weights"
    weights.mkdir(exist_ok=True)
    whole = pd.read_csv(example / "weights.l2.ldscore.gz", sep="\t")
    for chromosome, own in whole.groupby("CHR"):
        own.to_csv(weights / f"weights.{chromosome}.l2.ldscore.gz", sep="\t", index=False)
    link = output / PROJECT / "latent2gene"
    if not link.exists():
        link.symlink_to(SCORES.parent.name)
    words = [
        *("env", "JAX_PLATFORMS=cpu", command_of("gsmap3d"), "spatial-ldsc", "--no-gpu"),
        *("--workdir", str(output), "--project-name", PROJECT, "--trait-name", trait),
        *("--sumstats-file", str(example / f"{trait}.sumstats.gz"), "--w-ld-dir", str(weights)),
        *("--snp-gene-weight-adata-path", str(example / "map.h5ad")),
        *("--ldsc-compute-workers", str(workers)),
        *(("--cell-indices-range", *cells.split()) if cells else ()),
    ]
    return ["sh", "-c", f"cd {shlex.quote(str(output))} && exec {shlex.join(words)}"]


def command_a(tissue: Path, output: Path) -> list[str]:
    """Command line that scores `tissue` with gsmap (formula A) in a new folder `output`.

    It takes its input where its own first step would have left it, and writes a feather table.
    """
    place = output / SAMPLE / "find_latent_representations"
    words = [
        *(command_of("gsmap"), "run_latent_to_gene", "--workdir", str(output)),
        *("--sample_name", SAMPLE, "--latent_representation", "emb", "--annotation", "domain"),
    ]
    made = shlex.join(["mkdir", "-p", str(place)])
    copied = shlex.join(["cp", str(tissue), str(place / f"{SAMPLE}_add_latent.h5ad")])
    removed = shlex.join(["rm", "-rf", str(output)])
    cd = f"cd {shlex.quote(str(output))}"
    return ["sh", "-c", f"{removed} && {made} && {copied} && {cd} && exec {shlex.join(words)}"]


def scores_of(output: Path) -> NDArray[np.float16]:
    """Scores that gsMap3D wrote in a folder, (n, G).

    Raises
    ------
    ValueError
        If they are not complete.
    """
    path = output / SCORES
    facts = json.loads(path.with_name("marker_scores.meta.json").read_text(encoding="utf-8"))
    if not facts["complete"]:
        raise ValueError(f"{path} is not complete")
    return np.fromfile(path, np.dtype(facts["dtype"])).reshape(facts["shape"])


def digest(output: Path) -> str:
    """SHA-256 of the scores of a folder."""
    from tiltyard.engine.files.receipts import sha256_of

    return sha256_of(output / SCORES)


def difference(expected: Path, output: Path) -> str:
    """In words how scores of a folder are unlike ours in `expected`; "" if they are alike."""
    theirs = scores_of(output)
    ours = np.fromfile(expected, "<f2")
    if ours.size != theirs.size:
        genes = theirs.shape[1]
        return f"{ours.size // genes:,} spots expected, {len(theirs):,} found"
    alike = float(np.corrcoef(ours.astype(np.float64), theirs.ravel().astype(np.float64))[0, 1])
    if not alike >= ALIKE:
        return f"scores correlate by {ALIKE} at least, and by {alike:.3f} here"
    return ""


#: Runs a kernel by its name, and returns its seconds; with a path, its results go there.
Ask = Callable[..., Mapping[str, float]]


@contextmanager
def kernels(arrays: Mapping[str, Any], folder: Path) -> Iterator[Ask]:
    """Kernels of others on arrays, in a process that stays until the end.

    Parameters
    ----------
    arrays : mapping
        As `gsmap3d_kernels` takes them.
    folder : path
        Of files in between.

    Raises
    ------
    ValueError
        If they are not installed.
    """
    path = folder / "arrays.npz"
    np.savez(path, **arrays)
    call = [python(), "-P", str(CALLER), str(path)]
    with (
        (folder / "kernels.log").open("w+") as log,
        subprocess.Popen(
            call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1
        ) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        asking, answers = child.stdin, child.stdout

        def ask(name: str, target: Path | None = None) -> Mapping[str, float]:
            asking.write(f"{name} {target or '-'}\n")
            line = answers.readline()
            if not line:
                child.wait()
                log.seek(0)
                raise RuntimeError(f"{name}: its process ended: {log.read()[-2000:]}")
            found: Mapping[str, float] = json.loads(line)
            return found

        yield ask
        asking.close()


def results(ask: Ask, name: str, folder: Path) -> list[NDArray[Any]]:
    """What a kernel gives."""
    path = folder / f"{name}.npz"
    ask(name, path)
    with np.load(path) as found:
        return list(found.values())
