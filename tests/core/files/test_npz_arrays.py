"""The arrays as numpy reads them."""

from __future__ import annotations

import errno
import json
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imgenc_gui.core.files.reading import NotAnExportError, read_export
from imgenc_gui.core.files.registry import NPZ
from imgenc_gui.core.records.methods import EmbeddingMethod, Options
from imgenc_gui.core.records.results import ImageResult
from tests.core.files.exports import (
    CNN,
    FACTS,
    HASH,
    PHASH,
    ROOT,
    encoded,
    failed,
    made_up,
    names_in,
    some,
    vector,
    write,
)


def test_numpy_reads_the_npz_back(tmp_path: Path) -> None:
    named = [*some(), ("z.jpg", ImageResult("/photos/z.jpg", FACTS, {PHASH: HASH}))]
    (path,) = write(tmp_path, NPZ, named)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["names"].tolist() == ["a.jpg", "c.png", "z.jpg"]
        assert arrays["phash"].tolist() == [f"{1:016x}", f"{3:016x}", HASH]
        assert arrays["dhash"].tolist() == [f"{3:016x}", f"{5:016x}", ""]
        assert arrays["cnn"].dtype == np.float32
        assert np.array_equal(arrays["cnn"][:2], [vector(1), vector(3)])
        assert np.isnan(arrays["cnn"][2]).all()
        assert set(arrays) == {
            "names",
            "phash",
            "ahash",
            "dhash",
            "whash",
            "cnn",
            "bytes",
            "mtime_ns",
            "incomplete",
            "imgenc",
        }
        assert arrays["incomplete"].tolist() == [False, False, False]


def test_npz_of_nothing(tmp_path: Path) -> None:
    (path,) = write(tmp_path, NPZ, [])
    with np.load(path) as arrays:
        assert arrays["names"].tolist() == []
        assert arrays["cnn"].shape == (0, 1024)


def test_sizes_times_and_how_it_was_made(tmp_path: Path, thumbprint: EmbeddingMethod) -> None:
    numbers = np.arange(7, dtype=np.float32)
    unknown = replace(FACTS, bytes=9, mtime_ns=None)
    beyond = replace(FACTS, mtime_ns=2**63)
    named = [("a", encoded("a", 1, thumbprint=numbers)), ("b", failed("b"))]
    named += [(name, ImageResult(name, facts)) for name, facts in (("c", unknown), ("d", None), ("e", beyond))]
    options = Options((PHASH, thumbprint), apply_exif_orientation=True)
    (path,) = write(tmp_path, NPZ, named, options)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["names"].tolist() == ["a", "c", "d", "e"]
        assert arrays["bytes"].dtype == arrays["mtime_ns"].dtype == np.int64
        assert arrays["bytes"].tolist() == [FACTS.bytes, 9, -1, FACTS.bytes]
        assert arrays["mtime_ns"].tolist() == [FACTS.mtime_ns, -1, -1, -1]
        assert np.array_equal(arrays["thumbprint"], [numbers, *np.full((3, 7), np.nan)], equal_nan=True)
        assert json.loads(arrays["imgenc"].item()) == {
            "version": 1,
            "methods": [
                {"id": "phash", "kind": "hash", "length": 64, "version": 1},
                {"id": "thumbprint", "kind": "embedding", "length": 7, "version": 3},
            ],
            "options": {"apply_exif_orientation": True, "damaged": False},
            "root": ROOT,
        }


@pytest.mark.parametrize("bad", [np.full(7, np.nan, np.float32), np.zeros(8, np.float32), np.zeros((1, 7), np.float32)])
def test_vectors_that_couldnt_be_read_back_are_refused(
    tmp_path: Path, thumbprint: EmbeddingMethod, bad: np.ndarray
) -> None:
    with pytest.raises(ValueError, match="7 finite numbers"):
        write(tmp_path, NPZ, [("a", encoded("a", thumbprint=bad))], Options((thumbprint,)))
    assert names_in(tmp_path) == set()


def test_a_method_with_the_name_of_another_array_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another array"):
        write(tmp_path, NPZ, [], Options((PHASH, made_up("bytes"))))


def test_arrays_of_the_first_imgenc_are_read(tmp_path: Path) -> None:
    """They had no head, no sizes and no times."""
    np.savez(tmp_path / "old.npz", names=["b", "a"], phash=[HASH, ""], cnn=np.stack([vector(1), vector(2)]))
    read = read_export(tmp_path / "old.npz")
    assert read.methods == (PHASH, CNN)
    assert (read.options, read.root, read.left_out) == (None, "", ())
    (_, first), (_, second) = read.named
    assert (first.path, first.facts, set(first.encodings)) == ("a", None, {CNN})
    assert second.encodings[PHASH] == HASH
    assert np.array_equal(second.encodings[CNN], vector(1))


NAMED = np.array(["a", "b"])
HASHED = np.array([HASH, HASH])


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros(3)}, "not those of imgenc's exports"),
        ({"phash": HASHED}, "not those of imgenc's exports"),
        ({"names": NAMED}, "not those of imgenc's exports"),
        ({"names": NAMED, "other": HASHED}, "not those of imgenc's exports"),
        ({"names": np.arange(2), "phash": HASHED}, "names is of another kind"),
        ({"names": np.array(["a", "b"], object), "phash": HASHED}, "names is of another kind"),
        ({"names": NAMED.reshape(1, 2), "phash": HASHED}, "names is of another kind"),
        ({"names": NAMED, "phash": HASHED[:1]}, "different lengths"),
        ({"names": NAMED, "phash": np.array([HASH, HASH.upper()])}, "16 hexadecimal"),
        ({"names": NAMED, "phash": np.array([1, 2])}, "phash is of another kind"),
        ({"names": NAMED, "cnn": np.zeros((2, 7), np.float32)}, "1024 numbers"),
        ({"names": NAMED, "cnn": np.zeros((1024, 2), np.float32).T}, "cnn is of another kind"),
        ({"names": NAMED, "cnn": np.full((2, 1024), np.inf)}, "finite"),
        ({"names": NAMED, "phash": HASHED, "bytes": np.arange(3), "mtime_ns": np.arange(3)}, "different lengths"),
        ({"names": NAMED, "phash": HASHED, "incomplete": np.zeros(3, bool)}, "different lengths"),
        ({"names": np.array(["a", "a"]), "phash": HASHED}, "same name"),
        ({"names": np.array([0x110000], "<u4").view("<U1"), "phash": HASHED[:1]}, "no text"),
        ({"names": NAMED, "phash": HASHED, "imgenc": np.array("no JSON")}, "head can't be read"),
        ({"names": NAMED, "phash": HASHED, "imgenc": np.array("[1]")}, "another structure"),
        ({"names": NAMED, "phash": HASHED, "imgenc": np.array('{"version": 2}')}, "newer imgenc"),
        ({"names": NAMED, "phash": HASHED, "imgenc": np.array('{"version": 1}')}, "list is missing"),
        ({"names": NAMED, "phash": HASHED, "imgenc": np.array('{"version": 1}'.ljust(1 << 20))}, "imgenc is too long"),
    ],
)
def test_arrays_that_are_no_export(tmp_path: Path, arrays: dict[str, np.ndarray], words: str) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(NotAnExportError, match=words):
        read_export(tmp_path / "x.npz")


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", names=np.zeros(1000, "<U1000"), phash=HASHED)
    assert (tmp_path / "bomb.npz").stat().st_size < 10_000
    with pytest.raises(NotAnExportError, match="compressed"):
        read_export(tmp_path / "bomb.npz")


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("<U1", "(10000000000000,)"), ("<U0", "(10000000000000,)"), ("<U1", "(-1,)"), ("<U1", "(10,)"), ("<U1", "(1,)")],
)
def test_a_header_that_claims_other_bytes_than_there_are(tmp_path: Path, dtype: str, shape: str) -> None:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(0 if dtype == "<U0" else 8)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("names.npy", data)
        archive.writestr("phash.npy", data)
    with pytest.raises(NotAnExportError, match=r"names (is too long|is of another kind|breaks off or is too long)"):
        read_export(tmp_path / "x.npz")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "sprung",)

    np.savez(tmp_path / "x.npz", names=NAMED, phash=np.array([Trap(), Trap()], object), allow_pickle=True)
    with pytest.raises(NotAnExportError):
        read_export(tmp_path / "x.npz")
    assert names_in(tmp_path) == {"x.npz"}


def test_a_disk_that_fails_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write(tmp_path, NPZ)

    def failing(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(zipfile, "ZipFile", failing)
    with pytest.raises(OSError, match="Input/output error"):
        read_export(path)
