"""What comparing found, to be shown or written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgenc_gui.core.records.methods import Method
from imgenc_gui.core.records.results import Facts, Value


class Role(StrEnum):
    """What a picture is in its group. Stable: files carry these words."""

    REFERENCE = "reference"  # the best of the group, which all members are like
    MEMBER = "member"
    NEAR = "near"  # like a member, not like the reference


@dataclass(frozen=True, slots=True)
class Criterion:
    """Alike are those whose encodings differ in at most ``threshold`` bits, or have at least this similarity."""

    method: Method
    threshold: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture among others that are compared.

    ``name``: no other has the same. ``path``: absolute; "" where it isn't known. ``source``: the export that its
    encodings are from; "" for what was encoded now. ``is_origin_known``: False where that export doesn't say which
    version of the method its encodings are from, and whether pictures were turned upright. ``is_incomplete``: it is
    damaged, and was encoded as far as it can be read.
    """

    name: str
    path: str
    facts: Facts | None
    source: str = ""
    is_origin_known: bool = True
    is_incomplete: bool = False


Values = tuple[float | None, ...]  # per criterion, bits or a similarity; None where an encoding is missing


@dataclass(frozen=True, slots=True)
class Grouped:
    """A picture in a group.

    ``values``: between it and its reference, or the member that it is near, which is ``near`` then. ``copy_of``: the
    best picture whose file holds the same bytes, where there is a better one.
    """

    number: int
    role: Role
    values: Values
    picture: Picture
    near: Picture | None = None
    copy_of: Picture | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A picture and one of others that is like it; None: none of them is. ``has_same_bytes``: of their files."""

    picture: Picture
    other: Picture | None
    values: Values = ()
    has_same_bytes: bool = False


class DifferenceCode(StrEnum):
    """What a picture's file has that another's hasn't, as far as it was measured."""

    SAME_BYTES = "same-bytes"  # no difference: one file twice
    SMALLER = "smaller"  # fewer pixels; values: width, height
    LARGER = "larger"
    RESHAPED = "reshaped"  # as many pixels, other sides
    FORMAT = "format"  # values: its name
    LIGHTER = "lighter"  # fewer bytes; values: how many of the unit that is the detail
    HEAVIER = "heavier"
    OLDER = "older"  # values: by how many of the unit that is the detail
    NEWER = "newer"
    ORIENTATION = "orientation"  # values: the EXIF orientation


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different about a picture. ``detail`` and ``values`` as in ImageFailure."""

    code: DifferenceCode
    detail: str = ""
    values: tuple[Value, ...] = ()


ROLES = tuple(Role)  # what Bands' numbers mean

QUERY = -1  # in Bands: the picture that was asked about, which need not be a row


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Rows of a session that are alike, as they are shown: band by band, each of one group, its reference first.

    All arrays are (n,), a place for each row. ``rows``: their numbers, none twice. ``bands``: which band a row is in,
    from 0 on. ``roles``: a place in ROLES. ``via``: the row that it was compared with: its reference, or the member
    that it is near; its own number for a reference; QUERY where the rows are what is like one picture, nearest first:
    then they are all members of one band. ``values``: per criterion, bits or similarities; NaN where there is nothing
    to tell. ``copies``: the best row whose file has the same bytes, -1 where there is no better one.
    ``orientations``, if asked for: by which EXIF orientation (1 to 8) the query has to be shown to be most like each.
    """

    criteria: tuple[Criterion, ...]
    rows: NDArray[np.int64]
    bands: NDArray[np.int32]
    roles: NDArray[np.uint8]
    via: NDArray[np.int64]
    values: tuple[NDArray[Any], ...]
    copies: NDArray[np.int64]
    orientations: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """How many bands."""
        return int(self.bands[-1]) + 1 if self.bands.size else 0


def nothing_alike() -> Bands:
    """No row at all."""
    none = np.zeros(0, np.int64)
    return Bands((), none, none.astype(np.int32), none.astype(np.uint8), none, (), none)
