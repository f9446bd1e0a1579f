"""The licences: each part's text, as plain text, read elsewhere than on the window's thread."""

import threading

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from imgenc_gui.core import licences
from imgenc_gui.core.licences import Part
from imgenc_gui.gui.help import licences as shown
from imgenc_gui.gui.help.licences import LicencesDialog
from imgenc_gui.gui.work.jobs import Jobs


@pytest.fixture
def jobs(qapp):
    jobs = Jobs(2, print)
    yield jobs
    jobs.quit()


def made_up(tmp_path, monkeypatch) -> list[Part]:
    texts = {"one": "<b>No markup</b> &amp; none", "two": "Second", "three": "Third"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    parts = [
        Part("one", "1.0", "MIT", (tmp_path / "one",)),
        Part("two", "", "", (tmp_path / "two", tmp_path / "three")),
        Part("gone", "2", "Zlib", (tmp_path / "gone",)),
    ]
    monkeypatch.setattr(shown, "parts", lambda: parts)
    return parts


def test_the_text_of_what_is_chosen_is_shown_as_it_is(qtbot, jobs, tmp_path, monkeypatch):
    made_up(tmp_path, monkeypatch)
    dialog = LicencesDialog(jobs)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog._text.toPlainText() == "<b>No markup</b> &amp; none")
    assert (dialog._name.text(), dialog._licence.text()) == ("one 1.0", "MIT")
    assert dialog._text.isReadOnly()

    qtbot.keyClick(dialog._list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "Third" in dialog._text.toPlainText())
    assert dialog._text.toPlainText().index("Second") < dialog._text.toPlainText().index("Third")
    assert dialog._name.text() == "two"
    assert dialog._licence.text()

    qtbot.keyClick(dialog._list, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: "can't be read" in dialog._text.toPlainText())


def test_of_what_is_chosen_quickly_the_last_is_shown(qtbot, jobs, tmp_path, monkeypatch):
    made_up(tmp_path, monkeypatch)
    may_go_on = threading.Event()

    def slowly(part):
        if part.name == "two":
            assert may_go_on.wait(20)
        return licences.text_of(part)

    monkeypatch.setattr(shown, "text_of", slowly)
    dialog = LicencesDialog(jobs)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog._text.toPlainText() != "")
    dialog._list.setCurrentRow(1)
    dialog._list.setCurrentRow(0)
    qtbot.waitUntil(lambda: "markup" in dialog._text.toPlainText())
    may_go_on.set()
    qtbot.wait(100)
    assert "markup" in dialog._text.toPlainText()


def test_nothing_is_read_on_the_windows_thread(qtbot, jobs, monkeypatch):
    threads = set()

    def noted(function):
        def call(*arguments):
            threads.add(threading.current_thread())
            return function(*arguments)

        return call

    monkeypatch.setattr(shown, "parts", noted(licences.parts))
    monkeypatch.setattr(shown, "text_of", noted(licences.text_of))
    dialog = LicencesDialog(jobs)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "MIT License" in dialog._text.toPlainText(), timeout=20_000)
    assert dialog._name.text().startswith("imgenc ")
    assert threads
    assert threading.main_thread() not in threads


def test_what_is_closed_meanwhile_is_left_alone(qtbot, jobs, monkeypatch):
    may_go_on, is_done = threading.Event(), threading.Event()

    def slowly():
        assert may_go_on.wait(20)
        is_done.set()
        return licences.own_parts()

    monkeypatch.setattr(shown, "parts", slowly)
    dialog = LicencesDialog(jobs)
    shiboken6.delete(dialog)
    may_go_on.set()
    assert is_done.wait(20)
    with qtbot.captureExceptions() as exceptions:
        for _ in range(10):
            QApplication.processEvents()
            qtbot.wait(10)
    assert not exceptions
