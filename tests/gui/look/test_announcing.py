"""What comes to stand on the window by itself is read out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from imgenc_gui.gui.look import announcing
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.gui.conftest import FakeEncoder


class Reader:
    """A screen reader, as far as the window knows of it."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @staticmethod
    def isActive() -> bool:  # noqa: N802 - Qt's name
        return True

    def updateAccessibility(self, event: QAccessibleEvent) -> None:  # noqa: N802 - Qt's name
        assert event.type() == QAccessible.Event.Announcement
        self.said.append(event.message())


def test_the_run_its_end_messages_and_what_was_copied_are_read_out(
    qtbot: QtBot, store, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    monkeypatch.setattr(announcing, "QAccessible", reader)
    window = MainWindow(Settings(store), FakeEncoder)
    qtbot.addWidget(window)
    window.show()
    window.intake.add_paths([str(photos)])
    qtbot.waitUntil(
        lambda: window.session.activity is Activity.IDLE and window.session.outcome.encoded > 0, timeout=20_000
    )
    assert reader.said[0] == "Looking for pictures…"
    assert reader.said[-1] == window.status.text + ", " + window.status.failures_text
    assert "7 pictures encoded in" in reader.said[-1]
    # AND a message, and what a key did
    window.message_bar.tell("The disk is full.")
    assert reader.said[-1] == "The disk is full."
    window.view.selectAll()
    window.view.copy_rows()
    qtbot.waitUntil(lambda: reader.said[-1].startswith("Copied"), timeout=20_000)
    QApplication.clipboard().clear()
    window.close_at_once()
