"""What becomes of one file: read in every way there is, looked at for what may not happen, compared with imagededup.

`python -m tests.fuzzing.trying CHANNEL SEED NUMBER...` does it in a process of its own, for whoever watches that:
each number and what went wrong are told on CHANNEL, a descriptor, as lines of JSON. Linux.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.raw_kinds import recognises
from imgenc_gui.core.formats.reader import MAX_PIXELS
from imgenc_gui.core.formats.reading import read_preview, read_thumbnail
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageResult, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.terminal import quiet_libraries
from tests.fuzzing.mutations import Mutated, mutated
from tests.fuzzing.seeds import seeds
from tests.pictures import HASHES, imagededup_hashes

SECONDS = 10.0  # of a processor, that reading may take; whoever watches this process bounds its waiting
_SLACK = 64 << 20  # bytes beside the picture: decoders' own, and what the allocator keeps
_RATIO = 2.5  # of memory to a picture's pixels
_ANIMATED = 8.0  # the same of an animated WEBP, whose decoder has canvases of four bytes a pixel
_COMPARED = 12_000_000  # pixels: larger pictures would take imagededup minutes
_METHODS = tuple(METHODS[name.lower()] for name in HASHES)
_ENDINGS = {"jpeg": "jpg", "tiff": "tif", "pnm": "ppm"}


class Trial:
    """Tries files, one after another, and notes what is wrong with how they are read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._encoder = Encoder(Options(_METHODS))
        self._words = os.fdopen(os.memfd_create("printed"), "r+b")
        self.problems: list[str] = []

    def try_(self, file: Mutated) -> list[str]:
        """What went wrong, in words; nothing if nothing did."""
        self.problems = []
        path = self._folder / f"{file.number}.{_ENDINGS.get(file.format, file.format)}"
        path.write_bytes(file.data)
        try:
            result = self._read(str(path))
            if result is not None:
                self._compare(path, result)
        finally:
            path.unlink()
        return self.problems

    def warm_up(self, file: bytes) -> None:
        """Load whatever is loaded at first use."""
        KERNEL.wait(300)
        for ending in ("svg", "jpg"):
            self.try_(Mutated(0, ending, (), file))
        imagededup_hashes(array=np.zeros((9, 9, 3), np.uint8))
        gc.collect()
        gc.freeze()  # torch alone has so many objects that each look through them takes a fraction of a second

    def _read(self, path: str) -> ImageResult | None:
        results: list[ImageResult] = []
        self._watched("encoding", lambda: results.extend(r for _, r in self._encoder.encode([(0, path)])), results)
        for what, read in (("thumbnail", lambda: read_thumbnail(path, 64)), ("preview", lambda: read_preview(path))):
            self._watched(what, read, results)
        if not results:
            return None
        failure = results[0].failure
        if failure is None and set(results[0].encodings) != set(_METHODS):
            self.problems.append("encodings are missing")
        if failure is not None and not sentence(failure).endswith("."):
            self.problems.append(f"no sentence: {sentence(failure)}")
        return results[0]

    def _watched(self, what: str, read: Callable[[], object], results: list[ImageResult]) -> None:
        gc.collect()
        descriptors, threads = _descriptors(), threading.active_count()
        _forget_peak()
        before, began = _peak(), time.process_time()
        with self._silence(what):
            try:
                read()
            except ReadError:
                pass
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                self.problems.append(f"{what} raises {error!r}")
        took, used = time.process_time() - began, _peak() - before
        if took > SECONDS:
            self.problems.append(f"{what} takes {took:.1f} s")
        if used > (most := _most_memory(results)):
            self.problems.append(f"{what} takes {used >> 20} MB, not {most >> 20}: {results and results[0].facts}")
        if threading.active_count() > threads:
            self.problems.append(f"{what} leaves a thread")
        if _descriptors() - _of_children() > descriptors:
            gc.collect()
            self.problems.append(f"{what} leaves a file open")

    @contextmanager
    def _silence(self, what: str) -> Iterator[None]:
        """Let descriptors 1 and 2 be a file, and note whatever is written to it."""
        sys.stdout.flush()
        sys.stderr.flush()
        kept = os.dup(1), os.dup(2)
        self._words.truncate(0)
        for number in (1, 2):
            os.dup2(self._words.fileno(), number)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)
            self._words.seek(0)
            words = self._words.read(2000).strip(b"\0")
            if words:
                self.problems.append(f"{what} prints {words!r}")

    def _compare(self, path: Path, result: ImageResult) -> None:
        facts = result.facts
        beyond = facts is not None and facts.width * facts.height > _COMPARED
        # imagededup takes the thumbnail of a camera's RAW for the picture.
        apart = recognises(path.read_bytes()) or any(
            warning.code is WarningCode.NOT_IN_IMAGEDEDUP for warning in result.warnings
        )
        unlike = result.failure is not None and result.failure.code in (
            FailureCode.TOO_LARGE,
            FailureCode.OUT_OF_MEMORY,
        )
        if beyond or apart or unlike:
            return
        mine = [result.encodings.get(method) for method in _METHODS]
        theirs = _theirs(str(path))
        if mine != theirs:
            why = sentence(result.failure) if result.failure else ""
            self.problems.append(f"imagededup gives {theirs}, imgenc {mine} {why}")


def _theirs(path: str) -> list[str | None]:
    with Path(os.devnull).open("w") as nowhere:
        kept = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            return imagededup_hashes(path)
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _most_memory(results: list[ImageResult]) -> int:
    facts = results[0].facts if results else None
    if facts is None:
        return int(_RATIO * 3 * MAX_PIXELS) + _SLACK
    ratio = _ANIMATED if facts.format == "WEBP" and facts.frames > 1 else _RATIO
    return int(ratio * 3 * facts.width * facts.height) + _SLACK


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _of_children() -> int:
    """The descriptors by which guarded children are kept: not more than two idle ones."""
    return 2 * len(GUARD._idle)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """The most memory that was resident, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise AssertionError


def main(channel: int, seed: int, numbers: list[int]) -> None:
    quiet_libraries()  # as the command and the window do

    def tell(**said: object) -> None:
        os.write(channel, json.dumps(said).encode() + b"\n")

    made = seeds()
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir="/dev/shm") as folder:
        os.environ["TMPDIR"] = temporary = f"{folder}/temporary"
        os.mkdir(temporary)
        tempfile.tempdir = temporary
        trial = Trial(Path(folder))
        trial.warm_up(made["svg"][0])
        started, known = _descriptors() - _of_children(), set(os.listdir(temporary))
        for number in numbers:
            tell(begun=number)
            tell(ended=number, problems=trial.try_(mutated(number, seed, made)))
        GUARD.close()
        left = {"files": sorted(set(os.listdir(temporary)) - known), "processes": len(psutil.Process().children())}
        left["descriptors"] = _descriptors() - started
        tell(left={name: value for name, value in left.items() if value})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), [int(number) for number in sys.argv[3].split(",")])
