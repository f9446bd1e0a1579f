"""The pictures that a run encodes: listed, encoded in order, and what became of them counted and complained of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from imgenc_gui.command.talking import Paths
from imgenc_gui.core.encoding import Encoder, Memory
from imgenc_gui.core.listing import list_files
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageResult
from imgenc_gui.core.stopping import Stop, never
from imgenc_gui.core.workers import encode_in_order


class Pictures:
    """The pictures among the paths given, but for files that this run writes: a second one gives the same output."""

    def __init__(self, given: Sequence[str], paths: Paths, written: Iterable[Path], *, recursive: bool) -> None:
        self.encoded = self.unreadable = self.others = 0
        self._paths = paths
        self.listing = list_files(given, recursive)
        for refused in self.listing.refused:
            paths.complain(refused.path, refused.failure)
            self.unreadable += 1
        self.files = _without(self.listing.files, written)

    def results(self, encoder: Encoder, workers: int, stop: Stop = never) -> Iterator[ImageResult]:
        """Encode them, with a progress bar on a terminal. What became of each is counted as it is taken."""
        bar = tqdm(
            encode_in_order(encoder, self.files, min(workers, max(len(self.files), 1)), stop),
            total=len(self.files),
            unit=" pictures",
            dynamic_ncols=True,
            disable=None if len(self.files) > 1 else True,  # None: on a terminal only
            leave=False,
        )
        for result in bar:
            if not result.failure:
                self.encoded += 1
            elif result.failure.code is FailureCode.NOT_AN_IMAGE:
                self.others += 1
            else:
                self.unreadable += 1
                self._paths.complain(result.path, result.failure)
            yield result

    @property
    def counts(self) -> list[str]:
        """What became of them, in words."""
        parts = [f"{self.encoded} encoded", f"{self.unreadable} could not be read"]
        return [*parts, f"{self.others} other files"] if self.others else parts


def loaded_encoder(options: Options, memory: Memory | None) -> Encoder | None:
    """An encoder for the methods that work here, without networks that can't be loaded; None if none is left."""
    encoder = Encoder(options, memory)
    failures = encoder.load_networks()
    if not failures:
        return encoder
    left = tuple(method for method in options.methods if method not in failures)
    return Encoder(Options(left, options.apply_exif_orientation), memory) if left else None


def _without(files: Sequence[str], written: Iterable[Path]) -> list[str]:
    own = {os.path.realpath(path) for path in written if path.exists()}
    if not own:  # the first run has nothing to leave out, and need not resolve the path of every photo
        return list(files)
    return [path for path in files if os.path.realpath(path) not in own]
