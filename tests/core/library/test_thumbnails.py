"""Thumbnails kept between runs: the same to the bit, of these very bytes, bounded, private, and lost without harm."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import reading, registry
from imgenc_gui.core.formats.reading import read_thumbnail
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.library import showing
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.library.showing import kept_or_read
from imgenc_gui.core.library.thumbnails import Thumbnails
from imgenc_gui.core.listing import identity
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ReadError

DIGEST = "0123456789abcdef" * 2
PIXELS = np.random.default_rng(3).integers(0, 256, (30, 40, 3), np.uint8)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "a.png"
    paint(path, 1)
    return str(path)


def paint(path: Path, seed: int, mode: str = "RGB", format_: str = "PNG") -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 80, len(mode)), np.uint8)
    Image.fromarray(pixels, mode).save(path, format_)


def encode(library: Library, path: str) -> None:
    list(Encoder(Options((PHASH,)), library).encode([(0, path)]))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("longest", [40, 80])
def test_it_is_read_once_and_then_the_same_to_the_bit(open_library, tmp_path, monkeypatch, mode, longest) -> None:
    path = tmp_path / "a.png"
    paint(path, 1, mode)
    library = open_library()
    encode(library, str(path))
    pixels, file, is_there = kept_or_read(str(path), longest, library)
    assert (file, is_there) == (identity(str(path)), True)
    expected = read_thumbnail(str(path), longest)
    assert np.array_equal(pixels, expected)
    # WHEN the next run asks, THEN not a byte of the file is read
    library = open_library()
    monkeypatch.setattr(showing, "read_content", lambda _path: pytest.fail("was read"))
    pixels, file, is_there = kept_or_read(str(path), longest, library)
    assert np.array_equal(pixels, expected)
    assert (file, is_there) == (identity(str(path)), True)


def test_a_file_that_moved_is_read_and_not_decoded(open_library, tmp_path, picture, monkeypatch) -> None:
    library = open_library()
    pixels, _, _ = kept_or_read(picture, 40, library)
    moved = str(Path(picture).rename(tmp_path / "b.png"))
    library = open_library()
    monkeypatch.setattr(showing, "show", lambda *_arguments: pytest.fail("was decoded"))
    assert np.array_equal(kept_or_read(moved, 40, library)[0], pixels)


def test_a_file_that_changed_never_shows_what_it_was(open_library, tmp_path, picture) -> None:
    library = open_library()
    encode(library, picture)
    before = kept_or_read(picture, 40, library)[0]
    library = open_library()
    # WHEN it changes, its size and time or, where that is said, its bytes alone
    paint(Path(picture), 2, format_="BMP")
    assert np.array_equal(kept_or_read(picture, 40, library)[0], read_thumbnail(picture, 40))
    assert not np.array_equal(kept_or_read(picture, 40, library)[0], before)
    encode(library, picture)
    library = open_library()
    then = os.stat(picture)
    paint(Path(picture), 3, format_="BMP")
    os.utime(picture, ns=(then.st_atime_ns, then.st_mtime_ns))
    library.distrust([picture])
    assert np.array_equal(kept_or_read(picture, 40, library)[0], read_thumbnail(picture, 40))


def test_the_picture_of_a_disk_that_is_not_connected_is_shown_as_it_was(open_library, tmp_path, picture) -> None:
    library = open_library()
    encode(library, picture)
    before, file, _ = kept_or_read(picture, 40, library)
    library = open_library()
    os.rename(picture, tmp_path / "elsewhere")
    pixels, of, is_there = kept_or_read(picture, 40, library)
    assert np.array_equal(pixels, before)
    assert (of, is_there) == (file, False)
    with pytest.raises(ReadError) as caught:  # one of another size was never made
        kept_or_read(picture, 41, library)
    assert caught.value.failure.code is FailureCode.GONE


def test_another_version_of_its_reader_makes_it_anew(open_library, picture, monkeypatch) -> None:
    library = open_library()
    encode(library, picture)
    kept_or_read(picture, 40, library)
    library = open_library()
    newer = tuple(replace(reader, version=99) for reader in registry.READERS)
    monkeypatch.setattr(registry, "READERS", newer)
    shown: list[str] = []
    original = showing.show
    monkeypatch.setattr(showing, "show", lambda content, *rest: shown.append(content.path) or original(content, *rest))
    kept_or_read(picture, 40, library)
    assert shown == [picture]


# The database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "thumbnails.sqlite"


def filled(file: Path, numbers: range, *, limit: int = 1 << 30, day: int = 1) -> None:
    thumbnails = Thumbnails(file, limit, lambda: day)
    for number in numbers:
        thumbnails.keep(f"{number:032x}", "PNG 1", 40, PIXELS)
    assert thumbnails.close(20)


def known(file: Path, numbers: range, *, day: int = 1) -> list[int]:
    thumbnails = Thumbnails(file, 1 << 30, lambda: day)
    found = [number for number in numbers if thumbnails.get(f"{number:032x}", "PNG 1", 40) is not None]
    assert thumbnails.close(20)
    return found


def test_it_is_bounded_and_what_was_seen_least_lately_goes_first(file: Path) -> None:
    filled(file, range(300))
    whole = file.stat().st_size
    assert known(file, range(100), day=2) == list(range(100))  # seen again the next day
    thumbnails = Thumbnails(file, whole // 2, lambda: 2)
    thumbnails.keep("f" * 32, "PNG 1", 40, PIXELS)
    while thumbnails.size() > whole // 2:
        pass
    assert thumbnails.close(20)
    left = known(file, range(300))
    assert set(range(100)) <= set(left)
    assert len(left) < 200
    # AND it can be emptied, which gives the disk its space back
    thumbnails = Thumbnails(file, 1 << 30, lambda: 2)
    assert thumbnails.clear()
    assert thumbnails.close(20)
    assert known(file, range(300)) == []
    assert file.stat().st_size < whole / 10


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_it_is_its_owners_alone(file: Path) -> None:
    filled(file, range(1))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["no database", "torn", "another's", "newer"])
def test_a_damaged_one_is_begun_anew_or_left_alone_and_nothing_is_raised(file: Path, damage: str) -> None:
    filled(file, range(300))
    if damage == "no database":
        file.write_bytes(b"what is this?" * 1000)
    elif damage == "torn":
        whole = file.read_bytes()
        file.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    else:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA application_id = 7" if damage == "another's" else "PRAGMA user_version = 99")
        connection.close()
    assert known(file, range(300)) == []
    filled(file, range(3))
    assert known(file, range(3)) == ([] if damage == "newer" else [0, 1, 2])
    assert [path.name for path in file.parent.iterdir() if "damaged" in path.name] == []


def test_a_picture_that_was_torn_is_read_again(file: Path) -> None:
    filled(file, range(1))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE thumbnails SET png = ?", (b"\x89PNG\r\n\x1a\nno",))
    connection.close()
    assert known(file, range(1)) == []


@pytest.mark.skipif(sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="not for root")
def test_where_nothing_can_be_written_nothing_is_kept(file: Path) -> None:
    file.parent.mkdir()
    file.parent.chmod(0o500)
    filled(file, range(3))
    assert known(file, range(3)) == []
    file.parent.chmod(0o700)


def test_a_folder_that_is_a_file_is_no_reason_to_fail(file: Path) -> None:
    file.parent.write_text("in the way")
    thumbnails = Thumbnails(file, 1 << 30, lambda: 1)
    thumbnails.keep(DIGEST, "PNG 1", 40, PIXELS)
    assert thumbnails.get(DIGEST, "PNG 1", 40) is None
    thumbnails.clear()
    assert thumbnails.close(20)


def test_the_library_counts_and_clears_them(open_library, picture) -> None:
    library = open_library()
    encode(library, picture)
    library = open_library()
    without = library.info().bytes
    kept_or_read(picture, 40, library)
    library = open_library()
    assert library.info().bytes > without
    assert library.prune().bytes > without
    library.prune(0)
    assert library.thumbnails.get(reading.read_content(picture).digest, "PNG 1", 40) is None
    kept_or_read(picture, 40, library)
    library = open_library()
    assert library.clear()
    assert library.thumbnails.get(reading.read_content(picture).digest, "PNG 1", 40) is None
