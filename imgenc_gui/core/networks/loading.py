"""Networks are loaded once per process, when the first picture needs them, whatever the options."""

from __future__ import annotations

import logging
import threading

from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.methods import EmbeddingMethod, Network
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.records.sentences import sentence

log = logging.getLogger(__name__)

_NO_MEMORY = "memory"  # a detail


class Networks:
    """Keeps each method's network, or why it can't be had. Any thread may ask; one loads while the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[EmbeddingMethod, Network | ImageFailure] = {}

    def get(self, method: EmbeddingMethod) -> Network:
        """The method's network, loaded now if it isn't yet.

        Raises NetworkError, each time the same; for want of memory it is tried again when next asked.
        """
        known = self._known.get(method)
        if known is None:
            with self._lock:
                known = self._known.get(method)
                if known is None:
                    known = _load(method)
                    if not (isinstance(known, ImageFailure) and known.detail == _NO_MEMORY):
                        self._known[method] = known
        if isinstance(known, ImageFailure):
            raise NetworkError(known)
        return known

    def is_loaded(self, method: EmbeddingMethod) -> bool:
        """Whether asking would not wait for loading."""
        return method in self._known

    def forget(self) -> None:
        """Load again when next asked."""
        with self._lock:
            self._known.clear()


NETWORKS = Networks()


def _load(method: EmbeddingMethod) -> Network | ImageFailure:
    cause: BaseException | None
    try:
        return method.load()
    except NetworkError as error:
        failure, cause = error.failure, error.__cause__
    except MemoryError as error:
        failure, cause = ImageFailure(FailureCode.MODEL_UNAVAILABLE, _NO_MEMORY, (method.label,)), error
    except Exception as error:  # noqa: BLE001 - engines and drivers break in many ways; the hashes go on
        failure, cause = _broken(method, error), error
    log.warning("%s", sentence(failure), exc_info=cause)
    return failure


def _broken(method: EmbeddingMethod, error: Exception) -> ImageFailure:
    module = error.name if isinstance(error, ImportError) else None
    if module:
        return ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", (method.label, module, brief(error)))
    return ImageFailure(FailureCode.MODEL_UNAVAILABLE, "broken", (method.label, brief(error)))
