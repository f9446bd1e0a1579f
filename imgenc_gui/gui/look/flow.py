"""A layout like a line of words: parts stand side by side, and go on below where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget


class FlowLayout(QLayout):
    """Parts side by side as far as there is room, the rest below.

    ``sharing``: the parts of a line share its width by their policies' stretch, as columns do; else each is as wide as
    it likes.
    """

    def __init__(self, across: int, down: int, *, sharing: bool = False, parent: QWidget | None = None) -> None:
        super().__init__()
        self._across, self._down = across, down
        self._sharing = sharing
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        if parent is not None:
            parent.setLayout(self)

    def addItem(self, item: QLayoutItem) -> None:
        """Add a part at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many parts there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return a part."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove a part and return it."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Take what there is across; down only what a part asks for."""
        directions = Qt.Orientation.Horizontal
        for item in self._items:
            directions |= item.expandingDirections()
        return directions

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """How high all lines are together."""
        lines = self._lines(width)
        return sum(self._height(line, width) for line in lines) + self._down * max(0, len(lines) - 1)

    def minimumSize(self) -> QSize:
        """The largest part's."""
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def sizeHint(self) -> QSize:
        """All on one line."""
        hints = [item.sizeHint() for item in self._shown()]
        width = sum(hint.width() for hint in hints) + self._across * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def setGeometry(self, rect: QRect) -> None:
        """Lay the lines out; the last of lines that share gets the height that is left."""
        super().setGeometry(rect)
        lines = self._lines(rect.width())
        parent = self.parentWidget()
        direction = parent.layoutDirection() if parent is not None else Qt.LayoutDirection.LeftToRight
        top = rect.top()
        for line in lines:
            height = self._height(line, rect.width())
            if self._sharing and line is lines[-1]:
                height = max(height, rect.bottom() + 1 - top)
            left = rect.left()
            for item, width in zip(line, self._widths(line, rect.width()), strict=True):
                item.setGeometry(QStyle.visualRect(direction, rect, QRect(left, top, width, height)))
                left += width + self._across
            top += height + self._down

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _wanted(self, item: QLayoutItem) -> int:
        return item.minimumSize().width() if self._sharing else item.sizeHint().width()

    @staticmethod
    def _weight(item: QLayoutItem) -> int:
        widget = item.widget()
        return max(1, widget.sizePolicy().horizontalStretch() if widget is not None else 1)

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        left = 0
        for item in self._shown():
            wanted = self._wanted(item)
            if not lines or wanted > left:
                lines.append([])
                left = width
            lines[-1].append(item)
            left -= wanted + self._across
        return lines

    def _widths(self, line: list[QLayoutItem], width: int) -> list[int]:
        wanted = [self._wanted(item) for item in line]
        if self._sharing:
            room = width - self._across * (len(line) - 1)
            weights = [self._weight(item) for item in line]
            fair = [room * weight // sum(weights) for weight in weights]
            short = sum(max(0, need - share) for need, share in zip(wanted, fair, strict=True))
            spare = sum(max(0, share - need) for need, share in zip(wanted, fair, strict=True))
            # Who needs more than its share gets it from those with something to spare.
            wanted = [
                max(need, share - max(0, share - need) * short // max(1, spare))
                for need, share in zip(wanted, fair, strict=True)
            ]
        return [min(part, width) for part in wanted]

    def _height(self, line: list[QLayoutItem], width: int) -> int:
        return max(
            item.heightForWidth(part) if item.hasHeightForWidth() else item.sizeHint().height()
            for item, part in zip(line, self._widths(line, width), strict=True)
        )
