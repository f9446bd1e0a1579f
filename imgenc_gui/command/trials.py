"""What `imgenc --self-test` tries: each part of this installation by what it must give, known beforehand."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.formats.budget import UNBOUNDED
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reader import in_child
from imgenc_gui.core.formats.reading import read_content, read_picture
from imgenc_gui.core.hashing import reference
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.networks.added import AddedMethod
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import EmbeddingMethod, Encoding, Method, Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageResult, NetworkError
from imgenc_gui.core.records.sentences import sentence, trouble_sentence
from imgenc_gui.core.records.troubles import Trouble
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.resources import resource
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.similarity.engine import KERNEL as COMPARING_KERNEL
from imgenc_gui.core.similarity.measures import Hamming
from imgenc_gui.core.similarity.pairs import pairs
from imgenc_gui.core.stopping import never

SAMPLES = resource("self_test")
KNOWN = SAMPLES / "known.npz"  # what the reference makes of them, as an export of imgenc's
CLOSENESS = 1e-4  # of vectors: engines and processors differ in the last digits

_PLAIN = "PNG.png"  # what is tried with one picture is tried with this one
_KERNEL_SECONDS = 60.0
_LOOK_SECONDS = 0.1  # Ctrl+C is heard between two of them
_CLOSE_SECONDS = 5.0
_WITHIN = 10  # bits


def without_wheel(system: str, machine: str, python: tuple[int, ...]) -> set[str]:
    """Packages that have no wheel for a machine, so that what they do is rightly missing: as pyproject.toml says."""
    is_intel_mac, is_arm_windows = (system, machine) == ("darwin", "x86_64"), (system, machine) == ("win32", "ARM64")
    is_new_on_intel_mac = is_intel_mac and python >= (3, 14)
    has_none = {
        "pi-heif": is_arm_windows,
        "rawpy": is_intel_mac,
        "torch": is_intel_mac or is_arm_windows,
        "torchvision": is_intel_mac or is_arm_windows,
        "onnxruntime": is_new_on_intel_mac,
        "numba": is_new_on_intel_mac,
    }
    return {name for name, lacks in has_none.items() if lacks}


WITHOUT_WHEEL = without_wheel(sys.platform, platform.machine(), sys.version_info[:2])


class WrongError(Exception):
    """A part doesn't do what it must. Its text: what is wrong, for a person."""


class NotHereError(Exception):
    """A part that this installation rightly lacks. Its text: why, or what would bring it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A part, what is done with it, and the function that does it. That raises NotHereError, or anything for a fault.

    It returns what there is to add to "ok".
    """

    part: str
    tried: str
    run: Callable[[], str]


@dataclass(slots=True)
class Trials:
    """All of them, in the order in which they are to be run: later ones take what earlier ones gave.

    ``scratch``: a folder that is empty and will be removed.
    """

    scratch: Path
    _known: Mapping[str, ImageResult] = field(default_factory=dict)
    _read: dict[str, ImageResult] = field(default_factory=dict)
    _broken: set[Method] = field(default_factory=set)

    def __iter__(self) -> Iterator[Trial]:
        yield Trial("known values", "read", self._read_known)
        yield Trial("plain hashes", "made by Pillow, scipy and PyWavelets", self._hash_plainly)
        yield Trial("compiled hashes", "compiled or loaded", partial(_loaded, KERNEL))
        yield Trial("compiled comparing", "compiled or loaded, pairs found", self._compare)
        for method in METHODS:
            if isinstance(method, EmbeddingMethod):
                yield Trial(method.label, "network loaded", partial(self._load, method))
        yield Trial("guarded child", "started, a picture read in it", self._read_in_child)
        for path in samples():
            yield Trial(path.stem, "read and encoded by every method", partial(self._encode, path))
        yield Trial("library", "written, closed, read", self._remember)
        for file_format in FORMATS:
            yield Trial(f"export {file_format.id}", "written, read back", partial(self._export, file_format))

    def _read_known(self) -> str:
        read = read_export(KNOWN)
        self._known = dict(read.named)
        names = {path.name for path in samples()}
        differing = [*sorted(names ^ self._known.keys()), *(method.id for method in read.left_out)]
        if differing:
            raise WrongError(f"pictures and what is known of them don't belong together: {', '.join(differing)}")
        return f"of {len(self._known)} pictures"

    def _hash_plainly(self) -> str:
        pixels = read_picture(str(SAMPLES / _PLAIN)).pixels
        for method in METHODS:
            plain = getattr(reference, method.id, None)  # named so; a hash that comes later may have none
            if plain is not None:
                (small,) = reference.resize(pixels, [(method.recipe.width, method.recipe.height)])
                self._compare_with_known(_PLAIN, method, plain(reference.grey(small)))
        return ""

    def _compare(self) -> str:
        _loaded(COMPARING_KERNEL)
        hashes = [int(str(result.encodings[PHASH]), 16) for result in self._known.values()]
        found = sum(len(chunk.first) for chunk in pairs(Hamming(np.array(hashes, np.uint64), _WITHIN)))
        expected = sum((one ^ other).bit_count() <= _WITHIN for one, other in combinations(hashes, 2))
        if found != expected:
            raise WrongError(f"{found} pairs of hashes are found, and there are {expected}")
        return ""

    def _load(self, method: EmbeddingMethod) -> str:
        self._broken.add(method)
        try:
            network = NETWORKS.get(method)
        except NetworkError as error:
            _check_lacking("onnxruntime", "torch", otherwise="no engine for networks has a wheel for this machine")
            raise WrongError(sentence(error.failure)) from error
        self._broken.discard(method)
        return f"by {network.engine}"

    def _read_in_child(self) -> str:
        path = str(SAMPLES / _PLAIN)
        content = read_content(path)
        read = GUARD.read(in_child(content.reader), content.data, Scratch(), never)
        if not np.array_equal(read.pixels, content.reader.read(content.data, Scratch(), UNBOUNDED.share()).pixels):
            raise WrongError("a picture that it reads isn't the same")
        return ""

    def _encode(self, path: Path) -> str:
        methods = self._methods()
        ((_, result),) = Encoder(Options(methods)).encode([(0, str(path))])
        if result.failure is not None:
            raise _reading_error(result.failure)
        if path.name not in self._known:
            raise WrongError("nothing is known to compare with")
        known = self._known[path.name].encodings
        for method in methods:
            if method not in result.encodings:
                raise WrongError("; ".join(map(sentence, result.warnings)))
            if method in known:
                self._compare_with_known(path.name, method, result.encodings[method])
        self._read[path.name] = result
        unknown = [method.label for method in methods if method not in known]
        return f"{', '.join(unknown)}: nothing known to compare with" if unknown else ""

    def _methods(self) -> tuple[Method, ...]:
        """All but those whose network has failed, which is told once."""
        return tuple(method for method in METHODS if method not in self._broken)

    def _compare_with_known(self, name: str, method: Method, value: Encoding) -> None:
        known = self._known[name].encodings[method]
        if isinstance(known, str):
            if value != known:
                raise WrongError(f"{method.label} is {value}, and must be {known}")
        elif (apart := _apart(known, value)) > CLOSENESS:
            raise WrongError(f"{method.label} is {apart:.2g} away from what it must be")

    def _remember(self) -> str:
        options, folder, path = Options(self._methods()), self.scratch / "library", str(SAMPLES / _PLAIN)
        troubles: list[Trouble] = []
        results = []
        for _ in range(2):
            library = Library(folder, tell=troubles.append)
            try:
                ((_, result),) = Encoder(options, library).encode([(0, path)])
            finally:
                is_written = library.close(_CLOSE_SECONDS)
            if troubles or not is_written:
                told = map(trouble_sentence, troubles)
                raise WrongError("; ".join(told) or f"nothing was written within {_CLOSE_SECONDS:.0f} s")
            results.append(result)
        first, second = results
        if first.recalled or not second.recalled or not _are_equal(first.encodings, second.encodings):
            raise WrongError("a picture that it was given isn't known the next time")
        return ""

    def _export(self, kind: ExportFormat) -> str:
        if not self._read:
            raise WrongError("there is nothing to write: no picture was read")
        # Whose a network's vectors are that a person has added, not every format can tell.
        named = [(name, _with_own_alone(result)) for name, result in sorted(self._read.items())]
        methods = METHODS.ordered(method for _, result in named for method in result.encodings)
        target = self.scratch / f"{kind.id}{kind.suffix}"
        written = export(ExportRequest(named, target, kind, Options(methods), str(SAMPLES)))
        found: dict[str, dict[Method, Encoding]] = {}
        for file in written:
            for name, result in read_export(file).named:
                found.setdefault(name, {}).update(result.encodings)
        differing = [name for name, result in named if not _are_equal(result.encodings, found.get(name, {}))]
        if differing:
            raise WrongError(f"what was written isn't what is read: {', '.join(differing)}")
        return ""


def samples() -> list[Path]:
    """The pictures that are tried, each named after its format."""
    return sorted(path for path in SAMPLES.iterdir() if path != KNOWN) if SAMPLES.is_dir() else []


def _loaded(kernels: CompiledModule) -> str:
    for _ in range(round(_KERNEL_SECONDS / _LOOK_SECONDS)):
        if kernels.wait(_LOOK_SECONDS) is not None:
            return ""
        if not kernels.is_loading():
            break
    _check_lacking("numba", otherwise="numba has no wheel for this machine; the same is done without it, more slowly")
    why = kernels.trouble or f"they aren't ready after {_KERNEL_SECONDS:.0f} s"
    raise WrongError(f"can't be had, so that imgenc is slower, with the same results: {why}")


def _check_lacking(*packages: str, otherwise: str) -> None:
    """Raise NotHereError where none of these packages is there, and rightly so."""
    if WITHOUT_WHEEL.issuperset(packages) and not any(map(find_spec, packages)):
        raise NotHereError(otherwise)


def _reading_error(failure: ImageFailure) -> Exception:
    """What to raise for a sample that can't be read."""
    lacks_wheel = failure.detail == "missing-library" and WITHOUT_WHEEL.intersection(map(str, failure.values))
    is_right = failure.code is FailureCode.UNSUPPORTED_FORMAT and (failure.detail == "extra" or lacks_wheel)
    return NotHereError(sentence(failure)) if is_right else WrongError(sentence(failure))


def _with_own_alone(result: ImageResult) -> ImageResult:
    """A result with the encodings alone that every imgenc makes."""
    own = {method: value for method, value in result.encodings.items() if not isinstance(method, AddedMethod)}
    return replace(result, encodings=own)


def _apart(known: NDArray[np.float32], value: Encoding) -> float:
    return float("inf") if isinstance(value, str) else float(np.abs(known - value).max())


def _are_equal(one: Mapping[Method, Encoding], other: Mapping[Method, Encoding]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(value, other[method]) for method, value in one.items())
