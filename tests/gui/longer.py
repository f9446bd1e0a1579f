"""A language whose texts are 40 % longer than English, as German's and Finnish's are."""

from PySide6.QtCore import QTranslator

SHARE = 0.4
MARK = "ø"  # as wide as letters are on average
_WORD = 7


class Longer(QTranslator):
    """Lengthens every text that asks to be translated; keys' names apart, which Qt reads back."""

    def translate(self, context, text, *_):
        if not text or context == "QShortcut":
            return text
        more = MARK * max(1, round(SHARE * len(text)))
        words = " ".join(more[start : start + _WORD] for start in range(0, len(more), _WORD))
        body = text.removesuffix("…")
        return f"{body}{' ' if ' ' in body else ''}{words}{text[len(body) :]}"

    def isEmpty(self):  # noqa: N802 - Qt's name
        return False
