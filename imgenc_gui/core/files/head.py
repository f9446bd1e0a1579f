"""What a file says of how its encodings were made: methods, options, root."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from imgenc_gui.core.files.read_back import DamagedError, LeftOut, Why, as_folder, as_list, as_object, as_text, as_whole
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.registry import METHODS

FIRST_VERSION = 1  # of every method when exports didn't say yet which it was


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of a method. None: it doesn't say."""

    id: str
    version: int | None = None
    length: int | None = None
    kind: str | None = None

    def holds(self, method: Method) -> bool:
        """Whether encodings of this kind can be compared with the method's."""
        return (
            (self.version == method.version or (self.version is None and not method.needs_version))
            and self.length in {None, method.length}
            and self.kind in {None, method.kind.value}
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What was read. ``options`` are None when no method is known here."""

    methods: tuple[Method, ...]
    left_out: tuple[LeftOut, ...]
    options: Options | None
    root: str


def head_json(options: Options, root: str) -> dict[str, object]:
    """What to write, for JSON."""
    return {
        "methods": [
            {"id": method.id, "kind": method.kind.value, "length": method.length, "version": method.version}
            for method in options.methods
        ],
        "options": {"apply_exif_orientation": options.apply_exif_orientation, "damaged": options.damaged},
        "root": root,
    }


def read_head(head: dict[str, object]) -> Head:
    """Understand what head_json wrote. Raises DamagedError."""
    methods, left_out = known(_claim(as_object(said)) for said in as_list(head.get("methods")))
    said = as_object(head.get("options"))
    options = options_of(methods, said.get("apply_exif_orientation"), damaged=said.get("damaged", False))
    return Head(methods, left_out, options, as_folder(head.get("root")))


def _claim(said: dict[str, object]) -> Claim:
    return Claim(
        as_text(said.get("id")),
        as_whole(said.get("version")),
        as_whole(said.get("length")),
        as_text(said.get("kind")),
    )


def known(claims: Iterable[Claim]) -> tuple[tuple[Method, ...], tuple[LeftOut, ...]]:
    """The methods that are the same here, in the registry's order, and those that aren't."""
    same, left_out = [], []
    for claim in claims:
        method = METHODS.get(claim.id)
        if method is None:
            left_out.append(LeftOut(claim.id, Why.UNKNOWN))
        elif claim.holds(method):
            same.append(method)
        else:
            left_out.append(LeftOut(claim.id, Why.OTHER_VERSION))
    return METHODS.ordered(same), tuple(left_out)


def options_of(methods: tuple[Method, ...], apply_exif_orientation: object, *, damaged: object) -> Options | None:
    """The options that a file states, for the methods that are known; None when none is."""
    if not isinstance(apply_exif_orientation, bool) or not isinstance(damaged, bool):
        raise DamagedError("its options can't be read")
    return Options(methods, apply_exif_orientation, damaged) if methods else None
