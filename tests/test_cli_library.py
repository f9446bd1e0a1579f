"""The command and the library: what is known isn't encoded again, and nothing goes wrong for want of it."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui import cli
from imgenc_gui.core import encoding
from imgenc_gui.core.library import library as libraries
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.networks.loading import NETWORKS
from tests.pictures import photo

ROOT = Path(__file__).parents[1]
NEWER = "The library was made by a newer imgenc"
posix = pytest.mark.skipif(sys.platform == "win32", reason="names that Windows doesn't allow")


@pytest.fixture(autouse=True)
def warnings_stay_warnings():
    yield
    logging.captureWarnings(False)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(4):
        Image.fromarray(photo(50, 40, i)).save(folder / f"{i}.png")
    (folder / "bad.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("words")
    return folder


@pytest.fixture
def decoded(monkeypatch):
    """The names of the pictures that were decoded."""
    names = []
    real = encoding.decode

    def decode(content, *arguments, **named):
        names.append(os.path.basename(content.path))
        return real(content, *arguments, **named)

    monkeypatch.setattr(encoding, "decode", decode)
    return names


def test_a_second_run_gives_the_same_table_and_decodes_nothing(folder, tmp_path, decoded, capsys):
    def table(name):
        assert cli.main([str(folder), "-m", "phash,dhash", "-o", str(tmp_path / name)]) == 0
        return (tmp_path / name).read_bytes(), capsys.readouterr().err

    first, told = table("a.csv")
    assert "imgenc: 4 encoded, 1 could not be read, 1 other file" in told
    assert len(decoded) == 4
    second, told = table("b.csv")

    assert second == first
    assert len(decoded) == 4
    assert "imgenc: 4 encoded, 4 of them from the library, 1 could not be read, 1 other file" in told
    assert "bad.jpg: The file is empty." in told


def test_only_what_changed_or_came_is_encoded(folder, decoded, capsys):
    cli.main([str(folder)])
    Image.fromarray(photo(51, 40, 9)).save(folder / "1.png")
    Image.fromarray(photo(50, 40, 8)).save(folder / "new.png")
    decoded.clear()

    cli.main([str(folder)])

    assert sorted(decoded) == ["1.png", "new.png"]
    assert "5 encoded, 3 of them from the library" in capsys.readouterr().err


def test_a_method_that_comes_later_decodes_once_and_encodes_just_that(folder, decoded, monkeypatch, capsys):
    cli.main([str(folder), "-m", "phash"])
    decoded.clear()
    kept = []
    real = Library.keep
    monkeypatch.setattr(Library, "keep", lambda self, result, *rest: (kept.append(result), real(self, result, *rest)))

    cli.main([str(folder), "-m", "phash,ahash"])

    assert sorted(decoded) == ["0.png", "1.png", "2.png", "3.png"]
    assert {method.id for result in kept for method in result.encodings} == {"ahash"}


def test_a_folder_that_was_moved_is_read_but_not_decoded(folder, tmp_path, decoded, capsys):
    cli.main([str(folder), "-m", "phash"])
    lines = capsys.readouterr().out.replace(str(folder), "")
    decoded.clear()
    folder.rename(tmp_path / "moved")

    cli.main([str(tmp_path / "moved"), "-m", "phash"])

    assert decoded == []
    assert capsys.readouterr().out.replace(str(tmp_path / "moved"), "") == lines


def test_without_the_library_nothing_is_read_from_it_nor_kept(folder, library_folder, decoded, capsys):
    assert cli.main([str(folder), "--no-cache"]) == 0
    assert not library_folder.exists()
    cli.main([str(folder)])
    decoded.clear()
    held = (library_folder / "library.sqlite").read_bytes()
    Image.fromarray(photo(50, 40, 8)).save(folder / "new.png")

    assert cli.main([str(folder), "--no-cache"]) == 0
    assert len(decoded) == 5
    assert "from the library" not in capsys.readouterr().err
    assert (library_folder / "library.sqlite").read_bytes() == held


@pytest.mark.parametrize("how", ["--like", "--groups", "--against"])
def test_comparing_asks_the_library_too(folder, tmp_path, decoded, how, capsys):
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    earlier = tmp_path / "earlier.json"
    cli.main([str(folder), "-o", str(earlier), "--format", "report"])
    query = tmp_path / "query.png"
    query.write_bytes((folder / "0.png").read_bytes())
    given = {"--like": [str(query)], "--groups": [], "--against": [str(earlier)]}[how]
    capsys.readouterr()

    assert cli.main([str(folder), how, *given, "--no-cache"]) == 0
    anew = capsys.readouterr()
    decoded.clear()
    assert cli.main([str(folder), how, *given]) == 0

    assert decoded == []
    said = capsys.readouterr()
    assert said.out == anew.out != ""
    assert said.err == anew.err.replace("5 encoded, ", "5 encoded, 5 of them from the library, ")


def test_networks_are_not_loaded_for_what_is_known(folder, tmp_path, request, monkeypatch, made_up):
    request.addfinalizer(NETWORKS.forget)
    arguments = [str(folder), "-m", f"phash,{made_up.id}", "-o", str(tmp_path / "a.npz")]
    assert cli.main(arguments) == 0
    first = (tmp_path / "a.npz").read_bytes()
    loaded = []
    monkeypatch.setattr(NETWORKS, "get", loaded.append)

    assert cli.main(arguments) == 0

    assert loaded == []
    assert (tmp_path / "a.npz").read_bytes() == first


def test_what_a_broken_pipe_cut_off_is_kept(folder, decoded, monkeypatch):
    def broken(*_, **__):
        raise BrokenPipeError

    for i in range(4, 40):
        Image.fromarray(photo(50, 40, i)).save(folder / f"{i}.png")
    monkeypatch.setattr(cli.Paths, "answer", broken)
    assert cli.main([str(folder), "--workers", "1"]) == 0
    monkeypatch.undo()

    known = Library(libraries.usual_folder()).info().pictures
    assert known >= 1


def test_what_was_encoded_for_an_export_that_failed_is_kept(folder, tmp_path, decoded, capsys):
    assert cli.main([str(folder), "-o", str(tmp_path / "gone" / "a.csv")]) == 1
    (tmp_path / "a.csv").mkdir()
    assert cli.main([str(folder), "-o", str(tmp_path / "gone.csv")]) == 0
    decoded.clear()

    assert cli.main([str(folder), "-o", str(tmp_path / "b.csv")]) == 0
    assert decoded == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("compare", [[], ["--groups"]], ids=["encoding", "comparing"])
def test_what_was_encoded_before_a_stop_is_kept(folder, monkeypatch, number, compare):
    from imgenc_gui.command.pictures import Pictures

    real = Pictures._count

    def interrupted(self, result):
        real(self, result)
        if self.encoded == 2:
            signal.raise_signal(number)

    monkeypatch.setattr(Pictures, "_count", interrupted)
    for kernel in (cli.KERNEL, cli.COMPARING_KERNEL):  # it serves this process's other tests
        monkeypatch.setattr(kernel, "abandon", lambda: None)
    assert cli.main([str(folder), *compare]) == cli.INTERRUPTED
    assert Library(libraries.usual_folder()).info().pictures >= 2


# --- trouble ----------------------------------------------------------------------------------------------------------


def make_newer(library_folder):
    with sqlite3.connect(library_folder / "library.sqlite") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


@pytest.mark.parametrize("arguments", [[], ["--groups"]], ids=["encoding", "comparing"])
def test_trouble_is_said_once_and_the_run_goes_on(folder, library_folder, arguments, decoded, capsys):
    cli.main([str(folder)])
    make_newer(library_folder)
    decoded.clear()
    capsys.readouterr()

    assert cli.main([str(folder), *arguments]) == 0

    said = capsys.readouterr()
    assert said.err.count(NEWER) == 1
    assert sorted(decoded) == ["0.png", "1.png", "2.png", "3.png"]


def test_a_library_that_cannot_be_made_is_no_reason_to_fail(folder, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("IMGENC_LIBRARY", str(tmp_path / "file" / "library"))

    assert cli.main([str(folder)]) == 0

    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 4
    assert said.err.count("imgenc: The library") == 1


# --- imgenc --library -------------------------------------------------------------------------------------------------


def told_by(words, capsys):
    capsys.readouterr()
    status = cli.main(["--library", words])
    return status, capsys.readouterr()


def test_info_tells_where_and_how_much(folder, library_folder, capsys):
    status, said = told_by("info", capsys)
    assert status == 0
    assert not library_folder.exists()
    assert "files     0" in said.out.splitlines()
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    cli.main([str(folder), "-m", "phash,ahash"])

    status, said = told_by("info", capsys)

    fields = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert status == 0
    assert fields["library"] == str(library_folder / "library.sqlite")
    assert fields["size"].endswith(" MB, of at most 2,048 MB")
    assert (fields["files"], fields["pictures"], fields["encodings"]) == ("7", "4", "8")


@posix
def test_a_folder_of_any_name_is_told_on_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IMGENC_LIBRARY", f"{tmp_path}/a\nb\x1b[31m")
    _, said = told_by("info", capsys)
    assert r"a\x0ab\x1b[31m" in said.out.splitlines()[0]
    assert len(said.out.splitlines()) == 5


def test_clear_forgets_all_and_says_what(folder, decoded, capsys):
    cli.main([str(folder)])
    decoded.clear()

    status, said = told_by("clear", capsys)

    assert status == 0
    assert said.err.startswith("imgenc: 4 encodings of 6 files forgotten, 0 of 0 left")
    cli.main([str(folder)])
    assert len(decoded) == 4
    told_by("clear", capsys)
    cli.main([str(folder / "0.png")])
    assert told_by("clear", capsys)[1].err.startswith("imgenc: 1 encoding of 1 file forgotten, 0 of 0 left")


def test_prune_forgets_what_is_gone_but_not_what_is_unplugged(folder, tmp_path, decoded, capsys):
    names = ("unplugged", "mounted")
    for name in names:
        (tmp_path / name).mkdir()
        Image.fromarray(photo(50, 40, len(name))).save(tmp_path / name / "a.png")
    cli.main([str(folder), *(str(tmp_path / name) for name in names)])
    (folder / "0.png").unlink()
    (folder / "1.png").rename(folder / "1 renamed.png")
    (tmp_path / "unplugged").rename(tmp_path / "elsewhere")  # as a disk that isn't there
    (tmp_path / "mounted" / "a.png").rename(tmp_path / "a.png")  # only the empty folder is, on which it is mounted

    status, said = told_by("prune", capsys)

    assert status == 0
    assert said.err.startswith("imgenc: 2 encodings of 2 files forgotten, 4 of 6 left")
    (tmp_path / "elsewhere").rename(tmp_path / "unplugged")
    (tmp_path / "a.png").rename(tmp_path / "mounted" / "a.png")
    decoded.clear()
    cli.main([str(folder), *(str(tmp_path / name) for name in names)])
    assert decoded == ["1 renamed.png"]


@pytest.mark.parametrize("what", ["info", "clear", "prune"])
def test_what_is_wrong_with_the_library_is_its_status(folder, library_folder, what, capsys):
    cli.main([str(folder)])
    make_newer(library_folder)
    status, said = told_by(what, capsys)
    assert status == 1
    assert said.err.count(NEWER) == 1


@pytest.mark.parametrize("others", [["a.jpg"], ["--groups"], ["-o", "a.csv"]])
def test_the_library_stands_alone(others, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--library", "clear", *others])
    assert caught.value.code == 2
    assert "--library stands alone" in capsys.readouterr().err


# --- around it --------------------------------------------------------------------------------------------------------


def test_nothing_of_sqlite_is_loaded_before_it_is_needed(tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"")  # asked for all the same
    code = (
        "import sys\nfrom imgenc_gui.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "assert 'sqlite3' not in sys.modules\n"
        "main([sys.argv[1], '--no-cache'])\n"
        "assert 'imgenc_gui.core.library.database' not in sys.modules"  # numba loads SQLite by way of coverage
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, timeout=60, check=False, env=environment
    )
    assert run.returncode == 0, run.stderr


class Bar:
    disable = False
    n = initial = last_print_n = 0

    def update(self, number):
        self.n += number


def test_known_pictures_are_progress_but_say_nothing_of_how_long_it_takes():
    from imgenc_gui.command.pictures import _advance

    bar = Bar()
    _advance(bar, 3, 3)
    _advance(bar, 1, 0)

    assert bar.n == 4
    assert bar.n - bar.initial == bar.n - bar.last_print_n == 1  # by which tqdm tells the rate
