"""A method that a stranger adds with one record is everywhere in the window, with no other change."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit

from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.look.encoding_views import HeatMap, heat_side
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.made_up import LENGTH, made_up_embedding


@pytest.fixture
def method():
    made = made_up_embedding()
    METHODS.register(made)
    yield made
    METHODS.remove(made)


@pytest.fixture
def photos(tmp_path):
    """Three pictures, each lighter than the one before."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.full((60, 80, 3), 60 * number + 30, np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def window(method, photos, store, qtbot):
    """The window with the pictures encoded by PHash and the made-up method."""
    Settings(store).methods = (PHASH, method)
    made = MainWindow(Settings(store))
    qtbot.addWidget(made)
    made.resize(1400, 800)
    made.show()
    made.session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: made.model.rowCount() == 3 and made.session.activity is Activity.IDLE, timeout=20_000)
    yield made
    made.rows.mark_saved(range(3), METHODS)  # nothing is asked at the end
    made.close()


def column_of(window, method):
    return next(column for column in window.model.columns if column.method is method)


def test_it_can_be_chosen_and_is_remembered(method, store, qtbot):
    # GIVEN a window without a wish
    window = MainWindow(Settings(store))
    qtbot.addWidget(window)
    selector = window.header.methods
    box = selector.panel.findChild(QCheckBox, "method_made-up")
    assert box.accessibleDescription() == method.sentence
    # WHEN the method is ticked
    box.click()
    # THEN the button names it, its column is shown, and the next run has it
    assert selector.text() == "PHash, Made up"
    assert not window.view.isColumnHidden(window.model.section(column_of(window, method)))
    assert Settings(store).methods == (PHASH, method)
    window.close()


def test_the_settings_offer_it(method, store, qtbot):
    dialog = SettingsDialog(Settings(store))
    qtbot.addWidget(dialog)
    dialog.findChild(QCheckBox, "method_made-up").click()
    dialog.accept()
    assert Settings(store).methods == (PHASH, method)


def test_the_table_shows_and_sorts_it(window, method):
    column = column_of(window, method)
    section = window.model.section(column)
    assert window.model.headerData(section, Qt.Orientation.Horizontal) == "Made up"
    texts = [window.model.text(row, column) for row in range(3)]
    assert texts[0] == f"576 numbers, norm {30 * LENGTH**0.5:.2f}"
    window.view.sortByColumn(section, Qt.SortOrder.DescendingOrder)
    assert [window.model.text(window.model.row_at(position), column) for position in range(3)] == texts[::-1]


def test_the_inspector_shows_its_numbers_as_24_times_24_cells(window, method, qtbot):
    window.view.select_row(1)
    inspector = window.inspector
    qtbot.waitUntil(lambda: inspector.current_path() == window.rows.paths[1], timeout=5000)
    field = next(f for f in inspector.findChildren(QLineEdit) if f.accessibleName() == "Made up encoding")
    assert field.text().startswith("90, 90, ")
    assert any("576 numbers" in label.text() for label in inspector.findChildren(QLabel) if label.isVisible())
    heat = next(heat for heat in inspector.findChildren(HeatMap) if heat.isVisible())
    assert heat_side(window.rows.vector(1, method)) == 24
    cell = heat.width() / 24
    assert "Number 26 of 576: 90" in heat.tip_at(QPointF(1.5 * cell, 1.5 * cell))


def test_it_can_be_copied(window, method):
    window.view.copy_encoding(0, method)
    assert QGuiApplication.clipboard().text() == "[" + ", ".join(["30.0"] * LENGTH) + "]"
    menu = window.view.context_menu(0, column_of(window, method))
    assert menu.actions()[0].text() == "Copy Made up"


def test_it_can_be_exported_and_read_back(window, method, store, qtbot, tmp_path):
    Settings(store).last_export_folder = str(tmp_path)
    Settings(store).last_export_format = NPZ.id
    window.export()
    dialog = window.findChild(ExportDialog)
    assert dialog.findChild(QCheckBox, "method_made-up").isChecked()
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        dialog.choices.main_button.click()
    written = read_export(tmp_path / "photos encodings.npz")
    dialog.accept()
    assert written.methods == (PHASH, method)


@pytest.fixture
def without_network(store, qtbot):
    """A window, not shown, with a made-up method whose network can't be loaded."""

    def load():
        raise NetworkError(ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", ("Made up", "an engine", "gone")))

    method = made_up_embedding(load=load)
    METHODS.register(method)
    window = MainWindow(Settings(store))
    qtbot.addWidget(window)
    yield window, method
    window.rows.mark_saved(range(len(window.rows)), METHODS)
    window.close()
    METHODS.remove(method)


@pytest.mark.parametrize("hashes", [(), (PHASH,)])
def test_what_to_do_without_its_network_names_no_other_method(without_network, hashes, photos, qtbot):
    # GIVEN a picture encoded by it, alone or beside a hash
    window, method = without_network
    window._settings.methods = (*hashes, method)
    window.resize(1400, 800)
    window.show()
    window.session.add_paths([str(photos / "0.png")])
    qtbot.waitUntil(lambda: window.inspector.current_path() is not None, timeout=20_000)
    qtbot.waitUntil(lambda: window.session.activity is Activity.IDLE, timeout=20_000)
    # WHEN the inspector shows it
    qtbot.waitUntil(lambda: any("an engine" in text for text in shown_texts(window.inspector)), timeout=5000)
    # THEN its words, and what to do about it, are about this method
    words = " ".join(shown_texts(window.inspector))
    assert "Made up needs an engine" in words
    assert words.count("Reinstalling imgenc repairs this") == 1
    others = [other.label for other in METHODS if other not in (*hashes, method)]
    assert [label for label in [*others, "four"] if label in words] == []


def shown_texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
