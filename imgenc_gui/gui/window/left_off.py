"""The window as it was left: which folders and files it goes on with, and what became of these since."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal
from PySide6.QtGui import QAction

from imgenc_gui.core.listing import Origin, within
from imgenc_gui.core.naming import shown
from imgenc_gui.gui.settings.store import MAX_LEFT, Settings
from imgenc_gui.gui.window.drop_area import DropArea
from imgenc_gui.gui.window.message_bar import MessageBar
from imgenc_gui.gui.work.adder import Added, Compared
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.reopening import Reopening
from imgenc_gui.gui.work.session import Session


class LeftOff(QObject):
    """Remembers where the table's pictures come from as that changes, so that a killed window has remembered, too."""

    changed = Signal()  # whether there is something to update

    def __init__(
        self,
        settings: Settings,
        session: Session,
        live: LiveRows,
        reopening: Reopening,
        *,
        bar: MessageBar,
        drop_area: DropArea,
        update: QAction,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._session = session
        self._reopening = reopening
        self._bar = bar
        self._drop_area = drop_area
        self._update = update
        self._origins: dict[str, Origin] = {}  # of the table, by path
        session.added.connect(self._note)
        session.compared.connect(self._tell)
        live.cleared.connect(self._forget)
        drop_area.go_on_requested.connect(self.go_on)
        settings.changed.connect(self._apply)
        drop_area.set_left(settings.left)

    @property
    def can_update(self) -> bool:
        """Whether the table has folders or files that can be listed again."""
        return bool(self._origins)

    def go_on(self) -> None:
        """Open what was left."""
        left = self._settings.left
        if left:
            if self._session.is_emptied:  # else what was removed would stay so
                self._session.clear()
            self._bar.hide()  # what it says is of something else
            self._origins |= {one.path: one for one in left}
            self.changed.emit()
            self._reopening.open(left)

    def update(self) -> None:
        """List the table's folders again, and encode what is new or has changed."""
        self._bar.hide()
        self._session.update(tuple(self._origins.values()))

    def _note(self, added: Added) -> None:
        folders = [one for one in (*self._origins.values(), *added.origins) if one.is_folder]
        starts = tuple(within(folder.path) for folder in folders)
        if not folders:  # 100,000 files may have been dropped one by one
            self._origins |= {one.path: one for one in added.origins}
        for one in added.origins if folders else ():
            is_file_within = not one.is_folder and one.path.startswith(starts)
            if is_file_within and any(folder.holds(one.path, self._settings.exclude) for folder in folders):
                continue
            known = self._origins.get(one.path)
            is_deeper = known is not None and known.is_folder == one.is_folder and known.recursive
            self._origins[one.path] = known if known is not None and is_deeper else one
        if added.origins:
            self._settings.left = tuple(self._origins.values())[-MAX_LEFT:]
            self.changed.emit()

    def forget(self) -> tuple[Origin, ...]:
        """Forget the table's folders and files, as it was cleared; which these were, to ``remember`` them again."""
        origins = tuple(self._origins.values())
        self._forget()
        return origins

    def remember(self, origins: tuple[Origin, ...]) -> None:
        """Have these again: the table was put back."""
        self._origins = {one.path: one for one in origins}
        self._settings.left = origins[-MAX_LEFT:]
        self.changed.emit()

    def _forget(self) -> None:
        self._origins.clear()
        self._settings.left = ()
        self.changed.emit()

    def _apply(self, name: str) -> None:
        if name == "left":
            self._drop_area.set_left(self._settings.left)

    def _tell(self, compared: Compared) -> None:
        text = compared_words(compared)
        if text:
            action = self._update if not compared.is_update and (compared.changed or compared.new) else None
            details = list(map(shown, compared.away)) if len(compared.away) > 1 else ()
            self._bar.add(text, details, warning=bool(compared.away), action=action)


def compared_words(compared: Compared) -> str:
    """Say what changed, came and went; "" where nobody asked and there is nothing to say."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("left off", text)

    counted = [
        (compared.changed, tr("1 picture changed"), tr("{0} pictures changed"), "", ""),
        (compared.new, tr("1 picture is new"), tr("{0} pictures are new"), tr("1 is new"), tr("{0} are new")),
        (len(compared.gone), tr("1 picture is gone"), tr("{0} pictures are gone"), tr("1 is gone"), tr("{0} are gone")),
    ]
    parts: list[str] = []
    for number, first_one, first_many, one, many in counted:
        if number:
            texts = (one, many) if parts else (first_one, first_many)
            parts.append(texts[number > 1].format(QLocale().toString(number)))
    said = []
    if parts:
        template = tr("Updated: {0}.") if compared.is_update else tr("Since last time: {0}.")
        said.append(template.format(", ".join(parts)))
    elif compared.is_update and not compared.away:
        said.append(tr("Everything is as it was: no picture changed, came or went."))
    if compared.away:
        said.append(_away_words(compared.away))
    return " ".join(said)


def _away_words(folders: Sequence[str]) -> str:
    def tr(text: str) -> str:
        return QCoreApplication.translate("left off", text)

    if len(folders) == 1:
        name = shown(os.path.basename(folders[0]) or folders[0])  # noqa: PTH119
        return tr("Nothing is found in {0}: is its disk connected?").format(name)
    return tr("Nothing is found in {0} folders: are their disks connected?").format(len(folders))
