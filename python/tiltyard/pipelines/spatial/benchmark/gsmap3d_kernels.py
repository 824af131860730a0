"""Kernels of gsMap3D and pyldsc: a program of its own, which a Python of theirs runs.

    PYTHON gsmap3d_kernels.py ARRAYS.npz

It imports nothing of this package: it runs in an environment that has only those programs. A line
of standard input names a kernel, and behind a blank the .npz file that its results go to, or ``-``.
What is answered, a line each, is JSON: CPU and wall seconds of the call, all threads counted.

The arrays of a score: ``ranks`` (u, G) logarithms of ranks of unique rows; ``local`` (b, k) rows of
the neighbours in them; ``weights`` (b, k); ``mean`` and ``fraction`` (G,). Those of a regression:
``ld`` (n, m); ``baseline`` (n, K); ``chi2``, ``samples``, ``weights_ld`` (n,); ``blocks``;
``scores`` (m, G); ``map_data``, ``map_indices``, ``map_indptr``, the CSR (n, G) whose product with
the scores is ``ld``.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = dict[str, Any]


def score_kernels(given: Arrays) -> dict[str, Callable[[], Any]]:
    """The kernel alone, on gathered rows, and what a compute worker does with a batch."""
    import jax.numpy as jnp
    from gsMap.latent2gene.marker_scores import compute_marker_scores_jax

    ranks = given["ranks"].astype(np.float16)
    local, mean, fraction = given["local"], jnp.array(given["mean"]), jnp.array(given["fraction"])
    spots, near = local.shape
    halves = jnp.array(given["weights"].astype(np.float16))
    singles = jnp.array(given["weights"].astype(np.float32))
    gathered = jnp.array(ranks)[jnp.array(local.ravel())]

    def kernel(rows: Any, weights: Any) -> Any:
        return compute_marker_scores_jax(rows, weights, spots, near, mean, fraction, False)

    def worker() -> Any:
        rows = jnp.array(ranks)[jnp.array(local.ravel())]
        return np.array(kernel(rows, halves), dtype=np.float16)

    return {
        "scores": lambda: kernel(gathered, halves),
        "scores-float32": lambda: kernel(gathered, singles),
        "scores-worker": worker,
    }


def regression_kernels(given: Arrays) -> dict[str, Callable[[], Any]]:
    """Its default kernel, and that with less memory; both leave the spot's LD scores unscaled."""
    import jax.numpy as jnp
    from gsMap.spatial_ldsc import regression_kernel
    from scipy.sparse import csr_matrix

    blocks = int(given["blocks"])
    count = len(given["chi2"]) // blocks * blocks
    mean = np.float32(given["samples"].mean())
    scale = (given["samples"] / given["samples"].mean()).astype(np.float32)[:, None]
    columns = np.column_stack(
        [given["baseline"].astype(np.float32) * scale, np.ones(len(scale), np.float32)]
    )
    parts = (
        *(given["ld"], given["baseline"].sum(1), given["chi2"], given["samples"], columns),
        given["weights_ld"],
    )
    arrays = [jnp.asarray(part[:count], dtype=jnp.float32) for part in parts]
    parts_of_map = [given[f"map_{part}"] for part in ("data", "indices", "indptr")]
    weights = csr_matrix(tuple(parts_of_map), (len(given["chi2"]), given["scores"].shape[1]))

    def default(ld: Any) -> Any:
        return regression_kernel.wrapper_of_process_chunk_jit(blocks, ld, *arrays[1:], mean)

    def end_to_end() -> Any:
        product = np.ascontiguousarray(weights @ given["scores"].T, np.float32)
        return default(jnp.asarray(product[:count]))

    return {
        "regression": lambda: default(arrays[0]),
        "regression-lowmem": lambda: regression_kernel.process_chunk_batched_lowmem_jit(
            blocks, *arrays, mean
        ),
        "end-to-end": end_to_end,
    }


def pyldsc_kernels(given: Arrays) -> dict[str, Callable[[], Any]]:
    """Stratified LD score regression of pyldsc, spot by spot, in 64 bits."""
    from pyldsc.regressions import Hsq

    def column(values: Any) -> Any:
        return np.asarray(values, np.float64)[:, None]

    def regress() -> Any:
        betas, errors = [], []
        mean = given["samples"].mean()
        width = given["baseline"].shape[1] + 1
        for ld in given["ld"].T:
            found = Hsq(
                column(given["chi2"]),
                np.column_stack([ld.astype(np.float64), given["baseline"]]),
                column(given["weights_ld"]),
                column(given["samples"]),
                np.full((1, width), 10_000 / width),
                n_blocks=int(given["blocks"]),
                old_weights=True,
            )
            betas.append(found.jknife.jknife_est[0, 0] / mean)
            errors.append(found.coef_se[0])
        return np.array(betas), np.array(errors)

    return {"pyldsc": regress}


def timed(kernel: Callable[[], Any]) -> tuple[list[Any], dict[str, float]]:
    """Results of a call, when all of them are there, and its seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = kernel()
    parts = list(found) if isinstance(found, tuple) else [found]
    for part in parts:
        if hasattr(part, "block_until_ready"):
            part.block_until_ready()
    seconds = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    return [np.asarray(part) for part in parts], seconds


def main(path: str) -> None:
    """Answer until the input ends."""
    # Its pools of threads spin while they wait, and that is no work: one core. Their own progress
    # bars must not get among the answers.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    given = dict(np.load(path))
    kernels: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        name, target = line.split()
        if not kernels:
            kernels = pyldsc_kernels(given) if name == "pyldsc" else {}
            if name != "pyldsc":
                made = score_kernels if "ranks" in given else regression_kernels
                kernels = made(given)
        results, seconds = timed(kernels[name])
        if target != "-":
            np.savez(target, *results)
        print(json.dumps(seconds), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
