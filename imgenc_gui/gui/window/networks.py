"""Adding a network in the window: the file is asked for, its recipe where none lies beside it, and it is tried."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QWidget
from shiboken6 import isValid

from imgenc_gui.core.adding import ENDINGS, AddingError, RecipeNeededError, add, remove
from imgenc_gui.core.naming import shown
from imgenc_gui.core.networks.added import Added, networks_folder, read_added
from imgenc_gui.core.networks.own_recipe import OwnRecipe
from imgenc_gui.gui.desktop.addresses import address_of, home, path_at
from imgenc_gui.gui.methods.networks_dialog import NetworksDialog
from imgenc_gui.gui.methods.recipe_dialog import RecipeDialog
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.work.jobs import Jobs


class Networks(QObject):
    """Lives on the window's thread; files are read, tried and kept on another.

    What is added is a method when imgenc starts: the table, and all that shows methods, are made for those there are.
    """

    def __init__(self, window: QMainWindow, jobs: Jobs) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._start = home()

    def open(self, parent: QWidget | None = None) -> None:
        """Show what there is, and how to add one."""
        dialog = NetworksDialog(parent or self._window)
        dialog.file_requested.connect(lambda: self._ask(dialog))
        dialog.remove_requested.connect(lambda added: self._remove(dialog, added))
        dialogs.open_dialog(dialog)
        self._look(dialog)

    def take(self, dialog: NetworksDialog, file: Path, recipe: OwnRecipe | None = None) -> None:
        """Try a file and add it; ask for its recipe where there is none."""

        def failed(error: Exception) -> None:
            if not isinstance(error, AddingError):
                self._jobs.report(error)
                self._tell(dialog, self.tr("Something went wrong; nothing was added."), warning=True)
            elif isinstance(error, RecipeNeededError) and isValid(dialog):
                dialog.tell("")
                self._ask_recipe(dialog, file, error)
            else:
                self._tell(dialog, error.reason, warning=True)

        def done(added: Added) -> None:
            text = self.tr("{0} is added: it is among the methods when imgenc is opened again.")
            self._tell(dialog, text.format(added.label))
            self._look(dialog)

        dialog.tell(self.tr("Trying {0}…").format(shown(file.name)), busy=True)
        self._jobs.run(lambda: add(file, recipe), done, failed)

    def _ask(self, dialog: NetworksDialog) -> None:
        kinds = self.tr("Networks ({0})").format(" ".join(f"*{ending}" for ending in ENDINGS))
        title = self.tr("Add a network")
        chosen, _ = QFileDialog.getOpenFileUrl(dialog, title, address_of(self._start), kinds, supportedSchemes=["file"])
        path = path_at(chosen)
        if path:
            self._start = Path(path).parent
            self.take(dialog, Path(path))

    def _ask_recipe(self, dialog: NetworksDialog, file: Path, needed: RecipeNeededError) -> None:
        asking = RecipeDialog(needed.proposed, needed.outputs, dialog)

        def answered(result: int) -> None:
            if result == QDialog.DialogCode.Accepted:
                self.take(dialog, file, asking.recipe)

        asking.finished.connect(answered)
        dialogs.open_dialog(asking)

    def _remove(self, dialog: NetworksDialog, added: Added) -> None:
        def failed(error: Exception) -> None:
            if isinstance(error, AddingError):
                self._tell(dialog, error.reason, warning=True)
            else:
                self._jobs.report(error)

        def done(_none: None) -> None:
            self._tell(
                dialog,
                self.tr("{0} is removed, and no method any more when imgenc is opened again.").format(added.label),
            )
            self._look(dialog)

        self._jobs.run(lambda: remove(added), done, failed)

    def _look(self, dialog: NetworksDialog) -> None:
        def show(found: list[Added]) -> None:
            if isValid(dialog):
                dialog.show_added(found)

        self._jobs.run(lambda: read_added(networks_folder()), show)

    @staticmethod
    def _tell(dialog: NetworksDialog, text: str, *, warning: bool = False) -> None:
        if isValid(dialog):
            dialog.tell(text, warning=warning)
