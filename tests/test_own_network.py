"""A person's own network goes all the way: command, API, exports and back, comparing, library; never two mixed."""

from __future__ import annotations

import csv
import json
import logging
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image

from imgenc_gui import cli, methods
from imgenc_gui.command import comparing
from imgenc_gui.core import registry
from imgenc_gui.core.adding import add, remove
from imgenc_gui.core.networks.added import method_of, networks_folder
from imgenc_gui.core.registry import METHODS, take_in_added
from tests.own_networks import NUMBERS, RECIPE, expected, saved, weights
from tests.pictures import photo

NAMES = ["a.png", "b.png", "c.png"]
TINTS = [(1, 1, 1), (1, 0.1, 0.3), (0, 0.3, 1)]
PIXELS = {
    name: (photo(96 + 10 * number, 80, number) * np.array(TINTS[number])).astype(np.uint8)
    for number, name in enumerate(NAMES)
}


@pytest.fixture
def folder(tmp_path):
    """Three pictures and a copy of the first, smaller."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, pixels in PIXELS.items():
        Image.fromarray(pixels).save(folder / name)
    Image.fromarray(PIXELS["a.png"]).resize((90, 76)).save(folder / "small a.png")
    return folder


@pytest.fixture
def command(tmp_path, capsys):
    """The command, run in this process, which forgets at the end what was added."""

    def run(*arguments):
        return cli.main([str(argument) for argument in arguments])

    yield run
    logging.captureWarnings(False)
    take_in_added(tmp_path / "nowhere")


@pytest.fixture
def network(command, tmp_path):
    """Added by the command."""
    assert command("--add-network", saved(tmp_path / "mine")) == 0
    return "tiny-net"


def vectors_of(file):
    return {name: np.float32(vector) for name, vector in json.loads(file.read_text()).items()}


def assert_right(vectors, w=None):
    assert [name for name in vectors if name in PIXELS] == NAMES
    for name, pixels in PIXELS.items():
        np.testing.assert_allclose(vectors[name], expected(pixels, w), atol=1e-5)


def test_the_command_tells_of_it(network, command, folder, tmp_path, capsys):
    assert command("--add-network", tmp_path / "mine" / "tiny.onnx") == 0
    assert "Tiny net is added, 33 numbers: imgenc PATH -m tiny-net -o FILE" in capsys.readouterr().err
    assert command("--networks") == 0
    assert capsys.readouterr().out.startswith("tiny-net\tTiny net\t33\t")
    with pytest.raises(SystemExit):
        command(folder, "-m", "tiny")
    assert "cnn, tiny-net or all" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command(folder, "-m", network)
    assert "one of Tiny net is 33 numbers" in capsys.readouterr().err


def test_an_installation_with_it_passes_its_own_test(network, command, capsys):
    status = command("--self-test")
    out = capsys.readouterr().out
    assert "WRONG" not in out
    assert "Tiny net: nothing known to compare with" in out
    assert status == 0


def test_it_goes_as_it_came(network, command, folder, capsys):
    assert command("--remove-network", "TINY-net") == 0
    assert METHODS.get(network) is None or command("--networks") == 0
    assert command("--networks") == 0
    assert capsys.readouterr().out == ""
    assert command("--remove-network", "cnn") == 1
    assert "no network cnn was added" in capsys.readouterr().err


def test_what_is_damaged_is_told_and_removed(network, command, tmp_path, capsys):
    description = networks_folder() / "tiny-net.json"
    description.write_text("{")

    assert command("--networks") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "tiny-net can't be used: its description is damaged. Remove it (--remove-network tiny-net)" in told.err
    assert command("--remove-network", "tiny-net") == 0
    assert list(networks_folder().iterdir()) == []


def test_one_whose_file_is_gone_is_told_and_removed(network, command, capsys):
    (networks_folder() / "tiny-net.onnx").unlink()

    assert command("--networks") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert (
        "tiny-net can't be used: its file is gone. Remove it (--remove-network tiny-net), and add it again" in told.err
    )
    assert command("--remove-network", "tiny-net") == 0
    assert list(networks_folder().iterdir()) == []


def test_what_can_not_be_added_is_told(command, tmp_path, capsys):
    file = saved(tmp_path, recipe=None)
    assert command("--add-network", file) == 1
    told = capsys.readouterr()
    assert "tiny.onnx needs its recipe beside it, tiny.json" in told.err
    file.with_suffix(".json").write_text(told.out)
    assert command("--add-network", file) == 0
    assert command("--add-network", tmp_path / "gone.pth") == 1
    assert capsys.readouterr().err.endswith("imgenc: gone.pth can't be read: No such file or directory.\n")
    with pytest.raises(SystemExit):
        command("--add-network", file, tmp_path)
    assert "stands alone" in capsys.readouterr().err


def test_encodings_in_json(network, command, folder, tmp_path):
    assert command(folder, "-m", f"phash,{network}", "-o", tmp_path / "h.json") == 0

    assert_right(vectors_of(tmp_path / "h.tiny-net.json"))


def test_every_kind_of_export(network, command, folder, tmp_path):
    for name in ("r.json", "t.csv", "v.npz", "w.xlsx"):
        report = ["--format", "report"] if name == "r.json" else []
        assert command(folder, "-m", f"dhash,{network}", "-o", tmp_path / name, *report) == 0

    report = json.loads((tmp_path / "r.json").read_text())
    assert_right({image["path"]: image["encodings"]["tiny-net"] for image in report["images"]})
    (method,) = (one for one in report["methods"] if one["id"] == "tiny-net")
    assert method == {
        "id": "tiny-net",
        "kind": "embedding",
        "length": 33,
        "version": METHODS["tiny-net"].version,
    }
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert_right({row["path"]: [float(row[f"tiny-net_{i}"]) for i in range(NUMBERS)] for row in rows})
    arrays = np.load(tmp_path / "v.npz")
    assert_right(dict(zip(arrays["names"].tolist(), arrays["tiny-net"], strict=True)))
    about = {row[0]: row[1] for row in load_workbook(tmp_path / "w.xlsx").worksheets[-1].iter_rows(values_only=True)}
    assert f"Tiny net (version {METHODS['tiny-net'].version})" in about["Methods"]


def test_pictures_are_compared_by_it(network, command, folder, tmp_path, capsys):
    assert command(folder, "-m", network, "--similarity", "0.999", "--like", folder / "a.png") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("small a.png")
    assert command(folder, "-m", network, "--similarity", "0.999", "--groups") == 0
    assert [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()] == ["reference", "member"]


def test_groups_in_imagededups_shape_though_it_was_removed_meanwhile(network, command, folder, tmp_path, monkeypatch):
    def removed(*what):
        remove(METHODS[network].added)  # by another process
        return real(*what)

    real = comparing.collect
    monkeypatch.setattr(comparing, "collect", removed)
    arguments = ["--similarity", "0.999", "--groups", "--format", "imagededup", "-o", tmp_path / "d.json"]

    assert command(folder, "-m", network, *arguments) == 0
    assert json.loads((tmp_path / "d.json").read_text())["a.png"] == ["small a.png"]


@pytest.mark.parametrize("name", ["r.json", "v.npz", "w.xlsx"])
def test_an_export_of_another_file_is_never_compared(name, network, command, folder, tmp_path, capsys):
    """Two digests: the same network with other weights, and the same weights with another recipe."""
    report = ["--format", "report"] if name == "r.json" else []
    assert command(folder, "-m", f"phash,{network}", "-o", tmp_path / name, *report) == 0
    assert command(folder, "-m", network, "--against", tmp_path / name, "--similarity", "0.5") == 0
    assert sum(line.startswith("1") for line in capsys.readouterr().out.splitlines()) == 4
    for change in ({"w": weights(1)}, {"recipe": RECIPE | {"divide_by": 254}}):
        assert command("--add-network", saved(tmp_path / "mine", **change)) == 0

        assert command(folder, "-m", network, "--against", tmp_path / name, "--similarity", "0.5") == 1

        told = capsys.readouterr()
        assert told.out == ""
        assert "The encodings of Tiny net are another file's or recipe's" in told.err


def test_what_does_not_say_of_which_file_it_is_is_not_taken_for_this_ones(network, command, folder, tmp_path, capsys):
    assert command(folder, "-m", f"phash,{network}", "-o", tmp_path / "h.json") == 0
    assert command(folder, "-m", network, "-o", tmp_path / "t.csv") == 0

    with pytest.raises(SystemExit):
        command(folder, "--against", tmp_path / "h.tiny-net.json")
    assert "Add -m with one of: tiny-net" in capsys.readouterr().err
    assert command(folder, "-m", network, "--against", tmp_path / "t.csv") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "or don't say whose" in told.err


def test_a_dictionary_is_taken_where_it_is_named(network, command, folder, tmp_path, capsys):
    assert command(folder, "-m", network, "-o", tmp_path / "h.json") == 0

    assert command(folder, "-m", network, "--against", tmp_path / "h.json", "--similarity", "0.999") == 0

    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_library_keeps_its_encodings_by_file(network, command, folder, tmp_path, capsys):
    def known(name):
        assert command(folder, "-m", network, "-o", tmp_path / name) == 0
        told = capsys.readouterr().err
        return "4 of them from the library" in told

    assert [known("1.json"), known("2.json")] == [False, True]
    assert command("--add-network", saved(tmp_path / "mine", weights(1))) == 0
    assert [known("3.json"), known("4.json")] == [False, True]
    assert_right(vectors_of(tmp_path / "2.json"))
    assert_right(vectors_of(tmp_path / "4.json"), weights(1))


def test_the_api_has_it(network, folder, tmp_path):
    take_in_added(tmp_path / "nowhere")  # as in a process that has just started
    api = methods.by_id(network)

    assert_right({name: vector[0] for name, vector in api.encode_images(folder, cache=True).items()})
    assert api.find_duplicates(folder, min_similarity_threshold=0.999)["a.png"] == ["small a.png"]
    state = pickle.dumps(api)
    take_in_added(tmp_path / "nowhere")
    again = pickle.loads(state)  # noqa: S301
    np.testing.assert_allclose(again.encode_image(folder / "a.png")[0], expected(PIXELS["a.png"]), atol=1e-5)


def test_the_api_has_what_is_there_now(network, tmp_path):
    """Another process may have replaced or removed it."""
    before = methods.by_id(network)

    added = add(saved(tmp_path / "other", weights(1)))
    after = methods.by_id(network)

    assert before._method.added.sha256 != after._method.added.sha256
    assert methods.by_id(network)._method is after._method
    remove(added)
    with pytest.raises(ValueError, match="no method 'tiny-net'"):
        methods.by_id(network)


def test_threads_may_ask_for_it_at_once(network, tmp_path, monkeypatch):
    def slow(*what):
        time.sleep(0.1)  # in which the other thread finds that it isn't there yet
        return method_of(*what)

    take_in_added(tmp_path / "nowhere")
    monkeypatch.setattr(registry, "method_of", slow)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(methods.by_id, [network] * 2, timeout=20)

    assert first._method is second._method is METHODS[network]
