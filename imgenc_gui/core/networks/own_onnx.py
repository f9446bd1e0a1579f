"""A person's own network: an ONNX file, run by onnxruntime on the processor as its recipe says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.naming import brief, printable
from imgenc_gui.core.networks.memory import tell_memory
from imgenc_gui.core.networks.onnx_network import PROVIDERS, imported, plain_options, run_within
from imgenc_gui.core.networks.own_file import read_own, unchanged, unfit, without_engine
from imgenc_gui.core.networks.own_recipe import Colours, Layout, OwnRecipe
from imgenc_gui.core.records.methods import Network
from imgenc_gui.core.records.results import EndlessError, FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.stopping import Stop, StoppedError, never

ENDINGS = (".onnx",)
MOST_NUMBERS = 8192
MOST_SECONDS = 60  # with one picture
_KINDS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
_FOUND = {"tensor(float)", "tensor(float16)", "tensor(double)"}
_SIDES = 4  # of an input: pictures, colours, rows, columns
_USUAL_SIDE = 224
_BESIDE = "session.model_external_initializers_file_folder_path"
_ADVICE = " Please fix either the inputs/outputs or the model."


def load(file: Path, sha256: str, recipe: OwnRecipe, length: int) -> Network:
    """Load a network whose digest is known. Raises NetworkError."""
    with unchanged(file, recipe.name, sha256):
        return OwnNetwork(file, recipe, length)


class OwnNetwork:
    """A session of onnxruntime's with one thread, which any number of threads may call at once."""

    engine = "onnxruntime"

    def __init__(self, file: Path, recipe: OwnRecipe, length: int | None = None, stop: Stop = never) -> None:
        """Load the network, and try it. ``length``: how many numbers it must give; None: tried out.

        Raises NetworkError, MemoryError and StoppedError.
        """
        self._recipe = recipe
        self._session = _session(file, recipe.name)
        (self._input, self._kind), self._output = self._ends()
        self._mean, self._std = (np.array(numbers, np.float32) for numbers in (recipe.mean, recipe.std))
        try:
            self.length = self._tried(stop)
        except (NetworkError, MemoryError, StoppedError):
            raise
        except TimeoutError as error:
            raise self._unfit(f"it isn't done with one picture after {MOST_SECONDS} seconds") from error
        except Exception as error:
            raise self._unfit(f"it doesn't take what its recipe makes of a picture ({_brief(error)})") from error
        if length is not None and self.length != length:
            raise self._unfit(f"it gives {self.length} numbers, not {length}")

    def embed(
        self,
        images: NDArray[np.uint8],
        threads: int | None = None,  # noqa: ARG002
        stop: Stop = never,
    ) -> NDArray[np.float32]:
        """Embed pictures (n, height, width, 3), or (n, height, width) where they are grey, uint8: (n, length) float32.

        One at a time: many networks take no more. ``threads`` changes nothing. Raises EndlessError where one takes
        longer than MOST_SECONDS, StoppedError, MemoryError, and whatever onnxruntime has to say.
        """
        try:
            return np.concatenate([self._run(image, stop) for image in images])
        except TimeoutError as error:
            values = (self._recipe.name, MOST_SECONDS)
            raise EndlessError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, "failed-endless", values)) from error

    def _run(self, image: NDArray[np.uint8], stop: Stop) -> NDArray[np.float32]:
        """One picture's vector, (1, length). Raises TimeoutError too."""
        recipe = self._recipe
        pixels = image.reshape(*image.shape[:2], -1)
        if recipe.colours is Colours.BGR:
            pixels = pixels[..., ::-1]
        x: NDArray[Any] = (pixels.astype(np.float32) / np.float32(recipe.divide_by) - self._mean) / self._std
        if recipe.layout is Layout.NCHW:
            x = x.transpose(2, 0, 1)
        if self._kind is np.uint8:
            x = np.clip(np.rint(x), 0, 255)
        seen = np.ascontiguousarray(x[np.newaxis], self._kind)
        (found,) = run_within(MOST_SECONDS, self._session, [self._output], {self._input: seen}, stop)
        return np.asarray(found, np.float32).reshape(1, -1)

    def _ends(self) -> tuple[tuple[str, Any], str]:
        """The input with its type, and the name of the output that counts. Raises NetworkError."""
        inputs = self._session.get_inputs()
        outputs = {output.name: output.type for output in self._session.get_outputs()}
        if len(inputs) != 1:
            raise self._unfit(f"it wants {len(inputs)} inputs, and a picture is one")
        (wanted,) = inputs
        if wanted.type not in _KINDS:
            raise self._unfit(f"it wants an input of the type {printable(wanted.type)}")
        name = self._recipe.output
        if name and outputs and name not in outputs:
            raise self._unfit(f"it has no output {printable(name)}; there are {printable(', '.join(outputs))}")
        if not outputs:
            raise self._unfit("it has no output")
        if not name and len(outputs) != 1:
            raise self._unfit(f"its recipe must name one of its outputs: {printable(', '.join(outputs))}")
        name = name or next(iter(outputs))
        if outputs[name] not in _FOUND:
            kind = f"of the type {printable(outputs[name])}"
            raise self._unfit(f"its output {printable(name)} is {kind}, and a vector is of numbers with a point")
        return (wanted.name, _KINDS[wanted.type]), name

    def _tried(self, stop: Stop) -> int:
        """How many numbers it gives of a picture of noise."""
        recipe = self._recipe
        shape = (recipe.height, recipe.width, 1 if recipe.colours is Colours.GREY else 3)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        vector = self._run(noise, stop)
        if not 1 <= vector.size <= MOST_NUMBERS:
            raise self._unfit(f"it gives {vector.size:,} numbers of a picture; from 1 to {MOST_NUMBERS:,} can be kept")
        if not np.isfinite(vector).all():
            raise self._unfit("it gives numbers that aren't finite")
        return vector.size

    def _unfit(self, reason: str) -> NetworkError:
        return unfit(self._recipe.name, reason)


def guess(file: Path, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a network itself says of its recipe, as ``OwnRecipe.of_json`` takes it, and the names of its outputs.

    It can't say how the numbers of a pixel are scaled: 0 to 1 is proposed. Raises NetworkError.
    """
    session = _session(file, name)
    shape = session.get_inputs()[0].shape if session.get_inputs() else []
    outputs = tuple(output.name for output in session.get_outputs())
    sides = [side if isinstance(side, int) and side > 0 else None for side in shape]
    is_last = len(sides) == _SIDES and sides[3] in {1, 3} and sides[1] not in {1, 3}
    height, width, colours = (sides[i] if len(sides) == _SIDES else None for i in ((1, 2, 3) if is_last else (2, 3, 1)))
    said = {
        "name": name,
        "width": width or _USUAL_SIDE,
        "height": height or _USUAL_SIDE,
        "layout": str(Layout.NHWC if is_last else Layout.NCHW),
        "colours": str(Colours.GREY if colours == 1 else Colours.RGB),
        "divide_by": 255,
        "mean": [0],
        "std": [1],
        "output": outputs[0] if outputs else "",
    }
    return said, outputs


def _session(file: Path, label: str) -> Any:
    """Opened by its name, so that no large file is held twice, nor the interpreter's lock meanwhile."""
    try:
        onnxruntime = imported()
    except MemoryError:
        raise
    except Exception as error:
        raise without_engine(label, "onnxruntime", error) from error
    options = plain_options(onnxruntime)
    # Weights in a file beside the network's would not be in its digest: there are none where no folder can be.
    options.add_session_config_entry(_BESIDE, os.devnull)
    try:
        source = file if _minds_folder(onnxruntime) and _is_text(file) else read_own(file, label)
        return onnxruntime.InferenceSession(source, options, providers=PROVIDERS)
    except (MemoryError, NetworkError):
        raise
    except Exception as error:  # its own kinds, and C++'s
        tell_memory(error)
        raise unfit(label, f"onnxruntime can't load it ({_brief(error)})") from error


def _minds_folder(onnxruntime: Any) -> bool:
    """Whether it looks for weights in the folder that it is told also where a network is opened by its name (seen)."""
    major, minor = (int(number) for number in onnxruntime.__version__.split(".")[:2])
    return (major, minor) >= (1, 29)


def _is_text(file: Path) -> bool:
    """Whether the name can be told in UTF-8, as onnxruntime wants it; on Linux not every one can."""
    try:
        str(file).encode()
    except UnicodeEncodeError:
        return False
    return True


def _brief(error: Exception) -> str:
    """What onnxruntime says, in plain words where it is something that a person can mend."""
    text = " ".join(str(error).split())
    unknown = re.search(r"No Op registered for (\w+)|implementation for (\w+)\(", text)
    if unknown:
        return f"it doesn't know the operator {unknown[1] or unknown[2]}"
    if re.search(r"xternal[ _]data|model_path must not be empty|\[/dev/null/", text):
        return "its weights are in another file; save it with its weights inside"
    if "Unsupported model IR version" in text or "is under development" in text:
        return "it is made for a later version of ONNX than onnxruntime knows here"
    if re.search(r"protobuf|Model::Model\(", text, re.IGNORECASE):
        return "it is damaged, or no ONNX file"
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : ", "", text).removesuffix(_ADVICE)
    return brief(ValueError(text))
