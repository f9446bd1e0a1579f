"""Several files of one export are all new or all old, whenever it is killed; a journal reaches nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgenc_gui.core.files import together
from imgenc_gui.core.files.atomic import Replacement
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.files.registry import ENCODINGS
from imgenc_gui.core.files.temporaries import Kind, new_name
from tests.core.files.exports import HASHES, names_in, write

ROOT = Path(__file__).parents[3]
NAMES = ["h.a.json", "h.b.json", "h.c.json"]

# Kills a process of its own at each call that changes a folder, and one that puts the files back at each of its calls;
# prints what those who came next found.
DRIVER = """
import json, os, shutil, signal, sys
from pathlib import Path
from imgenc_gui.core.files.atomic import Replacement
from imgenc_gui.core.files.together import tidy

folder, names, linking = Path(sys.argv[1]), sys.argv[3:], sys.argv[2] == "linking"
targets = [folder / name for name in names]
changing = {name: getattr(os, name) for name in ("replace", "rename", "link", "unlink", "fsync", "truncate")}

def no_links(*_, **__):
    raise OSError("no links here")

def ended(job, killed_at):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    calls = 0
    def lethal(function):
        def call(*given, **named):
            nonlocal calls
            calls += 1
            if calls == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **named)
        return call
    for name, function in changing.items():
        setattr(os, name, lethal(no_links if name == "link" and not linking else function))
    try:
        job()
    finally:
        os._exit(1 if sys.exc_info()[1] else 0)

def export():
    with Replacement(targets) as replacement:
        for part in replacement.parts:
            part.write(b"new")

def killed_export(at):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for target in targets[:2]:
        target.write_text("old one")
    return ended(export, at)

def state():
    return {path.name: path.read_text() for path in folder.iterdir()}

at, is_over = 0, False
while not is_over:
    at += 1
    is_over = killed_export(at)
    again, was_put_back = 0, False
    while not was_put_back:
        again += 1
        was_put_back = ended(lambda: tidy(folder), again)
        if not was_put_back:
            tidy(folder)
        print(json.dumps([at, again, is_over, state()]))
        if not was_put_back:
            killed_export(at)
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed like that there")


@posix
@pytest.mark.parametrize("linking", ["linking", "not linking"])
def test_whenever_it_is_killed_all_are_new_or_all_are_old(tmp_path: Path, linking: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", DRIVER, tmp_path / "exports", linking, *NAMES],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]
    old, new = dict.fromkeys(NAMES[:2], "old one"), dict.fromkeys(NAMES, "new")
    assert [one for one in found if one[3] not in (old, new)] == []
    outcomes = [state == new for *_, state in found]
    assert outcomes == sorted(outcomes)  # once all is replaced, it stays
    assert len({at for at, *_ in found}) > 10
    assert outcomes[0] is False
    assert outcomes[-1] is True


def broken_off(folder: Path, changes: list[dict[str, object]], ending: str = "\n") -> Path:
    """A journal such as a killed export leaves, of files that it describes as they are now."""
    for change in changes:
        if (folder / str(change["name"])).exists():
            status = (folder / str(change["name"])).stat()
            change |= {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
    journal = folder / new_name(Kind.JOURNAL)
    journal.write_text(json.dumps({"version": 1, "files": changes}) + ending)
    return journal


def test_who_opens_one_of_the_files_puts_all_back(tmp_path: Path) -> None:
    first, second, *_ = write(tmp_path, ENCODINGS, options=HASHES)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    old = tmp_path / new_name(Kind.OLD)
    first.rename(old)
    first.write_text("{}")
    broken_off(tmp_path, [{"name": first.name, "old": old.name}])

    assert len(read_export(second).named) == len(read_export(first).named) > 0

    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("was_there", [True, False])
def test_what_somebody_has_written_since_stays(tmp_path: Path, was_there: bool) -> None:
    (tmp_path / "h.json").write_text("half an export")
    old = tmp_path / new_name(Kind.OLD)
    if was_there:
        old.write_text("before")
    broken_off(tmp_path, [{"name": "h.json", "old": old.name if was_there else None}])
    (tmp_path / "h.json").write_text("written since, and not as long as that")

    together.tidy(tmp_path)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "h.json": "written since, and not as long as that"
    }


@pytest.mark.parametrize("name", ["../h.json", "/h.json", "", "..", "a\0b", 7])
def test_a_journal_from_anywhere_reaches_no_other_folder(tmp_path: Path, name: object) -> None:
    (tmp_path / "h.json").write_text("mine")
    status = (tmp_path / "h.json").stat()
    folder = tmp_path / "downloads"
    folder.mkdir()
    change = {"name": name, "old": None, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    if name == "/h.json":
        change["name"] = str(tmp_path / "h.json")
    broken_off(folder, [change])

    together.tidy(folder)

    assert (tmp_path / "h.json").read_text() == "mine"
    assert names_in(folder) == set()


@pytest.mark.parametrize("ending", ["", "half", "\nhalf"])
def test_a_journal_that_was_not_finished_is_of_nothing_or_of_all(tmp_path: Path, ending: str) -> None:
    (tmp_path / "h.json").write_text("here")
    broken_off(tmp_path, [{"name": "h.json", "old": None}], ending)

    together.tidy(tmp_path)

    # Until its first line ended, no file had been replaced; the file was there then already.
    assert names_in(tmp_path) == (set() if ending.startswith("\n") else {"h.json"})


@pytest.mark.parametrize(
    "text", ["", "null\n", "[1]\n", '{"version": 2, "files": [{}]}\n', '{"version": 1, "files": 3}\n']
)
def test_a_journal_that_is_none_is_removed(tmp_path: Path, text: str) -> None:
    (tmp_path / new_name(Kind.JOURNAL)).write_text(text)
    together.tidy(tmp_path)
    assert names_in(tmp_path) == set()


@posix
def test_a_journal_of_another_users_is_left_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "h.json").write_text("mine")
    broken_off(tmp_path, [{"name": "h.json", "old": None}])
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    together.tidy(tmp_path)
    assert (tmp_path / "h.json").read_text() == "mine"


@posix
def test_what_is_being_replaced_is_nobody_elses_to_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [tmp_path / name for name in NAMES]
    for target in targets:
        target.write_text("old")
    replace = Path.replace

    def visited(path: Path, target: Path) -> Path:
        together.tidy(tmp_path)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", visited)
    with Replacement(targets) as replacement:
        for part in replacement.parts:
            part.write(b"new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(NAMES, "new")


def test_a_link_among_them_stays_a_link(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "exports", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    targets = [folder / name for name in NAMES]
    (elsewhere / "real.json").write_text("old")
    targets[1].symlink_to(elsewhere / "real.json")
    with Replacement(targets) as replacement:
        for part in replacement.parts:
            part.write(b"new")
    assert targets[1].is_symlink()
    assert (elsewhere / "real.json").read_text() == "new"
    assert names_in(folder) == set(NAMES)
    assert names_in(elsewhere) == {"real.json"}
