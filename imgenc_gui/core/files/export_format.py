"""What a format is, and what the formats made of text have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgenc_gui.core.files.atomic import Part, Replacement
from imgenc_gui.core.files.read_back import ReadBack
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import ImageResult
from imgenc_gui.core.stopping import Stop, never

Named = Iterable[tuple[str, ImageResult]]  # sorted by name, no name twice
Write = Callable[[str], None]
WriteText = Callable[[Named, Sequence[Write], Options, str], None]  # one Write per file; options; root


class SoFar(Iterable[tuple[str, ImageResult]]):
    """Results of work that may be stopped before all are there; ``is_partial`` tells once they were taken."""

    def __init__(self, named: Named, is_partial: Callable[[], bool] = never) -> None:
        self._named = named
        self.is_partial = is_partial

    def __iter__(self) -> Iterator[tuple[str, ImageResult]]:
        return iter(self._named)


@dataclass(frozen=True, slots=True, eq=False)
class ExportFormat:
    """A way to write results. Two formats are equal only if they are the same record.

    ``id``: what settings and the command call it; never changed. ``label`` and ``sentence``: its name and whom it is
    for, in plain words. ``suffix``: ".json". ``usual``: what a file with this suffix is when no format is named.
    ``file_per_method``: several methods give h.phash.json, h.dhash.json ... ``tells_failures``: False where only
    pictures with encodings are written. ``tells_others``: files that are no pictures are listed, too, whether anybody
    asked for them or not. ``offered``: False for one that the command alone knows.

    ``write(named, replacement, options, root)``: fills the replacement's parts with the methods of ``options``, in
    their order, consuming ``named`` once. ``preview(named, options, root)``: as text what would be written.
    ``recognises(head)``: whether a file beginning with these bytes is one. ``read(path, method, stop)``: reads it
    back; ``method`` is whose encodings it holds, where it doesn't say. Raises DamagedError, NotAnExportError, OSError,
    StoppedError.
    """

    id: str
    label: str
    sentence: str
    suffix: str
    write: Callable[[Named, Replacement, Options, str], None]
    preview: Callable[[Named, Options, str], str]
    recognises: Callable[[bytes], bool]
    read: Callable[[Path, Method | None, Stop], ReadBack]
    usual: bool = True
    file_per_method: bool = False
    tells_failures: bool = True
    tells_others: bool = False
    offered: bool = True


def to_parts(write_text: WriteText) -> Callable[[Named, Replacement, Options, str], None]:
    """The ``write`` of a format of text: UTF-8, and names that are no text as they came in, the system's own way."""

    def write(named: Named, replacement: Replacement, options: Options, root: str) -> None:
        write_text(named, [text_writer(part) for part in replacement.parts], options, root)

    return write


def text_writer(part: Part) -> Write:
    """What writes text to a part: UTF-8, names that are no text as they came in."""
    errors = sys.getfilesystemencodeerrors()
    return lambda text: part.write(text.encode("utf-8", errors))


def to_text(write_text: WriteText) -> Callable[[Named, Options, str], str]:
    """The ``preview`` of a format of text: its files one after the other."""

    def preview(named: Named, options: Options, root: str) -> str:
        texts: list[list[str]] = [[] for _ in options.methods]
        write_text(named, [text.append for text in texts], options, root)
        files = ("".join(text).lstrip("\ufeff").replace("\r\n", "\n") for text in texts if text)
        return "\n".join(files)

    return preview
