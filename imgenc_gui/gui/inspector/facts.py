"""What is known of a picture's file, in words."""

from __future__ import annotations

import os
from enum import Enum

from PySide6.QtCore import QCoreApplication, QLocale

from imgenc_gui.core.naming import shown
from imgenc_gui.core.records.results import Facts
from imgenc_gui.gui.look.sentences import sides_words, size_words, taken_words, time_words

_MEGA = 1_000_000


class Fact(Enum):
    """What can be told, in the order in which it is."""

    FOLDER = "folder"
    FORMAT = "format"
    SIZE = "size"
    FRAMES = "frames"
    ROTATION = "rotation"
    FILE = "file"
    CHANGED = "changed"
    TAKEN = "taken"


def _tr(text: str) -> str:
    return QCoreApplication.translate("facts", text)


def caption(fact: Fact) -> str:
    """Return what a fact is called."""
    return {
        Fact.FOLDER: _tr("Folder"),
        Fact.FORMAT: _tr("Format"),
        Fact.SIZE: _tr("Size"),
        Fact.FRAMES: _tr("Frames"),
        Fact.ROTATION: _tr("Rotation"),
        Fact.FILE: _tr("File"),
        Fact.CHANGED: _tr("Changed"),
        Fact.TAKEN: _tr("Taken"),
    }[fact]


def fact_texts(path: str, facts: Facts | None, folder: str = "", *, narrow: bool = False) -> dict[Fact, str]:
    """Return what there is to tell, in ``narrow`` columns if need be.

    ``folder`` says where the picture is from when its path wouldn't tell.
    """
    told: dict[Fact, str] = {}
    if path:
        told[Fact.FOLDER] = shown(folder or os.path.dirname(path))  # noqa: PTH120 - keeps text as is
    if facts is None:
        return told
    if facts.format:  # some exports tell no more than which file it was
        told[Fact.FORMAT] = facts.format
        told[Fact.SIZE] = _size(facts.width, facts.height, narrow=narrow)
    if facts.frames > 1:
        told[Fact.FRAMES] = _tr("{count}; one is encoded").format(count=facts.frames)
    if facts.orientation != 1:
        told[Fact.ROTATION] = _turned(facts.orientation)
    told[Fact.FILE] = size_words(facts.bytes)
    if facts.mtime_ns is not None:
        told[Fact.CHANGED] = time_words(facts.mtime_ns)
    if facts.taken is not None:
        told[Fact.TAKEN] = taken_words(facts.taken)
    return told


def _size(width: int, height: int, *, narrow: bool) -> str:
    size = sides_words(width, height)
    if not narrow:
        size = _tr("{size} pixels").format(size=size)
    mega = width * height / _MEGA
    if mega < 0.1:  # noqa: PLR2004 - megapixels say nothing
        return size
    both = _tr("{size}\n{mega} MP") if narrow else _tr("{size}, {mega} megapixels")
    return both.format(size=size, mega=QLocale().toString(mega, "f", 1))


def upright_words() -> str:
    """Return what there is to say beside a turned picture of one that isn't."""
    return _tr("Stored upright")


def _turned(orientation: int) -> str:
    how = {
        2: _tr("Stored mirrored"),
        3: _tr("Stored upside down"),
        4: _tr("Stored upside down and mirrored"),
        5: _tr("Stored on its side and mirrored"),
        6: _tr("Stored on its side"),
        7: _tr("Stored on its side and mirrored"),
        8: _tr("Stored on its side"),
    }
    return _tr("{how}; shown upright").format(how=how.get(orientation, _tr("Stored turned")))
