"""What is remembered between runs: each setting declared once, with its key, default and type.

A setting is written as soon as it is set. A value that can't be understood (an older version's, a damaged file's) reads
as the default; nothing is ever raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar, overload

from PySide6.QtCore import QByteArray, QObject, QSettings, QUrl, Signal

from imgenc_gui.core import private, processors
from imgenc_gui.core.comparing.strictness import STEPS, USUAL_STEP
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.listing import Origin
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.unkept import UNKEPT
from imgenc_gui.gui.desktop.addresses import path_at

T = TypeVar("T")

THEMES = ("system", "light", "dark")
MAX_RECENT = 8
MAX_THREADS = processors.MOST
_EXPORT = "export "  # no folder's absolute path begins so
MAX_COLUMN_WIDTH = 10_000
MAX_LEFT = 2000  # folders and files: an ini file is read and written as a whole
_KINDS = {"tree": (True, True), "folder": (True, False), "file": (False, False)}  # a place's word, and what it says


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """How one column of the table stands: in its place among the others, with a width in pixels."""

    id: str
    width: int
    hidden: bool
    order: str  # a member's name of Qt.SortOrder while the table is sorted by it, else ""

    def as_text(self) -> str:
        """Return what is stored."""
        return f"{self.id} {self.width} {'hidden' if self.hidden else 'shown'} {self.order}".rstrip()

    @classmethod
    def from_text(cls, text: str) -> ColumnLayout:
        """Read what is stored. ValueError when it can't be understood."""
        name, width, shown, *order = text.split()
        if shown not in ("hidden", "shown") or order not in ([], ["AscendingOrder"], ["DescendingOrder"]):
            raise ValueError(text)
        if not 1 <= int(width) <= MAX_COLUMN_WIDTH:
            raise ValueError(text)
        return cls(name, int(width), shown == "hidden", order[0] if order else "")


@dataclass(frozen=True, slots=True)
class Recent:
    """A folder, or an export, that was opened."""

    path: str
    is_export: bool = False

    def as_text(self) -> str:
        """Return what is stored: a folder as itself, and so in the files of imgenc's before this one."""
        return f"{_EXPORT if self.is_export else ''}{_as_text(self.path)}"

    @classmethod
    def from_text(cls, text: str) -> Recent:
        """Read what is stored. ValueError when it can't be understood."""
        return cls(_from_text(text.removeprefix(_EXPORT)), text.startswith(_EXPORT))


class Setting(Generic[T]):
    """One setting: a typed attribute of Settings. ``read`` turns what is stored into T or raises ValueError."""

    def __init__(self, key: str, default: T, read: Callable[[object], T], write: Callable[[T], object]) -> None:
        self.key = key
        self.default = default
        self.read = read
        self.write = write
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, instance: Settings, owner: type) -> T: ...
    def __get__(self, instance: Settings | None, owner: type) -> T | Setting[T]:
        if instance is None:
            return self
        stored = instance.store.value(self.key)
        if stored is None:
            return self.default
        try:
            return self.read(stored)
        except (ValueError, TypeError):
            return self.default

    def __set__(self, instance: Settings, value: T) -> None:
        written = self.write(value)
        value = self.read(written)  # what can't be read again must not be stored: ValueError here
        if value == self.__get__(instance, type(instance)) and instance.store.contains(self.key):
            return
        instance.store.setValue(self.key, written)
        instance.changed.emit(self.name)


def _strings(stored: object) -> list[str]:
    """Read a list of strings: an ini file gives one string for a list of one, and "" for an empty list."""
    if isinstance(stored, str):
        return [stored] if stored else []
    if isinstance(stored, Iterable):
        return [part for part in stored if isinstance(part, str) and part]
    raise ValueError(stored)


def _flag(key: str, *, default: bool) -> Setting[bool]:
    def read(stored: object) -> bool:
        known = {"true": True, "1": True, "false": False, "0": False}
        try:
            return known[str(stored).lower()]
        except KeyError:
            raise ValueError(stored) from None

    return Setting(key, default, read, bool)


def _number(key: str, default: int, lowest: int, highest: int) -> Setting[int]:
    def read(stored: object) -> int:
        value = int(str(stored))
        if not lowest <= value <= highest:
            raise ValueError(value)
        return value

    return Setting(key, default, read, int)


def _choice(key: str, default: str, choices: Iterable[str] = ()) -> Setting[str]:
    allowed = frozenset(choices)

    def read(stored: object) -> str:
        if not isinstance(stored, str) or (allowed and stored not in allowed):
            raise ValueError(stored)
        return stored

    return Setting(key, default, read, str)


def _state(key: str) -> Setting[QByteArray]:
    def read(stored: object) -> QByteArray:
        if not isinstance(stored, QByteArray):
            raise ValueError(stored)  # noqa: TRY004 - one kind of error for "not understood"
        return stored

    return Setting(key, QByteArray(), read, QByteArray)


def _read_patterns(stored: object) -> Exclusion:
    return Exclusion.of(_strings(stored))


def _read_methods(stored: object) -> tuple[Method, ...]:
    names = set(_strings(stored))
    methods = tuple(method for method in METHODS if method.id in names)
    if not methods:
        raise ValueError(stored)
    return methods


def _read_columns(stored: object) -> tuple[ColumnLayout, ...]:
    return tuple(map(ColumnLayout.from_text, _strings(stored)))


def _as_text(folder: str) -> str:
    """A folder as the file takes it: it holds only text, which not every name is."""
    try:
        folder.encode()
    except UnicodeEncodeError:
        return Path(folder).absolute().as_uri()
    return folder


def _from_text(stored: str) -> str:
    found = path_at(QUrl.fromEncoded(stored.encode())) if stored.startswith("file:") else stored
    if found is None:
        raise ValueError(stored)
    return found


def _read_recent(stored: object) -> tuple[Recent, ...]:
    return tuple(dict.fromkeys(map(Recent.from_text, _strings(stored))))[:MAX_RECENT]


def _write_origins(origins: Iterable[Origin]) -> list[str]:
    words = {kind: word for word, kind in _KINDS.items()}
    return [f"{words[one.is_folder, one.recursive]} {_as_text(one.path)}" for one in origins]


def _read_origins(stored: object) -> tuple[Origin, ...]:
    found = []
    for text in _strings(stored):
        word, _, path = text.partition(" ")
        if word not in _KINDS or not path:
            raise ValueError(text)
        found.append(Origin(_from_text(path), *_KINDS[word]))
    return tuple(found[-MAX_LEFT:])


def _read_folder(stored: object) -> str:
    if not isinstance(stored, str):
        raise ValueError(stored)  # noqa: TRY004 - one kind of error for "not understood"
    return _from_text(stored)


class Settings(QObject):
    """The settings as typed attributes over a QSettings, which stays the caller's to choose."""

    changed = Signal(str)  # the attribute's name

    methods: Setting[tuple[Method, ...]] = Setting(
        "encoding/methods", (next(iter(METHODS)),), _read_methods, lambda methods: [method.id for method in methods]
    )
    apply_exif_orientation = _flag("encoding/apply_rotation", default=False)
    damaged = _flag("encoding/damaged", default=False)  # are encoded as far as they can be read
    threads = _number("encoding/threads", 0, 0, MAX_THREADS)  # 0: automatic, see worker_count()
    recursive = _flag("folders/recursive", default=True)
    exclude: Setting[Exclusion] = Setting(  # what is left out of folders
        "folders/exclude", Exclusion(), _read_patterns, lambda exclude: list(exclude.patterns)
    )
    recent: Setting[tuple[Recent, ...]] = Setting(  # newest first
        "folders/recent", (), _read_recent, lambda opened: [one.as_text() for one in opened]
    )
    reopen = _flag("library/reopen", default=False)  # a new window opens where the last was left
    left: Setting[tuple[Origin, ...]] = Setting("folders/left", (), _read_origins, _write_origins)  # which is here
    theme = _choice("window/theme", "system", THEMES)
    geometry = _state("window/geometry")
    window_state = _state("window/state")
    columns: Setting[tuple[ColumnLayout, ...]] = Setting(
        "window/columns", (), _read_columns, lambda layouts: [layout.as_text() for layout in layouts]
    )
    inspector_visible = _flag("window/inspector_visible", default=True)
    grid = _flag("window/grid", default=False)  # of pictures, instead of the table
    grid_side = _number("window/grid_side", 160, 1, 1000)  # of its pictures, in logical pixels
    compare_methods: Setting[tuple[Method, ...]] = Setting(
        "compare/methods", (next(iter(METHODS)),), _read_methods, lambda methods: [method.id for method in methods]
    )
    compare_every = _flag("compare/every", default=False)  # alike by all of these methods, not by any of them
    compare_step = _number("compare/step", USUAL_STEP, 0, STEPS)
    compare_together = _flag("compare/together", default=True)  # a RAW file beside its JPEG is one picture
    library = _flag("library/keep", default=True)  # encodings are kept between runs
    library_limit = _number("library/limit", 2048, 1, 1 << 20)  # in MB
    last_export_folder = Setting("export/folder", "", _read_folder, _as_text)
    last_export_format = _choice("export/format", "")

    CHOICES: ClassVar[tuple[str, ...]] = (
        "methods",
        "apply_exif_orientation",
        "damaged",
        "threads",
        "recursive",
        "exclude",
        "theme",
        "reopen",
        "library",
        "library_limit",
    )

    def __init__(self, store: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store

    @staticmethod
    def default_store() -> QSettings:
        """Open the person's own settings file: an ini file on every system, so that it can be read and mended.

        Qt would let others read it, which names folders.
        """
        store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "imgenc", "imgenc")
        path = Path(store.fileName())
        try:
            private.make_folder(path.parent)
            private.make_file(path)
        except OSError as error:
            UNKEPT.note(path.parent, error)
        private.close_to_others(path.parent)
        return store

    def default(self, name: str) -> object:
        """Return the default of the setting with this attribute name."""
        return vars(type(self))[name].default

    @property
    def options(self) -> Options:
        """What is to be encoded now, and how."""
        return Options(self.methods, self.apply_exif_orientation, self.damaged)

    def worker_count(self) -> int:
        """How many threads encode: the number chosen, or, when automatic, as many as the command's."""
        return self.threads or processors.usable_processors()

    def add_recent(self, path: str, *, is_export: bool = False) -> None:
        """Put a folder or an export first among the recent ones; the oldest beyond MAX_RECENT is forgotten."""
        self.recent = (Recent(path, is_export), *(other for other in self.recent if other.path != path))

    def remove_recent(self, *paths: str) -> None:
        """Forget some (they are gone)."""
        left = tuple(other for other in self.recent if other.path not in paths)
        if left != self.recent:
            self.recent = left
