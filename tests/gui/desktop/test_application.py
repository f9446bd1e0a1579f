"""Files that the desktop hands to the running program, as macOS does: as events, at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QUrl
from PySide6.QtGui import QFileOpenEvent
from pytestqt.qtbot import QtBot

from imgenc_gui import app as program
from imgenc_gui.app import App, create_app
from imgenc_gui.gui.desktop.addresses import address_of
from imgenc_gui.gui.desktop.application import Application
from imgenc_gui.gui.errors.log import close_logging
from imgenc_gui.gui.work.session import Activity


@pytest.fixture
def start(store: QSettings, tmp_path: Path, qapp: Application) -> Iterator[Callable[[], App]]:
    """Starts the program, at most once; it ends with the test."""
    apps: list[App] = []

    def started() -> App:
        apps.append(create_app([], store, tmp_path / "logs"))
        apps[-1].window.show()
        return apps[-1]

    yield started
    for app in apps:
        app.application.opened.disconnect(app.window.intake.add_paths)
        app.window.close()
        app.window.deleteLater()
    close_logging()


def is_opened(application: Application, *addresses: QUrl) -> None:
    """Post what Qt's part for macOS makes of what the system says: an event for each file, to the application."""
    for address in addresses:
        QCoreApplication.postEvent(application, QFileOpenEvent(address))


def wait_for(qtbot: QtBot, app: App, count: int) -> None:
    qtbot.waitUntil(lambda: len(app.window.rows) == count, timeout=10_000)
    qtbot.waitUntil(lambda: app.window.session.activity is Activity.IDLE, timeout=10_000)
    assert app.window.rows.waiting() == 0


def test_what_is_dropped_on_the_icon_is_encoded(qtbot: QtBot, start: Callable[[], App], photos: Path) -> None:
    app = start()
    is_opened(app.application, address_of(photos))

    wait_for(qtbot, app, 9)


def test_what_came_before_the_window_is_encoded_too(
    qtbot: QtBot, qapp: Application, start: Callable[[], App], photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIVEN a start with a folder, as macOS does it; WHEN a turn of the event loop comes before the window is made."""
    window_class = program.MainWindow
    monkeypatch.setattr(qapp, "_is_heard", False)

    def late(*arguments, **options):
        is_opened(qapp, address_of(photos))
        qtbot.wait(20)
        return window_class(*arguments, **options)

    monkeypatch.setattr(program, "MainWindow", late)

    wait_for(qtbot, start(), 9)


def test_what_comes_together_is_told_together(qtbot: QtBot, qapp: Application, tmp_path: Path) -> None:
    """GIVEN 20 files with odd names, dropped at once; THEN they are one order, and an address of elsewhere is none."""
    told: list[list[str]] = []
    qapp.opened.connect(told.append)
    qapp.listen()
    paths = [tmp_path / f"{number} #%20é.jpg" for number in range(20)]
    is_opened(qapp, QUrl("https://example.org/a.jpg"), *map(address_of, paths))
    qtbot.waitUntil(lambda: bool(told), timeout=5_000)
    qtbot.wait(20)

    assert told == [[str(path) for path in paths]]
    qapp.opened.disconnect(told.append)
