"""Julia inside a Python process, through PyJulia's `LibJulia`; arrays pass as pointers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from julia.api import JuliaInfo, LibJulia
from numpy.typing import NDArray

from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime, julia_environment
from tiltyard.studies.derivatives.julia.sources import load_code

Array = NDArray[np.float64]

# Layout of the shared memory; julia/src/serve.jl has it at `Batch` and `attach`.
TEXT_BYTES = 8192
COSTS = ("cpu", "wall", "warm_up", "peak_memory", "failed", "has_deviation", "text_length")
WAITING, WARMING_UP, RUNNING, FINISHED = range(4)


class JuliaCall(NamedTuple):
    """Arguments of one Julia estimator; calls of one batch share all but name and orders."""

    name: str
    t: Array
    y: Array
    t_eval: Array
    orders: tuple[int, ...]


class SharedResults(NamedTuple):
    """Views of the memory in which Julia's results appear.

    Attributes
    ----------
    stages : (b,) int64 array
        WAITING, WARMING_UP, RUNNING or FINISHED.
    costs : (b, len(COSTS)) array
        CPU and wall time of the timed call and wall time of the warm-up [s], the process's peak
        memory so far [MiB], whether the call failed, whether it returned deviations, and the
        text's length [bytes].
    values, deviations : (b, width, m) arrays
        Rows beyond a call's number of orders are unused.
    texts : (b, TEXT_BYTES) uint8 array
        Settings as JSON, or the message of a failure.
    """

    stages: NDArray[np.int64]
    costs: Array
    values: Array
    deviations: Array
    texts: NDArray[np.uint8]


def results_bytes(count: int, width: int, m: int) -> int:
    """Bytes of shared memory for `count` calls of up to `width` orders at `m` times."""
    return count * (8 + 8 * len(COSTS) + 16 * width * m + TEXT_BYTES)


def view_results(memory: NDArray[np.uint8], count: int, width: int, m: int) -> SharedResults:
    """Views of `memory`, which has `results_bytes` bytes, as the arrays of `SharedResults`."""
    sizes = [count, count * len(COSTS), count * width * m, count * width * m]
    ends = np.cumsum(np.multiply(sizes, 8)).tolist()
    stages, costs, values, deviations, texts = np.split(memory, ends)
    return SharedResults(
        stages.view(np.int64),
        costs.view(np.float64).reshape(count, len(COSTS)),
        values.view(np.float64).reshape(count, width, m),
        deviations.view(np.float64).reshape(count, width, m),
        texts.reshape(count, TEXT_BYTES),
    )


class Session:
    """Julia in this process, with the estimators loaded; there can be only one a process.

    Parameters
    ----------
    runtime : JuliaRuntime
    threads : int
        Julia threads, >= 1.
    image : Path or None
        System image that holds the estimators, from `find_image`; without one they are compiled.
    files : sequence of Path
        Julia files of an installed package.
    """

    def __init__(
        self,
        runtime: JuliaRuntime,
        threads: int,
        image: Path | None = None,
        files: Sequence[Path] = (),
    ) -> None:
        os.environ.update(julia_environment(project_root()))
        os.environ["JULIA_NUM_THREADS"] = str(threads)
        info = JuliaInfo.load(julia=str(runtime.executable))
        self._library = LibJulia.from_juliainfo(info)
        held = [] if image is None else [f"--sysimage={image}"]
        self._library.init_julia(["--startup-file=no", *held])
        self._run(load_code(files))

    def evaluate(self, calls: Sequence[JuliaCall], memory: NDArray[np.uint8]) -> None:
        """Evaluate `calls` on Julia's threads; results appear in `memory` one by one."""
        first = calls[0]
        data = np.concatenate([first.t, first.y, first.t_eval])
        names = ", ".join(f'"{call.name}"' for call in calls)
        orders = ", ".join(f"[{', '.join(map(str, call.orders))}]" for call in calls)
        width = max(len(call.orders) for call in calls)
        self._run(
            f"DerivativeEstimators.evaluate_batch(DerivativeEstimators.attach("
            f"String[{names}], Vector{{Int}}[{orders}], {len(first.t)}, {len(first.t_eval)}, "
            f"{width}, {data.ctypes.data:#x} % UInt, {memory.ctypes.data:#x} % UInt))"
        )

    def _run(self, code: str) -> None:
        self._library.jl_eval_string(code.encode())
        if self._library.jl_exception_occurred():
            self._library.jl_exception_clear()
            raise RuntimeError(f"Julia threw while running: {code[:200]}")
