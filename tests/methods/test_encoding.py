"""Pictures in, encodings out: used as imagededup's classes are."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui import methods
from imgenc_gui.core import encoding
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.methods import CNN, EmbeddingAPI, HashAPI, PHash, by_id
from tests.pictures import HASHES, photo

DATA = Path(__file__).parents[1] / "data"
IMAGES = DATA / "images"
GOLDEN = json.loads((DATA / "hashes.json").read_text())


@pytest.mark.parametrize("name", HASHES)
def test_a_folder_gives_the_reference_hashes(name):
    encodings = getattr(methods, name)().encode_images(image_dir=IMAGES, recursive=True)

    assert encodings == {path: hashes[name] for path, hashes in GOLDEN.items() if hashes[name]}
    assert list(encodings) == sorted(encodings)


def test_a_folder_without_its_subfolders():
    assert set(PHash().encode_images(IMAGES)) == {"alpha_channel_image.png", "ukbench00120_gray.jpg"}


@pytest.mark.parametrize("kind", [Path, str, os.fsencode])
def test_paths_of_every_kind(kind):
    folder = IMAGES / "base_images"

    assert PHash().encode_image(image_file=kind(folder / "ukbench00120.jpg")) == "9fee256239984d71"
    assert PHash().encode_images(kind(folder))["ukbench00120.jpg"] == "9fee256239984d71"


@pytest.mark.parametrize("parameter", ["image_file", "image_array"])
@pytest.mark.parametrize("given", [Image.new("RGB", (9, 9)), [[1, 2], [3, 4]], 7, io.BytesIO()])
def test_what_is_neither_path_nor_array_is_a_value_error(parameter, given):
    with pytest.raises(
        ValueError, match=f"{parameter} must be a .*, not {type(given).__name__}|PIL.Image.Image|BytesIO"
    ):
        PHash().encode_image(**{parameter: given})


def test_a_picture_is_no_folder():
    with pytest.raises(ValueError, match="image_dir must be a path"):
        PHash().encode_images(Image.new("RGB", (9, 9)))


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


# --- workers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def encoders(monkeypatch):
    """The names of the encoders' threads that were started."""
    started = []
    start = threading.Thread.start

    def noted(thread):
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    return lambda: [name for name in started if name.startswith("encoder")]


@pytest.mark.parametrize(
    ("given", "threads"),
    [
        ({"num_enc_workers": 0}, 0),
        ({"num_enc_workers": 1}, 1),
        ({"num_enc_workers": 3}, 3),
        ({"workers": 0}, 0),
        ({"workers": 2}, 2),
        ({"num_enc_workers": 2, "workers": 2}, 2),
        ({"num_enc_workers": 1000}, len(GOLDEN)),  # no more than pictures
    ],
)
def test_as_many_threads_as_asked_for_and_the_same_hashes(given, threads, encoders):
    hashes = PHash().encode_images(IMAGES, True, **given)

    assert len(encoders()) == threads
    assert hashes == {path: hashes["PHash"] for path, hashes in GOLDEN.items() if hashes["PHash"]}
    assert list(hashes) == sorted(hashes)


@pytest.mark.parametrize("given", [{"num_enc_workers": -1}, {"workers": -1}, {"num_enc_workers": 1, "workers": 2}])
def test_wrong_numbers_of_workers_are_value_errors(given):
    with pytest.raises(ValueError, match="workers"):
        PHash().encode_images(IMAGES, **given)


def test_the_callers_thread_alone_embeds_too(encoders):
    alone = CNN().encode_images(IMAGES / "base_images", num_enc_workers=0)
    side_by_side = CNN().encode_images(IMAGES / "base_images", num_enc_workers=2)

    assert list(alone) == list(side_by_side)
    for name, vector in alone.items():
        assert vector.shape == (1, 1024)
        np.testing.assert_allclose(vector, side_by_side[name], atol=1e-4, rtol=0)


# --- the progress bar -------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("api", "stream", "shown"),
    [
        (PHash, Terminal, True),
        (lambda: PHash(True), Terminal, True),
        (lambda: by_id("phash"), Terminal, True),
        (lambda: PHash(False), Terminal, False),
        (lambda: CNN(verbose=False), Terminal, False),
        (lambda: by_id("phash", verbose=False), Terminal, False),
        (PHash, io.StringIO, False),
        (PHash, lambda: None, False),  # pythonw
    ],
)
def test_a_progress_bar_on_a_terminal_only(api, stream, shown, monkeypatch):
    stream = stream()
    monkeypatch.setattr(sys, "stderr", stream)

    api().find_duplicates(IMAGES / "base_images")

    written = stream.getvalue() if stream else ""
    assert ("pictures" in written) is shown
    assert ("encodings" in written) is shown
    assert shown or not written


# --- other processes --------------------------------------------------------------------------------------------------


def copied(api):
    return pickle.loads(pickle.dumps(api))  # noqa: S301 - our own


@pytest.mark.parametrize("name", [*HASHES, "CNN"])
@pytest.mark.parametrize("used", [False, True])
def test_objects_pickle(name, used):
    api = getattr(methods, name)(verbose=False)
    if used:
        api.encode_image(image_array=photo(40, 30))

    copy = copied(api)

    assert type(copy) is type(api)
    assert copy.verbose is False
    np.testing.assert_array_equal(
        copy.encode_image(image_array=photo(40, 30)), api.encode_image(image_array=photo(40, 30))
    )


def test_an_api_by_id_pickles(made_up):
    copy = copied(by_id("made-up"))

    assert copy.encode_image(image_array=photo(40, 30)).shape == (1, made_up.length)


class Sharper(PHash):
    """A user's own class."""

    def __init__(self, limit):
        super().__init__(False)
        self.limit = limit


def test_a_derived_class_pickles_with_all_it_holds():
    assert copied(Sharper(7)).limit == 7


POOL = """
import multiprocessing, sys
import numpy as np
from imgenc_gui import methods

if __name__ == "__main__":
    name, start, *files = sys.argv[1:]
    api = getattr(methods, name)()
    first = api.encode_image(files[0])  # the kernel is being loaded, or torch has begun its threads
    with multiprocessing.get_context(start).Pool(2) as pool:
        encodings = pool.map_async(api.encode_image, files).get(120)
    same = encodings[0] == first if isinstance(first, str) else np.allclose(encodings[0], first, rtol=0, atol=1e-4)
    print(len(encodings), same)
"""
FORKS = pytest.mark.skipif(sys.platform == "win32", reason="no fork")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "start"),
    [("PHash", "spawn"), pytest.param("PHash", "fork", marks=FORKS), pytest.param("CNN", "fork", marks=FORKS)],
)
def test_objects_serve_in_a_pool_of_processes(name, start, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(POOL)
    files = [str(path) for path in sorted((IMAGES / "base_images").iterdir())]

    run = subprocess.run(
        [sys.executable, str(script), name, start, *files],
        env=os.environ | {"PYTHONPATH": str(DATA.parents[1])},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert run.stdout.split() == [str(len(files)), "True"], run.stderr


# --- arrays and networks ----------------------------------------------------------------------------------------------


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


# --- the library ------------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(5):
        Image.fromarray(photo(50, 40, i)).save(folder / f"{i}.png")
    (folder / "bad.jpg").write_bytes(b"")
    return folder


@pytest.fixture
def decoded(monkeypatch):
    """The paths of the pictures that were decoded."""
    paths = []
    real = encoding.decode

    def decode(content, *rest, **named):
        paths.append(content.path)
        return real(content, *rest, **named)

    monkeypatch.setattr(encoding, "decode", decode)
    return paths


@pytest.mark.parametrize("workers", [None, 0, 2])
def test_with_the_library_the_dictionary_is_the_same_in_the_same_order(photos, workers, decoded):
    plain = PHash().encode_images(photos, workers=workers)
    first = PHash().encode_images(photos, workers=workers, cache=True)
    decoded.clear()
    Image.fromarray(photo(50, 40, 9)).save(photos / "2 new.png")
    plain = plain | PHash().encode_images(photos)
    decoded.clear()
    second = PHash().encode_images(photos, workers=workers, cache=True)

    assert list(first.items()) == [item for item in sorted(plain.items()) if item[0] != "2 new.png"]
    assert list(second.items()) == sorted(plain.items())
    assert [os.path.basename(path) for path in decoded] == ["2 new.png"]


def test_the_library_is_left_alone_unless_it_is_asked_for(photos, library_folder):
    PHash().encode_images(photos)
    PHash().encode_image(photos / "0.png")
    PHash().find_duplicates(photos)
    assert not library_folder.exists()


def test_one_picture_and_duplicates_come_from_the_library_too(photos, decoded):
    (photos / "copy.png").write_bytes((photos / "0.png").read_bytes())
    plain = (
        PHash().find_duplicates(photos),
        PHash().find_duplicates_to_remove(photos),
        PHash().encode_image(photos / "0.png"),
    )
    assert PHash().encode_image(photos / "0.png", cache=True) == plain[2]
    PHash().encode_images(photos, cache=True)
    decoded.clear()

    assert PHash().find_duplicates(photos, cache=True) == plain[0]
    assert PHash().find_duplicates_to_remove(photos, cache=True) == plain[1]
    assert PHash().encode_image(photos / "0.png", cache=True) == plain[2]
    assert PHash().encode_image(photos / "bad.jpg", cache=True) is None
    assert decoded == []


def test_vectors_from_the_library_need_no_network(photos, made_up, monkeypatch):
    first = by_id(made_up.id).encode_images(photos, cache=True)
    monkeypatch.setattr(NETWORKS, "get", lambda _: pytest.fail("loaded"))
    second = by_id(made_up.id).encode_images(photos, cache=True)

    assert list(second) == list(first)
    assert all((second[name] == vector).all() and vector.shape == (1, 576) for name, vector in first.items())


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_wrong_with_the_library_is_a_warning(photos, tmp_path, monkeypatch, workers):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("IMGENC_LIBRARY", str(tmp_path / "file" / "library"))
    plain = PHash().encode_images(photos)
    KERNEL.wait(60)  # numba's compiling, on its thread, would put back the filters of before

    with pytest.warns(RuntimeWarning, match="The library") as told:
        assert PHash().encode_images(photos, workers=workers, cache=True) == plain

    assert [(len(told), warning.filename) for warning in told] == [(1, __file__)]


@pytest.mark.parametrize("option", ["cache", "rotate", "damaged"])
def test_what_concerns_pictures_means_nothing_where_encodings_are_given(option):
    with pytest.warns(RuntimeWarning, match=f"{option} means nothing"):
        PHash().find_duplicates(encoding_map={"a": "0" * 16}, **{option: True})


@pytest.mark.parametrize("cache", [False, True])
def test_what_can_be_read_of_damaged_pictures_is_encoded_where_that_is_asked_for(tmp_path, cache):
    Image.fromarray(photo(96, 72)).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "b.png").write_bytes(data[: len(data) * 2 // 3])
    PHash().encode_image(tmp_path / "a.png")
    KERNEL.wait(60)  # numba's compiling, on its thread, would put back the filters of before

    for _ in range(2):
        assert list(PHash().encode_images(tmp_path, cache=cache)) == ["a.png"]
        assert PHash().encode_image(tmp_path / "b.png", cache=cache) is None
        with pytest.warns(RuntimeWarning, match=r"1 damaged: .* \(b.png\)"):
            encodings = PHash().encode_images(tmp_path, cache=cache, damaged=True)
        assert list(encodings) == ["a.png", "b.png"]
        with pytest.warns(RuntimeWarning, match=r"1 damaged: .*b.png"):
            assert PHash().encode_image(tmp_path / "b.png", cache=cache, damaged=True) == encodings["b.png"]
    with pytest.warns(RuntimeWarning, match="1 damaged"):
        assert PHash().find_duplicates(tmp_path, max_distance_threshold=64, damaged=True)["a.png"] == ["b.png"]


@pytest.mark.parametrize("how", ["find_duplicates", "find_duplicates_to_remove"])
@pytest.mark.parametrize("api", [PHash, CNN])
def test_a_warning_names_the_line_that_called(api, how, tmp_path, monkeypatch):
    Image.fromarray(photo(96, 72)).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:-200])
    monkeypatch.setenv("IMGENC_LIBRARY", str(tmp_path / "a.png" / "library"))
    api().encode_images(tmp_path)
    KERNEL.wait(60)  # numba's compiling, on its thread, would put back the filters of before

    with pytest.warns(RuntimeWarning) as told:
        getattr(api(), how)(tmp_path, cache=True, damaged=True)
    assert [warning.filename for warning in told] == [__file__] * 2
    with pytest.warns(RuntimeWarning) as told:
        getattr(api(), how)(encoding_map={"a": "0" * 16 if api is PHash else [1.0]}, num_enc_workers=1)
    assert [warning.filename for warning in told] == [__file__]


@pytest.mark.parametrize("cache", [False, True])
def test_pictures_are_turned_upright_where_that_is_asked_for(tmp_path, cache):
    exif = Image.Exif()
    exif[274] = 8
    Image.fromarray(photo(50, 40)).save(tmp_path / "upright.png")
    Image.fromarray(np.rot90(photo(50, 40), -1)).save(tmp_path / "held.png", exif=exif)
    upright = PHash().encode_image(image_array=photo(50, 40))

    for rotate in (False, True, False):
        encodings = PHash().encode_images(tmp_path, cache=cache, rotate=rotate)
        assert encodings["upright.png"] == upright
        assert (encodings["held.png"] == upright) is rotate
        assert PHash().encode_image(tmp_path / "held.png", cache=cache, rotate=rotate) == encodings["held.png"]
        duplicates = PHash().find_duplicates(tmp_path, max_distance_threshold=0, cache=cache, rotate=rotate)
        assert bool(duplicates["held.png"]) is rotate
        assert bool(PHash().find_duplicates_to_remove(tmp_path, max_distance_threshold=0, rotate=rotate)) is rotate
