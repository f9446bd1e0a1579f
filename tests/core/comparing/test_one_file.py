"""Names of one file, through links and folders."""

from __future__ import annotations

import os
import sys

import pytest

from imgenc_gui.core.comparing.one_file import files
from imgenc_gui.core.stopping import StoppedError, never


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_and_linked_folders_lead_to_one_file(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"same")
    (tmp_path / "copy.jpg").write_bytes(b"same")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    (tmp_path / "other").symlink_to(tmp_path)
    (tmp_path / "hard.jpg").hardlink_to(tmp_path / "a.jpg")
    names = ["a.jpg", "copy.jpg", "link.jpg", "other/a.jpg", "hard.jpg", "gone.jpg", "no\0name", "not asked"]
    paths = [os.path.join(tmp_path, name) for name in names]
    assert files(paths, range(7), never).tolist() == [1, 2, 1, 1, 1, 0, 0, 0]
    with pytest.raises(StoppedError):
        files(paths, range(7), lambda: True)
