"""A person's own network in the window: added with a few clicks, and a method like the others at the next start."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QLineEdit, QPushButton

from imgenc_gui.core.adding import add
from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks.added import networks_folder, read_added
from imgenc_gui.core.records.methods import Resampling
from imgenc_gui.core.registry import METHODS, take_in_added
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.methods.networks_dialog import NetworksDialog
from imgenc_gui.gui.methods.recipe_dialog import RecipeDialog
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.own_networks import RECIPE, WIDTH, expected, saved
from tests.pictures import photo


@pytest.fixture
def opened(store, qtbot, tmp_path):
    """Opens a window as a start does."""
    windows = []

    def open_window(*chosen):
        take_in_added()
        if chosen:
            Settings(store).methods = tuple(METHODS[name] for name in chosen)
        windows.append(MainWindow(Settings(store)))
        qtbot.addWidget(windows[-1])
        windows[-1].resize(1400, 800)
        windows[-1].show()
        return windows[-1]

    yield open_window
    for window in windows:
        window.rows.mark_saved(range(len(window.rows)), METHODS)
        window.close()
    take_in_added(tmp_path / "nowhere")


@pytest.fixture
def chosen(monkeypatch):
    """What the file dialog will answer."""
    answers = []
    monkeypatch.setattr(
        QFileDialog, "getOpenFileUrl", lambda *_args, **_options: (QUrl.fromLocalFile(str(answers[-1])), "")
    )
    return answers


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def networks_of(window):
    """The dialog, opened from the panel of methods."""
    window.header.methods.show_panel()
    press(window.header.methods.panel, "Add a network")
    assert not window.header.methods.panel.window().isVisible()
    return window.findChild(NetworksDialog)


def press(dialog, words):
    next(button for button in dialog.findChildren(QPushButton) if words in button.text().replace("&", "")).click()


def test_the_selector_says_how_to_add_one(opened):
    window = opened()

    assert "Add imagededup's MobileNet V3, or a network of your own." in texts(window.header.methods.panel)
    words = " ".join(texts(networks_of(window)))
    assert "an ONNX file (.onnx)" in words
    assert "mobilenet_v3_small-047dcff4.pth" in words
    assert "None yet." in words


def test_the_settings_lead_there_too(opened):
    window = opened()
    window.actions_.settings.trigger()
    dialog = window.findChild(SettingsDialog)
    press(dialog.methods, "Add a network")

    assert dialog.findChild(NetworksDialog).isVisible()


def test_it_is_added_with_its_recipe_and_removed(opened, chosen, tmp_path, qtbot):
    # GIVEN a file with its recipe beside it
    chosen.append(saved(tmp_path / "mine"))
    dialog = networks_of(opened())
    # WHEN it is added
    press(dialog, "Add a file")
    assert any("Trying tiny.onnx" in text for text in texts(dialog))
    # THEN that is told, it is on the list, and it will be a method
    told = "Tiny net is added: it is among the methods when imgenc is opened again."
    qtbot.waitUntil(lambda: told in texts(dialog), timeout=20_000)
    qtbot.waitUntil(lambda: "Tiny net: 33 numbers, tiny-net.onnx" in texts(dialog), timeout=5000)
    assert [one.id for one in read_added(networks_folder())] == ["tiny-net"]
    # AND it goes as it came
    press(dialog, "Remove")
    qtbot.waitUntil(lambda: "None yet." in texts(dialog), timeout=5000)
    assert read_added(networks_folder()) == []


def test_without_a_recipe_it_is_asked(opened, chosen, tmp_path, qtbot):
    # GIVEN a file that is alone
    chosen.append(saved(tmp_path / "mine", recipe=None))
    dialog = networks_of(opened())
    # WHEN it is added
    press(dialog, "Add a file")
    qtbot.waitUntil(lambda: dialog.findChild(RecipeDialog) is not None, timeout=20_000)
    asking = dialog.findChild(RecipeDialog)
    # THEN what the file says is filled in, and what can't be followed is told
    fields = {field.accessibleName(): field for field in asking.findChildren(QLineEdit) if field.accessibleName()}
    assert (asking._width.value(), asking._height.value()) == (RECIPE["width"], RECIPE["height"])
    fields["Then less"].setText("much")
    press(asking, "Add")
    assert "This can't be followed: \u201cThen less\u201d must be a number." in texts(asking)
    fields["Then less"].setText("0")
    fields["Divided by"].setText("")
    press(asking, "Add")
    assert "This can't be followed: \u201cDivided by\u201d is missing." in texts(asking)
    # AND with the answers it is added
    asking._scale.setCurrentIndex(asking._scale.findData("imagenet"))
    asking._scale.activated.emit(asking._scale.currentIndex())
    fields["Name"].setText("Mine")
    press(asking, "Add")
    qtbot.waitUntil(lambda: any("Mine is added" in text for text in texts(dialog)), timeout=20_000)
    (added,) = read_added(networks_folder())
    assert added.recipe.mean == (0.485, 0.456, 0.406)
    # AND prepared as nearly all networks for ImageNet want it
    assert (added.recipe.shorter_side, added.recipe.resampling) == (WIDTH * 256 // 224, Resampling.BILINEAR)


def test_what_can_not_be_added_is_told(opened, chosen, tmp_path, qtbot):
    file = saved(tmp_path / "mine")
    file.write_bytes(b"no network")
    chosen.append(file)
    dialog = networks_of(opened())
    press(dialog, "Add a file")

    told = "Tiny net can't be loaded: onnxruntime can't load it (it is damaged, or no ONNX file)."
    qtbot.waitUntil(lambda: told in texts(dialog), timeout=20_000)
    assert dialog._add.isEnabled()  # another may be tried


def test_at_the_next_start_it_is_a_method_like_the_others(opened, store, tmp_path, qtbot):
    # GIVEN one that was added, and pictures
    add(saved(tmp_path / "mine"))
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        Image.fromarray(photo(90 + number, 80, number)).save(photos / f"{number}.png")
    # WHEN a window opens in which it is chosen
    window = opened("phash", "tiny-net")
    method = METHODS["tiny-net"]
    window.session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: window.model.rowCount() == 3 and window.session.activity is Activity.IDLE, timeout=20_000)
    # THEN selector, table and inspector show it
    box = window.header.methods.panel.findChild(QCheckBox, "method_tiny-net")
    assert box.isChecked()
    assert box.accessibleDescription() == "A network that you added, tiny-net.onnx: 33 numbers."
    row = next(row for row in range(3) if window.rows.paths[row].endswith("1.png"))
    right = expected(photo(91, 80, 1))
    np.testing.assert_allclose(window.rows.vector(row, method), right, atol=1e-5)
    column = next(column for column in window.model.columns if column.method is method)
    assert window.model.text(row, column).startswith("33 numbers, norm")
    window.view.select_row(row)
    qtbot.waitUntil(lambda: window.inspector.current_path() == window.rows.paths[row], timeout=5000)
    field = next(f for f in window.inspector.findChildren(QLineEdit) if f.accessibleName() == "Tiny net encoding")
    assert float(field.text().split(",")[0]) == pytest.approx(right[0], abs=1e-2)
    # AND it is exported and read back
    Settings(store).last_export_folder = str(tmp_path)
    Settings(store).last_export_format = NPZ.id
    window.export()
    dialog = window.findChild(ExportDialog)
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        dialog.choices.main_button.click()
    dialog.accept()
    assert read_export(tmp_path / "photos encodings.npz").methods == (PHASH, method)
    # AND what another file of that name gave isn't
    description = networks_folder() / "tiny-net.json"
    said = json.loads(description.read_text())
    description.write_text(json.dumps(said | {"sha256": "0" * 64}))
    take_in_added()
    assert read_export(tmp_path / "photos encodings.npz").methods == (PHASH,)
    METHODS.remove(METHODS["tiny-net"])
    METHODS.register(method)  # the window's own
