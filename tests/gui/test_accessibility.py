"""Every control of the dialogs and panels can be named by a screen reader and reached with the keyboard."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from imgenc_gui.gui.inspector.copy_button import CopyButton
from imgenc_gui.gui.look.elided_label import ElidedLabel
from imgenc_gui.gui.window.status_bar import Counts, StatusBar
from tests.gui.panels import PANELS, WINDOWS, make

CONTROLS = (QAbstractButton, QAbstractScrollArea, QAbstractSpinBox, QComboBox, QLineEdit, QProgressBar)


@pytest.fixture(params=PANELS)
def widget(request, qtbot, tmp_path: Path):
    owner, window = make(request.param, tmp_path)
    qtbot.addWidget(owner)
    yield window
    owner.close()  # alive till here, with all that belongs to it


def controls(widget):
    inner = (QScrollBar, QDialogButtonBox)
    for control in (widget, *widget.findChildren(QWidget)):
        own = isinstance(control, CONTROLS) and not isinstance(control, inner)
        part_of_another = control.objectName().startswith("qt_") or isinstance(control.parent(), QAbstractSpinBox)
        part_of_another |= type(control).__name__ == "QListView"  # a combo box's list
        if own and not part_of_another:
            yield control


def name_of(control):
    text = control.text().replace("&", "") if isinstance(control, QAbstractButton) else ""
    return control.accessibleName() or text


def test_every_control_has_a_name(widget):
    found = list(controls(widget))
    assert found
    assert [f"{type(c).__name__} in {type(c.parent()).__name__}" for c in found if not name_of(c)] == []


def test_every_button_and_field_can_be_reached_with_the_keyboard(widget):
    fields = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
    unreachable = [
        name_of(control)
        for control in controls(widget)
        if isinstance(control, fields) and control.isEnabled() and not control.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert unreachable == []


def test_every_label_with_a_mnemonic_has_a_buddy_and_no_two_collide(widget):
    labels = [label for label in widget.findChildren(QLabel) if "&" in label.text().replace("&&", "")]
    assert [label.text() for label in labels if label.buddy() is None] == []
    if not isinstance(widget, QDialog):
        return
    buttons = [b for b in widget.findChildren(QAbstractButton) if b.isVisible()]
    keys = [
        text[text.index("&") + 1].lower()
        for text in [w.text().replace("&&", "") for w in (*labels, *buttons) if w.isVisible()]
        if "&" in text
    ]
    assert sorted(keys) == sorted(set(keys))


def spoken(widget):
    """What a screen reader says first."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


@pytest.mark.parametrize("name", WINDOWS | PANELS)
def test_no_name_hides_words_that_are_shown(name, qtbot, tmp_path: Path):
    owner, window = make(name, tmp_path)
    qtbot.addWidget(owner)
    labels = [label for label in window.findChildren(QLabel) if label.text() and not isinstance(label, ElidedLabel)]
    assert labels or name == "method selector"
    assert [label.text() for label in labels if label.text().replace("&", "") not in spoken(label)] == []
    owner.close()


def test_progress_and_what_could_not_be_read_are_spoken_as_they_change(qtbot):
    bar = StatusBar()
    qtbot.addWidget(bar)
    for counts in (Counts(9, 2, 1, 0, done=3, total=9), Counts(9, 4, 2, 1, done=7, total=9)):
        bar.show_progress(counts, stopping=False)
        said = [spoken(label) for label in bar.findChildren(QLabel)]
        assert bar.text in said
        assert bar.failures_text in said


def test_a_copy_button_says_that_it_has_copied(qtbot):
    button = CopyButton("Copy PHash")
    qtbot.addWidget(button)
    assert spoken(button) == "Copy PHash"
    button.click()
    assert spoken(button) == "Copied"
    qtbot.waitUntil(lambda: spoken(button) == "Copy PHash", timeout=10_000)
