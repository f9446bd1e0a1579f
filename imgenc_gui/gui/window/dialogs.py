"""The window's dialogs. Each is imported when it opens, so that the window is there sooner."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox

from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.session import Session

WORTH_ASKING = 10  # fewer encodings than this are made again in a moment


def open_export(window: QMainWindow, settings: Settings, session: Session, view: ResultsView, jobs: Jobs) -> None:
    """Open the export dialog for the table as it is now."""
    from imgenc_gui.gui.export.dialog import ExportDialog  # noqa: PLC0415
    from imgenc_gui.gui.export.snapshot import take_snapshot  # noqa: PLC0415

    dialog = ExportDialog(settings, take_snapshot(session, view), jobs, window)
    rows = session.live.rows
    dialog.exported.connect(lambda written: rows.mark_saved(written.rows, written.methods, written.then))
    _open(dialog)


def open_settings(window: QMainWindow, settings: Settings) -> None:
    """Open the settings."""
    from imgenc_gui.gui.settings.dialog import SettingsDialog  # noqa: PLC0415

    _open(SettingsDialog(settings, window))


def open_keys(window: QMainWindow) -> None:
    """List the keys."""
    from imgenc_gui.gui.help.keys import KeyboardDialog, preview_keys, shortcut_sections  # noqa: PLC0415

    _open(KeyboardDialog([*shortcut_sections(window.menuBar()), preview_keys()], window))


def open_about(window: QMainWindow) -> None:
    """Tell versions and licence."""
    from imgenc_gui.gui.help.about import AboutDialog  # noqa: PLC0415

    _open(AboutDialog(window))


def may_lose(window: QMainWindow, count: int, question: str, button: str, export: Callable[[], object]) -> bool:
    """Ask when more than a few encodings exist nowhere but here; True to go on."""
    if count < WORTH_ASKING:
        return True
    box = QMessageBox(QMessageBox.Icon.Question, "imgenc", question, parent=window)
    box.setTextFormat(Qt.TextFormat.PlainText)
    number = window.locale().toString(count)
    box.setInformativeText(window.tr("The encodings of {0} pictures have not been exported.").format(number))
    lose = box.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
    save = box.addButton(window.tr("Export…"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(save)
    box.exec()
    chosen = box.clickedButton()
    box.deleteLater()
    if chosen is save:
        export()
    return chosen is lose


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
