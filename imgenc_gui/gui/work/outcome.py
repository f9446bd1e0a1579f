"""What a work has come to, from its first order to the end of its last; it stands until the next begins."""

from __future__ import annotations

import time
from collections.abc import Sequence

from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageResult, WarningCode


class Outcome:
    """Counts what became of pictures as results come in."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.seconds = 0.0  # that all of it took
        self.done = 0  # pictures of what has ended
        self.results = 0
        self.looked_up = 0  # of these, what the library knew without a look at the file
        self.recalled = 0  # what it knew, also after a look
        self.unread = 0  # pictures that could not be read
        self.others = 0  # files that are no pictures
        self.network_failure: ImageFailure | None = None  # why there were no embeddings
        self.is_stopped = False
        self.is_cut_off = False  # before all pictures were found

    @property
    def encoded(self) -> int:
        """Pictures whose encodings were made."""
        return self.results - self.recalled - self.unread - self.others

    def take(self, results: Sequence[ImageResult], looked_up: int) -> None:
        """Count them."""
        self.results += len(results)
        self.looked_up += looked_up
        for result in results:
            if result.failure is not None:
                self._take_failure(result.failure)
            elif result.recalled:
                self.recalled += 1
            for warning in result.warnings:
                if warning.code is WarningCode.NO_EMBEDDING:
                    self.network_failure = ImageFailure(FailureCode.MODEL_UNAVAILABLE, warning.detail, warning.values)

    def _take_failure(self, failure: ImageFailure) -> None:
        if failure.code is FailureCode.NOT_AN_IMAGE:
            self.others += 1
        else:
            self.unread += 1
        if failure.code is FailureCode.MODEL_UNAVAILABLE:
            self.network_failure = failure

    def end(self) -> None:
        """Nothing is left to do."""
        self.seconds = time.monotonic() - self._began
