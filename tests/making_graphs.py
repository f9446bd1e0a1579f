"""Makes resources/weights/mobilenet_v1_1.0_224.onnx: `python -m tests.making_graphs`. Needs the package `onnx`.

The graph holds no weights: whoever opens it gives them, so that imgenc carries its 13 MB once, for all engines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from imgenc_gui.core.networks.mobilenet_v1 import CNN, GRAPH, WEIGHTS
from imgenc_gui.core.networks.mobilenet_v1_layers import Layer, arrays, read_layers
from imgenc_gui.core.resources import resource

LARGE = 1.5 * 2**23


def mobilenet_v1(layers: Sequence[Layer]) -> ModelProto:
    """The graph: pixels (n, 224, 224, 3) uint8 to embeddings (n, 1024) float32."""
    numbers = (("half", 127.5), ("one", 1))
    initializers = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in numbers]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["numbers", "half"], ["halves"]),
        helper.make_node("Sub", ["halves", "one"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["layer.0"], perm=[0, 3, 1, 2]),
    ]
    initializers += constants(layers)
    for index, layer in enumerate(layers):
        nodes += convolution(index, layer)
        initializers += [_given(f"layer.{index}.{name}", array) for name, array in arrays(layer).items()]
    nodes += [
        helper.make_node("GlobalAveragePool", [f"layer.{len(layers)}"], ["means"]),
        helper.make_node("Flatten", ["means"], ["embeddings"]),
    ]
    height, width = CNN.recipe.height, CNN.recipe.width
    graph = helper.make_graph(
        nodes,
        "mobilenet_v1",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", height, width, 3])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", CNN.length])],
        initializers,
    )
    # The oldest that have all these operators, so that older releases of onnxruntime read it.
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="imgenc")


def convolution(index: int, layer: Layer) -> list[NodeProto]:
    """A layer: from `layer.INDEX` to the next."""
    before, after = layer.padding
    attributes = {
        "kernel_shape": layer.weight.shape[2:],
        "strides": [layer.stride] * 2,
        "pads": [before, before, after, after],
        "group": layer.groups,
    }
    nodes, seen, sums = [], f"layer.{index}", f"layer.{index}.sums"
    inputs = layer.weight.shape[1] * layer.groups

    def convolve(given: str, by: str, bias: Sequence[str], found: str) -> None:
        nodes.append(helper.make_node("Conv", [given, f"layer.{index}.{by}", *bias], [found], **attributes))

    def plus(given: str, added: str, found: str) -> None:
        """Add a number to each channel: as a convolution, before and after which the memory's order stays as it is."""
        one = [given, f"ones.{inputs}", added]
        nodes.append(helper.make_node("Conv", one, [found], kernel_shape=[1, 1], group=inputs))

    if layer.shift is not None:
        plus(seen, f"layer.{index}.shift", f"{seen}.shifted")
        seen = f"{seen}.shifted"
    if layer.coarse is None:
        convolve(seen, "weight", [f"layer.{index}.bias"], sums)
    else:
        large, whole, minus, rest = (f"{seen}.{name}" for name in ("large", "whole", "minus", "rest"))
        plus(seen, f"large.{inputs}", large)  # so large that it has no places behind the point
        plus(large, f"minus_large.{inputs}", whole)
        negated = [whole, f"minus_ones.{inputs}"]
        nodes.append(helper.make_node("Conv", negated, [minus], kernel_shape=[1, 1], group=inputs))
        nodes.append(helper.make_node("Add", [minus, seen], [rest]))
        by_weight, by_fine, by_coarse, small = (
            f"{seen}.{name}" for name in ("by_weight", "by_fine", "by_coarse", "small")
        )
        convolve(rest, "weight", [], by_weight)
        convolve(whole, "fine", [], by_fine)
        convolve(whole, "coarse", [f"layer.{index}.bias"], by_coarse)
        nodes.append(helper.make_node("Add", [by_fine, by_weight], [small]))
        nodes.append(helper.make_node("Add", [by_coarse, small], [sums]))
    nodes.append(helper.make_node("Clip", [sums, "zero", f"top.{layer.top:g}"], [f"layer.{index + 1}"]))
    return nodes


def constants(layers: Sequence[Layer]) -> Iterator[TensorProto]:
    """What ``convolution`` takes for granted."""
    numbers = {"zero": 0.0, **{f"top.{layer.top:g}": layer.top for layer in layers}}
    for name, number in numbers.items():
        yield numpy_helper.from_array(np.array(number, np.float32), name)
    for inputs in sorted({len(layer.shift) for layer in layers if layer.shift is not None}):
        yield numpy_helper.from_array(np.ones((inputs, 1, 1, 1), np.float32), f"ones.{inputs}")
    for inputs in sorted({layer.groups for layer in layers if layer.coarse is not None}):
        yield numpy_helper.from_array(np.full((inputs, 1, 1, 1), -1, np.float32), f"minus_ones.{inputs}")
        yield numpy_helper.from_array(np.full(inputs, LARGE, np.float32), f"large.{inputs}")
        yield numpy_helper.from_array(np.full(inputs, -LARGE, np.float32), f"minus_large.{inputs}")


def _given(name: str, array: np.ndarray) -> TensorProto:
    """A tensor whose numbers are given by whoever opens the graph."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="given")
    return tensor


if __name__ == "__main__":
    made = mobilenet_v1(read_layers(resource(*WEIGHTS)))
    resource(*GRAPH).write_bytes(made.SerializeToString(deterministic=True))
