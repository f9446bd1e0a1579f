"""A new method is one record: registered here, it is found in the API, the command and every kind of export."""

from __future__ import annotations

import csv
import json
import logging

import numpy as np
import pytest
from PIL import Image

from imgenc_gui import cli, methods
from imgenc_gui.core.hashing import reference
from imgenc_gui.core.records.methods import Registry
from imgenc_gui.core.registry import METHODS
from tests.made_up import LENGTH, MeanNetwork
from tests.pictures import photo

NAMES = ["a.png", "b.png", "sub/c.png"]


@pytest.fixture
def folder(tmp_path):
    """Three pictures, one in a subfolder, and a file that is none."""
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for i, name in enumerate(NAMES):
        Image.fromarray(photo(90 + 10 * i, 80, i)).save(folder / name)
    (folder / "bad.jpg").write_bytes(b"no picture")
    return folder


def expected(path):
    """What the method gives: the means of 24 x 24 cells of the picture in grey, resampled to 96 x 64."""
    (small,) = reference.resize(np.asarray(Image.open(path)), [(96, 64)])
    return MeanNetwork().embed(reference.grey(small)[np.newaxis])


@pytest.fixture
def command():
    """The command, run in this process, where the method is registered."""
    yield lambda *arguments: cli.main([str(argument) for argument in arguments])
    logging.captureWarnings(False)


# --- API --------------------------------------------------------------------------------------------------------------


def test_the_api_has_it(made_up, folder):
    api = methods.by_id("made-up")

    alone = api.encode_image(image_file=folder / "a.png")
    encodings = api.encode_images(folder, recursive=True)

    assert alone.shape == (1, LENGTH)
    assert alone.dtype == np.float32
    np.testing.assert_array_equal(alone, expected(folder / "a.png"))
    assert list(encodings) == NAMES
    for name, vector in encodings.items():
        np.testing.assert_array_equal(vector, expected(folder / name))


def test_once_removed_it_is_gone(made_up):
    own = Registry((made_up,))
    own.remove(made_up)

    assert own.get("made-up") is None
    assert len(own) == 0


# --- command ----------------------------------------------------------------------------------------------------------


def test_the_command_names_it_in_its_help_and_its_errors(made_up, command, capsys):
    with pytest.raises(SystemExit):
        command("--help")
    assert "made-up" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command("a", "-m", "md5")
    assert "cnn, made-up or all" in capsys.readouterr().err


def test_the_command_wants_a_file_for_it(made_up, command, folder, capsys):
    with pytest.raises(SystemExit):
        command(folder, "-m", "made-up")

    assert "one of Made up is 576 numbers): add -o FILE" in capsys.readouterr().err


def test_encodings_in_json(made_up, command, folder, tmp_path):
    assert command(folder, "-r", "-m", "made-up,phash", "-o", tmp_path / "h.json") == 0

    vectors = json.loads((tmp_path / "h.made-up.json").read_text())
    assert list(vectors) == NAMES
    for name, vector in vectors.items():
        np.testing.assert_array_equal(np.float32(vector), expected(folder / name)[0])
    assert list(json.loads((tmp_path / "h.phash.json").read_text())) == NAMES


def test_a_report(made_up, command, folder, tmp_path):
    assert command(folder, "-r", "-m", "made-up,phash", "-o", tmp_path / "r.json", "--format", "report") == 0

    report = json.loads((tmp_path / "r.json").read_text())
    assert [image["path"] for image in report["images"]] == NAMES
    for image in report["images"]:
        assert list(image["encodings"]) == ["phash", "made-up"]
        np.testing.assert_array_equal(np.float32(image["encodings"]["made-up"]), expected(folder / image["path"])[0])
    assert "made-up" in json.dumps({key: value for key, value in report.items() if key != "images"})


@pytest.mark.parametrize("name", ["csv", "excel"])
def test_csv(name, made_up, command, folder, tmp_path):
    assert command(folder, "-r", "-m", "made-up", "-o", tmp_path / "t.csv", "--format", name) == 0

    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert set(NAMES) < set(rows)
    for picture in NAMES:
        columns = [value for column, value in rows[picture].items() if column.startswith("made-up_")]
        np.testing.assert_array_equal(np.float32(columns), expected(folder / picture)[0])


def test_npz(made_up, command, folder, tmp_path):
    assert command(folder, "-r", "-m", "made-up,dhash", "-o", tmp_path / "v.npz") == 0

    arrays = np.load(tmp_path / "v.npz")
    assert list(arrays["names"]) == NAMES
    assert arrays["made-up"].shape == (3, LENGTH)
    assert arrays["made-up"].dtype == np.float32
    for name, vector in zip(NAMES, arrays["made-up"], strict=True):
        np.testing.assert_array_equal(vector, expected(folder / name)[0])


# --- registry ---------------------------------------------------------------------------------------------------------


def test_an_id_is_taken_once(made_up):
    with pytest.raises(ValueError, match="'made-up' already"):
        METHODS.register(made_up)


def test_it_stands_behind_the_others(made_up):
    assert METHODS.ordered([made_up, METHODS["whash"], METHODS["phash"], made_up]) == (
        METHODS["phash"],
        METHODS["whash"],
        made_up,
    )
    assert list(METHODS)[-1] is made_up
