"""A person adds a network: it is tried, and copied into imgenc's folder of networks with what is known of it."""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from imgenc_gui.core import private
from imgenc_gui.core.files.atomic import ExportError, Replacement
from imgenc_gui.core.files.npz_arrays import OWN
from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.networks import mobilenet_v3, own_onnx
from imgenc_gui.core.networks.added import (
    ENDING,
    MOST,
    Added,
    AddedMethod,
    Unusable,
    id_of,
    networks_folder,
    read_added,
)
from imgenc_gui.core.networks.own_file import changed, opened, read_own, unchanged
from imgenc_gui.core.networks.own_recipe import OwnRecipe, RecipeError, usual_name
from imgenc_gui.core.records.results import ImageFailure, NetworkError
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.stopping import Stop, check, never

log = logging.getLogger(__name__)

_BLOCK = 1 << 20  # bytes
ENDINGS = (*own_onnx.ENDINGS, *mobilenet_v3.ENDINGS)
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
_RESERVED = {"all", mobilenet_v3.ID} | OWN | _DEVICES  # in Windows no file of these names is one
_HOW = "an .onnx file with its recipe, or the weights of MobileNet V3 small as .pth or .safetensors"


class AddingError(Exception):
    """A network that can't be added; ``reason`` is a plain sentence or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RecipeNeededError(AddingError):
    """There is no recipe beside the file. ``proposed`` is what the file itself says, for a person to complete.

    ``outputs``: the names among which "output" chooses.
    """

    def __init__(self, reason: str, proposed: dict[str, Any], outputs: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.proposed = proposed
        self.outputs = outputs


def recipe_file(file: Path) -> Path:
    """Where the recipe of an ONNX file is looked for: beside it, by the same name."""
    return file.with_suffix(ENDING)


def add(file: Path, recipe: OwnRecipe | None = None, folder: Path | None = None, stop: Stop = never) -> Added:
    """Try a network, and keep a copy of its file with what is known of it. One of the same name is replaced.

    ``recipe``: of an ONNX file; None: the one that lies beside it. Takes seconds. Raises AddingError; StoppedError once
    ``stop`` returns true: then nothing was added.
    """
    folder = folder or networks_folder()
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise AddingError(f"{shown(file.name)} can't be added: a network is {_HOW}.")
    try:
        made = _own(file, recipe, stop) if ending in own_onnx.ENDINGS else _mobilenet_v3(file, ending)
    except NetworkError as error:
        raise AddingError(_why_not(error.failure)) from error
    except MemoryError as error:
        raise AddingError(f"{shown(file.name)} can't be added: there isn't enough memory.") from error
    others = read_added(folder)
    if len(others) >= MOST and all(other.id != made.id for other in others):
        raise AddingError(f"{MOST} networks are added, and there can be no more. Remove one first.")
    for other in others:
        if other.id == made.id and other.label.lower() != made.label.lower():
            raise AddingError(
                f"A network can't be named {made.label} beside {other.label}, which was added: both would be "
                f"{made.id} in files. Choose another name, or remove that one."
            )
    _keep(made, file, folder, stop)
    return made


def remove(network: Added | Unusable, folder: Path | None = None) -> None:
    """Take a network's files away again. Raises AddingError."""
    folder = folder or networks_folder()
    names = [network.file] if isinstance(network, Added) else [f"{network.id}{ending}" for ending in ENDINGS]
    for name in (f"{network.id}{ENDING}", *names):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise AddingError(f"{shown(str(folder / name))} can't be removed: {brief(error)}.") from error


def _why_not(failure: ImageFailure) -> str:
    """Why a network can't be added, in a sentence: of a file that can't be read, not the one for what was added."""
    if failure.detail == "own-unreadable":
        _, name, why = failure.values
        return f"{name} can't be read: {why}."
    return sentence(failure)


def _own(file: Path, recipe: OwnRecipe | None, stop: Stop) -> Added:
    with unchanged(file, shown(file.name)) as sha256:
        if recipe is None:
            beside = recipe_file(file)
            if not beside.is_file():
                proposed, outputs = own_onnx.guess(file, usual_name(file))
                needs = f"{shown(file.name)} needs its recipe beside it, {shown(beside.name)}"
                raise RecipeNeededError(f"{needs}: how pictures are prepared.", proposed, outputs)
            recipe = _beside(beside)
        method_id = id_of(recipe.name)
        taken = METHODS.get(method_id)
        if method_id in _RESERVED or (taken is not None and not isinstance(taken, AddedMethod)):
            raise AddingError(
                f"A network can't be named {recipe.name}, which means something else: choose another name."
            )
        length = own_onnx.OwnNetwork(file, recipe, stop=stop).length
    return Added(method_id, f"{method_id}{own_onnx.ENDINGS[0]}", sha256, length, recipe)


def _mobilenet_v3(file: Path, ending: str) -> Added:
    data = read_own(file, shown(file.name))
    mobilenet_v3.network_of(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return Added(mobilenet_v3.ID, f"{mobilenet_v3.ID}{ending}", sha256, mobilenet_v3.LENGTH)


def _beside(file: Path) -> OwnRecipe:
    try:
        return OwnRecipe.of_file(file)
    except RecipeError as error:
        raise AddingError(f"The recipe {shown(file.name)} can't be followed: {error.reason}.") from error


def _keep(added: Added, file: Path, folder: Path, stop: Stop) -> None:
    """Copy what was tried, and nothing else."""
    try:
        private.make_folder(folder)
        description = folder / f"{added.id}{ENDING}"
        with Replacement([folder / added.file, description]) as replacement:
            network, told = replacement.parts
            digest = hashlib.sha256()
            with opened(file, added.label) as stream:
                while block := stream.read(_BLOCK):
                    check(stop)
                    digest.update(block)
                    network.write(block)
            if digest.hexdigest() != added.sha256:
                raise changed(added.label)
            told.write(json.dumps(added.as_json(), indent=1).encode())
        for other in folder.glob(f"{added.id}.*"):
            if other.name not in {added.file, description.name}:
                with suppress(OSError):  # it lies there for nothing
                    other.unlink()
    except NetworkError as error:
        raise AddingError(_why_not(error.failure)) from error
    except ExportError as error:
        raise AddingError(error.reason) from error
    except OSError as error:
        raise AddingError(f"The network can't be kept in {shown(str(folder))}: {brief(error)}.") from error
