"""Above the table: what to show (all, encoded, could not be read ...), with counts, and the search field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QWidget

from imgenc_gui.gui.look.grid import HALF, SPACE, WIDE
from imgenc_gui.gui.look.icons import icon, set_icon
from imgenc_gui.gui.look.letters import at_least
from imgenc_gui.gui.table.arrangement import Category

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

_SEARCH_DELAY_MS = 150
_RARE = (Category.NOT_PICTURES, Category.WARNINGS)  # shown only when there are some


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
        }
        self._group = QButtonGroup(self)
        self._buttons: dict[Category, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE, SPACE, WIDE, SPACE)
        row.setSpacing(HALF)
        for category in Category:
            button = QPushButton(self._names[category])
            button.setCheckable(True)
            button.setFlat(True)
            button.setAccessibleName(self._names[category])
            at_least(button, 4 * SPACE)
            self._group.addButton(button)
            self._buttons[category] = button
            row.addWidget(button)
        self._buttons[Category.ALL].setChecked(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search name, folder or hash"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # files dropped here are for the window, not text for the search
        QShortcut(Qt.Key.Key_Escape, self.search, self.search.clear, context=Qt.ShortcutContext.WidgetShortcut)
        self.search.setMinimumWidth(28 * SPACE)
        self.search.setMaximumWidth(40 * SPACE)
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
        self._group.idToggled.connect(self._tell)
        self.set_counts({})

    @property
    def category(self) -> Category:
        """The category chosen."""
        return next(category for category, button in self._buttons.items() if button.isChecked())

    def set_category(self, category: Category) -> None:
        """Choose a category."""
        self._buttons[category].setChecked(True)

    def set_counts(self, counts: Mapping[Category, int]) -> None:
        """Show how many rows each category has."""
        locale = QLocale()
        for category, button in self._buttons.items():
            count = counts.get(category, 0)
            text = f"{self._names[category]}  {locale.toString(count)}"
            if button.text() != text:
                button.setText(text)
                button.setAccessibleName(f"{self._names[category]}, {locale.toString(count)}")
            button.setVisible(category not in _RARE or count > 0 or button.isChecked())

    def reset(self) -> None:
        """Show everything."""
        self.search.clear()
        self._timer.stop()
        self.set_category(Category.ALL)
        self._tell()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def _wait(self) -> None:
        self._timer.start()

    def _tell(self) -> None:
        if self._group.checkedButton() is not None:
            self.changed.emit(self.category, self.search.text())
