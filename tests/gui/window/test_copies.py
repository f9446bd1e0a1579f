"""Copies, as a person goes through them: groups by key, marks, references, files for the file manager, and back."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPushButton, QToolButton

from imgenc_gui.core.comparing import comparable
from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.comparing.strictness import STEPS
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.results import FileIdentity
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.gui.desktop.addresses import address_of, path_at
from imgenc_gui.gui.desktop.file_list import file_list
from imgenc_gui.gui.export.dialog import ExportDialog
from imgenc_gui.gui.table import rows_view
from imgenc_gui.gui.table.arrangement import Category
from imgenc_gui.gui.table.columns import DIFFERENCES, FOLDER, LIKENESS, NAME, STATUS
from imgenc_gui.gui.window import written as written_module
from tests.core.files.exports import sheet_rows
from tests.gui.apart import apart
from tests.gui.conftest import active_window, make_failure, make_result

WAIT = 60_000  # a machine may be busy
FAR = 0xFEDCBA9876543210
OTHER = 0x0F0F0F0F33335555


@pytest.fixture
def window(qtbot, store):
    """Two groups: four pictures of which one is only near another, and two; one that is like nothing."""
    with active_window(qtbot, store) as made:
        add(made, {"a/1.jpg": 0, "a/2.jpg": 8, "b/3.jpg": 16, "b/4.jpg": 2})
        add(made, {"b/5.jpg": 0, "a/6.jpg": 0}, base=FAR)
        add(made, {"a/7.jpg": 0}, base=OTHER)
        yield made


def add(window, bits, base=0x1234567890ABCDEF):
    first = len(window.rows)
    paths = [f"/photos/{name}" for name in bits]
    window.session.live.append(paths)
    window.session.live.apply(
        [
            (first + n, apart(path, count, base=base))
            for n, (path, count) in enumerate(zip(paths, bits.values(), strict=True))
        ]
    )
    settle(window)


def settle(window):
    window.rows.mark_saved(range(len(window.rows)), window.rows.methods)
    window.session.live.settle()
    window.progress.refresh()


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    target = window.focusWidget() or window
    QTest.keyClick(target, key, modifiers)


CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def answered(qtbot, window):
    comparisons = window.comparing.comparisons
    qtbot.waitUntil(lambda: not comparisons.is_running and comparisons.answer is not None, timeout=WAIT)


def show(qtbot, window):
    press(window, Qt.Key.Key_6, CTRL)
    answered(qtbot, window)
    window.view.setFocus()


def cells(window, column=NAME):
    return [window.model.text(row, column) for row in window.model.shown_rows]


def marked(window):
    return [window.model.text(row, NAME) for row in window.comparing.marks.rows()]


def said(window):
    bar = window.comparing.copies_bar
    return bar._count.text(), bar._marked.text(), bar._warning.text()


def test_groups_come_by_one_key_reference_first_members_nearest_first(window, qtbot):
    answered(qtbot, window)  # by itself
    assert not window.filter_bar._buttons[Category.COPIES].isHidden()
    assert window.filter_bar._buttons[Category.COPIES].words() == "Copies  6"
    show(qtbot, window)
    assert cells(window) == ["1.jpg", "4.jpg", "2.jpg", "3.jpg", "6.jpg", "5.jpg"]
    assert cells(window, LIKENESS) == [
        "Reference",
        "Same picture · 2 bits",
        "Edited · 8 bits",
        "Near 2.jpg · 8 bits",
        "Reference",
        "Identical · 0 bits",
    ]
    assert cells(window, DIFFERENCES)[0] == "640 × 480, JPEG, 12 kB"  # noqa: RUF001
    assert said(window) == ("2 groups, 6 pictures", "", "")
    spoken = [window.model.index(place, 0).data(Qt.ItemDataRole.AccessibleTextRole) for place in (0, 3, 5)]
    assert spoken == [
        "1.jpg, group 1 of 2, reference of 4 pictures",
        "3.jpg, group 1 of 2, Near 2.jpg · 8 bits",
        "5.jpg, group 2 of 2, Identical · 0 bits",
    ]


def test_the_slider_regroups_at_once(window, qtbot):
    show(qtbot, window)
    window.comparing.copies_bar.slider.setFocus()
    for _ in range(8):
        press(window, Qt.Key.Key_Left)
    answered(qtbot, window)
    assert cells(window) == ["1.jpg", "4.jpg", "6.jpg", "5.jpg"]
    press(window, Qt.Key.Key_Home)
    answered(qtbot, window)
    assert cells(window) == ["6.jpg", "5.jpg"]


def test_other_places_of_the_slider_are_looked_up_ahead(window, qtbot, monkeypatch):
    # GIVEN copies that are looked at, and a moment in which nothing else is to be done
    asked = []
    groups = comparable.groups
    monkeypatch.setattr(comparable, "groups", lambda *given, **more: asked.append(1) or groups(*given, **more))
    show(qtbot, window)
    comparisons = window.comparing.comparisons
    qtbot.waitUntil(lambda: len(asked) > STEPS // 2 and not comparisons._ahead.is_asking, timeout=WAIT)
    found = len(asked)
    # WHEN the slider moves THEN the groups are there already
    window.comparing.copies_bar.slider.setFocus()
    press(window, Qt.Key.Key_Home)
    answered(qtbot, window)
    assert cells(window) == ["6.jpg", "5.jpg"]
    qtbot.waitUntil(lambda: not comparisons._pause.isActive() and not comparisons._ahead.is_asking, timeout=WAIT)
    assert len(asked) == found


def test_columns_of_likeness_are_there_only_among_copies(window, qtbot):
    def hidden():
        return [window.view.isColumnHidden(window.model.section(column)) for column in (LIKENESS, DIFFERENCES)]

    assert hidden() == [True, True]
    show(qtbot, window)
    assert hidden() == [False, False]
    next(action for action in window.view.column_actions(window) if action.text() == "Differences").toggle()
    press(window, Qt.Key.Key_1, CTRL)
    assert hidden() == [True, True]
    assert not any(action.text() == "Likeness" for action in window.view.column_actions(window))
    layouts = window.view.column_layouts()
    show(qtbot, window)
    assert hidden() == [False, True]
    # AND so it is in the next run, where they stand beside the name even where nothing is remembered of them
    window.view.restore_columns([layout for layout in layouts if layout.id not in ("likeness", "differences")])
    header = window.view.horizontalHeader()
    assert [header.visualIndex(window.model.section(column)) for column in (NAME, LIKENESS, DIFFERENCES)] == [0, 1, 2]


def test_what_is_searched_narrows_to_groups_and_sorting_goes_by_references(window, qtbot):
    show(qtbot, window)
    window.filter_bar.changed.emit(Category.COPIES, "5.jpg")
    assert cells(window) == ["6.jpg", "5.jpg"]
    window.filter_bar.changed.emit(Category.COPIES, "")
    window.view.sortByColumn(window.model.section(NAME), Qt.SortOrder.DescendingOrder)
    assert cells(window) == ["6.jpg", "5.jpg", "1.jpg", "4.jpg", "2.jpg", "3.jpg"]
    window.view.sortByColumn(window.model.section(FOLDER), Qt.SortOrder.AscendingOrder)
    assert cells(window)[0] in ("1.jpg", "6.jpg")


def test_by_likeness_groups_and_neighbours_stand_as_they_come_or_the_other_way_round(window, qtbot):
    header, section = window.view.horizontalHeader(), window.model.section(LIKENESS)
    show(qtbot, window)
    header.setSortIndicator(section, Qt.SortOrder.DescendingOrder)
    assert cells(window) == ["6.jpg", "5.jpg", "1.jpg", "4.jpg", "2.jpg", "3.jpg"]
    press(window, Qt.Key.Key_1, CTRL)
    assert cells(window) == [f"{number}.jpg" for number in range(1, 8)]
    window.view.select_row(0)
    press(window, Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: cells(window) == ["4.jpg", "2.jpg"], timeout=WAIT)
    header.setSortIndicator(section, Qt.SortOrder.DescendingOrder)
    assert cells(window) == ["2.jpg", "4.jpg"]


def test_marks_by_keys_alone_and_undone(window, qtbot):
    show(qtbot, window)
    press(window, Qt.Key.Key_Down)
    press(window, Qt.Key.Key_Down, SHIFT)
    press(window, Qt.Key.Key_Space)
    assert len(marked(window)) == 2
    first = marked(window)
    assert said(window)[1] == "2 marked (2 files, 25 kB)"
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    assert marked(window) == ["4.jpg", "2.jpg", "5.jpg"]  # what is only near another isn't like what would stay
    press(window, Qt.Key.Key_Z, CTRL)
    assert marked(window) == first
    press(window, Qt.Key.Key_Z, CTRL)
    assert marked(window) == []
    press(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert marked(window) == first
    press(window, Qt.Key.Key_Space)  # all of those selected are marked
    assert marked(window) == []


def test_a_box_is_clicked_and_the_selection_stays(window, qtbot):
    show(qtbot, window)
    window.view.select_row(window.model.row_at(3))
    cell = window.view.visualRect(window.model.index(1, window.model.section(NAME)))
    place = QPoint(cell.left() + 12, cell.center().y())
    QTest.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert marked(window) == ["4.jpg"]
    assert window.view.selected_rows() == [window.model.row_at(3)]
    index = window.model.index(1, window.model.section(NAME))
    assert index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked


def test_a_group_of_which_every_picture_is_marked_is_warned_of(window, qtbot):
    show(qtbot, window)
    window.view.selectAll()
    press(window, Qt.Key.Key_Space)
    assert said(window)[2] == "All pictures of 2 groups are marked"
    window.comparing.marks.toggle([window.model.row_at(0)])
    assert said(window)[2] == "All pictures of 1 group are marked"
    press(window, Qt.Key.Key_U, CTRL | SHIFT)
    assert said(window)[1:] == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_nothing_is_marked_by_itself_that_may_be_all_there_is(window, qtbot, tmp_path):
    picture = tmp_path / "1.jpg"
    picture.write_bytes(b"one")
    (tmp_path / "2.jpg").symlink_to(picture)
    (tmp_path / "3.jpg").write_bytes(b"one")
    facts = dataclasses.replace(apart("", 0).facts, digest="1" * 32)
    window.session.clear()
    paths = [str(tmp_path / f"{number}.jpg") for number in range(1, 5)]
    window.session.live.append(paths)
    results = [dataclasses.replace(apart(path, 0), facts=facts) for path in paths[:3]]
    window.session.live.apply(list(enumerate([*results, apart(paths[3], 2)])))
    settle(window)
    show(qtbot, window)
    assert cells(window) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    assert cells(window, DIFFERENCES)[1] == "the same file under another name"
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    assert marked(window) == ["3.jpg", "4.jpg"]
    # AND a picture that is gone is nobody's to keep, nor is one that has changed what it was
    window.comparing.marks.unmark_all()
    window.session.live.see({2: FileIdentity(1, 1)})
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    assert marked(window) == ["4.jpg"]
    window.session.live.note_gone([0, 1, 2])
    window.comparing.marks.unmark_all()
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    assert marked(window) == []
    window.comparing.marks.toggle([3])
    assert said(window)[2] == "All pictures of 1 group are marked"


def test_marks_stay_with_their_pictures_but_only_what_is_shown_is_copied(window, qtbot):
    show(qtbot, window)
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    window.comparing.copies_bar.slider.set_step(0)
    answered(qtbot, window)
    assert marked(window) == ["5.jpg"]
    assert "2 marked that aren't shown" in said(window)[1]
    with qtbot.waitSignal(window.view.copied, timeout=WAIT):
        press(window, Qt.Key.Key_C, CTRL | SHIFT)
    assert [path_at(url) for url in QGuiApplication.clipboard().mimeData().urls()] == ["/photos/b/5.jpg"]
    window.comparing.copies_bar.slider.set_step(10)
    answered(qtbot, window)
    assert marked(window) == ["4.jpg", "2.jpg", "5.jpg"]


def test_what_is_being_encoded_anew_is_not_marked_by_itself(window, qtbot):
    show(qtbot, window)
    window.session.live.expect([0, 1])  # a reference and a member
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    assert marked(window) == ["5.jpg"]


def test_marks_that_are_not_shown_are_not_copied_and_that_is_told(window, qtbot):
    show(qtbot, window)
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    window.filter_bar.changed.emit(Category.COPIES, "nothing is called so")
    window.actions_.copy_files.trigger()
    assert window.message_bar.text == "Nothing was copied: what is marked isn't shown now."


def test_another_reference_by_key_and_back(window, qtbot):
    show(qtbot, window)
    window.view.select_row(1)
    press(window, Qt.Key.Key_R)
    answered(qtbot, window)
    assert cells(window)[:4] == ["2.jpg", "4.jpg", "1.jpg", "3.jpg"]
    assert cells(window, LIKENESS)[3] == "Edited · 8 bits"  # no longer only near
    assert window.view.selected_rows() == [1]
    press(window, Qt.Key.Key_Z, CTRL)
    answered(qtbot, window)
    assert cells(window)[0] == "1.jpg"


def test_a_raw_file_goes_with_its_picture(window, qtbot):
    window.session.live.append(["/photos/b/5.CR3"])
    window.session.live.apply([(7, make_failure("/photos/b/5.CR3"))])
    settle(window)
    show(qtbot, window)
    row = window.rows.number("/photos/b/5.jpg")
    assert window.model.banded.beside(row) == "+ CR3"
    assert window.model.banded.is_reference(row)
    window.comparing.marks.toggle([row])
    assert said(window)[1].startswith("1 marked (2 files, ")
    with qtbot.waitSignal(window.view.copied, timeout=WAIT):
        press(window, Qt.Key.Key_C, CTRL | SHIFT)
    urls = QGuiApplication.clipboard().mimeData().urls()
    assert [path_at(url) for url in urls] == ["/photos/b/5.jpg", "/photos/b/5.CR3"]
    # AND each is a picture of its own where that is wanted
    window.comparing.copies_bar.methods._together.trigger()
    answered(qtbot, window)
    assert window.model.banded.beside(row) == ""


@pytest.fixture
def dragged(monkeypatch):
    """What is dragged out, instead of a drag that waits for a mouse."""
    found = []

    def execute(drag, actions, default):
        assert actions & Qt.DropAction.MoveAction
        assert default == Qt.DropAction.CopyAction
        found.append([path_at(url) for url in drag.mimeData().urls()])
        return Qt.DropAction.MoveAction

    monkeypatch.setattr(QDrag, "exec", execute)
    return found


def test_marked_rows_are_dragged_together_and_others_as_they_are_selected(window, qtbot, dragged):
    show(qtbot, window)
    window.comparing.marks.toggle([0, 3])
    window.view.select_row(3)
    window.view.startDrag(Qt.DropAction.CopyAction)
    window.view.select_row(1)
    window.view.startDrag(Qt.DropAction.CopyAction)
    assert dragged == [["/photos/a/1.jpg", "/photos/b/4.jpg"], ["/photos/a/2.jpg"]]
    assert len(window.rows) == 7  # whoever took them may have moved them; imgenc takes nothing off


def test_files_that_were_copied_and_are_gone_when_a_person_comes_back_are_marked(window, qtbot, tmp_path):
    window.session.clear()
    paths = [str(tmp_path / f"{number}.jpg") for number in range(3)]
    for path in paths:
        Path(path).write_bytes(b"picture")
    window.session.live.append(paths)
    file = FileIdentity.of(Path(paths[0]).stat())
    facts = dataclasses.replace(apart("", 0).facts, bytes=file.size, mtime_ns=file.mtime_ns)
    for path in paths:
        os.utime(path, ns=(file.mtime_ns, file.mtime_ns))
    window.session.live.apply(
        [(row, dataclasses.replace(apart(path, 0), facts=facts)) for row, path in enumerate(paths)]
    )
    settle(window)
    show(qtbot, window)
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    with qtbot.waitSignal(window.view.handed_on, timeout=WAIT):
        press(window, Qt.Key.Key_C, CTRL | SHIFT)
    Path(paths[2]).unlink()
    QGuiApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: window.rows.is_gone(2), timeout=WAIT)
    assert window.message_bar.text == "1 file that you copied or dragged is no longer where it was."
    assert cells(window, STATUS) == ["Encoded", "Encoded", "File not found"]
    assert window.model.gone_words(2) == "The file is not there any more; its encodings are kept."
    with qtbot.waitSignal(window.view.copied, timeout=WAIT) as copied:
        press(window, Qt.Key.Key_C, CTRL | SHIFT)
    assert copied.args == ["Copied 1 file"]  # of two that are marked


def test_what_is_dragged_out_is_not_dropped_in_again(window):
    class Own(QDragEnterEvent):
        def source(self):
            return window.view

    data = file_list(["/photos/a/1.jpg"])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for kind, welcome in ((Own, False), (QDragEnterEvent, True)):
        event = kind(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys)
        window.dragEnterEvent(event)
        assert event.isAccepted() is welcome
    window._end_drag()


def test_too_many_files_for_a_drag_are_to_be_copied(window, qtbot, dragged, monkeypatch):
    monkeypatch.setattr(rows_view, "_MOST_DRAGGED", 1)
    window.view.selectAll()
    window.view.startDrag(Qt.DropAction.CopyAction)
    assert dragged == []
    assert "Ctrl+Shift+C" in window.status.currentMessage()


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_names_that_are_no_text_reach_the_clipboard(window, qtbot):
    odd = os.fsdecode(b"/photos/caf\xe9.jpg")
    window.session.live.append([odd])
    window.view.select_row(7)
    with qtbot.waitSignal(window.view.copied, timeout=WAIT):
        press(window, Qt.Key.Key_C, CTRL | SHIFT)
    data = QGuiApplication.clipboard().mimeData()
    assert [path_at(url) for url in data.urls()] == [odd]
    assert bytes(data.data("x-special/gnome-copied-files")) == b"copy\nfile:///photos/caf%E9.jpg"


@pytest.mark.parametrize("ending", [".json", ".csv"])
def test_groups_are_exported(window, qtbot, tmp_path, monkeypatch, ending):
    show(qtbot, window)
    target = tmp_path / f"found{ending}"
    kind = "CSV table (*.csv)" if ending == ".csv" else "JSON (*.json)"
    chosen = address_of(target.with_suffix(""))
    monkeypatch.setattr(QFileDialog, "getSaveFileUrl", lambda *_args, **_more: (chosen, kind))
    press(window, Qt.Key.Key_E, CTRL | SHIFT)
    qtbot.waitUntil(window.message_bar.isVisible, timeout=WAIT)
    assert window.message_bar.text == f"Wrote 2 groups to {target.name}."
    if ending == ".json":
        written = json.loads(target.read_text())
        assert [len(group["pictures"]) for group in written["groups"]] == [4, 2]
        assert (written["compared"], written["alike_by"]) == (7, "any")
        assert repr(written["methods"][0]["within_bits"]) == "10"  # bits are whole
    else:
        assert len(target.read_text().splitlines()) == 7


def test_what_was_written_can_be_opened_and_shown_and_where_nothing_does_that_is_told(
    window, qtbot, tmp_path, monkeypatch
):
    done = []
    show(qtbot, window)
    target = tmp_path / "found.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileUrl", lambda *_args, **_more: (address_of(target), ""))
    monkeypatch.setattr(written_module, "open_file", lambda path, _failed: done.append(("open", path)))
    press(window, Qt.Key.Key_E, CTRL | SHIFT)
    qtbot.waitUntil(window.message_bar.isVisible, timeout=WAIT)
    opening, showing = (button for button in window.message_bar.findChildren(QPushButton) if button.isVisible())
    opening.click()
    assert done == [("open", target)]
    monkeypatch.setattr(written_module, "show_in_folder", lambda _path, failed: failed())
    showing.click()
    assert window.message_bar.text.startswith("The folder can't be shown")
    assert window.message_bar.text.endswith(str(tmp_path))
    assert not opening.isVisible()


def test_groups_that_cannot_be_written_are_told(window, qtbot, tmp_path, monkeypatch):
    show(qtbot, window)
    chosen = address_of(tmp_path / "gone" / "found.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileUrl", lambda *_args, **_more: (chosen, ""))
    press(window, Qt.Key.Key_E, CTRL | SHIFT)
    qtbot.waitUntil(window.message_bar.isVisible, timeout=WAIT)
    assert window.message_bar.text.startswith("The groups were not written: ")
    assert list(tmp_path.glob("*.json")) == []


def test_where_nothing_is_alike_that_is_said_and_what_to_do(window, qtbot):
    window.session.clear()
    add(window, {"a.jpg": 0, "b.jpg": 12})
    window.session.live.append(["/photos/flat.jpg", "/photos/cnn.jpg"])
    flat, cnn = apart("/photos/flat.jpg", 0), apart("/photos/cnn.jpg", 0)
    flat.encodings[PHASH] = "0" * 16
    del cnn.encodings[PHASH]
    window.session.live.apply([(2, flat), (3, cnn)])
    settle(window)
    show(qtbot, window)
    text = window._nothing.text()
    assert window._table_stack.currentIndex() == 1
    assert text.startswith("No copies among 4 pictures at this setting.")
    assert "Move the slider to the right" in text
    assert "1 of one colour" in text
    assert "1 without these encodings" in text
    details = window.comparing.copies_bar._count.accessibleDescription()
    assert details.startswith("2 pictures were compared. Left out: ")


@pytest.mark.parametrize("names", [["x.jpg"], ["x.jpg", "x.cr3"]])
def test_where_there_are_no_two_pictures_that_is_said(window, qtbot, names):
    window.session.clear()
    add(window, dict.fromkeys(names, 0))
    press(window, Qt.Key.Key_6, CTRL)
    qtbot.waitUntil(lambda: not window.comparing.comparisons.is_running, timeout=WAIT)
    assert window._table_stack.currentIndex() == 1
    assert window._nothing.text() == "There are no two pictures with encodings yet to compare."


def test_vectors_are_compared_once_somebody_looks(window, qtbot):
    answered(qtbot, window)
    button = window.filter_bar._buttons[Category.COPIES]
    window.comparing.copies_bar.methods._methods[CNN].trigger()
    window.comparing.copies_bar.methods._methods[PHASH].trigger()
    assert window.comparing.comparisons.methods == (CNN,)
    assert window.comparing.comparisons.answer is None
    assert button.words() == "Copies"
    show(qtbot, window)
    assert "similarity" in cells(window, LIKENESS)[1]
    assert button.words() != "Copies"


def test_by_any_or_all_of_several_methods(window, qtbot):
    show(qtbot, window)
    methods = window.comparing.copies_bar.methods
    methods._methods[CNN].trigger()
    answered(qtbot, window)
    assert methods.text() == "PHash or CNN"
    assert cells(window, LIKENESS)[1].startswith("PHash ")
    methods._every.trigger()
    answered(qtbot, window)
    assert methods.text() == "PHash and CNN"
    assert window.comparing.comparisons.answer.question.every


def test_what_takes_long_is_seen_to_go_on_and_can_be_stopped(window, qtbot, monkeypatch):
    answered(qtbot, window)
    begun = threading.Event()

    def slow(self, criteria, *, every, preferred, stop, progress):
        begun.set()
        progress(45, 100)
        while not stop():
            threading.Event().wait(0.002)
        raise StoppedError

    monkeypatch.setattr("imgenc_gui.gui.compare.asking._PATIENCE", 0)
    quick = Comparable.groups
    monkeypatch.setattr(Comparable, "groups", slow)
    show_key = Qt.Key.Key_6
    press(window, show_key, CTRL)
    window.comparing.copies_bar.slider.set_step(12)
    bar = window.comparing.copies_bar
    qtbot.waitUntil(bar.stop.isVisible, timeout=WAIT)
    assert begun.is_set()
    assert bar._count.text() == "Comparing… 45 %"
    assert len(cells(window)) == 6  # what was found before stays till there is something new
    bar.stop.click()
    qtbot.waitUntil(bar.again.isVisible, timeout=WAIT)
    assert window._nothing.text() == "Comparing was stopped."
    monkeypatch.setattr(Comparable, "groups", quick)
    bar.again.click()
    answered(qtbot, window)
    assert not bar.again.isVisible()
    assert len(cells(window)) == 6


def test_a_search_neither_begins_anew_what_goes_on_nor_what_was_stopped(window, qtbot, monkeypatch):
    answered(qtbot, window)
    begun = []

    def slow(self, criteria, *, stop, **how):
        begun.append(1)
        while not stop():
            threading.Event().wait(0.002)
        raise StoppedError

    monkeypatch.setattr(Comparable, "groups", slow)
    press(window, Qt.Key.Key_6, CTRL)
    window.comparing.copies_bar.slider.set_step(12)
    qtbot.waitUntil(lambda: bool(begun), timeout=WAIT)
    window.filter_bar.changed.emit(Category.COPIES, "5")
    window.comparing.comparisons.stop()
    qtbot.waitUntil(lambda: window._nothing.text() == "Comparing was stopped.", timeout=WAIT)
    window.filter_bar.changed.emit(Category.COPIES, "")
    qtbot.wait(10)
    assert window._nothing.text() == "Comparing was stopped."
    assert len(begun) == 1


def test_a_defect_ends_comparing_and_it_can_be_tried_again(window, qtbot, monkeypatch):
    show(qtbot, window)
    reported, groups = [], Comparable.groups
    monkeypatch.setattr(window.jobs, "report", reported.append)
    monkeypatch.setattr(Comparable, "groups", lambda *_args, **_how: 1 // 0)
    window.comparing.copies_bar.slider.set_step(12)
    qtbot.waitUntil(window.comparing.copies_bar.again.isVisible, timeout=WAIT)
    assert [type(error) for error in reported] == [ZeroDivisionError]
    assert window._nothing.text() == "Comparing was stopped."
    monkeypatch.setattr(Comparable, "groups", groups)
    window.comparing.copies_bar.again.click()
    answered(qtbot, window)
    assert len(cells(window)) == 6


def test_the_newest_question_wins_and_one_runs_at_a_time(window, qtbot, monkeypatch):
    show(qtbot, window)
    asked, running = [], []
    groups = Comparable.groups

    def noted(self, criteria, **how):
        running.append(1)
        assert len(running) == 1
        asked.append(criteria[0].threshold)
        threading.Event().wait(0.02)
        try:
            return groups(self, criteria, **how)
        finally:
            running.pop()

    monkeypatch.setattr(Comparable, "groups", noted)
    for step in range(9, -1, -1):
        window.comparing.copies_bar.slider.set_step(step)
    answered(qtbot, window)
    assert len(asked) <= 3
    assert asked[-1] == 0
    assert cells(window) == ["6.jpg", "5.jpg"]


@pytest.mark.parametrize("found", [False, True])
def test_clearing_while_something_is_compared_leaves_nothing(window, qtbot, monkeypatch, found):
    show(qtbot, window)
    press(window, Qt.Key.Key_M, CTRL | SHIFT)
    groups, gate, begun = Comparable.groups, threading.Event(), threading.Event()

    def late(self, criteria, *, stop, **how):
        bands = groups(self, criteria, stop=stop, **how) if found else None  # a moment before it is told to stop
        begun.set()
        gate.wait(5)
        return bands or groups(self, criteria, stop=stop, **how)

    monkeypatch.setattr(Comparable, "groups", late)
    window.comparing.copies_bar.slider.set_step(12)
    assert begun.wait(WAIT / 1000)
    window.session.clear()
    gate.set()
    add(window, {"x.jpg": 0, "y.jpg": 0}, base=OTHER)
    answered(qtbot, window)
    assert cells(window) == ["x.jpg", "y.jpg"]
    assert marked(window) == []
    assert not window.actions_.undo.isEnabled()


def test_encoding_goes_on_while_copies_are_shown_and_they_follow_when_it_settles(window, qtbot):
    show(qtbot, window)
    window.session.live.append(["/photos/c/8.jpg"])
    window.session.live.apply([(7, apart("/photos/c/8.jpg", 0, base=OTHER))])
    assert len(cells(window)) == 6
    button = window.filter_bar._buttons[Category.COPIES]
    assert button.words() == "Copies"  # not how many there were before
    settle(window)
    qtbot.waitUntil(lambda: len(cells(window)) == 8, timeout=WAIT)
    assert button.words() == "Copies  8"


def test_actions_say_why_they_cannot_be_used(window, qtbot):
    actions = window.actions_
    answered(qtbot, window)
    for action in (actions.mark, actions.mark_members, actions.make_reference, actions.export_groups):
        assert not action.isEnabled()
        assert action.statusTip() == "Show copies first"  # there are some
    show(qtbot, window)
    window.view.select_row(0)
    assert actions.mark.isEnabled()
    assert not actions.make_reference.isEnabled()  # it is the reference
    window.view.select_row(1)
    assert actions.make_reference.isEnabled()
    texts = [action.text().replace("&", "") for action in window.view.context_menu(0, NAME).actions()]
    assert {"Mark", "Make this the reference", "Copy files"} <= set(texts)


def test_every_button_of_the_bar_has_a_name_and_can_be_reached(window, qtbot):
    show(qtbot, window)
    buttons = window.comparing.copies_bar.findChildren(QToolButton)
    assert len(buttons) >= 7
    for button in buttons:
        assert button.accessibleName()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def export_as_a_workbook(window, qtbot, folder):
    """The cells of the exported workbook, and the groups' check box in the dialog."""
    window._settings.last_export_folder, window._settings.last_export_format = str(folder), "xlsx"
    window.export()
    dialog = window.findChild(ExportDialog)
    box = dialog.findChild(QCheckBox, "extra_groups")
    said = box.text().replace("&", ""), box.isEnabled()
    with qtbot.waitSignal(dialog.exported, timeout=20_000):
        dialog.choices.main_button.click()
    dialog.close()
    (file,) = folder.glob("*.xlsx")
    return sheet_rows(file), said


def test_an_export_to_a_workbook_has_the_groups_that_the_table_shows(window, qtbot, tmp_path):
    show(qtbot, window)
    (header, *rows), said = export_as_a_workbook(window, qtbot, tmp_path)
    assert said == ("Groups of copies (2)", True)
    assert header[:4] == ["Path", "Group", "Role", "PHash distance"]
    banded = window.model.banded
    number = dict(zip(banded.bands.rows.tolist(), (banded.bands.bands + 1).tolist(), strict=True))
    assert {row[0]: row[1] for row in rows} == {path: number.get(row) for row, path in enumerate(window.rows.paths)}
    assert [row[2] for row in rows].count("reference") == 2


def test_copies_are_compared_again_once_files_were_seen_that_are_others_by_now(window, qtbot):
    answered(qtbot, window)
    button = window.filter_bar._buttons[Category.COPIES]
    qtbot.waitUntil(lambda: button.words() == "Copies  6", timeout=WAIT)
    for path in window.rows.paths[:3]:  # as previews of pictures do that an export told of, or that were edited
        window.session.see(path, FileIdentity(7, 7))
    assert button.words() == "Copies"
    qtbot.waitUntil(lambda: button.words() == "Copies  6", timeout=WAIT)
    assert window.comparing.comparisons.current_answer is not None


def test_groups_of_rows_that_have_changed_since_are_not_exported(window, qtbot, tmp_path):
    show(qtbot, window)
    window.session.live.append(["/photos/c/8.jpg"])
    window.session.live.apply([(7, make_result("/photos/c/8.jpg"))])
    (header, *_), said = export_as_a_workbook(window, qtbot, tmp_path)
    assert said == ("Groups of copies", False)
    assert "Group" not in header
