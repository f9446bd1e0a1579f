"""The export's choices: format, pictures, methods and place."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLineEdit, QPlainTextEdit, QRadioButton

from imgenc_gui.core.files.csv_table import CSV
from imgenc_gui.core.files.registry import FORMATS, WORKBOOK
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.gui.export.choices import ChoicePage
from imgenc_gui.gui.export.snapshot import Scope


@pytest.fixture
def page(qtbot):
    made = ChoicePage({Scope.ALL: 1208, Scope.SELECTED: 3, Scope.SHOWN: 0}, (PHASH, DHASH))
    qtbot.addWidget(made)
    made.set_folder(Path("/exports"))
    made.set_stem("mine")
    made.show()
    return made


def place(page):
    return next(field for field in page.findChildren(QLineEdit) if field.accessibleName() == "Save as")


def test_scopes_say_how_many_and_those_without_rows_are_greyed(page):
    scopes = [button for button in page.findChildren(QRadioButton) if "scope" in button.objectName()]
    assert {button.objectName(): button.accessibleName() for button in scopes} == {
        "scope_all": "All (1,208)",
        "scope_selected": "Selected (3)",
        "scope_shown": "Shown (0)",
    }
    assert not page.findChild(QRadioButton, "scope_shown").isEnabled()


def test_at_least_one_method_stays(page):
    page.findChild(QCheckBox, "method_phash").click()
    page.findChild(QCheckBox, "method_dhash").click()
    assert page.methods() == (DHASH,)


def test_nothing_can_be_exported_without_a_name(page):
    export_button = next(b for b in page.findChildren(QAbstractButton) if b.text() == "&Export")
    for text in ("", "   ", "/", ".."):
        place(page).setText(text)
        page.show_files(())
        assert not export_button.isEnabled()
    place(page).setText("a")
    page.show_files(())
    assert export_button.isEnabled()


def test_a_name_gets_the_formats_suffix_and_changes_it_with_the_format(page):
    assert page.target() == Path("/exports/mine.json")
    page.findChild(QRadioButton, "format_csv").click()
    assert page.target() == Path("/exports/mine.csv")
    place(page).setText("other")
    assert page.target() == Path("/exports/other.csv")
    page.set_format(FORMATS[0])
    assert page.target() == Path("/exports/other.json")
    place(page).setText("holiday.2024")
    assert page.target() == Path("/exports/holiday.2024.json")
    place(page).setText("other.JSON")
    assert page.target() == Path("/exports/other.JSON")
    assert page.file_format() is FORMATS[0] is not CSV


def test_a_vector_of_1024_numbers_does_not_flood_the_preview(page):
    page.show_preview('"a.jpg": [' + "0.123, " * 1024 + "]")
    text = next(w for w in page.findChildren(QPlainTextEdit) if w.accessibleName() == "First lines").toPlainText()
    assert text.startswith('"a.jpg": [0.123, ')
    assert len(text) < 250


def extra(page, name):
    return page.findChild(QCheckBox, f"extra_{name}")


def test_more_columns_are_offered_for_a_workbook_alone(page):
    page.set_format(CSV)
    assert not extra(page, "thumbnails").isVisible()
    page.findChild(QRadioButton, "format_xlsx").click()
    assert extra(page, "thumbnails").isVisible()
    assert not page.wants_thumbnails()  # nobody waits for them unasked
    extra(page, "thumbnails").click()
    assert page.wants_thumbnails()
    page.findChild(QRadioButton, "format_csv").click()
    assert not page.wants_thumbnails()


def test_without_groups_none_can_be_asked_for_and_the_tip_says_why(page):
    page.set_format(WORKBOOK)
    assert not extra(page, "groups").isEnabled()
    assert not page.wants_groups()
    assert extra(page, "groups").toolTip() == "No pictures are alike, as far as was compared."


def test_groups_are_in_the_workbook_unless_they_are_not_wanted(qtbot):
    page = ChoicePage({Scope.ALL: 9}, (PHASH,), groups=1234)
    qtbot.addWidget(page)
    page.set_format(WORKBOOK)
    page.show()
    assert extra(page, "groups").text() == "&Groups of copies (1,234)"
    assert page.wants_groups()
    extra(page, "groups").click()
    assert not page.wants_groups()


def test_thumbnails_are_for_as_many_pictures_as_a_workbook_should_hold(qtbot):
    page = ChoicePage({Scope.ALL: 5001, Scope.SELECTED: 5000}, (PHASH,))
    qtbot.addWidget(page)
    page.set_format(WORKBOOK)
    page.show()
    assert not extra(page, "thumbnails").isEnabled()
    assert "up to 5,000 pictures" in extra(page, "thumbnails").toolTip()
    page.findChild(QRadioButton, "scope_selected").click()
    extra(page, "thumbnails").click()
    assert page.wants_thumbnails()
    page.findChild(QRadioButton, "scope_all").click()
    assert not page.wants_thumbnails()
