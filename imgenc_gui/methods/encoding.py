"""What all methods of the API share: pictures in, encodings out, and objects that can be pickled."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from imgenc_gui.core.encoding import Encoder, Memory, portions
from imgenc_gui.core.formats.being_read import BEING_READ
from imgenc_gui.core.listing import list_files, relative_names
from imgenc_gui.core.naming import shown
from imgenc_gui.core.networks.added import AddedMethod
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS, take_in_added
from imgenc_gui.core.similarity.measures import Cosine, Hamming
from imgenc_gui.core.similarity.pairs import Pairs, pairs
from imgenc_gui.core.workers import Arrived, encode_in_order
from imgenc_gui.methods.library import remembering
from imgenc_gui.methods.warned import warn

E = TypeVar("E")
_MOST_NAMED = 10

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class MethodAPI(ABC, Generic[E]):
    """Encodes pictures with one method. E is the type of one encoding.

    ``verbose``: show progress bars on standard error, if that is a terminal. An object holds its settings and nothing
    else worth keeping: it can be pickled, and serves in ``multiprocessing.Pool().map``.
    """

    def __init__(self, method: Method, verbose: bool = True) -> None:
        self._method = method
        self._encoder = Encoder(Options((method,)))
        self.verbose = verbose

    def __getstate__(self) -> dict[str, Any]:
        """A method is pickled by its id: records are compared by identity."""
        state = self.__dict__ | {"_method": self._method.id}
        del state["_encoder"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._method = self._method_called(state["_method"])
        self._encoder = Encoder(Options((self._method,)))

    def _method_called(self, method_id: str) -> Method:
        """The method that an object was pickled with."""
        method = known(method_id)
        if method is None:
            raise ValueError(f"There is no method {method_id!r} any more.")
        return method

    def encode_image(
        self,
        image_file: AnyPath | None = None,
        image_array: NDArray[Any] | None = None,
        *,
        cache: bool = False,
        rotate: bool = False,
        damaged: bool = False,
    ) -> E | None:
        """Encode one picture: a file, or else pixels (h, w, 3) RGB or (h, w) grey, from 0 to 255.

        As imagededup does, numbers with a point are cut to whole ones: an array from 0 to 1 is black. ``cache``: take a
        file's encoding from the library where it is known, and keep it there, as ``encode_images`` does. ``rotate``:
        turn a file's picture upright first; ``damaged``: encode what can be read of a damaged file, and warn; both as
        there; an array is taken as it is.

        Returns None for a file that can't be loaded. Raises ValueError for a missing file, for no argument, for an
        array of another shape, for ``cache`` with a model of the caller's, and for what is neither path nor array, such
        as a picture of Pillow's (imagededup takes no bytes, and raises AssertionError for some shapes); RuntimeError
        when a network's weights or its engine can't be loaded.
        """
        if image_file is not None:
            path = _path(image_file, "image_file")
            if not os.path.isfile(path):  # noqa: PTH113 - a str may hold bytes that are no text
                raise ValueError(f"There is no file {path!r}.")
            with remembering(cache=cache) as memory:
                encoder = self._loaded_encoder([path], memory, rotate=rotate, damaged=damaged)
                ((_, result),) = encoder.encode([(0, path)], engine_threads=None)
            _warn_of([path] if result.is_incomplete else [])
        elif isinstance(image_array, np.ndarray):
            result = self._loaded_encoder().encode_array(image_array)
        elif image_array is not None:
            raise ValueError(f"image_array must be a numpy array, not {_kind(image_array)}.")
        else:
            raise ValueError("Give either image_file or image_array.")
        return None if result.failure else self._encoding(result)

    def encode_images(
        self,
        image_dir: AnyPath | None = None,
        recursive: bool = False,
        num_enc_workers: int | None = None,
        *,
        workers: int | None = None,
        cache: bool = False,
        rotate: bool = False,
        damaged: bool = False,
    ) -> dict[str, E]:
        """Encode all pictures of a folder, on threads of this process.

        ``num_enc_workers``: how many; None: one per processor; 0: no other thread than the caller's. ``workers`` is
        another name for it. ``cache``: take from the library what the window, the command or an earlier call has
        encoded, and keep in it what is new; the encodings are the same. Where there is something wrong with the
        library, pictures are encoded without it, and a RuntimeWarning says so. ``rotate``: turn each picture upright by
        its EXIF orientation first, which imagededup ignores: compare such encodings with their like alone.
        ``damaged``: encode what can be read of damaged pictures, such as JPEGs cut short, which imagededup leaves out;
        a RuntimeWarning says of which.

        Returns the encodings by name relative to the folder, with ``/`` between parts, sorted (imagededup: in the order
        of the disk). There are keys, too, for what imagededup can't read and imgenc can: HEIC, AVIF, JPEG XL, SVG and
        others (README, "Formats"). Pictures that can't be loaded, and names that begin with a dot, are left out. Raises
        ValueError for a missing folder, for wrong numbers of workers and for ``cache`` with a model of the caller's,
        RuntimeError when a network's weights or its engine can't
        be loaded.
        """
        threads = _threads(num_enc_workers, workers)
        folder = _path(image_dir, "image_dir") if image_dir else ""
        if not os.path.isdir(folder):  # noqa: PTH112
            raise ValueError(f"There is no folder {folder!r}." if folder else "Give image_dir.")
        listing = list_files([folder], recursive)
        names = relative_names(listing.files, listing.root)
        with remembering(cache=cache) as memory:
            encoder = self._loaded_encoder(listing.files, memory, rotate=rotate, damaged=damaged)
            with self._bar(total=len(names), unit=" pictures") as bar:
                results = _results(encoder, listing.files, threads, lambda count, _looked_up: bar.update(count))
                encodings, incomplete = {}, []
                for number, result in results:
                    if not result.failure:
                        encodings[number] = self._encoding(result)
                        incomplete += [number] if result.is_incomplete else []
        _warn_of([names[number] for number in sorted(incomplete)])
        return {name: encodings[number] for number, name in enumerate(names) if number in encodings}

    def _encodings(
        self,
        image_dir: AnyPath | None,
        encoding_map: Mapping[str, Any] | None,
        recursive: bool,
        workers: int | None,
        *,
        cache: bool,
        rotate: bool,
        damaged: bool,
    ) -> Mapping[str, Any]:
        """What is to be compared: a folder's pictures, or else the encodings given."""
        if image_dir:
            return self.encode_images(image_dir, recursive, workers, cache=cache, rotate=rotate, damaged=damaged)
        if not encoding_map:
            raise ValueError("Give either image_dir or encoding_map.")
        if recursive:
            warn("recursive means nothing where encodings are given.", SyntaxWarning)
        if workers is not None:
            warn("num_enc_workers means nothing where encodings are given.", RuntimeWarning)
        asked = {"cache": cache, "rotate": rotate, "damaged": damaged}
        for name in [name for name, is_asked in asked.items() if is_asked]:
            warn(f"{name} means nothing where encodings are given.", RuntimeWarning)
        return encoding_map

    def _pairs(self, measure: Hamming | Cosine, workers: int | None) -> Iterator[Pairs]:
        """The pairs that are alike, found by so many threads; 0: the caller's."""

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        with self._bar(unit=" encodings") as bar:
            yield from pairs(measure, workers=workers if workers is None else max(workers, 1), progress=show)

    def _bar(self, **options: Any) -> Any:
        """A progress bar, on a terminal only."""
        disable = not (self.verbose and sys.stderr and sys.stderr.isatty())
        return tqdm(dynamic_ncols=True, disable=disable, **options)

    def _loaded_encoder(
        self,
        files: Sequence[str] | None = None,
        memory: Memory | None = None,
        *,
        rotate: bool = False,
        damaged: bool = False,
    ) -> Encoder:
        if memory is not None and METHODS.get(self._method.id) is not self._method:
            raise ValueError("The library can't tell one model of the caller's from another: no cache=True.")
        options = Options((self._method,), rotate, damaged)
        is_usual = memory is None and options == self._encoder.options
        encoder = self._encoder if is_usual else Encoder(options, memory)
        for failure in encoder.load_networks(files).values():
            raise RuntimeError(sentence(failure))
        return encoder

    @abstractmethod
    def _encoding(self, result: ImageResult) -> E: ...


def known(method_id: str) -> Method | None:
    """The method with this id, also if it is a network that a person has added; None where there is none.

    Networks are looked for each time: one may have been replaced or removed since.
    """
    found = METHODS.get(method_id)
    if found is None or isinstance(found, AddedMethod):
        take_in_added()
    return METHODS.get(method_id)


def _results(
    encoder: Encoder, files: Sequence[str], threads: int | None, arrived: Arrived
) -> Iterator[tuple[int, ImageResult]]:
    """Numbered by the files. ``threads``: 0: the caller's."""
    if threads != 0:
        workers = min(threads or usable_processors(), max(len(files), 1))
        yield from enumerate(encode_in_order(encoder, files, workers, arrived=arrived))
        return
    for portion in portions(BEING_READ.in_turn(files)):
        known, others = encoder.recall(portion)
        arrived(len(known), len(known))
        yield from known
        for one in encoder.encode(others, engine_threads=None):
            arrived(1, 0)
            yield one


def _warn_of(incomplete: Sequence[str]) -> None:
    """Say of which pictures only a part is encoded."""
    if incomplete:
        told = ", ".join(map(shown, incomplete[:_MOST_NAMED])) + (", ..." if len(incomplete) > _MOST_NAMED else "")
        text = f"{len(incomplete)} damaged: the encoding is of what can be read ({told})."
        warn(text, RuntimeWarning)


def check_workers(number: int | None, parameter: str) -> None:
    """Raise ValueError for less than none."""
    if number is not None and number < 0:
        raise ValueError(f"{parameter} must be 0 or more.")


def _path(given: object, parameter: str) -> str:
    if not isinstance(given, (str, bytes, os.PathLike)):
        raise ValueError(f"{parameter} must be a path (str, bytes or Path), not {_kind(given)}.")  # noqa: TRY004 - as imagededup
    return os.fsdecode(given)


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def _threads(num_enc_workers: int | None, workers: int | None) -> int | None:
    if None not in (num_enc_workers, workers) and num_enc_workers != workers:
        raise ValueError("num_enc_workers and workers are one and the same: give one of them.")
    threads = workers if num_enc_workers is None else num_enc_workers
    check_workers(threads, "num_enc_workers")
    return threads
