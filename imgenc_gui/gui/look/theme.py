"""How imgenc looks: light and dark palettes, one accent colour, one grid, one set of icons.

Use::

    apply_theme(app, settings.theme)     # "system", "light" or "dark"; call again whenever the setting changes
    set_icon(action_or_button, "export") # follows the theme from then on
    icon("export")                       # a QIcon for now; not updated by itself when the theme changes
    IconLabel("warning", 24, tone="warning")       # a widget that paints an icon, always in today's colours
    set_primary(button, "export")        # the one main button, white on the accent colour, following the theme
    muted(label)                         # a label in the quieter text colour, following the theme
    layout.setSpacing(SPACE)             # SPACE = 8 px; HALF = 4; WIDE = 16; BROAD = 24
    fixed_font()                         # for hashes
    letters(widget, 40)                  # the width of 40 letters; fit_height(widget) for wrapped sentences
    tone("failure")                      # QColor: "accent", "muted", "warning", "failure", "good"
    icon_names(), app_icon()

Style sheets are avoided, so that every widget, native or ours, follows the palette alone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol, cast

from PySide6.QtCore import QByteArray, QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from imgenc_gui.core.resources import resource

if TYPE_CHECKING:
    from collections.abc import Callable

SPACE = 8
HALF = SPACE // 2
WIDE = 2 * SPACE
BROAD = 3 * SPACE
ICON = 20  # the side of icons in buttons and menus, in logical pixels

Tone = Literal["accent", "muted", "warning", "failure", "good"]

_ICON_PROPERTY = "imgenc_icon"
_PRIMARY_PROPERTY = "imgenc_primary"
_ON_ACCENT = QPalette.ColorRole.HighlightedText
_ICON_SIZES = (16, 20, 24, 32, 48)

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


class _TakesIcon(Protocol):
    def setIcon(self, icon: QIcon, /) -> None: ...
    def setProperty(self, name: str, value: object, /) -> bool: ...

    def property(self, name: str, /) -> object: ...


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
        for top in self.app.topLevelWidgets():
            for target in (top, *top.findChildren(QObject)):
                name = target.property(_ICON_PROPERTY)
                if name:
                    primary = bool(target.property(_PRIMARY_PROPERTY))
                    cast("_TakesIcon", target).setIcon(icon(name, on_accent=primary))


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
    """Return today's colour for "accent", "muted" (quieter text), "warning", "failure" or "good"."""
    return QColor(_TONES[name][int(is_dark())])


def fixed_font(point_size: float | None = None) -> QFont:
    """Return the system's fixed-width font, in the size of the application's font unless another is asked for."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    size = point_size or QApplication.font().pointSizeF()
    if size > 0:
        font.setPointSizeF(size)
    return font


def heading_font(widget: QWidget) -> QFont:
    """Return the widget's font, a little larger and semi-bold, for titles."""
    font = QFont(widget.font())
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * 1.2)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def letters(widget: QWidget, count: int) -> int:
    """Return the width of a line of ``count`` letters in the widget's font: for sizes that follow the font's."""
    return count * widget.fontMetrics().averageCharWidth()


def fit_height(widget: QWidget) -> None:
    """Make a widget at least as high as its wrapped sentences need at today's width; call it in resizeEvent.

    Layouts tell their parents only the height at the width they would like best.
    """
    layout = widget.layout()
    if layout is None:
        return
    layout.activate()
    needed = layout.totalHeightForWidth(widget.width()) if layout.hasHeightForWidth() else 0
    if needed != widget.minimumHeight():
        widget.setMinimumHeight(max(0, needed))


def icon_names() -> list[str]:
    """Return the names of all icons, without ".svg"."""
    return sorted(path.stem for path in resource("icons").glob("*.svg"))


@cache
def _svg(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def paint_icon(painter: QPainter, name: str, area: QRectF, colour: QColor) -> None:
    """Draw an icon into a square area in one colour. An unknown name raises FileNotFoundError."""
    svg = _svg(name).replace("currentColor", colour.name())
    QSvgRenderer(QByteArray(svg.encode())).render(painter, area)


def _pixmap(name: str, side: int, colour: QColor) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, QRectF(0, 0, side, side), colour)
    painter.end()
    return pixmap


@cache
def _icon(name: str, colour: str, grey: str, scales: tuple[float, ...]) -> QIcon:
    made = QIcon()
    for side in sorted({round(size * scale) for size in _ICON_SIZES for scale in scales}):
        made.addPixmap(_pixmap(name, side, QColor(colour)), QIcon.Mode.Normal)
        made.addPixmap(_pixmap(name, side, QColor(grey)), QIcon.Mode.Disabled)
    return made


def icon(name: str, *, on_accent: bool = False) -> QIcon:
    """Return an icon in the palette's text colour, drawn anew for each size, so that it is crisp at every scale.

    It keeps the colours it was made in: ``set_icon`` gives one that follows the theme. ``on_accent``: for lying on the
    accent colour.
    """
    palette = QGuiApplication.palette()
    role = QPalette.ColorRole.ButtonText
    return _icon(
        name,
        palette.color(_ON_ACCENT if on_accent else role).name(),
        palette.color(QPalette.ColorGroup.Disabled, role).name(),
        tuple(sorted({1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())})),
    )


def set_icon(target: _TakesIcon, name: str) -> None:
    """Give an action, button, tab or window an icon that is drawn anew when the theme changes.

    ``target`` is any QObject with setIcon, somewhere below a top-level widget.
    """
    target.setProperty(_ICON_PROPERTY, name)
    target.setIcon(icon(name, on_accent=bool(target.property(_PRIMARY_PROPERTY))))


def icon_of(target: QObject) -> str:
    """Return the name of the icon that ``set_icon`` gave; empty for none."""
    return str(target.property(_ICON_PROPERTY) or "")


class _PaletteKeeper(QObject):
    """Gives a widget its palette, made anew at each change of theme."""

    def __init__(self, widget: QWidget, make: Callable[[], QPalette]) -> None:
        super().__init__(widget)
        self._widget = widget
        self.make = make
        widget.installEventFilter(self)
        self.apply()

    def apply(self) -> None:
        palette = self.make()
        if self._widget.palette() != palette:
            self._widget.setPalette(palette)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self.apply()
        return super().eventFilter(watched, event)


def _keep_palette(widget: QWidget, make: Callable[[], QPalette]) -> None:
    for keeper in widget.findChildren(_PaletteKeeper, options=Qt.FindChildOption.FindDirectChildrenOnly):
        keeper.make = make
        keeper.apply()
        return
    _PaletteKeeper(widget, make)


def _primary_palette(button: QPushButton) -> QPalette:
    application = QGuiApplication.palette()
    palette = QPalette(QApplication.palette(button))
    # Fusion lightens a button's colour; from this one it stays dark enough for white letters.
    accent = application.color(QPalette.ColorRole.Highlight).darker(160)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):  # disabled, it is like any other
        palette.setColor(group, QPalette.ColorRole.Button, accent)
        palette.setColor(group, QPalette.ColorRole.Window, accent)
        palette.setColor(group, QPalette.ColorRole.ButtonText, application.color(_ON_ACCENT))
    return palette


def _toned_palette(name: Tone) -> QPalette:
    palette = QPalette(QGuiApplication.palette())
    palette.setColor(QPalette.ColorRole.WindowText, tone(name))
    return palette


def set_primary(button: QPushButton, icon_name: str | None = None) -> None:
    """Make a button the main one of its window or dialog: white on the accent colour, through changes of theme."""
    button.setProperty(_PRIMARY_PROPERTY, True)
    if icon_name is not None:
        set_icon(button, icon_name)
    _keep_palette(button, lambda: _primary_palette(button))


def app_icon() -> QIcon:
    """Return imgenc's own icon in all usual sizes."""
    made = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_pixmap("imgenc", side, QColor()))
    return made


class IconLabel(QWidget):
    """An icon of a fixed size, drawn in today's colours each time. ``tone`` None means the text colour."""

    def __init__(self, name: str, side: int, tone: Tone | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._tone = tone
        self.setFixedSize(QSize(side, side))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_icon_name(self, name: str, tone: Tone | None = None) -> None:
        """Show another icon."""
        self._name = name
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        del event
        painter = QPainter(self)
        colour = tone(self._tone) if self._tone else self.palette().color(QPalette.ColorRole.WindowText)
        paint_icon(painter, self._name, QRectF(self.rect()), colour)
        painter.end()


def set_tone(label: QLabel, name: Tone) -> None:
    """Show a label's text in a tone, through changes of theme."""
    _keep_palette(label, lambda: _toned_palette(name))


def muted(label: QLabel) -> QLabel:
    """Make a label quieter (secondary text) and return it."""
    set_tone(label, "muted")
    return label
