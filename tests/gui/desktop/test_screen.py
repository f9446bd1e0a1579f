"""Without a screen, or what Qt needs to draw on it, there is one sentence that says what to do."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from imgenc_gui.gui.desktop.screen import why_no_window

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")


def test_a_missing_library_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert "sudo apt install libxcb-cursor0" in why_no_window({"DISPLAY": ":0"})
    # AND nothing is said where Qt draws otherwise
    for other in ({"QT_QPA_PLATFORM": "offscreen"}, {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}):
        assert not why_no_window(other)


def test_the_window_says_that_there_is_no_screen_and_ends() -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "imgenc_gui"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 1
    assert (
        run.stderr == "imgenc-gui: No window can be opened: there is no screen here. The command imgenc needs none.\n"
    )
    assert run.stdout == ""
