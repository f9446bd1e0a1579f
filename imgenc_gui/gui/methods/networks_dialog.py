"""The networks that a person has added: what there is, how to add one, and taking one away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from imgenc_gui.core.naming import shown
from imgenc_gui.core.networks.added import Added, Unusable
from imgenc_gui.gui.look.dialog_keys import settle, tab_as_seen
from imgenc_gui.gui.look.grid import BROAD, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, without_icons
from imgenc_gui.gui.look.letters import heading, scrolling, size_dialog
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.methods.said import Said


class NetworksDialog(QDialog):
    """Reads and writes nothing: whoever does tells what there is, and does what is asked.

    While something goes on that can be stopped, Cancel and Esc do that and stay; whoever closes it stops that, too.
    """

    file_requested = Signal()
    remove_requested = Signal(object)  # Added or Unusable

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Networks that you add"))
        body = QWidget()
        body.setAccessibleName(self.windowTitle())
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for text in (
            self.tr(
                "A network of your own: an ONNX file (.onnx). How its pictures are prepared is asked, unless a file of "
                "the same name that ends in .json lies beside it and tells."
            ),
            self.tr(
                "MobileNet V3, imagededup's present network: the file mobilenet_v3_small-047dcff4.pth, which PyTorch "
                "keeps in .cache/torch/hub/checkpoints in your home folder once imagededup has been used."
            ),
            self.tr("Imgenc downloads nothing. It keeps a copy of the file, and never compares what two files gave."),
        ):
            label = Label(text)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addSpacing(WIDE)
        column.addWidget(heading(Label(self.tr("Added"))))
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE)
        column.addLayout(self._list)
        column.addStretch(1)
        self._said = Said()
        self._buttons = buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        without_icons(buttons)
        self._close = buttons.button(QDialogButtonBox.StandardButton.Close)
        self._close_words = self._close.text()
        buttons.rejected.connect(self.reject)
        self._add = buttons.addButton(self.tr("&Add a file…"), QDialogButtonBox.ButtonRole.ActionRole)
        self._add.clicked.connect(self.file_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(WIDE)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(self._said)
        layout.addWidget(buttons)
        settle(buttons, self._close)
        self._removing: list[QPushButton] = []
        self._is_busy = False
        self._stop: Callable[[], object] | None = None
        self.show_networks((), ())
        size_dialog(self, 76, 34)

    def show_networks(self, networks: Sequence[Added], unusable: Sequence[Unusable]) -> None:
        """Show what there is, and what is wrong with it."""
        self._removing = []
        while (item := self._list.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.hide()  # until it is deleted
                line.deleteLater()
        for added in networks:
            numbers = self.locale().toString(added.length)
            self._add_line(added, added.label, self.tr("{0}: {1} numbers").format(added.label, numbers))
        for one in unusable:
            text = (
                self.tr("{0} can't be used: {1}. Remove it, or another network.")
                if one.is_too_many
                else self.tr("{0} can't be used: {1}. Remove it, and add its file again.")
            )
            self._add_line(one, one.id, text.format(one.id, shown(one.reason)), warning=True)
        if not self._removing:
            self._list.addWidget(muted(Label(self.tr("None yet."))))
        tab_as_seen(self._buttons, self._removing)

    def tell(
        self, text: str, *, warning: bool = False, busy: bool = False, stop: Callable[[], object] | None = None
    ) -> None:
        """Say what came of it; ``busy``: nothing else can be asked for yet. ``stop``: ends what goes on."""
        self._said.say(text, warning=warning)
        self._is_busy = busy
        self._stop = stop
        self._close.setText(self._close_words if stop is None else self.tr("Cancel"))
        for button in (self._add, *self._removing):
            button.setEnabled(not busy)

    def reject(self) -> None:
        """Cancel or Esc: stop what goes on and stay; otherwise, and when it doesn't end soon, close."""
        if self._stop is None:
            super().reject()
        else:
            self._stop_it()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what goes on, and close."""
        self._stop_it()
        super().closeEvent(event)

    def _stop_it(self) -> None:
        stop, self._stop = self._stop, None
        if stop is not None:
            self._close.setText(self._close_words)
            stop()

    def _add_line(self, network: Added | Unusable, label: str, text: str, *, warning: bool = False) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        words = Label(text)
        words.setWordWrap(True)
        button = QPushButton(self.tr("Remove…"))
        button.setAccessibleName(self.tr("Remove {0}").format(label))
        button.setEnabled(not self._is_busy)
        button.clicked.connect(lambda: self.remove_requested.emit(network))
        self._removing.append(button)
        if warning:
            row.addWidget(IconLabel("warning", ICON, "warning"))
        row.addWidget(words, 1)
        row.addWidget(button)
        self._list.addWidget(line)
