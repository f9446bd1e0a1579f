"""Results of files that nobody encodes, for libraries."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import numpy as np
import xxhash

from imgenc_gui.core.formats import registry
from imgenc_gui.core.formats.reading import Content
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import Facts, FileIdentity, ImageResult
from imgenc_gui.core.registry import METHODS

HASHES = tuple(method for method in METHODS if method.is_hash)
CNN = METHODS["cnn"]
OPTIONS = Options((*HASHES, CNN))


def keepsake(path, data=b"a picture", *, reader=registry.READERS[0], vector=False, number=0, orientation=1):
    """A file, its result and its content."""
    path = os.fspath(path)
    if not os.path.exists(path) or open_and_read(path) != data:
        with open(path, "wb") as file:
            file.write(data)
    identity = FileIdentity.of(os.stat(path))
    digest = xxhash.xxh3_128_hexdigest(data)
    facts = Facts("JPEG", 4, 3, 1, identity.size, identity.mtime_ns, orientation, digest)
    encodings = {method: f"{number * 7 + at:016x}" for at, method in enumerate(HASHES)}
    if vector:
        encodings[CNN] = np.arange(CNN.length, dtype=np.float32) + number
    return ImageResult(path, facts, encodings), Content(path, data, reader, identity, digest)


def open_and_read(path):
    with open(path, "rb") as file:
        return file.read()


def keepsakes(folder, count, *, begin=0, vector=False):
    """Several, all different."""
    return [
        keepsake(folder / f"{number:04}.jpg", b"picture %d" % number, number=number, vector=vector)
        for number in range(begin, begin + count)
    ]


def keep(library, pair, options=OPTIONS):
    """Have a library keep a result, read by whoever reads its content."""
    result, content = pair
    library.keep(result, content.reader, options)


def kept(folder, pairs, options=OPTIONS, **given):
    """Keep results in the library of a folder; what it has told."""
    told = []
    library = Library(folder, tell=told.append, **given)
    for result, content in pairs:
        library.keep(result, content.reader, options)
    assert library.close()
    return told


def known(folder, paths, options=OPTIONS):
    """What a library that is opened afresh knows of files."""
    library = Library(folder)
    try:
        return library.of_files([os.fspath(path) for path in paths], options)
    finally:
        library.close()


def same(one, other):
    """Whether two results are equal; vectors are, to the bit."""
    return (one.path, one.facts, one.warnings, one.failure, one.failed_file) == (
        other.path,
        other.facts,
        other.warnings,
        other.failure,
        other.failed_file,
    ) and _plain(one) == _plain(other)


def _plain(result):
    return {m: v if isinstance(v, str) else (v.dtype, v.tobytes()) for m, v in result.encodings.items()}


def run(folder, *statements):
    """Do what another program might do to the database; the rows of the last statement."""
    with closing(sqlite3.connect(folder / "library.sqlite", isolation_level=None)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows
