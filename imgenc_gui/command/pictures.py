"""The pictures that a run encodes: listed, encoded in order, and what became of them counted and complained of."""

# ruff: noqa: PTH114, PTH119 - paths stay strings, as in the listing

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from imgenc_gui.command.talking import Paths, say
from imgenc_gui.core.encoding import Encoder, Memory
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.files.together import tidy
from imgenc_gui.core.listing import MADE_BY_PROGRAMS, Excluded, Listing, list_files
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageResult
from imgenc_gui.core.stopping import Stop, never
from imgenc_gui.core.workers import encode_in_order

_LOOK_SECONDS = 0.1  # between two words of how many files were found
_PATIENCE = 0.5  # seconds without any


class Pictures:
    """The pictures among the paths given, but for files that this run writes: a second one gives the same output."""

    def __init__(
        self, given: Sequence[str], paths: Paths, written: Iterable[Path], *, recursive: bool, exclude: Iterable[str]
    ) -> None:
        self.encoded = self.recalled = self.incomplete = self.unreadable = self.others = 0
        self._taken = 0
        self._paths = paths
        self.listing = _listed(given, recursive=recursive, exclude=Exclusion.of(exclude))
        for refused in self.listing.refused:
            paths.complain(refused.path, refused.failure)
            self.unreadable += 1
        if names := sorted({os.path.basename(folder) for folder in self.listing.left_out}):
            say(f"left out what other programs keep in folders named {', '.join(names)}")
        if counted := _counted(self.listing.excluded):
            say(f"left out by --exclude: {counted}")
        self.files = _without(self.listing.files, written)

    def results(self, encoder: Encoder, workers: int, stop: Stop = never) -> Generator[ImageResult, None, None]:
        """Encode them, with a progress bar on a terminal. What became of each is counted as it is taken."""
        threads = min(workers, max(len(self.files), 1))
        with self._bar() as bar:
            come = encode_in_order(encoder, self.files, threads, stop, partial(_advance, bar))
            with closing(come) as results:
                for result in results:
                    self._count(result)
                    yield result

    def _bar(self) -> Any:
        return tqdm(
            total=len(self.files),
            unit=" pictures",
            dynamic_ncols=True,
            disable=None if len(self.files) > 1 else True,  # None: on a terminal only
            leave=False,
            miniters=0,
            smoothing=0.02,  # a huge picture says little of the others
        )

    def are_lacking(self) -> bool:
        """Whether there are pictures of which nothing came, because the work was stopped."""
        return self._taken < len(self.files)

    def _count(self, result: ImageResult) -> None:
        self._taken += 1
        if not result.failure:
            self.encoded += 1
            self.recalled += result.recalled
            self.incomplete += self._paths.complain_of_part(result)
        elif result.failure.code is FailureCode.NOT_AN_IMAGE:
            self.others += 1
        else:
            self.unreadable += 1
            self._paths.complain(result.path, result.failure)

    @property
    def counts(self) -> list[str]:
        """What became of them, in words."""
        parts = [f"{self.encoded} encoded"]
        if self.recalled:
            parts.append(f"{self.recalled} of them from the library")
        if self.incomplete:
            parts.append(f"{self.incomplete} of them damaged")
        parts.append(f"{self.unreadable} could not be read")
        other = f"{self.others} other file{'' if self.others == 1 else 's'}"
        return [*parts, other] if self.others else parts


def loaded_encoder(options: Options, memory: Memory | None, files: Sequence[str]) -> Encoder | None:
    """An encoder for the methods that work here, without networks that can't be loaded; None if none is left."""
    encoder = Encoder(options, memory)
    failures = encoder.load_networks(files)
    if not failures:
        return encoder
    left = tuple(method for method in options.methods if method not in failures)
    return Encoder(replace(options, methods=left), memory) if left else None


def _counted(excluded: Excluded) -> str:
    things = {"file": excluded.files, "folder": excluded.folders}
    return " and ".join(f"{count} {thing}{'s' * (count > 1)}" for thing, count in things.items() if count)


def _listed(given: Sequence[str], *, recursive: bool, exclude: Exclusion) -> Listing:
    """List on a thread of its own: Ctrl+C reaches this one though a disk doesn't answer. On a terminal, count."""
    answer: Future[Listing] = Future()
    stop = threading.Event()
    found = 0

    def note(count: int) -> None:
        nonlocal found
        found = count

    def work() -> None:
        try:
            for folder in filter(os.path.isdir, given):
                tidy(Path(folder))
            listing = list_files(given, recursive, stop.is_set, note, leave_out=MADE_BY_PROGRAMS, exclude=exclude)
            answer.set_result(listing)
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits
            answer.set_exception(error)

    try:
        with tqdm(desc="Looking for pictures", unit=" files", delay=_PATIENCE, disable=None, leave=False) as bar:
            threading.Thread(target=work, name="listing", daemon=True).start()
            while not wait([answer], _LOOK_SECONDS).done:
                bar.update(found - bar.n)
    finally:
        stop.set()
    return answer.result()


def _advance(bar: Any, count: int, looked_up: int) -> None:
    """So many more are done. How fast, and how long it will take, is said of those that must be read: others fly by."""
    if bar.disable:
        return
    bar.n += looked_up
    bar.initial += looked_up
    bar.last_print_n += looked_up
    bar.update(count - looked_up)


def _without(files: Sequence[str], written: Iterable[Path]) -> list[str]:
    own = {os.path.realpath(path) for path in written if path.exists()}
    endings = tuple(os.path.normcase(os.path.basename(path)) for path in own)

    def is_own(path: str) -> bool:
        """Only what ends so, or is a link, need be resolved, which takes a while for the path of every photo."""
        may_be = os.path.normcase(path).endswith(endings) or os.path.islink(path)
        return may_be and os.path.realpath(path) in own

    return [path for path in files if not is_own(path)] if own else list(files)
