"""What is kept of a person is for them alone, also where new files are for everybody."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui.core import private
from tests.pictures import photo

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="the profile's rights see to it there")
WINDOW = """
import logging, os, sys
os.umask(0)
from PySide6.QtGui import QImage
from imgenc_gui.app import create_app
app = create_app([sys.argv[1]])
app.settings.theme = "dark"
app.settings.library_limit = 1024
app.window.session.add_image(QImage(8, 8, QImage.Format.Format_RGB32))
logging.getLogger("imgenc_gui").warning("a picture's name")
while len(app.window.session.live.rows) < 2 or not app.window.session.live.rows.encoded.all():
    app.application.processEvents()
app.settings.store.sync()
log = logging.getLogger().handlers[-1]
log.doRollover()
log.emit(logging.makeLogRecord({"msg": "more"}))
assert app.window.session.pasted_folder.startswith(os.environ["HOME"]), app.window.session.pasted_folder
os._exit(0)
"""


def home_environment(home: Path) -> dict[str, str]:
    environment = os.environ | {"HOME": str(home), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    for name in ("IMGENC_LIBRARY", *(name for name in environment if name.startswith("XDG_"))):
        environment.pop(name, None)
    return environment


def open_to_others(folder: Path) -> dict[str, str]:
    """What of it is imgenc's, and not its owner's alone."""
    found = [path for path in folder.rglob("*") if "imgenc" in str(path.relative_to(folder))]
    assert found
    modes = {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in found}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


@posix
@pytest.mark.slow
def test_all_that_the_command_and_the_window_keep_is_their_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "photos").mkdir()
    Image.fromarray(photo(50, 40)).save(tmp_path / "photos/a.png")
    old = tmp_path / "home/.config/imgenc/imgenc.ini"  # of an earlier imgenc's
    old.parent.mkdir(parents=True)
    old.write_text("[window]\ntheme=light\n")
    old.chmod(0o644)
    environment = home_environment(tmp_path / "home")
    command = "import os, sys; os.umask(0); from imgenc_gui.cli import main; sys.exit(main())"
    for program, argument in ((command, tmp_path / "photos"), (WINDOW, tmp_path / "photos")):
        run = subprocess.run(
            [sys.executable, "-c", program, argument],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env=environment,
        )
        assert run.returncode == 0, run.stderr
    names = {path.name for path in (tmp_path / "home").rglob("*")}
    assert {"library.sqlite", "limit", "imgenc.ini", "imgenc.log", "imgenc.log.1", "pasted"} <= names
    assert open_to_others(tmp_path / "home") == {}


def test_folders_above_it_are_the_owners_too(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private.make_folder(tmp_path / "one/two/three")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")} == {0o700}


def test_one_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    mode = tmp_path.stat().st_mode
    private.make_folder(tmp_path)
    assert tmp_path.stat().st_mode == mode


def test_where_there_can_be_none_the_systems_words_say_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file/below", Path("~/.cache/imgenc")):
        with pytest.raises(OSError, match="home folder" if folder.parts[0] == "~" else "Not a directory"):
            private.make_folder(folder)
    assert not Path("~").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_DATA_HOME is Linux's")
def test_no_library_is_made_where_imgenc_happens_to_be_started(tmp_path, monkeypatch):
    monkeypatch.delenv("IMGENC_LIBRARY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "data")  # which the standard says is to be passed over

    assert private.usual_folder() == tmp_path / ".local" / "share" / "imgenc"
