"""The icons: drawn anew in each size and in today's colours, so that they are crisp and follow the theme."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QMenu, QMessageBox, QPushButton, QWidget

from imgenc_gui.core.resources import resource
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.theme import Tone, tone

_ICON_PROPERTY = "imgenc_icon"
_PRIMARY_PROPERTY = "imgenc_primary"
_ON_ACCENT = QPalette.ColorRole.HighlightedText


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


def icon_pixmap(name: str, side: int, colour: QColor, ratio: float) -> QPixmap:
    """An icon in one colour, for whoever paints it often. ``side``: in logical pixels."""
    return _kept_pixmap(name, side, colour.rgba(), ratio)


@cache
def _kept_pixmap(name: str, side: int, colour: int, ratio: float) -> QPixmap:
    pixmap = _pixmap(name, round(side * ratio), QColor.fromRgba(colour))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _pixmap(name: str, side: int, colour: QColor) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, QRectF(0, 0, side, side), colour)
    painter.end()
    return pixmap


class _Engine(QIconEngine):
    """Draws an icon in the sizes that it is asked for: all in advance would take a fifth of the program's start."""

    def __init__(self, name: str, colours: Mapping[QIcon.Mode, str]) -> None:
        super().__init__()
        self._name = name
        self._colours = colours
        self._clones: list[QIconEngine] = []

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:  # noqa: ARG002 - Qt's
        return _drawn(self._name, min(size.width(), size.height()), self._colour(mode))

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:  # noqa: ARG002 - Qt's
        side = min(rect.width(), rect.height())
        area = QRectF(0, 0, side, side)
        area.moveCenter(QRectF(rect).center())
        paint_icon(painter, self._name, area, QColor(self._colour(mode)))

    def clone(self) -> QIconEngine:
        self._clones.append(_Engine(self._name, self._colours))  # Qt takes it, but Python would let go of it
        return self._clones[-1]

    def _colour(self, mode: QIcon.Mode) -> str:
        return self._colours.get(mode, self._colours[QIcon.Mode.Normal])


@cache
def _drawn(name: str, side: int, colour: str) -> QPixmap:
    return _pixmap(name, side, QColor(colour))


@cache
def _icon(name: str, colours: tuple[tuple[QIcon.Mode, str], ...]) -> QIcon:
    return QIcon(_Engine(name, dict(colours)))


def icon(name: str, *, on_accent: bool = False, in_menus: bool = False) -> QIcon:
    """Return an icon in the palette's text colour, drawn anew for each size, so that it is crisp at every scale.

    It keeps the colours it was made in: ``set_icon`` gives one that follows the theme. ``on_accent``: for lying on the
    accent colour. ``in_menus``: in the row that is chosen it lies on the accent colour, too.
    """
    palette = QGuiApplication.palette()
    text, white = palette.color(QPalette.ColorRole.ButtonText).name(), palette.color(_ON_ACCENT).name()
    colours = {
        QIcon.Mode.Normal: white if on_accent else text,
        QIcon.Mode.Disabled: palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name(),
    }
    if in_menus:
        colours[QIcon.Mode.Active] = white
    return _icon(name, tuple(colours.items()))


def set_icon(target: Any, name: str) -> None:
    """Give an action, button, tab or window (any QObject with setIcon) an icon that follows the theme; "" for none."""

    def draw(target: Any) -> None:
        on_accent, in_menus = bool(target.property(_PRIMARY_PROPERTY)), isinstance(target, QAction | QMenu)
        target.setIcon(icon(name, on_accent=on_accent, in_menus=in_menus) if name else QIcon())

    target.setProperty(_ICON_PROPERTY, name)
    follow(target, "icon", draw)


def without_icons(buttons: QDialogButtonBox | QMessageBox) -> None:
    """Leave words alone on a dialog's buttons: Qt's own pictures for them can't be seen in the dark."""
    for button in buttons.buttons():
        if not icon_of(button):
            button.setIcon(QIcon())


def icon_of(target: QObject) -> str:
    """Return the name of the icon that ``set_icon`` gave; empty for none."""
    return str(target.property(_ICON_PROPERTY) or "")


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


def set_primary(button: QPushButton, icon_name: str | None = None) -> None:
    """Make a button the main one of its window or dialog: white on the accent colour, through changes of theme."""
    button.setProperty(_PRIMARY_PROPERTY, True)
    if icon_name is not None:
        set_icon(button, icon_name)
    follow(button, "palette", lambda button: button.setPalette(_primary_palette(button)))


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
        painter.drawPixmap(0, 0, icon_pixmap(self._name, self.width(), colour, self.devicePixelRatioF()))
        painter.end()
