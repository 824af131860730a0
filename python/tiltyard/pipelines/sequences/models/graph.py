"""A graph of ONNX operators that is written down as it is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

#: Version of the operators, and of the file's format.
OPSET, IR = 17, 8
#: Constants of up to so many numbers are written once, whatever their name.
_SMALL = 64


class Graph:
    """Nodes and constants, in the order in which they are asked for.

    Parameters
    ----------
    weights : mapping
        Name -> array, from which `linear` and `norm` take theirs.
    epsilon : float
        Of the norms.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.float32]], epsilon: float) -> None:
        self.weights = weights
        self.epsilon = epsilon
        self._nodes: list[Any] = []
        self._constants: dict[Any, Any] = {}
        self._count = 0

    def constant(self, value: Any, kind: Any = np.float32) -> str:
        """Name of a constant."""
        array = np.ascontiguousarray(np.asarray(value, kind))
        array = array.reshape(np.shape(value))  # the line before makes one number a row
        small = array.size <= _SMALL
        key = (array.tobytes(), array.shape, array.dtype.str) if small else len(self._constants)
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(array, f"c{len(self._constants)}")
        return self._constants[key].name

    def integers(self, *values: int) -> str:
        """Name of a constant list of integers."""
        return self.constant(list(values), np.int64)

    def several(self, kind: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """Names of the results of an operator."""
        self._count += 1
        results = [f"t{self._count}_{number}" for number in range(count)]
        self._nodes.append(helper.make_node(kind, list(inputs), results, **attributes))
        return results

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Name of the one result of an operator."""
        return self.several(kind, *inputs, count=1, **attributes)[0]

    def matrix(self, name: str) -> str:
        """A weight that is multiplied from the right."""
        return self.constant(self.weights[name].T)

    def linear(self, x: str, name: str) -> str:
        """``x`` times a weight, plus its bias if it has one."""
        product = self.op("MatMul", x, self.matrix(f"{name}.weight"))
        bias = self.weights.get(f"{name}.bias")
        return product if bias is None else self.op("Add", product, self.constant(bias))

    def norm(self, x: str, name: str) -> str:
        """Layer normalisation."""
        scale, shift = (
            self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias")
        )
        return self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=self.epsilon)

    def gelu(self, x: str) -> str:
        """Gaussian error linear unit, by the error function."""
        error = self.op("Erf", self.op("Mul", x, self.constant(1 / math.sqrt(2))))
        half = self.op("Mul", x, self.constant(0.5))
        return self.op("Mul", half, self.op("Add", error, self.constant(1.0)))

    def model(self, name: str, inputs: Sequence[str], output: tuple[str, int]) -> Any:
        """The model, whose inputs are integers of (batch, length).

        Parameters
        ----------
        output : (str, int)
            Result that is given out as ``embedding``, and its width.
        """
        found, width = output
        self._nodes.append(helper.make_node("Identity", [found], ["embedding"]))
        given = [
            helper.make_tensor_value_info(one, TensorProto.INT64, ["batch", "length"])
            for one in inputs
        ]
        result = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", width])
        graph = helper.make_graph(
            self._nodes, name, given, [result], list(self._constants.values())
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=IR)


def save(model: Any, path: Any, external: str = "") -> None:
    """Write a model; with `external` its weights go to a file of that name beside it."""
    if external:
        onnx.save_model(
            model, str(path), save_as_external_data=True, location=external, size_threshold=1024
        )
    else:
        onnx.save_model(model, str(path))
