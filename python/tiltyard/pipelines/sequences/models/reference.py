"""What an encoder computes, in NumPy's double precision, one sequence without padding at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.models.shape import ESM_SCALE, Shape, alibi_slopes, block

Array = NDArray[np.float64]


def embedding(
    shape: Shape,
    weights: Mapping[str, NDArray[np.float32]],
    tokens: NDArray[np.int64],
    pooled: NDArray[np.bool_],
) -> Array:
    """Mean over the tokens that are pooled of the last hidden states, (hidden,)."""
    return _Encoder(shape, weights).states(tokens)[pooled].mean(axis=0)


class _Encoder:
    def __init__(self, shape: Shape, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.shape = shape
        self.weights = {name: value.astype(np.float64) for name, value in weights.items()}

    def linear(self, x: Array, name: str) -> Array:
        return x @ self.weights[f"{name}.weight"].T + self.weights.get(f"{name}.bias", 0)

    def norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(variance + self.shape.epsilon)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def states(self, tokens: NDArray[np.int64]) -> Array:
        """Last hidden states, (tokens, hidden)."""
        shape, weights = self.shape, self.weights
        x = weights["embeddings.word_embeddings.weight"][tokens]
        if shape.kind == "esm":
            x = x * ESM_SCALE
        else:
            x = x + weights["embeddings.token_type_embeddings.weight"][0]
            if shape.kind == "bert":
                x = x + weights["embeddings.position_embeddings.weight"][: len(tokens)]
            x = self.norm(x, "embeddings.LayerNorm")
        step = {"bert": self.bert_block, "esm": self.esm_block, "mosaic": self.mosaic_block}
        for layer in range(shape.layers):
            x = step[shape.kind](x, block(layer))
        return self.norm(x, "encoder.emb_layer_norm_after") if shape.kind == "esm" else x

    def bert_block(self, x: Array, at: str) -> Array:
        x = self.norm(x + self.attention(x, at), f"{at}attention.output.LayerNorm")
        inner = gelu(self.linear(x, f"{at}intermediate.dense"))
        return self.norm(x + self.linear(inner, f"{at}output.dense"), f"{at}output.LayerNorm")

    def esm_block(self, x: Array, at: str) -> Array:
        x = x + self.attention(self.norm(x, f"{at}attention.LayerNorm"), at)
        inner = gelu(self.linear(self.norm(x, f"{at}LayerNorm"), f"{at}intermediate.dense"))
        return x + self.linear(inner, f"{at}output.dense")

    def mosaic_block(self, x: Array, at: str) -> Array:
        x = self.norm(x + self.attention(x, at), f"{at}attention.output.LayerNorm")
        gate, up = np.split(self.linear(x, f"{at}mlp.gated_layers"), 2, axis=-1)
        inner = self.linear(gelu(gate) * up, f"{at}mlp.wo")
        return self.norm(x + inner, f"{at}mlp.layernorm")

    def attention(self, x: Array, at: str) -> Array:
        shape = self.shape
        if shape.kind == "mosaic":
            parts = np.split(self.linear(x, f"{at}attention.self.Wqkv"), 3, axis=-1)
        else:
            names = ("query", "key", "value")
            parts = [self.linear(x, f"{at}attention.self.{name}") for name in names]
        mixed = np.empty_like(x)
        steps = np.arange(len(x))
        for head in range(shape.heads):
            own = slice(head * shape.head, (head + 1) * shape.head)
            query, key, value = (part[:, own] for part in parts)
            if shape.kind == "esm":
                query, key = rotated(query), rotated(key)
            scores = query @ key.T / math.sqrt(shape.head)
            if shape.kind == "mosaic":
                scores -= alibi_slopes(shape.heads)[head] * np.abs(steps[:, None] - steps)
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            mixed[:, own] = shares / shares.sum(axis=1, keepdims=True) @ value
        return self.linear(mixed, f"{at}attention.output.dense")


def gelu(x: Array) -> Array:
    """Gaussian error linear unit, by the error function."""
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def rotated(x: Array) -> Array:
    """Each pair of numbers half a width apart turned by its angle: rotary positions."""
    half = x.shape[1] // 2
    angles = np.arange(len(x))[:, None] / 10_000 ** (np.arange(half) / half)
    turned = (x[:, :half] + 1j * x[:, half:]) * np.exp(1j * angles)
    return np.concatenate([turned.real, turned.imag], axis=1)
