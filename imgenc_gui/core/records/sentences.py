"""The one place that makes sentences of failures, warnings, differences and troubles, in a photographer's words.

The templates are the sources of translations: the window passes a function that translates them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from imgenc_gui.core.naming import printable
from imgenc_gui.core.records.alike import Difference, DifferenceCode
from imgenc_gui.core.records.results import NOTHING_LEFT, FailureCode, ImageFailure, ImageWarning, WarningCode
from imgenc_gui.core.records.troubles import Trouble, TroubleCode

Translate = Callable[[str], str]

WRITTEN = "written"  # a detail of every code: read back from an export, which has the sentence alone

_REINSTALL = "Reinstalling imgenc repairs this; the hashes work without it."

# Per code, the sentence of each detail.
FAILURES: dict[FailureCode, dict[str, str]] = {
    FailureCode.NOT_AN_IMAGE: {
        "": "This file is not a picture.",
        "not-a-file": "This is neither a file nor a folder, but a pipe or a device.",
        "folder-or-device": "This is a folder or a device, not a picture.",
    },
    FailureCode.UNSUPPORTED_FORMAT: {
        "": "{0} files can't be read here.",
        "missing-library": "{0} files need the package {1}, which is missing. Install it, or imgenc again.",
        "extra": 'To read {0} files, install one more package: pip install "imgenc-gui[{1}]".',
        "broken-library": "{0} files can't be read: a package that they need doesn't load ({1}).",
        "raw": "This kind of {0} file can't be read here, or it isn't all there.",
    },
    FailureCode.DAMAGED: {
        "": "The picture is damaged or incomplete ({0}).",
        NOTHING_LEFT: "The picture is damaged, and nothing of it can be read.",
        "crash": "The picture makes its decoder crash; it may be damaged.",
        "misnamed": "The file is named like a picture, but its content isn't one; it may be damaged.",
        "drawing": "The drawing is damaged ({0}).",
        "entities": "The drawing defines XML entities, which imgenc doesn't open for safety.",
        "not-a-drawing": "The file is XML, but not a drawing.",
    },
    FailureCode.TOO_LARGE: {
        "pixels": "The picture is too large: {0:,.0f} megapixels, where {1:.0f} are the limit.",
        "side": "The picture is too large: {0:,} pixels along its longer side, where {1:,} are the limit.",
        "bytes": "The file is too large: {0:,.1f} GB, where 2.1 are the limit.",
        "bytes-of-format": "The file is too large: {0:,.0f} MB, where {1:.0f} are the limit for {2} files.",
        "elements": "The drawing has too many elements.",
        "depth": "The drawing is nested too deeply.",
        "unpacked": "The drawing is too large: more than {0:,.0f} MB when it is unpacked.",
        "time": "The picture takes too long to read.",
        "memory": "The picture needs more memory than imgenc allows.",
    },
    FailureCode.NO_PERMISSION: {
        "": "You don't have permission to open this file.",
        "listing": "You don't have permission to open this.",
    },
    FailureCode.GONE: {
        "": "The file is no longer there.",
        "listing": "There is no such file or folder. It may have been moved or renamed.",
    },
    FailureCode.EMPTY: {"": "The file is empty."},
    FailureCode.OUT_OF_MEMORY: {
        "": "There isn't enough memory to open this picture.",
        "encoding": "There isn't enough memory to encode this picture.",
    },
    FailureCode.UNREADABLE: {
        "": "The file can't be read: {0}.",
        "loop": "This link only leads back to itself.",
        "long": "This path is too long for the system to open.",
        "disk": "The disk or network share couldn't be read ({0}). Is it connected?",
        "busy": "The picture can't be read now ({0}). Try again later.",
        "clipboard": "The picture from the clipboard can't be kept while it is encoded. Is the disk full?",
    },
    FailureCode.STOPPED_IMGENC: {
        "": "Imgenc stopped while reading this, so it is left out. Save it anew with another program to encode it.",
    },
    FailureCode.MODEL_UNAVAILABLE: {  # {0} is always the method's label: by it the warning goes when the vector comes
        "weights-unreadable": f"The weights of {{0}} can't be read ({{1}}: {{2}}). {_REINSTALL}",
        "weights-damaged": f"The weights of {{0}} are damaged ({{1}}). {_REINSTALL}",
        "engine": f"{{0}} needs {{1}}, which can't be loaded ({{2}}). {_REINSTALL}",
        "broken": f"{{0}} can't be loaded ({{1}}). {_REINSTALL}",
        "own-engine": (
            "{0} needs {1}, which can't be loaded ({2}). With pip it can be had beside imgenc; the program that needs "
            "no Python comes without."
        ),
        "own-unreadable": "{0} can't be loaded: its file {1} can't be read ({2}). Add the network again.",
        "own-changed": (
            "{0} can't be loaded: its file {1} isn't the one that was added. Open imgenc again, or add the network "
            "again."
        ),
        "own-unfit": "{0} can't be loaded: {1}.",
        "memory": "{0} can't be loaded: there isn't enough memory.",
        "failed": "{0} failed on this picture ({1}).",
        "failed-memory": "{0} failed on this picture: there isn't enough memory.",
        "failed-endless": "{0} failed on this picture: it wasn't done after {1} seconds.",
        "given-up": "{0} wasn't done with another picture after {1} seconds, so it is left out until the next run.",
        "failed-length": "{0} failed on this picture: it gave {1} numbers, not {2}.",
        "failed-numbers": "{0} failed on this picture: it gave something that isn't a number.",
    },
}

# Without a decoder's own words, which reports and the command keep: for whoever only wants to know about the picture.
PLAIN: dict[FailureCode, dict[str, str]] = {
    FailureCode.DAMAGED: {"": "The picture is damaged or incomplete.", "drawing": "The drawing is damaged."},
}

# The same in a few words, where many stand below one another. Values are those of the sentences.
SHORT: dict[FailureCode, dict[str, str]] = {
    FailureCode.NOT_AN_IMAGE: {"": "Not a picture", "not-a-file": "Not a file", "folder-or-device": "Not a file"},
    FailureCode.UNSUPPORTED_FORMAT: {
        "": "{0}: can't be read here",
        "missing-library": "{0}: can't be read here",
        "extra": "{0}: can't be read here",
        "broken-library": "{0}: can't be read here",
        "raw": "{0}: can't be read here",
        WRITTEN: "Can't be read here",
    },
    FailureCode.DAMAGED: {
        "": "Damaged",
        "misnamed": "Damaged or misnamed",
        "entities": "Not opened for safety",
        "not-a-drawing": "Not a drawing",
    },
    FailureCode.TOO_LARGE: {
        "": "Too large",
        "elements": "Too complex",
        "depth": "Too complex",
        "time": "Takes too long",
        "memory": "Needs too much memory",
    },
    FailureCode.NO_PERMISSION: {"": "No permission"},
    FailureCode.GONE: {"": "File not found"},
    FailureCode.EMPTY: {"": "Empty file"},
    FailureCode.OUT_OF_MEMORY: {"": "Not enough memory"},
    FailureCode.UNREADABLE: {"": "Can't be opened", "loop": "Link to itself", "long": "Path too long"},
    FailureCode.STOPPED_IMGENC: {"": "Stopped imgenc"},
    FailureCode.MODEL_UNAVAILABLE: {
        "": "{0} can't be loaded",
        **dict.fromkeys(
            ("failed", "failed-memory", "failed-endless", "given-up", "failed-length", "failed-numbers"), "{0} failed"
        ),
        WRITTEN: "Not encoded",
    },
}

WARNINGS: dict[WarningCode, dict[str, str]] = {
    WarningCode.LOW_INFORMATION: {
        "": "This picture is nearly flat ({0}): every flat picture has the same hash, so a match means little.",
        "clipped": (
            "What clipping leaves of this picture is nearly flat ({0}): every flat picture has the same hash, "
            "so a match means little."
        ),
    },
    WarningCode.HIDDEN_TRANSPARENCY: {
        "": "Parts of this picture are transparent; the colours hidden there count in its encodings.",
    },
    WarningCode.CLIPPED_16_BIT: {
        "": "This picture has more than 8 bits per channel; imagededup clips the brighter values, and so does imgenc.",
    },
    WarningCode.CUT_TO_BLACK: {
        "": (
            "This picture's values run from {0:g} to {1:g}, where 255 is white to imagededup: it cuts them to "
            "whole numbers, nearly black, and so does imgenc."
        ),
    },
    WarningCode.NOT_IN_IMAGEDEDUP: {
        "format": "Imagededup can't read this format: the encodings can't be compared with its own.",
        "extras": (
            "Imagededup refuses this picture for what its file holds beside it: the encodings can't be compared with "
            "its own."
        ),
        "raw-preview": (
            "Imagededup can't read camera RAW. Encoded is the picture that the camera put into the file, {0} × {1}."  # noqa: RUF001
        ),
        "raw-developed": (
            "Imagededup can't read camera RAW. The file holds no large picture: encoded is a plain development, "
            "{0} × {1}."  # noqa: RUF001
        ),
        "turned-tiff": (
            "This is an uncompressed TIFF turned by a quarter, which imagededup shears: its encodings differ."
        ),
    },
    WarningCode.LEFT_OUT: {
        "links": "The drawing shows what is in other files ({0}); imgenc opens none for a drawing and leaves it out.",
        "web-page": "The drawing holds a piece of a web page, which imgenc leaves out.",
        "flowing-text": "The drawing has text that flows into a shape, which imgenc leaves out.",
        "mesh": "The drawing has meshes of colours, which imgenc leaves out.",
        "hatching": "The drawing has hatching, which imgenc leaves out.",
        "program": "The drawing holds a program, which imgenc doesn't run.",
        "movement": "The drawing moves; imgenc draws it at rest.",
        "film": "The drawing holds a film or sound, which imgenc leaves out.",
        "filter": "A filter of the drawing would take too long; imgenc weakens it or leaves a part of it out.",
        "embedded-picture": "A picture in the drawing is too large, or of a kind that imgenc leaves out there.",
    },
    WarningCode.OTHER_FONT: {
        "": "The drawing's text is written in {0}, so that it looks the same on all computers, and not in {1}.",
    },
    WarningCode.BLANK: {
        "": "The drawing draws nothing that can be seen on white: all such drawings have the same hash.",
    },
    WarningCode.ROTATED: {
        "": "The picture was turned upright first: the encodings differ from imagededup's.",
    },
    WarningCode.INCOMPLETE: {
        "": "The picture is damaged: its encodings are of what can be read of it.",
        "part": "The picture is damaged: about {0} % of it can be read, and its encodings are of that.",
    },
    WarningCode.NO_EMBEDDING: FAILURES[FailureCode.MODEL_UNAVAILABLE],
}

# Tables have these sentences alone: whoever words them anew lets the old ones be known, too.
_IN_PART = {
    detail: re.compile(rf"(?:^|(?<= )){re.escape(template).replace(re.escape('{0}'), '([0-9]{1,2})')}(?= |$)")
    for detail, template in WARNINGS[WarningCode.INCOMPLETE].items()
}

_SIZES = {"B": "{0} bytes", "kB": "{0:,.0f} kB", "MB": "{0:,.1f} MB", "GB": "{0:,.1f} GB"}
_TIMES = ("minute", "minutes", "hour", "hours", "day", "days", "year", "years")

DIFFERENCES: dict[
    DifferenceCode, dict[str, str]
] = {  # short: several stand in a table's cell, below the reference's own facts
    DifferenceCode.SAME_BYTES: {"": "same bytes"},
    DifferenceCode.SMALLER: {"": "{0} × {1}"},  # noqa: RUF001
    DifferenceCode.LARGER: {"": "{0} × {1}"},  # noqa: RUF001
    DifferenceCode.RESHAPED: {"": "{0} × {1}"},  # noqa: RUF001
    DifferenceCode.FORMAT: {"": "{0}"},
    DifferenceCode.LIGHTER: _SIZES,
    DifferenceCode.HEAVIER: _SIZES,
    DifferenceCode.OLDER: {unit: f"{{0}} {unit} older" for unit in _TIMES},
    DifferenceCode.NEWER: {unit: f"{{0}} {unit} newer" for unit in _TIMES},
    DifferenceCode.ORIENTATION: {"": "EXIF orientation {0}"},
}

_NOT_USED = "Pictures are encoded as if there were none."
_NOT_KEPT = "What is encoded now will have to be encoded again."

TROUBLES: dict[TroubleCode, str] = {  # the library is the one of encodings, and everything goes on without it
    TroubleCode.DAMAGED: "The library was damaged. It was set aside as {0}, and a new one was begun.",
    TroubleCode.NEWER: f"The library was made by a newer imgenc: update this one to use it. {_NOT_USED}",
    TroubleCode.LOCKED: f"The library is held by another program. {_NOT_KEPT}",
    TroubleCode.FULL: f"The library can't grow: the disk is full. {_NOT_KEPT}",
    TroubleCode.READ_ONLY: f"The library can only be read, not written to. {_NOT_KEPT}",
    TroubleCode.UNREACHABLE: f"The library can't be used ({{0}}). {_NOT_USED}",
}


def as_written(text: str) -> str:
    """Translate nothing."""
    return text


def sentence(of: ImageFailure | ImageWarning, translate: Translate = as_written) -> str:
    """The sentence for a failure or a warning. ``translate`` is given the template, before its values are filled in.

    It is printable, on one line, whatever the values are: they come from files and from other programs.

    Of those with the detail WRITTEN it is their one value, as it was written.
    """
    if of.detail == WRITTEN:
        return printable(str(of.values[0]))
    template = FAILURES[of.code][of.detail] if isinstance(of, ImageFailure) else WARNINGS[of.code][of.detail]
    return printable(translate(template).format(*of.values))


def incomplete_in(text: str) -> tuple[ImageWarning, ...]:
    """The warning that a picture is there in part alone, where its sentence is among these."""
    for detail, pattern in _IN_PART.items():
        if told := pattern.search(text):
            return (ImageWarning(WarningCode.INCOMPLETE, detail, tuple(map(int, told.groups()))),)
    return ()


def plain_sentence(of: ImageFailure | ImageWarning, translate: Translate = as_written) -> str:
    """The same without a decoder's own words."""
    template = PLAIN.get(of.code, {}).get(of.detail) if isinstance(of, ImageFailure) else None
    return sentence(of, translate) if template is None else translate(template)


def short_reason(of: ImageFailure, translate: Translate = as_written) -> str:
    """Some words on why there is nothing, for a row among many; ``translate`` as in ``sentence``."""
    words = SHORT[of.code]
    return printable(translate(words.get(of.detail, words[""])).format(*of.values))


def trouble_sentence(of: Trouble, translate: Translate = as_written) -> str:
    """The sentence for what is wrong with the library; ``translate`` as in ``sentence``."""
    return printable(translate(TROUBLES[of.code]).format(*of.values))


def difference_words(of: Difference, translate: Translate = as_written) -> str:
    """Some words on what is different about a picture; ``translate`` as in ``sentence``."""
    return printable(translate(DIFFERENCES[of.code][of.detail]).format(*of.values))
