"""Pictures from the clipboard are gone after any end, and nobody else reads them while they are there."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from imgenc_gui.core.files.together import tidy
from imgenc_gui.gui.work.pasted import pasted_folder

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
os.umask(0)
from imgenc_gui.gui.work.pasted import pasted_folder
folder = pasted_folder(Path(sys.argv[1]))
(folder.path / "Pasted picture 1.png").write_bytes(b"private")
os.kill(os.getpid(), signal.SIGKILL)
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed like that there")


@posix
def test_what_a_killed_window_left_goes_with_the_next_start_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    root = tmp_path / "cache/pasted"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", KILLED, root], timeout=60, check=False, env=environment)
    assert run.returncode == -signal.SIGKILL
    (left,) = root.iterdir()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (left, root, root.parent)} == {0o700}
    living = pasted_folder(root)
    (living.path / "Pasted picture 1.png").touch()

    tidy(root)

    assert list(root.iterdir()) == [living.path]
    assert (living.path / "Pasted picture 1.png").exists()
    living.remove()
    assert list(root.iterdir()) == []


def test_one_that_another_start_took_for_abandoned_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = Path.mkdir, []

    def make_late(path: Path, *given: object, **named: object) -> None:
        make(path, *given, **named)
        if path.parent == tmp_path and not made:
            made.append(path)
            tidy(tmp_path)

    monkeypatch.setattr(Path, "mkdir", make_late)
    folder = pasted_folder(tmp_path)
    assert folder.path.is_dir()
    assert folder.path != made[0]
    folder.remove()


def test_where_the_cache_cannot_be_written_to_there_is_another_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = pasted_folder(tmp_path / "file" / "cache")
    assert folder.path.is_dir()
    folder.remove()
    assert not folder.path.exists()
