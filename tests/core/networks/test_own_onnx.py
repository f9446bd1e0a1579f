"""A person's own ONNX file: its numbers as the recipe has them; what won't do is one sentence, and hashes go on."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tracemalloc
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from packaging.version import Version
from PIL import Image

from imgenc_gui.core import private
from imgenc_gui.core.adding import AddingError, RecipeNeededError, add, remove
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks import own_onnx
from imgenc_gui.core.networks.added import MOST, look_into, method_of, read_added
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.networks.own_file import read_own
from imgenc_gui.core.networks.own_onnx import OwnNetwork
from imgenc_gui.core.networks.own_recipe import OwnRecipe, RecipeError
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, WarningCode
from imgenc_gui.core.records.sentences import sentence
from tests.own_networks import HEIGHT, NUMBERS, RECIPE, WIDTH, expected, model, of_input, saved, weights
from tests.pictures import photo

NULL = object()  # JSON's
PIXELS = photo(HEIGHT * 4, WIDTH * 2)[..., ::-1].copy()


@pytest.fixture
def embedded(tmp_path):
    def embed(said: dict, pixels: np.ndarray, **how) -> np.ndarray:
        network = OwnNetwork(saved(tmp_path, **how), OwnRecipe.of_json(RECIPE | said))
        return network.embed(pixels[np.newaxis])[0]

    return embed


SEEN = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


@pytest.mark.parametrize(
    ("said", "how", "x"),
    [
        ({}, {}, SEEN / 255),
        ({"layout": "NHWC"}, {"layout": "NHWC"}, SEEN / 255),
        ({"colours": "BGR"}, {}, SEEN[..., ::-1] / 255),
        ({"divide_by": 127.5, "mean": 1}, {}, SEEN / 127.5 - 1),
        ({"mean": [0.1, 0.2, 0.3], "std": [1, 2, 4]}, {}, (SEEN / 255 - [0.1, 0.2, 0.3]) / [1, 2, 4]),
        ({"divide_by": 1}, {"element": TensorProto.UINT8}, SEEN.astype(float)),
        ({"output": "other"}, {"outputs": ("vector", "other")}, SEEN / 255),
    ],
)
def test_a_recipe_is_followed(said, how, x, embedded):
    np.testing.assert_allclose(embedded(said, SEEN, **how), of_input(x), rtol=1e-4, atol=1e-4)


def test_a_grey_picture_has_one_colour(embedded):
    w = weights()[:, :1]
    vector = embedded({"colours": "grey"}, SEEN[..., 0], w=w)
    np.testing.assert_allclose(vector, of_input(SEEN[..., :1] / 255, w), atol=1e-5)


@pytest.mark.parametrize("resampling", ["bilinear", "bicubic", "nearest", "lanczos"])
def test_pictures_are_resampled_and_cut_as_it_says(resampling, tmp_path):
    recipe = RECIPE | {"resampling": resampling, "resize": [WIDTH + 10, HEIGHT + 4]}
    method = method_of(add(saved(tmp_path, recipe=recipe), folder=tmp_path), tmp_path)

    vector = Encoder(Options((PHASH, method))).encode_array(PIXELS).encodings[method]

    whole = Image.fromarray(PIXELS)
    kind = Image.Resampling[resampling.upper()]
    small = whole.resize((WIDTH + 10, whole.height), kind).resize((WIDTH + 10, HEIGHT + 4), kind)
    seen = np.asarray(small)[2 : 2 + HEIGHT, 5 : 5 + WIDTH]
    np.testing.assert_allclose(vector, of_input(seen / 255), atol=1e-5)


def test_what_is_added_is_a_method(tmp_path):
    method = method_of(add(saved(tmp_path / "mine"), folder=tmp_path / "kept"), tmp_path / "kept")
    (tmp_path / "mine" / "tiny.onnx").unlink()  # a copy is kept

    encodings = Encoder(Options((PHASH, method))).encode_array(PIXELS).encodings

    assert (method.id, method.label, method.length) == ("tiny-net", "Tiny net", NUMBERS)
    assert [one.id for one in read_added(tmp_path / "kept")] == ["tiny-net"]
    np.testing.assert_allclose(encodings[method], expected(PIXELS), atol=1e-5)
    remove(method.added, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_versions_are_of_file_and_recipe(tmp_path):
    def version(seed=0, **said):
        return add(saved(tmp_path, weights(seed), RECIPE | said), folder=tmp_path / "kept").version

    assert version() == version() == version(mean=0)
    assert len({version(), version(seed=1), version(mean=0.5), version(resampling="bicubic")}) == 4
    assert 0 < version() < 1 << 63  # SQLite's


NOT_FINITE = weights() * np.where(np.arange(NUMBERS) == 7, np.nan, 1).reshape(-1, 1, 1, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda: model().SerializeToString()[:-40], "onnxruntime can't load it (it is damaged, or no ONNX file)"),
        (lambda: b"no network", "onnxruntime can't load it (it is damaged, or no ONNX file)"),
        (lambda: b"", "onnxruntime can't load it (it is damaged, or no ONNX file)"),
        (lambda: model(operator="Zonk").SerializeToString(), "it doesn't know the operator Zonk"),
        (lambda: later(format=99), "onnxruntime can't load it (it is made for a later version of ONNX than"),
        (lambda: later(operators=99), "onnxruntime can't load it (it is made for a later version of ONNX than"),
        (lambda: model(NOT_FINITE).SerializeToString(), "it gives numbers that aren't finite"),
        (lambda: model(layout="NHWC").SerializeToString(), "it doesn't take what its recipe makes of a picture"),
        (lambda: model(weights()[:, :1]).SerializeToString(), "it doesn't take what its recipe makes of a picture"),
        (lambda: model(outputs=("a", "b")).SerializeToString(), "its recipe must name one of its outputs: a, b"),
        (lambda: model(outputs=()).SerializeToString(), "it has no output"),
        (lambda: model(element=TensorProto.INT64).SerializeToString(), "an input of the type tensor(int64)"),
    ],
)
def test_a_file_that_will_not_do_is_one_sentence(spoil, words, tmp_path, capfd):
    file = saved(tmp_path)
    file.write_bytes(spoil())

    with pytest.raises(AddingError) as caught:
        add(file, folder=tmp_path / "kept")

    assert caught.value.reason.startswith("Tiny net can't be loaded: ")
    assert words in caught.value.reason
    assert "\n" not in caught.value.reason
    assert not (tmp_path / "kept").exists()
    assert capfd.readouterr() == ("", "")


def later(**versions) -> bytes:
    """As a later version of ONNX may write it."""
    made = model()
    made.ir_version = versions.get("format", made.ir_version)
    made.opset_import[0].version = versions.get("operators", made.opset_import[0].version)
    return made.SerializeToString()


def test_weights_in_another_file_are_refused(tmp_path, monkeypatch):
    """They would not be in the digest; nor is any other file read that a network names."""
    file = saved(tmp_path)
    onnx.save(model(), file, save_as_external_data=True, location="weights.bin", size_threshold=100)
    monkeypatch.chdir(tmp_path)  # where onnxruntime would look for them
    assert (tmp_path / "weights.bin").exists()

    with pytest.raises(AddingError, match="its weights are in another file; save it with its weights inside"):
        add(file, folder=tmp_path / "kept")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"width": None}, "width is missing"),
        ({"height": NULL}, "height is missing"),
        ({"width": 0}, "from 1 to 2048"),
        ({"width": 1_000_000}, "from 1 to 2048"),
        ({"width": "48"}, "width must be a whole number"),
        ({"layout": "CHW"}, "layout must be one of NCHW, NHWC"),
        ({"std": 0}, "std is 0, and nothing can be divided by 0"),
        ({"mean": [1, 2]}, "mean must be one number, or one for each colour"),
        ({"mean": 1e999}, "mean is inf; networks compute with numbers up to"),
        ({"divide_by": 10**400}, "divide_by is inf"),
        ({"resize": [32, 32]}, "must not be less"),
        ({"resize": 64}, "a list of width and height"),
        ({"scale": 2}, "'scale' means nothing in it"),
        ({"name": "a&b"}, "name must be"),
        ({"name": "x" * 25}, "name must be"),
        ({"output": 3}, "output must be a text"),
        ({"output": "nothing"}, "it has no output nothing; there are vector"),
    ],
)
def test_a_recipe_that_can_not_be_followed_is_one_sentence(said, words, tmp_path):
    recipe = {name: value for name, value in (RECIPE | said).items() if value is not None}
    recipe = {name: None if value is NULL else value for name, value in recipe.items()}

    with pytest.raises(AddingError) as caught:
        add(saved(tmp_path, recipe=recipe), folder=tmp_path / "kept")

    assert words in caught.value.reason


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"[" * 100_000, b"[1]", b'"NCHW"'])
def test_a_recipe_that_is_none_is_one_sentence(text, tmp_path):
    file = saved(tmp_path)
    file.with_suffix(".json").write_bytes(text)

    with pytest.raises(AddingError, match=r"The recipe tiny\.json can't be followed: it (isn't|must be) JSON"):
        add(file, folder=tmp_path / "kept")


@pytest.mark.parametrize("name", ["CNN", "All", "mobilenet v3", "PHash", "Names", "bytes", "Con"])
def test_a_name_that_another_method_has_is_refused(name, tmp_path):
    with pytest.raises(AddingError, match="choose another name"):
        add(saved(tmp_path, recipe=RECIPE | {"name": name}), folder=tmp_path / "kept")


def test_a_name_without_latin_letters_will_do(tmp_path):
    kept = tmp_path / "kept"
    names = ["\u5199\u771f", "\u0424\u043e\u0442\u043e", "\u0444\u043e\u0442\u043e 2"]
    ids = [add(saved(tmp_path, weights(n), RECIPE | {"name": name}), folder=kept).id for n, name in enumerate(names)]

    assert ids[:2] == ["network-" + hashlib.sha256(name.casefold().encode()).hexdigest()[:8] for name in names[:2]]
    assert sorted(one.label for one in read_added(kept)) == sorted(names)
    add(saved(tmp_path, weights(9), RECIPE | {"name": names[1].upper()}), folder=kept)  # the same name
    assert len(read_added(kept)) == 3


def test_there_are_not_too_many_networks(tmp_path):
    kept = tmp_path / "kept"
    add(saved(tmp_path, recipe=RECIPE | {"name": "Net 0"}), folder=kept)
    said = (kept / "net-0.json").read_text()
    for number in range(1, MOST):
        (kept / f"net-{number}.json").write_text(
            said.replace("Net 0", f"Net {number}").replace("net-0", f"net-{number}")
        )
        (kept / f"net-{number}.onnx").touch()

    with pytest.raises(AddingError, match=f"{MOST} networks are added, and there can be no more. Remove one first."):
        add(saved(tmp_path, recipe=RECIPE | {"name": "One more"}), folder=kept)

    add(saved(tmp_path, weights(1), RECIPE | {"name": "Net 0"}), folder=kept)  # in place of the one there is


def test_a_network_of_another_name_is_not_replaced(tmp_path):
    """Their files would have the same names."""
    kept = tmp_path / "kept"
    first = add(saved(tmp_path, recipe=RECIPE | {"name": "\u5199 1"}), folder=kept)

    with pytest.raises(AddingError, match="beside \u5199 1, which was added"):
        add(saved(tmp_path, weights(1), RECIPE | {"name": "\u771f 1"}), folder=kept)

    assert read_added(kept) == [first]
    add(saved(tmp_path, weights(1), RECIPE | {"name": "\u5199 1"}), folder=kept)
    assert read_added(kept)[0].version != first.version


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_without_a_recipe_one_is_proposed_that_will_do(layout, tmp_path):
    file = saved(tmp_path, recipe=None, layout=layout, outputs=("vector", "other"))

    with pytest.raises(RecipeNeededError, match=r"needs its recipe beside it, tiny\.json") as caught:
        add(file, folder=tmp_path / "kept")

    assert caught.value.outputs == ("vector", "other")
    file.with_suffix(".json").write_text(json.dumps(caught.value.proposed))
    assert add(file, folder=tmp_path / "kept").length == NUMBERS


def test_other_files_are_no_networks(tmp_path):
    for name in ("a.txt", "a.onnx", "a.pth"):
        with pytest.raises(AddingError):
            add(tmp_path / name, folder=tmp_path / "kept")
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(AddingError, match=r"folder\.onnx can't be read"):
        add(tmp_path / "folder.onnx", folder=tmp_path / "kept")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    file = tmp_path / "large.onnx"
    with file.open("wb") as stream:
        stream.truncate((1 << 31) + 1)

    with pytest.raises(AddingError, match="it is larger than 2 GB"):
        add(file, folder=tmp_path / "kept")


def test_reading_a_file_takes_no_more_memory_than_it_has_bytes(tmp_path):
    file = saved(tmp_path)
    tracemalloc.start()
    try:
        data = read_own(file, "it")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert data == file.read_bytes()
    assert most < len(data) + (1 << 20)


def test_adding_takes_no_memory_for_the_file(tmp_path):
    """It is opened by its name: from bytes, onnxruntime would hold the interpreter's lock for as long as it loads.

    One before 1.29 is given bytes: by name it would read weights beside the file.
    """
    copies = 0 if Version(version("onnxruntime")) >= Version("1.29") else 1
    file = saved(tmp_path)
    large = model()
    large.graph.initializer.append(numpy_helper.from_array(np.zeros(1 << 22, np.float32), "beside"))
    file.write_bytes(large.SerializeToString())
    add(file, folder=tmp_path / "kept")  # what is imported is
    tracemalloc.start()
    try:
        add(file, folder=tmp_path / "kept")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < copies * file.stat().st_size + (1 << 23)  # of 16 MB
    assert (tmp_path / "kept" / "tiny-net.onnx").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("when", ["while it is tried", "before it is copied"])
def test_what_was_not_tried_is_not_kept(when, tmp_path, monkeypatch):
    file = saved(tmp_path)
    other = saved(tmp_path / "other", weights(1)).read_bytes()
    opened, made = own_onnx._session, private.make_folder

    def swapped(*what):
        file.write_bytes(other)
        return opened(*what) if when == "while it is tried" else made(*what)

    if when == "while it is tried":
        monkeypatch.setattr(own_onnx, "_session", swapped)
    else:
        monkeypatch.setattr(private, "make_folder", swapped)

    with pytest.raises(AddingError, match="can't be loaded: its file was changed meanwhile"):
        add(file, folder=tmp_path / "kept")
    assert not list((tmp_path / "kept").glob("*"))


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_a_name_that_is_no_text(tmp_path):
    file = saved(tmp_path)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.onnx"))
    file.rename(odd)

    assert add(odd, OwnRecipe.of_json(RECIPE), folder=tmp_path / "kept").length == NUMBERS


def test_a_folder_that_can_not_be_written_to_is_one_sentence(tmp_path):
    (tmp_path / "kept").write_bytes(b"")

    with pytest.raises(AddingError, match=r"The network can't be kept in .*kept: ."):
        add(saved(tmp_path), folder=tmp_path / "kept")


def test_what_is_damaged_in_the_folder_is_left_out(tmp_path, caplog):
    added = add(saved(tmp_path), folder=tmp_path / "kept")
    sound = json.loads((tmp_path / "kept" / "tiny-net.json").read_text())
    for number, change in enumerate(
        [{"sha256": "0"}, {"file": "../bad1"}, {"length": True}, {"recipe": {}}, {"recipe": 1}, {"file": added.file}]
    ):
        described = sound | {"file": f"bad{number}.onnx"} | change
        (tmp_path / "kept" / f"bad{number}.json").write_text(json.dumps(described))
    (tmp_path / "kept" / "bad.json").write_text("[")
    (tmp_path / "kept" / "bad.onnx").write_bytes(b"")
    (tmp_path / "kept" / "Not An Id.json").write_text(json.dumps(sound))

    assert read_added(tmp_path / "kept") == [added]
    assert caplog.text.count("is left out") == 7
    assert read_added(tmp_path / "nowhere") == []
    # AND each can be told of, and removed
    unusable = {one.id: one for one in look_into(tmp_path / "kept")[1]}
    assert {unusable[one].reason for one in ("bad", "bad0", "bad5")} == {"its description is damaged"}
    assert unusable["bad3"].reason == "its recipe can't be followed: width is missing"
    for one in unusable.values():
        remove(one, tmp_path / "kept")
    assert look_into(tmp_path / "kept") == ([added], [])
    assert not (tmp_path / "kept" / "bad.onnx").exists()


@pytest.mark.parametrize("what", ["another", "gone", "no engine"])
def test_hashes_go_on(what, tmp_path, monkeypatch):
    method = method_of(add(saved(tmp_path), folder=tmp_path / "kept"), tmp_path / "kept")
    file = tmp_path / "kept" / "tiny-net.onnx"
    if what == "gone":
        file.unlink()
    elif what == "another":
        file.write_bytes(model(weights(1)).SerializeToString())
    else:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)

    result = Encoder(Options((PHASH, method))).encode_array(PIXELS)
    alone = Encoder(Options((method,))).encode_array(PIXELS)

    assert list(result.encodings) == [PHASH]
    (warning,) = result.warnings
    assert warning.code == WarningCode.NO_EMBEDDING
    words = {
        "gone": "can't be read",
        "another": "isn't the one that was added",
        "no engine": "Tiny net needs onnxruntime",
    }
    assert words[what] in sentence(warning)
    assert alone.failure.code is FailureCode.MODEL_UNAVAILABLE
    NETWORKS.let_go(method)


def test_a_recipe_says_the_same_again():
    said = RECIPE | {"mean": [0.1, 0.2, 0.3], "std": [1, 2, 3], "resize": [64, 64], "colours": "bgr", "output": "o"}
    recipe = OwnRecipe.of_json(said)

    assert OwnRecipe.of_json(json.loads(json.dumps(recipe.as_json()))) == recipe
    with pytest.raises(RecipeError):
        OwnRecipe.of_json(said | {"mean": "much"})
