"""Core's sentences and words, in the person's language: failures and warnings, and how alike pictures are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QTime, QTimeZone

from imgenc_gui.core.records.alike import Criterion, Difference
from imgenc_gui.core.records.likeness import SENTENCES, Likeness
from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import ImageFailure, ImageWarning
from imgenc_gui.core.records.sentences import difference_words, plain_sentence, short_reason, trouble_sentence
from imgenc_gui.core.records.troubles import Trouble

_MEGABYTE = 1_000_000


def changed_words() -> str:
    """Return the sentence for a picture whose file isn't the one any more that was encoded."""
    return QCoreApplication.translate("sentences", "The file has changed since it was encoded.")


def gone_words(source: str) -> str:
    """Return the sentence for a picture without its file; ``source``: the export that its encodings are from."""
    if not source:
        return QCoreApplication.translate("sentences", "The file is not there any more; its encodings are kept.")
    return QCoreApplication.translate("sentences", "The file is not there; its encodings are from {0}.").format(source)


def words(of: ImageFailure | ImageWarning) -> str:
    """Return the sentence for a failure or a warning."""
    return plain_sentence(of, lambda template: QCoreApplication.translate("sentences", template))


def short_words(of: ImageFailure) -> str:
    """Return the few words for a failure that a row has room for."""
    return short_reason(of, lambda template: QCoreApplication.translate("sentences", template))


def trouble_words(of: Trouble) -> str:
    """Return the sentence for what is wrong with the library."""
    return trouble_sentence(of, lambda template: QCoreApplication.translate("sentences", template))


def size_words(size: int) -> str:
    """A file's bytes as people say them: "234 kB", "1.3 MB"."""
    digits = 0 if size < _MEGABYTE else 1
    return QLocale().formattedDataSize(size, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def sides_words(width: int, height: int) -> str:
    """How large a picture is, in pixels: "4000 × 3000"."""  # noqa: RUF002
    return f"{width} × {height}"  # noqa: RUF001


def time_words(mtime_ns: int) -> str:
    """When a file was changed, by the clock here."""
    return _moment(QDateTime.fromSecsSinceEpoch(mtime_ns // 10**9))


def taken_words(taken: datetime) -> str:
    """When a picture was taken, by the camera's clock."""
    year, month, day, *time = taken.timetuple()[:6]
    return _moment(QDateTime(QDate(year, month, day), QTime(*time), QTimeZone.utc()))  # the clock here may leap an hour


def _moment(when: QDateTime) -> str:
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def differing_words(differences: Iterable[Difference]) -> str:
    """What is different about a picture, in few words: "900 × 675, PNG, 2 years newer"."""  # noqa: RUF002
    translate = QCoreApplication.translate
    return ", ".join(difference_words(one, lambda template: translate("sentences", template)) for one in differences)


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


def unmeasured_words(methods: Iterable[Method]) -> str:
    """Say that a threshold of these methods is only a beginning."""
    text = QCoreApplication.translate(
        "likeness", "How far apart copies are by {0} hasn't been measured: look at some pairs, then move the slider."
    )
    return text.format(", ".join(method.label for method in methods))


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


def distance_words(method: Method, value: float) -> str:
    """Return how far apart two pictures are by one method."""
    translate = QCoreApplication.translate
    if not method.is_hash:
        text = translate("likeness", "similarity {0}").format(QLocale().toString(value, "f", 3))
    elif value == 1:
        text = translate("likeness", "1 bit differs")
    elif not value:
        text = translate("likeness", "no bit differs")
    else:
        text = translate("likeness", "{0} bits differ").format(round(value))
    return text


def _cosine(similarity: float) -> str:
    """Two digits, and more only where they are needed."""
    digits = next(digits for digits in (2, 3, 4) if digits == 4 or round(similarity, digits) == similarity)  # noqa: PLR2004
    return QLocale().toString(similarity, "f", digits)
