"""Which files are found, under which names, and what is said of those that can't be listed."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgenc_gui.core import excluding
from imgenc_gui.core import listing as listing_module
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.listing import (
    MADE_BY_PROGRAMS,
    Listing,
    Origin,
    common_folder,
    identity,
    list_files,
    list_origins,
    relative_names,
)
from imgenc_gui.core.records.results import FailureCode
from imgenc_gui.core.records.sentences import sentence


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(listing: Listing) -> list[str]:
    return relative_names(listing.files, listing.root)


def test_folder_without_subfolders(tmp_path: Path) -> None:
    make(tmp_path, "b.jpg", "a.png", "notes.txt", "no_suffix", "sub/c.jpg")
    listing = list_files([str(tmp_path)], recursive=False)
    assert listing.root == str(tmp_path)
    assert names(listing) == ["a.png", "b.jpg", "no_suffix", "notes.txt"]
    assert listing.refused == ()
    assert all(Path(file).is_absolute() for file in listing.files)


def test_sorted_by_the_whole_name_in_code_point_order(tmp_path: Path) -> None:
    make(tmp_path, "B.jpg", "a.jpg", "a/z.jpg", "a-b.jpg", "ä.jpg", "a0.jpg", "a/b/c.jpg")
    listing = list_files([str(tmp_path)], recursive=True)
    assert names(listing) == ["B.jpg", "a-b.jpg", "a.jpg", "a/b/c.jpg", "a/z.jpg", "a0.jpg", "ä.jpg"]


def test_what_was_found_is_handed_on_while_a_listing_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, *"d.jpg a.jpg c/e.jpg c/b.jpg b/z.jpg b/a/b.jpg b/c.jpg x/y/z.jpg .hidden/a.jpg".split())
    whole = list_files([str(tmp_path)], recursive=True)
    for patience in (0, 3600):
        monkeypatch.setattr(listing_module, "PATIENCE", patience)
        parts: list[Listing] = []
        rest = list_files([str(tmp_path), str(tmp_path / "b")], recursive=True, hand_on=parts.append)
        given = [file for part in [*parts, rest] for file in part.files]
        assert sorted(given) == sorted(whole.files)
        assert len(parts) == (0 if patience else len(given))
        assert {rest.root, *(part.root for part in parts)} == {str(tmp_path)}
        # one folder after the other, as they stand in the end
        folders = list(dict.fromkeys(map(os.path.dirname, given)))
        assert patience or folders == [str(tmp_path / name) for name in (".", "b", "b/a", "c", "x/y")]


def test_dot_names_are_skipped_in_folders_but_taken_when_named(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", ".hidden.jpg", ".thumbnails/t.jpg", "sub/.x.jpg", "sub/y.jpg")
    assert names(list_files([str(tmp_path)], recursive=True)) == ["a.jpg", "sub/y.jpg"]
    named = [str(tmp_path / ".hidden.jpg"), str(tmp_path / ".thumbnails")]
    assert names(list_files(named, recursive=True)) == [".hidden.jpg", ".thumbnails/t.jpg"]


def test_what_programs_put_beside_pictures_is_left_out_where_that_is_asked_for_and_told(tmp_path: Path) -> None:
    # GIVEN folders that programs made, and a file and a link of such a name
    make(tmp_path, "a.jpg", "@eaDir/a.jpg/SYNO_L.jpg", "sub/__MACOSX/b.jpg", "sub/.thumbnails/c.png", "sub/d/@eaDir")
    everything = [str(tmp_path)]
    # WHEN they are listed as the window and the command do THEN these folders are told, and nothing of them is found
    listing = list_files(everything, recursive=True, leave_out=MADE_BY_PROGRAMS)
    assert names(listing) == ["a.jpg", "sub/d/@eaDir"]
    told = sorted(os.path.relpath(folder, tmp_path) for folder in listing.left_out)
    assert told == ["@eaDir", "sub/.thumbnails", "sub/__MACOSX"]
    origin = Origin(str(tmp_path), is_folder=True, recursive=True)
    assert list_origins([origin]).files == listing.files
    assert not origin.holds(str(tmp_path / "@eaDir/a.jpg/SYNO_L.jpg"))
    assert origin.holds(str(tmp_path / "sub/d/@eaDir"))
    # AND one that is named itself is taken; without subfolders nothing was left out
    assert len(list_files([str(tmp_path / "@eaDir")], recursive=True, leave_out=MADE_BY_PROGRAMS).files) == 1
    assert list_files(everything, recursive=False, leave_out=MADE_BY_PROGRAMS).left_out == ()
    # AND the API lists all but what begins with a dot
    assert names(list_files(everything, recursive=True)) == [
        "@eaDir/a.jpg/SYNO_L.jpg",
        "a.jpg",
        "sub/__MACOSX/b.jpg",
        "sub/d/@eaDir",
    ]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*.tif", "a.jpg backup/b.jpg backup/old/c.jpg x/backup/old/f.jpg x/old/g.jpg"),
        ("old", "a.jpg a.tif backup/b.jpg"),
        ("old/", "a.jpg a.tif backup/b.jpg"),
        ("a.tif/", "a.jpg a.tif backup/b.jpg backup/old/c.jpg backup/old/d.tif x/backup/old/f.jpg x/old/g.jpg"),
        ("back??", "a.jpg a.tif x/old/g.jpg"),
        ("[ab]*", "x/old/g.jpg"),
        ("backup/old", "a.jpg a.tif backup/b.jpg x/old/g.jpg"),
        ("./x/*", "a.jpg a.tif backup/b.jpg backup/old/c.jpg backup/old/d.tif"),
        ("x/**/f.*", "a.jpg a.tif backup/b.jpg backup/old/c.jpg backup/old/d.tif x/old/g.jpg"),
        ("{root}/backup/old", "a.jpg a.tif backup/b.jpg x/backup/old/f.jpg x/old/g.jpg"),
        ("/backup/old", "a.jpg a.tif backup/b.jpg backup/old/c.jpg backup/old/d.tif x/backup/old/f.jpg x/old/g.jpg"),
    ],
)
def test_what_is_named_so_is_left_out_of_folders(tmp_path: Path, pattern: str, left: str) -> None:
    every = "a.jpg a.tif backup/b.jpg backup/old/c.jpg backup/old/d.tif x/backup/old/f.jpg x/old/g.jpg".split()
    make(tmp_path, *every)
    exclude = Exclusion.of([pattern.format(root=tmp_path), " "])
    listing = list_files([str(tmp_path)], recursive=True, exclude=exclude)
    assert names(listing) == left.split()
    # AND whoever only has the paths says the same
    origin = Origin(str(tmp_path), is_folder=True, recursive=True)
    assert [name for name in every if origin.holds(str(tmp_path / name), exclude)] == left.split()
    assert list_origins([origin], exclude=exclude) == listing


def test_how_much_was_left_out_is_counted_and_no_such_folder_is_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.jpg", "b.TIF", "c.tif", "old/d.jpg", "old/deep/e.jpg", "new/old/f.jpg", ".g.tif")
    entered: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: (entered.append(folder), scandir(folder))[1])
    exclude = Exclusion(("*.tif", "old"))
    for ignores_case in (False, True):
        monkeypatch.setattr(excluding, "_IGNORES_CASE", ignores_case)
        exclude = Exclusion(exclude.patterns)  # as on the other system
        listing = list_files([str(tmp_path)], recursive=True, exclude=exclude)
        assert names(listing) == (["a.jpg"] if ignores_case else ["a.jpg", "b.TIF"])
        assert listing.excluded == (2 if ignores_case else 1, 2)
    assert entered == 2 * [str(tmp_path), str(tmp_path / "new")]
    assert list_files([str(tmp_path)], recursive=False, exclude=exclude).excluded == (2, 0)
    # AND what is named itself is taken
    assert names(list_files([str(tmp_path / "c.tif"), str(tmp_path / "old")], recursive=False, exclude=exclude)) == [
        "c.tif",
        "old/d.jpg",
    ]


def test_an_accent_may_be_written_in_two_ways(tmp_path: Path) -> None:
    make(tmp_path, "ane\u0301.jpg", "b.jpg")
    assert names(list_files([str(tmp_path)], recursive=False, exclude=Exclusion(("an\xe9*",)))) == ["b.jpg"]


def test_no_file_twice(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.jpg")
    given_paths = [tmp_path / "sub", tmp_path, tmp_path / "a.jpg", tmp_path / "sub/../a.jpg", f"{tmp_path}{os.sep}"]
    listing = list_files([str(path) for path in given_paths], recursive=True)
    assert names(listing) == ["a.jpg", "sub/b.jpg"]
    assert listing.root == str(tmp_path)


def test_same_named_files_of_different_folders_get_longer_names(tmp_path: Path) -> None:
    make(tmp_path, "x/2023/a.jpg", "x/2024/a.jpg")
    listing = list_files([str(tmp_path / "x/2024/a.jpg"), str(tmp_path / "x/2023/a.jpg")], recursive=False)
    assert listing.root == str(tmp_path / "x")
    assert names(listing) == ["2023/a.jpg", "2024/a.jpg"]


def test_relative_paths_given_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "in/a.jpg")
    monkeypatch.chdir(tmp_path)
    assert list_files(["in"], recursive=False) == Listing(str(tmp_path / "in"), (str(tmp_path / "in/a.jpg"),), ())
    assert list_files(["."], recursive=True).files == (str(tmp_path / "in/a.jpg"),)


def test_links(tmp_path: Path) -> None:
    """Linked files are listed; linked folders aren't entered, so that no loop goes on for ever."""
    make(tmp_path, "photos/a.jpg", "photos/sub/b.jpg", "elsewhere/c.jpg")
    photos = tmp_path / "photos"
    (photos / "linked.jpg").symlink_to(tmp_path / "elsewhere/c.jpg")
    (photos / "folder-link").symlink_to(tmp_path / "elsewhere")
    (photos / "sub" / "loop").symlink_to(photos)
    (photos / "broken.jpg").symlink_to(tmp_path / "nothing")
    listing = list_files([str(photos)], recursive=True)
    assert names(listing) == ["a.jpg", "broken.jpg", "linked.jpg", "sub/b.jpg"]
    assert listing.refused == ()


def test_folder_named_through_a_link_is_listed_under_that_name(tmp_path: Path) -> None:
    make(tmp_path, "photos/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    assert list_files([str(tmp_path / "link")], recursive=True).files == (str(tmp_path / "link/a.jpg"),)


def test_link_to_itself_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    for given_path in (tmp_path, tmp_path / "self"):
        (refused,) = list_files([str(given_path)], recursive=True).refused
        assert refused.path == str(tmp_path / "self")
        assert "leads back to itself" in sentence(refused.failure)
    assert names(list_files([str(tmp_path)], recursive=True)) == ["a.jpg"]


@pytest.mark.parametrize("missing", ["nothing.jpg", "a.jpg/below-a-file.jpg", "nul\0character"])
def test_missing_paths_are_refused_and_the_rest_listed(tmp_path: Path, missing: str) -> None:
    make(tmp_path, "a.jpg")
    listing = list_files([f"{tmp_path}{os.sep}{missing}", str(tmp_path)], recursive=False)
    assert names(listing) == ["a.jpg"]
    assert [refused.failure.code for refused in listing.refused] == [FailureCode.GONE]
    assert "no such file or folder" in sentence(listing.refused[0].failure)


def test_an_empty_path_isnt_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    listing = list_files([""], recursive=False)
    assert listing.files == ()
    assert len(listing.refused) == 1


def test_pipes_are_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for given_path in (tmp_path, tmp_path / "pipe.jpg"):
        listing = list_files([str(given_path)], recursive=False)
        assert listing.files == ()
        assert "pipe" in sentence(listing.refused[0].failure)


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.EACCES, FailureCode.NO_PERMISSION, "permission"),
        (errno.ENOENT, FailureCode.GONE, "moved"),
        (errno.EIO, FailureCode.UNREADABLE, "Is it connected?"),
    ],
)
def test_an_unreadable_folder_doesnt_end_the_listing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: FailureCode, words: str
) -> None:
    """The tests may run as root, whom no permission stops: the system's answer is put in its mouth."""
    make(tmp_path, "a.jpg", "locked/b.jpg", "open/c.jpg")
    scandir = os.scandir

    def answering(path: str) -> object:
        if path.endswith("locked"):
            raise OSError(number, os.strerror(number), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", answering)
    listing = list_files([str(tmp_path)], recursive=True)
    assert names(listing) == ["a.jpg", "open/c.jpg"]
    (refused,) = listing.refused
    assert (refused.path, refused.failure.code) == (str(tmp_path / "locked"), code)
    assert words in sentence(refused.failure)


def test_a_very_deep_folder_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deeper than the system's longest path."""
    monkeypatch.chdir(tmp_path)
    for _ in range(30):
        Path("deeper" * 30).mkdir()
        os.chdir("deeper" * 30)
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "a.jpg")
    listing = list_files([str(tmp_path)], recursive=True)
    assert names(listing) == ["a.jpg"]
    assert "too long" in sentence(listing.refused[0].failure)


def test_names_that_arent_valid_utf8(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(raw)).touch()
    make(tmp_path, "a.jpg")
    listing = list_files([str(tmp_path)], recursive=False)
    assert [os.fsencode(name) for name in names(listing)] == [b"a.jpg", b"caf\xe9.jpg"]
    assert Path(listing.files[1]).exists()


def test_many_files(tmp_path: Path) -> None:
    for folder in range(20):
        (tmp_path / str(folder)).mkdir()
        for file in range(500):
            (tmp_path / str(folder) / f"{file}.jpg").touch()
    listing = list_files([str(tmp_path)], recursive=True)
    assert len(listing.files) == len(set(listing.files)) == 10_000
    assert names(listing) == sorted(names(listing))


def test_listing_stops_when_told(tmp_path: Path) -> None:
    make(tmp_path, *(f"{i}/{j}.jpg" for i in range(10) for j in range(10)))
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 30

    listing = list_files([str(tmp_path)], True, stop)
    assert 0 < len(listing.files) < 30
    assert asked < 40


def test_nothing_given() -> None:
    assert list_files([], recursive=True) == Listing("", (), ())
    assert common_folder([]) == ""


PART = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8).filter(
    lambda part: part not in (".", "..")
)
RELATIVE = st.lists(PART, min_size=1, max_size=4).map("/".join)


@given(st.sets(RELATIVE, min_size=1, max_size=20), st.sampled_from(["/", "/photos", "/photos/2024", ""]))
def test_different_files_have_different_names(relative: set[str], root: str) -> None:
    files = sorted(f"{folder}/{name}" for name in relative for folder in ("/photos", "/photos/2024", "/other"))
    found = relative_names(files, root)
    assert len(set(found)) == len(set(files))
    for file, name in zip(files, found, strict=True):
        assert str(Path(root, name)) == file  # the name leads back to the file


def test_a_file_outside_the_root_keeps_its_absolute_name() -> None:
    assert relative_names(["/photos-old/a.jpg", "/photos/a.jpg"], "/photos") == ["/photos-old/a.jpg", "a.jpg"]


def test_origins_are_listed_each_as_deep_as_it_says_and_hold_what_a_listing_gives(tmp_path):
    names = ["a/1.jpg", "a/s/2.jpg", "a/.h/3.jpg", "a/.4.jpg", "b/5.jpg", "b/s/6.jpg", "a b/7.jpg", "8.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    origins = [
        Origin(str(tmp_path / "a"), is_folder=True, recursive=True),
        Origin(str(tmp_path / "b"), is_folder=True, recursive=False),
        Origin(str(tmp_path / "a" / "s" / "2.jpg"), is_folder=False, recursive=False),
        Origin(str(tmp_path / "8.jpg"), is_folder=False, recursive=False),
    ]
    listing = list_origins(origins)
    assert listing.root == str(tmp_path)
    expected = ["8.jpg", "a/1.jpg", "a/s/2.jpg", "b/5.jpg"]
    assert relative_names(listing.files, listing.root) == expected
    assert [name for name in sorted(names) if any(one.holds(str(tmp_path / name)) for one in origins)] == expected
    assert list_origins(origins[:1]) == list_files([str(tmp_path / "a")], True)
    assert list_origins([]) == Listing("", (), ())


def test_only_a_file_looks_like_one(tmp_path: Path) -> None:
    """What an export names may be a device by now: a thumbnail's being tried made it a file that is there."""
    (tmp_path / "a.jpg").write_bytes(b"four")
    found = identity(str(tmp_path / "a.jpg"))
    assert found is not None
    assert found.size == 4
    assert [identity(str(path)) for path in (tmp_path, tmp_path / "gone.jpg")] == [None, None]


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is in use can't be removed there")
def test_a_current_folder_that_is_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    listing = list_files([".", "a.jpg", str(tmp_path)], recursive=False)
    assert [(one.path, one.failure.code) for one in listing.refused] == [
        (".", FailureCode.GONE),
        ("a.jpg", FailureCode.GONE),
    ]
