"""Folders of Hugging Face: the shape of the encoder in them, and its weights."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.shape import Kind, Shape

#: What a checkpoint has beside the encoder: heads, poolers, and tables that are computed.
_BESIDE = re.compile(r"position_ids|inv_freq|pooler|^cls\.|lm_head|contact_head|^classifier\.")
_PREFIX = re.compile(r"^(bert|esm)\.")
#: Old names of weight and bias of a norm, which some checkpoints have and some libraries write.
_OF_NORM = re.compile(r"(?<=LayerNorm\.)(gamma|beta)$")
_NOW = {"gamma": "weight", "beta": "bias"}
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_PICKLE = "pytorch_model.bin"
#: Lines that write a folder with safetensors, where torch is installed.
CONVERT = (
    "from transformers import AutoModel, AutoTokenizer; "
    "AutoModel.from_pretrained('{0}', trust_remote_code=True)"
    ".save_pretrained('{0}-safe', safe_serialization=True); "
    "AutoTokenizer.from_pretrained('{0}', trust_remote_code=True).save_pretrained('{0}-safe')"
)


def read_config(folder: Path) -> dict[str, Any]:
    """Contents of ``config.json``.

    Raises
    ------
    InputError
        If it is not there, or is no JSON.
    """
    file = folder / "config.json"
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: there is no config.json; give a folder as Hugging Face's models have it, "
            "or composition"
        ) from error
    except ValueError as error:
        raise InputError(f"{file}: {error}; copy it again") from error


def weight_files(folder: Path) -> list[Path]:
    """Files of the weights.

    Raises
    ------
    InputError
        If there are none, or only a pickle, which can run any code when it is read.
    """
    if (folder / INDEX).is_file():
        places = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
        files = [folder / name for name in sorted(set(places.values()))]
        missing = [str(file) for file in files if not file.is_file()]
        if missing:
            raise InputError(f"{folder}: {', '.join(missing)} is missing; copy it again")
        return files
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / _PICKLE).is_file():
        raise InputError(
            f"{folder}: its weights are a pickle ({_PICKLE}), which is never read here. Convert it "
            f'where torch is, with: python -c "{CONVERT.format(folder)}"'
        )
    raise InputError(f"{folder}: there is no {WEIGHTS}; copy it into the folder")


def read_weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Weights of the encoder by their names without the prefix, as float32."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    found: dict[str, NDArray[np.float32]] = {}
    for file in weight_files(folder):
        try:
            loaded = load_file(file)
        except (SafetensorError, OSError, KeyError, TypeError) as error:
            raise InputError(
                f"{file}: its weights cannot be read ({error}); copy it again"
            ) from error
        for name, value in loaded.items():
            own = _OF_NORM.sub(lambda old: _NOW[old[0]], _PREFIX.sub("", name))
            if not _BESIDE.search(own):
                found[own] = np.asarray(value, np.float32)
    return found


def read_encoder(folder: Path) -> tuple[Shape, dict[str, NDArray[np.float32]]]:
    """Shape and weights of the encoder in a folder, checked against each other.

    Raises
    ------
    InputError
        If it is of another kind, or a weight is missing, unknown or of another size.
    """
    config, weights = read_config(folder), read_weights(folder)
    shape = shape_of(folder, config, any("Wqkv" in name for name in weights))
    if shape.kind == "esm":  # ESM-2 has the table, and does not use it
        weights.pop("embeddings.position_embeddings.weight", None)
    expected = shape.weights()
    for name in sorted(expected.keys() ^ weights.keys()):
        if name in expected:
            raise InputError(f"{folder}: the weight {name} is missing; copy the folder again")
        raise InputError(
            f"{folder}: the weight {name} is none of a {shape.kind} encoder, which cannot be built "
            "with it"
        )
    for name, size in expected.items():
        if weights[name].shape != size:
            raise InputError(
                f"{folder}: the weight {name} is {weights[name].shape}, and config.json says {size}"
            )
    return shape, weights


def shape_of(folder: Path, config: Mapping[str, Any], mosaic: bool) -> Shape:
    """The encoder's shape.

    Parameters
    ----------
    mosaic : bool
        Whether queries, keys and values are one weight, by which MosaicML's BERT is told.

    Raises
    ------
    InputError
        If it is of no kind that can be built, or a key is missing.
    """
    said = str(config.get("model_type"))
    kind: Kind = "mosaic" if mosaic else "esm" if said == "esm" else "bert"
    if said not in ("bert", "esm"):
        raise _other(folder, "model_type", said, "bert or esm")
    positions = config.get("position_embedding_type", "absolute")
    wanted = "rotary" if kind == "esm" else "absolute"
    if positions != wanted:
        raise _other(folder, "position_embedding_type", positions, wanted)
    if config.get("hidden_act", "gelu") != "gelu":
        raise _other(folder, "hidden_act", config["hidden_act"], "gelu")
    if kind == "esm":
        if not config.get("token_dropout", False):
            raise _other(folder, "token_dropout", config.get("token_dropout"), "true, as in ESM-2")
        if config.get("emb_layer_norm_before"):
            raise _other(folder, "emb_layer_norm_before", True, "false, as in ESM-2")
    try:
        shape = Shape(
            kind=kind,
            vocabulary=config["vocab_size"],
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            inner=config["intermediate_size"],
            positions=config.get("max_position_embeddings", 512),
            epsilon=config.get("layer_norm_eps", 1e-12),
        )
    except KeyError as error:
        raise InputError(f"{folder}: config.json lacks {error}; copy it again") from error
    if shape.hidden % shape.heads or (kind == "esm" and shape.head % 2):
        raise _other(folder, "num_attention_heads", shape.heads, f"to divide {shape.hidden} evenly")
    return shape


def _other(folder: Path, key: str, found: Any, wanted: str) -> InputError:
    return InputError(
        f"{folder}: an encoder with {key} {found!r} cannot be built, it has to be {wanted}; "
        "convert it to vectors elsewhere, or take another model"
    )
