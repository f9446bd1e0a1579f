"""One picture in, all its encodings out: read once, resampled to all sizes at once, encoded with every method."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.formats.reader import cut_to_black
from imgenc_gui.core.formats.reading import read_picture, upright
from imgenc_gui.core.hashing.resampling import grey, resize
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import FLAT_HASHES, EmbeddingMethod, Encoding, HashMethod, Method, Options
from imgenc_gui.core.records.results import (
    FailureCode,
    ImageFailure,
    ImageResult,
    ImageWarning,
    NetworkError,
    ReadError,
    WarningCode,
)
from imgenc_gui.core.records.sentences import brief
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import Stop, StoppedError, never

log = logging.getLogger(__name__)

_BATCH = 16  # pictures per call of a network; more is no faster on a processor and would only delay the first answers
_CLIPPING = {WarningCode.CLIPPED_16_BIT, WarningCode.CUT_TO_BLACK}

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class _Encoded:
    """Pixels that were encoded but for the networks: what there is, and what each network is to see."""

    encodings: dict[Method, Encoding]
    inputs: dict[EmbeddingMethod, NDArray[np.uint8]]


class Encoder:
    """Encodes pictures with the methods of its options. One encoder serves any number of threads at once.

    Creating it is cheap: scipy and the networks load at first use, in the calling thread, and the compiled kernel on a
    thread of its own, while the reference encodes.
    """

    def __init__(self, options: Options) -> None:
        if not options.methods:
            raise ValueError("Choose at least one method.")
        self.options = options
        self._hashes = [method for method in options.methods if isinstance(method, HashMethod)]
        self._embeddings = [method for method in options.methods if isinstance(method, EmbeddingMethod)]
        self._sizes = list(dict.fromkeys((m.recipe.width, m.recipe.height) for m in options.methods))
        self._scratch = Scratch()

    def encode(
        self, numbered: Iterable[tuple[K, str]], stop: Stop = never, engine_threads: int | None = 1
    ) -> Iterator[tuple[K, ImageResult]]:
        """Encode (key, path) pairs, yielding (key, result) as each is complete.

        Paths are pulled one by one. A picture that can't be read is a result with a failure, never an exception. Once
        ``stop`` returns true the iteration ends soon. ``engine_threads`` is the number of threads that a network's
        engine may use for this caller: with 1, workers side by side need no coordination; None leaves the engine's own
        setting alone.
        """
        waiting: list[tuple[K, ImageResult, dict[EmbeddingMethod, NDArray[np.uint8]]]] = []
        for key, path in numbered:
            if stop():
                break
            try:
                result, inputs = self._read_and_hash(path, stop)
            except StoppedError:
                break
            if not inputs:
                yield key, result
                continue
            waiting.append((key, result, inputs))
            if len(waiting) == _BATCH:
                yield from self._embed(waiting, engine_threads)
                waiting = []
        # After a stop, what waits takes a fraction of a second; only loading a network first would take too long.
        if waiting and (not stop() or all(map(NETWORKS.is_loaded, self._embeddings))):
            yield from self._embed(waiting, engine_threads)

    def encode_array(self, pixels: NDArray[Any]) -> ImageResult:
        """Encode pixels: (h, w, 3) RGB or (h, w) grey, converted to uint8 as imagededup does. Raises ValueError."""
        if pixels.ndim == 2:  # noqa: PLR2004
            pixels = np.repeat(pixels[..., np.newaxis], 3, axis=2)
        if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:  # noqa: PLR2004
            raise ValueError(f"The array has shape {pixels.shape}; it must be (h, w) or (h, w, 3) and not empty.")
        encoded = self._encode_pixels(pixels.astype(np.uint8))
        cut = cut_to_black(pixels)
        warnings = (cut,) if cut else ()
        result = ImageResult("", None, encoded.encodings, warnings + _flat_warnings(encoded.encodings, warnings))
        ((_, complete),) = self._embed([(None, result, encoded.inputs)], None)
        return complete

    def load_networks(self) -> dict[EmbeddingMethod, ImageFailure]:
        """Load what the options ask for now, and return what can't be had. Encoding does so by itself."""
        failures = {}
        for method in self._embeddings:
            try:
                NETWORKS.get(method)
            except NetworkError as error:
                failures[method] = error.failure
        return failures

    def _read_and_hash(self, path: str, stop: Stop) -> tuple[ImageResult, dict[EmbeddingMethod, NDArray[np.uint8]]]:
        """A result that still lacks its embeddings, and what the networks are to see; nothing where none is lacking.

        Raises StoppedError.
        """
        try:
            picture = read_picture(path, self._scratch, stop)
            pixels, warnings = picture.pixels, picture.warnings
            if self.options.apply_exif_orientation and picture.facts.orientation != 1:
                pixels = upright(pixels, picture.facts.orientation)
                warnings += (ImageWarning(WarningCode.ROTATED),)
            encoded = self._encode_pixels(pixels)
        except ReadError as error:
            return ImageResult(path, failure=error.failure, failed_file=error.file), {}
        except MemoryError:
            log.warning("Not enough memory for %s", path, exc_info=True)
            return ImageResult(path, failure=ImageFailure(FailureCode.OUT_OF_MEMORY, "encoding")), {}
        warnings += _flat_warnings(encoded.encodings, warnings)
        return ImageResult(path, picture.facts, encoded.encodings, warnings), encoded.inputs

    def _encode_pixels(self, pixels: NDArray[np.uint8]) -> _Encoded:
        resized = dict(zip(self._sizes, resize(pixels, self._sizes, self._scratch), strict=True))

        def prepared(method: Method) -> NDArray[np.uint8]:
            small = resized[method.recipe.width, method.recipe.height]
            return grey(small) if method.recipe.grey else small

        encodings: dict[Method, Encoding] = {method: method.compute(prepared(method)) for method in self._hashes}
        return _Encoded(encodings, {method: prepared(method) for method in self._embeddings})

    def _embed(
        self, waiting: list[tuple[K, ImageResult, dict[EmbeddingMethod, NDArray[np.uint8]]]], threads: int | None
    ) -> Iterator[tuple[K, ImageResult]]:
        failures = []
        for method in self._embeddings:
            try:
                network = NETWORKS.get(method)
                vectors = network.embed(np.stack([inputs[method] for _, _, inputs in waiting]), threads)
                vectors = vectors.reshape(len(waiting), method.length)
            except NetworkError as error:
                failures.append(error.failure)
            except Exception as error:  # whatever it is, the hashes are there
                log.warning("%s fails", method.label, exc_info=True)
                values = (method.label, brief(error))
                failures.append(ImageFailure(FailureCode.MODEL_UNAVAILABLE, "failed", values))
            else:
                for (_, result, _), vector in zip(waiting, vectors, strict=True):
                    result.encodings[method] = vector
        for key, result, _ in waiting:
            yield key, _with_failures(result, failures)


def _flat_warnings(encodings: dict[Method, Encoding], others: tuple[ImageWarning, ...]) -> tuple[ImageWarning, ...]:
    """What to say of hashes that every flat picture has; ``others`` tell whether the picture was flat before."""
    flat = [method.label for method, value in encodings.items() if isinstance(value, str) and value in FLAT_HASHES]
    if not flat:
        return ()
    if any(warning.code in _CLIPPING for warning in others):
        return (ImageWarning(WarningCode.LOW_INFORMATION, "clipped", (", ".join(flat),)),)
    return (ImageWarning(WarningCode.LOW_INFORMATION, "", (", ".join(flat),)),)


def _with_failures(result: ImageResult, failures: list[ImageFailure]) -> ImageResult:
    """Networks that failed are warnings as long as there are other encodings, else the picture's failure."""
    if failures and not result.encodings:
        return ImageResult(result.path, result.facts, failure=failures[0])
    added = tuple(ImageWarning(WarningCode.NO_EMBEDDING, failure.detail, failure.values) for failure in failures)
    return replace(result, warnings=result.warnings + added) if added else result
