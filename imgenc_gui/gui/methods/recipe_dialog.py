"""How pictures are prepared for a network of a person's own: asked for where no recipe lies beside its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.networks.own_recipe import MOST_PIXELS, Colours, Layout, OwnRecipe, RecipeError
from imgenc_gui.core.records.methods import Resampling
from imgenc_gui.gui.look.dialog_keys import settle
from imgenc_gui.gui.look.grid import BROAD, SPACE, WIDE
from imgenc_gui.gui.look.icons import without_icons
from imgenc_gui.gui.look.letters import scrolling, size_dialog
from imgenc_gui.gui.look.plain import Label
from imgenc_gui.gui.look.theme import muted
from imgenc_gui.gui.methods.said import Said

# What the numbers of a pixel become: divide_by, mean, std.
_SCALES = {
    "0-1": ("255", "0", "1"),
    "-1-1": ("127.5", "1", "1"),
    "imagenet": ("255", "0.485, 0.456, 0.406", "0.229, 0.224, 0.225"),
    "0-255": ("1", "0", "1"),
}
_OF_IMAGENET, _CUT_OUT = 256, 224  # torchvision's sizes
W = TypeVar("W", bound=QWidget)

_BETWEEN = re.compile(r"[,;\s]+")


class RecipeDialog(QDialog):
    """Asks for a recipe; ``recipe`` is the answer once it is accepted.

    ``said``: what is proposed, as ``OwnRecipe.of_json`` takes it. ``outputs``: which outputs the network has.
    """

    def __init__(self, said: Mapping[str, Any], outputs: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("How pictures are prepared"))
        self._said = dict(said)
        self.recipe: OwnRecipe | None = None
        words = Label(
            self.tr(
                "Whoever made the network says what its pictures must look like. What the file itself tells is filled "
                "in; the numbers of a pixel it doesn't tell."
            )
        )
        words.setWordWrap(True)
        self._name = _named(QLineEdit(str(said.get("name", ""))), self.tr("Name"))
        self._width = self._side(said.get("width"), self.tr("Width in pixels"))
        self._height = self._side(said.get("height"), self.tr("Height in pixels"))
        self._shorter = self._side(said.get("shorter_side"), self.tr("Shorter side"), least=0)
        self._shorter.setSpecialValueText(self.tr("Stretched to width and height"))
        self._shorter.setSuffix(self.tr(" pixels, the middle cut out"))
        self._layout = self._choice(Layout, said.get("layout"), self.tr("Order of the numbers"))
        self._colours = self._choice(Colours, said.get("colours"), self.tr("Colours"))
        self._resampling = self._choice(Resampling, said.get("resampling"), self.tr("Resized by"))
        self._output = self._choice(outputs, said.get("output"), self.tr("Output that counts"))
        self._scale = self._scales()
        self._divide_by = self._numbers(said.get("divide_by", 255), self.tr("Divided by"))
        self._mean = self._numbers(said.get("mean", 0), self.tr("Then less"))
        self._std = self._numbers(said.get("std", 1), self.tr("Then divided by"))
        self._scale.activated.connect(self._fill_in)
        for field in self._scaling:
            field.textEdited.connect(self._name_scale)
        self._name_scale()
        self._told = Said()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("&Add"))
        without_icons(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        body = QWidget()
        body.setAccessibleName(self.windowTitle())
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(WIDE)
        column.addWidget(words)
        column.addLayout(self._form())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(WIDE)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(self._told)
        layout.addWidget(buttons)
        settle(buttons, buttons.button(QDialogButtonBox.StandardButton.Ok))
        size_dialog(self, 68)

    def accept(self) -> None:
        """Take the answers, or say what is wrong with one."""
        try:
            self.recipe = OwnRecipe.of_json(self._said | self._answers())
        except RecipeError as error:
            names = {word: f"\u201c{field.accessibleName()}\u201d" for word, field in self._fields.items()}
            text = self.tr("This can't be followed: {0}.").format(error.called(names))
            self._told.say(text, warning=True)
            field = self._fields.get(error.word)
            if field is not None:
                field.setFocus()
            return
        super().accept()

    @property
    def _scaling(self) -> tuple[QLineEdit, QLineEdit, QLineEdit]:
        return self._divide_by, self._mean, self._std

    @property
    def _fields(self) -> dict[str, QWidget]:
        """In their order, by the recipe's words; what names a scale is none of them."""
        return {
            "name": self._name,
            "width": self._width,
            "height": self._height,
            "shorter_side": self._shorter,
            "resampling": self._resampling,
            "colours": self._colours,
            "layout": self._layout,
            "output": self._output,
            "": self._scale,
            "divide_by": self._divide_by,
            "mean": self._mean,
            "std": self._std,
        }

    def _answers(self) -> dict[str, Any]:
        divide_by, mean, std = (_read(field.text()) for field in self._scaling)
        shorter = self._shorter.value()
        return {
            "name": self._name.text().strip(),
            "width": self._width.value(),
            "height": self._height.value(),
            **({"shorter_side": shorter, "resize": None} if shorter else {"shorter_side": None}),
            "layout": self._layout.currentData(),
            "colours": self._colours.currentData(),
            "resampling": self._resampling.currentData(),
            "divide_by": divide_by[0] if len(divide_by) == 1 else divide_by or None,
            "mean": mean or None,
            "std": std or None,
            "output": self._output.currentData(),
        }

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(WIDE)
        form.setVerticalSpacing(SPACE)
        for field in self._fields.values():
            label = Label(field.accessibleName())
            label.setBuddy(field)
            form.addRow(label, field)
        form.addRow(self._sentence(self.tr("One number for all colours, or three, with commas between them.")))
        return form

    def _sentence(self, text: str) -> QLabel:
        label = muted(Label(text))
        label.setWordWrap(True)
        return label

    def _fill_in(self) -> None:
        numbers = _SCALES.get(self._scale.currentData())
        if numbers is not None:
            for field, text in zip(self._scaling, numbers, strict=True):
                field.setText(text)
        if self._scale.currentData() == "imagenet" and not self._shorter.value():  # as nearly all of these want it
            self._shorter.setValue(_OF_IMAGENET * max(self._width.value(), self._height.value()) // _CUT_OUT)
            self._resampling.setCurrentIndex(self._resampling.findData(Resampling.BILINEAR.value))

    def _scales(self) -> QComboBox:
        box = _named(QComboBox(), self.tr("Numbers of a pixel"))
        for text, key in (
            (self.tr("0 to 1"), "0-1"),
            (self.tr("-1 to 1"), "-1-1"),
            (self.tr("As for ImageNet"), "imagenet"),
            (self.tr("0 to 255, as they are"), "0-255"),
            (self.tr("Other"), ""),
        ):
            box.addItem(text, key)
        return box

    def _name_scale(self) -> None:
        there = [_read(field.text()) for field in self._scaling]
        keys = (key for key, texts in _SCALES.items() if [_read(text) for text in texts] == there)
        self._scale.setCurrentIndex(self._scale.findData(next(keys, "")))

    def _numbers(self, value: object, name: str) -> QLineEdit:
        numbers = value if isinstance(value, list) else [value]
        return _named(QLineEdit(", ".join(f"{number:g}" for number in numbers)), name)

    def _side(self, value: object, name: str, least: int = 1) -> QSpinBox:
        box = _named(QSpinBox(), name)
        box.setRange(least, MOST_PIXELS)
        box.setValue(value if isinstance(value, int) else 0)
        return box

    def _choice(self, words: Iterable[str], chosen: object, name: str) -> QComboBox:
        box = _named(QComboBox(), name)
        plain = {
            Layout.NCHW: self.tr("Colour by colour (NCHW)"),
            Layout.NHWC: self.tr("Pixel by pixel (NHWC)"),
            Colours.GREY: self.tr("Grey"),
            Resampling.LANCZOS: self.tr("Lanczos"),
            Resampling.BICUBIC: self.tr("Bicubic"),
            Resampling.BILINEAR: self.tr("Bilinear"),
            Resampling.NEAREST: self.tr("Nearest pixel"),
        }
        for word in words:
            ours = plain.get(word) if isinstance(word, StrEnum) else None  # not what a network calls its outputs
            box.addItem(ours or str(word), str(word))
        box.setCurrentIndex(max(0, box.findData(str(chosen))))
        return box


def _named(widget: W, name: str) -> W:
    widget.setAccessibleName(name)
    return widget


def _read(text: str) -> list[Any]:
    """The numbers in a field; what is none stays a text, which a recipe can't be followed with."""
    found: list[Any] = []
    for part in filter(None, _BETWEEN.split(text.strip())):
        try:
            found.append(float(part))
        except ValueError:
            found.append(part)
    return found
