"""What a program without Python holds: each file has an owner, a licence and its text, and nothing is under the GPL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imgenc_gui.core import licences as told
from resources.packages import licences
from resources.packages.licences import LicenceError, gather, is_free_of_gpl, write

ROOT = Path(__file__).parents[1]
ELF = b"\x7fELF\2\1"
MODULES = ["imgenc_gui.cli", "json.decoder", "pyimod01_archive", "made_up.fast"]


class Builder:
    """A made-up machine on which a made-up program was built."""

    def __init__(self, tmp_path, monkeypatch) -> None:
        self.site, self.folder = tmp_path / "site", tmp_path / "dist" / "imgenc"
        self.doc, self.system = tmp_path / "doc", {}
        self.site.mkdir()
        self.put("imgenc", ELF)
        self.put("_internal/base_library.zip")
        self.put("_internal/imgenc_gui/resources/weights/a.safetensors")
        self.put("_internal/imgenc_gui/resources/icons/a.svg")
        self.put("_internal/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", ELF)
        self.distribution("pyinstaller", "GPL-2.0-or-later WITH Bootloader-exception")
        monkeypatch.syspath_prepend(self.site)
        monkeypatch.setattr(licences, "_asked", self.asked)

    def put(self, name, content=b"") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def distribution(self, name, licence="MIT", files=(), *, text=True, sbom=None) -> None:
        """Install one; its files are in the program, too."""
        info = self.site / f"{name}-1.2.dist-info"
        said = {"METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.2\n"}
        said["METADATA"] += f"License-Expression: {licence}\n" if licence else ""
        said |= {"licenses/LICENSE": f"You may use {name}."} if text else {}
        said |= {"sboms/made.cyclonedx.json": json.dumps({"components": sbom})} if sbom else {}
        said["top_level.txt"] = name
        for file, content in said.items():
            path = info / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        recorded = [f"{info.name}/{file},," for file in said] + [f"{file},," for file in files]
        (info / "RECORD").write_text("\n".join(recorded) + "\n")
        for file in files:
            self.put(f"_internal/{file}", ELF)

    def library(self, name, package, source, copyright_="Free, see /usr/share/common-licenses/none.") -> None:
        """A library of the system's, in the program."""
        self.system[name] = (package, source)
        (self.doc / package).mkdir(parents=True, exist_ok=True)
        if copyright_:
            (self.doc / package / "copyright").write_text(copyright_)
        self.put(f"_internal/{name}", ELF)

    def asked(self, *command) -> list[str]:
        if command[1] == "-S":
            name = command[2].removeprefix("*/")
            return [f"{self.system[name][0]}:amd64: /usr/lib/{name}"] if name in self.system else []
        (source,) = {source for package, source in self.system.values() if command[-1] == f"{package}:amd64"}
        return [f"{source}\t9.8-7"]

    def gather(self) -> dict[str, licences.Part]:
        return {part.name: part for part in gather(self.folder, MODULES, self.doc)}


@pytest.fixture
def builder(tmp_path, monkeypatch):
    made = Builder(tmp_path, monkeypatch)
    made.distribution("made_up", "MIT", ["made_up/fast.so", "made_up.libs/libjpeg-1234abcd.so.8.3", "made_up/data.bin"])
    made.library("libxcb-shape.so.0", "libxcb-shape0", "libxcb")
    made.library("libxcb.so.1", "libxcb1", "libxcb")
    return made


def test_each_file_has_one_owner_and_each_part_its_text(builder):
    found = builder.gather()
    target = write(builder.folder, list(found.values()))

    index = json.loads((target / "index.json").read_text())
    listed = [file for part in index for file in part["files"]]
    there = {path.relative_to(builder.folder) for path in builder.folder.rglob("*") if path.is_file()}
    assert len(listed) == len(set(listed))
    assert {Path(file) for file in listed} == {path for path in there if target not in (builder.folder / path).parents}
    for part in index:
        assert part["texts"], part
        assert part["licence"], part
        for text in part["texts"]:
            assert (target / text).stat().st_size > 10, text
    assert index[0]["part"] == "imgenc"
    assert {"MobileNet V1, its weights", "Python", "pyinstaller", "made_up", "libxcb, of the system"} <= set(found)
    assert found["libjpeg-turbo, in made_up"].files == ["_internal/made_up.libs/libjpeg-1234abcd.so.8.3"]
    assert sorted(found["libxcb, of the system"].files) == ["_internal/libxcb-shape.so.0", "_internal/libxcb.so.1"]
    assert found["libxcb, of the system"].version == "9.8-7"
    assert "made_up 1.2: MIT\n" in (target / "index.txt").read_text()


def test_modules_and_compiled_parts_may_lie_elsewhere_than_where_they_were_installed(builder):
    builder.distribution("large", "MIT", ["large/deep/within/fft.cpython-311.so", "large/__init__.py"])
    for name in ("json/decoder.pyc", "large/__init__.pyc", "fft.cpython-311.so", "_pyi_rth_utils/__init__.pyc"):
        builder.put(f"_internal/{name}", ELF)

    found = builder.gather()

    assert "_internal/json/decoder.pyc" in found["Python"].files
    assert {"_internal/large/__init__.pyc", "_internal/fft.cpython-311.so"} <= set(found["large"].files)
    assert "_internal/_pyi_rth_utils/__init__.pyc" in found["pyinstaller"].files

    builder.put("_internal/stray/__init__.pyc")
    with pytest.raises(LicenceError, match=r"^nobody knows where the module stray comes from"):
        builder.gather()


def test_about_shows_what_was_gathered(builder, monkeypatch):
    target = write(builder.folder, list(builder.gather().values()))
    monkeypatch.setattr(told, "FOLDER", target)

    parts = {part.name: part for part in told.parts()}

    assert parts["made_up"].version == "1.2"
    assert told.text_of(parts["made_up"]) == "You may use made_up."
    assert "Apache License" in told.text_of(parts["MobileNet V1, its weights"])


def test_gathering_again_gives_the_same(builder):
    first = write(builder.folder, list(builder.gather().values()))
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}

    write(builder.folder, list(builder.gather().values()))

    assert {path: path.read_bytes() for path in first.rglob("*") if path.is_file()} == before


def test_what_is_under_the_gpl_is_refused(builder):
    builder.distribution("gifts", "MIT AND GPL-3.0-or-later", ["gifts/a.so"])
    with pytest.raises(LicenceError, match=r"^gifts \(_internal/gifts/a\.so\) is under MIT AND GPL-3"):
        builder.gather()


def test_libreadline_is_refused(builder):
    builder.library("libreadline.so.8", "libreadline8", "readline")
    with pytest.raises(LicenceError, match=r"^readline, of the system \(_internal/libreadline\.so\.8\) is under GPL-3"):
        builder.gather()


def test_so_is_pythons_module_for_it(builder):
    builder.put("_internal/python3.11/lib-dynload/readline.cpython-311-x86_64-linux-gnu.so", ELF)
    with pytest.raises(LicenceError, match=r"^readline\S* \(.*\) is under GPL-3"):
        builder.gather()


def test_a_licence_that_nobody_has_looked_at_is_refused(builder):
    builder.distribution("unsaid", "", ["unsaid/a.so"])
    with pytest.raises(LicenceError, match=r"^nobody has looked at the licence of unsaid: "):
        builder.gather()


def test_so_is_a_package_of_the_systems_that_is_new(builder):
    builder.library("libnew.so.1", "libnew1", "new")
    with pytest.raises(LicenceError, match=r"^nobody has looked at the licence of new, of the system: "):
        builder.gather()


def test_a_part_without_its_text_is_refused(builder):
    builder.distribution("untold", "MIT", ["untold/a.so"], text=False)
    with pytest.raises(LicenceError, match=r"^untold comes without the text of its licence"):
        builder.gather()


def test_so_is_a_package_of_the_systems_without_one(builder):
    builder.library("libz.so.1", "zlib1g", "zlib", copyright_="")
    with pytest.raises(LicenceError, match=r"^zlib, of the system comes without the text"):
        builder.gather()


def test_a_new_library_within_a_distribution_is_refused(builder):
    builder.distribution("bringer", "MIT", ["bringer.libs/libx265-0123abcd.so.199"])
    with pytest.raises(LicenceError, match=r"^nobody has looked at the licence of bringer\.libs/libx265"):
        builder.gather()


def test_a_file_from_nowhere_is_refused(builder):
    builder.put("_internal/libstray.so", ELF)
    with pytest.raises(LicenceError, match=r"^nobody knows where libstray\.so comes from"):
        builder.gather()


def test_a_module_from_nowhere_is_refused(builder):
    with pytest.raises(LicenceError, match=r"^nobody knows where the module stray comes from"):
        gather(builder.folder, [*MODULES, "stray.module"], builder.doc)


def test_what_a_distribution_says_it_is_made_of_counts_too(builder):
    crates = [{"name": "resvg", "version": "1", "licenses": [{"expression": "MIT OR Apache-2.0"}]}]
    may_be = {"name": "quant", "scope": "optional", "licenses": [{"license": {"id": "GPL-3.0-or-later"}}]}
    builder.distribution("rusty", "MIT", ["rusty/a.so"], sbom=[*crates, may_be])
    part = builder.gather()["rusty"]
    assert "resvg 1" in part.written
    assert "quant" not in part.written

    is_in = {**may_be, "scope": "required"}
    builder.distribution("rusty", "MIT", ["rusty/a.so"], sbom=[*crates, is_in])
    with pytest.raises(LicenceError, match=r"^quant in rusty is under \(GPL-3"):
        builder.gather()


@pytest.mark.parametrize(
    ("expression", "is_free"),
    [
        ("MIT", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("GPL-2.0-or-later WITH Qt-GPL-exception-1.0", False),
        ("MIT OR GPL-2.0-only", True),
        ("MIT AND GPL-2.0-only", False),
        ("MIT AND (GPL-2.0-only OR BSD-3-Clause)", True),
        ("(MIT OR Apache-2.0) AND (GPL-2.0-only OR GPL-3.0-only)", False),
        ("Apache-2.0 WITH LLVM-exception AND MIT", True),
    ],
)
def test_alternatives_and_exceptions_are_understood(expression, is_free):
    assert is_free_of_gpl(expression) is is_free


@pytest.mark.parametrize("expression", ["", "MIT AND", "(MIT", "MIT)", "OR MIT", "GPL 3", "MIT WITH"])
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(LicenceError):
        is_free_of_gpl(expression)


def test_what_is_wrong_is_one_sentence(tmp_path):
    run = subprocess.run(
        [sys.executable, ROOT / "resources" / "packages" / "licences.py", tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == f"licences: {tmp_path} holds no program.\n"


def test_every_text_that_the_table_names_is_there():
    table = told.known()
    said = [*table["own"], table["python"], *table["distributions"].values(), *table["libraries"].values()]
    named = [text for one in said for text in one.get("texts", ())]
    assert len(named) > 20
    for text in named:
        assert (told.FOLDER / text).is_file(), text
    expressions = [*(one["licence"] for one in said), *table["system"].values()]
    refused = [expression for expression in expressions if not is_free_of_gpl(expression)]
    assert set(refused) == {"GPL-3.0-or-later"}  # libreadline and libgdbm


def test_of_what_is_installed_imgenc_comes_first_and_each_dependency_has_its_text():
    parts = {part.name: part for part in told.parts()}
    assert next(iter(parts)) == "imgenc"
    assert {"numpy", "pillow", "PySide6_Essentials", "onnxruntime", "Python", "DejaVu Sans"} <= set(parts)
    assert "pytest" not in parts
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in told.text_of(parts["PySide6_Essentials"])
    assert "You may replace them" in told.text_of(parts["PySide6_Essentials"])
    assert "MIT License" in told.text_of(parts["imgenc"])
    assert all(path.is_file() for part in parts.values() for path in part.texts)
