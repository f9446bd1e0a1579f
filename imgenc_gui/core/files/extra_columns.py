"""Columns that a workbook can have besides those of every table: a picture's group, and the picture itself, small."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.workbook import Cell, Column, Small
from imgenc_gui.core.records.alike import ROLES, Bands, Criterion
from imgenc_gui.core.records.results import ImageResult, ReadError
from imgenc_gui.core.stopping import Stop, never

MOST_THUMBNAILS = 5000  # of one workbook: 20 MB, minutes, and about what spreadsheets still open without a wait

_LONGEST = 96  # pixels of a thumbnail
_QUALITY = 80
_COMPANION = "companion"  # another file of a picture that is in a group: the RAW file beside a JPEG


@dataclass(frozen=True, slots=True)
class Extra:
    """Columns of a workbook, and what stands in them.

    ``cells``: of a row that is being written. ``seen``: what a preview shows of these, at once. ``about``: a title and
    a sentence for the last sheet.
    """

    columns: tuple[Column, ...]
    cells: Callable[[ImageResult, Stop], Sequence[Cell]]
    seen: Callable[[ImageResult], Sequence[Cell]]
    about: tuple[str, str] | None = None


def group_columns(
    bands: Bands,
    row_of: Callable[[str], int | None],
    *,
    every: bool = False,
    pictures: NDArray[np.integer] | None = None,
) -> Extra:
    """In which group a picture is, as what, and how far it is from the group's reference (or what it is near).

    ``row_of``: the row of a path. ``every``: alike are those that are so by all methods. ``pictures``: for each row the
    one whose picture it is another file of, which is in that one's group; None: there are no such files.
    """
    labels = [_distance_title(criterion) for criterion in bands.criteria]
    kinds = [int if criterion.method.is_hash else float for criterion in bands.criteria]
    nothing: list[Cell] = [None] * (2 + len(labels))
    places = np.full(int(bands.rows.max(initial=-1)) + 1, -1, np.int64)
    places[bands.rows] = np.arange(bands.rows.size)

    def seen(result: ImageResult) -> list[Cell]:
        row = row_of(result.path)
        if row is None:
            return nothing
        picture = int(pictures[row]) if pictures is not None and row < pictures.size else row
        place = int(places[picture]) if picture < places.size else -1
        if place < 0:
            return nothing
        group = int(bands.bands[place]) + 1
        if picture != row:
            return [group, _COMPANION, *nothing[2:]]
        values = (column[place].item() for column in bands.values)
        known = (None if math.isnan(value) else kind(value) for kind, value in zip(kinds, values, strict=True))
        return [group, ROLES[bands.roles[place]].value, *known]

    titles = ("Group", "Role", *labels)
    about = (" and " if every else " or ").join(map(_words, bands.criteria))
    return Extra(tuple(map(Column, titles)), lambda result, _stop: seen(result), seen, ("Groups: alike by", about))


def _distance_title(criterion: Criterion) -> str:
    return f"{criterion.method.label} {'distance' if criterion.method.is_hash else 'similarity'}"


def _words(criterion: Criterion) -> str:
    label, threshold = criterion.method.label, criterion.threshold
    return f"{label} within {threshold:g} bits" if criterion.method.is_hash else f"{label} from {threshold:g}"


def thumbnail_column(read: Callable[[str, int, Stop], NDArray[np.uint8]], is_enough: Stop = never) -> Extra:
    """A small picture of each picture that can be read, for one workbook.

    ``read``: gives a picture, upright, RGB (h, w, 3) uint8, its longest side at most so many pixels; raises ReadError.
    ``is_enough``: once it is true, further rows go without: whoever waits for the end gets what was encoded.
    """
    written = 0

    def cells(result: ImageResult, stop: Stop = never) -> list[Cell]:
        nonlocal written
        if result.failure is not None or is_enough():
            return [None]
        try:
            pixels = read(result.path, _LONGEST, stop)
        except ReadError:  # it is gone or was replaced meanwhile; its encodings stand there all the same
            return [None]
        if written == MOST_THUMBNAILS:
            raise ExportError(
                f"A workbook takes at most {MOST_THUMBNAILS:,} thumbnails. Choose fewer pictures, or none."
            )
        written += 1
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=_QUALITY)
        return [Small(file.getvalue(), pixels.shape[1], pixels.shape[0])]

    return Extra((Column("Thumbnail"),), cells, lambda result: ["" if result.failure is not None else "(picture)"])
