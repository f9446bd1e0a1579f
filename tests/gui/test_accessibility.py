"""Every control of the dialogs and panels can be named by a screen reader and reached with the keyboard."""

from pathlib import Path

import numpy as np
import pytest
from imgenc_gui.gui.help.dialogs import AboutDialog, KeyboardDialog, preview_keys
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QImage
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

from imgenc_gui.core.formats.reading import Caution, Facts, WarningCode
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.gui.errors.reporter import ErrorDialog
from imgenc_gui.gui.export.dialog import ExportDialog, ExportSource, Scope
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.methods.selector import MethodSelector
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.drop_area import DropArea

CONTROLS = (QAbstractButton, QAbstractScrollArea, QAbstractSpinBox, QComboBox, QLineEdit, QProgressBar)


def make_settings(folder):
    return Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat))


def make_inspector(_folder):
    inspector = Inspector()
    encodings = dict.fromkeys(Method, "9fee256239984d71") | {CNN: np.ones(1024, np.float32)}
    caution = Caution(WarningCode.ROTATED, "Turned.")
    inspector.show_result("a.jpg", ImageResult("/a.jpg", Facts("JPEG", 9, 9, 2, 9, 1.0, 6), encodings, (caution,)))
    inspector.set_preview(QImage(9, 9, QImage.Format.Format_RGB888))
    return inspector


def make_drop_area(_folder):
    area = DropArea()
    area.set_recent_folders(["/photos/one", "/photos/two"])
    return area


def make_export_dialog(folder):
    counts = dict.fromkeys(Scope, 3)
    source = ExportSource("/photos", Options(tuple(Method)), counts, lambda _scope: ())
    return ExportDialog(make_settings(folder), source)


def make_error_dialog(folder):
    dialog = ErrorDialog(folder)
    dialog.add_error("MainThread", "Traceback")
    return dialog


MAKERS = {
    "inspector": make_inspector,
    "drop area": make_drop_area,
    "method selector": lambda _folder: MethodSelector(),
    "method panel": None,
    "settings": lambda folder: SettingsDialog(make_settings(folder)),
    "export": make_export_dialog,
    "error": make_error_dialog,
    "about": lambda _folder: AboutDialog(),
    "keys": lambda _folder: KeyboardDialog([preview_keys()]),
}


@pytest.fixture(params=MAKERS)
def widget(request, qtbot, tmp_path: Path):
    if request.param == "method panel":
        selector = MethodSelector()
        qtbot.addWidget(selector)
        selector.show_panel()
        yield selector.panel.window()
        return
    made = MAKERS[request.param](tmp_path)
    qtbot.addWidget(made)
    made.show()
    yield made


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


@pytest.mark.parametrize("points", [9, 15])
@pytest.mark.parametrize("name", [name for name in MAKERS if MAKERS[name] is not None])
def test_no_sentence_is_cut_off_in_any_size_of_letters(qapp, qtbot, tmp_path, name, points):
    usual = qapp.font()
    larger = qapp.font()
    larger.setPointSizeF(points)
    qapp.setFont(larger)
    try:
        owner = made = MAKERS[name](tmp_path)
        qtbot.addWidget(owner)
        if isinstance(owner, MethodSelector):
            owner.show_panel()
            made = owner.panel.window()
        made.show()
        qapp.processEvents()
        labels = [label for label in made.findChildren(QLabel) if label.isVisible() and label.text()]
        assert labels
        cut = [
            label.text()
            for label in labels
            if label.wordWrap() and label.height() < label.heightForWidth(label.width())
        ]
        outside = [
            label.text() for label in labels if label.mapTo(made, label.rect().bottomRight()).x() >= made.width()
        ]
        assert (cut, outside) == ([], [])
    finally:
        qapp.setFont(usual)
