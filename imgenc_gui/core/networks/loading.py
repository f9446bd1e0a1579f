"""Networks are loaded once per process, when the first picture needs them, whatever the options."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future

from imgenc_gui.core.naming import brief
from imgenc_gui.core.records.methods import EmbeddingMethod, Network
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.stopping import Stop, check, never

log = logging.getLogger(__name__)

_NO_MEMORY = "memory"  # a detail
_LOOK_SECONDS = 0.05  # between two looks at the stop flag


class Networks:
    """Keeps each method's network, or why it can't be had. Any thread may ask; one loads while the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[EmbeddingMethod, Network | ImageFailure] = {}
        self._beginning = threading.Lock()
        self._beside: dict[EmbeddingMethod, Future[Network | ImageFailure]] = {}

    def get(self, method: EmbeddingMethod, stop: Stop = never) -> Network:
        """The method's network, loaded now if it isn't yet.

        Raises NetworkError, each time the same; for want of memory it is tried again when next asked. Raises
        StoppedError where it isn't loaded when ``stop`` returns true: importing an engine takes seconds, and goes on.
        """
        known = self._known.get(method)
        if known is None:
            known = self._loaded(method) if stop is never else self._loaded_beside(method, stop)
        if isinstance(known, ImageFailure):
            raise NetworkError(known)
        return known

    def is_loaded(self, method: EmbeddingMethod) -> bool:
        """Whether asking would not wait for loading."""
        return method in self._known

    def engine(self, method: EmbeddingMethod) -> str | None:
        """The package that runs the method's network in this process; None where it isn't loaded."""
        known = self._known.get(method)
        return None if known is None or isinstance(known, ImageFailure) else known.engine

    def is_loading(self) -> bool:
        """Whether a thread is at it, which nothing can interrupt."""
        return not all(loading.done() for loading in tuple(self._beside.values()))

    def _loaded(self, method: EmbeddingMethod) -> Network | ImageFailure:
        with self._lock:
            known = self._known.get(method)
            if known is None:
                known = _load(method)
                if not (isinstance(known, ImageFailure) and known.detail == _NO_MEMORY):
                    self._known[method] = known
        return known

    def _loaded_beside(self, method: EmbeddingMethod, stop: Stop) -> Network | ImageFailure:
        check(stop)
        with self._beginning:
            loading = self._beside.get(method)
            if loading is None or loading.done():
                loading = self._beside[method] = Future()
                threading.Thread(target=self._load_into, args=(loading, method), name="network", daemon=True).start()
        while True:
            try:
                return loading.result(_LOOK_SECONDS)
            except TimeoutError:
                check(stop)

    def _load_into(self, loading: Future[Network | ImageFailure], method: EmbeddingMethod) -> None:
        try:
            loading.set_result(self._loaded(method))
        except BaseException as error:  # noqa: BLE001 - raised to whoever waits
            loading.set_exception(error)

    def forget(self) -> None:
        """Load again when next asked."""
        with self._lock:
            self._known.clear()

    def let_go(self, method: EmbeddingMethod) -> None:
        """Forget a network for which nobody will ask again. Takes no lock: whoever collects garbage may call it."""
        self._known.pop(method, None)
        self._beside.pop(method, None)


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
