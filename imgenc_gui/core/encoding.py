"""One picture in, all its encodings out: read once, resampled to all sizes at once, encoded with every method."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.formats.budget import BUDGET, Share
from imgenc_gui.core.formats.reader import Reader, cut_to_black
from imgenc_gui.core.formats.reading import Content, decode, read_content, upright
from imgenc_gui.core.hashing.preparing import prepare
from imgenc_gui.core.naming import brief
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import (
    ANY_LENGTH,
    FLAT_HASHES,
    EmbeddingMethod,
    Encoding,
    HashMethod,
    Method,
    Options,
)
from imgenc_gui.core.records.results import (
    UPRIGHT,
    EndlessError,
    FailureCode,
    ImageFailure,
    ImageResult,
    ImageWarning,
    NetworkError,
    ReadError,
    WarningCode,
)
from imgenc_gui.core.scratch import SPARE, Scratch
from imgenc_gui.core.stopping import Stop, StoppedError, never

log = logging.getLogger(__name__)

PORTION = 256  # files that memory is asked for at once: alone, each would cost ten times as much
_CLIPPING = {WarningCode.CLIPPED_16_BIT, WarningCode.CUT_TO_BLACK}

K = TypeVar("K")
T = TypeVar("T")


class Memory(Protocol):
    """What became of pictures earlier. Any number of threads may call it at once; it never raises nor waits for long.

    Its results carry the warnings of reading alone, and whatever encodings there are of those that the options ask for.
    """

    def of_files(self, paths: Sequence[str], options: Options) -> list[ImageResult | None]:
        """What became of files that look as they did; None for one that it doesn't know."""

    def of_content(self, content: Content, options: Options) -> ImageResult | None:
        """What became of a file of the same bytes, wherever it lay, as a result of this file."""

    def keep(self, result: ImageResult, reader: Reader | None, options: Options) -> None:
        """Keep a result, or a part of it: of the encodings the new ones. ``reader``: None where nobody reads it."""


@dataclass(slots=True)
class _Begun:
    """A picture that was encoded but for the networks; what each of them is to see, and why one couldn't.

    ``result`` has the warnings of reading alone. ``recalled``: memory had all of it.
    """

    result: ImageResult
    reader: Reader | None = None  # None: nobody reads it
    recalled: bool = False
    inputs: dict[EmbeddingMethod, NDArray[Any]] = field(default_factory=dict)
    failures: list[ImageFailure] = field(default_factory=list)


class Encoder:
    """Encodes pictures with the methods of its options. One encoder serves any number of threads at once.

    Creating it is cheap: scipy and the networks load at first use, in the calling thread, and the compiled kernel on a
    thread of its own, while the reference encodes.
    """

    def __init__(self, options: Options, memory: Memory | None = None) -> None:
        if not options.methods:
            raise ValueError("Choose at least one method.")
        self.options = options
        self._memory = memory
        self._methods = frozenset(options.methods)
        self._embeddings = [method for method in options.methods if isinstance(method, EmbeddingMethod)]
        self._given_up: dict[EmbeddingMethod, ImageFailure] = {}  # each picture would wait as long as the first
        self._scratch = Scratch()
        # Files that memory was asked for, many at once, and didn't know. Between two pictures, whose pixels have swept
        # the processor's caches, each question takes ten times as long.
        self._unknown: set[str] = set()

    def recall(self, numbered: Sequence[tuple[K, str]]) -> tuple[list[tuple[K, ImageResult]], list[tuple[K, str]]]:
        """Part (key, path) pairs into those whose result is known, as (key, result), and the others, to be encoded."""
        if self._memory is None:
            return [], list(numbered)
        known, others = [], []
        for pair, result in zip(numbered, self._memory.of_files([p for _, p in numbered], self.options), strict=True):
            if result is not None and self._is_whole(result):
                known.append((pair[0], self._complete(result, recalled=True)))
            else:
                others.append(pair)
                if result is None:
                    self._unknown.add(pair[1])
        return known, others

    def encode(
        self, numbered: Iterable[tuple[K, str]], stop: Stop = never, engine_threads: int | None = 1
    ) -> Iterator[tuple[K, ImageResult]]:
        """Encode (key, path) pairs, yielding (key, result) as each is complete.

        Paths are pulled one by one. A picture that can't be read is a result with a failure, never an exception. Once
        ``stop`` returns true the iteration ends soon. ``engine_threads`` is the number of threads that a network's
        engine may use for this caller: with 1, workers side by side need no coordination; None leaves the engine's own
        setting alone.
        """
        try:
            for key, path in numbered:
                if stop():
                    break
                try:
                    begun = self._begin(path, stop)
                    # After a stop, what was begun takes a fraction of a second; only loading a network first would not.
                    self._embed(begun, engine_threads, stop)
                except StoppedError:
                    break
                yield key, self._complete(begun.result, begun.failures, recalled=begun.recalled)
        finally:
            SPARE.let_go()  # whoever goes on takes what it uses there again

    def encode_array(self, pixels: NDArray[Any]) -> ImageResult:
        """Encode pixels: (h, w, 3) RGB or (h, w) grey, converted to uint8 as imagededup does. Raises ValueError."""
        if pixels.ndim == 2:  # noqa: PLR2004
            pixels = np.repeat(pixels[..., np.newaxis], 3, axis=2)
        if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:  # noqa: PLR2004
            raise ValueError(f"The array has shape {pixels.shape}; it must be (h, w) or (h, w, 3) and not empty.")
        cut = cut_to_black(pixels)
        begun = _Begun(ImageResult("", None, {}, (cut,) if cut else ()))
        try:
            self._hash(begun, pixels.astype(np.uint8), self.options.methods)
        finally:
            SPARE.let_go()
        self._embed(begun, None)
        return self._complete(begun.result, begun.failures)

    def load_networks(self, files: Sequence[str] | None = None) -> dict[EmbeddingMethod, ImageFailure]:
        """Load what the options ask for now, and return what can't be had. Encoding does so by itself.

        A run begins: what was given up in one before, because a picture took it too long, is tried again. ``files``:
        what will be encoded; a network whose embeddings of all of them are known is left alone.
        """
        failures = {}
        self._given_up.clear()
        for method in self._embeddings:
            if files is not None and self._knows(method, files):
                continue
            try:
                NETWORKS.get(method)
            except NetworkError as error:
                failures[method] = error.failure
        return failures

    def _knows(self, method: Method, files: Sequence[str]) -> bool:
        if self._memory is None:
            return False
        options = replace(self.options, methods=(method,))
        found = (known for portion in portions(files) for known in self._memory.of_files(portion, options))
        return all(known is not None and (known.failure or method in known.encodings) for known in found)

    # One picture

    def _begin(self, path: str, stop: Stop) -> _Begun:
        """A picture but for its embeddings. Raises StoppedError."""
        known = None
        if path in self._unknown:
            self._unknown.discard(path)
        elif self._memory is not None:
            known = self._memory.of_files([path], self.options)[0]
        if known is not None and self._is_whole(known):
            return _Begun(known, recalled=True)
        begun = _Begun(ImageResult(path))
        try:
            with BUDGET.share(stop) as share:
                content = read_content(path, share)
                begun.reader = content.reader
                if known is None or known.facts is None or known.facts.digest != content.digest:
                    known = self._memory.of_content(content, self.options) if self._memory is not None else None
                if known is not None:
                    begun.result = known
                lacking = self._lacking(begun.result)
                if lacking:
                    self._decode_and_hash(begun, content, lacking, share)
                begun.recalled = not lacking
            new = {method: value for method, value in begun.result.encodings.items() if method in lacking}
        except ReadError as error:
            begun.result, new = ImageResult(path, failure=error.failure, failed_file=error.file), {}
        except MemoryError:
            log.warning("Not enough memory for %s", path, exc_info=True)
            return _Begun(ImageResult(path, failure=ImageFailure(FailureCode.OUT_OF_MEMORY, "encoding")))
        self._keep(begun, new)
        return begun

    def _decode_and_hash(self, begun: _Begun, content: Content, methods: Sequence[Method], share: Share) -> None:
        picture = decode(content, share, self._scratch, damaged=self.options.damaged)
        try:
            pixels = picture.pixels
            if self.options.apply_exif_orientation:
                pixels = upright(pixels, picture.facts.turn)
            begun.result = replace(begun.result, facts=picture.facts, warnings=picture.warnings)
            self._hash(begun, pixels, methods)
        finally:
            SPARE.give("pixels", picture.pixels)

    def _hash(self, begun: _Begun, pixels: NDArray[np.uint8], methods: Sequence[Method]) -> None:
        """Make the hashes among the methods, and what the networks of the others are to see."""
        own = {one: one.prepare for one in methods if isinstance(one, EmbeddingMethod) and one.prepare is not None}
        plain = [one for one in methods if one not in own] if own else methods
        for method, seen in zip(plain, prepare(pixels, [one.recipe for one in plain], self._scratch), strict=True):
            if isinstance(method, HashMethod):
                begun.result.encodings[method] = method.compute(seen)
            elif isinstance(method, EmbeddingMethod):
                begun.inputs[method] = seen
        for method, prepares in own.items():
            try:
                begun.inputs[method] = prepares(pixels)
            except MemoryError:
                log.warning("Not enough memory for %s", method.label, exc_info=True)
                begun.failures.append(_failed("failed-memory", method))
            except Exception as error:
                log.warning("%s fails", method.label, exc_info=True)
                begun.failures.append(_failed("failed", method, brief(error)))

    def _embed(self, begun: _Begun, threads: int | None, stop: Stop = never) -> None:
        """Make the embeddings, of one picture at a time: a vector's last digits depend on how many are made at once.

        On a processor it takes no longer, either, and nothing waits for other pictures. Raises StoppedError.
        """
        for method, seen in begun.inputs.items():
            given_up = self._given_up.get(method)
            if given_up is not None:
                begun.failures.append(given_up)
                continue
            try:
                vector = _checked(method, NETWORKS.get(method, stop).embed(np.stack([seen]), threads, stop))
            except NetworkError as error:
                begun.failures.append(error.failure)
                if isinstance(error, EndlessError):
                    values = error.failure.values
                    self._given_up[method] = ImageFailure(FailureCode.MODEL_UNAVAILABLE, "given-up", values)
            except StoppedError:
                raise
            except MemoryError:
                log.warning("Not enough memory for %s", method.label, exc_info=True)
                begun.failures.append(_failed("failed-memory", method))
            except Exception as error:  # whatever it is, the hashes are there
                log.warning("%s fails", method.label, exc_info=True)
                begun.failures.append(_failed("failed", method, brief(error)))
            else:
                begun.result.encodings[method] = vector
                self._keep(begun, {method: vector})

    def _keep(self, begun: _Begun, new: dict[Method, Encoding]) -> None:
        if self._memory is None:
            return
        is_all = len(new) == len(begun.result.encodings) and not begun.inputs  # nothing will be added
        result = begun.result if is_all else replace(begun.result, encodings=new)
        self._memory.keep(result, begun.reader, self.options)

    def _is_whole(self, result: ImageResult) -> bool:
        return result.failure is not None or result.encodings.keys() >= self._methods

    def _lacking(self, result: ImageResult) -> list[Method]:
        return [method for method in self.options.methods if method not in result.encodings]

    def complete(self, known: ImageResult) -> ImageResult:
        """What memory has of a picture, as encoding it would give it."""
        return self._complete(known, recalled=True)

    def _complete(
        self, result: ImageResult, failures: Sequence[ImageFailure] = (), *, recalled: bool = False
    ) -> ImageResult:
        """A result with all that is to be said of it.

        Networks that failed are warnings as long as there are other encodings, else the picture's failure.
        """
        if failures and not result.encodings:
            return ImageResult(result.path, result.facts, failure=failures[0])
        encodings = {method: result.encodings[method] for method in self.options.methods if method in result.encodings}
        warnings = result.warnings
        if self.options.apply_exif_orientation and result.facts is not None and result.facts.turn != UPRIGHT:
            warnings += (ImageWarning(WarningCode.ROTATED),)
        warnings += _flat_warnings(encodings, warnings)
        if failures:
            lacking = (ImageWarning(WarningCode.NO_EMBEDDING, failed.detail, failed.values) for failed in failures)
            warnings += tuple(lacking)
        if result.recalled and recalled and warnings == result.warnings and [*encodings] == [*result.encodings]:
            return result  # as most are: another object for each of 100,000 takes its time
        return ImageResult(
            result.path, result.facts, encodings, warnings, result.failure, result.failed_file, recalled=recalled
        )


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at a time as memory is asked for at once."""
    remaining = iter(items)
    while portion := list(islice(remaining, PORTION)):
        yield portion


def _checked(method: EmbeddingMethod, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector of the one picture that a network was shown. Raises NetworkError."""
    if embeddings.shape[:1] != (1,) or embeddings.ndim != 2 or method.length not in {ANY_LENGTH, embeddings.shape[1]}:  # noqa: PLR2004
        raise NetworkError(_failed("failed-length", method, str(embeddings.size), str(method.length)))
    if not np.isfinite(embeddings).all():
        raise NetworkError(_failed("failed-numbers", method))
    vector: NDArray[np.float32] = embeddings[0]
    return vector


def _failed(detail: str, method: EmbeddingMethod, *values: str) -> ImageFailure:
    return ImageFailure(FailureCode.MODEL_UNAVAILABLE, detail, (method.label, *values))


def _flat_warnings(encodings: dict[Method, Encoding], others: tuple[ImageWarning, ...]) -> tuple[ImageWarning, ...]:
    """What to say of hashes that every flat picture has; ``others`` tell whether the picture was flat before."""
    flat = [method.label for method, value in encodings.items() if isinstance(value, str) and value in FLAT_HASHES]
    if not flat:
        return ()
    if any(warning.code in _CLIPPING for warning in others):
        return (ImageWarning(WarningCode.LOW_INFORMATION, "clipped", (", ".join(flat),)),)
    return (ImageWarning(WarningCode.LOW_INFORMATION, "", (", ".join(flat),)),)
