"""Above the table: what to show (all, encoded, could not be read ...), with counts, and the search field.

Where it is narrow, categories shorten to an icon with the count, and where it is very narrow to the icon.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPushButton, QWidget

from imgenc_gui.gui.look.field import Field
from imgenc_gui.gui.look.folding import Folding, FoldingRow
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import icon, set_icon
from imgenc_gui.gui.look.letters import at_least, letters
from imgenc_gui.gui.look.tool_button import ToolButton
from imgenc_gui.gui.table.arrangement import OF_REFERENCE, Category

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

_SEARCH_DELAY_MS = 150
_ICONS = {
    Category.ENCODED: "check",
    Category.FAILED: "failure",
    Category.NOT_PICTURES: "log",
    Category.WARNINGS: "warning",
    Category.KNOWN: "known",
    Category.NEW: "new",
    Category.COPIES: "copies",
}
_SEARCH = 24, 10, 5  # letters: the least that there is to type in, less where it is narrow
_SEARCH_MOST = 36
_RARE = (Category.NOT_PICTURES, Category.WARNINGS, *OF_REFERENCE)  # shown only when there are some
_LATER = (*_RARE, Category.COPIES)


class _CategoryButton(QPushButton):
    """A category with its count: in words, or its icon with the count, or the icon alone; without an icon, its name."""

    WORDS, COUNT, ICON = range(3)

    def __init__(self, name: str, icon_name: str) -> None:
        super().__init__()
        self._name = name
        self._icon_name = icon_name
        self._count: int | None = -1
        self._form = self.WORDS
        self.setIconSize(QSize(ICON, ICON))
        self.setCheckable(True)
        self.setFlat(True)
        self.set_count(0)
        at_least(self, 4 * SPACE)

    def words(self) -> str:
        """What it says in full."""
        return f"{self._name}  {self._number()}".rstrip()

    def _number(self) -> str:
        return "" if self._count is None else QLocale().toString(self._count)

    def set_count(self, count: int | None) -> None:
        """Show how many there are; None: that isn't known."""
        if count != self._count:
            self._count = count
            self.setAccessibleName(f"{self._name}, {self._number()}".rstrip(", "))
            self.show_form(self._form)

    def show_form(self, form: int) -> None:
        """Be WORDS, COUNT or ICON."""
        self._form = form
        set_icon(self, "" if form == self.WORDS else self._icon_name)
        count = self._number() if self._icon_name else self._name
        self.setText((self.words(), count, "")[form])
        self.setToolTip("" if form == self.WORDS else self.words())

    def sizeHint(self) -> QSize:
        """The usual, but short it is short: styles make buttons with words no narrower than some width."""
        hint = super().sizeHint()
        if self._form != self.WORDS:
            around = 3 * SPACE if self.text() else 2 * SPACE + HALF
            hint.setWidth((ICON if self._icon_name else 0) + self.fontMetrics().horizontalAdvance(self.text()) + around)
        return hint


def _room(field: QLineEdit, count: int) -> int:
    """The width for so many letters between a field's two icons."""
    return letters(field, count) + 2 * (ICON + HALF)


class FilterBar(QWidget):
    """Emits what the table is to be narrowed down to."""

    changed = Signal(object, str)  # Category, text

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = {
            Category.ALL: self.tr("All"),
            Category.ENCODED: self.tr("Encoded"),
            Category.FAILED: self.tr("Could not be read"),
            Category.NOT_PICTURES: self.tr("Not pictures"),
            Category.WARNINGS: self.tr("Warnings"),
            Category.KNOWN: self.tr("Already in there"),
            Category.NEW: self.tr("New"),
            Category.COPIES: self.tr("Copies"),
        }
        self._group = QButtonGroup(self)
        self._buttons: dict[Category, _CategoryButton] = {}
        self._row = row = FoldingRow(self)
        row.setContentsMargins(WIDE, SPACE, WIDE, SPACE)
        row.setSpacing(HALF)
        for category in Category:
            button = _CategoryButton(self._names[category], _ICONS.get(category, ""))
            self._group.addButton(button)
            self._buttons[category] = button
            row.addWidget(button)
        self._buttons[Category.ALL].setChecked(True)
        self.search = Field()
        self.search.setPlaceholderText(self.tr("Search name, folder or hash"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # files dropped here are for the window, not text for the search
        empty = QShortcut(Qt.Key.Key_Escape, self.search, self.search.clear)
        empty.setContext(Qt.ShortcutContext.WidgetShortcut)  # as an argument, PySide passes over it
        self.search.setToolTip(self.search.placeholderText())  # which is shortened where it is narrow
        follow(self.search, "width", lambda search: search.setMaximumWidth(_room(search, _SEARCH_MOST)))
        at_least(self.search, 4 * SPACE)
        self._glass: QAction = self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(self._glass, "search")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SEARCH_DELAY_MS)
        self._timer.timeout.connect(self._tell)
        self.search.textChanged.connect(self._wait)
        row.addStretch(1)
        row.addSpacing(WIDE)
        row.addWidget(self.search, 2)
        rare, common = (
            [self._folding(self._buttons[category]) for category in part]
            for part in (_LATER, (Category.FAILED, Category.ENCODED))
        )
        search = Folding(self.search, [partial(self._give_search, count) for count in _SEARCH])
        every = self._buttons[Category.ALL]
        short = [partial(every.show_form, form) for form in (_CategoryButton.WORDS, _CategoryButton.COUNT)]
        row.fold_in_order([*rare, search, *common, *rare, *common, Folding(every, short, every.words), search])
        self._group.idToggled.connect(self._follow)
        self.set_counts({})
        self.set_copies(None, shown=False)

    @property
    def category(self) -> Category:
        """The category chosen."""
        return next(category for category, button in self._buttons.items() if button.isChecked())

    def set_category(self, category: Category) -> None:
        """Choose a category."""
        self._buttons[category].setChecked(True)

    def set_counts(self, counts: Mapping[Category, int], found: Mapping[Category, int] | None = None) -> None:
        """Show how many rows each category has; ``found``: how many of them the search finds, where there is one."""
        for category, button in self._buttons.items():
            if category is not Category.COPIES:
                count = counts.get(category, 0)
                button.set_count(count if found is None else found.get(category, 0))
                button.setVisible(category not in _RARE or count > 0 or button.isChecked())

    def set_copies(self, count: int | None, *, shown: bool) -> None:
        """Show how many pictures are like others, None where that isn't known; ``shown``: there is something to ask."""
        button = self._buttons[Category.COPIES]
        button.set_count(count)
        button.setVisible(shown or button.isChecked())

    def reset(self) -> None:
        """Show everything."""
        self.search.clear()
        self._timer.stop()
        self.set_category(Category.ALL)
        self._tell()

    def tell_at_once(self) -> None:
        """Tell what was typed a moment ago, before something else happens."""
        if self._timer.isActive():
            self._timer.stop()
            self._tell()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def add_action(self, action: QAction) -> None:
        """Put a button for an action at the end."""
        button = ToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text().replace("&", ""))
        button.setIconSize(QSize(ICON, ICON))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        at_least(button, 4 * SPACE)
        self._row.addWidget(button)

    def _give_search(self, count: int) -> None:
        self.search.setMinimumWidth(_room(self.search, count))

    @staticmethod
    def _folding(button: _CategoryButton) -> Folding:
        forms = (_CategoryButton.WORDS, _CategoryButton.COUNT, _CategoryButton.ICON)
        return Folding(button, [partial(button.show_form, form) for form in forms], button.words)

    def _wait(self) -> None:
        self._timer.start()

    def _follow(self, _number: int, is_checked: bool) -> None:  # noqa: FBT001 - as the signal tells
        if is_checked:  # the one that was chosen before tells, too
            self._tell()

    def _tell(self) -> None:
        if self._group.checkedButton() is not None:
            self.changed.emit(self.category, self.search.text())
