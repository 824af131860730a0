"""Sessions of onnxruntime: threads, devices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.shape import INPUTS

Device = Literal["auto", "cpu", "cuda"]
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
#: Tokens, attention and pooling of a batch, (n, length), to its embedding, (n, width).
Run = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]


def providers(device: Device) -> list[str]:
    """Providers of onnxruntime for a device, the first one first.

    Raises
    ------
    InputError
        If ``cuda`` is asked for, and this onnxruntime has none.
    """
    import onnxruntime

    there = onnxruntime.get_available_providers()
    if device == "cuda" and _CUDA not in there:
        raise InputError(
            f"--device cuda: this onnxruntime has {', '.join(there)}; install onnxruntime-gpu in "
            "place of onnxruntime, or take --device cpu"
        )
    return [_CUDA, _CPU] if device != "cpu" and _CUDA in there else [_CPU]


def device_of(device: Device) -> str:
    """``cpu`` or ``cuda``: what is taken."""
    return "cuda" if providers(device)[0] == _CUDA else "cpu"


def session(graph: Path | bytes, *, threads: int = 1, device: Device = "cpu") -> Run:
    """A model that is ready to run.

    Parameters
    ----------
    graph : path or bytes
        The model, in a file or as its bytes.
    threads : int
        That compute one batch.

    Notes
    -----
    Threads that wait do not spin: they would take the core of another worker. The session may be
    called from several threads.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source: Any = graph if isinstance(graph, bytes) else str(graph)
    own = onnxruntime.InferenceSession(source, options, providers=providers(device))

    def run(
        tokens: NDArray[np.int64], attended: NDArray[np.int64], pooled: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        given = dict(zip(INPUTS, (tokens, attended, pooled), strict=True))
        return own.run(None, given)[0]

    return run
