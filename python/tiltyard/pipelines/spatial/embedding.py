"""An embedding by truncated singular value decomposition, where the file brings none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, svds

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.tissue import Tissue

#: Counts to which a spot is scaled, and components.
DEPTH, COMPONENTS = 10_000.0, 50
_BLOCK = 512


def embedded(tissue: Tissue, memory: int) -> NDArray[np.float64]:
    """Principal components of log1p of the counts scaled to `DEPTH`, centred, (kept, d).

    The sign of a component makes its largest loading positive.

    Parameters
    ----------
    tissue : Tissue
    memory : int
        Bytes that the counts may take.

    Raises
    ------
    InputError
        If they take more.
    """
    matrix = _scaled(tissue, memory)
    count = min(COMPONENTS, min(matrix.shape) - 1)
    mean = np.asarray(matrix.mean(0)).ravel()
    turned = matrix.T.tocsr()
    centred = LinearOperator(
        matrix.shape,
        matvec=lambda x: matrix @ x.ravel() - mean @ x.ravel(),
        rmatvec=lambda x: turned @ x.ravel() - mean * x.sum(),
        dtype=np.float64,
    )
    left, size, right = svds(centred, k=count, v0=np.ones(min(matrix.shape)))
    order = np.argsort(-size)
    left, size, right = left[:, order], size[order], right[order]
    largest = np.abs(right).argmax(1)
    sign = np.where(right[np.arange(count), largest] < 0, -1.0, 1.0)
    found: NDArray[np.float64] = left * (size * sign)
    return found


def _scaled(tissue: Tissue, memory: int) -> sparse.csr_matrix:
    kept = np.zeros(len(tissue.spots), np.bool_)
    kept[tissue.kept] = True
    parts, used = [], 0
    for first in range(0, len(kept), _BLOCK):
        last = min(first + _BLOCK, len(kept))
        block = tissue.block(first, last)[kept[first:last]].astype(np.float64)
        depth = np.asarray(block.sum(1)).ravel()
        block.data = np.log1p(block.data * np.repeat(DEPTH / depth, np.diff(block.indptr)))
        used += 2 * (block.data.nbytes + block.indices.nbytes)  # once more, by genes
        if used > memory:
            raise InputError(
                f"counts take more than --memory ({memory:,} bytes) for an embedding; give more, "
                "or make one elsewhere and name it with --embedding"
            )
        parts.append(block)
    return sparse.vstack(parts, format="csr")
