"""The nouns (methods, options, results) and the main job: read a picture once, encode it with every method."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.reading import Caution, ErrorCode, Facts, ReadError

log = logging.getLogger(__name__)


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
