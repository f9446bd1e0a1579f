"""The real window on a real screen: real keys, the window manager's close button, signals, kills."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import psutil
import pytest

from imgenc_gui.methods import PHash
from tests.system.conftest import wait_for
from tests.system.drawings import COSTLY


def test_a_folder_given_on_the_command_line_is_encoded_and_exported_by_keys(make_screen, start, photos, tmp_path):
    # GIVEN the window, opened on a folder
    screen = make_screen()
    imgenc = start(screen, photos)
    imgenc.wait_encoded(13)
    # WHEN the person presses Ctrl+E (from within a field, where it would go to the line's end), types a name, and Enter
    screen.key("ctrl+f", "ctrl+e")
    wait_for("the export dialog", lambda: screen.title().startswith("Export"))
    target = tmp_path / "mine.json"
    screen.key("alt+v", "ctrl+a")
    screen.type(str(target))
    screen.key("Return")
    # THEN the file holds what the API says
    wait_for("the file", target.exists)
    written = json.loads(target.read_text())
    assert written == PHash().encode_images(image_dir=photos)
    assert len(written) == 13
    screen.key("Escape")
    # AND the window manager's close button ends the program: nothing is left to ask for, and nobody stays behind
    wait_for("the dialog's end", lambda: screen.title() == "imgenc")
    children = imgenc.children()
    screen.tool("wmctrl", "-c", "imgenc")
    assert imgenc.end_status() == 0
    assert psutil.wait_procs(children, 10)[1] == []


def test_closing_asks_before_encodings_are_lost_and_escape_keeps_them(make_screen, start, photos):
    screen = make_screen()
    settings = Path(screen.environment["XDG_CONFIG_HOME"]) / "imgenc" / "imgenc.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[library]\nkeep=false\n")  # what it keeps isn't lost
    imgenc = start(screen, photos)
    imgenc.wait_encoded(13)
    screen.tool("wmctrl", "-c", "imgenc")
    wait_for("the question", lambda: len(screen.windows(imgenc.process)) == 2)
    screen.key("Escape")
    wait_for("the window alone", lambda: len(screen.windows(imgenc.process)) == 1)
    assert imgenc.process.is_running()


def test_a_copied_hash_is_in_the_clipboard_of_other_programs(make_screen, start, photos):
    screen = make_screen()
    imgenc = start(screen, photos / "IMG_03.jpg")
    ((name, *cells),) = imgenc.wait_encoded(1)
    assert name == "IMG_03.jpg"
    assert cells[-1] == PHash().encode_image(image_file=photos / "IMG_03.jpg")


def test_the_system_shutting_down_is_not_asked_to_wait(make_screen, start, photos):
    # GIVEN more encodings than are given up without asking
    imgenc = start(make_screen(), photos)
    imgenc.wait_encoded(13)
    # WHEN the process is told to end THEN it does
    imgenc.process.terminate()
    assert imgenc.end_status() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_the_window_and_its_children(make_screen, start, tmp_path, number):
    # GIVEN a drawing that takes its time in the guarded child
    (tmp_path / "slow.svg").write_text(COSTLY)
    imgenc = start(make_screen(), tmp_path / "slow.svg")
    children = wait_for("the child", imgenc.children)
    # WHEN the signal comes
    imgenc.process.send_signal(number)
    # THEN all ends, in order
    assert imgenc.end_status() == 0
    assert psutil.wait_procs(children, 10)[1] == []


def test_killing_the_window_takes_its_busy_children_along(make_screen, start, tmp_path):
    (tmp_path / "slow.svg").write_text(COSTLY)
    imgenc = start(make_screen(), tmp_path / "slow.svg")
    children = wait_for("the child", imgenc.children)
    time.sleep(0.5)
    imgenc.process.kill()
    assert psutil.wait_procs(children, 10)[1] == []


def test_stop_reaches_a_drawing_that_takes_its_time(make_screen, start, tmp_path):
    screen = make_screen()
    (tmp_path / "slow.svg").write_text(COSTLY)
    imgenc = start(screen, tmp_path / "slow.svg")
    wait_for("the child", imgenc.children)
    wait_for("encoding", lambda: "%" in screen.title())
    began = time.monotonic()
    screen.key("ctrl+period")
    imgenc.wait_idle()
    assert time.monotonic() - began < 8  # far from the 20 s that a drawing may take


@pytest.mark.parametrize("size", [(1024, 700, 1), (1440, 900, 1), (1440, 900, 2)])
def test_the_window_fits_on_the_screen(make_screen, start, photos, tmp_path, size):
    width, height, scale = size
    screen = make_screen(width, height, scale)
    imgenc = start(screen, photos)
    imgenc.wait_encoded(13)
    told = screen.tool("xwininfo", "-id", imgenc.main_window())
    place = {
        name.strip(): int(value)
        for name, _, value in (line.rpartition(":") for line in told.splitlines())
        if value.strip().isdecimal()
    }
    left, top = place["Absolute upper-left X"], place["Absolute upper-left Y"]
    assert left + place["Width"] <= width * scale
    assert top + place["Height"] <= height * scale
    # AND something is painted on it: a table of many colours, not a grey box
    picture = screen.shoot(tmp_path / "screen.png")
    assert len(picture.resize((400, 300)).getcolors(120_000)) > 100


def test_a_second_start_finds_the_window_as_it_was_left(make_screen, start, photos):
    # GIVEN a window whose inspector was closed
    screen = make_screen()
    first = start(screen, photos / "IMG_00.jpg")
    first.wait_encoded(1)
    screen.key("ctrl+i")
    time.sleep(0.3)
    screen.key("ctrl+q")
    assert first.end_status() == 0
    settings = Path(screen.environment["XDG_CONFIG_HOME"]) / "imgenc" / "imgenc.ini"
    assert "inspector_visible=false" in settings.read_text()
