"""gsmap3d's side of docs/generate/spatial_speed.py: a line asks for a kernel, and its times follow.

It runs in the environment of gsmap3d. What a kernel needs is ready before it is timed.
"""

import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # bars of progress must not be taken for answers

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from gsMap.latent2gene.marker_scores import compute_marker_scores_jax  # noqa: E402
from gsMap.spatial_ldsc import regression_kernel as kernels  # noqa: E402
from scipy import sparse  # noqa: E402

BLOCKS = 200
GIVEN = dict(np.load(sys.argv[1]))


def of_a_batch():
    """Calls of the kernel of scores, and of what a compute worker does with a batch."""
    logs, local = GIVEN["logs"], GIVEN["local"]
    count, near = local.shape
    mean, share = jnp.array(GIVEN["mean"]), jnp.array(GIVEN["share"])
    weights = jnp.array(GIVEN["weights"].astype(np.float16))
    gathered = jnp.array(logs)[jnp.array(local.ravel())]

    def scored(rows):
        return compute_marker_scores_jax(rows, weights, count, near, mean, share, False)

    def worked():
        return np.array(scored(jnp.array(logs)[jnp.array(local.ravel())]), dtype=np.float16)

    return {"gsmap3d kernel": lambda: scored(gathered), "gsmap3d worker": worked}


def of_a_chunk():
    """Calls of both kernels of the regression, and of the product that makes LD scores."""
    used = len(GIVEN["chi2"]) // BLOCKS * BLOCKS
    samples = GIVEN["samples"]
    scaled = GIVEN["baseline"] * (samples / samples.mean())[:, None]
    columns = (
        *(GIVEN["ld"], GIVEN["baseline"].sum(1), GIVEN["chi2"], samples),
        *(np.column_stack([scaled, np.ones(len(scaled))]), GIVEN["weights"]),
    )
    given = [jnp.asarray(one[:used], dtype=jnp.float32) for one in columns]
    given.append(np.float32(samples.mean()))
    parts = (GIVEN["map_data"], GIVEN["map_indices"], GIVEN["map_indptr"])
    weights = sparse.csr_matrix(parts, (len(samples), len(GIVEN["table"])))
    return {
        "gsmap3d default": lambda: kernels.wrapper_of_process_chunk_jit(BLOCKS, *given),
        "gsmap3d lowmem": lambda: kernels.process_chunk_batched_lowmem_jit(BLOCKS, *given),
        "sparse product of theirs": lambda: weights @ GIVEN["table"],
    }


def main():
    """Answer until the input ends."""
    calls = of_a_batch() if "logs" in GIVEN else of_a_chunk()
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        found = calls[line.strip()]()
        for one in found if isinstance(found, tuple) else [found]:
            if hasattr(one, "block_until_ready"):
                one.block_until_ready()
        times = time.process_time() - cpu, time.perf_counter() - wall
        print(json.dumps(times), file=answers, flush=True)


if __name__ == "__main__":
    main()
