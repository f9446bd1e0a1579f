"""The page for two pictures: verdict, facts side by side, and what each method says."""

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QLabel

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.compared import Framing, Pixels
from imgenc_gui.core.records.likeness import SENTENCES, Likeness
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult
from imgenc_gui.gui.inspector.inspector import Inspector
from imgenc_gui.gui.inspector.shown import Shown
from imgenc_gui.gui.look.encoding_views import HashPattern
from imgenc_gui.gui.look.icons import IconLabel
from imgenc_gui.gui.look.theme import tone

TIMES = "\N{MULTIPLICATION SIGN}"
HASH, TWO_OFF = "9fee256239984d71", "9fee256239984d72"  # ...0001 and ...0010: two bits
VECTOR = np.random.default_rng(3).exponential(1.0, 1024).astype(np.float32)
LARGE = Facts("JPEG", 4000, 3000, 1, 3_400_000, 1_600_000_000 * 10**9, 1)
SMALL = Facts("PNG", 900, 675, 1, 900_000, 1_700_000_000 * 10**9, 1)


def one(name="a.jpg", facts=LARGE, **encodings):
    values = {"phash": HASH, "cnn": VECTOR} | encodings
    made = {method: values[method.id] for method in (PHASH, DHASH, AHASH, CNN) if values.get(method.id) is not None}
    return Shown(name, f"/photos/{name}", ImageResult(f"/photos/{name}", facts, made))


@pytest.fixture
def inspector(qtbot):
    widget = Inspector()
    qtbot.addWidget(widget)
    widget.resize(360, 1600)
    widget.show()
    return widget


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def spoken(widget):
    return [
        label.accessibleName() for label in widget.findChildren(QLabel) if label.isVisible() and label.accessibleName()
    ]


def test_facts_stand_side_by_side_the_better_marked_and_equal_ones_once(inspector):
    inspector.show_pair(one(), one("b.png", SMALL))
    said = spoken(inspector.pair)
    assert f"Size: 4000 {TIMES} 3000, 12.0 MP in picture 1 (better), 900 {TIMES} 675, 0.6 MP in picture 2" in said
    assert "File: 3.4 MB in picture 1 (better), 900 kB in picture 2" in said
    assert "Format: JPEG in picture 1, PNG in picture 2" in said
    assert "Folder: /photos in both pictures" in said
    assert texts(inspector.pair).count("/photos") == 1
    marks = [icon.accessibleName() for icon in inspector.pair.findChildren(IconLabel) if icon.isVisible()]
    assert "better: more pixels" in marks
    bold = [label.text() for label in inspector.pair.findChildren(QLabel) if label.isVisible() and label.font().bold()]
    assert "4000 \N{MULTIPLICATION SIGN} 3000\n12.0 MP" in bold
    assert "900 \N{MULTIPLICATION SIGN} 675\n0.6 MP" not in bold


def test_each_hash_shows_where_it_differs_and_what_that_means(inspector):
    inspector.show_pair(one(dhash=HASH), one("b.jpg", phash=TWO_OFF, dhash=HASH))
    shown = texts(inspector.pair)
    assert {"2 of 64 bits differ", "0 of 64 bits differ", "Cosine similarity 1.0000"} <= set(shown)
    word = PHASH.likeness(2)
    label = next(label for label in inspector.pair.findChildren(QLabel) if label.text() == "2 of 64 bits differ")
    assert label.toolTip() == SENTENCES[word]
    lit = {}
    for pattern in inspector.pair.findChildren(HashPattern):
        if pattern.isVisible():
            image = pattern.grab().toImage()
            side = image.width() // 8
            edges = [image.pixelColor(c * side + 1, r * side + 1) for r in range(8) for c in range(8)]
            lit[pattern.accessibleName()] = [place for place, edge in enumerate(edges) if edge == tone("warning")]
    assert lit == {
        "PHash of picture 1": [62, 63],
        "PHash of picture 2": [62, 63],
        "DHash of picture 1": [],
        "DHash of picture 2": [],
    }


def test_a_far_pair_is_not_alike_and_one_that_says_nothing_has_no_word(inspector):
    inspector.show_pair(one(ahash="0" * 16), one("b.jpg", phash="6011da9dc667b28e", ahash=HASH, cnn=-VECTOR))
    shown = texts(inspector.pair)
    assert "64 of 64 bits differ" in shown
    assert shown.count("Not alike") == 2
    assert "Says nothing: one of the pictures is too plain." in shown
    assert Likeness.IDENTICAL not in shown


def test_the_verdict_is_replaced_once_the_pixels_were_compared_and_can_be_copied(inspector):
    inspector.show_pair(one(), one("b.png", SMALL))
    inspector.pair.set_comparing()
    before = inspector.pair.sentence()
    assert "Comparing pixel by pixel…" in texts(inspector.pair)
    inspector.pair.set_pixels(Pixels(same_bytes=False, equal=False, framing=Framing.SAME))
    after = inspector.pair.sentence()
    assert after != before
    assert "Comparing pixel by pixel…" not in texts(inspector.pair)
    copy = next(b for b in inspector.pair.findChildren(QAbstractButton) if b.accessibleName() == "Copy the verdict")
    copy.click()
    assert QGuiApplication.clipboard().text() == after
    inspector.show_pair(one(), one("c.png", SMALL))  # another pair begins anew
    assert inspector.pair.sentence() == before


def test_while_nothing_is_known_yet_nothing_is_said(inspector):
    copy = next(b for b in inspector.pair.findChildren(QAbstractButton) if b.accessibleName() == "Copy the verdict")
    inspector.show_pair(Shown("a.jpg", "/a.jpg", None), Shown("b.jpg", "/b.jpg", None))
    inspector.pair.set_comparing()
    assert "Comparing pixel by pixel…" in texts(inspector.pair)
    assert not any("no encodings" in text for text in texts(inspector.pair))
    assert not copy.isVisible()
    inspector.pair.set_reason("Why not.")
    assert any("no encodings" in text for text in texts(inspector.pair))
    inspector.pair.set_comparing()
    inspector.pair.set_pixels(Pixels(same_bytes=False, equal=False, framing=Framing.SAME))
    assert "Same picture." in texts(inspector.pair)
    assert copy.isVisible()


def test_no_line_of_the_verdict_breaks_within_a_size_or_a_share(inspector):
    inspector.show_pair(one(), one("b.png", SMALL))
    inspector.pair.set_pixels(Pixels(same_bytes=False, equal=False, framing=Framing.SAME, area=0.08))
    space = "\N{NO-BREAK SPACE}"
    label = next(text for text in texts(inspector.pair) if text.startswith("Edited"))
    assert f"900{space}{TIMES}{space}675" in label
    assert f"8{space}% of" in label
    assert space not in inspector.pair.sentence()  # which is copied


def test_what_was_compared_stays_while_encodings_come(inspector):
    inspector.show_pair(one(), one("b.jpg"))
    inspector.pair.set_pixels(Pixels(same_bytes=False, equal=False, framing=Framing.SAME))
    inspector.show_pair(one(dhash=HASH), one("b.jpg", dhash=TWO_OFF))
    assert "Compared pixel by pixel." in texts(inspector.pair)
    assert "2 of 64 bits differ" in texts(inspector.pair)


def test_a_picture_from_an_export_has_no_preview_and_is_compared_by_what_is_known(inspector):
    asked = []
    inspector.pair.preview_wanted.connect(asked.append)
    result = ImageResult("", None, {PHASH: TWO_OFF})
    inspector.show_pair(
        one(), Shown("from an export.jpg", "/gone/from an export.jpg", result, gone="There is no file.")
    )
    assert asked == [1]
    inspector.pair.set_preview(1, QImage(40, 30, QImage.Format.Format_RGB888))
    assert [view.has_image() for view in inspector.pair.previews.views] == [True, False]
    assert {"2 of 64 bits differ", "Picture 2 has none."} <= set(texts(inspector.pair))
    assert "Size: 4000 \N{MULTIPLICATION SIGN} 3000, 12.0 MP in picture 1, not known in picture 2" in spoken(
        inspector.pair
    )


def test_rows_that_wait_or_failed_say_what_can_be_said(inspector):
    failure = ImageFailure(FailureCode.EMPTY)
    inspector.show_pair(
        Shown("a.jpg", "/a.jpg", None), Shown("b.jpg", "/b.jpg", ImageResult("/b.jpg", failure=failure))
    )
    assert inspector.pair.sentence()
    assert not inspector.pair.previews.has_image()
    assert not any(pattern.isVisible() for pattern in inspector.pair.findChildren(HashPattern))


def test_the_page_gives_way_to_one_picture_and_to_none(inspector):
    inspector.show_pair(one(), one("b.jpg"))
    for number in (1, 2):
        inspector.pair.set_preview(number, QImage(40, 30, QImage.Format.Format_RGB888))
    inspector.toggle_zoom()
    assert inspector.pair.previews.is_zoomed()
    inspector.show_result("a.jpg", one().result)
    assert not inspector.pair.isVisible()
    assert not inspector.pair.previews.has_image()  # they may be large
    inspector.show_pair(one(), one("b.jpg"))
    inspector.set_message("Nothing.")
    assert texts(inspector) == ["Nothing."]
