"""Above the table of copies: how many there are, what compares them and how strictly, and what is marked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QLocale, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from imgenc_gui.core.comparing.strictness import STEPS
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.compare.comparisons import Answer, Comparisons
from imgenc_gui.gui.compare.marks import Marks, marked_words
from imgenc_gui.gui.compare.strictness_slider import StrictnessSlider
from imgenc_gui.gui.look.folding import Folding, FoldingRow, fold_to_icon
from imgenc_gui.gui.look.grid import HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_icon
from imgenc_gui.gui.look.letters import at_least
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.tool_button import MenuButton, ToolButton
from imgenc_gui.gui.settings.store import Settings

_FEWEST = 2  # pictures that can be copies


class _Sentence(Label):
    """Words that shorten where it is narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._wordings: tuple[str, ...] = ("",)
        self._details = ""
        self.folding = Folding(
            self, [partial(self._show_wording, number) for number in range(3)], lambda: self._wordings
        )

    def say(self, *wordings: str) -> None:
        """Show the longest wording that there is room for; the longest comes first."""
        if wordings != self._wordings:
            self._wordings = wordings
            self.setAccessibleName(wordings[0])
            self.folding.show()

    def set_details(self, details: str) -> None:
        """Say more about it in the tip."""
        self._details = details
        self.setAccessibleDescription(details)
        self.folding.show()

    def _show_wording(self, number: int) -> None:
        text = self._wordings[min(number, len(self._wordings) - 1)]
        self.setText(text)
        whole = "" if text == self._wordings[0] else self._wordings[0]
        self.setToolTip("\n".join(part for part in (whole, self._details) if part))


class MethodsButton(MenuButton):
    """Which methods compare, and how they do it together."""

    def __init__(self, settings: Settings, comparisons: Comparisons) -> None:
        super().__init__()
        self._settings = settings
        self._comparisons = comparisons
        set_icon(self, "methods")
        self.setIconSize(QSize(ICON, ICON))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoRaise(True)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._methods: dict[Method, QAction] = {}
        self._below_methods = menu.addSeparator()
        how = QActionGroup(menu)
        self._any = how.addAction(self.tr("Alike by &any of them"))
        self._every = how.addAction(self.tr("Alike by a&ll of them"))
        for action in how.actions():
            action.setCheckable(True)
        menu.addActions(how.actions())
        how.triggered.connect(self._choose)
        menu.addSeparator()
        self._together = menu.addAction(self.tr("A &RAW file beside its JPEG or HEIC counts as one picture"))
        self._together.setCheckable(True)
        self._together.triggered.connect(self._choose)
        menu.aboutToShow.connect(self.refresh)  # networks come and go
        self._menu = menu
        self.setMenu(menu)
        at_least(self, 4 * SPACE)
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen."""
        used, there = self._comparisons.methods, self._comparisons.there
        for method in METHODS:
            if method not in self._methods:
                action = self._methods[method] = QAction(method.label, self._menu)
                action.setCheckable(True)
                action.triggered.connect(self._choose)
                self._menu.insertAction(self._below_methods, action)
        for method, action in self._methods.items():
            action.setVisible(method in METHODS)  # that of a network that was removed isn't offered any more
            action.setChecked(method in used)
            action.setEnabled(method in there)
            missing = self.tr("No two pictures have it yet. Choose it above the table, then encode.")
            action.setToolTip(method.sentence if method in there else missing)
            action.setStatusTip(action.toolTip())
        several, every = len(used) > 1, self._settings.compare_every
        any_tip = self.tr("Pictures are copies where one of the methods finds them alike")
        every_tip = self.tr("Pictures are copies only where each of the methods finds them alike")
        for action, tip in ((self._any, any_tip), (self._every, every_tip)):
            action.setEnabled(several)
            action.setStatusTip(tip if several else self.tr("Choose several methods first"))
            action.setToolTip(action.statusTip())
        (self._every if every else self._any).setChecked(True)
        self._together.setChecked(self._settings.compare_together)
        both = self.tr("{0} and {1}") if every else self.tr("{0} or {1}")
        names = [method.label for method in used]
        if len(names) == 2:  # noqa: PLR2004
            text = both.format(*names)
        elif several:
            text = (self.tr("All of {0} methods") if every else self.tr("Any of {0} methods")).format(len(names))
        else:
            text = "".join(names)
        if text != self.text():
            self.setText(text)
        self.setAccessibleName(self.tr("Compared by {0}").format(text))
        self.setToolTip(self.tr("Compared by {0}").format(", ".join(names)))

    def _choose(self) -> None:
        chosen = tuple(one for one, action in self._methods.items() if action.isChecked() and one in METHODS)
        if chosen:
            self._settings.compare_methods = chosen
        self._settings.compare_every = self._every.isChecked()
        self._settings.compare_together = self._together.isChecked()
        self.refresh()


class CopiesBar(QWidget):
    """Two lines: what is compared and how, and what is marked. ``marking``: what can be done there."""

    def __init__(
        self,
        settings: Settings,
        comparisons: Comparisons,
        marks: Marks,
        *,
        marking: Sequence[QAction],
        asking: Sequence[QAction],
    ) -> None:
        super().__init__()
        self._settings = settings
        self._comparisons = comparisons
        self._marks = marks
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE, 0, WIDE, SPACE)
        column.setSpacing(HALF)
        column.addWidget(self._make_question(asking))
        self._line = self._make_line(marking)
        column.addWidget(self._line)
        marks.changed.connect(self.show_marks)
        settings.changed.connect(self._apply)
        self.refresh()

    def _make_question(self, asking: Sequence[QAction]) -> QWidget:
        self._count = _Sentence()
        self.stop = self._button("stop", self.tr("Stop"), self.tr("Stop comparing"))
        self.stop.clicked.connect(self._comparisons.stop)
        self.again = self._button("encode-again", self.tr("Compare"), self.tr("Compare what is in the table"))
        self.again.clicked.connect(self._comparisons.ask)
        self.methods = MethodsButton(self._settings, self._comparisons)
        self.slider = StrictnessSlider()
        self.slider.set_step(self._settings.compare_step)
        self.slider.step_changed.connect(self._set_step)
        question = QWidget()
        row = _make_row(question)
        row.addWidget(self._count)
        row.addWidget(self.stop)
        row.addWidget(self.again)
        row.addStretch(1)
        row.addWidget(self.methods)
        row.addWidget(self.slider, 2)
        buttons = [self._action_button(action) for action in asking]
        for button in buttons:
            row.addWidget(button)
        icons = [fold_to_icon(button) for button in (*buttons, self.stop, self.again)]
        count = self._count.folding
        row.fold_in_order([*icons, self.slider.folding(), count, count, fold_to_icon(self.methods)])
        return question

    def _make_line(self, marking: Sequence[QAction]) -> QWidget:
        self._marked = _Sentence()
        self._warning_icon = IconLabel("warning", ICON, "warning")
        self._warning = _Sentence()
        line = QWidget()
        row = _make_row(line)
        buttons = [self._action_button(action) for action in marking]
        row.addWidget(buttons[0])
        row.addWidget(self._marked)
        row.addWidget(self._warning_icon)
        row.addWidget(self._warning)
        row.addStretch(1)
        for button in buttons[1:]:
            row.addWidget(button)
        sentences = [self._warning.folding, self._marked.folding]
        row.fold_in_order([*sentences, *map(fold_to_icon, reversed(buttons)), *sentences])
        return line

    def refresh(self) -> None:
        """Show the answer there is, or how far the next one is."""
        comparisons = self._comparisons
        number = QLocale().toString
        answer = comparisons.answer
        slow = comparisons.progress is not None
        self.stop.setVisible(slow)
        self.again.setVisible(comparisons.is_stopped and not slow)
        self._count.set_details(_details(answer) if answer is not None else "")
        if slow:
            share = number(int(100 * (comparisons.progress or 0)))
            self._count.say(self.tr("Comparing… {0} %").format(share), f"{share} %")
        elif answer is None:
            self._count.say("")
        else:
            groups, pictures = len(answer.bands), answer.bands.rows.size
            one = self.tr("1 group") if groups == 1 else self.tr("{0} groups").format(number(groups))
            both = self.tr("{0}, {1} pictures").format(one, number(pictures))
            self._count.say(*((both, one, "") if groups else ("",)))
        self.methods.refresh()
        self.slider.set_methods(comparisons.methods)
        self._line.setVisible(answer is not None and len(answer.bands) > 0)
        if not slow:
            self.show_marks()

    def show_marks(self) -> None:
        """Show how much is marked."""
        marked = self._marks.counted()
        number = QLocale().toString
        self._marked.say(
            *((marked_words(marked), number(marked.pictures)) if marked.pictures or marked.hidden else ("",))
        )
        whole = ""
        if marked.whole:
            one = marked.whole == 1
            text = (
                self.tr("All pictures of 1 group are marked")
                if one
                else self.tr("All pictures of {0} groups are marked")
            )
            whole = text.format(number(marked.whole))
        self._warning.say(*((whole, "") if whole else ("",)))
        self._warning_icon.setVisible(bool(whole))
        self._warning_icon.setToolTip(whole)

    def nothing_words(self) -> str:
        """What to say in place of a table without rows."""
        comparisons = self._comparisons
        if comparisons.is_stopped:
            return self.tr("Comparing was stopped.")
        answer = comparisons.answer
        if answer is None and comparisons.is_running:
            return self.tr("Comparing…")
        if answer is None or answer.among < _FEWEST:
            return self.tr("There are no two pictures with encodings yet to compare.")
        if len(answer.bands):
            return ""
        text = self.tr("No copies among {0} pictures at this setting.").format(QLocale().toString(answer.among))
        hint = self.tr("Move the slider to the right to find pictures that are less alike.")
        looser = hint if self._settings.compare_step < STEPS else ""
        return "\n\n".join(part for part in (text, looser, _left_out_words(answer)) if part)

    def _set_step(self, step: int) -> None:
        self._settings.compare_step = step

    def _apply(self, name: str) -> None:
        if name == "compare_step":
            self.slider.set_step(self._settings.compare_step)

    @staticmethod
    def _button(icon: str = "", text: str = "", tip: str = "") -> ToolButton:
        button = ToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        if icon:
            set_icon(button, icon)
        button.setAutoRaise(True)
        button.setIconSize(QSize(ICON, ICON))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        at_least(button, 4 * SPACE)
        return button

    def _action_button(self, action: QAction) -> ToolButton:
        button = self._button()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text().replace("&", ""))
        at_least(button, 4 * SPACE)  # with its words
        return button


def _make_row(widget: QWidget) -> FoldingRow:
    row = FoldingRow(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE)
    return row


def _details(answer: Answer) -> str:
    """How many pictures were compared, and which were not."""
    text = QCoreApplication.translate("copies", "{0} pictures were compared.")
    return " ".join(filter(None, [text.format(QLocale().toString(answer.compared)), _left_out_words(answer)]))


def _left_out_words(answer: Answer) -> str:
    """What was left out, and why; "" where nothing was."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("copies", text)

    parts = [
        (answer.missing, tr("{0} without these encodings")),
        (answer.flat, tr("{0} of one colour, of which their hashes say nothing")),
        (answer.unlike, tr("{0} encoded turned the other way")),
    ]
    told = [words.format(QLocale().toString(count)) for count, words in parts if count]
    return tr("Left out: {0}.").format(", ".join(told)) if told else ""
