"""What the library knew of folders and files when they were last seen: the disk isn't asked."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.listing import identity, list_files
from imgenc_gui.core.records.methods import Options

OPTIONS = Options((PHASH,))


def make_tree(top: Path, names: list[bytes]) -> list[str]:
    made = []
    for seed, name in enumerate(names):
        path = os.path.join(os.fsencode(top), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
        with open(path, "wb") as file:
            Image.fromarray(pixels).save(file, "PNG")
        made.append(os.fsdecode(path))
    return made


def encode(library: Library, paths: list[str]) -> dict:
    return {one.path: one for _, one in Encoder(OPTIONS, library).encode(enumerate(paths))}


NAMES = [b"a.png", b"b/c.png", b"b.png", b"b/.hidden/d.png", b".e.png", b"b/f%_.png", b"b-c/g.png", b"b/notes.txt"]
if sys.platform == "linux":
    NAMES += [b"\xff/h.png", b"b/\n.png"]


@pytest.mark.parametrize("recursive", [True, False])
def test_a_folder_has_the_files_that_a_listing_gave(open_library, tmp_path: Path, recursive: bool) -> None:
    # GIVEN a folder among others whose names begin as its own does, all of which the library knows
    top = tmp_path / "Photos"
    paths = make_tree(top, NAMES) + make_tree(tmp_path, [b"Photos 2/i.png", b"Photos.png", b"Photo/k.png"])
    library = open_library()
    before = encode(library, paths)
    listed = list_files([str(top)], recursive).files
    # WHEN the disk is gone
    shutil.rmtree(top)
    library = open_library()
    # THEN the library tells the same files, and what they were
    assert sorted(library.under(str(top), recursive=recursive)) == sorted(listed)
    known = library.last_of_files(listed, OPTIONS)
    assert [one.path for one in known] == list(listed)
    assert all(one.encodings == before[one.path].encodings and one.facts == before[one.path].facts for one in known)
    assert library.of_files(listed, OPTIONS) == [None] * len(listed)  # which asks the disk


def test_what_is_gone_is_in_its_folder_no_more_until_it_is_there_again(open_library, tmp_path: Path) -> None:
    (path,) = make_tree(tmp_path / "Photos", [b"a.png"])
    library = open_library()
    before = encode(library, [path])[path]
    library.note_gone([path])
    library = open_library()
    assert library.under(str(tmp_path / "Photos"), recursive=True) == []
    assert library.last_of_files([path], OPTIONS) == [None]
    assert library.last_seen(path) is None
    # WHEN it is encoded again, THEN it is read and not decoded, and is there
    again = encode(library, [path])[path]
    assert again.encodings == before.encodings
    library = open_library()
    assert library.under(str(tmp_path / "Photos"), recursive=True) == [path]
    assert library.last_of_files([path], OPTIONS)[0].encodings == before.encodings


def test_of_what_is_gone_and_encoded_at_once_the_later_holds(open_library, tmp_path: Path) -> None:
    first, second = make_tree(tmp_path / "Photos", [b"a.png", b"b.png"])
    library = open_library()
    library.note_gone([first])
    encode(library, [first, second])
    library.note_gone([second])
    library = open_library()
    assert library.under(str(tmp_path / "Photos"), recursive=True) == [first]


def test_a_file_is_known_with_the_digest_of_its_bytes(open_library, tmp_path: Path) -> None:
    (path,) = make_tree(tmp_path / "Photos", [b"a.png"])
    library = open_library()
    digest = encode(library, [path])[path].facts.digest
    library = open_library()
    known = library.last_seen(path)
    assert (known.file, known.digest) == (identity(path), digest)
    assert library.last_seen("/\ud800") is None
    library.distrust([path])
    assert library.last_seen(path) is None
    assert library.last_of_files([path], OPTIONS) == [None]


def test_what_lacks_a_method_is_told_without_it(open_library, tmp_path: Path) -> None:
    (path,) = make_tree(tmp_path / "Photos", [b"a.png"])
    encode(open_library(), [path])
    library = open_library()
    assert set(library.last_of_files([path], Options((PHASH, DHASH)))[0].encodings) == {PHASH}
