"""Encoding: results, warnings, rotation, networks that fail, and stopping."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from imagededup import methods as imagededup_methods
from PIL import Image

from imgenc_gui.core import encoding
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats.reading import read_preview, read_thumbnail, upright
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.loading import Networks
from imgenc_gui.core.records.methods import InputRecipe, Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, NetworkError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from tests.made_up import LENGTH, MeanNetwork, made_up_embedding
from tests.pictures import flat, photo

DATA = Path(__file__).parents[1] / "data"
HASHES = (PHASH, AHASH, DHASH, WHASH)


def encode(path, *methods, **options):
    ((_, result),) = Encoder(Options(methods or (PHASH,), **options)).encode([(0, str(path))])
    return result


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(photo(64, 48)).save(path)
    return str(path)


@pytest.fixture
def networks(monkeypatch):
    """A keeper of networks of the test's own."""
    own = Networks()
    monkeypatch.setattr(encoding, "NETWORKS", own)
    return own


def test_no_method_is_refused():
    with pytest.raises(ValueError, match="at least one method"):
        Encoder(Options(()))


def test_flat_pictures_get_a_warning(tmp_path):
    Image.fromarray(flat(30, 30)).save(tmp_path / "a.png")

    result = encode(tmp_path / "a.png", PHASH, DHASH)

    assert result.encodings == {PHASH: "f" * 16, DHASH: "0" * 16}
    (warning,) = result.warnings
    assert warning.code == WarningCode.LOW_INFORMATION
    assert warning.values == ("PHash, DHash",)


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (np.linspace(0, 1, 3072, dtype=np.float32).reshape(48, 64), WarningCode.CUT_TO_BLACK),
        (np.linspace(1000, 60_000, 3072).astype(np.uint16).reshape(48, 64), WarningCode.CLIPPED_16_BIT),
    ],
)
def test_a_picture_that_clipping_made_flat_is_not_called_flat(values, cause, tmp_path):
    Image.fromarray(values).save(tmp_path / "a.tif")

    result = encode(tmp_path / "a.tif", PHASH)

    assert result.encodings == {PHASH: "f" * 16}
    assert [(warning.code, warning.detail) for warning in result.warnings] == [
        (cause, ""),
        (WarningCode.LOW_INFORMATION, "clipped"),
    ]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["a.tif", "a.pfm"])
def test_the_same_where_some_of_its_numbers_are_none(odd, name, tmp_path):
    values = np.linspace(0, 1, 3072, dtype=np.float32).reshape(48, 64)
    values[3, 4] = odd
    if name == "a.tif":
        Image.fromarray(values).save(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(b"Pf\n64 48\n-1.0\n" + values[::-1].tobytes())

    warnings = {warning.code: warning for warning in encode(tmp_path / name, DHASH).warnings}

    assert warnings[WarningCode.CUT_TO_BLACK].values == (0, 1)
    assert warnings.get(WarningCode.LOW_INFORMATION, ImageWarning(WarningCode.LOW_INFORMATION, "clipped")).detail
    with np.errstate(invalid="ignore"):
        array = Encoder(Options((DHASH,))).encode_array(values)
    assert [warning.code for warning in array.warnings][:1] == [WarningCode.CUT_TO_BLACK]


def test_an_array_from_0_to_1_is_black_to_imagededup_and_said_to_be_cut():
    values = np.random.default_rng(1).random((48, 64, 3))
    values[0, 0] = 0, 0.5, 1

    result = Encoder(Options((PHASH,))).encode_array(values)

    assert result.encodings == {PHASH: imagededup_methods.PHash(verbose=False).encode_image(image_array=values)}
    assert [sentence(warning) for warning in result.warnings] == [
        (
            "This picture's values run from 0 to 1, where 255 is white to imagededup: it cuts them to "
            "whole numbers, nearly black, and so does imgenc."
        ),
        (
            "What clipping leaves of this picture is nearly flat (PHash): every flat picture has the same hash, "
            "so a match means little."
        ),
    ]


def held_in_every_way(tmp_path, name, pixels, **saved_with):
    """One picture as a camera would save it that was held in each of the eight ways, and told so."""
    for orientation in range(1, 9):
        image = Image.fromarray(np.ascontiguousarray(upright(pixels, _UNDONE.get(orientation, orientation))))
        path = tmp_path / f"{orientation} {name}"
        exif = Image.Exif()
        exif[274] = orientation
        image.save(path, exif=exif, **saved_with)
        yield path, orientation, image.size


_UNDONE = {6: 8, 8: 6}  # the orientation that takes back what another does; the others take back themselves


@pytest.mark.parametrize(
    ("name", "saved_with"),
    [("a.png", {}), ("a.tif", {}), ("a.tif", {"compression": "tiff_lzw"}), ("a.webp", {"lossless": True})],
)
def test_the_same_pixels_held_in_each_of_the_eight_ways_give_one_encoding(name, saved_with, tmp_path):
    pixels = photo(80, 60)
    expected = Encoder(Options(HASHES)).encode_array(pixels).encodings

    for path, orientation, size in held_in_every_way(tmp_path, name, pixels, **saved_with):
        result = encode(path, *HASHES, apply_exif_orientation=True)
        # Sizes are those that are stored, whoever turns the picture.
        assert (result.facts.orientation, (result.facts.width, result.facts.height)) == (orientation, size)
        assert result.facts.upright_size == (80, 60)
        assert result.encodings == expected
        assert read_preview(str(path)).shape == (60, 80, 3)
        assert read_thumbnail(str(path), 40).shape == (30, 40, 3)
        # A TIFF is turned by imagededup, too: it is encoded so in any case, and nothing is to be said of it.
        is_turned_anyway = name.endswith("tif")
        plain = encode(path, *HASHES)
        assert (plain.encodings == expected) is (orientation == 1 or is_turned_anyway)
        assert (ImageWarning(WarningCode.ROTATED) in result.warnings) is (orientation > 1 and not is_turned_anyway)


def test_jpegs_held_in_each_of_the_eight_ways_are_within_two_bits(tmp_path):
    pixels = np.asarray(Image.open(DATA / "images/base_images/ukbench00120.jpg"))
    expected = Encoder(Options(HASHES)).encode_array(pixels).encodings

    for path, _, _ in held_in_every_way(tmp_path, "a.jpg", pixels, quality=95):
        found = encode(path, *HASHES, apply_exif_orientation=True).encodings
        assert all((int(found[m], 16) ^ int(expected[m], 16)).bit_count() <= 2 for m in HASHES)


def test_a_tiff_whose_notes_alone_say_how_it_was_held_is_turned_once(tmp_path):
    """Pillow tells its size as stored, and turns it all the same."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    pixels = photo(80, 60)
    Image.fromarray(pixels).save(tmp_path / "a.tif", tiffinfo={700: xmp})

    result = encode(tmp_path / "a.tif", *HASHES, apply_exif_orientation=True)

    assert (result.facts.orientation, result.facts.width, result.facts.height) == (6, 80, 60)
    assert result.encodings == Encoder(Options(HASHES)).encode_array(np.rot90(pixels, -1)).encodings
    assert read_preview(str(tmp_path / "a.tif")).shape == (80, 60, 3)
    assert read_thumbnail(str(tmp_path / "a.tif"), 40).shape == (40, 30, 3)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_rotation_is_applied_only_when_asked_for(name, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(photo(80, 60)).save(tmp_path / name, exif=exif)
    turned = np.rot90(np.asarray(Image.open(tmp_path / name)), -1)

    ignored = encode(tmp_path / name)
    applied = encode(tmp_path / name, apply_exif_orientation=True)

    assert applied.encodings != ignored.encodings
    assert applied.encodings == Encoder(Options((PHASH,))).encode_array(turned).encodings
    assert [warning.code for warning in applied.warnings] == [WarningCode.ROTATED]
    assert ignored.warnings == ()


@pytest.mark.parametrize("recipe", [InputRecipe(96, 64), InputRecipe(96, 64, grey=True)])
def test_a_network_sees_what_its_recipe_asks_for(recipe, picture, networks):
    seen = []

    class Watched(MeanNetwork):
        def embed(self, images, threads=None, _stop=None):
            seen.append((images.shape, images.dtype, threads))
            return super().embed(images, threads)

    method = made_up_embedding(recipe=recipe, load=Watched)
    results = [result for _, result in Encoder(Options((PHASH, method))).encode((i, picture) for i in range(20))]

    size = (64, 96) if recipe.grey else (64, 96, 3)
    assert seen == [((1, *size), np.uint8, 1)] * 20  # the same numbers whatever others are encoded
    for result in results:
        assert result.encodings[method].shape == (576,)
        assert result.encodings[method].dtype == np.float32


def test_results_keep_the_keys_and_the_order_of_what_was_pulled(picture, tmp_path, networks):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    paths = [picture] * 40
    paths[7] = str(tmp_path / "bad.jpg")

    pulled = []

    def numbered():
        for key, path in enumerate(paths):
            pulled.append(key)
            yield key, path

    pairs = []
    for pair in Encoder(Options((made_up_embedding(),))).encode(numbered()):
        pairs.append(pair)
        assert len(pairs) == len(pulled)  # none waits for others: progress would move in steps

    assert sorted(key for key, _ in pairs) == list(range(40))
    assert [result.path for _, result in sorted(pairs, key=lambda pair: pair[0])] == paths
    assert [key for key, result in pairs if result.failure] == [7]


def test_a_stop_ends_the_pulling_and_keeps_what_is_done(picture):
    stop = threading.Event()

    def pairs():
        for i in range(1000):
            if i == 3:
                stop.set()
            yield i, picture

    assert [key for key, _ in Encoder(Options((PHASH,))).encode(pairs(), stop.is_set)] == [0, 1, 2]


@pytest.mark.parametrize("loaded", [True, False])
def test_after_a_stop_a_picture_that_was_begun_is_embedded_unless_a_network_would_have_to_be_loaded(
    loaded, picture, networks, monkeypatch
):
    method = made_up_embedding()
    if loaded:
        networks.get(method)
    stop = threading.Event()
    hashing = Encoder._hash

    def stopped(*given):
        hashing(*given)
        stop.set()

    monkeypatch.setattr(Encoder, "_hash", stopped)
    results = list(Encoder(Options((method,))).encode(enumerate([picture] * 3), stop.is_set))

    assert [key for key, _ in results] == ([0] if loaded else [])
    assert all(method in result.encodings for _, result in results)


def fail_to_load():
    raise NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", ("Made up", "Parts", "gone")))


def loading(error):
    def load():
        raise error

    return load


def embedding(error):
    class Failing(MeanNetwork):
        def embed(self, *_):
            raise error

    return Failing


class TooFew(MeanNetwork):
    def embed(self, images, threads=None, _stop=None):
        return super().embed(images, threads)[:, :-1]


class NoNumbers(MeanNetwork):
    def embed(self, images, threads=None, _stop=None):
        return np.where(np.arange(LENGTH) == 7, np.nan, super().embed(images, threads))


@pytest.mark.parametrize(
    ("load", "detail"),
    [
        (fail_to_load, "engine"),
        (loading(AttributeError("a bug")), "broken"),
        (loading(MemoryError()), "memory"),
        (embedding(MemoryError("no room")), "failed-memory"),
        (embedding(IndexError("a bug")), "failed"),
        (TooFew, "failed-length"),
        (NoNumbers, "failed-numbers"),
    ],
)
def test_a_network_that_fails_is_a_warning_beside_other_encodings_and_a_failure_alone(load, detail, picture, networks):
    broken, sound = made_up_embedding("broken", load=load), made_up_embedding("sound")

    alone = encode(picture, broken)
    beside_a_hash = encode(picture, PHASH, broken)
    beside_a_network = encode(picture, broken, sound)

    assert (alone.failure.code, alone.failure.detail) == (FailureCode.MODEL_UNAVAILABLE, detail)
    assert alone.encodings == {}
    assert alone.facts is not None
    for result, kept in [(beside_a_hash, PHASH), (beside_a_network, sound)]:
        assert result.failure is None
        assert list(result.encodings) == [kept]
        assert [(warning.code, warning.detail) for warning in result.warnings] == [(WarningCode.NO_EMBEDDING, detail)]


def test_what_can_not_be_loaded_is_told_beforehand(networks):
    broken, full = made_up_embedding("broken", load=fail_to_load), made_up_embedding("f", load=loading(MemoryError()))

    failures = Encoder(Options((PHASH, broken, full, made_up_embedding("sound")))).load_networks()

    assert {method: failure.detail for method, failure in failures.items()} == {broken: "engine", full: "memory"}


def test_too_little_memory_for_a_picture_is_its_failure(picture, monkeypatch):
    def prepare(*_args):
        raise MemoryError

    monkeypatch.setattr(encoding, "prepare", prepare)

    assert encode(picture).failure == ImageFailure(FailureCode.OUT_OF_MEMORY, "encoding")


MEMORY = """
import psutil, sys, threading
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.workers import encode_in_order
assert KERNEL.wait() is not None
hashes = tuple(m for m in METHODS if m.is_hash)
done, peak = threading.Event(), 0
def watch():
    global peak
    while not done.wait(0.002):
        peak = max(peak, psutil.Process().memory_info().rss)
watcher = threading.Thread(target=watch)
watcher.start()
results = list(encode_in_order(Encoder(Options(hashes)), sys.argv[1:] * 24, workers=2))
done.set()
watcher.join(10)
assert len(results) == 24 and all(r.encodings for r in results)
print(peak)
"""


@pytest.mark.slow
def test_memory_stays_bounded_over_24_photos(tmp_path):
    """Of 12 megapixels: their pixels would take 860 MB."""
    path = tmp_path / "a.jpg"
    Image.fromarray(np.tile(photo(500, 500), (6, 8, 1))).save(path, quality=90)

    run = subprocess.run([sys.executable, "-c", MEMORY, path], capture_output=True, text=True, timeout=250, check=True)

    assert int(run.stdout) < 700e6


def test_a_picture_that_can_not_be_decoded_is_a_result_with_its_reason(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    assert encode(tmp_path / "a.png").failure.code is FailureCode.DAMAGED


def test_what_memory_was_asked_for_many_at_once_it_isnt_asked_for_again(tmp_path):
    asked = []
    memory = SimpleNamespace(
        of_files=lambda paths, _: asked.append(list(paths)) or [None] * len(paths),
        of_content=lambda *_: None,
        keep=lambda *_: None,
    )
    paths = [str(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    for path in paths:
        Image.new("RGB", (20, 20), "red").save(path)
    encoder = Encoder(Options((PHASH,)), memory)
    _, others = encoder.recall(list(enumerate(paths[:2])))
    assert len(list(encoder.encode(others))) == 2
    assert asked == [paths[:2]]
    list(encoder.encode([(2, paths[2]), (0, paths[0])]))  # what wasn't, is, and so is what comes a second time
    assert asked[1:] == [[paths[2]], [paths[0]]]
