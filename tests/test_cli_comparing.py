"""Comparing by the command: in this process, and as people and scripts run it."""

from __future__ import annotations

import csv
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgenc_gui import cli
from imgenc_gui.command import comparing
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.similarity.engine import KERNEL
from tests.pictures import flat, horizontal_first, photo

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "imgenc_gui.cli"]
HASH, NEAR, FAR, BEYOND = "9fee256239984d71", "9fee256239984d73", "9fee256239984e8e", "0123456789abcdef"


@pytest.fixture(autouse=True)
def warnings_stay_warnings():
    yield
    logging.captureWarnings(False)


@pytest.fixture
def imgenc(capsys):
    """Run the command in this process: status, lines on standard output, standard error."""

    def run(*arguments):
        capsys.readouterr()
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = ended.code
        told = capsys.readouterr()
        return status, [line.split("\t") for line in told.out.splitlines()], told.err

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of photos: two with smaller copies, a copy byte by byte, a flat one, another; and no picture."""
    folder = tmp_path_factory.mktemp("comparing") / "photos"
    folder.mkdir()
    for name, seed in (("a", 0), ("b", 1), ("c", 2)):
        Image.fromarray(photo(400, 300, seed)).save(folder / f"{name}.png")
    for name in "ab":
        Image.open(folder / f"{name}.png").resize((200, 150)).save(folder / f"{name} small.jpg", quality=80)
    shutil.copy(folder / "a.png", folder / "copy.png")
    for number in (1, 2):
        Image.fromarray(flat(50, 40 + number)).save(folder / f"flat {number}.png")
    (folder / "notes.txt").write_text("words")
    return folder


@pytest.fixture(scope="module")
def exports(made):
    """The folder in every format."""
    files = {}
    for file_format, name in {
        "encodings": "h.phash.json",
        "report": "report.json",
        "csv": "table.csv",
        "excel": "excel.csv",
        "npz": "arrays.npz",
        "xlsx": "workbook.xlsx",
    }.items():
        files[file_format] = made.parent / name
        assert cli.main([str(made), "--format", file_format, "-o", str(files[file_format])]) == 0
    return files


@pytest.fixture
def photos(made, tmp_path, monkeypatch):
    """A copy to work in, as the current folder's ``photos``."""
    shutil.copytree(made, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def dictionary(path, **hashes):
    path.write_text(json.dumps({name.replace("_", "."): value for name, value in hashes.items()}))
    return path


def test_like_prints_the_nearest_first_and_not_the_picture_itself(imgenc, photos):
    dictionary(photos.parent / "x.phash.json")

    status, lines, told = imgenc("photos", "--like", "photos/a.png")

    assert status == 0
    assert lines == [["0", "photos/a small.jpg"], ["0", "photos/copy.png", "same bytes"]]
    assert "8 pictures compared by PHash (within 10 bits), 2 pictures like it, 2 of one colour left out" in told


def test_the_query_is_known_by_any_way_to_it(imgenc, photos):
    Path("link").symlink_to("photos")

    _, lines, _ = imgenc("photos", "--like", "link/a.png")

    assert [line[1] for line in lines] == ["photos/a small.jpg", "photos/copy.png"]


def test_like_orders_by_distance_then_name_and_keeps_within(imgenc, tmp_path, photos):
    _, ((_, own),), _ = imgenc("photos/c.png")
    flipped = [f"{int(own, 16) ^ bits:016x}" for bits in (0b111, 1, 0b10, (1 << 11) - 1)]
    export = dictionary(tmp_path / "h.phash.json", three=flipped[0], z=flipped[1], y=flipped[2], eleven=flipped[3])

    mark = "origin not known"
    assert imgenc(export, "--like", "photos/c.png")[1] == [["1", "y", mark], ["1", "z", mark], ["3", "three", mark]]
    assert imgenc(export, "--like", "photos/c.png", "--within", 2)[1] == [["1", "y", mark], ["1", "z", mark]]
    assert len(imgenc(export, "--like", "photos/c.png", "--within", 11)[1]) == 4
    status, lines, told = imgenc(export, "--like", "photos/c.png", "--within", 0)
    assert (status, lines) == (0, [])
    assert "none like it" in told


def test_like_refuses_what_is_no_picture_or_flat(imgenc, photos):
    for file, words in (
        ("gone.png", "gone.png: The file is no longer there."),
        ("photos/notes.txt", "notes.txt: This file is not a picture."),
        ("photos/flat 1.png", "photos/flat 1.png is of one colour"),
    ):
        status, lines, told = imgenc("photos", "--like", file)
        assert (status, lines) == (1, []), file
        assert words in told


def test_groups_say_number_role_distance_path_and_facts(imgenc, photos):
    small, best = os.stat("photos/a small.jpg").st_size, os.stat("photos/a.png").st_size

    status, lines, told = imgenc("photos", "--groups")

    assert status == 0
    groups = {}
    for number, *rest in lines:
        groups.setdefault(number, []).append(rest)
    assert list(groups) == ["1", "2"]
    mine = next(group for group in groups.values() if any("a small" in row[2] for row in group))
    assert mine[0][0] == "reference"
    assert sorted(row[2] for row in mine) == ["photos/a small.jpg", "photos/a.png", "photos/copy.png"]
    assert ["member", "0", "photos/a small.jpg", "JPEG", "200x150", str(small), "-"] in mine
    copies = [row for row in mine if row[3] == "PNG"]
    assert [row[5] for row in copies] == [str(best)] * 2
    assert sorted(row[6] for row in copies) == ["-", "same bytes"]
    assert "8 pictures compared by PHash (within 10 bits), 2 groups of 5 pictures, 2 of one colour left out" in told
    assert "1 other file" in told


def test_a_picture_near_a_member_is_said_to_be(imgenc, tmp_path):
    export = dictionary(tmp_path / "h.phash.json", a="0" * 15 + "1", b="0" * 14 + "ff", c="0" * 12 + "ffff")

    _, lines, _ = imgenc(export, "--groups", "--within", 8)

    assert [line[1:4] for line in lines] == [["reference", "0", "a"], ["member", "7", "b"], ["near", "8", "c"]]
    assert lines[2][-1] == "origin not known; near b"


@pytest.mark.parametrize("file_format", ["encodings", "report", "csv", "excel", "npz", "xlsx"])
def test_an_export_serves_without_its_pictures(imgenc, photos, exports, file_format, tmp_path, monkeypatch):
    groups = {tuple(sorted((line[1], Path(line[3]).name) for line in lines)) for lines in by_group(imgenc, photos)}
    monkeypatch.setattr(comparing, "loaded_encoder", None)  # no picture is read

    status, lines, told = imgenc(exports[file_format], "--groups")

    assert status == 0
    names = [sorted(Path(line[3]).name for line in lines if line[0] == number) for number in ("1", "2")]
    assert sorted(names) == sorted(sorted(name for _, name in group) for group in groups)
    known = file_format in {"report", "npz", "xlsx"}
    assert ("origin not known" in told) != known
    assert all(line[-1].startswith("origin not known") != known for line in lines)
    if file_format == "report":
        assert "same bytes" in {line[-1] for line in lines}
    if known:  # the folder is, too
        assert all(Path(line[3]).parent.name == "photos" for line in lines)


def by_group(imgenc, folder):
    _, lines, _ = imgenc(folder, "--groups")
    return [[line for line in lines if line[0] == number] for number in {line[0] for line in lines}]


def test_a_picture_is_no_copy_of_itself(imgenc, photos, tmp_path):
    assert imgenc("photos", "--format", "report", "-o", "report.json")[0] == 0
    Path("link").symlink_to("photos")

    alone = imgenc("photos", "--groups")[1]

    assert imgenc("photos", "report.json", "--groups")[1] == alone
    assert imgenc("link", "report.json", "report.json", "--groups")[1] == [
        [line[0], line[1], line[2], line[3].replace("photos", "link"), *line[4:]] for line in alone
    ]


def test_files_of_one_export_are_one_table(imgenc, photos):
    assert imgenc("photos", "-m", "phash,dhash", "-o", "h.json")[0] == 0

    status, lines, _ = imgenc("h.phash.json", "h.dhash.json", "-m", "phash,dhash", "--groups")

    assert status == 0
    assert len(lines) == 5
    assert all(len(line[2].split(",")) == 2 for line in lines)


def test_what_a_file_does_not_say_is_asked_for(imgenc, tmp_path):
    export = dictionary(tmp_path / "h.json", a=HASH, b=NEAR)

    status, lines, told = imgenc(export, "--groups")
    assert (status, lines) == (2, [])
    assert "h.json doesn't say which method its encodings are from. Add -m with one of: phash, ahash" in told
    assert imgenc(export, "--groups", "-m", "phash,dhash")[0] == 2
    shutil.copy(export, tmp_path / "my. h.json")
    assert "my. h.json doesn't say which method" in imgenc(tmp_path / "my. h.json", "--groups")[2]
    status, lines, _ = imgenc(export, "--groups", "-m", "dhash")
    assert status == 0
    assert [line[1:4] for line in lines] == [["reference", "0", "a"], ["member", "1", "b"]]
    assert len(imgenc(export, "--groups", "-m", "dhash,cnn")[1]) == 2  # only one of these can it be


def test_methods_are_those_that_the_exports_hold(imgenc, tmp_path):
    export = dictionary(tmp_path / "h.dhash.json", a=HASH, b=NEAR)
    other = dictionary(tmp_path / "h.ahash.json", a=HASH)

    status, lines, told = imgenc(export, "--groups")
    assert (status, len(lines)) == (0, 2)
    assert "DHash (within 6 bits)" in told
    status, lines, told = imgenc(export, other, "--groups")
    assert (status, lines) == (1, [])
    assert "encodings of different methods can't be compared" in told
    assert "h.ahash.json holds ahash" in told
    status, lines, told = imgenc(export, "--groups", "-m", "phash")
    assert (status, lines) == (1, [])
    assert "2 pictures without an encoding by PHash left out" in told


def test_other_versions_are_never_compared(imgenc, photos):
    assert imgenc("photos", "--format", "report", "-o", "old.json")[0] == 0
    report = json.loads(Path("old.json").read_text())
    report["methods"][0]["version"] += 1
    Path("old.json").write_text(json.dumps(report))

    status, lines, told = imgenc("old.json", "--groups")
    assert (status, lines) == (1, [])
    assert "old.json (8 pictures): The encodings of PHash come from another version of it; they were left out." in told
    status, lines, told = imgenc("photos", "--against", "old.json")
    assert (status, lines) == (1, [])
    assert "old.json holds nothing to compare with" in told


def turned(path, target):
    report = json.loads(Path(path).read_text())
    report["options"]["apply_exif_orientation"] = True
    Path(target).write_text(json.dumps(report))


def test_other_rotations_are_never_compared(imgenc, photos, exports):
    shutil.copy(exports["report"], "plain.json")
    turned("plain.json", "turned.json")

    _, lines, told = imgenc("plain.json", "turned.json", "--groups")

    assert lines == imgenc("plain.json", "--groups")[1]
    assert (
        "turned.json: its 8 pictures were encoded turned upright first, unlike the others; they were left out" in told
    )


def test_exports_of_vectors_are_told_apart(imgenc, tmp_path):
    numbers = {"a": [1.0] * 1024, "b": [1.0, *[2.0] * 1023]}
    head = {"id": "cnn", "kind": "embedding", "length": 1024, "version": METHODS["cnn"].version}
    report = {
        "format": "imgenc report",
        "version": 2,
        "methods": [head],
        "options": {"apply_exif_orientation": False},
        "root": str(tmp_path / "photos"),
        "images": [{"path": path, "encodings": {"cnn": vector}, "warnings": []} for path, vector in numbers.items()],
        "failures": [],
        "other_files": [],
    }
    plain, other = tmp_path / "plain.json", tmp_path / "turned.json"
    plain.write_text(json.dumps(report))
    turned(plain, other)

    status, lines, told = imgenc(plain, other, other, "--groups")

    assert (status, len(lines)) == (0, 2)
    assert told.count("unlike the others") == 2


def test_pictures_are_encoded_as_those_of_the_export_were(imgenc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("card").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo(400, 300)).save("card/turned.png", exif=exif)
    Image.fromarray(np.rot90(photo(400, 300), -1)).save("upright.png")
    assert imgenc("upright.png", "--format", "report", "-o", "plain.json")[0] == 0
    turned("plain.json", "turned.json")

    assert imgenc("card", "--against", "plain.json")[1] == [["-", "card/turned.png", ""]]
    _, lines, told = imgenc("card", "--against", "turned.json")
    assert lines == [["0", "card/turned.png", "upright.png"]]
    assert "turned upright before they were encoded" in told
    assert imgenc("turned.json", "--like", "card/turned.png")[1] == [["0", "upright.png"]]


def test_pictures_are_turned_upright_where_that_is_asked_for(imgenc, tmp_path, monkeypatch):
    # GIVEN one picture twice, once as a camera stores it that was held upright
    monkeypatch.chdir(tmp_path)
    Path("card").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo(400, 300)).save("card/held.png", exif=exif)
    Image.fromarray(np.rot90(photo(400, 300), -1)).save("upright.png")

    # THEN it is found with --rotate alone, and exports say how they were made
    assert imgenc("card", "--like", "upright.png")[1] == []
    assert imgenc("card", "--like", "upright.png", "--rotate")[1] == [["0", "card/held.png"]]
    assert imgenc("card", "upright.png")[1][0][1] != imgenc("card", "upright.png", "--rotate")[1][0][1]
    for name, kind in {"turned.json": "report", "turned.npz": "npz", "turned.xlsx": "xlsx"}.items():
        assert imgenc("card", "--rotate", "--format", kind, "-o", name)[0] == 0
        assert imgenc("upright.png", "--against", name)[1] == [["0", "upright.png", "held.png"]]
    assert json.loads(Path("turned.json").read_text())["options"]["apply_exif_orientation"] is True

    # AND never beside what was made the other way
    assert imgenc("card", "--format", "report", "-o", "plain.json")[0] == 0
    status, lines, told = imgenc("upright.png", "--rotate", "--against", "plain.json")
    assert (status, lines) == (1, [])
    assert "encoded not turned upright, unlike the others" in told
    assert "leave --rotate out" in told
    status, lines, told = imgenc("upright.png", "card/held.png", "plain.json", "turned.json", "--rotate", "--groups")
    assert (status, len(lines)) == (0, 2)
    assert "plain.json: its 1 picture were" in told
    assert "turned.json: its" not in told


def test_against_says_of_each_picture_whether_it_is_there(imgenc, photos, exports):
    Image.fromarray(photo(300, 200, 4)).save("photos/new.png")
    Path("photos/notes.txt").unlink()

    status, lines, told = imgenc("photos", "--against", exports["report"])

    assert status == 0
    assert lines == [
        ["0", "photos/a small.jpg", "a small.jpg", "same bytes"],
        ["0", "photos/a.png", "a.png", "same bytes"],
        ["0", "photos/b small.jpg", "b small.jpg", "same bytes"],
        ["0", "photos/b.png", "b.png", "same bytes"],
        ["0", "photos/c.png", "c.png", "same bytes"],
        ["0", "photos/copy.png", "a.png", "same bytes"],
        ["0", "photos/flat 1.png", "flat 1.png", "same bytes"],
        ["0", "photos/flat 2.png", "flat 2.png", "same bytes"],
        ["-", "photos/new.png", ""],
    ]
    assert f"8 of them in {exports['report']}" in told


def test_against_finds_the_nearest(imgenc, tmp_path):
    theirs = dictionary(tmp_path / "theirs.phash.json", far=FAR, near=NEAR, near2=NEAR, beyond=BEYOND)
    ours = dictionary(tmp_path / "ours.phash.json", one=HASH, other="5" * 16)

    _, lines, told = imgenc(ours, "--against", theirs)

    assert lines == [["1", "one", "near", "origin not known"], ["-", "other", "", "origin not known"]]
    assert "1 of them in" in told
    assert imgenc(ours, "--against", theirs, "--within", 0)[1][0][0] == "-"


def test_a_method_that_an_export_lacks_is_told(imgenc, photos, exports):
    lacks = f"{exports['report']}: 8 pictures without an encoding by DHash compared by the other methods alone"

    for how in (["--groups"], ["--like", photos / "a.png"]):
        status, _, told = imgenc(exports["report"], *how, "-m", "phash,dhash")
        assert status == 0
        assert told.count("without an encoding") == 1
        assert lacks in told
    assert lacks in imgenc(photos, "--against", exports["report"], "-m", "phash,dhash")[2]
    for how in ([photos, "-m", "phash,dhash"], [exports["report"]]):
        assert "without an encoding" not in imgenc(*how, "--groups")[2]


def test_embeddings_and_several_methods(imgenc, tmp_path):
    chance = np.random.default_rng(0)
    one, other = chance.random((2, 1024), np.float32)
    near = one + 0.05 * other
    values = {name: vector.tolist() for name, vector in (("one", one), ("other", other), ("near", near))}
    Path(tmp_path / "v.json").write_text(json.dumps(values))  # by its length, it can only be the CNN's
    Path(tmp_path / "w.json").write_text(json.dumps({name: [value] for name, value in values.items()}))

    for name in ("v.json", "w.json"):
        status, lines, told = imgenc(tmp_path / name, "--groups")
        assert status == 0
        assert [line[1:4] for line in lines] == [
            ["reference", "1.0000", "near"],
            ["member", f"{cosine(one, near):.4f}", "one"],
        ]
        assert "CNN (from 0.9)" in told
    assert len(imgenc(tmp_path / "v.json", "--groups", "--similarity", "0.5")[1]) == 3
    dictionary(tmp_path / "v.phash.json", one=HASH, other=NEAR)
    shutil.move(tmp_path / "v.json", tmp_path / "v.cnn.json")
    _, lines, told = imgenc(tmp_path / "v.phash.json", tmp_path / "v.cnn.json", "-m", "phash,cnn", "--groups")
    assert [line[1:4] for line in lines] == [
        ["reference", "-,1.0000", "near"],
        ["member", f"-,{cosine(one, near):.4f}", "one"],
        ["near", f"1,{cosine(one, other):.4f}", "other"],
    ]
    assert "PHash (within 10 bits) or CNN (from 0.9)" in told


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_groups_as_json(imgenc, photos):
    status, lines, _ = imgenc("photos", "--groups", "-o", "photos/groups.json")

    assert (status, lines) == (0, [])
    written = json.loads(Path("photos/groups.json").read_text())
    assert written["format"] == "imgenc groups"
    assert written["methods"] == [{"id": "phash", "version": 1, "within_bits": 10}]
    assert written["options"] == {"apply_exif_orientation": False}
    assert written["root"] == str(photos)
    assert (written["compared"], written["flat"]) == (8, 2)
    mine = next(group["pictures"] for group in written["groups"] if len(group["pictures"]) == 3)
    assert [picture["role"] for picture in mine] == ["reference", "member", "member"]
    best = mine[0]["path"]
    copy = next(picture for picture in mine if "same_bytes_as" in picture)
    assert {best, copy["path"]} == {"a.png", "copy.png"}
    assert copy["same_bytes_as"] == best
    assert copy["xxh3_128"] == mine[0]["xxh3_128"]
    small = next(picture for picture in mine if picture["path"] == "a small.jpg")
    assert small["compared_by"] == {"phash": {"distance": 0, "likeness": "identical"}}
    assert (small["width"], small["height"], small["format"]) == (200, 150, "JPEG")
    before = Path("photos/groups.json").read_bytes()
    assert "1 other file" in imgenc("photos", "--groups", "-o", "photos/groups.json")[2]  # its own output is none
    assert Path("photos/groups.json").read_bytes() == before


def test_groups_and_matches_as_csv(imgenc, photos, exports):
    assert imgenc("photos", "--groups", "-o", "groups.csv")[0] == 0
    with open("groups.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    assert {row["group"] for row in rows} == {"1", "2"}
    assert {row["phash"] for row in rows} == {"0"}
    assert {row["origin"] for row in rows} == {"known"}
    assert imgenc("photos", "--against", exports["encodings"], "-o", "matches.csv")[0] == 0
    with open("matches.csv", newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert (rows["a.png"]["match"], rows["a.png"]["phash"], rows["a.png"]["origin"]) == (
        "a small.jpg",
        "0",
        "not known",
    )
    assert rows["flat 1.png"]["match"] == ""


def test_matches_as_json(imgenc, photos, exports):
    assert imgenc("photos", "--against", exports["report"], "-o", "matches.json")[0] == 0

    written = json.loads(Path("matches.json").read_text())
    assert written["format"] == "imgenc matches"
    assert written["export"] == str(exports["report"])
    found = {picture["path"]: picture["match"] for picture in written["pictures"]}
    assert found["copy.png"]["path"] == "a.png"
    assert found["copy.png"]["same_bytes"] is True
    assert found["copy.png"]["compared_by"] == {"phash": {"distance": 0, "likeness": "identical"}}


@pytest.mark.parametrize("within", [None, 0, 24])
@pytest.mark.parametrize("method", ["phash", "dhash"])
def test_imagededups_shape_is_what_it_gives_itself(imgenc, photos, method, within):
    from imagededup import methods

    Path("photos/notes.txt").unlink()
    judge = getattr(methods, {"phash": "PHash", "dhash": "DHash"}[method])(verbose=False)
    with horizontal_first():
        encodings = judge.encode_images(image_dir="photos", num_enc_workers=0)
    Path("dedup.json").write_text(json.dumps(encodings))
    bits = {"phash": 10, "dhash": 6}[method] if within is None else within
    expected = judge.find_duplicates(encoding_map=encodings, max_distance_threshold=bits, num_dist_workers=0)
    options = [] if within is None else ["--within", within]

    for path in ("photos", "dedup.json"):
        arguments = [path, "-m", method, "--groups", "--format", "imagededup", "-o", "found.json", *options]
        assert imgenc(*arguments)[0] == 0
        found = json.loads(Path("found.json").read_text())
        assert {name: sorted(others) for name, others in found.items()} == {
            name: sorted(others) for name, others in expected.items()
        }


def test_a_dictionary_of_imagededups_own_network_is_refused(imgenc, tmp_path):
    (tmp_path / "cnn.json").write_text(json.dumps({"a.jpg": [0.5] * 576}))

    for options in (["-m", "cnn"], []):
        status, lines, told = imgenc(tmp_path / "cnn.json", "--groups", *options)
        assert (status, lines) == (1, [])
        assert "cnn.json can't be read as an export" in told


def test_damaged_and_foreign_exports(imgenc, photos, exports):
    whole = exports["report"].read_bytes()
    Path("cut.json").write_bytes(whole[: len(whole) // 2])
    Path("other.json").write_text('{"settings": true}')
    Path("empty.json").write_text("{}")

    for arguments in (["photos", "cut.json", "--groups"], ["photos", "--against", "cut.json"]):
        status, lines, told = imgenc(*arguments)
        assert (status, lines) == (1, [])
        assert "cut.json can't be read as an export: it breaks off" in told
    for name, words in (
        ("other.json", "other.json is not an export of imgenc's"),
        ("gone.json", "gone.json can't be read: No such file"),
        ("photos", "photos is not a file"),
        ("empty.json", "empty.json holds nothing to compare with"),
    ):
        status, lines, told = imgenc("photos", "--against", name)
        assert (status, lines) == (1, []), name
        assert words in told
    status, lines, told = imgenc("photos", "other.json", "--groups")  # as a shell's * gives it
    assert (status, len(lines)) == (0, 5)
    assert "other.json is not an export of imgenc's" in told
    assert imgenc("empty.json", "other.json", "gone.json", "--groups")[0] == 1


def test_nothing_alike_is_no_failure(imgenc, tmp_path):
    export = dictionary(tmp_path / "h.phash.json", a=HASH, b=BEYOND)

    status, lines, told = imgenc(export, "--groups")
    assert (status, lines) == (0, [])
    assert "none are alike" in told
    assert imgenc(export, "--groups", "-o", tmp_path / "g.json")[0] == 0
    assert json.loads((tmp_path / "g.json").read_text())["groups"] == []


def test_an_export_that_is_read_is_never_written_over(imgenc, photos, exports):
    library = Path(shutil.copy(exports["report"], "library.json"))
    before = library.read_bytes()
    Path("link.json").symlink_to("library.json")

    for arguments in (
        ["photos", "--against", "library.json"],
        ["library.json", "--groups"],
        ["link.json", "photos", "--groups", "--format", "imagededup"],
        ["photos", "library.json", "--format", "report"],
    ):
        status, _, told = imgenc(*arguments, "-o", library.resolve())
        assert status == 2, arguments
        assert "library.json is one of the exports given, and would be lost: give -o another." in told
        assert library.read_bytes() == before
    assert imgenc("photos", "--against", "library.json", "-o", "found.json")[0] == 0
    status, _, told = imgenc("photos", "found.json", "--groups", "-o", "found.json")  # a second run of `*`
    assert (status, "found.json is one of the files given, and would be lost" in told) == (2, True)


def test_what_another_version_made_is_left_out_and_its_origin_is_known(imgenc, photos, exports):
    text = exports["report"].read_text()
    Path("later.json").write_text(text.replace('"length": 64, "version": 1', '"length": 64, "version": 7'))

    status, _, told = imgenc("photos", "later.json", "--groups")

    assert status == 0
    assert (
        "later.json (8 pictures): The encodings of PHash come from another version of it; they were left out." in told
    )
    assert "origin not known" not in told


def test_flat_pictures_that_are_known_by_their_bytes_are_not_said_to_be_left_out(imgenc, photos, exports):
    status, lines, told = imgenc("photos", "--against", exports["report"])

    assert (status, len(lines)) == (0, 8)
    assert {line[3] for line in lines if "flat" in line[1]} == {"same bytes"}
    assert "8 of them in" in told
    assert "2 of one colour told by their bytes alone" in told
    assert "left out" not in told


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell's way to close a stream")
def test_only_a_closed_output_is_a_failure(photos):
    for closing, status in ((">&-", 1), ("2>&-", 0), (">&- 2>&-", 1)):
        run = subprocess.run(
            ["sh", "-c", f'"$@" {closing}', "sh", *COMMAND, "photos", "--groups"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == status, closing
        assert bool(run.stdout) == (status == 0)
        assert b"Traceback" not in run.stderr


def test_only_flat_pictures(imgenc, photos):
    status, lines, told = imgenc("photos/flat 1.png", "photos/flat 2.png", "--groups")

    assert (status, lines) == (0, [])
    assert "2 of one colour left out" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a", "--groups", "--like", "b"], "not allowed with"),
        (["a", "--groups", "--against", "b"], "not allowed with"),
        (["a", "--within", "3"], "add --like FILE, --groups or --against EXPORT"),
        (["a", "--similarity", "0.9", "-m", "cnn", "-o", "a.json"], "add --like FILE, --groups or --against EXPORT"),
        (["a", "--groups", "--within", "65"], "0 to 64"),
        (["a", "--groups", "--within=-1"], "0 to 64"),
        (["a", "--groups", "--within", "²"], "0 to 64"),
        (["a", "--groups", "--similarity", "1.1"], "from -1 to 1"),
        (["a", "--groups", "--similarity", "nan"], "from -1 to 1"),
        (["a", "--groups", "--within", "3", "-m", "cnn"], "use --similarity"),
        (["a", "--groups", "--similarity", "0.9", "-m", "phash"], "use --within"),
        (["a", "--groups", "--similarity", "0.9"], "--similarity is for embeddings, and PHash is compared"),
        (["a", "--groups", "-o", "a.npz"], "must end in .json, .csv or .xlsx"),
        (["a", "--groups", "-o", "a.csv", "--format", "groups"], "ends in .json"),
        (["a", "--groups", "-o", "a.json", "--format", "csv"], "ends in .csv"),
        (["a", "--groups", "-o", "a.json", "--format", "report"], "groups, imagededup, csv"),
        (["a", "--groups", "--format", "imagededup"], "add -o FILE"),
        (["a", "--groups", "-o", "a.json", "--format", "imagededup", "-m", "phash,dhash"], "room for one method"),
        (["a", "--against", "b", "-o", "a.json", "--format", "imagededup"], "is for --groups"),
        (["a", "-o", "a.json", "--format", "groups"], "is for --groups"),
        (["a", "--like", "b", "-o", "a.json"], "leave -o out"),
        (["a", "--groups", "-0", "-o", "a.json"], "-0 is for lines"),
    ],
)
def test_wrong_usage(arguments, words, imgenc):
    status, lines, told = imgenc(*arguments)

    assert (status, lines) == (2, [])
    assert words in told


def test_an_export_alone_says_what_it_is_for(imgenc, exports):
    status, lines, told = imgenc(exports["report"])

    assert (status, lines) == (1, [])
    assert "is an export: to compare what it holds, add --like FILE, --groups or --against EXPORT" in told


def test_names_forge_nothing(imgenc, tmp_path):
    name = "a\tb\n1\treference\x1b[31m"
    export = dictionary(tmp_path / "h.phash.json", **{name: HASH, "z": HASH, "y": f"{int(HASH, 16) ^ 0x3FF:016x}"})

    for arguments in (["--groups"], ["--against", export]):
        status, lines, told = imgenc(export, *arguments)
        assert status == 0
        assert len(lines) == 3
        assert {len(line) for line in lines} == {8 if arguments == ["--groups"] else 4}
        assert "\x1b" not in "".join("".join(line) for line in lines) + told


def run_bytes(*arguments, cwd):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows doesn't allow")
def test_programs_get_names_as_they_are(photos):
    odd = b"na\xffme\twith\n.png"
    shutil.copy("photos/c.png", os.path.join(os.fsencode("photos"), odd))

    like = run_bytes("photos", "--like", "photos/c.png", "-0", cwd=photos.parent)
    assert like.stdout == b"0\tphotos/" + odd + b"\0"
    assert run_bytes("photos", "--format", "report", "-o", "r.json", cwd=photos.parent).returncode == 0
    Path("photos/c.png").unlink()
    against = run_bytes("photos", "--against", "r.json", "-0", cwd=photos.parent)
    fields = against.stdout.split(b"\0")
    assert fields.pop() == b""
    assert dict(zip(fields[::2], fields[1::2], strict=True))[b"0\tphotos/" + odd] == b"c.png"
    groups = run_bytes("photos", "r.json", "--groups", "-0", cwd=photos.parent)
    records = [record.split(b"\t", 3) for record in groups.stdout.split(b"\0")[:-1]]
    assert b"photos/" + odd in {record[3].rsplit(b"\t", 4)[0] for record in records}


def test_the_command_itself(photos):
    shown = run_bytes("photos", "--groups", cwd=photos.parent)

    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) == 5
    assert b"%" not in shown.stderr  # no progress bar off a terminal
    code = (
        "import sys; from imgenc_gui.cli import main; status = main(['h.phash.json', '--groups']);"
        "sys.exit(status or any(name in sys.modules for name in ('torch', 'scipy', 'numba', 'PySide6', 'imagededup')))"
    )
    dictionary(photos.parent / "h.phash.json", a=HASH, b=NEAR)
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=photos.parent,
        timeout=60,
        check=False,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    assert run.returncode == 0


def test_a_reader_that_goes_away_is_no_failure(tmp_path):
    hashes = {f"{number:05}": f"{number // 2 * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(2, 40_000)}
    export = dictionary(tmp_path / "h.phash.json", **hashes)
    process = subprocess.Popen(
        [*COMMAND, str(export), "--groups"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    with process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(60) == 0
    assert b"Traceback" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send Ctrl+C to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_has_compared_nothing(tmp_path, number):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.fromarray(photo(1500, 1000)).save(pictures / "00000.jpg", quality=90)
    for i in range(1, 20_000):
        os.link(pictures / "00000.jpg", pictures / f"{i:05}.jpg")
    (tmp_path / "g.json").write_text("before")
    export = dictionary(tmp_path / "h.phash.json", a=HASH)
    process = subprocess.Popen(
        [*COMMAND, pictures, export, "--groups", "-o", tmp_path / "g.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    try:
        assert "origin not known" in process.stderr.readline()  # it is at work
        time.sleep(1)
        process.send_signal(number)
        out, errors = process.communicate(timeout=120)  # a hang, not a measurement
    finally:
        process.kill()

    assert process.returncode == 130, errors
    assert out == ""
    assert "stopped" in errors
    assert "Traceback" not in errors
    assert (tmp_path / "g.json").read_text() == "before"
    assert not list(tmp_path.glob(".imgenc-*"))


def test_whoever_interrupts_does_not_wait_for_the_kernel(imgenc, tmp_path, monkeypatch):
    export = dictionary(tmp_path / "h.phash.json", a=HASH, b=NEAR)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupted(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    abandoned = []
    monkeypatch.setattr(comparing, "grouped", interrupted)
    monkeypatch.setattr(KERNEL, "abandon", lambda: abandoned.append(True))

    assert imgenc(export, "--groups")[0] == 130
    assert abandoned == [True]
    assert {number: signal.getsignal(number) for number in before} == before


def test_output_that_cannot_be_written(imgenc, photos, exports):
    for options in (["--groups"], ["--groups", "--format", "imagededup"], ["--against", exports["report"]]):
        status, lines, told = imgenc("photos", *options, "-o", "gone/g.json")
        assert (status, lines) == (1, [])
        assert "The folder gone doesn't exist" in told.replace(f"{photos.parent}/", "")


def test_what_cannot_be_written_is_told_before_anything_is_encoded(imgenc, made, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(comparing.Pictures, "results", lambda *_, **__: begun.append(True) or iter(()))

    status, lines, told = imgenc(made, "--groups", "-o", tmp_path / "nowhere" / "groups.csv")

    assert (status, lines) == (1, [])
    assert told == f"imgenc: The folder {tmp_path / 'nowhere'} doesn't exist. It may have been moved or renamed.\n"
    assert begun == []
