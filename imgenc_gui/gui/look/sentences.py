"""Core's sentences and words, in the person's language: failures and warnings, and how alike pictures are."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from imgenc_gui.core.records.alike import Criterion
from imgenc_gui.core.records.likeness import SENTENCES, Likeness
from imgenc_gui.core.records.results import ImageFailure, ImageWarning
from imgenc_gui.core.records.sentences import sentence


def changed_words() -> str:
    """Return the sentence for a picture whose file isn't the one any more that was encoded."""
    return QCoreApplication.translate("sentences", "The file has changed since it was encoded.")


def gone_words(source: str) -> str:
    """Return the sentence for a picture that has encodings from an export, but no file where it was."""
    return QCoreApplication.translate("sentences", "The file is not there; its encodings are from {0}.").format(source)


def words(of: ImageFailure | ImageWarning) -> str:
    """Return the sentence for a failure or a warning."""
    return sentence(of, lambda template: QCoreApplication.translate("sentences", template))


def likeness_word(word: Likeness | None) -> str:
    """Return what it is called how alike pictures are; None: less than any word vouches for."""
    translate = QCoreApplication.translate
    if word is None:
        return translate("likeness", "Farther than lookalike")
    return {
        Likeness.IDENTICAL: translate("likeness", "Identical"),
        Likeness.SAME: translate("likeness", "Same picture"),
        Likeness.EDITED: translate("likeness", "Edited"),
        Likeness.LOOKALIKE: translate("likeness", "Lookalike"),
    }[word]


def likeness_sentence(word: Likeness | None) -> str:
    """Return what the word means."""
    if word is None:
        return QCoreApplication.translate(
            "likeness", "Nothing vouches for pictures so far apart: compare them yourself."
        )
    return QCoreApplication.translate("likeness", SENTENCES[word])


def threshold_words(criterion: Criterion) -> str:
    """Return a method's threshold in words."""
    translate = QCoreApplication.translate
    if not criterion.method.is_hash:
        text = translate("likeness", "{0} from {1}").format(criterion.method.label, _cosine(criterion.threshold))
    elif criterion.threshold == 0:
        text = translate("likeness", "{0} equal").format(criterion.method.label)
    elif criterion.threshold == 1:
        text = translate("likeness", "{0} within 1 bit").format(criterion.method.label)
    else:
        text = translate("likeness", "{0} within {1} bits").format(criterion.method.label, int(criterion.threshold))
    return text


def threshold_number(criterion: Criterion) -> str:
    """Return a method's threshold as its number."""
    is_hash, threshold = criterion.method.is_hash, criterion.threshold
    return f"{criterion.method.label} {int(threshold) if is_hash else _cosine(threshold)}"


def _cosine(similarity: float) -> str:
    """Two digits, and more only where they are needed."""
    return f"{similarity:.2f}" if round(similarity, 2) == similarity else f"{similarity:.4f}".rstrip("0")
