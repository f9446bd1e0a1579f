"""The window's dialogs. Each is imported when it opens, so that the window is there sooner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

import numpy as np
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox, QWidget
from shiboken6 import isValid

from imgenc_gui.core.columns import Numbers
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.states import States
from imgenc_gui.gui.compare.comparisons import Answer, Comparisons
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import widen
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.view import ResultsView
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.origins import look_again
from imgenc_gui.gui.work.session import Activity, Session

WORTH_ASKING = 10  # fewer encodings than this are made again in a moment
_PORTION = 5000  # files: some ten milliseconds of the window's thread where all have changed


def get_ready() -> None:
    """Load what the export dialog is made of, on any thread: where there is something to export it may be opened."""
    import_module("imgenc_gui.gui.export.dialog")


def open_export(
    window: QMainWindow,
    settings: Settings,
    session: Session,
    view: ResultsView,
    jobs: Jobs,
    *,
    answer: Answer | None = None,
    library: Library | None = None,
) -> None:
    """Open the export dialog for the table as it is now. ``answer``: what is alike. ``library``: of thumbnails."""
    from imgenc_gui.core.library.showing import small_reader  # noqa: PLC0415
    from imgenc_gui.gui.export.dialog import ExportDialog  # noqa: PLC0415
    from imgenc_gui.gui.export.snapshot import Alike, Written, take_snapshot  # noqa: PLC0415

    alike = None
    if answer is not None:
        alike = Alike(answer.bands, answer.question.every, answer.comparable.pictures)
    dialog = ExportDialog(settings, take_snapshot(session, view, alike), jobs, window, read_small=small_reader(library))
    rows = session.live.rows

    def exported(written: Written) -> None:
        rows.mark_saved(written.rows, written.methods, written.then)
        look(rows.paths, np.asarray(written.rows, np.int64), 0)

    def look(paths: Sequence[str], left: Numbers, changed: int) -> None:
        """Look at files portion by portion, so that none takes the window long, and say how many have changed."""
        portion = [paths[row] for row in left[:_PORTION].tolist()]

        def looked(seen: dict[str, FileIdentity]) -> None:
            told = changed + (session.see_all(seen) if seen else 0)
            if left.size > _PORTION:
                look(paths, left[_PORTION:], told)
            elif isValid(dialog):  # it may have been closed by then; the table tells, too
                dialog.tell_changed(told)

        jobs.run(lambda: look_again(rows, portion, jobs.is_closed), looked)

    dialog.exported.connect(exported)
    open_dialog(dialog)


def open_threshold(
    window: QMainWindow,
    comparisons: Comparisons,
    settings: Settings,
    *,
    thumbnails: Thumbnails,
    jobs: Jobs,
    show_pair: Callable[[int, int], object],
) -> None:
    """Show how near these pictures are to each other, beside the window, in which pairs are looked at."""
    from imgenc_gui.gui.compare.threshold_dialog import ThresholdDialog  # noqa: PLC0415

    for open_already in window.findChildren(ThresholdDialog):
        open_already.close()
    comparable = comparisons.comparable
    first = comparisons.methods
    methods = (*first, *(method for method in comparable.methods if method not in first))
    step = settings.compare_step
    dialog = ThresholdDialog(
        comparable, methods, rows=comparisons.rows, step=step, thumbnails=thumbnails, jobs=jobs, parent=window
    )
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.step_chosen.connect(lambda step: setattr(settings, "compare_step", step))
    dialog.pair_opened.connect(show_pair)
    comparisons.forgotten.connect(dialog.close)
    dialog.move(window.pos())  # the inspector, at the right, is seen beside it
    dialog.show()


def open_keys(window: QMainWindow) -> None:
    """List the keys."""
    from imgenc_gui.gui.help.keys import KeyboardDialog, preview_keys, shortcut_sections  # noqa: PLC0415

    open_dialog(KeyboardDialog([*shortcut_sections(window.menuBar()), preview_keys()], window))


def open_methods(window: QMainWindow, jobs: Jobs) -> None:
    """Tell what the methods are."""
    from imgenc_gui.gui.help.methods import MethodsDialog  # noqa: PLC0415

    open_dialog(MethodsDialog(jobs, window))


def open_about(window: QMainWindow, jobs: Jobs) -> None:
    """Tell versions and licences."""
    from imgenc_gui.gui.help.about import AboutDialog  # noqa: PLC0415

    open_dialog(AboutDialog(jobs, window))


def may_lose(
    window: QWidget, losses: Sequence[str], question: str, button: str, export: Callable[[], object] | None
) -> bool:
    """Ask when something would be lost, as these sentences say; True to go on. ``export``: what can save it."""
    if not losses:
        return True
    box = QMessageBox(QMessageBox.Icon.Question, "imgenc", question, parent=window)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText("\n".join(losses))
    widen(box)
    lose = box.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
    save = box.addButton(window.tr("Export…"), QMessageBox.ButtonRole.AcceptRole) if export is not None else None
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    without_icons(box)
    box.setDefaultButton(cancel if save is None else save)
    box.exec()
    chosen = box.clickedButton()
    box.deleteLater()
    if export is not None and chosen is save:
        export()
    return chosen is lose


def unsaved_words(rows: States, *, kept: bool = False) -> list[str]:
    """Say when more than a few encodings exist nowhere but here; ``kept``: the library has those that it took."""
    count = rows.unsaved(kept=kept)
    if count < WORTH_ASKING:
        return []
    text = QCoreApplication.translate("closing", "The encodings of {0} pictures have not been exported.")
    if kept and count < rows.unsaved():  # more haven't, but aren't lost
        text = QCoreApplication.translate(
            "closing", "The encodings of {0} pictures have not been exported, nor could the library give them again."
        )
    return [text.format(QLocale().toString(count))]


def unfinished_words(session: Session) -> list[str]:
    """Say when more than a little work would be broken off."""
    activity = session.activity
    if activity is Activity.LISTING or (activity is Activity.ENCODING and session.is_listing):
        return [QCoreApplication.translate("closing", "imgenc is still looking for pictures.")]
    left = session.total - session.done
    if activity is not Activity.ENCODING or left < WORTH_ASKING:
        return []
    text = QCoreApplication.translate("closing", "imgenc is still encoding: {0} of {1} pictures are left.")
    number = QLocale().toString
    return [text.format(number(left), number(session.total))]


def is_exporting(window: QMainWindow) -> bool:
    """Whether an export is being written."""
    from imgenc_gui.gui.export.dialog import ExportDialog  # noqa: PLC0415

    return any(isinstance(found, ExportDialog) and found.is_running() for found in window.findChildren(QDialog))


def open_dialog(dialog: QDialog) -> None:
    """Open a dialog that ends with its closing."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
