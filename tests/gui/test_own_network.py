"""A person's own network in the window: added with a few clicks, a method like the others at once, and removed."""

from __future__ import annotations

import json
import re
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton

from imgenc_gui.core import adding
from imgenc_gui.core.adding import add
from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks.added import MOST, networks_folder, read_added
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.alike import Criterion, Match, Picture
from imgenc_gui.core.records.methods import Resampling
from imgenc_gui.core.registry import METHODS, take_in_added
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.methods.networks_dialog import NetworksDialog
from imgenc_gui.gui.methods.recipe_dialog import RecipeDialog
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.columns import LIKENESS, NAME
from imgenc_gui.gui.table.known import known_tip, known_words
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.session import Activity
from tests.own_networks import RECIPE, WIDTH, endless, expected, saved, weights
from tests.pictures import photo

SENTENCE = "A network that you added: 33 numbers. How far apart copies are isn't measured."


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


def buttons_of(dialog, words):
    buttons = (one for one in dialog.findChildren(QPushButton) if not one.isHidden())
    return [one for one in buttons if words in one.text().replace("&", "") and not one.parentWidget().isHidden()]


def button_of(dialog, words):
    return buttons_of(dialog, words)[0]


def can_press(dialog, words):
    """Whether there is such a button at the moment, and it does something."""
    return any(one.isEnabled() for one in buttons_of(dialog, words))


def press(dialog, words):
    button_of(dialog, words).click()


def answers(monkeypatch, *wanted):
    """Press these buttons of the next questions, one after the other; what was asked."""
    asked, left = [], list(wanted)

    def exec_(box):
        asked.append(f"{box.text()} {box.informativeText()}")
        word = left.pop(0)
        next(button for button in box.buttons() if word in button.text().replace("&", "")).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


def add_now(dialog, chosen, file, qtbot):
    """Add a file by the dialog; what is told then."""
    chosen.append(file)
    press(dialog, "Add a file")
    qtbot.waitUntil(lambda: can_press(dialog, "Add a file"), timeout=20_000)
    return dialog._said._words.text()


def box_of(window, name):
    return window.header.methods.panel.findChild(QCheckBox, f"method_{name}")


def column_of(window, method):
    return window.model.section(next(one for one in window.model.columns if one.method is method))


def encode(window, qtbot):
    window.actions_.encode.trigger()
    qtbot.waitUntil(lambda: window.session.activity is Activity.IDLE and not window.progress.missing, timeout=20_000)


@pytest.fixture
def photos(tmp_path):
    """Three pictures and a copy of the second, smaller."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(photo(90 + number, 80, number)).save(folder / f"{number}.png")
    Image.fromarray(photo(91, 80, 1)).resize((85, 75)).save(folder / "small 1.png")
    return folder


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


def test_it_is_added_with_its_recipe_and_removed(opened, chosen, tmp_path, qtbot, monkeypatch):
    # GIVEN a file with its recipe beside it
    chosen.append(saved(tmp_path / "mine"))
    dialog = networks_of(opened())
    # WHEN it is added
    press(dialog, "Add a file")
    assert any("Trying tiny.onnx" in text for text in texts(dialog))
    # THEN that is told, and it is on the list
    qtbot.waitUntil(lambda: "Tiny net is added: choose it among the methods." in texts(dialog), timeout=20_000)
    assert "Tiny net: 33 numbers" in texts(dialog)
    assert [one.id for one in read_added(networks_folder())] == ["tiny-net"]
    # AND while another is tried it can't be removed
    press(dialog, "Add a file")
    assert not button_of(dialog, "Remove").isEnabled()
    assert not button_of(dialog, "Add a file").isEnabled()
    qtbot.waitUntil(lambda: can_press(dialog, "Remove"), timeout=20_000)
    # AND it goes as it came, once that is confirmed
    asked = answers(monkeypatch, "Cancel", "Remove")
    press(dialog, "Remove")
    assert len(asked) == 1
    assert "Remove Tiny net?" in asked[0]
    assert "The file that you added stays where it is." in asked[0]
    assert "The library keeps its encodings" in asked[0]
    assert "the table" not in asked[0]  # which has none
    assert networks_folder().joinpath("tiny-net.onnx").exists()
    press(dialog, "Remove")
    qtbot.waitUntil(lambda: "None yet." in texts(dialog), timeout=5000)
    assert "Tiny net is removed." in texts(dialog)
    assert list(networks_folder().iterdir()) == []
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
    assert asking.focusWidget() is fields["Then less"]
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


def test_it_is_a_method_at_once(opened, store, chosen, photos, tmp_path, qtbot):
    # GIVEN a window with pictures, sorted, two of them selected
    window = opened("phash")
    window.session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: window.model.rowCount() == 4 and window.session.activity is Activity.IDLE, timeout=20_000)
    window.view.sortByColumn(window.model.section(NAME), Qt.SortOrder.DescendingOrder)
    order = window.view.shown_rows().tolist()
    window.view.select_rows([order[1], order[3]])
    titles = window.view.shown_columns()
    # WHEN a network is added
    dialog = networks_of(window)
    assert add_now(dialog, chosen, saved(tmp_path / "mine"), qtbot) == "Tiny net is added: choose it among the methods."
    method = METHODS["tiny-net"]
    # THEN what was there stands as it stood
    assert sorted(window.view.selected_rows()) == sorted([order[1], order[3]])
    assert window.view.selected_count() == 2
    assert window.view.selectionModel().isRowSelected(1)  # whole, as Qt sees it
    assert window.view.shown_rows().tolist() == order
    assert window.view.sorting() == (window.model.section(NAME), Qt.SortOrder.DescendingOrder)
    assert window.view.shown_columns() == titles
    assert window.header.methods.methods() == (PHASH,)
    # AND it can be chosen
    dialog.close()
    assert box_of(window, "tiny-net").accessibleDescription() == SENTENCE
    box_of(window, "tiny-net").click()
    assert not window.view.isColumnHidden(column_of(window, method))
    places = [window.view.horizontalHeader().visualIndex(column_of(window, one)) for one in (CNN, method)]
    assert places[1] == places[0] + 1
    offered = [action.text() for action in window.view.column_actions(window)]
    assert offered.index("Tiny net") == offered.index("CNN") + 1


def test_what_was_added_is_encoded_compared_and_exported(opened, store, chosen, photos, tmp_path, qtbot):
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    dialog.close()
    method = METHODS["tiny-net"]
    row = next(row for row in range(4) if window.rows.paths[row].endswith("/1.png"))
    right = expected(photo(91, 80, 1))
    np.testing.assert_allclose(window.rows.vector(row, method), right, atol=1e-5)
    assert all(window.rows.hash_text(row, PHASH) for row in range(4))
    index = window.model.index(window.model.position_of(row), column_of(window, method))
    assert index.data().startswith("33 numbers, norm")
    # AND the inspector shows it, of one picture and of two
    window.view.select_row(row)
    field = next(f for f in window.inspector.findChildren(QLineEdit) if f.accessibleName() == "Tiny net encoding")
    qtbot.waitUntil(field.isVisible, timeout=5000)
    assert float(field.text().split(",")[0]) == pytest.approx(right[0], abs=1e-2)
    window.view.select_rows([0, 1])
    qtbot.waitUntil(lambda: "Tiny net" in texts(window.inspector.pair), timeout=5000)
    # AND copies are found by it
    Settings(store).compare_methods = (method,)
    assert window.comparing.comparisons.methods == (method,)
    # AND it is exported, and read back
    export(window, store, tmp_path, qtbot)
    assert read_export(tmp_path / "photos encodings.npz").methods == (PHASH, method)


def test_what_is_removed_is_no_method_but_nothing_is_lost(opened, store, chosen, photos, tmp_path, qtbot, monkeypatch):
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    method = METHODS["tiny-net"]
    vectors = [window.rows.vector(row, method) for row in range(4)]
    # WHEN it is removed
    asked = answers(monkeypatch, "Remove")
    press(dialog, "Remove")
    assert "What the table has of it stays until the table is cleared." in asked[0]
    qtbot.waitUntil(lambda: "Tiny net is removed." in texts(dialog), timeout=5000)
    # THEN it is no method any more
    dialog.close()
    assert METHODS.get("tiny-net") is None
    assert box_of(window, "tiny-net") is None
    assert window.header.methods.methods() == (PHASH,)
    assert not window.progress.missing
    # AND the table has what it had, also for exports
    assert not window.view.isColumnHidden(column_of(window, method))
    export(window, store, tmp_path, qtbot)
    with np.load(tmp_path / "photos encodings.npz") as arrays:
        np.testing.assert_array_equal(np.sort(arrays["tiny-net"], axis=0), np.sort(vectors, axis=0))
    # AND is compared by what there is
    window.comparing.show_copies()
    offered = {action.text(): action for action in window.comparing.copies_bar.methods.menu().actions()}
    assert not offered["Tiny net"].isVisible()
    offered["CNN"].trigger()
    window.comparing.leave()
    # AND nothing once it is cleared
    window.removing.clear()
    qtbot.waitUntil(lambda: window.view.isColumnHidden(column_of(window, method)), timeout=5000)
    assert "Tiny net" not in [action.text() for action in window.view.column_actions(window)]


def export(window, store, folder, qtbot):
    Settings(store).last_export_folder = str(folder)
    Settings(store).last_export_format = NPZ.id
    window.export()
    dialog = window.findChild(ExportDialog)
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        dialog.choices.main_button.click()
    dialog.accept()
    qtbot.waitUntil(lambda: window.findChild(ExportDialog) is None, timeout=5000)


def with_encodings(opened, chosen, photos, tmp_path, qtbot):
    """A window whose table has encodings of a network that was added to it, and the dialog of networks."""
    window = opened("phash")
    dialog = networks_of(window)
    add_now(dialog, chosen, saved(tmp_path / "mine"), qtbot)
    window.session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: window.model.rowCount() == 4 and window.session.activity is Activity.IDLE, timeout=20_000)
    box_of(window, "tiny-net").click()
    encode(window, qtbot)
    return window, dialog


def test_no_word_is_said_of_what_nobody_measured(opened, chosen, photos, tmp_path, qtbot):
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    dialog.close()
    window._settings.compare_methods = (METHODS["tiny-net"],)
    window.comparing.show_copies()

    def copies():
        rows = [] if window.model.banded is None else window.view.shown_rows().tolist()
        said = {row: window.model.text(row, LIKENESS) for row in rows if not window.model.banded.is_reference(row)}
        return {row: text for row, text in said.items() if re.fullmatch(r"similarity [01]\.\d{3}", text)}

    qtbot.waitUntil(lambda: bool(copies()), timeout=20_000)
    assert all("by Tiny net hasn't been measured" in window.model.banded.likeness_tip(row) for row in copies())
    # AND of pictures that are in a reference
    other = Picture("a.png", "/b/a.png", None)
    criteria = [Criterion(METHODS["tiny-net"], 0.9)]
    reference = SimpleNamespace(criteria=criteria, match=lambda _row: Match(other, other, (0.95,)))
    assert known_words(reference, 0) == "a.png \u00b7 Tiny net: similarity 0.950"
    assert "by Tiny net hasn't been measured" in known_tip(reference, 0)


def test_what_only_a_removed_network_gave_is_compared_still(
    opened, store, chosen, photos, tmp_path, qtbot, monkeypatch
):
    # GIVEN copies that a network found
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    method = METHODS["tiny-net"]
    Settings(store).compare_methods = (method,)
    window.comparing.show_copies()
    (action,) = (one for one in window.comparing.copies_bar.methods.menu().actions() if one.text() == "Tiny net")
    assert action.isChecked()
    # WHEN it is removed, and something else is chosen
    answers(monkeypatch, "Remove")
    press(dialog, "Remove")
    qtbot.waitUntil(lambda: METHODS.get("tiny-net") is None, timeout=5000)
    assert action.isChecked()  # the menu was open
    window.comparing.copies_bar.methods.menu().actions()[-1].trigger()
    # THEN nothing breaks, and what is compared by is told
    window.comparing.copies_bar.methods.menu().aboutToShow.emit()
    assert not action.isVisible()
    assert window.comparing.comparisons.methods == (PHASH,)
    assert window.comparing.copies_bar.methods.text() == "PHash"


def test_the_same_network_again_is_the_same_method(opened, chosen, photos, tmp_path, qtbot, monkeypatch):
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    method = METHODS["tiny-net"]
    answers(monkeypatch, "Remove")
    press(dialog, "Remove")
    qtbot.waitUntil(lambda: METHODS.get("tiny-net") is None, timeout=5000)

    add_now(dialog, chosen, tmp_path / "mine" / "tiny.onnx", qtbot)

    assert METHODS["tiny-net"] is method
    assert method in window.header.methods.methods()  # as it was chosen
    assert not window.progress.missing


def test_another_network_of_the_name_waits_until_nothing_is_mixed(opened, chosen, photos, tmp_path, qtbot):
    # GIVEN encodings by a network, of a row that was taken off the table, too
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    before = METHODS["tiny-net"]
    # WHEN another takes its name
    told = add_now(dialog, chosen, saved(tmp_path / "mine", weights(1)), qtbot)
    # THEN it is told when it will be one
    assert told == (
        "Tiny net is added. The table still has what the one before it gave: clear it, and choose the new one."
    )
    assert METHODS.get("tiny-net") is None
    assert box_of(window, "tiny-net") is None
    assert window.rows.any_has(before)
    window.view.selectAll()
    window.actions_.remove.trigger()
    window.networks._look(dialog)
    qtbot.wait(50)
    assert METHODS.get("tiny-net") is None  # the rows may be put back
    # AND then it is, unless that is undone
    window.removing.clear()
    qtbot.waitUntil(lambda: METHODS.get("tiny-net") is not None, timeout=5000)
    window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: METHODS.get("tiny-net") is None, timeout=5000)
    window.removing.clear()
    qtbot.waitUntil(lambda: box_of(window, "tiny-net") is not None, timeout=5000)
    window.session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: window.model.rowCount() == 4 and window.session.activity is Activity.IDLE, timeout=20_000)
    encode(window, qtbot)
    after = METHODS["tiny-net"]
    assert after.version != before.version
    row = next(row for row in range(4) if window.rows.paths[row].endswith("/1.png"))
    np.testing.assert_allclose(window.rows.vector(row, after), expected(photo(91, 80, 1), weights(1)), atol=1e-5)
    assert not window.rows.any_has(before)
    assert [one.id for one in window.view.shown_columns()].count("tiny-net") == 1


def test_a_network_is_not_removed_while_pictures_are_encoded(opened, chosen, photos, tmp_path, qtbot, monkeypatch):
    window, dialog = with_encodings(opened, chosen, photos, tmp_path, qtbot)
    asked = answers(monkeypatch)
    monkeypatch.setattr(type(window.session), "activity", Activity.ENCODING)

    press(dialog, "Remove")

    assert "Tiny net stays as long as pictures are encoded. Wait for the end, or stop, then remove it." in texts(dialog)
    assert asked == []


@pytest.fixture
def trying(opened, chosen, tmp_path, qtbot):
    """A window and its dialog, while a network that never ends is tried."""
    file = saved(tmp_path / "mine")
    file.write_bytes(endless(0.1).SerializeToString())
    chosen.append(file)
    window = opened()
    dialog = networks_of(window)
    press(dialog, "Add a file")
    limit = "network's limit"
    qtbot.waitUntil(lambda: limit in {thread.name for thread in threading.enumerate()}, timeout=20_000)
    yield window, dialog
    for thread in threading.enumerate():
        if thread.name == limit:
            thread.join(20)
            assert not thread.is_alive()
    assert not networks_folder().exists()


@pytest.mark.parametrize("how", ["Cancel", "Esc"])
def test_a_trial_is_stopped(how, trying, qtbot):
    _, dialog = trying
    if how == "Cancel":
        press(dialog, "Cancel")
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    qtbot.waitUntil(lambda: "Stopped; nothing was added." in texts(dialog), timeout=20_000)
    assert dialog._add.isEnabled()
    press(dialog, "Close")
    assert not dialog.isVisible()


def test_whoever_closes_the_dialog_stops_the_trial(trying, qtbot):
    window, dialog = trying
    dialog.close()

    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: window.jobs.wait(0), timeout=20_000)


def test_the_window_closes_though_a_network_never_ends(trying):
    window, _ = trying

    assert window.end_work(20_000)


def test_it_is_a_method_also_where_nobody_waited_for_it(opened, chosen, tmp_path, qtbot, monkeypatch):
    def too_late(file, recipe, stop):
        added = add(file, recipe)
        while not stop():
            time.sleep(0.01)
        return added

    monkeypatch.setattr(adding, "add", too_late)
    window = opened()
    dialog = networks_of(window)
    chosen.append(saved(tmp_path / "mine"))
    press(dialog, "Add a file")
    dialog.close()

    qtbot.waitUntil(lambda: box_of(window, "tiny-net") is not None, timeout=20_000)


def test_the_settings_offer_it_at_once(opened, chosen, tmp_path, qtbot):
    window = opened()
    window.actions_.settings.trigger()
    settings = window.findChild(SettingsDialog)
    press(settings.methods, "Add a network")
    add_now(settings.findChild(NetworksDialog), chosen, saved(tmp_path / "mine"), qtbot)

    settings.methods.findChild(QCheckBox, "method_tiny-net").click()
    settings.accept()
    assert METHODS["tiny-net"] in window.header.methods.methods()


def test_what_is_damaged_is_shown_and_can_be_removed(opened, chosen, tmp_path, qtbot, monkeypatch):
    add(saved(tmp_path / "mine"))
    (networks_folder() / "tiny-net.json").write_text("{")
    dialog = networks_of(opened())
    told = "tiny-net can't be used: its description is damaged. Remove it, and add its file again."
    qtbot.waitUntil(lambda: told in texts(dialog), timeout=5000)

    asked = answers(monkeypatch, "Remove")
    press(dialog, "Remove")

    qtbot.waitUntil(lambda: "None yet." in texts(dialog), timeout=5000)
    assert "Remove tiny-net?" in asked[0]
    assert list(networks_folder().iterdir()) == []


def test_of_too_many_the_first_are_there(opened, tmp_path, qtbot, caplog):
    add(saved(tmp_path / "mine"))
    said = (networks_folder() / "tiny-net.json").read_text()
    for number in range(70):
        described = said.replace("Tiny net", f"Net {number:02}").replace("tiny-net", f"net-{number:02}")
        (networks_folder() / f"net-{number:02}.json").write_text(described)
        (networks_folder() / f"net-{number:02}.onnx").touch()

    window = opened()

    assert [method.id for method in METHODS][5:] == [f"net-{number:02}" for number in range(MOST)]
    (line,) = caplog.messages
    assert line.endswith(f"holds more than {MOST} networks: left out from net-{MOST} on")
    told = f"net-{MOST} can't be used: there can be {MOST} networks, and so many come before it. Remove it, or another"
    dialog = networks_of(window)
    qtbot.waitUntil(lambda: f"{told} network." in texts(dialog), timeout=5000)


def test_one_whose_file_is_gone_is_shown_and_can_be_removed(opened, tmp_path, qtbot, monkeypatch):
    add(saved(tmp_path / "mine"))
    (networks_folder() / "tiny-net.onnx").unlink()
    dialog = networks_of(opened())
    told = "tiny-net can't be used: its file is gone. Remove it, and add its file again."
    qtbot.waitUntil(lambda: told in texts(dialog), timeout=5000)

    answers(monkeypatch, "Remove")
    press(dialog, "Remove")

    qtbot.waitUntil(lambda: "None yet." in texts(dialog), timeout=5000)
    assert list(networks_folder().iterdir()) == []


def test_at_the_next_start_it_is_a_method_like_the_others(opened, store, photos, tmp_path, qtbot):
    # GIVEN one that was added, and pictures
    add(saved(tmp_path / "mine"))
    # WHEN a window opens in which it is chosen
    window = opened("phash", "tiny-net")
    method = METHODS["tiny-net"]
    window.session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: window.model.rowCount() == 4 and window.session.activity is Activity.IDLE, timeout=20_000)
    # THEN selector, table and inspector show it
    box = window.header.methods.panel.findChild(QCheckBox, "method_tiny-net")
    assert box.isChecked()
    assert box.accessibleDescription() == SENTENCE
    row = next(row for row in range(4) if window.rows.paths[row].endswith("/1.png"))
    right = expected(photo(91, 80, 1))
    np.testing.assert_allclose(window.rows.vector(row, method), right, atol=1e-5)
    column = next(column for column in window.model.columns if column.method is method)
    assert window.model.text(row, column).startswith("33 numbers, norm")
    window.view.select_row(row)
    qtbot.waitUntil(lambda: window.inspector.current_path() == window.rows.paths[row], timeout=5000)
    field = next(f for f in window.inspector.findChildren(QLineEdit) if f.accessibleName() == "Tiny net encoding")
    assert float(field.text().split(",")[0]) == pytest.approx(right[0], abs=1e-2)
    # AND it is exported and read back
    export(window, store, tmp_path, qtbot)
    assert read_export(tmp_path / "photos encodings.npz").methods == (PHASH, method)
    # AND what another file of that name gave isn't
    description = networks_folder() / "tiny-net.json"
    said = json.loads(description.read_text())
    description.write_text(json.dumps(said | {"sha256": "0" * 64}))
    take_in_added()
    assert read_export(tmp_path / "photos encodings.npz").methods == (PHASH,)
    METHODS.remove(METHODS["tiny-net"])
    METHODS.register(method)  # the window's own
