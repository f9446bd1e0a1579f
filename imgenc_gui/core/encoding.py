"""The nouns (methods, options, results) and the main job: read a picture once, encode it with every method."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core import hashing
from imgenc_gui.core.reading import Caution, CautionCode, ErrorCode, Facts, ReadError, read_picture, upright
from imgenc_gui.core.resample import grey, resize
from imgenc_gui.core.resources import resource
from imgenc_gui.core.scratch import Scratch

if TYPE_CHECKING:
    from imgenc_gui.core.cnn import Network

log = logging.getLogger(__name__)

EMBEDDING_LENGTH = 1024
WEIGHTS = ("weights", "mobilenet_v1_1.0_224.safetensors")
_CNN_SIZE = (224, 224)
_CNN_BATCH = 16  # pictures; more is no faster on a processor and would only delay the first answers
# After a stop: how long results are still taken, and how long threads that go on with a huge picture are waited for.
_STOP_SECONDS = 0.7
_JOIN_SECONDS = 0.2
_BATCH_SECONDS = 0.02  # waking the consumer for each small picture would cost the workers time
_FLAT = ("0" * 16, "f" * 16)

T = TypeVar("T")


class Method(StrEnum):
    """The encodings imgenc makes, in the order in which they are shown and written."""

    PHASH = "phash"
    AHASH = "ahash"
    DHASH = "dhash"
    WHASH = "whash"
    CNN = "cnn"

    @property
    def label(self) -> str:
        """The method's usual spelling: PHash, AHash, DHash, WHash, CNN."""
        return "CNN" if self is Method.CNN else self.value[:2].upper() + self.value[2:]

    @property
    def is_hash(self) -> bool:
        """True for the four 64-bit hashes, False for the CNN embedding."""
        return self is not Method.CNN


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with each picture.

    ``methods``: at least one, kept in Method's order. ``apply_rotation``: turn the picture upright by its EXIF
    orientation first; its encodings then differ from imagededup's, which ignores it.
    """

    methods: tuple[Method, ...] = (Method.PHASH,)
    apply_rotation: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a picture has no encodings: a stable code and a plain sentence."""

    code: ErrorCode
    reason: str


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What became of one picture.

    ``encodings`` maps each hash method to 16 lower-case hexadecimal characters and CNN to a float32 vector of
    shape (1024,). It is empty when ``failure`` is set. ``facts`` is None when the picture couldn't be read.
    """

    path: str
    facts: Facts | None = None
    encodings: dict[Method, str | NDArray[np.float32]] = field(default_factory=dict)
    cautions: tuple[Caution, ...] = ()
    failure: Failure | None = None


_HASHES: dict[Method, tuple[tuple[int, int], Callable[[NDArray[np.uint8]], str]]] = {
    Method.PHASH: (hashing.PHASH_SIZE, hashing.phash),
    Method.AHASH: (hashing.AHASH_SIZE, hashing.ahash),
    Method.DHASH: (hashing.DHASH_SIZE, hashing.dhash),
    Method.WHASH: (hashing.WHASH_SIZE, hashing.whash),
}
_LOW_INFORMATION = "This picture is nearly flat ({}): every flat picture has the same hash, so a match means little."
_TURNED = "The picture was turned upright first: the encodings differ from imagededup's."


def never() -> bool:
    """The stop condition of a run that nobody stops."""
    return False


class Encoder:
    """Encodes pictures with the methods of its options. One encoder serves any number of threads at once.

    Creating it is cheap: the compiled kernel, scipy, torch and the network load at first use, in the calling thread.
    """

    def __init__(self, options: Options) -> None:
        if not options.methods:
            raise ValueError("Choose at least one method.")
        self.options = options
        self._hash_methods = [method for method in Method if method.is_hash and method in options.methods]
        self._embeds = Method.CNN in options.methods
        self._scratch = Scratch()
        self._network: Network | None = None
        self._network_lock = threading.Lock()
        self.model_error: str | None = None  # why there are no embeddings, in a sentence; None while all is well

    def encode(
        self, numbered: Iterable[tuple[int, str]], stop: Callable[[], bool] = never, torch_threads: int | None = 1
    ) -> Iterator[tuple[int, ImageResult]]:
        """Encode (number, path) pairs, yielding (number, result) as each is complete.

        Paths are pulled one by one. A picture that can't be read is a result with a failure, never an exception. Once
        ``stop`` returns true the iteration ends soon. ``torch_threads`` is the number of threads that torch may use for
        this caller: with 1, workers side by side need no coordination; None leaves torch's own setting alone.
        """
        waiting: list[tuple[int, ImageResult, NDArray[np.uint8]]] = []
        for number, path in numbered:
            if stop():
                break
            result, small = self._hashed(path)
            if small is None:
                yield number, result
                continue
            waiting.append((number, result, small))
            if len(waiting) == _CNN_BATCH:
                yield from self._embedded(waiting, torch_threads)
                waiting = []
        # After a stop, what waits takes a fraction of a second; only loading the network first would take too long.
        if waiting and (self._network is not None or not stop()):
            yield from self._embedded(waiting, torch_threads)

    def encode_array(self, pixels: NDArray[np.uint8]) -> ImageResult:
        """Encode pixels: (h, w, 3) RGB or (h, w) grey, converted to uint8 as imagededup does. Raises ValueError."""
        if pixels.ndim == 2:  # noqa: PLR2004
            pixels = np.repeat(pixels[..., np.newaxis], 3, axis=2)
        if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:  # noqa: PLR2004
            raise ValueError(f"The array has shape {pixels.shape}; it must be (h, w) or (h, w, 3) and not empty.")
        encodings, small = self._encode_pixels(pixels.astype(np.uint8))
        result = ImageResult("", None, encodings, _flat_cautions(encodings))
        if small is None:
            return result
        ((_, complete),) = self._embedded([(0, result, small)], None)
        return complete

    def _hashed(self, path: str) -> tuple[ImageResult, NDArray[np.uint8] | None]:
        """A result that still lacks its embedding, and the pixels (224, 224, 3) to embed; None where there are none."""
        try:
            picture = read_picture(path, self._scratch)
            pixels, cautions = picture.pixels, picture.cautions
            if self.options.apply_rotation and picture.facts.orientation != 1:
                pixels = upright(pixels, picture.facts.orientation)
                cautions += (Caution(CautionCode.ROTATED, _TURNED),)
            encodings, small = self._encode_pixels(pixels)
        except ReadError as error:
            return ImageResult(path, failure=Failure(error.code, error.reason)), None
        except MemoryError:
            log.warning("Not enough memory for %s", path, exc_info=True)
            reason = "There isn't enough memory to encode this picture."
            return ImageResult(path, failure=Failure(ErrorCode.OUT_OF_MEMORY, reason)), None
        cautions += _flat_cautions(encodings)
        return ImageResult(path, picture.facts, encodings, cautions), small

    def _encode_pixels(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[dict[Method, str | NDArray[np.float32]], NDArray[np.uint8] | None]:
        sizes = [_HASHES[method][0] for method in self._hash_methods]
        if self._embeds:
            sizes.append(_CNN_SIZE)
        resized = resize(pixels, sizes, self._scratch)
        encodings: dict[Method, str | NDArray[np.float32]] = {
            method: _HASHES[method][1](grey(small)) for method, small in zip(self._hash_methods, resized, strict=False)
        }
        return encodings, resized[-1] if self._embeds else None

    def _embedded(
        self, waiting: list[tuple[int, ImageResult, NDArray[np.uint8]]], torch_threads: int | None
    ) -> Iterator[tuple[int, ImageResult]]:
        error = self.load_model()
        embeddings = None
        if self._network is not None:
            try:
                embeddings = self._network.embed(np.stack([small for _, _, small in waiting]), torch_threads)
            except (RuntimeError, MemoryError) as failure:  # RuntimeError is also torch's word for too little memory
                log.warning("The CNN fails", exc_info=True)
                error = f"The CNN failed on this picture ({failure})."
        if embeddings is None:
            for number, result, _ in waiting:
                yield number, _without_embedding(result, error or "")
            return
        for (number, result, _), embedding in zip(waiting, embeddings, strict=True):
            result.encodings[Method.CNN] = embedding
            yield number, result

    def load_model(self) -> str | None:
        """Load the network now, if the options ask for embeddings. Returns why that failed, in a sentence, or None.

        Encoding calls this by itself; a caller that wants to know beforehand may call it first.
        """
        if not self._embeds:
            return None
        with self._network_lock:
            if self._network is None and self.model_error is None:
                try:
                    from imgenc_gui.core import cnn  # noqa: PLC0415 - imports torch

                    self._network = cnn.Network(resource(*WEIGHTS))
                except ValueError as error:  # missing or damaged weights
                    self.model_error = str(error)
                except Exception as error:  # a broken torch speaks in many ways; the hashes go on
                    log.info("torch can't be loaded", exc_info=True)
                    self.model_error = f"The CNN needs PyTorch, which can't be loaded ({error})."
                if self.model_error:
                    log.warning("%s", self.model_error)
        return self.model_error


def _flat_cautions(encodings: dict[Method, str | NDArray[np.float32]]) -> tuple[Caution, ...]:
    flat = [method.label for method, value in encodings.items() if isinstance(value, str) and value in _FLAT]
    return (Caution(CautionCode.LOW_INFORMATION, _LOW_INFORMATION.format(", ".join(flat))),) if flat else ()


def _without_embedding(result: ImageResult, reason: str) -> ImageResult:
    if not result.encodings:
        return ImageResult(result.path, result.facts, failure=Failure(ErrorCode.MODEL_UNAVAILABLE, reason))
    caution = Caution(CautionCode.NO_EMBEDDING, reason)
    return ImageResult(result.path, result.facts, result.encodings, (*result.cautions, caution))


def default_workers() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class SharedIterator(Iterator[T]):
    """An iterator that several threads may pull from; each item goes to one of them."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()

    def __next__(self) -> T:
        with self._lock:
            return next(self._items)


def encode_all(
    encoder: Encoder, paths: Iterable[str], workers: int | None = None, stop: Callable[[], bool] = never
) -> Iterator[ImageResult]:
    """Encode pictures on several threads, yielding results in the order of ``paths``.

    Once ``stop`` returns true, what is done is still yielded, in order and with gaps, and the iteration ends within a
    second. Closing the iterator stops the threads too. An unexpected exception in a thread is raised here.
    """
    if workers is None:
        workers = default_workers()
    if workers < 1:
        raise ValueError("workers must be 1 or more.")
    source = SharedIterator(enumerate(paths))
    done = _Done(maxsize=workers * 4)

    def work() -> None:
        batch: list[tuple[int, ImageResult]] = []
        due = 0.0
        try:
            for item in encoder.encode(source, lambda: done.closed.is_set() or stop()):
                batch.append(item)
                if time.monotonic() >= due:
                    done.put(batch)
                    batch = []
                    due = time.monotonic() + _BATCH_SECONDS
            done.put(batch)
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer
            done.put(error)
        finally:
            done.put(None)

    threads = [threading.Thread(target=work, name=f"encoder-{i}", daemon=True) for i in range(workers)]
    try:
        for thread in threads:
            thread.start()
        yield from _in_order(done, len(threads), stop)
    finally:
        done.closed.set()
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))


_Item = list[tuple[int, ImageResult]] | BaseException | None


class _Done:
    """What workers hand to the consumer: batches of results, an error, or None for a worker that has ended.

    Bounded, so that a slow consumer holds the workers back; what overtakes a slow picture waits in _in_order.
    """

    def __init__(self, maxsize: int) -> None:
        self.closed = threading.Event()
        self._queue: queue.Queue[_Item] = queue.Queue(maxsize)

    def put(self, item: _Item) -> None:
        while not self.closed.is_set():
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def get(self) -> _Item:
        """Raises queue.Empty after 50 ms."""
        return self._queue.get(timeout=0.05)


def _in_order(done: _Done, workers: int, stop: Callable[[], bool]) -> Iterator[ImageResult]:
    early: dict[int, ImageResult] = {}
    following = 0
    deadline: float | None = None
    while workers and (deadline is None or time.monotonic() < deadline):
        if deadline is None and stop():
            deadline = time.monotonic() + _STOP_SECONDS
        try:
            item = done.get()
        except queue.Empty:
            continue
        if item is None:
            workers -= 1
        elif isinstance(item, BaseException):
            raise item
        else:
            early.update(item)
            while following in early:
                yield early.pop(following)
                following += 1
    for number in sorted(early):
        yield early[number]
