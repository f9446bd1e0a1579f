"""What keys do with the buttons of a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from PySide6.QtWidgets import QDialogButtonBox, QLayout, QPushButton, QWidget


def settle(buttons: QDialogButtonBox, default: QPushButton, after: Sequence[QWidget] = ()) -> None:
    """Have Enter press ``default`` and Tab go through the buttons as they stand, ``after`` these.

    Only once they lie in their dialog: it knows of no default that was chosen before, and takes the first button's.
    """
    tab_as_seen(buttons, after)
    default.setDefault(True)


def tab_as_seen(buttons: QDialogButtonBox, after: Sequence[QWidget] = ()) -> None:
    """Have Tab go through the buttons as they stand, ``after`` these; Qt's way is as they were made."""
    layout = cast("QLayout", buttons.layout())
    for one, next_one in pairwise([*after, *sorted(buttons.buttons(), key=layout.indexOf)]):
        QWidget.setTabOrder(one, next_one)
