"""The settings dialog: shows what is set, keeps it on OK, drops it on Cancel."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLabel, QLineEdit, QMessageBox, QSpinBox, QStyle

from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Settings


@pytest.fixture
def settings(tmp_path):
    made = Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    made.methods = (DHASH, CNN)
    made.threads = 3
    made.theme = "dark"
    made.recursive = False
    made.exclude = Exclusion(("Lightroom*", "*.psd"))
    made.library_limit = 3000  # a person's own, that isn't offered
    return made


@pytest.fixture
def dialog(settings, qtbot):
    made = SettingsDialog(settings)
    qtbot.addWidget(made)
    made.show()
    return made


def box(dialog, name):
    return next(b for b in dialog.findChildren(QCheckBox) if b.accessibleName() == name)


def left_out(dialog):
    return next(edit for edit in dialog.findChildren(QLineEdit) if edit.accessibleName() == "Leave out")


def click(dialog, name, qtbot):
    target = box(dialog, name)
    qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(10, target.height() // 2))


def press(dialog, which):
    dialog.findChild(QDialogButtonBox).button(which).click()


def values(settings):
    return {name: getattr(settings, name) for name in Settings.CHOICES}


def test_it_shows_what_is_set(dialog):
    ticked = {b.accessibleName() for b in dialog.findChildren(QCheckBox) if b.isChecked()}
    assert ticked == {"DHash", "CNN", "Keep encodings"}
    assert dialog.findChild(QSpinBox).value() == 3
    assert [box.currentText() for box in dialog.findChildren(QComboBox)] == ["Dark", "2.9 GB"]


def test_ok_keeps_the_changes(dialog, settings, qtbot):
    announced = []
    settings.changed.connect(announced.append)
    click(dialog, "PHash", qtbot)
    click(dialog, "Apply the photo's rotation", qtbot)
    click(dialog, "Encode damaged pictures as far as they go", qtbot)
    click(dialog, "Keep encodings", qtbot)
    click(dialog, "Open where I left off", qtbot)
    left_out(dialog).setText(" *.tif , backup/old,")
    dialog.findChild(QSpinBox).setValue(0)
    assert dialog.findChild(QSpinBox).text() == "Automatic"
    dialog.findChild(QComboBox).setCurrentText("Light")
    assert announced == []
    press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert values(settings) == {
        "methods": (PHASH, DHASH, CNN),
        "apply_exif_orientation": True,
        "threads": 0,
        "recursive": False,
        "damaged": True,
        "exclude": Exclusion(("*.tif", "backup/old")),
        "theme": "light",
        "reopen": True,
        "library": False,
        "library_limit": 3000,
    }
    assert sorted(announced) == [
        "apply_exif_orientation", "damaged", "exclude", "library", "methods", "reopen", "theme", "threads",
    ]  # fmt: skip


def test_escape_drops_the_changes(dialog, settings, qtbot):
    before = values(settings)
    click(dialog, "PHash", qtbot)
    click(dialog, "Include subfolders", qtbot)
    assert left_out(dialog).text() == "Lightroom*, *.psd"
    left_out(dialog).clear()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert values(settings) == before


def test_defaults_are_shown_at_once_and_kept_on_ok_only(dialog, settings):
    before = values(settings)
    press(dialog, QDialogButtonBox.StandardButton.RestoreDefaults)
    assert box(dialog, "PHash").isChecked()
    assert values(settings) == before
    press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert values(settings) == {name: settings.default(name) for name in Settings.CHOICES}


def test_the_rotation_says_that_the_result_then_differs(dialog):
    assert any("differ from" in label.text() and "imagededup" in label.text() for label in dialog.findChildren(QLabel))


def test_the_question_about_the_library_has_words_alone_on_its_buttons(dialog, monkeypatch):
    asked, add = [], QMessageBox.addButton

    def add_with_picture(box, *arguments):  # as where desktops want them
        button = add(box, *arguments)
        button.setIcon(box.style().standardIcon(QStyle.StandardPixmap.SP_DialogCancelButton))
        return button

    monkeypatch.setattr(QMessageBox, "addButton", add_with_picture)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.extend(box.buttons()))
    dialog.library.show_contents(Path("/library.sqlite"), 1, 2, 3)
    dialog.library._clear.click()
    assert [button.icon().isNull() for button in asked] == [True, True]
