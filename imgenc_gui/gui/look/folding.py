"""Rows of controls that fold: where there is less room, controls take shorter forms, one after another.

A control has forms, from the widest to the narrowest: all its words, an icon with a count, an icon alone. The row says
in which order they fold. Forms are measured, in whatever font and language there is; nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget, QWidgetItem


class Folding:
    """A control and its forms, each a function that shows it. ``words`` is what the forms' widths depend on."""

    def __init__(
        self, widget: QWidget, forms: Sequence[Callable[[], object]], words: Callable[[], object] = lambda: None
    ) -> None:
        self.widget = widget
        self.form = 0
        self._forms = forms
        self._words = words
        self._measured: object = None
        self._widths: list[int] = []

    def last(self) -> int:
        """The number of the narrowest form."""
        return len(self._forms) - 1

    def widths(self) -> list[int]:
        """The width of each form. They are measured only when the words or the font have changed."""
        now = (self._words(), self.widget.font())
        if now != self._measured:
            self._measured = now  # measuring makes Qt lay out again, which asks again
            item = QWidgetItem(self.widget)
            self._widths.clear()
            for show in self._forms:
                show()
                self._widths.append(item.minimumSize().width())
            self._forms[self.form]()
        return self._widths

    def take(self, form: int) -> None:
        """Show one form."""
        if form != self.form:
            self.form = form
            self._forms[form]()

    def show(self) -> None:
        """Show the form once more, with new words."""
        self._forms[self.form]()


def fold_to_icon(button: QToolButton) -> Folding:
    """A button with words beside its icon, then with the icon alone; it needs a tip and a name for screen readers."""
    styles = (Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly)
    return Folding(button, [partial(button.setToolButtonStyle, style) for style in styles], button.text)


class FoldingRow(QHBoxLayout):
    """A row whose controls fold one after another, so that all of it fits into the width there is.

    It is a widget's own layout: within another layout folding would begin that anew, again and again.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self._order: list[Folding] = []
        widget.setLayout(self)

    def fold_in_order(self, foldings: Iterable[Folding]) -> None:
        """Say which folds first; who is named again folds once more then."""
        self._order = list(foldings)

    def minimumSize(self) -> QSize:
        """Everything folded."""
        return self._with(super().minimumSize(), -1)

    def sizeHint(self) -> QSize:
        """Nothing folded."""
        return self._with(super().sizeHint(), 0)

    def setGeometry(self, rect: QRect) -> None:
        """Fold as far as the width needs it, then lay out."""
        foldings = self._shown()
        width = self._with(super().minimumSize(), 0).width()
        forms = dict.fromkeys(foldings, 0)
        for folding in self._order:
            if width <= rect.width():
                break
            form = forms.get(folding)
            if form is not None and form < folding.last():
                forms[folding] = form + 1
                width -= folding.widths()[form] - folding.widths()[form + 1]
        for folding, form in forms.items():
            folding.take(form)
        super().setGeometry(rect)

    def _shown(self) -> list[Folding]:
        return [folding for folding in dict.fromkeys(self._order) if not folding.widget.isHidden()]

    def _with(self, size: QSize, form: int) -> QSize:
        """The size with every control in the same form, instead of those that they are in."""
        more = sum(folding.widths()[form] - folding.widths()[folding.form] for folding in self._shown())
        return QSize(size.width() + more, size.height())
