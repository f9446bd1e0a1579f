"""About."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

import imgenc_gui
from imgenc_gui.gui.help.about import AboutDialog
from imgenc_gui.gui.help.licences import LicencesDialog
from imgenc_gui.gui.work.jobs import Jobs


@pytest.fixture
def dialog(qtbot):
    jobs = Jobs(1, print)
    dialog = AboutDialog(jobs)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    jobs.quit()


def test_about_names_the_version_and_copies_all_of_them(dialog, qtbot):
    assert any(imgenc_gui.__version__ in label.text() for label in dialog.findChildren(QLabel))
    copy = next(b for b in dialog.findChildren(QPushButton) if "opy" in b.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert f"imgenc {imgenc_gui.__version__}" in text
    assert "Pillow" in text
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_it_tells_the_licences_truly_and_opens_them_by_a_key(dialog, qtbot):
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "under the MIT licence" in words
    assert "Apache License 2.0" in words
    qtbot.keyClick(dialog, Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: bool(dialog.findChildren(LicencesDialog)))
    (licences,) = dialog.findChildren(LicencesDialog)
    qtbot.waitUntil(licences.isVisible)
    qtbot.keyClick(licences, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.findChildren(LicencesDialog))
    assert dialog.isVisible()
