"""What a method is, and the registry that all that shows, writes or remembers methods reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.stopping import Stop, never

ANY_LENGTH = -1  # of an embedding: only the network knows
HASH_BITS = 64
HASH_CHARACTERS = HASH_BITS // 4
FLAT_HASHES = ("0" * HASH_CHARACTERS, "f" * HASH_CHARACTERS)  # what pictures of one colour give

Encoding = str | NDArray[np.float32]  # 16 lower-case hexadecimal characters, or a vector of shape (length,)


class Kind(StrEnum):
    """What a method's encodings are."""

    HASH = "hash"
    EMBEDDING = "embedding"


class Resampling(StrEnum):
    """How pictures are made smaller; the names are Pillow's, in lower case."""

    LANCZOS = "lanczos"
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class InputRecipe:
    """What a method wants to see: the picture resampled in RGB to ``width`` x ``height`` pixels, grey if ``grey``.

    Resampling is Pillow's, horizontally first; grey is Pillow's "L". The array is uint8, (height, width) when grey and
    (height, width, 3) otherwise. ``crop``: (width, height) of the middle that is cut out after resampling.
    ``shorter_side``: the picture's proportions are kept, and its shorter side gets so many pixels, of which the middle
    ``width`` x ``height`` is cut out, as torchvision's ``Resize`` and ``CenterCrop`` do.
    """

    width: int
    height: int
    grey: bool = False
    resampling: Resampling = Resampling.LANCZOS
    crop: tuple[int, int] | None = None
    shorter_side: int | None = None

    @property
    def sees(self) -> tuple[int, int]:
        """Width and height of what the method sees in the end."""
        return self.crop or (self.width, self.height)


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """One way to encode a picture. Two methods are equal only if they are the same record.

    ``id``: what files and settings call it; never changed. ``label``: its usual spelling. ``length``: bits of a hash,
    numbers of an embedding. ``version`` rises whenever its encodings change. ``sentence``: what it is good for, in
    plain words. ``thresholds``: what its distances mean, nearest first: for each word the farthest score
    at which it holds, in bits that differ or in cosine similarity. A word that the method can't vouch for is missing.
    ``moved``: of a hash, those of the picture as the EXIF orientations (1 to 8) have it shown, as far as they can be
    told from the hash; None where nothing can. ``needs_version``: what doesn't say of which version it is isn't taken
    for its own.
    """

    id: str
    label: str
    kind: Kind
    length: int
    recipe: InputRecipe
    version: int
    sentence: str
    thresholds: Mapping[Likeness, float] = field(default_factory=dict, kw_only=True)
    moved: Callable[[str], Mapping[int, str]] | None = field(default=None, kw_only=True)
    needs_version: bool = field(default=False, kw_only=True)

    @property
    def is_hash(self) -> bool:
        """True for hashes of 64 bits, False for embeddings."""
        return self.kind is Kind.HASH

    @property
    def usual_threshold(self) -> float:
        """What to search within unless a person says otherwise."""
        unmeasured = 10 if self.is_hash else 0.9  # imagededup's defaults
        return self.thresholds.get(Likeness.EDITED, self.thresholds.get(Likeness.LOOKALIKE, unmeasured))

    def likeness(self, score: float) -> Likeness | None:
        """The word for so many bits that differ, or for a cosine similarity; None where the method has none."""
        for word, farthest in self.thresholds.items():
            if (score <= farthest) if self.is_hash else (score >= farthest):
                return word
        return None


@dataclass(frozen=True, slots=True, eq=False)
class HashMethod(Method):
    """A method whose encodings are 64 bits. ``compute`` takes the prepared input and returns 16 characters."""

    compute: Callable[[NDArray[np.uint8]], str]


class Network(Protocol):
    """A network that is loaded. Any number of threads may call it at once."""

    @property
    def engine(self) -> str:
        """The package that runs it, as pip knows it: reports tell its version.

        Engines differ in the last digits alone, so that no encoding says which it was.
        """

    def embed(self, images: NDArray[Any], threads: int | None = None, stop: Stop = never) -> NDArray[np.float32]:
        """Embed prepared inputs, stacked: (n, ...), uint8 from a recipe, to (n, length) float32.

        ``threads``: how many its engine may use for this caller; None leaves the engine's own setting. ``stop``: one
        that may take long raises StoppedError once it returns true. What else it raises costs these pictures their
        embeddings, and nothing else.
        """


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingMethod(Method):
    """A method whose encodings are vectors. ``load`` reads its network; slow, so networks/loading.py keeps it.

    ``load`` raises NetworkError for what a person can mend (weights that are missing or damaged). Whatever else it
    raises is a failure too. ``prepare``: makes what the network sees of a picture's pixels, (h, w, 3) uint8, which it
    must not keep; None: the recipe does. What it raises costs this picture this embedding.
    """

    load: Callable[[], Network]
    prepare: Callable[[NDArray[np.uint8]], NDArray[Any]] | None = field(default=None, kw_only=True)


class Registry:
    """The methods there are, in the order in which they are shown and written."""

    def __init__(self, methods: Iterable[Method] = ()) -> None:
        self._methods: dict[str, Method] = {}
        for method in methods:
            self.register(method)

    def __iter__(self) -> Iterator[Method]:
        return iter(tuple(self._methods.values()))

    def __len__(self) -> int:
        return len(self._methods)

    def __contains__(self, method: object) -> bool:
        return isinstance(method, Method) and self._methods.get(method.id) is method

    def __getitem__(self, method_id: str) -> Method:
        return self._methods[method_id]

    def get(self, method_id: str) -> Method | None:
        """The method with this id, or None."""
        return self._methods.get(method_id)

    def register(self, method: Method) -> None:
        """Add a method behind the others. Raises ValueError for an id that is taken, or a hash that isn't 64 bits."""
        if method.id in self._methods:
            raise ValueError(f"There is a method {method.id!r} already.")
        if method.is_hash and method.length != HASH_BITS:
            raise ValueError(f"A hash has {HASH_BITS} bits, not {method.length}.")
        self._methods[method.id] = method

    def remove(self, method: Method) -> None:
        """Take a method out again."""
        del self._methods[method.id]

    def ordered(self, methods: Iterable[Method]) -> tuple[Method, ...]:
        """The same methods without repetitions, in this registry's order."""
        wanted = set(methods)
        return tuple(method for method in self if method in wanted)


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with each picture.

    ``methods``: at least one, in the registry's order. ``apply_exif_orientation``: turn the picture upright by its EXIF
    orientation first; its encodings then differ from imagededup's, which ignores it. ``damaged``: encode what can be
    read of a damaged picture, which imagededup refuses.
    """

    methods: tuple[Method, ...]
    apply_exif_orientation: bool = False
    damaged: bool = False
