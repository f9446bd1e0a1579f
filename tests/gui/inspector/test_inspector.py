"""The inspector: preview and zoom, facts, encodings to copy, and what to do about failures and warnings."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from imgenc_gui.core.files.texts import vector_text
from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.core.records.sentences import FAILURES, WARNINGS, plain_sentence, sentence
from imgenc_gui.gui.inspector.advice import failure_advice, warning_advice
from imgenc_gui.gui.inspector.copy_button import CopyButton
from imgenc_gui.gui.inspector.inspector import Inspector

HASH = "9fee256239984d71"
VALUES = (1, 2, 3)  # they fit into every sentence
VECTOR = np.random.default_rng(3).exponential(1.0, 1024).astype(np.float32)


def picture(width, height, colour="red"):
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor(colour))
    return image


def make_result(path="/photos/a.jpg", **changes):
    values = {
        "facts": Facts("JPEG", 4000, 3000, 1, 3_400_000, 1_700_000_000 * 10**9, 1),
        "encodings": {PHASH: HASH, CNN: VECTOR},
    }
    return ImageResult(path, **(values | changes))


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def inspector(qtbot):
    widget = Inspector()
    qtbot.addWidget(widget)
    widget.resize(360, 900)
    widget.show()
    return widget


def preview(inspector):
    return inspector._preview


def button(widget, name):
    return next(b for b in widget.findChildren(QAbstractButton) if b.accessibleName() == name)


# -- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "copied"), [(PHASH, HASH), (CNN, vector_text(VECTOR))])
def test_each_encoding_can_be_copied_and_the_button_says_so(inspector, qtbot, method, copied):
    inspector.show_result("a.jpg", make_result())
    copy = button(inspector, f"Copy {method.label}")
    assert isinstance(copy, CopyButton)
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == copied
    assert copy.text() == "Copied"
    qtbot.waitUntil(lambda: copy.text() == "Copy", timeout=5000)


def test_a_copied_vector_reads_back_to_the_same_float32(inspector):
    extreme = np.array([0, 1e-30, 3.4e38, 0.1, 1 / 3, 16777216], dtype=np.float32)
    inspector.show_result("a.jpg", make_result(encodings={CNN: extreme}))
    button(inspector, "Copy CNN").click()
    again = np.array(json.loads(QGuiApplication.clipboard().text()), dtype=np.float32)
    assert again.tobytes() == extreme.tobytes()


def test_the_hash_is_shown_whole_in_a_fixed_width_face(inspector):
    inspector.show_result("a.jpg", make_result())
    field = next(f for f in inspector.findChildren(QLineEdit) if f.accessibleName() == "PHash encoding")
    assert field.text() == HASH
    assert field.isReadOnly()
    assert field.font().family() == QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    metrics = field.fontMetrics()
    assert metrics.horizontalAdvance(HASH) + 8 <= field.width()


def test_only_the_methods_that_were_encoded_are_shown(inspector):
    inspector.show_result("a.jpg", make_result(encodings={DHASH: HASH}))
    shown = [f.accessibleName() for f in inspector.findChildren(QLineEdit) if f.isVisible()]
    assert shown == ["DHash encoding"]


# -- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "detail"), [(code, detail) for code in FailureCode for detail in FAILURES[code]])
def test_a_failure_says_why_and_what_to_do(inspector, code, detail):
    failure = ImageFailure(code, detail, VALUES)
    inspector.show_result("a.jpg", make_result(facts=None, encodings={}, failure=failure))
    assert {plain_sentence(failure), failure_advice(code)} <= set(texts(inspector))
    assert not any(f.isVisible() for f in inspector.findChildren(QLineEdit))


@pytest.mark.parametrize(("code", "detail"), [(code, detail) for code in WarningCode for detail in WARNINGS[code]])
def test_a_warning_says_what_it_means(inspector, code, detail):
    warning = ImageWarning(code, detail, VALUES)
    inspector.show_result("a.jpg", make_result(warnings=(warning,)))
    assert {sentence(warning), warning_advice(code)} <= set(texts(inspector))
    inspector.show_result("b.jpg", make_result("/photos/b.jpg"))
    assert sentence(warning) not in texts(inspector)


def test_every_code_has_advice_of_its_own():
    everything = [failure_advice(code) for code in FailureCode] + [warning_advice(code) for code in WarningCode]
    assert len(set(everything)) == len(everything)


def test_facts_are_in_plain_words(inspector):
    inspector.show_result("a.jpg", make_result("/photos/2023/a.jpg"))
    shown = texts(inspector)
    assert "4000 \N{MULTIPLICATION SIGN} 3000 pixels, 12.0 megapixels" in shown
    assert {"JPEG", "3.4 MB", str(Path("/photos/2023"))} <= set(shown)
    assert "Frames" not in shown
    assert "Rotation" not in shown
    turned = Facts("MPO", 4000, 3000, 2, 100, None, 6)
    inspector.show_result("b.jpg", make_result(facts=turned))
    shown = texts(inspector)
    assert "4000 \N{MULTIPLICATION SIGN} 3000 pixels, 12.0 megapixels" in shown  # as stored, like everywhere
    assert {"Frames", "Rotation"} <= set(shown)
    assert "Changed" not in shown


def test_a_name_that_is_not_valid_utf8_is_shown(inspector):
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    inspector.show_result(name, make_result("/photos/" + name))
    assert any("caf" in text for text in texts(inspector))


def test_a_name_too_long_for_the_room_is_shortened_and_told_whole(inspector):
    name = "a very long name " * 20 + "of a picture.jpg"
    inspector.show_result(name, make_result("/photos/" + name))
    title = next(label for label in inspector.findChildren(QLabel) if label.toolTip() == name)
    assert title.accessibleName() == name
    assert title.text().startswith("a very long")
    assert title.text().endswith("jpg")
    assert title.fontMetrics().horizontalAdvance(title.text()) <= title.width()


def test_a_row_that_is_not_encoded_yet_and_none_at_all(inspector, qtbot):
    with qtbot.waitSignal(inspector.preview_wanted, timeout=5000) as caught:
        inspector.show_result("a.jpg", None, "/photos/a.jpg")
    assert caught.args == ["/photos/a.jpg"]
    assert "Not encoded yet." in texts(inspector)
    inspector.show_result("a.jpg", make_result())
    assert "Not encoded yet." not in texts(inspector)
    inspector.set_message("3 pictures are selected.")
    assert texts(inspector) == ["3 pictures are selected."]
    assert inspector.current_path() is None


# -- preview ---------------------------------------------------------------------------------------------------------


def zoom_button(inspector):
    return next(b for b in inspector.findChildren(QAbstractButton) if b.isCheckable())


def test_each_picture_asks_once_for_its_preview(inspector):
    asked = []
    inspector.preview_wanted.connect(asked.append)
    inspector.show_result("a.jpg", make_result())
    inspector.set_preview(picture(400, 300), "/photos/a.jpg")
    inspector.show_result("a.jpg", make_result(encodings={AHASH: HASH}))
    assert asked == ["/photos/a.jpg"]
    inspector.show_result("b.jpg", make_result("/photos/b.jpg"))
    assert asked == ["/photos/a.jpg", "/photos/b.jpg"]


def test_a_result_that_comes_while_the_preview_loads_does_not_ask_again(inspector):
    asked = []
    inspector.preview_wanted.connect(asked.append)
    inspector.show_result("a.jpg", None, "/photos/a.jpg")
    inspector.show_result("a.jpg", make_result())
    assert asked == ["/photos/a.jpg"]
    inspector.set_preview(None)
    inspector.show_result("a.jpg", make_result())
    assert asked == ["/photos/a.jpg"] * 2


def test_an_answer_for_another_picture_is_ignored(inspector):
    inspector.show_result("a.jpg", make_result())
    inspector.show_result("b.jpg", make_result("/photos/b.jpg"))
    view = preview(inspector)
    inspector.set_preview(picture(400, 300), "/photos/a.jpg")
    assert not view.has_image()
    inspector.set_preview(picture(400, 300), "/photos/b.jpg")
    assert view.has_image()
    inspector.set_full_size(picture(4000, 3000), "/photos/a.jpg")
    assert not view.is_zoomed()


def test_full_size_is_asked_for_once_wanted_and_shown_when_it_comes(inspector, qtbot):
    view = preview(inspector)
    inspector.show_result("a.jpg", make_result())
    assert not zoom_button(inspector).isEnabled()
    inspector.set_preview(picture(400, 300))
    with qtbot.waitSignal(inspector.full_size_wanted, timeout=5000) as caught:
        qtbot.mouseClick(zoom_button(inspector), Qt.MouseButton.LeftButton)
    assert caught.args == ["/photos/a.jpg"]
    assert view.is_zoomed()  # at once, with what there is
    inspector.set_full_size(picture(4000, 3000, "blue"))
    assert view.is_zoomed()
    assert zoom_button(inspector).isChecked()
    assert view.horizontalScrollBar().maximum() == 4000 - view.viewport().width()
    assert view.viewport().grab().toImage().pixelColor(20, 20).name() == "#0000ff"
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert not view.is_zoomed()
    assert not zoom_button(inspector).isChecked()
    assert view.viewport().grab().toImage().pixelColor(view.viewport().rect().center()).name() == "#ff0000"


def test_a_full_size_that_cannot_be_read_leaves_the_picture_fitted_in(inspector):
    inspector.show_result("a.jpg", make_result())
    inspector.set_preview(picture(400, 300))
    inspector.toggle_zoom()
    inspector.set_full_size(None)
    assert preview(inspector).has_image()
    assert not preview(inspector).is_zoomed()
    assert not zoom_button(inspector).isChecked()


def test_a_small_picture_needs_no_second_reading(inspector):
    asked = []
    inspector.full_size_wanted.connect(asked.append)
    inspector.show_result("a.png", make_result(facts=Facts("PNG", 300, 400, 1, 100, None, 6)))
    inspector.set_preview(picture(400, 300))
    inspector.toggle_zoom()
    assert asked == []
    assert preview(inspector).is_zoomed()


def test_no_preview_says_so(inspector):
    inspector.show_result("a.jpg", make_result())
    inspector.set_preview(None)
    assert not preview(inspector).has_image()
    assert not zoom_button(inspector).isEnabled()
