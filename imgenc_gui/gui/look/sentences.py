"""Core's sentences on failures and warnings, in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.results import ImageFailure, ImageWarning
from imgenc_gui.core.records.sentences import sentence


def changed_words() -> str:
    """Return the sentence for a picture whose file isn't the one any more that was encoded."""
    return QCoreApplication.translate("sentences", "The file has changed since it was encoded.")


def words(of: ImageFailure | ImageWarning) -> str:
    """Return the sentence for a failure or a warning."""
    return sentence(of, lambda template: QCoreApplication.translate("sentences", template))


def likeness_word(word: Likeness) -> str:
    """How alike two pictures are, in a word or two."""
    return {
        Likeness.IDENTICAL: QCoreApplication.translate("likeness", "Identical"),
        Likeness.SAME: QCoreApplication.translate("likeness", "Same picture"),
        Likeness.EDITED: QCoreApplication.translate("likeness", "Edited"),
        Likeness.LOOKALIKE: QCoreApplication.translate("likeness", "Lookalike"),
    }[word]
