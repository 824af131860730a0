"""Sizes of an encoder, and the names and shapes of its weights.

Sources: Devlin et al., BERT (NAACL 2019); Lin et al., ESM-2 (Science 2023); Zhou et al., DNABERT-2
(ICLR 2024), whose encoder is MosaicML's BERT with ALiBi (Press et al., ICLR 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bert", "esm", "mosaic"]
#: Inputs of a graph: tokens, those that are attended to, those that are pooled.
INPUTS = ("input_ids", "attention_mask", "pool_mask")
#: ESM-2 divides by the share of tokens that were not masked in its training.
ESM_SCALE = 0.88


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Sizes of an encoder.

    Parameters
    ----------
    kind : {"bert", "esm", "mosaic"}
        BERT: learned positions, norm behind each block. ESM-2: rotary positions, norm before each
        block. MosaicML's, which DNABERT-2 and DNABERT-S are: ALiBi, gated inner layer.
    vocabulary, hidden, layers, heads, inner, positions : int
        `inner` is the width of the layer inside a block, `positions` the length of the table of
        learned positions.
    epsilon : float
        Of the norms.
    """

    kind: Kind
    vocabulary: int
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int = 512
    epsilon: float = 1e-12

    @property
    def head(self) -> int:
        """Width of one head."""
        return self.hidden // self.heads

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Name of each weight, as in Hugging Face's folders without the prefix, and its shape."""
        found: dict[str, tuple[int, ...]] = {}
        width = self.hidden

        def linear(name: str, inputs: int, outputs: int, bias: bool = True) -> None:
            found[f"{name}.weight"] = (outputs, inputs)
            if bias:
                found[f"{name}.bias"] = (outputs,)

        def norm(name: str) -> None:
            found[f"{name}.weight"] = found[f"{name}.bias"] = (width,)

        found["embeddings.word_embeddings.weight"] = (self.vocabulary, width)
        if self.kind == "bert":
            found["embeddings.position_embeddings.weight"] = (self.positions, width)
        if self.kind != "esm":
            found["embeddings.token_type_embeddings.weight"] = (2, width)
            norm("embeddings.LayerNorm")
        for layer in range(self.layers):
            place = block(layer)
            if self.kind == "mosaic":
                linear(f"{place}attention.self.Wqkv", width, 3 * width)
                linear(f"{place}mlp.gated_layers", width, 2 * self.inner, bias=False)
                linear(f"{place}mlp.wo", self.inner, width)
                norm(f"{place}mlp.layernorm")
            else:
                for part in ("query", "key", "value"):
                    linear(f"{place}attention.self.{part}", width, width)
                linear(f"{place}intermediate.dense", width, self.inner)
                linear(f"{place}output.dense", self.inner, width)
                norm(place + ("LayerNorm" if self.kind == "esm" else "output.LayerNorm"))
            linear(f"{place}attention.output.dense", width, width)
            before = self.kind == "esm"
            norm(place + ("attention.LayerNorm" if before else "attention.output.LayerNorm"))
        if self.kind == "esm":
            norm("encoder.emb_layer_norm_after")
        return found


def block(layer: int) -> str:
    """Beginning of the names of a layer's weights."""
    return f"encoder.layer.{layer}."


def alibi_slopes(heads: int) -> list[float]:
    """How much each head's attention falls with distance, as ALiBi's authors have it.

    Of a number of heads that is no power of two, those of the next lower one come first, and then
    every other of the next higher one.
    """

    def of_power(count: int) -> list[float]:
        return [2 ** (-8 * (head + 1) / count) for head in range(count)]

    lower = 1 << (heads.bit_length() - 1)
    return of_power(lower) + of_power(2 * lower)[0::2][: heads - lower]
