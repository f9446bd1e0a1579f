"""The arrays as numpy reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imgenc_gui.core.files.registry import NPZ
from imgenc_gui.core.records.results import ImageResult
from tests.core.files.exports import FACTS, HASH, PHASH, some, vector, write


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
        assert set(arrays) == {"names", "phash", "ahash", "dhash", "whash", "cnn", "bytes", "mtime_ns", "imgenc"}


def test_npz_of_nothing(tmp_path: Path) -> None:
    (path,) = write(tmp_path, NPZ, [])
    with np.load(path) as arrays:
        assert arrays["names"].tolist() == []
        assert arrays["cnn"].shape == (0, 1024)
