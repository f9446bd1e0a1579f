"""Gathers the licences of all that a built program holds: `python resources/packages/licences.py dist/imgenc`.

To be run where it was built, after it was: which distribution a file comes from, or which part of Python or package of
the system, is found out here and now. Each file has an owner, each owner a licence that somebody has looked at
(resources/licences/parts.toml, or its own word), and its text. What hasn't, or is under the GPL without an exception or
an alternative, ends this with one sentence and the exit status 1. Else the texts lie in the program's folder, in
imgenc_gui/resources/licences, with an index for About (index.json) and one for people (index.txt).
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from importlib import metadata
from itertools import chain, count
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # imgenc itself needn't be installed where it is built

from imgenc_gui.core import licences  # noqa: E402 - found only now

COMMON = Path("/usr/share/common-licenses")  # to which Debian's texts refer
DOCUMENTS = Path("/usr/share/doc")
_INSIDE = ("_internal", "Contents/Frameworks", "Contents/Resources")  # where a program keeps what its executables load
_BUNDLED = re.compile(r"\.(?:libs|dylibs)/|/Qt/(?:lib|bin)/")  # where wheels keep libraries of their own
_EXECUTABLE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_REFERENCE = re.compile(rf"{COMMON}/([A-Za-z0-9.+-]*[A-Za-z0-9])")
_HASH = re.compile(r"-[0-9a-f]{8}(?=[-.])")  # that auditwheel puts into a library's name
_PYINSTALLER = re.compile(r"_?pyi(?:mod|boot|_)")  # its own modules
_EXCEPTIONS = ("GCC-exception-2.0", "GCC-exception-3.1", "Bootloader-exception")  # that let what is made with them be
_NOT_INSIDE = {"optional", "excluded"}  # what it may be built with: a file of its own, if it is there
_OURS = PurePosixPath("imgenc_gui")
_TARGET = _OURS / "resources" / "licences"


class LicenceError(Exception):
    """What mustn't go out so. Its text: a sentence."""


@dataclass(slots=True)
class Part:
    """A part of the program, and which of its files it is."""

    name: str
    version: str
    licence: str
    texts: list[Path]
    files: list[str] = field(default_factory=list)
    written: str = ""  # a text that is made here


def main(arguments: Sequence[str]) -> int:
    """Gather, and tell what there is. The exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python resources/packages/licences.py DIST_FOLDER\n")
        return 2
    folder = Path(arguments[0])
    try:
        gathered = gather(folder, modules_in(folder))
    except LicenceError as error:
        sys.stderr.write(f"licences: {error}\n")
        return 1
    target = write(folder, gathered)
    sys.stdout.write(f"licences of {len(gathered)} parts: {target}\n")
    return 0


def gather(folder: Path, modules: Iterable[str], doc: Path = DOCUMENTS) -> list[Part]:
    """Each part of a program and its files. ``modules``: those in its executables, by their whole names.

    Raises LicenceError.
    """
    owners = _Owners(doc)
    programs = _executables(folder)
    for file, inside in _files(folder):
        part = owners.of_program() if file in programs else owners.find(inside)
        part.files.append(file.relative_to(folder).as_posix())
    for name in sorted({module.partition(".")[0] for module in modules}):
        owners.of_module(name)
    found = owners.parts()
    for part in found:
        check(part)
    return found


def check(part: Part) -> None:
    """Raise LicenceError for a part that mustn't go out so."""
    if not part.licence:
        raise LicenceError(f"nobody has looked at the licence of {part.name}: add it to {_table()}.")
    if not is_free_of_gpl(part.licence):
        where = f" ({part.files[0]})" if part.files else ""
        raise LicenceError(f"{part.name}{where} is under {part.licence}, which imgenc can't be: leave it out.")
    if not part.texts and not part.written:
        raise LicenceError(f"{part.name} comes without the text of its licence: put it into {_table().parent}.")


def is_free_of_gpl(expression: str) -> bool:
    """Whether an SPDX expression lets imgenc go on under its own licence: by an alternative, or an exception."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    is_free = _alternatives(tokens, expression)
    if tokens:
        raise LicenceError(f"{expression!r} is no expression of SPDX.")
    return is_free


def _alternatives(tokens: list[str], whole: str) -> bool:
    found = _combined(tokens, whole)
    while tokens[:1] == ["OR"]:
        del tokens[0]
        found = _combined(tokens, whole) or found
    return found


def _combined(tokens: list[str], whole: str) -> bool:
    found = _single(tokens, whole)
    while tokens[:1] == ["AND"]:
        del tokens[0]
        found = _single(tokens, whole) and found
    return found


def _single(tokens: list[str], whole: str) -> bool:
    first = tokens.pop(0) if tokens else ")"
    if first == "(":
        found = _alternatives(tokens, whole)
        if tokens[:1] == [")"]:
            del tokens[0]
            return found
    elif first not in {"AND", "OR", "WITH", ")"}:
        exception = tokens[1] if tokens[:1] == ["WITH"] and len(tokens) > 1 else ""
        del tokens[: 2 * bool(exception)]
        return exception in _EXCEPTIONS or not re.match(r"A?GPL", first)
    raise LicenceError(f"{whole!r} is no expression of SPDX.")


def modules_in(folder: Path) -> list[str]:
    """The modules that the program's executables hold."""
    programs = _executables(folder)
    if not programs:
        raise LicenceError(f"{folder} holds no program.")
    from PyInstaller.archive.readers import CArchiveReader  # noqa: PLC0415 - there only where programs are built

    names: list[str] = []
    for path in programs:
        archive = CArchiveReader(str(path))
        for name, (*_, kind) in archive.toc.items():
            names += archive.open_embedded_archive(name).toc if kind == "z" else [name] * (kind in "mM")
    return names


def write(folder: Path, found: Sequence[Part]) -> Path:
    """Put all texts and the index into the program's folder; where they are then."""
    inside = next((folder / name for name in _INSIDE if (folder / name).is_dir()), folder)
    target = inside / _TARGET
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    index, copies = [], dict[Path, str]()
    for part in found:
        own = target / re.sub(r"[^A-Za-z0-9.+-]+", "-", part.name)
        for text in part.texts:
            if text not in copies:  # several parts share it
                is_shared = text.is_relative_to(licences.FOLDER) or text.parent == COMMON
                copied = _unused((target if is_shared else own) / text.name)
                copied.parent.mkdir(exist_ok=True)
                shutil.copyfile(text, copied)
                copies[text] = copied.relative_to(target).as_posix()
        names = [copies[text] for text in part.texts]
        if part.written:
            own.mkdir(exist_ok=True)
            (own / "contents.txt").write_text(part.written, encoding="utf-8")
            names.append(f"{own.name}/contents.txt")
        told = {"part": part.name, "version": part.version, "licence": part.licence}
        index.append({**told, "texts": names, "files": part.files})
    (target / licences.INDEX).write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    rows = [f"{part.name} {part.version}".strip() + f": {part.licence}\n" for part in found]
    (target / "index.txt").write_text("".join(rows), encoding="utf-8")
    return target


class _Owners:
    """Whose a file or a module is, and the parts that were found so."""

    def __init__(self, doc: Path) -> None:
        self._doc = doc
        self._parts: dict[str, Part] = {}
        self._said = cache(licences.part_of)
        self._by_file: dict[str, metadata.Distribution] = {}
        self._by_module = metadata.packages_distributions()
        named: dict[str, set[metadata.Distribution]] = {}
        for distribution in metadata.distributions():
            for file in distribution.files or ():
                self._by_file[file.as_posix()] = distribution
                if _BUNDLED.search(file.as_posix()) or file.suffix in {".so", ".pyd"}:
                    named.setdefault(file.name, set()).add(distribution)
        # PyInstaller, or whoever leaves out the rest of a package, puts some higher up.
        self._by_name = {name: found for name, (found, *others) in named.items() if not others}

    def parts(self) -> list[Part]:
        """Those that were found, imgenc's own first."""
        own = [part.name for part in licences.own_parts()]
        named = sorted(self._parts.values(), key=lambda part: part.name.lower())
        return sorted(named, key=lambda part: own.index(part.name) if part.name in own else len(own))

    def find(self, inside: PurePosixPath) -> Part:
        """The owner of a file that lies so inside the program. Raises LicenceError."""
        if inside.parts[0] == _OURS.name:
            return self._own(inside)
        source = inside.with_suffix(".py") if inside.suffix == ".pyc" else inside
        distribution = self._by_file.get(source.as_posix()) or self._by_name.get(inside.name)
        if distribution is not None:
            return self._in_distribution(distribution, inside)
        if inside.suffix == ".pyc":
            return self.of_module(inside.parts[0].removesuffix(".pyc"))
        part = self._of_python(inside) or self._of_system(inside.name)
        if part is None:
            raise LicenceError(f"nobody knows where {inside} comes from: it is no distribution's, nor the system's.")
        return part

    def of_program(self) -> Part:
        """What PyInstaller puts into every executable."""
        return self._distribution(metadata.distribution("pyinstaller"))

    def of_module(self, name: str) -> Part:
        """The owner of a module, by the first part of its name. Raises LicenceError."""
        if name == _OURS.name:
            return self._own(_OURS)
        if name in sys.stdlib_module_names or name.startswith("_sysconfigdata"):
            return self._python()
        if _PYINSTALLER.match(name):
            return self.of_program()
        found = self._by_module.get(name)
        if not found:
            raise LicenceError(f"nobody knows where the module {name} comes from: it is no distribution's.")
        return self._distribution(metadata.distribution(found[0]))

    def _own(self, inside: PurePosixPath) -> Part:
        below = inside.relative_to(_OURS).as_posix()
        imgenc, *others = licences.own_parts()
        for said, part in zip(licences.known()["own"], others, strict=True):
            if any(fnmatch(below, pattern) for pattern in said["files"]):
                return self._taken(part)
        return self._taken(imgenc)

    def _taken(self, part: licences.Part) -> Part:
        return self._parts.setdefault(part.name, Part(part.name, part.version, part.licence, [*part.texts]))

    def _distribution(self, distribution: metadata.Distribution) -> Part:
        said = self._said(distribution)
        if said.name not in self._parts:
            self._taken(said).written = _contents(distribution)
        return self._parts[said.name]

    def _in_distribution(self, distribution: metadata.Distribution, inside: PurePosixPath) -> Part:
        name = _HASH.sub("", inside.name)
        for pattern, said in licences.known()["libraries"].items():
            if fnmatch(name, pattern):
                texts = [licences.FOLDER / text for text in said.get("texts", ())]
                texts += self._said(distribution).texts
                is_its_own = said["part"] in {"Qt", distribution.name}
                part = said["part"] if is_its_own else f"{said['part']}, in {distribution.name}"
                version = distribution.version if is_its_own else ""
                return self._parts.setdefault(part, Part(part, version, said["licence"], texts))
        if _BUNDLED.search(inside.as_posix()):
            raise LicenceError(f"nobody has looked at the licence of {inside}: add it to {_table()}.")
        return self._distribution(distribution)

    def _of_python(self, inside: PurePosixPath) -> Part | None:
        base = Path(sysconfig.get_config_var("installed_base") or sys.base_prefix)
        is_module = inside.parent.name in {"lib-dynload", "DLLs"}
        for pattern, licence in licences.known()["python"]["modules"].items():
            if is_module and fnmatch(inside.name, pattern):
                return self._parts.setdefault(inside.stem, Part(inside.stem, "", licence, []))
        places = (base / "lib" / inside.name, base / "DLLs" / inside.name, base / inside.name)
        is_there = len(inside.parts) == 1 and base != Path("/usr") and any(place.exists() for place in places)
        return self._python() if is_module or is_there or inside.name == "base_library.zip" else None

    def _python(self) -> Part:
        said = licences.known()["python"]
        part = Part("Python", platform.python_version(), said["licence"], [*licences.python_texts()])
        return self._parts.setdefault("Python", part)

    def _of_system(self, file: str) -> Part | None:
        """The package of the system's that a library comes from, as Debian's packages are kept."""
        found = _asked("dpkg-query", "-S", f"*/{file}")
        packages = [line.rpartition(": ")[0] for line in found if PurePosixPath(line.rpartition(": ")[2]).name == file]
        if not packages:
            return None
        package = packages[0].partition(":")[0]
        (told,) = _asked("dpkg-query", "-W", "-f", "${source:Package}\t${Version}\n", packages[0])
        source, version = told.split("\t")
        name, text = f"{source}, of the system", self._doc / package / "copyright"
        table = licences.known()["system"]
        licence = next((said for pattern, said in table.items() if fnmatch(source, pattern)), "")
        part = self._parts.setdefault(name, Part(name, version, licence, []))
        if text.is_file() and not part.texts:  # of several packages that are made of one source, one will do
            part.texts += [text, *_referred(text)]
        return part


def _files(folder: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    """Each file of the program, and where it lies inside; no links, and nothing that was gathered before."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        for name in _INSIDE:
            if inside.is_relative_to(name):
                inside = inside.relative_to(name)
                break
        if not inside.is_relative_to(_TARGET):
            yield path, inside


def _executables(folder: Path) -> list[Path]:
    places = (folder, folder / "Contents" / "MacOS")
    files = [path for place in places if place.is_dir() for path in sorted(place.iterdir()) if path.is_file()]
    return [path for path in files if _begins(path).startswith(_EXECUTABLE)]


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _contents(distribution: metadata.Distribution) -> str:
    """What a distribution says that it was made of (its bills of materials), if it does. Raises LicenceError."""
    rows = []
    for file in distribution.files or ():
        if "sboms" not in file.parts:
            continue
        for one in json.loads(Path(str(file.locate())).read_text(encoding="utf-8")).get("components", ()):
            if one.get("scope") in _NOT_INSIDE:
                continue
            said = [each.get("expression") or each.get("license", {}).get("id", "") for each in one.get("licenses", ())]
            expression = " AND ".join(f"({each})" for each in said if each)
            if expression and not is_free_of_gpl(expression):
                raise LicenceError(f"{one['name']} in {distribution.name} is under {expression}: leave it out.")
            rows.append(f"{one['name']} {one.get('version', '')}".ljust(44) + expression.strip("()") + "\n")
    return f"{distribution.name} is made of:\n\n{''.join(rows)}" if rows else ""


def _referred(text: Path) -> list[Path]:
    """The system's own copies of the licences to which a text refers instead of holding them."""
    names = sorted(set(_REFERENCE.findall(text.read_text(encoding="utf-8", errors="replace"))))
    return [path for path in (COMMON / name for name in names) if path.is_file()]


def _asked(*command: str) -> list[str]:
    if shutil.which(command[0]) is None:
        return []
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own words
    return run.stdout.splitlines()


def _unused(path: Path) -> Path:
    """The path, or another that nothing lies at."""
    others = (path.with_name(f"{number}-{path.name}") for number in count(2))
    return next(one for one in chain([path], others) if not one.exists())


def _table() -> Path:
    return (licences.FOLDER / "parts.toml").relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
