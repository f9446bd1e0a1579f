"""What to do about each failure and warning, in plain words: the one table for the inspector and the table's tips."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from imgenc_gui.core.records.results import FailureCode, WarningCode


def failure_advice(code: FailureCode) -> str:
    """Return what a person can do about a picture that gave no encoding."""
    translate = QCoreApplication.translate
    return {
        FailureCode.NOT_AN_IMAGE: translate("advice", "Nothing needs doing: files that are no pictures are left out."),
        FailureCode.UNSUPPORTED_FORMAT: translate(
            "advice", "If it is a picture, save it as JPEG, PNG or TIFF in your photo program, then add that copy."
        ),
        FailureCode.DAMAGED: translate(
            "advice", "Open it in another program to see what is left, or copy it again from the card or a backup."
        ),
        FailureCode.TOO_LARGE: translate("advice", "Save a smaller version of it, then add that copy."),
        FailureCode.NO_PERMISSION: translate(
            "advice",
            "Ask the file's owner to let you read it, or copy it to a folder of your own; then encode it again.",
        ),
        FailureCode.GONE: translate(
            "advice",
            "It was moved, renamed or deleted. Connect its disk again if it was unplugged; then encode it again.",
        ),
        FailureCode.EMPTY: translate(
            "advice",
            "A copy was probably broken off. Copy it again from the card or a backup.",
        ),
        FailureCode.OUT_OF_MEMORY: translate(
            "advice", "Close other programs or choose fewer threads in the settings; then encode it again."
        ),
        FailureCode.UNREADABLE: translate(
            "advice",
            "Check the disk or the network connection, then encode it again. Keep a backup if it happens often.",
        ),
        FailureCode.STOPPED_IMGENC: translate(
            "advice",
            "Encode again tries it once more, on its own: your other pictures are safe.",
        ),
        FailureCode.MODEL_UNAVAILABLE: translate(
            "advice", "Encode the picture again once that is repaired, or choose another method."
        ),
    }[code]


def changed_advice() -> str:
    """Return what a person can do about a picture whose file has changed."""
    return QCoreApplication.translate(
        "advice", "The facts and encodings here are of the file as it was. Choose Encode (F5) to make them anew."
    )


def gone_advice() -> str:
    """Return what a person can do about a picture whose file isn't there."""
    return QCoreApplication.translate(
        "advice", "It is compared like any other. If its disk was unplugged, connect it and drop its folder here."
    )


def warning_advice(code: WarningCode) -> str:
    """Return what a warning about an encoding that was made means for its use."""
    translate = QCoreApplication.translate
    return {
        WarningCode.LOW_INFORMATION: translate(
            "advice", "It matches other plain pictures; look at such matches yourself before deleting anything."
        ),
        WarningCode.HIDDEN_TRANSPARENCY: translate(
            "advice", "If matches surprise you, save it without transparency, then encode that copy."
        ),
        WarningCode.CLIPPED_16_BIT: translate(
            "advice", "For encodings of all its tones, save it with 8 bits per colour, then encode that copy."
        ),
        WarningCode.CUT_TO_BLACK: translate(
            "advice", "Save it as a picture of 8 bits per colour, where white is 255, then encode that copy."
        ),
        WarningCode.NOT_IN_IMAGEDEDUP: translate("advice", "Compare it only with encodings made by imgenc."),
        WarningCode.LEFT_OUT: translate(
            "advice", "For an encoding of all of it, export it as a PNG from the program it was drawn with."
        ),
        WarningCode.OTHER_FONT: translate(
            "advice", "To keep its own letters, convert the text to paths in the program it was drawn with."
        ),
        WarningCode.BLANK: translate("advice", "Look at it in another program: it may need a dark background."),
        WarningCode.NO_EMBEDDING: translate(
            "advice", "Its other encodings are complete. Encode it once more when that is repaired."
        ),
        WarningCode.INCOMPLETE: translate(
            "advice", "Look for a whole copy of it: what is like it may be one. Don't delete that for this."
        ),
        WarningCode.ROTATED: translate(
            "advice", "For encodings that match imagededup's, switch off the photo's rotation in the settings."
        ),
    }[code]
