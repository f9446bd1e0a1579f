"""Showing and opening files: each system's own way, a folder when the file is gone, and never an exception."""

import os
import subprocess
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices

from imgenc_gui.gui.desktop import file_manager
from imgenc_gui.gui.desktop.file_manager import open_file, select_command, show_in_folder


@pytest.fixture
def opened(monkeypatch):
    urls = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: urls.append(Path(url.toLocalFile())) or True)
    monkeypatch.setattr(file_manager, "select_command", lambda _path: None)
    monkeypatch.setattr(file_manager, "_select_over_dbus", lambda _path: False)
    return urls


def test_each_system_has_its_own_way_to_select_a_file():
    path = Path("/photos/a, b & c.jpg")
    assert select_command(path, "win32") == f'explorer /select,"{path}"'
    assert select_command(path, "darwin") == ["open", "-R", str(path)]
    assert select_command(path, "linux") is None


def test_without_a_file_manager_that_selects_the_folder_is_opened(tmp_path, opened):
    picture = tmp_path / "a #1 100%.jpg"
    picture.touch()
    assert show_in_folder(picture)
    assert opened == [tmp_path]


def test_a_file_that_is_gone_shows_the_nearest_folder_left(tmp_path, opened):
    assert show_in_folder(tmp_path / "gone" / "further" / "a.jpg")
    assert opened == [tmp_path]


def test_a_file_manager_that_cannot_be_started_falls_back_to_the_folder(tmp_path, opened, monkeypatch):
    (tmp_path / "a.jpg").touch()
    monkeypatch.setattr(file_manager, "select_command", lambda path: ["/nowhere/at/all", str(path)])
    assert show_in_folder(tmp_path / "a.jpg")
    assert opened == [tmp_path]


def test_the_command_is_started_without_waiting(tmp_path, opened, monkeypatch):
    (tmp_path / "a.jpg").touch()
    started = []
    monkeypatch.setattr(file_manager, "select_command", lambda path: ["manager", str(path)])
    monkeypatch.setattr(subprocess, "Popen", started.append)
    assert show_in_folder(tmp_path / "a.jpg")
    assert started == [["manager", str(tmp_path / "a.jpg")]]
    assert opened == []


@pytest.mark.skipif(os.sep != "/", reason="names that are bytes")
def test_a_name_that_is_no_text_is_opened_and_shown(tmp_path, opened, monkeypatch):
    picture = tmp_path / os.fsdecode(b"caf\xe9 %41#<b>.jpg")
    picture.touch()
    addresses = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: addresses.append(bytes(url.toEncoded())) or True)
    assert open_file(picture)
    assert addresses[0].endswith(b"/caf%E9%20%2541%23%3Cb%3E.jpg")


def test_opening_names_the_file_and_says_when_it_is_gone(tmp_path, opened):
    picture = tmp_path / "ä ö.jpg"
    picture.touch()
    assert open_file(picture)
    assert opened == [picture]
    assert not open_file(tmp_path / "gone.jpg")
