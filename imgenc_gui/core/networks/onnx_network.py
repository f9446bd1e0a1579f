"""Networks that onnxruntime runs, on the processor."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.networks.memory import tell_memory
from imgenc_gui.core.stopping import Stop, check, never

PROVIDERS = ("CPUExecutionProvider",)
_FATAL = 4  # what is wrong is raised, too; printed, it would stand between a program's own lines
_LOOK_SECONDS = 0.05  # between two looks at the stop flag


class OnnxNetwork:
    """A network that is kept as an ONNX graph with one input and one output, whose first dimension is free.

    ``embed`` may be called from several threads at once; each computes on its own.
    """

    engine = "onnxruntime"

    def __init__(self, graph: Path, weights: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Open the graph. ``weights``: those of its initializers, by their names, that it says lie elsewhere.

        Raises ImportError where onnxruntime doesn't load, MemoryError, and whatever onnxruntime has to say of a graph.
        """
        onnxruntime = imported()
        options = plain_options(onnxruntime)
        try:
            if weights:
                values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
                options.add_external_initializers(list(weights), values)
            self._session = onnxruntime.InferenceSession(graph, options, providers=PROVIDERS)
        except Exception as error:
            tell_memory(error)
            raise
        self._input = self._session.get_inputs()[0].name

    def embed(
        self,
        images: NDArray[np.uint8],
        threads: int | None = None,  # noqa: ARG002
        stop: Stop = never,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Embed prepared inputs, stacked: what the graph takes, uint8, to (n, length) float32, in the calling thread.

        Raises MemoryError, and whatever onnxruntime has to say.
        """
        embeddings: NDArray[np.float32] = run(self._session, None, {self._input: images})[0]
        return embeddings


def imported() -> Any:
    """The module onnxruntime. It would tell Microsoft of the computer and of each network, from when it is imported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if sys.platform == "win32":
        os.environ["ORT_RUNNING_UNIT_TESTS"] = "1"  # the one word that its builds for Windows heed before they begin
    import onnxruntime  # noqa: PLC0415 - only when a network is needed

    onnxruntime.disable_telemetry_events()  # for a program that had imported it before us
    onnxruntime.set_default_logger_severity(_FATAL)
    return onnxruntime


def plain_options(onnxruntime: Any) -> Any:
    """Those of a session that prints nothing, and has no threads beside those that call."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    return options


def run(session: Any, outputs: list[str] | None, inputs: dict[str, NDArray[Any]], options: Any = None) -> list[Any]:
    """The outputs of these names; None: all. Raises MemoryError, and whatever onnxruntime has to say."""
    try:
        found: list[Any] = session.run(outputs, inputs, options)
    except Exception as error:
        tell_memory(error)
        raise
    return found


def run_within(
    seconds: float, session: Any, outputs: list[str], inputs: dict[str, NDArray[Any]], stop: Stop = never
) -> list[Any]:
    """As ``run``, for a network that may never end: it is looked after from a thread beside it.

    Raises TimeoutError after so many seconds, and StoppedError once ``stop`` returns true. onnxruntime looks whether it
    is to end between two operators, also within its loops.
    """
    options = imported().RunOptions()
    options.log_severity_level = _FATAL
    done = threading.Event()
    deadline = time.monotonic() + seconds

    def look_after() -> None:
        while not done.wait(_LOOK_SECONDS):
            if stop() or time.monotonic() >= deadline:
                options.terminate = True
                return

    threading.Thread(target=look_after, name="network's limit", daemon=True).start()
    try:
        return run(session, outputs, inputs, options)
    except MemoryError:
        raise
    except Exception as error:
        if options.terminate:
            check(stop)
            raise TimeoutError from error
        raise
    finally:
        done.set()
