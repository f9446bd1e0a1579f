"""Encodings as imagededup reads them, and read back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from imgenc_gui.core.files.registry import ENCODINGS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.registry import METHODS
from tests.core.files.exports import CNN, DHASH, FACTS, PHASH, encoded, failed, names_in, vector, write


@pytest.mark.slow  # imports imagededup and with it torch
@pytest.mark.parametrize("method", ["PHash", "AHash", "DHash", "WHash"])
def test_imagededup_finds_planted_duplicates_in_exported_hashes(tmp_path: Path, method: str) -> None:
    from imagededup import methods

    rng = np.random.default_rng(5)
    values = {f"sub/{i:02}.jpg": int(rng.integers(2**63)) for i in range(30)}
    values |= {"copy.jpg": values["sub/03.jpg"], "near.jpg": values["sub/07.jpg"] ^ 0b1011}
    key = METHODS[method.lower()]
    named = [(name, ImageResult(name, FACTS, {key: f"{values[name]:016x}"})) for name in sorted(values)]
    (path,) = write(tmp_path, ENCODINGS, [*named, ("x.jpg", failed("x.jpg"))], Options((key,)))

    with path.open() as file:
        encoding_map = json.load(file)
    hasher = getattr(methods, method)(verbose=False)
    found = hasher.find_duplicates(encoding_map=encoding_map, max_distance_threshold=3, num_dist_workers=0)

    planted = {
        "copy.jpg": ["sub/03.jpg"],
        "sub/03.jpg": ["copy.jpg"],
        "near.jpg": ["sub/07.jpg"],
        "sub/07.jpg": ["near.jpg"],
    }
    assert found == {name: planted.get(name, []) for name in values}


@pytest.mark.slow
def test_imagededup_finds_planted_duplicates_in_exported_vectors(tmp_path: Path) -> None:
    import torch
    from imagededup.methods import CNN as REFERENCE
    from imagededup.utils import CustomModel

    vectors = {f"{i:02}.jpg": vector(i) * (vector(i + 100) > 4) for i in range(20)}
    vectors["near.jpg"] = vectors["05.jpg"] + np.float32(0.01)
    named = [(name, encoded(name, cnn=vectors[name])) for name in sorted(vectors)]
    (path,) = write(tmp_path, ENCODINGS, named, Options((CNN,)))

    with path.open() as file:
        encoding_map = json.load(file)
    searcher = REFERENCE(verbose=False, model_config=CustomModel("none", torch.nn.Identity(), torch.nn.Identity()))
    found = searcher.find_duplicates(
        encoding_map=encoding_map, min_similarity_threshold=0.95, scores=True, num_sim_workers=0
    )

    assert {name: [other for other, _ in others] for name, others in found.items() if others} == {
        "05.jpg": ["near.jpg"],
        "near.jpg": ["05.jpg"],
    }
    for name, values in encoding_map.items():
        assert np.array_equal(np.array(values, np.float32), vectors[name])


def test_encodings_hold_readable_pictures_only_in_the_order_given(tmp_path: Path) -> None:
    (path,) = write(tmp_path, ENCODINGS, options=Options((PHASH,)))
    assert path.read_bytes() == b'{\n"a.jpg": "0000000000000001",\n"c.png": "0000000000000003"\n}\n'


def test_one_file_of_encodings_per_method(tmp_path: Path) -> None:
    files = write(tmp_path, ENCODINGS, options=Options((CNN, DHASH)), name="h.json")
    assert {path.name for path in files} == {"h.dhash.json", "h.cnn.json"} == names_in(tmp_path)
    assert json.loads((tmp_path / "h.dhash.json").read_text()) == {"a.jpg": f"{3:016x}", "c.png": f"{5:016x}"}


def test_nothing_readable_gives_an_empty_object(tmp_path: Path) -> None:
    (path,) = write(tmp_path, ENCODINGS, [("b.jpg", failed("b.jpg"))], Options((PHASH,)))
    assert json.loads(path.read_text()) == {}
