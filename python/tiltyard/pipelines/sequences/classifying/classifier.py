"""Classifiers: what they need, and the scores that they give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.model import Pooling

Vectors = Mapping[str, NDArray[Any]]
LABELS = ("others", "virus")
#: Inputs in the order of their columns.
INPUTS = ("nucleotide", "protein")
#: Of the batch normalisation.
_EPSILON = 1e-5
_NORM = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True)
class Input:
    """A model whose vectors a classifier takes: its reference, pooling and width."""

    model: str
    width: int
    pooling: Pooling | None = None


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """What gives scores to vectors.

    Parameters
    ----------
    name : str
    kind : {"logistic", "mlp"}
    inputs : mapping
        ``nucleotide``, ``protein`` or both -> the model.
    weights : mapping
        Name -> array of float64.
    window : int
        That it was trained with.
    table : int
        Genetic code that it was trained with.
    about : mapping
        Training data, accuracy on held-out data, limits.
    """

    name: str
    kind: str
    inputs: Mapping[str, Input]
    weights: Mapping[str, NDArray[np.float64]]
    window: int
    table: int = 1
    about: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def width(self) -> int:
        """Numbers of all inputs."""
        return sum(one.width for one in self.inputs.values())

    def scores(self, vectors: Vectors) -> NDArray[np.float64]:
        """Scores of `LABELS`, (n, 2); a row sums to 1.

        Raises
        ------
        InputError
            If an input is missing, or has another width.
        """
        for kind, one in self.inputs.items():
            if kind not in vectors or vectors[kind].shape[1] != one.width:
                found = vectors[kind].shape[1] if kind in vectors else "no"
                raise InputError(
                    f"the classifier {self.name} takes {one.width} numbers of each {kind} "
                    f"sequence, and there are {found}; embed them with the model {one.model}"
                )
        joined = np.hstack([np.asarray(vectors[kind], np.float64) for kind in self.inputs])
        logits = self._logistic(joined) if self.kind == "logistic" else self._mlp(joined)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _logistic(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        own = self.weights
        scaled = (x - own["mean"]) / own["scale"]
        logit = scaled @ own["coefficients"] + own["intercept"]
        return np.stack([np.zeros_like(logit), logit], axis=1)

    def _mlp(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        own = self.weights
        hidden = x @ own["hidden_layer.weight"].T + own["hidden_layer.bias"]
        deviation = np.sqrt(own["bn1.running_var"] + _EPSILON)
        normal = (hidden - own["bn1.running_mean"]) / deviation
        active = np.maximum(normal * own["bn1.weight"] + own["bn1.bias"], 0)
        return active @ own["output_layer.weight"].T + own["output_layer.bias"]


def sizes(kind: str, width: int, hidden: int) -> dict[str, tuple[int, ...]]:
    """Shape of each weight of a classifier."""
    if kind == "logistic":
        found: dict[str, tuple[int, ...]] = dict.fromkeys(
            ("mean", "scale", "coefficients"), (width,)
        )
        return {**found, "intercept": ()}
    return {
        "hidden_layer.weight": (hidden, width),
        "hidden_layer.bias": (hidden,),
        **{f"bn1.{part}": (hidden,) for part in _NORM},
        "output_layer.weight": (len(LABELS), hidden),
        "output_layer.bias": (len(LABELS),),
    }


def read_classifier(folder: Path) -> Classifier:
    """The classifier in a folder with ``classifier.json`` and ``classifier.safetensors``.

    Raises
    ------
    InputError
        If a file is missing or damaged, a key is wrong, or a weight has another size.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    file, weights_file = folder / "classifier.json", folder / "classifier.safetensors"
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        weights = load_file(weights_file)
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: there is no {Path(error.filename or weights_file).name}; a folder for "
            "--model has classifier.json, classifier.safetensors, and the models that they name"
        ) from error
    except (ValueError, SafetensorError, OSError) as error:
        raise InputError(
            f"{folder}: its classifier cannot be read: {error}; copy it again"
        ) from error
    try:
        kind, labels, window = said["kind"], tuple(said["labels"]), int(said["window"])
        inputs = {
            name: Input(
                _reference(folder, said["inputs"][name]["model"]),
                int(said["inputs"][name]["width"]),
                said["inputs"][name].get("pooling"),
            )
            for name in INPUTS
            if name in said["inputs"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{file}: {error!s} is missing or wrong; docs/sequences.md has all keys"
        ) from error
    if kind not in ("logistic", "mlp") or labels != LABELS or not inputs:
        raise InputError(
            f"{file}: kind is logistic or mlp, labels are {list(LABELS)}, and inputs has "
            f"{' or '.join(INPUTS)}; got {kind!r}, {list(labels)}, {list(said['inputs'])}"
        )
    hidden = weights["hidden_layer.bias"].shape[0] if "hidden_layer.bias" in weights else 0
    width = sum(one.width for one in inputs.values())
    expected = sizes(kind, width, hidden)
    for name in sorted(expected.keys() ^ weights.keys()):
        sort = "missing" if name in expected else f"none of a {kind} classifier"
        raise InputError(f"{weights_file}: the weight {name} is {sort}")
    for name, size in expected.items():
        if weights[name].shape != size:
            raise InputError(f"{weights_file}: {name} is {weights[name].shape}, not {size}")
    return Classifier(
        name=folder.resolve().name,
        kind=kind,
        inputs=inputs,
        weights={name: value.astype(np.float64) for name, value in weights.items()},
        window=window,
        table=int(said.get("table", 1)),
        about={key: said[key] for key in ("training", "accuracy", "limits") if key in said},
    )


def _reference(folder: Path, model: str) -> str:
    """A folder beside ``classifier.json``, or what is no folder."""
    own = folder / model
    return str(own) if own.is_dir() else model
