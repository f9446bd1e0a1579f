"""The Python API, used as imagededup's is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from imgenc_gui import methods
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.methods import CNN, EmbeddingAPI, HashAPI, PHash, by_id
from tests.pictures import HASHES, photo

DATA = Path(__file__).parent / "data"
IMAGES = DATA / "images"
GOLDEN = json.loads((DATA / "hashes.json").read_text())


@pytest.mark.parametrize("name", HASHES)
def test_a_folder_gives_the_reference_hashes(name):
    encodings = getattr(methods, name)().encode_images(image_dir=IMAGES, recursive=True)

    assert encodings == {path: hashes[name] for path, hashes in GOLDEN.items() if hashes[name]}
    assert list(encodings) == sorted(encodings)


def test_a_folder_without_its_subfolders():
    assert set(PHash().encode_images(IMAGES)) == {"alpha_channel_image.png", "ukbench00120_gray.jpg"}


def test_one_picture_by_path_or_text():
    path = IMAGES / "base_images" / "ukbench00120.jpg"

    assert PHash().encode_image(image_file=path) == "9fee256239984d71"
    assert PHash().encode_image(str(path)) == "9fee256239984d71"


def test_the_cnn_gives_one_row():
    vectors = np.load(DATA / "cnn_vectors.npz")

    alone = CNN().encode_image(image_file=IMAGES / "base_images" / "ukbench01380.jpg")
    folder = CNN().encode_images(IMAGES / "base_images")

    assert alone.shape == (1, 1024)
    assert alone.dtype == np.float32
    for name, vector in folder.items():
        np.testing.assert_allclose(vector, vectors[f"base_images/{name}"][None], atol=1e-3, rtol=0)


def test_what_cannot_be_loaded_is_none_alone_and_left_out_of_a_folder(tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    (tmp_path / ".b.jpg").write_bytes((IMAGES / "base_images/ukbench00120.jpg").read_bytes())

    assert PHash().encode_image(image_file=tmp_path / "a.jpg") is None
    assert PHash().encode_images(tmp_path) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"image_file": "nowhere.jpg"},
        {"image_file": DATA},
        {"image_array": np.zeros((4, 4, 4), np.uint8)},
        {"image_array": np.zeros(4, np.uint8)},
        {"image_array": np.zeros((1, 4, 4, 3), np.uint8)},
        {"image_array": np.zeros((0, 4, 3), np.uint8)},
    ],
)
def test_wrong_arguments_are_value_errors(arguments):
    with pytest.raises(ValueError, match=r".+"):
        PHash().encode_image(**arguments)


@pytest.mark.parametrize("folder", [None, "nowhere", IMAGES / "base_images" / "ukbench00120.jpg"])
def test_a_missing_folder_is_a_value_error(folder):
    with pytest.raises(ValueError, match=r".+"):
        PHash().encode_images(folder)


def test_grey_arrays():
    grey = photo(40, 30)[..., 0]

    assert PHash().encode_image(image_array=grey) == PHash().encode_image(image_array=np.dstack([grey] * 3))


def test_missing_weights_are_one_clear_error(monkeypatch, tmp_path, request):
    monkeypatch.setattr(mobilenet_v1, "resource", lambda *_: tmp_path / "gone")
    NETWORKS.forget()
    request.addfinalizer(NETWORKS.forget)

    with pytest.raises(RuntimeError, match="weights of CNN can't be read"):
        CNN().encode_image(image_array=photo(30, 30))
    with pytest.raises(RuntimeError, match="weights of CNN can't be read"):
        CNN().encode_images(IMAGES)


@pytest.mark.parametrize("name", HASHES)
def test_a_hash_by_its_id(name):
    by = by_id(name.lower())

    assert isinstance(by, HashAPI)
    assert by.encode_image(image_array=photo(40, 30)) == getattr(methods, name)().encode_image(
        image_array=photo(40, 30)
    )


def test_an_embedding_by_its_id():
    by = by_id("cnn")

    assert isinstance(by, EmbeddingAPI)
    np.testing.assert_array_equal(
        by.encode_image(image_array=photo(40, 30)), CNN().encode_image(image_array=photo(40, 30))
    )


def test_an_unknown_id_is_a_value_error_that_names_the_known_ones():
    with pytest.raises(ValueError, match=r"no method 'md5'; there are phash, ahash, dhash, whash, cnn"):
        by_id("md5")
