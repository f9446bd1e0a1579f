"""Which actions can be used at the moment, and the reasons why the others can't."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from imgenc_gui.gui.window.actions import Actions
from imgenc_gui.gui.work.session import Activity


@dataclass(frozen=True, slots=True)
class Alike:
    """What the actions depend on where the table shows what is alike, or could."""

    banded: bool = False  # it does
    groups: bool = False  # in groups, each with a reference
    marked: bool = False
    is_member: bool = False  # the current row is in a group, and not its reference
    not_similar: str = ""  # why nothing can be similar to the current row
    comparable: bool = False  # there are two pictures that can be compared
    undo: str = ""  # what can be taken back, in a word
    redo: str = ""
    undo_marks: bool = False  # that is of marks and references, which are seen in bands alone
    redo_marks: bool = False


_NOTHING_ALIKE = Alike()


@dataclass(frozen=True, slots=True)
class Situation:
    """What the actions depend on."""

    activity: Activity
    can_stop: bool
    rows: int
    shown: int
    encoded: int
    missing: int  # rows that lack some of the chosen encodings, and can get them
    waiting: int  # those of them that wait to be encoded
    stopped: bool  # because a person stopped that
    cut_off: bool  # before all files were found
    gone: bool  # there are rows without a file
    selected: int
    current: bool  # there is a current row
    grid: bool  # the grid is shown
    clipboard: bool  # it holds files or a picture
    can_update: bool  # the table has folders or files that can be listed again
    alike: Alike = _NOTHING_ALIKE


def permit(actions: Actions, now: Situation) -> None:
    """Enable what can be used; disable the rest, each with its reason."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("permissions", text)

    busy = now.activity is not Activity.IDLE
    empty = "" if now.rows else tr("Open a folder or add pictures first")
    no_row = "" if now.selected else empty or tr("Select a row first")
    _permit_encoding(actions, now, empty)
    actions.stop.allow("" if now.can_stop else tr("Stopping already") if busy else tr("Nothing is being encoded"))
    actions.clear.allow(tr("Stop first what is going on") if busy else "" if now.rows else tr("The table is empty"))
    actions.export.allow("" if now.encoded else tr("There are no encodings to export yet"))
    actions.paste.allow("" if now.clipboard else tr("There is no picture in the clipboard"))
    actions.copy.allow(no_row)
    actions.copy_files.allow("" if now.alike.marked else no_row)
    actions.encode_again.allow(no_row)
    actions.remove.allow(no_row)
    if now.can_update and now.activity is Activity.LISTING:
        actions.update.allow(tr("Looking for pictures already"))
    else:
        actions.update.allow("" if now.can_update else empty or tr("There is no folder on the table"))
    for action in (actions.show_in_folder, actions.open_file):
        action.allow("" if now.current else empty or tr("Select a row first"))
    actions.select_all.allow("" if now.shown else empty or tr("No row is shown"))
    actions.find.allow(empty)
    not_banded = "" if now.alike.banded else tr("Show copies first")
    no_groups = "" if now.alike.groups else tr("There are no groups of copies here")
    no_grid = "" if now.grid else tr("Show the grid of pictures first")
    actions.larger.allow(no_grid)
    actions.smaller.allow(no_grid)
    actions.mark.allow(not_banded or no_row)
    actions.mark_members.allow(not_banded or no_groups)
    actions.unmark_all.allow("" if now.alike.marked else tr("Nothing is marked"))
    reference = "" if now.alike.is_member else tr("Select a picture of a group that is not its reference")
    actions.make_reference.allow(not_banded or no_groups or reference)
    actions.export_groups.allow(not_banded or no_groups)
    actions.similar.allow(now.alike.not_similar)
    actions.threshold.allow("" if now.alike.comparable else empty or tr("There are no two pictures yet to compare"))
    _permit_undoing(actions, now.alike, not_banded)
    actions.zoom.allow("" if now.selected in (1, 2) else empty or tr("Select one picture first, or two"))


def goes_on_looking(now: Situation) -> bool:
    """Whether what was stopped goes on where it was: looking for files."""
    return now.cut_off and now.can_update and now.missing == now.waiting and now.rows > 0


def _permit_encoding(actions: Actions, now: Situation, empty: str) -> None:
    """Let it say what it will do."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("permissions", text)

    reason, text, tip = "", tr("&Encode"), tr("Make the encodings that are missing")
    number, is_one = QLocale().toString(now.missing), now.missing == 1
    if now.activity is Activity.OPENING:
        reason = tr("An export is being opened")
    elif now.activity is not Activity.IDLE:
        reason = tr("Encoding already")
    elif empty:
        reason = empty
    elif goes_on_looking(now):
        text, tip = tr("&Resume"), tr("Look for the pictures that were not found yet, and encode all that wait")
    elif now.gone and not now.missing:
        reason = tr(
            "Every picture whose file is there has the chosen encodings. Choose another method, or add pictures"
        )
    elif not now.missing:
        reason = tr("Every picture has the chosen encodings. Choose another method, or add pictures")
    elif now.stopped and now.missing == now.waiting:
        text, tip = tr("&Resume {0}"), tr("Encode the {0} pictures that wait")
        tip = tr("Encode the picture that waits") if is_one else tip
    else:
        text, tip = tr("&Encode {0} missing"), tr("Make the encodings that {0} pictures lack")
        tip = tr("Make the encodings that 1 picture lacks") if is_one else tip
    actions.encode.allow(reason, tip.format(number), text.format(number))


def _permit_undoing(actions: Actions, alike: Alike, not_banded: str) -> None:
    def tr(text: str) -> str:
        return QCoreApplication.translate("permissions", text)

    no_undo = "" if alike.undo else tr("There is nothing to take back")
    no_redo = "" if alike.redo else tr("Nothing was taken back")
    unseen_undo, unseen_redo = (not_banded if marks else "" for marks in (alike.undo_marks, alike.redo_marks))
    actions.undo.allow(no_undo or unseen_undo, tr("Take back: {0}").format(alike.undo))
    actions.redo.allow(no_redo or unseen_redo, tr("Make again: {0}").format(alike.redo))
