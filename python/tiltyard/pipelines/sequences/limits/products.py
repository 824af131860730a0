"""The matrix products of a model, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.model import Model
from tiltyard.pipelines.sequences.models.shape import Shape


def shape_of(model: Model) -> Shape:
    """Shape of a model's encoder.

    Raises
    ------
    InputError
        If it has none.
    """
    if model.shape is None:
        raise InputError(
            f"{model.name} multiplies no matrices; name a model such as random-bert-2x64"
        )
    return model.shape()


class Products:
    """Matrices of the shapes of one layer, which stand for those of all."""

    def __init__(self, shape: Shape) -> None:
        rng = np.random.default_rng(0)
        width, inner = shape.hidden, shape.inner
        gates = 2 if shape.kind == "mosaic" else 1
        self.shape = shape
        self.weights = [
            rng.standard_normal(size, dtype=np.float32)
            for size in (
                *((width, 3 * width), (width, width), (width, gates * inner), (inner, width)),
            )
        ]

    def multiply(self, lengths: Sequence[int], together: int) -> int:
        """Multiply for sequences of so many tokens; returns the multiplications and additions.

        Parameters
        ----------
        together : int
            Tokens whose linear layers are one product.
        """
        shape, total = self.shape, 0
        for first, last in _groups(lengths, together):
            own = lengths[first:last]
            tokens = sum(own)
            narrow = np.zeros((tokens, shape.hidden), np.float32)
            wide = np.zeros((tokens, shape.inner), np.float32)
            for _ in range(shape.layers):
                for weight in self.weights:
                    given = wide if weight.shape[0] == shape.inner else narrow
                    given @ weight
                    total += 2 * tokens * weight.size
                for length in own:
                    total += self._attend(length)
        return total

    def _attend(self, length: int) -> int:
        """Scores and mixtures of one sequence."""
        heads, head = self.shape.heads, self.shape.head
        query = np.zeros((heads, length, head), np.float32)
        scores = query @ query.transpose(0, 2, 1)
        scores @ query
        return 4 * heads * length * length * head


def _groups(lengths: Sequence[int], together: int) -> list[tuple[int, int]]:
    """First and last place, the last not included, of groups of about so many tokens."""
    found, first, tokens = [], 0, 0
    for place, length in enumerate(lengths):
        tokens += length
        if tokens >= together:
            found.append((first, place + 1))
            first, tokens = place + 1, 0
    return [*found, (first, len(lengths))] if first < len(lengths) else found
