"""The networks that a person has added: each a file and a description beside it, in a folder of imgenc's.

The description (``ID.json``) says what the file's SHA-256 was when it was added: a file that isn't the one that was
added is never used, and what two files give is never compared, because the digest decides the method's version.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.networks import mobilenet_v3, own_onnx
from imgenc_gui.core.networks.own_recipe import OwnRecipe, RecipeError
from imgenc_gui.core.plain_files import open_file
from imgenc_gui.core.private import usual_folder
from imgenc_gui.core.records.methods import EmbeddingMethod, Kind, Network

log = logging.getLogger(__name__)

ENDING = ".json"
MOST = 40  # networks: each is a column wherever methods are, and a bit of a row
_FORMAT = 1  # of descriptions
_VERSION_BITS = 63  # what SQLite has room for
_MOST_BYTES = 1 << 16  # of a description
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DAMAGED = "its description is damaged"
_GONE = "its file is gone"
_TOO_MANY = f"there can be {MOST} networks, and so many come before it"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Added:
    """What is known of a network that was added, without opening its file.

    ``file``: its name in the folder. ``recipe``: None for a network whose recipe imgenc knows itself.
    """

    id: str
    file: str
    sha256: str
    length: int
    recipe: OwnRecipe | None = None

    @property
    def label(self) -> str:
        """What a person calls it."""
        return mobilenet_v3.LABEL if self.recipe is None else self.recipe.name

    @property
    def version(self) -> int:
        """A number that another file, or another recipe, does not have."""
        recipe = None if self.recipe is None else {**self.recipe.as_json(), "name": ""}  # which decides nothing
        said = json.dumps([self.sha256, recipe], sort_keys=True)
        return int.from_bytes(hashlib.sha256(said.encode()).digest()) >> (256 - _VERSION_BITS)

    def as_json(self) -> dict[str, Any]:
        """What ``of_json`` makes it of again."""
        said = {"imgenc-network": _FORMAT, "file": self.file, "sha256": self.sha256, "length": self.length}
        return said if self.recipe is None else {**said, "recipe": self.recipe.as_json()}

    @classmethod
    def of_json(cls, method_id: str, said: Any) -> Self:
        """Read a description. Raises ValueError."""
        if not isinstance(said, dict) or said.get("imgenc-network") != _FORMAT:
            raise ValueError("its description is of another version of imgenc, or of something else")
        file, sha256, length = said.get("file"), said.get("sha256"), said.get("length")
        is_sound = (
            isinstance(file, str)
            and Path(file).name == file
            and Path(file).stem == method_id
            and isinstance(sha256, str)
            and _SHA256.fullmatch(sha256)
            and type(length) is int
            and 0 < length <= own_onnx.MOST_NUMBERS
        )
        if not is_sound:
            raise ValueError(_DAMAGED)
        try:
            recipe = OwnRecipe.of_json(said["recipe"]) if "recipe" in said else None
        except RecipeError as error:
            raise ValueError(f"its recipe can't be followed: {error.reason}") from error
        if (recipe is None) != (method_id == mobilenet_v3.ID):
            raise ValueError(_DAMAGED)
        return cls(method_id, str(file), str(sha256), int(str(length)), recipe)


@dataclass(frozen=True, slots=True)
class Unusable:
    """What lies in the folder as a network's description and can't be used; ``reason`` is why, without an end.

    ``is_too_many``: for want of room alone.
    """

    id: str
    reason: str
    is_too_many: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AddedMethod(EmbeddingMethod):
    """The method of a network that was added, and the folder in which it lies."""

    added: Added
    folder: Path


def networks_folder() -> Path:
    """Where the networks are that this person has added."""
    return usual_folder() / "networks"


def read_added(folder: Path) -> list[Added]:
    """The networks in a folder, by their ids. What can't be used is left out, and logged."""
    found, unusable = look_into(folder)
    for one in unusable:
        if not one.is_too_many:
            log.warning("%s is left out: %s", shown(str(folder / f"{one.id}{ENDING}")), one.reason)
    more = [one.id for one in unusable if one.is_too_many]
    if more:
        log.warning("%s holds more than %d networks: left out from %s on", shown(str(folder)), MOST, more[0])
    return found


def look_into(folder: Path) -> tuple[list[Added], list[Unusable]]:
    """The networks in a folder, the first MOST by their ids, and what can't be used."""
    found: list[Added] = []
    unusable: list[Unusable] = []
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone
    except OSError:
        return found, unusable
    for name in names:
        file = folder / name
        if file.suffix != ENDING or not _ID.fullmatch(file.stem):
            continue
        try:
            added = Added.of_json(file.stem, _described(file))
            if not (folder / added.file).is_file():
                raise ValueError(_GONE)  # noqa: TRY301
        except OSError as error:
            unusable.append(Unusable(file.stem, f"its description can't be read ({brief(error)})"))
        except ValueError as error:
            unusable.append(Unusable(file.stem, str(error)))
        else:
            if len(found) < MOST:
                found.append(added)
            else:
                unusable.append(Unusable(file.stem, _TOO_MANY, is_too_many=True))
    return found, unusable


def _described(file: Path) -> Any:
    with open_file(file) as stream:
        data = stream.read(_MOST_BYTES)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(_DAMAGED) from error


def method_of(added: Added, folder: Path) -> AddedMethod:
    """The method that a network in a folder is."""
    file, recipe = folder / added.file, added.recipe
    load: Callable[[], Network]
    if recipe is None:
        seen, sentence = mobilenet_v3.RECIPE, mobilenet_v3.SENTENCE
        load = partial(mobilenet_v3.load, file, added.sha256)
    else:
        seen = recipe.input
        sentence = f"A network that you added: {added.length:,} numbers. How far apart copies are isn't measured."
        load = partial(own_onnx.load, file, added.sha256, recipe, added.length)
    return AddedMethod(
        added.id,
        added.label,
        Kind.EMBEDDING,
        added.length,
        seen,
        added.version,
        sentence,
        load,
        added,
        folder,
        needs_version=True,
    )


def id_of(name: str) -> str:
    """What files and settings call a network of this name; of one without Latin letters and digits, by its digest."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return plain or f"network-{hashlib.sha256(name.casefold().encode()).hexdigest()[:8]}"
