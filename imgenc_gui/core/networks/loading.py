"""Networks are loaded once per process, when the first picture needs them, whatever the options."""

from __future__ import annotations

import logging
import threading

from imgenc_gui.core.records.methods import EmbeddingMethod, Network
from imgenc_gui.core.records.results import ImageFailure, NetworkError
from imgenc_gui.core.records.sentences import sentence

log = logging.getLogger(__name__)


class Networks:
    """Keeps each method's network, or why it can't be had. Any thread may ask; one loads while the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[EmbeddingMethod, Network | ImageFailure] = {}

    def get(self, method: EmbeddingMethod) -> Network:
        """The method's network, loaded now if it isn't yet. Raises NetworkError, each time the same."""
        known = self._known.get(method)
        if known is None:
            with self._lock:
                known = self._known.get(method)
                if known is None:
                    known = self._known[method] = _load(method)
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
    try:
        return method.load()
    except NetworkError as error:
        log.warning("%s", sentence(error.failure), exc_info=error.__cause__)
        return error.failure
