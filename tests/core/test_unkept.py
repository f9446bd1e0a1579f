"""A home that can't be written to is told of in one sentence, once, by the command, the window and the API."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui.core.unkept import Unkept
from tests.core.test_private import home_environment
from tests.pictures import photo

COMMAND = "import sys; from imgenc_gui.cli import main; sys.exit(main(sys.argv[1:]))"
API = """
import sys
from imgenc_gui.methods import PHash
for cache in (True, False, True):
    assert len(PHash().encode_images(sys.argv[1], cache=cache)) == 1
"""
WINDOW = """
import os, sys
from imgenc_gui.app import create_app
app = create_app([sys.argv[1]])
rows = app.window.session.live.rows
while not (len(rows) and rows.encoded.all() and app.window.message_bar.text):
    app.application.processEvents()
for _ in range(20):
    app.application.processEvents()
app.settings.theme = "dark"
print(app.window.message_bar.text, file=sys.stderr)
os._exit(0)
"""


def told(tmp_path: Path, program: str, **environment: str) -> list[str]:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(photo(50, 40)).save(folder / "a.png")
    run = subprocess.run(
        [sys.executable, "-c", program, folder],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=home_environment(tmp_path / "home") | environment,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    return run.stderr.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="homes are told of by the profile there")
@pytest.mark.parametrize(
    ("program", "what"),
    [(COMMAND, "home"), (API, "home"), (WINDOW, "home"), (COMMAND, "cache")],
    ids=["command", "API", "window", "cache alone"],
)
def test_it_is_told_once_in_one_sentence(tmp_path: Path, program: str, what: str) -> None:
    (tmp_path / "home").mkdir()
    file = tmp_path / "file"
    file.touch()
    environment = {"HOME": str(file)} if what == "home" else {"XDG_CACHE_HOME": str(file)}
    environment["NUMBA_CACHE_DIR"] = ""
    lines = told(tmp_path, program, **environment)

    if what == "cache" and program == COMMAND:
        assert len(lines) == 1
    sentences = [line for line in lines if "(Not a directory)" in line]
    assert len(sentences) == 1, lines
    assert sentences[0].count("(Not a directory)") == 1
    assert not any(word in line for line in lines for word in ("Errno", "Path(", "Error(", "Traceback"))
    assert not (tmp_path / "~").exists()


def test_what_the_library_tells_itself_is_not_told_again(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    one = Unkept(lambda *words: heard.append(words))
    with one.held():
        one.note(tmp_path, NotADirectoryError(20, "Not a directory"))
        assert heard == []
        one.known()
    one.note(tmp_path, NotADirectoryError(20, "Not a directory"))
    assert heard == []


def test_several_places_are_one_cause(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    one = Unkept(lambda *words: heard.append(words))
    with one.held(), one.held():
        one.note(tmp_path / "a\nb", PermissionError(13, "Permission denied"))
        one.note(tmp_path / "other", PermissionError(13, "Permission denied"))
    one.note(tmp_path / "third", PermissionError(13, "Permission denied"))
    assert heard == [(f"{tmp_path}{os.sep}a\\x0ab", "Permission denied")]
