"""Showing and opening files: each system's own way, a folder when the file is gone, and a word when nothing can be."""

import os
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCall
from PySide6.QtGui import QDesktopServices

from imgenc_gui.gui.desktop import file_manager
from imgenc_gui.gui.desktop.file_manager import open_file, select_command, show_in_folder

ask_on_the_bus = file_manager._select_over_dbus  # most tests do without
needs_scripts = pytest.mark.skipif(os.name == "nt", reason="scripts, and a desktop with other ways")


@pytest.fixture
def opened(monkeypatch):
    """What Qt opened, on a desktop that has no other way."""
    urls = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: urls.append(Path(url.toLocalFile())) or True)
    monkeypatch.setattr(file_manager, "select_command", lambda _path: None)
    monkeypatch.setattr(file_manager, "_select_over_dbus", lambda _path, failed: failed())
    monkeypatch.setattr(file_manager, "_OPENERS", ())
    return urls


@pytest.fixture
def failures():
    return []


@pytest.fixture
def fail(failures):
    return lambda: failures.append("failed")


@pytest.fixture
def scripts(tmp_path, monkeypatch, opened):
    """Makes the commands that open files on a Linux desktop, which note what they were to open."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(file_manager, "_OPENERS", (("xdg-open",), ("gio", "open")))

    def make(name, status):
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/{name}.txt\nexit {status}\n')
        script.chmod(0o755)
        return tmp_path / f"{name}.txt"

    return make


def test_each_system_has_its_own_way_to_select_a_file():
    path = Path("/photos/a, b & c.jpg")
    assert select_command(path, "win32") == f'explorer /select,"{path}"'
    assert select_command(path, "darwin") == ["open", "-R", str(path)]
    assert select_command(path, "linux") is None


def test_without_a_file_manager_that_selects_the_folder_is_opened(tmp_path, opened, fail, failures):
    picture = tmp_path / "a #1 100%.jpg"
    picture.touch()
    show_in_folder(picture, fail)
    assert opened == [tmp_path]
    assert failures == []


def test_a_file_that_is_gone_shows_the_nearest_folder_left(tmp_path, opened, fail, failures):
    show_in_folder(tmp_path / "gone" / "further" / "a.jpg", fail)
    assert opened == [tmp_path]
    assert failures == []


@pytest.mark.parametrize("command", ["/nowhere/at/all", ["/nowhere/at/all"]], ids=["line", "words"])
def test_a_file_manager_that_cannot_be_started_falls_back_to_the_folder(tmp_path, opened, fail, monkeypatch, command):
    (tmp_path / "a.jpg").touch()
    monkeypatch.setattr(file_manager, "select_command", lambda _path: command)
    show_in_folder(tmp_path / "a.jpg", fail)
    assert opened == [tmp_path]


def test_the_command_is_started_without_waiting(tmp_path, opened, fail, monkeypatch):
    (tmp_path / "a.jpg").touch()
    started = []
    monkeypatch.setattr(file_manager, "select_command", lambda path: f'explorer "{path}"')
    monkeypatch.setattr(subprocess, "Popen", started.append)
    show_in_folder(tmp_path / "a.jpg", fail)
    assert started == [f'explorer "{tmp_path / "a.jpg"}"']
    assert opened == []


@pytest.mark.skipif(os.sep != "/", reason="names that are bytes")
def test_a_name_that_is_no_text_is_opened_and_shown(tmp_path, opened, fail, monkeypatch):
    picture = tmp_path / os.fsdecode(b"caf\xe9 %41#<b>.jpg")
    picture.touch()
    addresses = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: addresses.append(bytes(url.toEncoded())) or True)
    open_file(picture, fail)
    assert addresses[0].endswith(b"/caf%E9%20%2541%23%3Cb%3E.jpg")


def test_opening_names_the_file_and_says_when_it_is_gone(tmp_path, opened, fail, failures):
    picture = tmp_path / "ä ö.jpg"
    picture.touch()
    open_file(picture, fail)
    assert opened == [picture]
    assert failures == []
    open_file(tmp_path / "gone.jpg", fail)
    assert failures == ["failed"]


def test_where_nothing_opens_files_that_is_told(tmp_path, opened, fail, failures, monkeypatch):
    (tmp_path / "a.jpg").touch()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    open_file(tmp_path / "a.jpg", fail)
    show_in_folder(tmp_path / "a.jpg", fail)
    assert failures == ["failed"] * 2


@needs_scripts
def test_where_one_command_finds_no_program_the_next_is_tried_and_then_it_is_told(
    tmp_path, scripts, opened, fail, failures, qtbot
):
    # GIVEN a desktop whose commands are there, but have no program for folders: Qt would call that a success
    (tmp_path / "a.jpg").touch()
    tried = [scripts("xdg-open", 3), scripts("gio", 2)]
    show_in_folder(tmp_path / "a.jpg", fail)
    qtbot.waitUntil(lambda: failures == ["failed"], timeout=20_000)
    assert [file.read_text() for file in tried] == [f"{tmp_path}\n", f"open {tmp_path}\n"]
    assert opened == []


@needs_scripts
def test_a_command_that_opens_the_file_is_enough(tmp_path, scripts, opened, fail, failures, qtbot):
    (tmp_path / "a.jpg").touch()
    done, not_tried = scripts("xdg-open", 0), scripts("gio", 0)
    open_file(tmp_path / "a.jpg", fail)
    qtbot.waitUntil(lambda: file_manager._waiting == [] and done.exists(), timeout=20_000)
    assert done.read_text() == f"{tmp_path / 'a.jpg'}\n"
    assert not not_tried.exists()
    assert failures == opened == []


def test_where_no_file_manager_answers_on_the_bus_the_folder_is_opened(tmp_path, opened, fail, monkeypatch, qtbot):
    # GIVEN a session with a bus, and nobody on it who shows files
    class Bus:
        def isConnected(self):  # noqa: N802
            return True

        def asyncCall(self, message, _timeout):  # noqa: N802
            asked.append([QUrl(address).toLocalFile() for address in message.arguments()[0]])
            return QDBusPendingCall.fromCompletedCall(QDBusMessage.createError("org.imgenc.None", "nobody"))

    (tmp_path / "a.jpg").touch()
    asked = []
    monkeypatch.setattr(QDBusConnection, "sessionBus", staticmethod(Bus))
    ask_on_the_bus(tmp_path / "a.jpg", lambda: open_file(tmp_path, fail))
    qtbot.waitUntil(lambda: opened == [tmp_path], timeout=20_000)
    assert asked == [[str(tmp_path / "a.jpg")]]
