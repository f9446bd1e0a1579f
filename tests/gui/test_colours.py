"""Words can be read in light and dark, also after the theme has changed while they were there, whoever changed it."""

import itertools

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QToolTip

from imgenc_gui.app import create_app
from imgenc_gui.core.records.results import FailureCode
from imgenc_gui.gui.export.job import ExportOutcome
from imgenc_gui.gui.export.summary import Tally
from imgenc_gui.gui.look import theme
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.settings.dialog import SettingsDialog
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.window.message_bar import DetailsDialog
from tests.gui.conftest import FakeEncoder, make_failure, make_result, make_warned
from tests.gui.look.contrast import contrast, word_contrasts
from tests.gui.panels import WHOLE, make, make_export_dialog, make_settings

ROLE = QPalette.ColorRole
THEMES = ("light", "dark")


@pytest.fixture
def app(store, tmp_path, qtbot):
    """The program, whose settings choose the theme."""
    made = create_app([], store, tmp_path / "logs")
    qtbot.addWidget(made.window)
    theme.apply_theme(made.application, "light")
    yield made
    made.window.close()
    theme.apply_theme(made.application, "light")


def by_settings(app, name, _monkeypatch):
    """As a person does: Settings, Theme, OK, with keys."""
    dialog = SettingsDialog(app.settings)
    dialog.show()
    box = next(box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Theme")
    box.setCurrentIndex(box.findText(name.capitalize()))
    dialog.accept()
    dialog.deleteLater()


def by_system(app, name, monkeypatch):
    """The system tells of another scheme; Qt's platform for tests has none."""
    app.settings.theme = "system"
    monkeypatch.setattr(theme, "system_is_dark", lambda: name == "dark")
    app.application.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Unknown)


def by_palette(app, name, _monkeypatch):
    """Qt itself, or somebody else in the process, gives the application another palette."""
    app.application.setPalette(theme.palette_of(dark=name == "dark"))


def unreadable(*windows):
    """What can't be read: below 4.5, or 3 for what can't be used now."""
    found = [entry for window in windows for entry in word_contrasts(window)]
    assert found
    return [entry for entry in found if entry[2] < (4.5 if entry[1] else 3)]


@pytest.mark.parametrize(
    ("first", "switches"), [("light", (by_settings, by_system, by_palette)), ("dark", (by_palette,))], ids=THEMES
)
def test_words_can_be_read_before_and_after_each_change(first, switches, app, tmp_path, monkeypatch, qtbot):
    """All windows and dialogs are open at once: most of the time goes into a change, also of what isn't looked at."""
    app.settings.theme = first
    owners, windows, found = [], {}, {}
    for name in WHOLE:
        (tmp_path / name).mkdir()
        owner, windows[name] = make(name, tmp_path / name)
        windows[name].resize(max(windows[name].width(), 1200), max(windows[name].height(), 1000))
        qtbot.addWidget(owner)
        owners.append(owner)

    def look(moment):
        for name, window in windows.items():
            window.show()  # a popup closes where a dialog opens
            QApplication.processEvents()
            found[name, moment] = unreadable(window)

    look("at first")
    other = next(theme for theme in THEMES if theme != first)
    for switch, wanted in zip(switches, itertools.cycle((other, first)), strict=False):
        switch(app, wanted, monkeypatch)
        QApplication.processEvents()
        assert theme.is_dark() == (wanted == "dark")
        look(switch.__name__)
    assert {place: words for place, words in found.items() if words} == {}


@pytest.mark.parametrize("first", THEMES)
@pytest.mark.parametrize("page", ["progress", "done_page"])
def test_the_other_pages_of_the_export_can_be_read_after_a_change(page, first, app, tmp_path, monkeypatch, qtbot):
    app.settings.theme = first
    dialog = make_export_dialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.progress.begin(3)
    dialog.done_page.show_outcome(ExportOutcome((tmp_path / "a.json",), Tally(())), "3 pictures")
    dialog.done_page._tell("The folder can't be shown.")
    dialog._show_page(getattr(dialog, page))
    dialog.show()
    for other in (*(name for name in THEMES if name != first), first):
        by_palette(app, other, monkeypatch)
        QApplication.processEvents()
        assert unreadable(dialog) == []
    dialog.close()


@pytest.mark.parametrize("first", THEMES)
def test_rows_of_all_kinds_menus_and_messages_can_be_read_after_a_change(first, app, tmp_path, qtbot, monkeypatch):
    app.settings.theme = first
    window = MainWindow(make_settings(tmp_path), FakeEncoder)
    qtbot.addWidget(window)
    paths = [f"/photos/{number}.jpg" for number in range(10)]
    window.session.live.append(paths)
    kinds = [make_result(paths[0]), make_warned(paths[1]), make_failure(paths[2])]
    kinds += [make_failure(paths[3], FailureCode.NOT_AN_IMAGE), make_result(paths[4]), make_warned(paths[5])]
    kinds += [make_failure(paths[6])]
    window.session.live.apply(list(enumerate(kinds)))
    window.resize(1500, 900)
    window.show()
    for row in range(4, 8):  # one of each kind is selected, one isn't
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        window.view.selectionModel().select(window.model.index(row, 0), flags)
    window.message_bar.tell("Some could not be read.", [str(number) for number in range(20)], warning=True)
    window.message_bar._more.click()
    box = next(box for box in window.findChildren(DetailsDialog))
    window.progress.refresh()
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if len(menu.actions()) > 4)
    menu.popup(window.pos())
    menu.setActiveAction(next(action for action in menu.actions() if action.isEnabled()))
    for other in (*(name for name in THEMES if name != first), first):
        by_palette(app, other, monkeypatch)
        QApplication.processEvents()
        assert unreadable(window, menu, box) == []
        assert contrast(QToolTip.palette().color(ROLE.ToolTipText), QToolTip.palette().color(ROLE.ToolTipBase)) >= 4.5
    menu.close()
    box.close()
    window.close()


def test_icons_follow_whoever_changes_the_palette(app, monkeypatch):
    action = QAction()
    set_icon(action, "copy")
    for name in ("dark", "light", "dark"):
        by_palette(app, name, monkeypatch)
        image = action.icon().pixmap(48, 48).toImage()
        inks = [image.pixelColor(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255]
        assert min(contrast(ink, app.application.palette().color(ROLE.Button)) for ink in inks) >= 4.5
