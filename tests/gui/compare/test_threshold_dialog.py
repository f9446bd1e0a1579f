import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.rows import Rows
from imgenc_gui.core.stopping import check
from imgenc_gui.gui.compare.pair_card import PairCard
from imgenc_gui.gui.compare.threshold_dialog import ThresholdDialog
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.pictures.thumbnails import Thumbnails
from tests.gui.apart import CNN, FACTS, PHASH


@pytest.fixture
def open_dialog(comparable, rows, jobs, qtbot):
    def open_it(methods=(PHASH,), *, wait=True):
        dialog = ThresholdDialog(comparable, methods, rows=rows, step=10, thumbnails=Thumbnails(jobs), jobs=jobs)
        qtbot.addWidget(dialog)
        dialog.show()
        if wait:
            qtbot.waitUntil(dialog.histogram.isVisible, timeout=10_000)
        return dialog

    return open_it


def said(dialog):
    return [label.text() for label in dialog.findChildren(Label) if label.isVisible()]


def pairs(dialog):
    return [card.accessibleName() for card in dialog.findChildren(PairCard) if card.isVisible()]


def test_it_says_in_words_what_lies_on_either_side(open_dialog):
    dialog = open_dialog()
    assert (
        "PHash within 10 bits: 4 of 5 pictures have another so near. The nearest pair outside differs in 22 bits."
        in (said(dialog))
    )
    assert pairs(dialog) == [
        "8.jpg and 18.jpg: 10 bits differ",
        "2.jpg and 8.jpg: 6 bits differ",
        "0.jpg and 2.jpg: 2 bits differ",
        "18.jpg and 40.jpg: 22 bits differ",
    ]
    dialog.slider.set_step(2)
    assert "PHash within 2 bits: 2 of 5 pictures have another so near. The nearest pair outside differs in 6 bits." in (
        said(dialog)
    )
    dialog.slider.set_step(0)
    assert "PHash equal: none of 5 pictures has another so near. The nearest pair outside differs in 2 bits." in (
        said(dialog)
    )
    assert "No pair is inside." in said(dialog)
    assert (
        dialog.histogram.accessibleDescription() == "Identical: 0. Same picture: 2. Edited: 2. Lookalike: 0. Farther: 1"
    )


def test_the_line_is_dragged_and_moved_by_keys_and_only_use_this_takes_it_over(open_dialog, qtbot):
    dialog = open_dialog()
    chosen = []
    dialog.step_chosen.connect(chosen.append)
    bars = dialog.histogram
    middle = bars.height() // 3
    QTest.mousePress(bars, Qt.MouseButton.LeftButton, pos=QPoint(round(bars.line_x()), middle))
    QTest.mouseMove(bars, QPoint(round(bars.line_x(4)), middle))
    QTest.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=QPoint(round(bars.line_x(4)), middle))
    assert dialog.step() == 4
    QTest.keyClick(bars, Qt.Key.Key_Right)
    QTest.keyClick(bars, Qt.Key.Key_Right)
    assert dialog.step() == 6
    assert chosen == []
    use = next(button for button in dialog.findChildren(QPushButton) if button.text() == "&Use this")
    QTest.mouseClick(use, Qt.MouseButton.LeftButton)
    assert chosen == [6]
    assert not dialog.isVisible()
    again = open_dialog()
    again.step_chosen.connect(chosen.append)
    again.slider.set_step(1)
    QTest.keyClick(again, Qt.Key.Key_Escape)
    assert chosen == [6]


def test_a_method_at_a_time(open_dialog, qtbot):
    dialog = open_dialog((PHASH, CNN))
    QTest.keyClick(dialog._combo, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: said(dialog)[0].startswith("CNN from 0.90"), timeout=10_000)
    assert "similarity" in pairs(dialog)[0]
    QTest.keyClick(dialog._combo, Qt.Key.Key_Up)  # at once: it is known
    assert said(dialog)[0].startswith("PHash within 10 bits")


def test_an_example_is_reached_by_tab_and_shows_both(open_dialog, qtbot):
    dialog = open_dialog()
    opened = []
    dialog.pair_opened.connect(lambda one, other: opened.append((one, other)))
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=10_000)
    for _ in range(20):
        focused = dialog.focusWidget()
        if isinstance(focused, PairCard):
            break
        QTest.keyClick(focused or dialog, Qt.Key.Key_Tab)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    assert opened == [(2, 3)]
    assert dialog.isVisible()


def test_it_can_be_stopped_and_asked_again(open_dialog, monkeypatch, qtbot):
    real = Comparable.nearest

    def endless(_self, _method, *, stop, progress):
        while True:
            progress(1, 3)
            check(stop)

    monkeypatch.setattr(Comparable, "nearest", endless)
    dialog = open_dialog((PHASH, CNN), wait=False)
    stop = next(button for button in dialog.findChildren(QPushButton) if button.text() == "&Stop")
    qtbot.waitUntil(lambda: dialog._working.bar.value() == 333, timeout=10_000)
    stop.click()
    assert "Stopped. Choose the method again to go on." in said(dialog)
    monkeypatch.setattr(Comparable, "nearest", real)
    dialog._combo.activated.emit(0)
    qtbot.waitUntil(dialog.histogram.isVisible, timeout=10_000)


def test_a_sample_is_told(comparable, rows, jobs, qtbot, monkeypatch):
    real = Comparable.nearest
    monkeypatch.setattr(Comparable, "nearest", lambda self, method, **named: real(self, method, most=3, **named))
    dialog = ThresholdDialog(comparable, (PHASH,), rows=rows, step=10, thumbnails=Thumbnails(jobs), jobs=jobs)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(dialog.histogram.isVisible, timeout=10_000)
    assert "A sample: 3 pictures of 5, evenly chosen, each compared with all." in said(dialog)


def test_bars_change_colour_where_the_line_is(open_dialog):
    dialog = open_dialog()
    bars = dialog.histogram

    def colour(bar):
        image = bars.grab().toImage()
        x = (bars.line_x(bar) + bars.line_x(bar - 1)) / 2 * image.devicePixelRatio()
        bottom = bars._plot().bottom() - 2
        return QColor(image.pixel(round(x), round(bottom * image.devicePixelRatio()))).name()

    inside, none = colour(2), colour(3)
    dialog.slider.set_step(1)
    outside = colour(2)
    assert len({inside, none, outside}) == 3
    assert bars.words_of(2) == "2 bits: pictures whose nearest is there: 2"


def test_pictures_of_one_colour_and_a_single_bit_are_told_in_plain_words(jobs, qtbot):
    def opened(*hashes):
        rows = Rows([PHASH])
        rows.append([f"/{n}.jpg" for n in range(len(hashes))])
        for row, text in enumerate(hashes):
            rows.apply(row, ImageResult(rows.paths[row], FACTS, {PHASH: text}))
        frozen = Comparable.freeze(rows, turned=False)
        dialog = ThresholdDialog(frozen, [PHASH], rows=rows, step=0, thumbnails=Thumbnails(jobs), jobs=jobs)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(dialog.histogram.isVisible, timeout=10_000)
        return said(dialog)[0]

    assert opened("0" * 16, "0" * 16, "0" * 16) == "PHash can compare no two of these pictures."
    assert opened("1" * 16, "1" * 15 + "3").endswith("The nearest pair outside differs in 1 bit.")
