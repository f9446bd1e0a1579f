"""What is similar to one picture, as a person asks for it: by key, menu and drop; and the way back."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from imgenc_gui.core.hashing.hashes import AHASH, PHASH
from imgenc_gui.core.records.results import FailureCode
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import LIKENESS, NAME
from imgenc_gui.gui.table.ranking import natural
from imgenc_gui.gui.window.drop_choice import Place
from imgenc_gui.gui.window.main_window import MainWindow
from tests.gui.apart import apart
from tests.gui.conftest import FakeEncoder, active_window, make_failure

WAIT = 10_000
NOTHING_LIKE = 0xFEDCBA9876543210


class Encoder(FakeEncoder):
    """Encodes files so that "4.png" is 4 bits from the first of the table."""

    def encode(self, numbered, stop=lambda: False):  # noqa: ARG002 - as encoders have it
        for key, path in numbered:
            bits = Path(path).stem
            yield key, apart(path, int(bits)) if bits.isdigit() else make_failure(path)


@pytest.fixture
def window(qtbot, store, tmp_path):
    with active_window(qtbot, store, Encoder) as made:
        add(made, 0, 12, 2, 8)
        yield made


def add(window, *bits, base=None):
    first = len(window.rows)
    paths = [f"/photos/{'far' if base else ''}{count}.jpg" for count in bits]
    window.session.live.append(paths)
    how = {} if base is None else {"base": base}
    window.session.live.apply([(first + n, apart(path, bits[n], **how)) for n, path in enumerate(paths)])
    window.rows.mark_saved(range(len(window.rows)), window.rows.methods)
    window.session.live.settle()
    window.progress.refresh()


def names(window):
    return [window.model.index(row, 0).data() for row in range(window.model.rowCount())]


def bar(window):
    return window.comparing.similar_mode.bar


def similar(window, qtbot, row=0):
    """Ask with the key, and wait for the answer."""
    window.view.select_row(row)
    qtbot.keyClick(window.view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    wait(window, qtbot)


def wait(window, qtbot):
    qtbot.waitUntil(lambda: window.comparing.similar_mode.similar.bands is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: not window.comparing.similar_mode.similar._asker.is_asking, timeout=WAIT)


def test_the_table_becomes_the_neighbours_nearest_first(window, qtbot):
    similar(window, qtbot)
    assert names(window) == ["2.jpg", "8.jpg"]
    column = window.model.section(LIKENESS)
    assert not window.view.isColumnHidden(column)
    assert window.model.index(0, column).data() == "Same picture · 2 bits"
    assert bar(window).isVisible()
    assert not window.filter_bar.isVisible()
    assert bar(window).title() == "2 pictures are similar to 0.jpg"
    assert window.view.selected_rows() == [2]  # the nearest one, to go on from


def test_the_slider_asks_anew_and_an_empty_answer_is_said(window, qtbot):
    similar(window, qtbot)
    bar(window).slider.set_step(12)
    qtbot.waitUntil(lambda: names(window) == ["2.jpg", "8.jpg", "12.jpg"], timeout=WAIT)
    bar(window).slider.set_step(1)
    qtbot.waitUntil(lambda: not names(window), timeout=WAIT)
    assert bar(window).title() == "Nothing is similar to 0.jpg at this setting"
    assert window._nothing.text() == "Nothing among 3 pictures is similar to 0.jpg at this setting."
    assert window._nothing.isVisible()
    assert bar(window).isVisible()


def test_escape_goes_back_to_what_was_shown_before(window, qtbot):
    # GIVEN many pictures, sorted, searched and scrolled, and some of them selected
    add(window, *range(20, 60), base=NOTHING_LIKE)
    window.view.horizontalHeader().setSortIndicator(window.model.section(NAME), Qt.SortOrder.DescendingOrder)
    qtbot.keyClicks(window.filter_bar.search, "far")
    qtbot.waitUntil(lambda: len(names(window)) == 40, timeout=WAIT)
    qtbot.keyClicks(window.filter_bar.search, "\b" * 3 + "jpg")  # and at once, before it is searched for:
    window.view.select_rows([5, 6, 30])
    window.view.verticalScrollBar().setValue(37)
    selected = window.view.selected_rows()
    # WHEN a person looks at what is similar to one, then to one of these, and presses Escape once
    qtbot.keyClick(window.view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    wait(window, qtbot)
    similar(window, qtbot, row=4)
    assert len(names(window)) == 10
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    # THEN all is as it was
    assert names(window) == sorted(names(window), key=natural, reverse=True)
    assert len(names(window)) == 44
    assert window.view.selected_rows() == selected
    assert window.model.row_at(window.view.currentIndex().row()) == 5
    assert window.view.verticalScrollBar().value() == 37
    assert window.filter_bar.isVisible()
    assert not bar(window).isVisible()
    assert window.view.isColumnHidden(window.model.section(LIKENESS))


@pytest.mark.parametrize("place", ["slider", "table", "empty"])
def test_escape_works_from_everywhere(window, qtbot, place):
    similar(window, qtbot)
    if place == "slider":
        bar(window).setFocus()
    if place == "empty":
        bar(window).slider.set_step(0)
        qtbot.waitUntil(lambda: not names(window), timeout=WAIT)
    qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Escape)
    assert not bar(window).isVisible()
    assert len(names(window)) == 4


def test_escape_closes_an_open_drawer_first(window, qtbot):
    window.resize(640, 480)
    qtbot.waitUntil(lambda: window.side.narrow, timeout=WAIT)
    similar(window, qtbot)
    window.actions_.inspector.trigger()
    assert window.side.inspector_shown()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert not window.side.inspector_shown()
    assert bar(window).isVisible()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert not bar(window).isVisible()


def test_it_comes_back_to_copies(window, qtbot):
    window.comparing.show_copies()
    qtbot.waitUntil(lambda: len(names(window)) == 4, timeout=WAIT)
    before = names(window)
    similar(window, qtbot)
    assert names(window) == ["2.jpg", "8.jpg"]
    assert not window.comparing.copies_bar.isVisible()
    bar(window).closed.emit()
    assert window.comparing.copies_bar.isVisible()
    assert names(window) == before


@pytest.mark.parametrize("key", [Qt.Key.Key_1, Qt.Key.Key_2])
def test_choosing_a_category_leaves_it(window, qtbot, key):
    similar(window, qtbot)
    qtbot.keyClick(window.view, key, Qt.KeyboardModifier.ControlModifier)
    assert not bar(window).isVisible()
    assert window.filter_bar.category is (Category.ALL if key == Qt.Key.Key_1 else Category.ENCODED)
    assert len(names(window)) == 4


def test_pictures_that_come_meanwhile_are_taken_in_at_the_end(window, qtbot):
    similar(window, qtbot)
    add(window, 4)
    qtbot.waitUntil(lambda: names(window) == ["2.jpg", "4.jpg", "8.jpg"], timeout=WAIT)


def test_clearing_the_table_leaves_it(window, qtbot):
    similar(window, qtbot)
    window.clear()
    assert not bar(window).isVisible()
    assert not window.comparing.similar_mode.is_on
    add(window, 3)
    assert names(window) == ["3.jpg"]


def test_mirrored_and_turned_ones_only_if_asked_for(window, qtbot):
    asked = []
    similar(window, qtbot)
    real = window.comparing.comparisons.comparable.similar

    def noted(*arguments, **named):
        asked.append(named["oriented"])
        return real(*arguments, **named)

    window.comparing.comparisons.comparable.similar = noted
    bar(window)._turned.click()
    wait(window, qtbot)
    bar(window)._turned.click()
    wait(window, qtbot)
    assert asked[:2] == [True, False]


def test_why_a_picture_cannot_be_asked_about(window):
    action = window.actions_.similar
    window.view.clearSelection()
    window.view.setCurrentIndex(window.model.index(-1, 0))
    assert (action.isEnabled(), action.toolTip()) == (False, "Select a row first")
    window.session.live.append(["/photos/later.jpg", "/photos/bad.jpg", "/photos/other.jpg"])
    window.session.live.apply([(5, make_failure("/photos/bad.jpg", FailureCode.DAMAGED))])
    result = apart("/photos/other.jpg", 3)
    window.session.live.apply([(6, type(result)(result.path, result.facts, {AHASH: "00ff00ff00ff0f0f"}))])
    said = []
    for row in (4, 5, 6, 0):
        window.view.select_row(row)
        said.append(action.toolTip() if not action.isEnabled() else "")
    assert said == [
        "The picture isn't encoded yet",
        "The picture could not be read, so that it can't be compared",
        f"The picture has no encoding by what compares: {PHASH.label}",
        "",
    ]
    menu = window.view.context_menu(0, NAME)
    assert action in menu.actions()
    menu.close()


# Dropping


def drag(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(600, 500), copy, data, left, plain)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
    return data


def let_go(window, data, y):
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    move = QDragMoveEvent(QPoint(600, y), copy, data, left, plain)
    QApplication.sendEvent(window, move)
    assert move.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(600, y), copy, data, left, plain))


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "4.png"
    Image.new("RGB", (8, 6), "teal").save(path)
    return path


def test_a_picture_dropped_on_the_upper_place_is_asked_about_and_not_added(window, qtbot, picture):
    window.message_bar.tell("What was said before")
    data = drag(window, picture)
    assert window.drop_choice.isVisible()
    qtbot.waitUntil(lambda: window.drop_choice.places == (Place.SIMILAR, Place.ADD), timeout=WAIT)
    let_go(window, data, 150)
    wait(window, qtbot)
    assert not window.drop_choice.isVisible()
    assert not window.message_bar.isVisible()
    assert bar(window).title() == "4 pictures are similar to 4.png"
    assert names(window) == ["2.jpg", "0.jpg", "8.jpg", "12.jpg"]
    qtbot.waitUntil(lambda: bar(window).preview.pixmap() is not None, timeout=WAIT)
    assert len(window.rows) == 4
    QTest.keyClick(window.view, Qt.Key.Key_Escape)
    assert len(names(window)) == 4


def test_while_a_dropped_picture_is_read_no_others_stand_below_its_name(window, qtbot, picture, monkeypatch):
    similar(window, qtbot)
    gate, real = threading.Event(), Encoder.encode

    def held(self, numbered, stop=lambda: False):
        assert gate.wait(10)
        yield from real(self, numbered, stop)

    monkeypatch.setattr(Encoder, "encode", held)
    window.comparing.show_similar(str(picture))
    assert bar(window).title() == "Reading 4.png…"
    assert names(window) == []
    assert window._nothing.text() == "Reading 4.png…"
    gate.set()
    wait(window, qtbot)
    assert len(names(window)) == 4


def test_dropped_below_it_is_added(window, qtbot, picture):
    data = drag(window, picture)
    qtbot.waitUntil(lambda: Place.SIMILAR in window.drop_choice.places, timeout=WAIT)
    let_go(window, data, 600)
    qtbot.waitUntil(lambda: len(window.rows) == 5, timeout=WAIT)
    assert not bar(window).isVisible()


def test_several_files_and_folders_have_one_place(window, qtbot, picture, tmp_path):
    for paths in ((picture, tmp_path / "5.png"), (tmp_path,)):
        drag(window, *paths)
        assert window.drop_choice.isVisible()
        window.jobs.wait(WAIT)
        qtbot.wait(1)
        assert window.drop_choice.places == (Place.ADD,)
        QApplication.sendEvent(window, QDragLeaveEvent())
        assert not window.drop_choice.isVisible()


def test_the_empty_window_has_its_own_place(qtbot, store, picture):
    window = MainWindow(Settings(store), Encoder)
    qtbot.addWidget(window)
    window.show()
    drag(window, picture)
    assert window.drop_area.is_drag_active()
    assert not window.drop_choice.isVisible()
    window.close_at_once()


def test_a_dropped_file_that_is_no_picture_is_said_and_all_stays(window, qtbot, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    data = drag(window, path)
    qtbot.waitUntil(lambda: Place.SIMILAR in window.drop_choice.places, timeout=WAIT)
    let_go(window, data, 150)
    qtbot.waitUntil(lambda: "broken.png could not be opened" in window.message_bar.text, timeout=WAIT)
    assert window.message_bar.isVisible()
    assert not bar(window).isVisible()
    assert len(names(window)) == 4


def test_a_dropped_picture_of_the_table_is_not_read_again(window, qtbot, monkeypatch):
    monkeypatch.setattr(Encoder, "encode", None)
    window.comparing.similar_mode.ask_file("/photos/0.jpg")
    wait(window, qtbot)
    assert names(window) == ["2.jpg", "8.jpg"]


# Which threshold?


def test_a_pair_at_the_border_is_selected_in_the_table_and_the_step_is_taken_over(window, qtbot):
    from imgenc_gui.gui.compare.threshold_dialog import ThresholdDialog

    window.filter_bar.search.setText("nothing like it")
    window.filter_bar._tell()
    window.actions_.threshold.trigger()
    dialog = window.findChild(ThresholdDialog)
    qtbot.waitUntil(dialog.histogram.isVisible, timeout=WAIT)
    dialog.pair_opened.emit(1, 3)
    assert sorted(window.view.selected_rows()) == [1, 3]
    assert window.inspector.isVisible()
    dialog.slider.set_step(7)
    dialog._use()
    assert window._settings.compare_step == 7
    assert window.comparing.copies_bar.slider.step() == 7


def test_clearing_the_table_closes_it(window, qtbot):
    from imgenc_gui.gui.compare.threshold_dialog import ThresholdDialog

    window.actions_.threshold.trigger()
    dialog = window.findChild(ThresholdDialog)
    gone = []
    dialog.destroyed.connect(lambda: gone.append(True))
    window.clear()
    qtbot.waitUntil(lambda: bool(gone), timeout=WAIT)
    assert not window.actions_.threshold.isEnabled()


def test_where_all_were_encoded_turned_the_other_way_nothing_is_offered(window, qtbot, picture):
    # GIVEN pictures that were turned upright before they were encoded, while those of here are not
    rows = window.rows

    def turn(row):
        facts = replace(rows.facts(row), orientation=6)
        rows.reset([row])
        rows.apply(row, replace(apart(rows.paths[row], 2), facts=facts), turned=True)

    turn(0)
    window.view.select_row(1)
    assert window.actions_.similar.isEnabled()
    window.view.select_row(0)
    assert "turned the other way" in window.actions_.similar.toolTip()
    for row in (1, 2, 3):
        turn(row)
    rows.mark_saved(range(len(rows)), rows.methods)
    window.session.live.changed.emit(list(range(len(rows))))
    window.session.live.settle()
    window.progress.refresh()
    # THEN nothing is compared with them, by whatever way it is asked for
    window.view.select_row(1)
    window.view.select_row(0)
    assert not window.actions_.similar.isEnabled()
    assert not window.actions_.threshold.isEnabled()
    drag(window, picture)
    window.jobs.wait(WAIT)
    qtbot.wait(1)
    assert window.drop_choice.places == (Place.ADD,)
    QApplication.sendEvent(window, QDragLeaveEvent())
