"""How imgenc looks: light and dark palettes with one accent colour, and tones for words and marks.

Style sheets are avoided, so that every widget, native or ours, follows the palette alone.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from imgenc_gui.gui.look.following import announce, follow

Tone = Literal["accent", "muted", "warning", "failure", "good"]

# One row per role: light, dark. Contrast of all texts is at least 4.5 : 1 on the backgrounds they appear on.
_ROLES: dict[QPalette.ColorRole, tuple[str, str]] = {
    QPalette.ColorRole.Window: ("#f3f3f4", "#222326"),
    QPalette.ColorRole.WindowText: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.Base: ("#ffffff", "#1a1b1d"),
    QPalette.ColorRole.AlternateBase: ("#f8f8f9", "#1f2023"),
    QPalette.ColorRole.Text: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.Button: ("#f9f9fa", "#303236"),
    QPalette.ColorRole.ButtonText: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.BrightText: ("#ffffff", "#ffffff"),
    QPalette.ColorRole.PlaceholderText: ("#666b74", "#9a9fa8"),
    QPalette.ColorRole.ToolTipBase: ("#ffffff", "#303236"),
    QPalette.ColorRole.ToolTipText: ("#1e2024", "#e7e8ea"),
    QPalette.ColorRole.Light: ("#ffffff", "#3a3c41"),
    QPalette.ColorRole.Midlight: ("#e9e9eb", "#34363a"),
    QPalette.ColorRole.Mid: ("#d0d1d5", "#43464c"),
    QPalette.ColorRole.Dark: ("#a4a7ae", "#121315"),
    QPalette.ColorRole.Shadow: ("#6c7077", "#000000"),
    QPalette.ColorRole.Highlight: ("#2460b4", "#2f68b8"),
    QPalette.ColorRole.HighlightedText: ("#ffffff", "#ffffff"),
    QPalette.ColorRole.Accent: ("#2460b4", "#6aa3f5"),
    QPalette.ColorRole.Link: ("#2460b4", "#6aa3f5"),
    QPalette.ColorRole.LinkVisited: ("#2460b4", "#6aa3f5"),
}
# Fusion draws the outline of a control in its Window colour made darker, which is lost on a dark window. These controls
# don't fill their background, so a Window colour of their own gives them an outline that can be seen.
_OUTLINED = ("QCheckBox", "QRadioButton", "QLineEdit", "QAbstractSpinBox", "QComboBox", "QPushButton", "QPlainTextEdit")
_OUTLINE = ("#c2c4c9", "#a6aab2")
_DISABLED_TEXT = ("#8e929a", "#777b83")
_TONES: dict[Tone, tuple[str, str]] = {
    "accent": ("#2460b4", "#6aa3f5"),
    "muted": ("#5f646d", "#a0a5ae"),
    "warning": ("#8f5a00", "#e9b44c"),
    "failure": ("#b3261e", "#f28b82"),
    "good": ("#1c7043", "#6cc48f"),
}


def _palette(*, dark: bool) -> QPalette:
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


class _Themer(QObject):
    """Keeps the application in the theme chosen, following the system's changes while that is "system"."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("imgenc_themer")
        self.app = app
        self.theme = "system"
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self.refresh)

    def set_theme(self, theme: str) -> None:
        self.theme = theme
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        # The system's own parts (title bar, file dialogs) follow too, where the platform can.
        self.app.styleHints().setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
        self.refresh()

    def refresh(self) -> None:
        dark = self.theme == "dark"
        if self.theme == "system":
            dark = self.app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        palette = _palette(dark=dark)
        if palette == self.app.palette():
            return
        self.app.setPalette(palette)
        outlined = QPalette(palette)
        outlined.setColor(QPalette.ColorRole.Window, QColor(_OUTLINE[int(dark)]))
        for name in _OUTLINED:
            self.app.setPalette(outlined, name)  # type: ignore[arg-type]  # the stub says bytes, PySide takes str too
        announce()


def apply_theme(app: QApplication, theme: str) -> None:
    """Show ``app`` in "system", "light" or "dark"; with "system" it goes on following the system's own setting.

    Anything else raises ValueError.
    """
    if theme not in ("system", "light", "dark"):
        raise ValueError(theme)
    themer = app.findChild(_Themer, "imgenc_themer") or _Themer(app)
    themer.set_theme(theme)


def is_dark() -> bool:
    """Whether the window is dark now."""
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128  # noqa: PLR2004


def tone(name: Tone) -> QColor:
    """Today's colour for "accent", "muted" (quieter text), "warning", "failure" or "good"."""
    return QColor(_TONES[name][int(is_dark())])


def set_tone(label: QLabel, name: Tone) -> None:
    """Show a label's text in a tone, through changes of theme."""

    def colour(label: QLabel) -> None:
        palette = QPalette(QGuiApplication.palette())
        palette.setColor(QPalette.ColorRole.WindowText, tone(name))
        label.setPalette(palette)

    follow(label, "tone", colour)


def muted(label: QLabel) -> QLabel:
    """Make a label quieter (secondary text) and return it."""
    set_tone(label, "muted")
    return label
