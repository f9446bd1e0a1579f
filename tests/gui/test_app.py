"""The program as it starts: command line, streams, what is imported by when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

import imgenc_gui
from imgenc_gui import __main__ as process
from imgenc_gui.app import create_app, parse
from imgenc_gui.core.terminal import open_streams
from imgenc_gui.gui.errors.log import close_logging
from imgenc_gui.gui.work.session import Activity

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_log_file_left_open():
    yield
    close_logging()


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_paths_on_the_command_line_are_encoded(
    qtbot: QtBot, store: QSettings, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = create_app(["photos"], store, tmp_path / "logs")
    app.window.show()
    qtbot.waitUntil(lambda: len(app.window.rows) == 9, timeout=60_000)
    qtbot.waitUntil(lambda: app.window.session.activity is Activity.IDLE, timeout=60_000)
    qtbot.waitUntil(lambda: app.window.model.rowCount() == 8, timeout=60_000)  # a text file is no picture
    assert app.window.rows.waiting() == 0
    app.window.close()
    app.window.deleteLater()


def test_the_theme_follows_the_setting(qtbot: QtBot, store: QSettings, tmp_path: Path) -> None:
    app = create_app([], store, tmp_path / "logs")
    app.settings.theme = "dark"
    assert app.application.palette().window().color().lightness() < 80
    app.settings.theme = "light"
    assert app.application.palette().window().color().lightness() > 180
    app.window.close()
    app.window.deleteLater()


@pytest.mark.slow
def test_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "imgenc_gui", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == f"imgenc-gui {imgenc_gui.__version__}"


@pytest.mark.slow
def test_a_painted_window_has_imported_nothing_heavy(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings
from imgenc_gui.app import create_app, parse
from imgenc_gui.core.terminal import open_streams
folder = Path(sys.argv[1])
app = create_app([], QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat), folder / "logs")
app.window.show()
app.application.processEvents()
app.window.grab()
heavy = {"onnxruntime", "torch", "torchvision", "numba", "scipy", "pywt", "imagededup", "pandas"} & set(sys.modules)
print(sorted(heavy))
ends = (".adding", ".networks_dialog", ".recipe_dialog")
print([name for name in sys.modules if name.endswith(ends)])
app.window.close()
"""
    done = run_python(code, str(tmp_path))
    assert done.stdout.split() == ["[]", "[]"], done.stderr


@pytest.mark.slow
def test_python_collects_garbage_once_the_window_is_there_but_not_what_was_made_before(tmp_path: Path) -> None:
    code = """
import gc, sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from imgenc_gui import __main__, app
folder = Path(sys.argv.pop())
def create(argv, create=app.create_app):
    print(gc.isenabled())
    made = create([], QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat), folder / "logs")
    def tell():
        print(gc.isenabled(), gc.get_freeze_count() > 50_000)
        made.window.close_at_once()
    QTimer.singleShot(0, tell)
    return made
app.create_app = create
sys.exit(__main__.main())
"""
    done = run_python(code, str(tmp_path))
    assert done.stdout.split() == ["False", "True", "True"], done.stderr


def test_a_windowed_build_without_streams_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    open_streams()
    print("said")
    print("said", file=sys.stderr)


def test_torch_is_found_but_not_imported_on_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[str] = []
    libraries = tmp_path / "torch" / "lib"
    libraries.mkdir(parents=True)

    class Found:
        origin = str(tmp_path / "torch" / "__init__.py")

    monkeypatch.setattr(process.sys, "platform", "win32")
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda name: Found if name == "torch" else None)
    monkeypatch.setattr(process.os, "add_dll_directory", told.append, raising=False)
    process.keep_torch_loadable()
    assert told == [str(libraries)]


def test_what_was_typed_wrongly_is_repeated_as_printable_text(capsys) -> None:
    with pytest.raises(SystemExit):
        parse(["--no\x1b[2J\nsuch"])
    *_, last = capsys.readouterr().err.splitlines()
    assert last == r"imgenc-gui: error: unrecognized arguments: --no\x1b[2J\x0asuch"
