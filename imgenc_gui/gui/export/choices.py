"""The export dialog's first page: format, pictures, methods, place, and the first lines of what would be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.extra_columns import MOST_THUMBNAILS
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.files.workbook_xlsx import WORKBOOK
from imgenc_gui.core.naming import meant, shown
from imgenc_gui.core.records.methods import Method
from imgenc_gui.gui.desktop.addresses import address_of, home, path_at
from imgenc_gui.gui.export.snapshot import Scope
from imgenc_gui.gui.look.dialog_keys import tab_as_seen
from imgenc_gui.gui.look.flow import FlowLayout
from imgenc_gui.gui.look.following import follow
from imgenc_gui.gui.look.grid import BROAD, HALF, ICON, SPACE, WIDE
from imgenc_gui.gui.look.icons import IconLabel, set_primary, without_icons
from imgenc_gui.gui.look.letters import heading, lines, scrolling, set_fixed_font
from imgenc_gui.gui.look.plain import Label, Lines
from imgenc_gui.gui.look.theme import muted

_KEYS_USED = "ahosvegt"  # by the other controls of the page
_PREVIEW_LINES = 6  # at least
_LINE = 200  # characters of a line that the preview shows; a CNN vector has some 12,000


def _words(file_format: ExportFormat) -> tuple[str, str]:
    """Return a format's name and a sentence on whom it is for, in the person's language."""
    translate = QCoreApplication.translate
    return translate("export", file_format.label), translate("export", file_format.sentence)


def _with_key(title: str, taken: set[str]) -> str:
    """Mark the first letter that no other control answers to, and take it."""
    for place, letter in enumerate(title.lower()):
        if letter.isalpha() and letter not in taken:
            taken.add(letter)
            return f"{title[:place]}&{title[place:]}"
    return title


class ChoicePage(QWidget):
    """Format, pictures, methods, place, and the first lines of what would be written."""

    export_requested = Signal()
    cancelled = Signal()
    changed = Signal()  # format, pictures or methods
    place_changed = Signal()

    def __init__(self, counts: Mapping[Scope, int], methods: Sequence[Method], groups: int = 0) -> None:
        """``groups``: of pictures that are alike."""
        super().__init__()
        self._counts = counts
        self._formats = QButtonGroup(self)
        self._scopes = QButtonGroup(self)
        self._format_buttons: dict[ExportFormat, QRadioButton] = {}
        self._scope_buttons: dict[Scope, QRadioButton] = {}
        self._boxes: dict[Method, QCheckBox] = {}

        body = QWidget()
        body.setAccessibleName(self.tr("What to export"))
        columns = FlowLayout(2 * BROAD, BROAD, sharing=True, parent=body)
        for part, stretch in ((self._make_formats(), 2), (self._make_contents(methods, groups), 3)):
            policy = part.sizePolicy()
            policy.setHorizontalStretch(stretch)
            part.setSizePolicy(policy)
            columns.addWidget(part)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(BROAD, BROAD, BROAD, WIDE)
        layout.setSpacing(WIDE)
        layout.addWidget(scrolling(body), 1)
        layout.addLayout(self._make_place())
        layout.addWidget(self._make_problem())
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        without_icons(self._buttons)
        self.main_button = self._buttons.addButton(self.tr("&Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        set_primary(self.main_button, "export")
        self._buttons.accepted.connect(self.export_requested)
        self._buttons.rejected.connect(self.cancelled)
        layout.addWidget(self._buttons)
        tab_as_seen(self._buttons)
        self.set_format(FORMATS[0])

    # -- what is chosen ------------------------------------------------------------------------------------------

    def file_format(self) -> ExportFormat:
        """Return the format chosen."""
        return next(name for name, button in self._format_buttons.items() if button.isChecked())

    def set_format(self, file_format: ExportFormat) -> None:
        """Choose a format."""
        self._format_buttons[file_format].setChecked(True)
        self._fit_suffix()
        self._fit_extras()

    def scope(self) -> Scope:
        """Return which rows are chosen."""
        return next(scope for scope, button in self._scope_buttons.items() if button.isChecked())

    def methods(self) -> tuple[Method, ...]:
        """Return the methods chosen, at least one."""
        return tuple(method for method, box in self._boxes.items() if box.isChecked())

    def wants_groups(self) -> bool:
        """Whether the groups are to be columns."""
        return self.file_format() is WORKBOOK and self._groups.isChecked()

    def wants_thumbnails(self) -> bool:
        """Whether there is to be a small picture in each row."""
        box = self._thumbnails
        return self.file_format() is WORKBOOK and box.isEnabled() and box.isChecked()

    def target(self) -> Path:
        """Return the file to write: with the format's suffix, by which other programs know it."""
        path = Path(meant(self._place.text().strip()))
        if path.parts[:1] == ("~",):
            path = home().joinpath(*path.parts[1:])
        if not path.is_absolute():
            path = self._folder / path
        suffix = self.file_format().suffix
        return path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)

    def set_folder(self, folder: Path) -> None:
        """Set the folder of the file that is proposed."""
        self._folder = folder

    def set_stem(self, stem: str) -> None:
        """Propose a file name, without suffix, in the folder set before."""
        self._propose(self._folder / (stem + self.file_format().suffix))

    def can_export(self) -> bool:
        """Whether there is something to export and a name for it."""
        name = meant(self._place.text().strip())
        return bool(name) and Path(name).name not in {"", "..", "."} and self._counts.get(self.scope(), 0) > 0

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_preview(self, text: str) -> None:
        """Show the first lines."""
        shown = (line if len(line) <= _LINE else line[:_LINE] + " …" for line in text.splitlines())
        self._preview.setPlainText("\n".join(shown))

    def show_files(self, files: Sequence[Path]) -> None:
        """Say which files will be written, where their names aren't the one typed."""
        names = [path.name for path in files]
        self.main_button.setEnabled(self.can_export())
        if names and names != [self.target().name]:
            self._files.setText(self.tr("Writes {names}").format(names=", ".join(map(shown, names))))
        else:
            self._files.setText("")

    def show_problem(self, text: str) -> None:
        """Say what went wrong; "" hides it."""
        self._problem_text.setText(text)
        self._problem.setVisible(bool(text))
        if text:
            self._place.setFocus()

    # -- parts ---------------------------------------------------------------------------------------------------

    def _make_formats(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(HALF)
        column.addWidget(heading(Label(self.tr("Format"))))
        taken = set(_KEYS_USED)
        for file_format in (one for one in FORMATS if one.offered):
            self._add_format(column, file_format, taken)
        column.addStretch(1)
        return part

    def _make_contents(self, methods: Sequence[Method], groups: int) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(heading(Label(self.tr("Pictures"))))
        column.addLayout(self._make_scopes())
        column.addSpacing(SPACE)
        column.addWidget(heading(Label(self.tr("Methods"))))
        column.addLayout(self._make_methods(methods))
        column.addSpacing(SPACE)
        column.addWidget(self._make_extras(groups))
        self._preview = Lines(self.tr("First lines"), wraps=False)
        set_fixed_font(self._preview)
        follow(self._preview, "height", lambda preview: preview.setMinimumHeight(lines(preview, _PREVIEW_LINES)))
        self._preview.setPlaceholderText(self.tr("There is nothing to preview."))
        caption = heading(Label(self.tr("First lines")))
        caption.setBuddy(self._preview)
        column.addWidget(caption)
        column.addWidget(self._preview, 1)
        return part

    def _add_format(self, layout: QVBoxLayout, file_format: ExportFormat, taken: set[str]) -> None:
        title, sentence = _words(file_format)
        button = QRadioButton(_with_key(title, taken))
        button.setAccessibleName(title)
        button.setAccessibleDescription(sentence)
        button.setObjectName(f"format_{file_format.id}")
        button.clicked.connect(self._on_format)
        words = muted(Label(sentence))
        words.setWordWrap(True)
        option = QStyleOptionButton()
        option.initFrom(button)
        indent = button.style().pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth, option, button)
        indent += button.style().pixelMetric(QStyle.PixelMetric.PM_RadioButtonLabelSpacing, option, button)
        words.setContentsMargins(indent, 0, 0, 0)
        self._formats.addButton(button)
        self._format_buttons[file_format] = button
        layout.addSpacing(HALF)
        layout.addWidget(button)
        layout.addWidget(words)

    def _make_scopes(self) -> FlowLayout:
        row = FlowLayout(WIDE, HALF)
        words = {
            Scope.ALL: self.tr("&All ({count})"),
            Scope.SELECTED: self.tr("&Selected ({count})"),
            Scope.SHOWN: self.tr("S&hown ({count})"),
        }
        for scope, text in words.items():
            count = self._counts.get(scope, 0)
            button = QRadioButton(text.format(count=QLocale().toString(count)))
            button.setAccessibleName(button.text().replace("&", ""))
            button.setObjectName(f"scope_{scope.value}")
            button.setEnabled(count > 0)
            button.clicked.connect(self._on_scope)
            self._scopes.addButton(button)
            self._scope_buttons[scope] = button
            row.addWidget(button)
        self._scope_buttons[Scope.ALL].setChecked(True)
        return row

    def _make_methods(self, methods: Sequence[Method]) -> FlowLayout:
        row = FlowLayout(WIDE, HALF)
        for method in methods:
            box = QCheckBox(method.label)
            box.setAccessibleName(method.label)
            box.setObjectName(f"method_{method.id}")
            box.setChecked(True)
            box.setEnabled(len(methods) > 1)
            box.clicked.connect(lambda _checked, box=box: self._on_method(box))
            self._boxes[method] = box
            row.addWidget(box)
        return row

    def _make_extras(self, groups: int) -> QWidget:
        """What a workbook alone can have besides."""
        self._extras = QWidget()
        column = QVBoxLayout(self._extras)
        column.setContentsMargins(0, 0, 0, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(heading(Label(self.tr("More columns"))))
        row = FlowLayout(WIDE, HALF)
        many = self.tr("&Groups of copies ({0})").format(QLocale().toString(groups))
        self._groups = QCheckBox(many if groups else self.tr("&Groups of copies"))
        self._groups.setChecked(groups > 0)
        self._groups.setEnabled(groups > 0)
        tip = self.tr("Which pictures are alike, which is the best of them, and how far they are from it, as in Copies")
        self._groups.setToolTip(tip if groups else self.tr("No pictures are alike, as far as was compared."))
        self._thumbnails = QCheckBox(self.tr("&Thumbnails"))
        for box, name in ((self._groups, "extra_groups"), (self._thumbnails, "extra_thumbnails")):
            box.setAccessibleName(box.text().replace("&", ""))
            box.setObjectName(name)
            box.clicked.connect(self.changed)
            row.addWidget(box)
        column.addLayout(row)
        return self._extras

    def _fit_extras(self) -> None:
        """Offer what the format can have, and thumbnails of as many pictures as one file should hold."""
        self._extras.setVisible(self.file_format() is WORKBOOK)
        fits = self._counts.get(self.scope(), 0) <= MOST_THUMBNAILS
        self._thumbnails.setEnabled(fits)
        most = QLocale().toString(MOST_THUMBNAILS)
        self._thumbnails.setToolTip(
            self.tr("A small picture in each row: the file grows, and writing it takes longer")
            if fits
            else self.tr("Only for up to {0} pictures: export a selection.").format(most)
        )

    def _make_place(self) -> QVBoxLayout:
        self._folder = home()
        self._place = QLineEdit()
        self._place.setAccessibleName(self.tr("Save as"))
        self._place.textChanged.connect(self.place_changed)
        label = Label(self.tr("Sa&ve as"))
        label.setBuddy(self._place)
        choose = QPushButton(self.tr("Ch&oose…"))
        choose.setAccessibleName(self.tr("Choose where to save"))
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self._place, 1)
        row.addWidget(choose)
        self._files = muted(Label())
        self._files.setWordWrap(True)
        place = QVBoxLayout()
        place.setSpacing(HALF)
        place.addLayout(row)
        place.addWidget(self._files)
        return place

    def _make_problem(self) -> QWidget:
        self._problem = QWidget()
        row = QHBoxLayout(self._problem)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(IconLabel("failure", ICON, "failure"), 0, Qt.AlignmentFlag.AlignTop)
        self._problem_text = Label()
        self._problem_text.setWordWrap(True)
        self._problem_text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self._problem_text, 1)
        self._problem.hide()
        return self._problem

    def _on_scope(self) -> None:
        self._fit_extras()
        self.changed.emit()

    def _on_format(self) -> None:
        self._fit_suffix()
        self._fit_extras()
        self.changed.emit()

    def _fit_suffix(self) -> None:
        """Give the name typed the format's suffix in place of another format's."""
        text = self._place.text().strip()
        known = {file_format.suffix for file_format in FORMATS}
        path = Path(meant(text))
        if text and path.suffix.lower() in known and path.suffix != self.file_format().suffix:
            self._propose(path.with_suffix(self.file_format().suffix))

    def _on_method(self, box: QCheckBox) -> None:
        if not self.methods():
            box.setChecked(True)
            return
        self.changed.emit()

    def _choose(self) -> None:
        title, _ = _words(self.file_format())
        chosen, _ = QFileDialog.getSaveFileUrl(
            self,
            self.tr("Save as"),
            address_of(self.target()),
            f"{title} (*{self.file_format().suffix})",
            options=QFileDialog.Option.DontConfirmOverwrite,  # asked once, at Export, for all files
            supportedSchemes=["file"],
        )
        if path := path_at(chosen):
            self._propose(Path(path))

    def _propose(self, path: Path) -> None:
        """Put a path in as it is shown; target() knows which is meant."""
        self._place.setText(shown(str(path)))
