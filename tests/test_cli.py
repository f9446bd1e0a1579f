"""The command, as people and scripts use it: real processes."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from imgenc_gui import cli
from imgenc_gui.command import pictures
from imgenc_gui.core.library import showing
from imgenc_gui.core.networks import mobilenet_v1
from imgenc_gui.core.networks.loading import NETWORKS
from tests.pictures import HASHES, photo

pytestmark = pytest.mark.slow  # processes of its own for most tests

DATA = Path(__file__).parent / "data"
IMAGES = DATA / "images"
GOLDEN = json.loads((DATA / "hashes.json").read_text())
COMMAND = [sys.executable, "-m", "imgenc_gui.cli"]
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def warnings_stay_warnings():
    yield
    logging.captureWarnings(False)  # as the command leaves them where it is called in this process


def imgenc(*arguments, cwd=None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        cwd=cwd,
        env=environment,
    )


def test_a_line_per_picture(tmp_path):
    for i in range(3):
        Image.fromarray(photo(50, 40, i)).save(tmp_path / f"{2 - i}.png")
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "bad.jpg").write_text("words")

    run = imgenc(tmp_path, "-m", "phash,ahash")

    lines = [line.split("\t") for line in run.stdout.splitlines()]
    assert [Path(line[0]).name for line in lines] == ["0.png", "1.png", "2.png"]
    assert all(len(line) == 3 and len(line[1]) == len(line[2]) == 16 for line in lines)
    assert run.returncode == 0
    assert "bad.jpg: The file is named like a picture" in run.stderr
    assert "3 encoded, 1 could not be read, 1 other file" in run.stderr
    assert "%" not in run.stderr  # no progress bar off a terminal


def test_thumbnails_are_written_where_they_are_asked_for(tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(photo(300, 150)).save(tmp_path / name)
    (tmp_path / "c.jpg").write_text("words")
    for extra, expected in ([], []), (["--thumbnails"], [1, 2]), (["--thumbnails", "--no-cache"], [1, 2]):
        run = imgenc(tmp_path, "-o", tmp_path / "x.xlsx", *extra)
        assert run.returncode == 0, run.stderr
        with closing(openpyxl.load_workbook(tmp_path / "x.xlsx")) as book:
            images = book.worksheets[0]._images
        assert [image.anchor._from.row for image in images] == expected
        assert {(image.width, image.height) for image in images} <= {(96, 48)}


def test_more_thumbnails_than_a_workbook_takes_are_refused_before_anything_is_read(tmp_path, monkeypatch, capsys):
    for name in ("a.png", "b.png"):
        Image.fromarray(photo(50, 40)).save(tmp_path / name)
    monkeypatch.setattr(cli, "MOST_THUMBNAILS", 1)
    assert cli.main([str(tmp_path), "-o", str(tmp_path / "x.xlsx"), "--thumbnails"]) == 2
    assert "1 thumbnails at most, and these are 2 files" in capsys.readouterr().err
    assert not (tmp_path / "x.xlsx").exists()


def test_lines_that_were_broken_off_do_not_pass_for_all(tmp_path, monkeypatch, capsys):
    for i in range(3):
        Image.fromarray(photo(50, 40, i)).save(tmp_path / f"{i}.png")
    encode_in_order = pictures.encode_in_order

    def interrupted(*arguments):
        with closing(encode_in_order(*arguments)) as results:
            yield next(results)
            signal.raise_signal(signal.SIGINT)
            yield from results

    monkeypatch.setattr(pictures, "encode_in_order", interrupted)
    assert cli.main([str(tmp_path)]) == 130
    told = capsys.readouterr()
    assert "0.png\t" in told.out
    assert "stopped; what was done is kept" in told.err


def test_ctrl_c_waits_for_no_thumbnails(tmp_path, monkeypatch):
    names = [f"{i}.png" for i in range(4)]
    for name in names:
        Image.fromarray(photo(50, 40)).save(tmp_path / name)
    assert cli.main([str(tmp_path), "-o", str(tmp_path / "x.csv")]) == 0  # now all are known at once
    read = []

    def interrupted(path, _longest, _stop):
        read.append(path)
        signal.raise_signal(signal.SIGINT)
        return photo(50, 40)

    monkeypatch.setattr(showing, "small_reader", lambda _library: interrupted)
    assert cli.main([str(tmp_path), "-o", str(tmp_path / "x.xlsx"), "--thumbnails", "--exclude", "*.csv"]) == 130
    assert len(read) == 1
    with closing(openpyxl.load_workbook(tmp_path / "x.xlsx")) as book:
        assert [row[0] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == names


def test_what_can_be_read_of_damaged_pictures_is_encoded_where_that_is_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo(96, 72)).save("a.jpg", quality=60)
    Image.fromarray(photo(96, 72)).save("part.jpg", quality=95)  # more bytes make a better picture
    data = Path("part.jpg").read_bytes()
    Path("part.jpg").write_bytes(data[: len(data) * 2 // 3])
    Path("nothing.jpg").write_bytes(data[:100])

    def told(*arguments):
        assert cli.main(["a.jpg", "part.jpg", "nothing.jpg", *arguments]) == 0
        out, err = capsys.readouterr()
        return [line.split("\t")[0] for line in out.splitlines()], err

    for _ in range(2):  # also from the library, where both are kept
        lines, words = told()
        assert lines == ["a.jpg"]
        assert "part.jpg: The picture is damaged or incomplete" in words
        assert "2 could not be read" in words
        lines, words = told("--damaged")
        assert lines == ["a.jpg", "part.jpg"]
        assert "part.jpg: The picture is damaged: about 6" in words
        assert "1 of them damaged, 1 could not be read" in words
    # AND reports say it of all and of each, and so does who compares by them
    told("--damaged", "--format", "report", "-o", "r.json")
    report = json.loads(Path("r.json").read_text())
    assert report["options"]["damaged"] is True
    assert [[one["code"] for one in image["warnings"]] for image in report["images"]] == [[], ["incomplete"]]
    for name in ("h.xlsx", "h.csv", "h.npz"):
        told("--damaged", "-o", name)
    for name in ("r.json", "h.xlsx", "h.csv", "h.npz"):
        assert cli.main([name, "--groups", "--within", "64"]) == 0
        lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        assert [(line[1], Path(line[3]).name, "damaged" in line[-1]) for line in lines] == [
            ("reference", "a.jpg", False),
            ("member", "part.jpg", True),
        ], name


def test_what_is_excluded_is_left_out_of_folders_and_counted(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.tif", "old/c.png", "sub/d.tif", "sub/e.png"):
        Path("photos", name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(50, 40)).save(Path("photos", name))

    def told(*arguments):
        excluded = ["--exclude", "*.tif", "--exclude", "photos/old"]
        assert cli.main(["photos", *arguments, "-r", "--no-cache", *excluded]) == 0
        out, err = capsys.readouterr()
        return [line.split("\t")[0] for line in out.splitlines()], err

    assert told() == (["photos/a.png", "photos/sub/e.png"], "imgenc: left out by --exclude: 2 files and 1 folder\n")
    # AND what is named itself is taken
    assert told("photos/b.tif")[0] == ["photos/a.png", "photos/b.tif", "photos/sub/e.png"]
    assert "2 pictures compared" in told("--groups")[1]
    with pytest.raises(SystemExit, match="2"):
        cli.main(["photos", "--exclude", "/"])
    assert "--exclude" in capsys.readouterr().err


def test_what_is_no_picture_is_in_reports_alone_unless_it_is_named_and_what_programs_keep_is_left_out(
    tmp_path, capsys, monkeypatch
):
    # GIVEN a picture, a text beside it, and what a network drive keeps in two folders
    monkeypatch.chdir(tmp_path)
    Path("photos/@eaDir").mkdir(parents=True)
    Path("photos/sub/@eaDir").mkdir(parents=True)
    Image.fromarray(photo(50, 40, 1)).save("photos/a.png")
    Image.fromarray(photo(50, 40, 2)).save("photos/@eaDir/a.png")
    Path("photos/notes.xmp").write_text("words")

    def written(*arguments):
        assert cli.main([*arguments, "--no-cache"]) == 0
        return capsys.readouterr().err

    # WHEN they are written THEN the table has the picture, and what was left out is said once
    told = written("photos", "-r", "-o", "a.csv")
    assert [line.split(",")[0] for line in Path("a.csv").read_text().splitlines()] == ["path", "a.png"]
    assert told.count("@eaDir") == 1
    assert "1 encoded, 0 could not be read, 1 other file" in told
    # AND the report lists the other file, too, and so does a table for which it was named
    written("photos", "--format", "report", "-o", "r.json")
    assert json.loads(Path("r.json").read_text())["other_files"] == ["notes.xmp"]
    written("photos/a.png", "photos/notes.xmp", "-o", "b.csv")
    assert "notes.xmp" in Path("b.csv").read_text()


def test_paths_stand_before_between_and_after_options(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png", "c.png", "-r.png", "--"):
        with open(name, "wb") as file:
            Image.fromarray(photo(50, 40)).save(file, "PNG")
    for arguments, names in (
        ("a.png -m ahash b.png --exclude x c.png", ["a.png", "b.png", "c.png"]),
        ("-- -r.png", ["-r.png"]),
        ("a.png -m ahash b.png -- -r.png --", ["--", "-r.png", "a.png", "b.png"]),
    ):
        assert cli.main(arguments.split()) == 0
        assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == names


def test_paths_are_shown_as_they_were_given(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "a.png")

    assert imgenc("a.png", cwd=tmp_path).stdout.startswith("a.png\t")
    assert imgenc(tmp_path / "a.png", cwd=tmp_path).stdout.startswith(f"{tmp_path / 'a.png'}\t")


@pytest.mark.slow
def test_the_report_holds_every_encoding_of_the_reference(tmp_path):
    arguments = [str(IMAGES), "-r", "-m", "all", "--format", "report", "-o", str(tmp_path / "report.json")]

    assert cli.main(arguments) == 0
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    images = {image["path"]: image for image in report["images"]}
    vectors = np.load(DATA / "cnn_vectors.npz")
    assert set(images) == {name for name, hashes in GOLDEN.items() if hashes["PHash"]}
    for name, image in images.items():
        assert [image["encodings"][method.lower()] for method in HASHES] == [GOLDEN[name][m] for m in HASHES]
        np.testing.assert_allclose(image["encodings"]["cnn"], vectors[name], atol=1e-3, rtol=0)
    assert {failure["code"] for failure in report["failures"]} == {"damaged"}


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(tmp_path):
    assert cli.main([str(IMAGES), "-r", "-m", "all", "-o", str(tmp_path / "a.csv")]) == 0
    run = imgenc(IMAGES, "-r", "-m", "all", "-o", tmp_path / "b.csv")  # a process whose strings have other hashes
    assert run.returncode == 0, run.stderr

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_several_methods_make_several_files(tmp_path):
    assert imgenc(IMAGES / "base_images", "-m", "phash,dhash", "-o", tmp_path / "h.json").returncode == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.dhash.json", "h.phash.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required"),
        (["a", "-m", "md5"], "unknown method md5; phash, ahash, dhash, whash, cnn or all"),
        (["a", "-m", ","], "unknown method"),
        (["a", "-m", "cnn"], "one of CNN is 1024 numbers): add -o FILE"),
        (["a", "-m", "all"], "-o FILE"),
        (["a", "--format", "csv"], "-o FILE"),
        (["a", "-o", "a.csv", "--thumbnails"], "--thumbnails is for a workbook: a file that ends in .xlsx"),
        (["a", "--thumbnails"], "--thumbnails is for encodings in a workbook: add -o FILE.xlsx"),
        (["a", "--groups", "-o", "a.xlsx", "--thumbnails"], "--thumbnails is for encodings in a workbook"),
        (["a", "-o", "a.txt"], "must end in .json, .xlsx, .csv or .npz"),
        (["a", "-o", "a.json", "--format", "csv"], "ends in .csv"),
        (["a", "-0", "-o", "a.json"], "-0 is for lines on standard output"),
        (["a", "--workers", "0"], "1 or more"),
        (["a", "--workers", "many"], "1 or more"),
        (["a", "-o", "a.json", "--format", "json"], "invalid choice: json (choose from encodings, xlsx, csv"),
        (["a", "--workers", "9" * 5000], "--workers: must be a number, 1 or more"),
        (["a", "--within", "9" * 5000], "--within: must be a number of bits"),
    ],
)
def test_wrong_usage(arguments, words, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)

    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_nothing_encoded_is_status_1_and_keeps_the_old_file(tmp_path):
    (tmp_path / "a.jpg").write_text("words")
    target = tmp_path / "out.json"
    target.write_text("{}")

    run = imgenc(tmp_path / "a.jpg", tmp_path / "gone.jpg", "-o", target)

    assert run.returncode == 1
    assert "gone.jpg: " in run.stderr
    assert target.read_text() == "{}"


def test_an_empty_folder_says_so(tmp_path):
    run = imgenc(tmp_path)

    assert run.returncode == 1
    assert "0 encoded" in run.stderr


def test_a_run_leaves_its_own_output_out(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "a.png")
    target = tmp_path / "out.csv"
    assert imgenc(tmp_path, "-o", target).returncode == 0
    first = target.read_bytes()

    assert imgenc(tmp_path, "-o", target).returncode == 0

    assert target.read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["x.csv", "a.png"], "x.csv"),
        (["x.csv", "a.png"], "./link.csv"),
        (["link.csv", "a.png"], "x.csv"),
        (["hard.csv", "a.png"], "x.csv"),
        (["x.phash.json", "a.png", "-m", "phash,dhash"], "x.json"),
        (["a.png", "--against", "x.csv"], "x.csv"),
        (["a.png", "x.csv", "--groups"], "x.csv"),
    ],
)
def test_nothing_that_is_given_is_written_over(arguments, output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo(50, 40)).save("a.png")
    for name in ("x.csv", "x.phash.json"):
        Path(name).write_text("my own, and worth keeping")
    Path("link.csv").symlink_to("x.csv")
    Path("hard.csv").hardlink_to("x.csv")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(SystemExit) as caught:
        cli.main([*arguments, "-o", output])

    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert "and would be lost: give -o another." in told
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("how", ["in a folder", "a link", "another name", "of several"])
def test_no_picture_is_written_over(how, tmp_path, monkeypatch, capsys):
    """A picture is one by its content, whatever its name; it may lie in the folder, or be led to by a link."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    Image.fromarray(photo(50, 40)).save("photos/a.png")
    before = Path("photos/a.png").read_bytes()
    target, several = {
        "in a folder": ("photos/a.json", []),
        "a link": ("photos/link.json", []),
        "another name": ("photos/hard.json", []),
        "of several": ("photos/h.json", ["-m", "phash,dhash"]),
    }[how]
    if how == "in a folder":
        Path("photos/a.png").rename("photos/a.json")
    Path("photos/link.json").symlink_to("a.png")
    if how == "another name":
        Path("photos/hard.json").hardlink_to("photos/a.png")
    if how == "of several":
        Path("photos/h.dhash.json").write_bytes(before)

    with pytest.raises(SystemExit) as caught:
        cli.main(["photos", *several, "-o", target])

    assert caught.value.code == 2
    assert "is a picture, and imgenc never changes pictures: give -o another." in capsys.readouterr().err
    picture = "photos/h.dhash.json" if how == "of several" else "photos/a.json" if how == "in a folder" else target
    assert Path(picture).read_bytes() == before


def test_a_run_over_a_folder_puts_back_what_a_killed_export_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo(50, 40)).save("a.png")
    Path("h.phash.json").write_text("new")
    status = Path("h.phash.json").stat()
    Path(".imgenc-0123456789abcdef.old").write_text("old")
    change = {"name": "h.phash.json", "old": ".imgenc-0123456789abcdef.old"}
    change |= {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
    journal = {"version": 1, "files": [change]}
    Path(".imgenc-0123456789abcdef.journal").write_text(json.dumps(journal) + "\n")

    assert cli.main(["."]) == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "h.phash.json"]
    assert Path("h.phash.json").read_text() == "old"


def test_any_name_can_be_printed(tmp_path):
    for name in ("写真😀.png", "é.png", os.fsdecode(b"\xff.png")):
        Image.fromarray(photo(50, 40)).save(tmp_path / name)
    (tmp_path / "写.jpg").write_bytes(b"")
    run = subprocess.run(
        [*COMMAND, tmp_path],
        capture_output=True,
        timeout=60,
        check=False,
        env=dict(os.environ, PYTHONPATH=str(ROOT), PYTHONIOENCODING="cp1252"),
    )

    assert run.returncode == 0, run.stderr
    printed = sorted(os.path.basename(line.split(b"\t")[0]) for line in run.stdout.splitlines())
    assert printed == sorted([rb"\xff.png", "é.png".encode(), "写真😀.png".encode()])


HOSTILE = os.fsdecode(b"a\nb.png\tffffffffffffffff\x1b[31m\xe2\x80\xae\xff\\.png")
HOSTILE_SHOWN = rb"a\x0ab.png\x09ffffffffffffffff\x1b[31m\u202e\xff\\.png"
posix = pytest.mark.skipif(sys.platform == "win32", reason="names that Windows doesn't allow")


def run_bytes(*arguments, cwd):
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )


@posix
def test_a_name_forges_no_line(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "good.png")
    (tmp_path / "good.png").rename(tmp_path / HOSTILE)
    (tmp_path / f"{HOSTILE}.jpg").write_bytes(b"")

    run = run_bytes(".", f"{HOSTILE}.gone", cwd=tmp_path)

    (line,) = run.stdout.splitlines()
    name, encoding = line.split(b"\t")
    assert name == HOSTILE_SHOWN
    assert len(encoding) == 16
    assert run.stderr.splitlines() == [
        HOSTILE_SHOWN + b".gone: There is no such file or folder. It may have been moved or renamed.",
        HOSTILE_SHOWN + b".jpg: The file is empty.",
        b"imgenc: 1 encoded, 2 could not be read",
    ]


@posix
def test_programs_get_each_name_as_it_is(tmp_path):
    for number, name in enumerate(("plain.png", HOSTILE)):
        Image.fromarray(photo(50, 40, number)).save(tmp_path / "new.png")
        (tmp_path / "new.png").rename(tmp_path / name)

    run = run_bytes("-0", ".", "-m", "phash,dhash", cwd=tmp_path)

    *records, rest = run.stdout.split(b"\0")
    assert rest == b""
    assert [record.rsplit(b"\t", 2)[0] for record in records] == [os.fsencode(HOSTILE), b"plain.png"]
    assert all(len(encoding) == 16 for record in records for encoding in record.rsplit(b"\t", 2)[1:])


@posix
@pytest.mark.parametrize("option", ["-o", "-m", "--no-such-option="])
def test_refusals_repeat_only_printable_text(option, tmp_path):
    run = run_bytes("a.png", f"{option}{HOSTILE}", cwd=tmp_path)

    assert run.returncode == 2
    *_, last = run.stderr.splitlines()
    assert last.startswith(b"imgenc: error: ")
    assert rb"a\x0ab.png\x09ffffffffffffffff\x1b[31m\u202e" in last


def test_what_cannot_be_listed_stands_in_the_report_and_the_table(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "b.png")

    for target in ("r.json", "t.csv"):
        chosen = ["--format", "report"] if target == "r.json" else []
        paths = ["gone/a.png", "b.png", "z", "z"]
        assert imgenc(*paths, "-o", tmp_path / target, *chosen, cwd=tmp_path).returncode == 0

    report = json.loads((tmp_path / "r.json").read_text())
    told = [(failure["path"], failure["code"], failure["reason"]) for failure in report["failures"]]
    reason = "There is no such file or folder. It may have been moved or renamed."
    assert told == [("gone/a.png", "gone", reason), ("z", "gone", reason)]
    assert report["counts"] == {"encoded": 1, "failed": 2, "other_files": 0}
    table = (tmp_path / "t.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in table] == ["path", "b.png", "gone/a.png", "z"]
    assert f"gone,{reason}" in table[2]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
def test_output_that_cannot_be_written(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "a.png")
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [*COMMAND, tmp_path],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
            env=dict(os.environ, PYTHONPATH=str(ROOT)),
        )

    assert run.returncode == 1
    assert b"can't be written" in run.stderr
    assert b"Traceback" not in run.stderr


def test_version():
    assert imgenc("--version").stdout.startswith("imgenc 0.")


def test_hashes_never_import_an_engine(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "a.png")
    code = (
        "import sys; from imgenc_gui.cli import main; status = main(sys.argv[1:]);"
        "assert status == 0; assert not {'onnxruntime', 'torch'} & set(sys.modules);"
        "assert not any('PySide6' in m for m in sys.modules)"
    )

    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.png", "-m", "phash,ahash,dhash,whash"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )

    assert run.returncode == 0, run.stderr


LATE = """
import os, sys, threading, time
from imgenc_gui.cli import main
from imgenc_gui.core.hashing import engine
done = threading.Event()
def load():
    done.wait(60)
    time.sleep(0.2)
    os.write(1, b"kernel\\n")
    return engine
engine.KERNEL._load = load
status = main(sys.argv[1:])
done.set()
sys.exit(status)
"""


def test_answers_go_out_before_the_kernel_is_waited_for(tmp_path):
    Image.fromarray(photo(50, 40)).save(tmp_path / "a.png")

    run = subprocess.run(
        [sys.executable, "-c", LATE, tmp_path / "a.png"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )

    assert [line.split("\t")[0][-5:] for line in run.stdout.splitlines()] == ["a.png", "ernel"]
    assert run.stderr == ""


@pytest.mark.parametrize("how", ["asked to stop", "at once"])
def test_whoever_interrupts_does_not_wait_for_the_kernel(how, tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"")

    def interrupted(*_):
        if how == "at once":
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)
        yield from ()

    abandoned = []
    monkeypatch.setattr(pictures, "encode_in_order", interrupted)
    monkeypatch.setattr(cli.KERNEL, "abandon", lambda: abandoned.append(True))

    assert cli.main([str(tmp_path)]) == cli.INTERRUPTED
    assert abandoned == [True]


def gone(*_):
    return Path("gone")


def bad(*_):
    raise RuntimeError("a bug")


def full(*_):
    raise MemoryError


@pytest.mark.parametrize("resource", [gone, bad, full])
def test_without_a_network_the_other_methods_go_on(tmp_path, monkeypatch, request, resource):
    request.addfinalizer(NETWORKS.forget)
    NETWORKS.forget()
    monkeypatch.setattr(mobilenet_v1, "resource", resource)
    Image.fromarray(photo(50, 40)).save(tmp_path / "a.png")

    assert cli.main([str(tmp_path / "a.png"), "-m", "cnn", "-o", str(tmp_path / "a.json")]) == cli.NOTHING_ENCODED
    assert not (tmp_path / "a.json").exists()
    assert cli.main([str(tmp_path / "a.png"), "-m", "phash,cnn", "-o", str(tmp_path / "a.json")]) == 0
    assert len(json.loads((tmp_path / "a.json").read_text())["a.png"]) == 16


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send Ctrl+C to one process")
def test_ctrl_c_stops_soon_and_keeps_what_is_done(tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    first = pictures / "00000.jpg"
    Image.fromarray(photo(300, 200)).save(first, quality=90)
    for i in range(1, 20_000):  # more than any machine encodes before it is interrupted
        os.link(first, pictures / f"{i:05}-{'long' * 55}.jpg")  # long names fill the output's buffer sooner
    process = subprocess.Popen(
        [*COMMAND, pictures, "-m", "phash,ahash", "-o", tmp_path / "out.csv"],
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    try:
        deadline = time.monotonic() + 60
        while not sum(part.stat().st_size for part in tmp_path.glob(".imgenc-*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        interrupted = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        took = time.monotonic() - interrupted
    finally:
        process.kill()

    assert process.returncode == 130, errors
    assert "stopped" in errors
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert 2 < len(rows) < 20_000
    assert took < 5  # a second on a quiet machine


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_progress_shows_on_a_terminal(tmp_path):
    import pty
    import termios

    for i in range(4):
        Image.fromarray(photo(60, 40, i)).save(tmp_path / f"{i}.png")
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 100))
    process = subprocess.Popen(
        [*COMMAND, tmp_path], stdout=subprocess.DEVNULL, stderr=follower, env=dict(os.environ, PYTHONPATH=str(ROOT))
    )
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 4096):
            shown += chunk
    except OSError:  # Linux's word for the other side having closed
        pass
    finally:
        os.close(leader)

    assert process.wait(60) == 0
    assert b"0/4" in shown
    assert b"pictures/s" in shown


def test_ctrl_c_while_a_disk_does_not_answer_ends_the_command(tmp_path, monkeypatch, capsys):
    """A thread that waits for one can't be interrupted; here it is busy in one long call, which nothing interrupts."""
    answered = threading.Event()
    scandir = os.scandir

    def slow(path):
        try:
            signal.raise_signal(signal.SIGINT)
            hashlib.pbkdf2_hmac("sha256", b"", b"", 3_000_000)
            return scandir(path)
        finally:
            answered.set()

    monkeypatch.setattr(os, "scandir", slow)

    assert cli.main([str(tmp_path)]) == cli.INTERRUPTED
    assert not answered.is_set()
    assert "stopped" in capsys.readouterr().err
    assert answered.wait(120)  # or it would go on beside other tests


def test_what_libraries_say_of_odd_files_is_not_repeated(tmp_path):
    """Pillow warns, logs errors, and libtiff prints: one sentence of ours says it all."""
    file = io.BytesIO()
    Image.fromarray(photo(50, 40)).save(file, "TIFF", compression="tiff_lzw")
    data = bytearray(file.getvalue())
    (tmp_path / "lzw.tif").write_bytes(data[:300] + b"\xff" * 50 + data[350:])
    place = data.index(struct.pack("<HHL", 277, 3, 1))
    data[place + 8 : place + 10] = b"\xff\xff"
    (tmp_path / "samples.tif").write_bytes(data)

    run = imgenc(tmp_path, "-m", "phash")

    lines = run.stderr.splitlines()
    assert len(lines) == 3, lines
    assert all(
        name in line
        for name, line in zip(("lzw.tif: The", "samples.tif: The", "2 could not be read"), lines, strict=True)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is in use can't be removed there")
def test_in_a_current_folder_that_is_gone_nothing_is_found(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert cli.main([".", "-m", "phash", "--no-cache"]) == 1
    assert capsys.readouterr().err.startswith(".: There is no such file or folder.")
