"""The parts that imgenc is made of, and their licences.

Of a program that needs no Python, they are those that were gathered when it was built (resources/packages/licences.py);
else those of what is installed here.
"""

from __future__ import annotations

import json
import platform
import re
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from imgenc_gui import __version__
from imgenc_gui.core.resources import resource

FOLDER = resource("licences")
INDEX = "index.json"
OWN_LICENCE = "MIT AND Apache-2.0"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXPRESSION = re.compile(r"\(*[\w.+-]+\)*(?: (?:AND|OR|WITH) \(*[\w.+-]+\)*)*")
_VAGUE = frozenset({"BSD", "UNKNOWN", "PSFL"})  # what some say, and which licence that is their text tells
_TEXT = re.compile(r"(?:licen[cs]e|copying|copyright|notice|thirdpartynotices)s?\b", re.IGNORECASE)
_TEXT_ENDINGS = frozenset({"", ".txt", ".md", ".rst", ".python", ".libraw", ".third-party", ".thirdparty"})
_DEEPEST = 2  # folders in which texts lie that aren't with a distribution's metadata


@dataclass(frozen=True, slots=True)
class Part:
    """A part of imgenc. ``licence``: an SPDX expression, or "" where only its texts say so; ``texts``: files."""

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...]


def parts() -> list[Part]:
    """All of them, imgenc first, the others by their names. Reads many small files: not for a window's thread."""
    gathered = FOLDER / INDEX
    if gathered.is_file():
        index = json.loads(gathered.read_text(encoding="utf-8"))
        return [
            Part(one["part"], one["version"], one["licence"], tuple(FOLDER / text for text in one["texts"]))
            for one in index
        ]
    found = [_python(), *map(part_of, _distributions())]
    return [*own_parts(), *sorted(found, key=lambda part: part.name.lower())]


def text_of(part: Part) -> str:
    """All its texts, one after the other."""
    texts = []
    for path in part.texts:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            text = f"{path} can't be read: {error.strerror}"
        texts.append(text if len(part.texts) == 1 else f"{path.name}\n{'=' * len(path.name)}\n\n{text}")
    return "\n\n\n".join(texts)


def own_parts() -> list[Part]:
    """What imgenc itself is, and what it brings that others made."""
    licence = resource("LICENSE")  # in a checkout it stands above
    own = (licence if licence.is_file() else licence.parents[1] / "LICENSE", resource("NOTICE"))
    others = [Part(one["part"], "", one["licence"], _ours(one["texts"])) for one in known()["own"]]
    return [Part("imgenc", __version__, OWN_LICENCE, (*own, FOLDER / "Apache-2.0.txt")), *others]


def part_of(distribution: metadata.Distribution) -> Part:
    """What a distribution that is installed says of itself, or parts.toml of it."""
    said = known()["distributions"].get(canonical(distribution.name), {})
    texts = (*distribution_texts(distribution), *_ours(said.get("texts", ())))
    licence = said.get("licence") or _declared(distribution.metadata)
    return Part(distribution.name, distribution.version, licence, texts)


def distribution_texts(distribution: metadata.Distribution) -> list[Path]:
    """The licences, notices and the like that it was installed with."""
    found = []
    for file in distribution.files or ():
        with_metadata = file.parts[0].endswith((".dist-info", ".egg-info"))
        is_text = file.suffix.lower() in _TEXT_ENDINGS and _TEXT.match(file.name)
        is_named_so = is_text and (with_metadata or len(file.parts) <= _DEEPEST)
        if is_named_so or (with_metadata and "licenses" in file.parts):
            found.append(Path(str(file.locate())))
    return sorted(path for path in found if path.is_file())


def python_texts() -> tuple[Path, ...]:
    """Python's own licence, where it lies beside its modules, and those of what it is made of."""
    places = (Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_config_var("installed_base") or ""))
    own = [place / "LICENSE.txt" for place in places]
    return (*[path for path in own if path.is_file()][:1], *_ours(known()["python"]["texts"]))


@cache
def known() -> Mapping[str, Any]:
    """What parts.toml says."""
    return tomllib.loads((FOLDER / "parts.toml").read_text(encoding="utf-8"))


def canonical(name: str) -> str:
    """A distribution's name as all its spellings have it in common."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _python() -> Part:
    return Part("Python", platform.python_version(), known()["python"]["licence"], python_texts())


def _ours(texts: Iterable[str]) -> tuple[Path, ...]:
    return tuple(FOLDER / text for text in texts)


def _declared(said: metadata.PackageMetadata) -> str:
    """What it says to be under, if that is an expression of SPDX or looks like one."""
    for field in ("License-Expression", "License"):
        text = (said[field] or "").strip() if field in said else ""
        if _EXPRESSION.fullmatch(text) and text not in _VAGUE:
            return text
    return "MIT" if "License :: OSI Approved :: MIT License" in said.get_all("Classifier", []) else ""


def _distributions() -> Iterator[metadata.Distribution]:
    """What imgenc needs and is here, and what that needs."""
    wanted = _needed(_requirements())
    seen = set[str]()
    while wanted:
        name = wanted.pop()
        if canonical(name) in seen:
            continue
        seen.add(canonical(name))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # of another system
            continue
        yield distribution
        wanted += _needed(distribution.requires or ())


def _requirements() -> Sequence[str]:
    """Imgenc's own; a checkout that isn't installed has them in its project's file."""
    try:
        return metadata.requires("imgenc-gui") or ()
    except metadata.PackageNotFoundError:
        project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        needed: list[str] = project["dependencies"]
        return needed


def _needed(requirements: Iterable[str]) -> list[str]:
    is_extra = re.compile(r";.*\bextra\b")
    return [found.group() for text in requirements if not is_extra.search(text) and (found := _NAME.match(text))]
