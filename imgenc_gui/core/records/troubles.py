"""Why the library can't be used, or no longer. Codes; their sentences are made in records/sentences.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from imgenc_gui.core.records.results import Value


class TroubleCode(StrEnum):
    """What is wrong with the library. The work goes on without it."""

    DAMAGED = "damaged"  # it was set aside, under the name in the values, and a new one was begun
    NEWER = "newer"  # a newer imgenc has made it
    LOCKED = "locked"  # another program doesn't let go of it
    FULL = "full"  # the disk is
    READ_ONLY = "read-only"
    UNREACHABLE = "unreachable"  # the system's words are in the values


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with the library. ``values`` fill its sentence."""

    code: TroubleCode
    values: tuple[Value, ...] = ()
