"""How imgenc looks: light and dark palettes with one accent colour, and tones for words and marks.

Style sheets are avoided, so that every widget, native or ours, follows the palette alone.
"""

from __future__ import annotations

from typing import Literal, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

from imgenc_gui.gui.look.following import follow

L = TypeVar("L", bound=QLabel)
Tone = Literal["accent", "muted", "warning", "failure", "good"]

_MUTED = QPalette.ColorRole.PlaceholderText  # secondary text, too
# One row per role: light, dark. Contrast of all texts is at least 4.5 : 1 on the backgrounds they appear on;
# that of what marks a selection or the keyboard's place, at least 3 : 1.
_ROLES: dict[QPalette.ColorRole, tuple[str, str]] = {
    QPalette.ColorRole.Window: ("#f3f3f4", "#222326"),
    QPalette.ColorRole.WindowText: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.Base: ("#ffffff", "#1a1b1d"),
    QPalette.ColorRole.AlternateBase: ("#f8f8f9", "#1f2023"),
    QPalette.ColorRole.Text: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.Button: ("#f9f9fa", "#303236"),
    QPalette.ColorRole.ButtonText: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.BrightText: ("#ffffff", "#ffffff"),
    _MUTED: ("#5f646d", "#a0a5ae"),
    QPalette.ColorRole.ToolTipBase: ("#ffffff", "#303236"),
    QPalette.ColorRole.ToolTipText: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.Light: ("#ffffff", "#3a3c41"),
    QPalette.ColorRole.Midlight: ("#e9e9eb", "#34363a"),
    QPalette.ColorRole.Mid: ("#d0d1d5", "#43464c"),
    QPalette.ColorRole.Dark: ("#a4a7ae", "#121315"),
    QPalette.ColorRole.Shadow: ("#6c7077", "#000000"),
    QPalette.ColorRole.Highlight: ("#2460b4", "#3670c2"),
    QPalette.ColorRole.HighlightedText: ("#ffffff", "#ffffff"),
    QPalette.ColorRole.Accent: ("#2460b4", "#6aa3f5"),
    QPalette.ColorRole.Link: ("#2460b4", "#6aa3f5"),
    QPalette.ColorRole.LinkVisited: ("#2460b4", "#6aa3f5"),
}
# Fusion draws the outline of a control in its Window colour made darker, which is lost on a dark window. These controls
# don't fill their background, so a Window colour of their own gives them an outline that can be seen.
_OUTLINED = (
    "QCheckBox", "QRadioButton", "QLineEdit", "QAbstractSpinBox", "QComboBox", "QPushButton", "QPlainTextEdit", "QMenu",
)  # fmt: skip
_OUTLINE = ("#c2c4c9", "#a6aab2")
_EDGE = QColor(128, 128, 128, 96)  # of pictures: seen on white and on black
_DISABLED_TEXT = ("#868a92", "#8b8f97")
_TONES: dict[Tone, tuple[str, str]] = {
    "accent": ("#2460b4", "#6aa3f5"),
    "muted": _ROLES[_MUTED],
    "warning": ("#8f5a00", "#e9b44c"),
    "failure": ("#b3261e", "#f28b82"),
    "good": ("#1c7043", "#6cc48f"),
}


def palette_of(*, dark: bool) -> QPalette:
    """Return the palette of one theme."""
    column = int(dark)
    palette = QPalette()
    for role, colours in _ROLES.items():
        palette.setColor(role, QColor(colours[column]))
    grey = QColor(_DISABLED_TEXT[column])
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.PlaceholderText,
        QPalette.ColorRole.Link,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, grey)
    palette.setColor(
        QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(_ROLES[QPalette.ColorRole.Mid][column])
    )
    return palette


def _outline(app: QApplication) -> None:
    outlined = QPalette(app.palette())
    outlined.setColor(QPalette.ColorRole.Window, QColor(_OUTLINE[int(is_dark())]))
    for name in _OUTLINED:
        app.setPalette(outlined, name)  # type: ignore[arg-type]  # the stub says bytes, PySide takes str too


class _Themer(QObject):
    """Keeps the application in the theme chosen, following the system's changes while that is "system"."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("imgenc_themer")
        self.app = app
        self.theme = "system"
        app.setStyle("Fusion")
        follow(app, "outlines", _outline)
        app.styleHints().colorSchemeChanged.connect(self.refresh)

    def set_theme(self, theme: str) -> None:
        self.theme = theme
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        # The system's own parts (title bar, file dialogs) follow too, where the platform can.
        self.app.styleHints().setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
        self.refresh()

    def refresh(self) -> None:
        dark = system_is_dark() if self.theme == "system" else self.theme == "dark"
        palette = palette_of(dark=dark)
        if palette != self.app.palette():
            self.app.setPalette(palette)


def apply_theme(app: QApplication, theme: str) -> None:
    """Show ``app`` in "system", "light" or "dark"; with "system" it goes on following the system's own setting.

    Anything else raises ValueError.
    """
    if theme not in ("system", "light", "dark"):
        raise ValueError(theme)
    themer = app.findChild(_Themer, "imgenc_themer") or _Themer(app)
    themer.set_theme(theme)


def system_is_dark() -> bool:
    """Whether the system asks for dark windows."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def is_dark() -> bool:
    """Whether the window is dark now."""
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128  # noqa: PLR2004


def tone(name: Tone) -> QColor:
    """Today's colour for "accent", "muted" (quieter text), "warning", "failure" or "good"."""
    return QColor(_TONES[name][int(is_dark())])


def edged(picture: QPixmap) -> QPixmap:
    """Draw a hairline within a picture's edge and return it: a white one would end nowhere on white."""
    painter = QPainter(picture)
    painter.setPen(QPen(_EDGE, 1))
    painter.drawRect(picture.rect().adjusted(0, 0, -1, -1))
    painter.end()
    return picture


def muted(label: L) -> L:
    """Make a label quieter (secondary text) and return it.

    The role keeps no colour, so that the label has the palette's of the moment, whoever changes it.
    """
    label.setForegroundRole(_MUTED)
    return label
