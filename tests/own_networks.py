"""A network such as a person may have: an ONNX file made here, and what it gives, computed by numpy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from imgenc_gui.core.hashing import reference

NUMBERS, WIDTH, HEIGHT, CELL = 33, 48, 32, 4
RECIPE = {"name": "Tiny net", "width": WIDTH, "height": HEIGHT, "layout": "NCHW", "divide_by": 255}


def weights(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (NUMBERS, 3, CELL, CELL)).astype(np.float32)


def model(
    w: np.ndarray | None = None,
    *,
    layout: str = "NCHW",
    operator: str = "Conv",
    outputs: tuple[str, ...] = ("vector",),
    element: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """A convolution of cells of 4 x 4 pixels, averaged over all of them."""
    w = weights() if w is None else w
    numbers = len(w)
    nodes = [helper.make_node("Cast", ["picture"], ["numbers"], to=TensorProto.FLOAT)]
    nodes += [
        helper.make_node("Transpose", ["numbers"], ["x"], perm=[0, 3, 1, 2] if layout == "NHWC" else [0, 1, 2, 3]),
        helper.make_node(operator, ["x", "w"], ["cells"], strides=[CELL, CELL]),
        helper.make_node("GlobalAveragePool", ["cells"], ["mean"]),
        *(helper.make_node("Flatten", ["mean"], [name]) for name in outputs),
    ]
    channels = w.shape[1]
    shape = [1, channels, HEIGHT, WIDTH] if layout == "NCHW" else [1, HEIGHT, WIDTH, channels]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", element, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, numbers]) for name in outputs],
        [numpy_helper.from_array(w, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def saved(folder: Path, w: np.ndarray | None = None, recipe: dict | None = RECIPE, **how) -> Path:
    """The file, with its recipe beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tiny.onnx"
    file.write_bytes(model(w, **how).SerializeToString())
    if recipe is not None:
        file.with_suffix(".json").write_text(json.dumps(recipe))
    return file


def expected(pixels: np.ndarray, w: np.ndarray | None = None) -> np.ndarray:
    """What it gives of a picture (h, w, 3), prepared by RECIPE: (33,)."""
    (small,) = reference.resize(pixels, [(WIDTH, HEIGHT)])
    return of_input(small.astype(np.float64) / 255, w)


def of_input(x: np.ndarray, w: np.ndarray | None = None) -> np.ndarray:
    """What it gives of an input (height, width, colours)."""
    w = weights() if w is None else w
    cells = x.reshape(HEIGHT // CELL, CELL, WIDTH // CELL, CELL, -1)
    return np.einsum("ayibc,ncyb->n", cells, w.astype(np.float64)) / ((HEIGHT // CELL) * (WIDTH // CELL))


def endless(above: float) -> onnx.ModelProto:
    """The mean of each colour, after a loop that never ends where a picture's mean is above that, 0 to 1."""
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go_on"], ["goes_on"]), helper.make_node("Identity", ["v"], ["w"])],
        "again",
        [value("i", TensorProto.INT64, []), value("go_on", TensorProto.BOOL, []), value("v", TensorProto.FLOAT, None)],
        [value("goes_on", TensorProto.BOOL, []), value("w", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "above"], ["is_bright"]),
        helper.make_node("Where", ["is_bright", "many", "none"], ["times"]),
        helper.make_node("GlobalAveragePool", ["picture"], ["means"]),
        helper.make_node("Loop", ["times", "yes", "means"], ["same"], body=body),
        helper.make_node("Flatten", ["same"], ["vector"]),
    ]
    numbers = {"above": np.float32(above), "many": np.int64(1 << 62), "none": np.int64(0), "yes": np.bool_(True)}
    graph = helper.make_graph(
        nodes,
        "endless",
        [value("picture", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [value("vector", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(np.array(number), name) for name, number in numbers.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def giving(operator: str, **attributes) -> onnx.ModelProto:
    """What one operator makes of the mean of each colour."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["picture"], ["means"]),
        helper.make_node(operator, ["means"], ["found"], **attributes),
    ]
    graph = helper.make_graph(
        nodes,
        "giving",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [onnx.ValueInfoProto(name="found")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def hungry(above: float) -> onnx.ModelProto:
    """The mean of each colour, by way of 200 MB where a picture's mean is above that, 0 to 1."""
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "above"], ["is_bright"]),
        helper.make_node("Where", ["is_bright", "large", "small"], ["shape"]),
        helper.make_node("GlobalAveragePool", ["picture"], ["means"]),
        helper.make_node("Expand", ["means", "shape"], ["many"]),
        helper.make_node("GlobalAveragePool", ["many"], ["again"]),
        helper.make_node("Flatten", ["again"], ["vector"]),
    ]
    numbers = {"above": np.float32(above), "large": np.array([1, 3, 4000, 4200]), "small": np.array([1, 3, 1, 1])}
    graph = helper.make_graph(
        nodes,
        "hungry",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(np.array(number), name) for name, number in numbers.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
