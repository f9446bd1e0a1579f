"""The window's process ends when the window is closed, or when it is told to: without a question, whatever goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 120  # a hang, not a measurement
PROGRAM = """
    import ctypes, os, signal, sys, threading, time
    from imgenc_gui import app
    from imgenc_gui.__main__ import main
    from imgenc_gui.core import ending
    from imgenc_gui.core.formats import registry
    from imgenc_gui.core.formats.reader import Reader
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QMessageBox

    number, what = int(sys.argv.pop(1)), sys.argv.pop(1)
    real, reached = app.create_app, threading.Event()

    def block(*_):  # a call that nothing interrupts, not even a signal; it lets go of the interpreter's lock
        reached.set()
        lock = ctypes.create_string_buffer(256)
        for _ in range(2):
            ctypes.CDLL(None).pthread_mutex_lock(lock)

    def ask():
        reached.set()
        QMessageBox.question(None, "A question", "That nobody answers?")

    def create(argv):
        made = real(argv)
        if what == "window":
            QTimer.singleShot(0, block)
        elif what == "question":
            QTimer.singleShot(0, ask)
        def told():
            reached.wait()
            time.sleep(0.1)
            if number:
                os.kill(os.getpid(), number)
        threading.Thread(target=told, daemon=True).start()
        if not number:
            timer = QTimer(made.application)
            timer.timeout.connect(lambda: reached.is_set() and made.window.close_at_once())
            timer.start(20)
        return made

    class Finder:
        @staticmethod
        def find_spec(name, *_):
            if name == what:
                os.kill(os.getpid(), number)

    sys.meta_path.insert(0, Finder)
    app.create_app = create
    stuck = Reader(("STUCK",), (".stuck",), lambda head: head.startswith(b"STUCK"), block, block)
    registry.READERS = (stuck, *registry.READERS)
    sys.exit(main())
"""
BEGINNING = """
    import os, signal, sys
    moment = sys.argv.pop()
    class Finder:
        @staticmethod
        def find_spec(name, *_):
            if name == moment:
                os.kill(os.getpid(), signal.SIGINT)
    sys.meta_path.insert(0, Finder)
    from imgenc_gui.__main__ import main
    sys.exit(main())
"""
SAID_BY_QT = "This plugin does not support propagateSizeHints()"  # offscreen
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send signals to one process")


def said(ended: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in ended.stderr.splitlines() if line != SAID_BY_QT]


@pytest.fixture
def run(tmp_path: Path):
    """Run a program in surroundings of its own."""
    folders = {f"XDG_{name}_HOME": tmp_path / name.lower() for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    environment = os.environ | {name: str(folder) for name, folder in folders.items()}
    environment |= {"HOME": str(tmp_path), "IMGENC_LIBRARY": str(tmp_path / "library"), "PYTHONFAULTHANDLER": "1"}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "kernels")

    def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    return run


@pytest.mark.skipif(sys.platform != "linux", reason="what blocks here is a call there")
@pytest.mark.parametrize(
    ("number", "what"),
    [
        pytest.param(0, "picture", id="closed while a picture is read"),
        pytest.param(signal.SIGINT, "question", id="Ctrl+C beside a question"),
        pytest.param(signal.SIGTERM, "window", id="told to end while the window is held up"),
    ],
)
def test_it_ends_whatever_a_thread_is_in(run, tmp_path, number, what):
    (tmp_path / "a.stuck").write_bytes(b"STUCK")
    ended = run(PROGRAM, int(number), what, *([tmp_path / "a.stuck"] if what == "picture" else []))
    assert (ended.returncode, said(ended)) == (0, [])


@posix
@pytest.mark.parametrize(
    "moment", ["imgenc_gui.core.formats.child", "PySide6.QtWidgets", "imgenc_gui.gui.window.main_window"]
)
def test_ctrl_c_while_it_starts_ends_it_without_a_word(run, moment):
    ended = run(BEGINNING, moment)
    assert (ended.returncode, said(ended)) == (130, [])
