"""Links that another user may have planted aren't followed; a person's own are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.links import resolved
from imgenc_gui.core.files.registry import CSV
from tests.core.files.exports import names_in, write

SOMEBODY = 12_345  # a user's number
posix = pytest.mark.skipif(sys.platform == "win32", reason="links are made by administrators alone")
root = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="who isn't root can make no other's link")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder for everybody, as /tmp is."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@posix
@root
@pytest.mark.parametrize("is_folder", [False, True])
def test_another_users_link_in_a_folder_for_all_is_not_followed(tmp_path: Path, shared: Path, is_folder: bool) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "h.csv").write_text("my own")
    link = shared / ("sub" if is_folder else "h.csv")
    link.symlink_to(mine if is_folder else mine / "h.csv")
    os.lchown(link, SOMEBODY, SOMEBODY)

    with pytest.raises(ExportError, match="is a link that another user has put into a folder for everybody") as caught:
        write(link if is_folder else shared, CSV)

    assert str(link) in str(caught.value)
    assert (mine / "h.csv").read_text() == "my own"
    assert names_in(mine) == {"h.csv"}
    assert names_in(shared) == {link.name}


@posix
@root
def test_links_of_ones_own_and_of_the_folders_owner_are_followed(tmp_path: Path, shared: Path) -> None:
    for name in ("mine.csv", "theirs.csv"):
        (shared / name).symlink_to(tmp_path / f"real {name}")
    os.chown(shared, SOMEBODY, SOMEBODY)
    os.lchown(shared / "theirs.csv", SOMEBODY, SOMEBODY)
    for name in ("mine.csv", "theirs.csv"):
        write(shared, CSV, name=name)
        assert (tmp_path / f"real {name}").is_file()
        assert (shared / name).is_symlink()


@posix
def test_where_a_path_leads_is_what_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/up").symlink_to("../a/./b/..")
    (tmp_path / "whole").symlink_to(tmp_path / "a/up")
    (tmp_path / "file").symlink_to("whole/b/../new.csv")
    monkeypatch.chdir(tmp_path / "a")
    for path in ("../file", "b/../up/x", tmp_path / "whole/b/y", "nowhere/../z", "up/up/up/b/../../new"):
        assert resolved(Path(path)) == Path(os.path.realpath(path)), path


@posix
def test_a_whole_path_leads_there_from_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert resolved(tmp_path / "new.csv") == tmp_path / "new.csv"


@posix
def test_links_that_lead_to_themselves_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "h.csv").symlink_to("other.csv")
    (tmp_path / "other.csv").symlink_to("h.csv")
    with pytest.raises(ExportError, match=r"h\.csv"):
        write(tmp_path, CSV)
    assert names_in(tmp_path) == {"h.csv", "other.csv"}
