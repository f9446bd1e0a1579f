"""What a person can do, each as one action with words, key, icon, and the reason while it can't be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from imgenc_gui.core.naming import shown
from imgenc_gui.gui.look.grid import SPACE
from imgenc_gui.gui.look.icons import set_icon
from imgenc_gui.gui.look.plain import caption, tip
from imgenc_gui.gui.settings.store import Recent
from imgenc_gui.gui.table.arrangement import Category

_RECENT_WIDTH = 60 * SPACE  # of a path in the menu

_Key = QKeySequence | QKeySequence.StandardKey | str


class Action(QAction):
    """An action that says why it can't be used."""

    def __init__(self, text: str, tip: str, parent: QMainWindow) -> None:
        super().__init__(text, parent)
        self._tip = tip
        self.allow()

    def allow(self, reason: str = "", tip: str | None = None, text: str | None = None) -> None:
        """Enable it, or disable it with the reason; ``text`` and ``tip`` replace what it says it does."""
        if tip is not None:
            self._tip = tip
        if text is not None:
            self.setText(text)
        key = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setEnabled(not reason)
        self.setStatusTip(reason or self._tip)
        self.setToolTip(reason or (f"{self._tip} ({key})" if key else self._tip))


@dataclass(frozen=True, slots=True)
class Actions:
    """All actions of the main window."""

    open_folder: Action
    add_pictures: Action
    open_export: Action
    paste: Action
    export: Action
    clear: Action
    quit: Action
    undo: Action
    redo: Action
    remove: Action
    copy: Action
    copy_files: Action
    select_all: Action
    find: Action
    settings: Action
    encode: Action
    stop: Action
    encode_again: Action
    update: Action
    recursive: Action
    methods: Action
    show_in_folder: Action
    open_file: Action
    mark: Action
    mark_members: Action
    unmark_all: Action
    make_reference: Action
    export_groups: Action
    similar: Action
    threshold: Action
    grid: Action
    larger: Action
    smaller: Action
    inspector: Action
    zoom: Action
    keys: Action
    log_folder: Action
    explain: Action
    about: Action


def make_actions(window: QMainWindow) -> Actions:
    """Make them, not yet connected."""
    tr = window.tr
    key = QKeySequence.StandardKey

    def on_table(icon: str, text: str, tip: str, key: str) -> Action:
        """An action whose key is meant for a row of the table, and is a letter or a space elsewhere."""
        action = make(icon, text, tip, key)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action

    def make(icon: str, text: str, tip: str, *keys: _Key) -> Action:
        action = Action(text, tip, window)
        action.setShortcuts([QKeySequence(one) for one in keys])
        action.allow()
        if icon:
            set_icon(action, icon)
        return action

    return Actions(
        open_folder=make("open-folder", tr("&Open folder…"), tr("Encode all pictures of a folder"), key.Open),
        add_pictures=make("add-pictures", tr("&Add pictures…"), tr("Encode single pictures"), "Ctrl+Shift+O"),
        open_export=make(
            "open-export", tr("Open an e&xport…"), tr("Open what imgenc, or imagededup, has written"), "Ctrl+Shift+L"
        ),
        paste=make("paste", tr("&Paste"), tr("Encode the picture or the files in the clipboard"), key.Paste),
        export=make("export", tr("&Export…"), tr("Write the encodings to a file"), key.Save, "Ctrl+E"),
        clear=make(
            "clear", tr("&Clear the table"), tr("Take all pictures off the table; your files stay"), "Ctrl+Shift+W"
        ),
        quit=make("quit", tr("&Quit"), tr("Close imgenc"), "Ctrl+Q", "Ctrl+W"),
        undo=make("undo", tr("&Undo"), tr("Take back the last change of marks, references or the list"), key.Undo),
        redo=make("redo", tr("&Redo"), tr("Make the change again"), "Ctrl+Shift+Z", "Ctrl+Y"),
        remove=on_table(
            "remove",
            tr("Remove from the &list"),
            tr("Take the selected rows off the list; your files stay where they are"),
            "Del",
        ),
        copy=make("copy", tr("&Copy rows"), tr("Copy the selected rows as a table"), key.Copy),
        copy_files=make(
            "copy-files",
            tr("Copy &files"),
            tr("Put the marked or selected pictures' files on the clipboard"),
            "Ctrl+Shift+C",
        ),
        select_all=make("", tr("Select &all"), tr("Select all rows shown"), key.SelectAll),
        find=make("search", tr("&Find"), tr("Search by name, folder or hash"), key.Find),
        settings=make("settings", tr("&Settings…"), tr("Methods, threads, theme and more"), "Ctrl+,"),
        encode=make("encode", tr("&Encode"), tr("Make the encodings that are missing"), "F5", "Ctrl+Return"),
        stop=make("stop", tr("&Stop"), tr("Stop encoding; what is done is kept"), "Ctrl+."),
        encode_again=make("encode-again", tr("Encode &again"), tr("Encode the selected rows anew"), "Shift+F5"),
        update=make(
            "update",
            tr("&Update"),
            tr("Look what changed, came or went in the table's folders, and encode it"),
            "Ctrl+R",
        ),
        recursive=make("subfolders", tr("Include su&bfolders"), tr("Also encode what lies in the folders inside")),
        methods=make("methods", tr("Choose &methods…"), tr("Choose which encodings to make"), "Ctrl+M"),
        show_in_folder=make("show-in-folder", tr("Show in &folder"), tr("Show the picture's file"), "Ctrl+Shift+R"),
        open_file=make("open-file", tr("O&pen picture"), tr("Open the picture in its program"), "Shift+Return"),
        mark=on_table("check", tr("&Mark"), tr("Mark the selected pictures, or unmark them"), "Space"),
        mark_members=make(
            "check",
            tr("Mark all but the &references"),
            tr("Mark what nothing is lost without: what is like the best picture of its group, in a file of its own"),
            "Ctrl+Shift+M",
        ),
        unmark_all=make("unmark", tr("U&nmark all"), tr("Unmark all pictures"), "Ctrl+Shift+U"),
        make_reference=on_table(
            "reference", tr("Make this the refer&ence"), tr("Compare the group with this picture, and keep it"), "R"
        ),
        export_groups=make(
            "export", tr("Export &groups…"), tr("Write which pictures are alike to a file"), "Ctrl+Shift+E"
        ),
        similar=make("similar", tr("&Similar to this"), tr("Show what is similar to the current picture"), "Ctrl+L"),
        threshold=make(
            "threshold", tr("Which t&hreshold?"), tr("Show how near these pictures are to each other"), "Ctrl+T"
        ),
        grid=make("grid", tr("&Grid of pictures"), tr("Show large pictures instead of the table"), "Ctrl+G"),
        larger=make("", tr("&Larger pictures"), tr("Show the grid's pictures larger"), key.ZoomIn, "Ctrl+="),
        smaller=make("", tr("S&maller pictures"), tr("Show the grid's pictures smaller"), key.ZoomOut),
        inspector=make("inspector", tr("&Inspector"), tr("Show the picture and its encodings at the side"), "Ctrl+I"),
        zoom=make("zoom-full", tr("Preview at 100 %"), tr("Switch the preview between fitted in and 100 %"), "Ctrl+0"),
        keys=make("keyboard", tr("&Keys"), tr("List all keys"), key.HelpContents),
        log_folder=make("log", tr("Open the &log's folder"), tr("Where imgenc writes down what went wrong")),
        explain=make("methods", tr("&How pictures are compared"), tr("What the methods are, shown on four pictures")),
        about=make("info", tr("&About imgenc"), tr("Versions and licence")),
    )


def make_categories(window: QMainWindow, chosen: Callable[[Category], object]) -> QActionGroup:
    """Make the View menu's entries for what the table shows."""
    tr = window.tr
    group = QActionGroup(window)
    names = {
        Category.ALL: tr("Show &all"),
        Category.ENCODED: tr("Show &encoded"),
        Category.FAILED: tr("Show what could &not be read"),
        Category.NOT_PICTURES: tr("Show what is not a &picture"),
        Category.WARNINGS: tr("Show &warnings"),
        Category.COPIES: tr("Show &copies"),
        Category.KNOWN: tr("Show what is already in the &reference"),
        Category.NEW: tr("Show what is ne&w"),
    }
    for number, (category, name) in enumerate(names.items(), 1):
        action = group.addAction(name)
        action.setCheckable(True)
        action.setData(category)
        action.setShortcut(f"Ctrl+{number}")
        action.setChecked(category is Category.ALL)
        action.triggered.connect(lambda _checked=False, category=category: chosen(category))
    return group


def make_menus(window: QMainWindow, actions: Actions, categories: QActionGroup) -> tuple[QMenu, QMenu]:
    """Fill the menu bar; the menus of what was open recently and of columns, which the window fills."""
    tr = window.tr
    bar = window.menuBar()

    def menu(title: str, *entries: QAction | QMenu | None) -> QMenu:
        made = bar.addMenu(title)
        for entry in entries:
            if entry is None:
                made.addSeparator()
            elif isinstance(entry, QMenu):
                made.addMenu(entry)
            else:
                made.addAction(entry)
        return made

    recent = QMenu(tr("Open &recent"), window)
    set_icon(recent, "recent")
    columns = QMenu(tr("&Columns"), window)
    set_icon(columns, "columns")
    some = actions
    menu(
        tr("&File"), some.open_folder, some.add_pictures, some.open_export, recent, None,
        some.export, some.export_groups, None, some.clear, None, some.quit,
    )  # fmt: skip
    menu(
        tr("&Edit"), some.undo, some.redo, None, some.copy, some.copy_files, some.paste, some.remove, None,
        some.select_all, some.find, None, some.mark, some.mark_members, some.unmark_all, some.make_reference, None,
        some.settings,
    )  # fmt: skip
    menu(
        tr("En&code"), some.encode, some.stop, some.encode_again, some.update, None, some.methods, some.recursive,
    )  # fmt: skip
    view = menu(
        tr("&View"),
        *categories.actions(),
        None,
        some.similar,
        some.threshold,
        None,
        some.grid,
        some.larger,
        some.smaller,
        None,
        some.inspector,
        some.zoom,
        columns,
        None,
    )
    view.addActions([some.show_in_folder, some.open_file])
    menu(tr("&Help"), some.explain, some.keys, some.log_folder, None, some.about)
    some.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
    some.about.setMenuRole(QAction.MenuRole.AboutRole)
    some.quit.setMenuRole(QAction.MenuRole.QuitRole)
    return recent, columns


def connect_actions(actions: Actions, slots: dict[str, Callable[[], object]]) -> None:
    """Connect each action to what it does; KeyError when one is forgotten."""
    for field in fields(actions):
        slot = slots[field.name]
        getattr(actions, field.name).triggered.connect(lambda _checked=False, slot=slot: slot())


def fill_recent(menu: QMenu, recent: Sequence[Recent], opened: Callable[[str], object]) -> None:
    """List recent folders and exports in their menu."""
    menu.clear()
    for one in recent:
        text = menu.fontMetrics().elidedText(shown(one.path), Qt.TextElideMode.ElideMiddle, _RECENT_WIDTH)
        action = menu.addAction(caption(text))
        set_icon(action, "log" if one.is_export else "folder")
        action.setToolTip(tip(shown(one.path)))
        action.triggered.connect(lambda _checked=False, path=one.path: opened(path))
    menu.setEnabled(bool(recent))
