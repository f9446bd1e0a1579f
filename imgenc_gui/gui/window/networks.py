"""Networks in the window: added (a file is asked for, its recipe where none lies beside it) and removed, while it runs.

What is added is a method at once. What is removed is none any more; what the table has of it stays until that is
cleared, and so long no other network takes its name.
"""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QWidget
from shiboken6 import isValid

from imgenc_gui.core.naming import shown
from imgenc_gui.core.networks.added import Added, AddedMethod, Unusable, look_into, method_of, networks_folder
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.networks.own_recipe import OwnRecipe
from imgenc_gui.core.registry import METHODS, take_in
from imgenc_gui.core.rows import MOST_METHODS
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.gui.desktop.addresses import address_of, home, path_at
from imgenc_gui.gui.window import dialogs
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.session import Activity, Session

if TYPE_CHECKING:  # the window is there sooner
    from collections.abc import Callable

    from imgenc_gui.core.adding import RecipeNeededError
    from imgenc_gui.gui.methods.networks_dialog import NetworksDialog

Found = tuple[list[Added], list[Unusable]]


class Networks(QObject):
    """Lives on the window's thread; files are read, tried and kept on another."""

    changed = Signal(object)  # there are other methods now, these of them for the first time or again

    def __init__(self, window: QMainWindow, session: Session, jobs: Jobs) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._live = session.live
        self._jobs = jobs
        self._start = home()
        self._finds: deque[tuple[Found, Callable[[Found], None]]] = deque()
        session.activity_changed.connect(self._look_again)  # as when rows go or come back

    def open(self, parent: QWidget | None = None) -> None:
        """Show what there is, and how to add one."""
        from imgenc_gui.gui.methods.networks_dialog import NetworksDialog  # noqa: PLC0415 - the window is there sooner

        dialog = NetworksDialog(parent or self._window)
        dialog.file_requested.connect(lambda: self._ask(dialog))
        dialog.remove_requested.connect(lambda network: self._remove(dialog, network))
        dialogs.open_dialog(dialog)
        self._look(dialog)

    def take(self, dialog: NetworksDialog, file: Path, recipe: OwnRecipe | None = None) -> None:
        """Try a file and add it, unless that is stopped; ask for its recipe where there is none."""
        from imgenc_gui.core.adding import AddingError, RecipeNeededError, add  # noqa: PLC0415

        stopped = threading.Event()

        def failed(error: Exception) -> None:
            if isinstance(error, StoppedError):
                self._tell(dialog, self.tr("Stopped; nothing was added."))
            elif not isinstance(error, AddingError):
                self._jobs.report(error)
                self._tell(dialog, self.tr("Something went wrong; nothing was added."), warning=True)
            elif isinstance(error, RecipeNeededError) and isValid(dialog):
                dialog.tell("")
                self._ask_recipe(dialog, file, error)
            else:
                self._tell(dialog, error.reason, warning=True)

        def done(added: Added) -> None:
            self._look(dialog, lambda: self._tell(dialog, self._added_words(added)))

        dialog.tell(self.tr("Trying {0}…").format(shown(file.name)), busy=True, stop=stopped.set)
        self._jobs.run(lambda: add(file, recipe, stop=lambda: stopped.is_set() or self._jobs.is_closed()), done, failed)

    def _added_words(self, added: Added) -> str:
        method = METHODS.get(added.id)
        if isinstance(method, AddedMethod) and method.added == added:
            return self.tr("{0} is added: choose it among the methods.").format(added.label)
        if len(self._live.rows.methods) >= MOST_METHODS:
            return self.tr("{0} is added: it is among the methods when imgenc is opened again.").format(added.label)
        text = self.tr(
            "{0} is added. The table still has what the one before it gave: clear it, and choose the new one."
        )
        return text.format(added.label)

    def _ask(self, dialog: NetworksDialog) -> None:
        from imgenc_gui.core.adding import ENDINGS  # noqa: PLC0415

        kinds = self.tr("Networks ({0})").format(" ".join(f"*{ending}" for ending in ENDINGS))
        title = self.tr("Add a network")
        chosen, _ = QFileDialog.getOpenFileUrl(dialog, title, address_of(self._start), kinds, supportedSchemes=["file"])
        path = path_at(chosen)
        if path:
            self._start = Path(path).parent
            self.take(dialog, Path(path))

    def _ask_recipe(self, dialog: NetworksDialog, file: Path, needed: RecipeNeededError) -> None:
        from imgenc_gui.gui.methods.recipe_dialog import RecipeDialog  # noqa: PLC0415

        asking = RecipeDialog(needed.proposed, needed.outputs, dialog)

        def answered(result: int) -> None:
            if result == QDialog.DialogCode.Accepted:
                self.take(dialog, file, asking.recipe)

        asking.finished.connect(answered)
        dialogs.open_dialog(asking)

    def _remove(self, dialog: NetworksDialog, network: Added | Unusable) -> None:
        from imgenc_gui.core.adding import AddingError, remove  # noqa: PLC0415

        label = network.label if isinstance(network, Added) else network.id
        if self._session.activity is not Activity.IDLE:
            text = self.tr("{0} stays as long as pictures are encoded. Wait for the end, or stop, then remove it.")
            dialog.tell(text.format(label), warning=True)
            return
        if not dialogs.may_lose(
            dialog, self._losses(network), self.tr("Remove {0}?").format(label), self.tr("Remove"), None
        ):
            return

        def failed(error: Exception) -> None:
            if isinstance(error, AddingError):
                self._tell(dialog, error.reason, warning=True)
            else:
                self._jobs.report(error)
                self._tell(dialog, self.tr("Something went wrong; it may not be removed."), warning=True)
            self._look(dialog)

        def done(_none: None) -> None:
            self._look(dialog, lambda: self._tell(dialog, self.tr("{0} is removed.").format(label)))

        dialog.tell(self.tr("Removing {0}…").format(label), busy=True)
        self._jobs.run(lambda: remove(network), done, failed)

    def _losses(self, network: Added | Unusable) -> list[str]:
        """What goes with it, and what stays."""
        if isinstance(network, Unusable):
            return [self.tr("Imgenc's copy of its file is deleted. The file that you added stays where it is.")]
        said = [
            self.tr(
                "It is no longer among the methods, and imgenc's copy of its file is deleted. The file that you added "
                "stays where it is."
            )
        ]
        if any(method.id == network.id for method in self._held()):
            said.append(self.tr("What the table has of it stays until the table is cleared."))
        said.append(
            self.tr(
                "The library keeps its encodings until it needs the room, and has them again if you add the same file "
                "with the same recipe."
            )
        )
        return said

    # What there is

    def _held(self) -> list[AddedMethod]:
        """Those that the table has encodings of, also where they are no methods any more."""
        rows = self._live.rows
        holds = rows.any_has if self._session.is_set_aside else rows.keeps  # which may be put back beside others
        return [method for method in rows.methods if isinstance(method, AddedMethod) and holds(method)]

    def _look(self, dialog: NetworksDialog, then: Callable[[], None] | None = None) -> None:
        """See what there is, have it among the methods, and show it."""

        def show(found: Found) -> None:
            if isValid(dialog):
                dialog.show_networks(*found)
            if then is not None:
                then()

        self._jobs.run(lambda: look_into(networks_folder()), lambda found: self._take_in(found, show))

    def _take_in(self, found: Found, then: Callable[[Found], None]) -> None:
        """Have what was found among the methods, one find after the other; ``then`` is told."""
        self._finds.append((found, then))
        if len(self._finds) == 1:
            self._make_room()

    def _make_room(self) -> None:
        """First for what they give: an encoding may come as soon as there is a method."""
        known, there = self._live.rows.methods, self._with_room()
        (networks, _), _ = self._finds[0]
        new = [method_of(added, networks_folder()) for added in networks if added not in there]
        steps = self._live.take_methods(new[: MOST_METHODS - len(known)]) if new else iter(())  # a next start has more

        def go_on() -> None:
            try:
                is_at_it = next(steps, steps) is not steps
            except MemoryError as error:  # these are none, and the others are what they are
                self._jobs.report(error)
                is_at_it = False
            if is_at_it:
                QTimer.singleShot(0, self, go_on)
                return
            self._have_them()
            if self._finds:
                self._make_room()

        go_on()

    def _with_room(self) -> set[Added]:
        """Those whose encodings the table can take."""
        return {method.added for method in self._live.rows.methods if isinstance(method, AddedMethod)}

    def _have_them(self) -> None:
        found, then = self._finds.popleft()
        before, there = tuple(METHODS), self._with_room()
        networks = [added for added in found[0] if added in there]
        take_in(networks, networks_folder(), self._live.rows.methods, self._held())
        for method in before:
            if isinstance(method, AddedMethod) and method not in METHODS:
                NETWORKS.let_go(method)
        if tuple(METHODS) != before:
            self.changed.emit(tuple(method for method in METHODS if method not in before))
        then(found)

    def _look_again(self) -> None:
        """Others may be held than before, which are no methods any more, or wait to be one."""

        def taken(_found: Found) -> None:
            self.changed.emit(())  # columns of what was removed go

        if any(isinstance(method, AddedMethod) and method not in METHODS for method in self._live.rows.methods):
            self._jobs.run(lambda: look_into(networks_folder()), lambda found: self._take_in(found, taken))

    @staticmethod
    def _tell(dialog: NetworksDialog, text: str, *, warning: bool = False) -> None:
        if isValid(dialog):
            dialog.tell(text, warning=warning)
