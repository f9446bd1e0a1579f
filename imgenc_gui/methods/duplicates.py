"""Duplicates in imagededup's shapes: a dictionary of lists by name, a list of names to remove, and these as JSON."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imgenc_gui.core import ending
from imgenc_gui.core.files.atomic import ExportError, Replacement
from imgenc_gui.core.records.methods import HASH_BITS
from imgenc_gui.core.similarity.pairs import Pairs
from imgenc_gui.methods.encoding import AnyPath


def listed(
    names: Collection[str], found: Iterable[Pairs], *, nearest_first: bool = False, scores: bool = False
) -> dict[str, list[Any]]:
    """For each name the others it makes a pair with: names in their order, or (name, value) with ``scores``.

    ``found``: each pair once, in any order, as numbers of names. With ``nearest_first`` the others come by their values
    first, which are bits then, 0 to 64.
    """
    chunks = list(found)
    one = np.concatenate([np.empty(0, np.int64), *(chunk.first for chunk in chunks)])
    other = np.concatenate([np.empty(0, np.int64), *(chunk.second for chunk in chunks)])
    ours, theirs = np.concatenate([one, other]), np.concatenate([other, one])
    values = np.concatenate([chunk.values for chunk in chunks] * 2) if chunks else np.empty(0)
    near = values if nearest_first else 0
    order = np.argsort((ours * (HASH_BITS + 1) + near) * len(names) + theirs)  # one key is sorted faster than three
    others: list[Any] = np.fromiter(names, object, len(names))[theirs[order]].tolist()
    if scores:
        others = list(zip(others, values[order].tolist(), strict=True))
    ends = np.bincount(ours, minlength=len(names)).cumsum().tolist()
    return {name: others[start:end] for name, start, end in zip(names, [0, *ends], ends, strict=False)}


def to_remove(duplicates: Mapping[str, Iterable[str]]) -> list[str]:
    """The names that may go: the duplicates of each name that stays, as they come."""
    going: dict[str, None] = {}
    for name, others in duplicates.items():
        if name not in going:
            going.update(dict.fromkeys(others))
    return list(going)


def save(value: object, outfile: AnyPath | None) -> None:
    """Write JSON as imagededup does, but whole or not at all; nothing without a file. Raises OSError."""
    if not outfile:
        return
    text = json.dumps(value, indent=2, sort_keys=True)
    try:
        with ending.in_order(), Replacement([Path(os.fsdecode(outfile))]) as replacement:
            replacement.parts[0].write(text.encode())
    except ExportError as error:
        cause = error.__cause__
        number = cause.errno if isinstance(cause, OSError) else None
        raise OSError(number or errno.EPERM, error.reason) from error
