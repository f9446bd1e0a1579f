"""What the pages of Help are like: something to read that scrolls, and a button to close it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from imgenc_gui.gui.look.grid import WIDE
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import filling, size_dialog


def fill_page(dialog: QDialog, body: QWidget, name: str, *, width: int, height: int) -> None:
    """Lay ``body`` out in a dialog ``width`` letters wide and ``height`` lines high; ``name``: of what scrolls."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    without_icons(buttons)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(0, 0, WIDE, WIDE)
    layout.setSpacing(WIDE)
    layout.addWidget(filling(body, name), 1)
    layout.addWidget(buttons)
    size_dialog(dialog, width, height)
