"""The graphs of three kinds of encoders, made from weights without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tiltyard.pipelines.sequences.models.graph import Graph
from tiltyard.pipelines.sequences.models.shape import ESM_SCALE, INPUTS, Shape, alibi_slopes, block

#: What is added to the score of a token that is not attended to.
MASKED = -1e9


def encoder(
    shape: Shape,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    masked: float | None = MASKED,
) -> Any:
    """The ONNX model of an encoder with mean pooling.

    Parameters
    ----------
    masked : float or None
        Added to scores of tokens that are not attended to; None attends to padding, a fault that
        tests of equality plant.
    """
    graph = _Encoder(shape, weights, masked)
    return graph.model(shape.kind, INPUTS, (graph.pooled(graph.states()), shape.hidden))


class _Encoder(Graph):
    """Layers of an encoder, each from the name of what comes in to that of what goes out."""

    def __init__(
        self, shape: Shape, weights: Mapping[str, NDArray[np.float32]], masked: float | None
    ) -> None:
        super().__init__(weights, shape.epsilon)
        self.shape = shape
        self.kept = self.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        self.length = self.op("Shape", "input_ids", start=1, end=2)
        self.bias = "" if masked is None else self._mask(masked)
        self.cosines = self.sines = ""

    def _mask(self, masked: float) -> str:
        """What is added to scores, (batch, 1, 1, length)."""
        left_out = self.op("Sub", self.constant(1.0), self.kept)
        spread = self.op("Unsqueeze", left_out, self.integers(1, 2))
        return self.op("Mul", spread, self.constant(masked))

    def _steps(self) -> str:
        """0, 1, … to the length, as integers."""
        end = self.op("Squeeze", self.length, self.integers(0))
        return self.op("Range", self.constant(0, np.int64), end, self.constant(1, np.int64))

    def states(self) -> str:
        """Last hidden states, (batch, length, hidden)."""
        x = self._embedded()
        step = {"bert": self._bert, "esm": self._esm, "mosaic": self._mosaic}[self.shape.kind]
        for layer in range(self.shape.layers):
            x = step(x, block(layer))
        return self.norm(x, "encoder.emb_layer_norm_after") if self.shape.kind == "esm" else x

    def _embedded(self) -> str:
        shape, weights = self.shape, self.weights
        words = self.constant(weights["embeddings.word_embeddings.weight"])
        x = self.op("Gather", words, "input_ids", axis=0)
        if shape.kind == "esm":
            self._rotation()
            scale = self.op("Mul", self.kept, self.constant(ESM_SCALE))
            return self.op("Mul", x, self.op("Unsqueeze", scale, self.integers(2)))
        x = self.op("Add", x, self.constant(weights["embeddings.token_type_embeddings.weight"][0]))
        if shape.kind == "bert":
            # A slice: onnxruntime 1.32 rewrites a gather over a range into one that is wrong.
            table = self.constant(weights["embeddings.position_embeddings.weight"])
            own = self.op("Slice", table, self.integers(0), self.length, self.integers(0))
            x = self.op("Add", x, own)
        else:
            self._distances()
        return self.norm(x, "embeddings.LayerNorm")

    def _distances(self) -> None:
        """Add to the scores what falls with distance, by head: ALiBi."""
        steps = self._steps()
        row, column = (self.op("Unsqueeze", steps, self.integers(axis)) for axis in (0, 1))
        far = self.op("Cast", self.op("Abs", self.op("Sub", row, column)), to=TensorProto.FLOAT)
        slopes = -np.array(alibi_slopes(self.shape.heads))[:, None, None]
        falling = self.op("Unsqueeze", self.op("Mul", far, self.constant(slopes)), self.integers(0))
        self.bias = self.op("Add", self.bias, falling) if self.bias else falling

    def _rotation(self) -> None:
        """Cosines and sines by which queries and keys are turned: rotary positions."""
        half = self.shape.head // 2
        steps = self.op("Cast", self._steps(), to=TensorProto.FLOAT)
        speeds = np.tile(1.0 / 10_000 ** (np.arange(half) / half), 2)[None]
        column = self.op("Unsqueeze", steps, self.integers(1))
        angles = self.op("Mul", column, self.constant(speeds))
        self.cosines, self.sines = self.op("Cos", angles), self.op("Sin", angles)

    def _rotated(self, x: str) -> str:
        half = self.shape.head // 2
        first, second = self.several("Split", x, self.integers(half, half), count=2, axis=3)
        turned = self.op("Concat", self.op("Neg", second), first, axis=3)
        return self.op("Add", self.op("Mul", x, self.cosines), self.op("Mul", turned, self.sines))

    def _attention(self, x: str, at: str) -> str:
        shape, width = self.shape, self.shape.hidden
        if shape.kind == "mosaic":
            joined = self.linear(x, f"{at}attention.self.Wqkv")
        else:
            names = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
            both = (
                np.concatenate([self.weights[f"{name}.{part}"] for name in names])
                for part in ("weight", "bias")
            )
            weight, bias = both
            product = self.op("MatMul", x, self.constant(weight.T))
            joined = self.op("Add", product, self.constant(bias))
        parts = self.several("Split", joined, self.integers(*[width] * 3), count=3, axis=2)
        query, key, value = (self._heads(part) for part in parts)
        query = self.op("Mul", query, self.constant(shape.head**-0.5))
        if self.cosines:
            query, key = self._rotated(query), self._rotated(key)
        scores = self.op("MatMul", query, self.op("Transpose", key, perm=[0, 1, 3, 2]))
        if self.bias:
            scores = self.op("Add", scores, self.bias)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), value)
        flat = self.op("Transpose", mixed, perm=[0, 2, 1, 3])
        out = self.op("Reshape", flat, self.integers(0, 0, width))
        return self.linear(out, f"{at}attention.output.dense")

    def _heads(self, x: str) -> str:
        apart = self.op("Reshape", x, self.integers(0, 0, self.shape.heads, self.shape.head))
        return self.op("Transpose", apart, perm=[0, 2, 1, 3])

    def _bert(self, x: str, at: str) -> str:
        mixed = self.op("Add", self._attention(x, at), x)
        x = self.norm(mixed, f"{at}attention.output.LayerNorm")
        inner = self.gelu(self.linear(x, f"{at}intermediate.dense"))
        out = self.op("Add", self.linear(inner, f"{at}output.dense"), x)
        return self.norm(out, f"{at}output.LayerNorm")

    def _esm(self, x: str, at: str) -> str:
        mixed = self._attention(self.norm(x, f"{at}attention.LayerNorm"), at)
        x = self.op("Add", x, mixed)
        inner = self.linear(self.norm(x, f"{at}LayerNorm"), f"{at}intermediate.dense")
        return self.op("Add", x, self.linear(self.gelu(inner), f"{at}output.dense"))

    def _mosaic(self, x: str, at: str) -> str:
        mixed = self.op("Add", self._attention(x, at), x)
        x = self.norm(mixed, f"{at}attention.output.LayerNorm")
        both = self.linear(x, f"{at}mlp.gated_layers")
        inner = self.shape.inner
        gate, up = self.several("Split", both, self.integers(inner, inner), count=2, axis=2)
        out = self.linear(self.op("Mul", self.gelu(gate), up), f"{at}mlp.wo")
        return self.norm(self.op("Add", out, x), f"{at}mlp.layernorm")

    def pooled(self, states: str) -> str:
        """Mean of the states over the tokens that are pooled, (batch, hidden)."""
        share = self.op("Cast", "pool_mask", to=TensorProto.FLOAT)
        row = self.op("Unsqueeze", share, self.integers(1))
        total = self.op("Squeeze", self.op("MatMul", row, states), self.integers(1))
        count = self.op("ReduceSum", share, self.integers(1), keepdims=1)
        return self.op("Div", total, count)
