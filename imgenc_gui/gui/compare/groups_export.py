"""Writing which pictures are alike to a file, on another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QFileDialog, QWidget

from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.comparison import Comparison, write_groups
from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.alike import Grouped
from imgenc_gui.gui.compare.comparisons import Answer
from imgenc_gui.gui.desktop.addresses import address_of, home, path_at
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.jobs import Jobs


class _ClosedError(Exception):
    """The window closes; the file is not written."""


def ask_for_target(parent: QWidget, settings: Settings) -> Path | None:
    """Ask for the file to write; None: no file is wanted."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("groups", text)

    folder = Path(settings.last_export_folder or home())
    kinds = {
        tr("Workbook for Excel and LibreOffice (*.xlsx)"): ".xlsx",
        tr("JSON (*.json)"): ".json",
        tr("CSV table (*.csv)"): ".csv",
    }
    start = address_of(folder / f"{tr('copies')}.xlsx")
    chosen, kind = QFileDialog.getSaveFileUrl(
        parent, tr("Export groups"), start, ";;".join(kinds), supportedSchemes=["file"]
    )
    path = path_at(chosen)
    if not path:
        return None
    target = Path(path)
    if target.suffix.lower() not in kinds.values():
        target = target.with_name(target.name + kinds.get(kind, ".xlsx"))
    settings.last_export_folder = str(target.parent)
    return target


def export_groups(
    target: Path,
    answer: Answer,
    root: str,
    jobs: Jobs,
    *,
    written: Callable[[Path, str], object],
    refused: Callable[[str], object],
) -> None:
    """Write the groups, whole or not at all.

    ``written`` gets the file and a sentence on what is in it, or ``refused`` why it couldn't be written.
    """
    question = answer.question
    comparison = Comparison(question.criteria, question.turned, root, answer.among, answer.flat, every=question.every)

    def tr(text: str) -> str:
        return QCoreApplication.translate("groups", text)

    def rows() -> Iterator[Grouped]:
        for row in answer.comparable.grouped(answer.bands, root):
            if jobs.is_closed():
                raise _ClosedError
            yield row

    def done(_none: None) -> None:
        groups = len(answer.bands)
        text = tr("Wrote 1 group to {1}.") if groups == 1 else tr("Wrote {0} groups to {1}.")
        written(target, text.format(QLocale().toString(groups), shown(target.name)))

    def failed(error: Exception) -> None:
        if isinstance(error, ExportError):
            refused(tr("The groups were not written: {0}").format(error.reason))
        else:
            jobs.report(error)

    jobs.run(lambda: write_groups(target, comparison, rows()), done, failed)
