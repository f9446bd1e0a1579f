"""Makes resources/weights/mobilenet_v1_1.0_224.onnx: `python -m tests.making_graphs`. Needs the package `onnx`.

The graph holds no weights: whoever opens it gives them, so that imgenc carries its 13 MB once, for all engines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from imgenc_gui.core.networks.mobilenet_v1 import CNN, GRAPH, WEIGHTS
from imgenc_gui.core.networks.mobilenet_v1_layers import Layer, read_layers
from imgenc_gui.core.resources import resource


def mobilenet_v1(layers: Sequence[Layer]) -> ModelProto:
    """The graph: pixels (n, 224, 224, 3) uint8 to embeddings (n, 1024) float32."""
    numbers = (("half", 127.5), ("one", 1), ("zero", 0), ("six", 6))
    initializers = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in numbers]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["numbers", "half"], ["halves"]),
        helper.make_node("Sub", ["halves", "one"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["layer.0"], perm=[0, 3, 1, 2]),
    ]
    for index, layer in enumerate(layers):
        nodes += convolution(index, layer)
        initializers += [_given(f"layer.{index}.weight", layer.weight), _given(f"layer.{index}.bias", layer.bias)]
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
    inputs = [f"layer.{index}", f"layer.{index}.weight", f"layer.{index}.bias"]
    return [
        helper.make_node("Conv", inputs, [f"layer.{index}.sums"], **attributes),
        helper.make_node("Clip", [f"layer.{index}.sums", "zero", "six"], [f"layer.{index + 1}"]),
    ]


def _given(name: str, array: np.ndarray) -> TensorProto:
    """A tensor whose numbers are given by whoever opens the graph."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="given")
    return tensor


if __name__ == "__main__":
    made = mobilenet_v1(read_layers(resource(*WEIGHTS)))
    resource(*GRAPH).write_bytes(made.SerializeToString(deterministic=True))
