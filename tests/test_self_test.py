"""`imgenc --self-test`: each part against what the reference gives; what is broken is told, and nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

from imgenc_gui import cli
from imgenc_gui.command import self_test, trials
from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.npz_arrays import NPZ
from imgenc_gui.core.files.reading import read_export
from imgenc_gui.core.formats import guard, reader
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.registry import READERS
from imgenc_gui.core.networks.loading import NETWORKS
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.resources import resource
from tests.making_samples import OWN, reference_encodings, reference_pixels

ROOT = Path(__file__).parents[1]
KNOWN = dict(read_export(trials.KNOWN).named)
NEEDED = {".heic": "pi_heif", ".jxl": "pylibjxl", ".dng": "rawpy", ".nef": "rawpy"}
FLOATING = ("AVIF.avif", "DNG.dng", "HEIC.heic", "JPEG.jpg", "SVG.svg", "WEBP.webp")


@pytest.fixture(autouse=True)
def end_children():
    yield
    GUARD.close()


@pytest.fixture
def own_samples(tmp_path, monkeypatch):
    """A copy of the samples that a test may change."""
    folder = tmp_path / "samples"
    shutil.copytree(trials.SAMPLES, folder)
    monkeypatch.setattr(trials, "SAMPLES", folder)
    monkeypatch.setattr(trials, "KNOWN", folder / "known.npz")
    return folder


def tried(capsys) -> tuple[int, dict[str, str]]:
    """The exit status, and each part's result."""
    status = cli.main(["--self-test"])
    lines = capsys.readouterr().out.splitlines()[3:]
    rows = [line.split("  ") for line in lines[: lines.index("")]]
    return status, {cells[0]: cells[-1].strip() for cells in rows}


def wrong(results: dict[str, str]) -> dict[str, str]:
    return {part: result for part, result in results.items() if result.startswith("WRONG")}


@pytest.mark.parametrize("path", trials.samples(), ids=lambda path: path.name)
def test_what_is_known_is_what_the_reference_gives(path):
    if path.suffix in NEEDED and not find_spec(NEEDED[path.suffix]):
        pytest.skip("no wheel for this system")

    made, known = reference_encodings(path), KNOWN[path.name].encodings

    assert set(known) == set(OWN) == set(made)
    for method in OWN:
        if method.is_hash:
            assert known[method] == made[method], method.label
        else:
            np.testing.assert_allclose(known[method], made[method], atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", FLOATING)
def test_no_bit_hangs_on_pixels_that_are_off_by_one(name):
    path = trials.SAMPLES / name
    if path.suffix in NEEDED and not find_spec(NEEDED[path.suffix]):
        pytest.skip("no wheel for this system")
    pixels, chance = reference_pixels(path).astype(int), np.random.default_rng(0)
    encoder = Encoder(Options(OWN[:4]))

    for _ in range(8):
        off = (pixels + chance.integers(-1, 2, pixels.shape)).clip(0, 255).astype(np.uint8)
        assert encoder.encode_array(off).encodings.items() <= KNOWN[name].encodings.items()


def test_there_is_a_small_sample_of_every_format():
    """Of cameras' own formats one with a picture in it, and one that is developed."""
    results = Encoder(Options(OWN[:1])).encode((path.stem, str(path)) for path in trials.samples())
    formats = {result.facts.format for _, result in results if result.facts is not None}
    read = {name for one in READERS if not one.missing_package() for name in one.formats if name != "Camera RAW"}
    cameras = {name for one in READERS if "DNG" in one.formats for name in one.formats} - {"DNG", "NEF"}

    assert formats >= read - cameras - {"HEIF"}  # HEIF's reader is HEIC's, and nothing writes it here
    assert sum(path.stat().st_size for path in trials.SAMPLES.iterdir()) < 350_000
    assert set(KNOWN) == {path.name for path in trials.samples()}


def test_a_sound_installation_passes(capsys):
    status, results = tried(capsys)

    assert wrong(results) == {}
    assert status == 0
    parts = {"plain hashes", "compiled hashes", "compiled comparing", "CNN", "guarded child", "library", "export npz"}
    assert set(results) > parts | {path.stem for path in trials.samples()}


@pytest.mark.parametrize("method", OWN, ids=lambda method: method.id)
def test_a_value_that_differs_is_told(method, own_samples, capsys):
    named = read_export(trials.KNOWN).named
    known = dict(named)["TIFF.tif"].encodings
    known[method] = f"{int(known[method], 16) ^ 1:016x}" if method.is_hash else known[method] + np.float32(3e-4)
    export(ExportRequest(named, trials.KNOWN, NPZ, Options(OWN), ""))

    status, results = tried(capsys)

    assert status == 1
    assert set(wrong(results)) == {"TIFF"}
    assert results["TIFF"].startswith(f"WRONG: {method.label} ")


def test_a_sample_that_is_damaged_is_told(own_samples, capsys):
    whole = (own_samples / "GIF.gif").read_bytes()
    (own_samples / "GIF.gif").write_bytes(whole[:90])

    status, results = tried(capsys)

    assert status == 1
    assert set(wrong(results)) == {"GIF"}
    assert "damaged" in results["GIF"]


def test_a_sample_that_is_missing_is_told(own_samples, capsys):
    (own_samples / "GIF.gif").unlink()

    status, results = tried(capsys)

    assert status == 1
    assert set(wrong(results)) == {"known values"}
    assert "GIF.gif" in results["known values"]


def test_without_any_sample_it_fails(own_samples, capsys):
    shutil.rmtree(own_samples)

    status = cli.main(["--self-test"])

    said = capsys.readouterr().out
    assert status == 1
    assert "known values" in said
    assert said.endswith("Install imgenc anew; if that doesn't help, keep this table for whoever helps you.\n")


def test_without_a_place_for_temporary_files_it_says_so(monkeypatch, capsys):
    def fail(_parent):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(self_test, "Folder", fail)

    assert cli.main(["--self-test"]) == 1
    assert "no place for temporary files" in capsys.readouterr().err


def test_a_kernel_that_cannot_be_had_is_told(monkeypatch, capsys):
    broken = CompiledModule("imgenc_gui.core.hashing.no_such_kernel", "Nothing")
    monkeypatch.setattr(trials, "KERNEL", broken)

    status, results = tried(capsys)

    broken.abandon()
    assert status == 1
    assert set(wrong(results)) == {"compiled hashes"}
    assert "no_such_kernel" in results["compiled hashes"]


def test_a_child_that_dies_is_told(monkeypatch, capsys):
    monkeypatch.setattr(guard, "_PROGRAM", "import sys; sys.exit(3)")
    GUARD.close()  # those that were started before

    status, results = tried(capsys)

    assert status == 1
    assert {"guarded child", "SVG", "SVGZ"} <= set(wrong(results))
    assert not set(wrong(results)) & {"JPEG", "PNG", "CNN", "library", "export csv"}
    assert "decoder doesn't start" in results["guarded child"]


def test_a_network_that_does_not_load_is_one_fault(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.networks.mobilenet_v1_torch", None)
    NETWORKS.forget()
    try:
        status, results = tried(capsys)
    finally:
        NETWORKS.forget()

    assert status == 1
    assert set(wrong(results)) == {"CNN"}


def test_a_missing_package_is_a_fault_but_where_it_has_no_wheel(monkeypatch, capsys):
    monkeypatch.setattr(reader, "_is_there", lambda module: module not in {"pi_heif", "pylibjxl"})

    status, results = tried(capsys)

    assert status == 1
    assert set(wrong(results)) == {"HEIC"}
    assert results["JPEG XL"].startswith("not here: ")

    monkeypatch.setattr(trials, "WITHOUT_WHEEL", {"pi-heif"})
    status, results = tried(capsys)
    assert status == 0
    assert results["HEIC"].startswith("not here: ")


def test_what_the_project_does_not_ask_for_is_known_to_have_no_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(text) for text in project["dependencies"]]
    machines = [("win32", "AMD64"), ("win32", "ARM64"), ("darwin", "x86_64"), ("darwin", "arm64"), ("linux", "x86_64")]
    lacking = set()
    for system, machine in [*machines, ("linux", "aarch64")]:
        for python in ((3, 11), (3, 14)):
            names = {"sys_platform": system, "platform_machine": machine, "python_version": "{}.{}".format(*python)}
            here = {one.name for one in asked if one.marker is None or one.marker.evaluate(names)}
            left_out = {one.name for one in asked} - here
            assert left_out <= trials.without_wheel(system, machine, python), (system, machine, python)
            lacking |= left_out
    assert {"pi-heif", "rawpy"} <= lacking


def test_where_neither_compiler_nor_engine_has_a_wheel_they_are_rightly_missing(monkeypatch, capsys):
    broken = CompiledModule("imgenc_gui.core.hashing.no_such_kernel", "Nothing")
    monkeypatch.setattr(trials, "KERNEL", broken)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.networks.mobilenet_v1_torch", None)
    monkeypatch.setattr(trials, "WITHOUT_WHEEL", trials.without_wheel("darwin", "x86_64", (3, 14)))
    missing = {"numba", "onnxruntime", "torch"}
    monkeypatch.setattr(trials, "find_spec", lambda name: None if name in missing else find_spec(name))
    NETWORKS.forget()
    try:
        status, results = tried(capsys)
        assert status == 0
        assert {part for part, result in results.items() if result.startswith("not here")} == {"compiled hashes", "CNN"}
        missing.discard("numba")  # it is there, and doesn't work
        assert set(wrong(tried(capsys)[1])) == {"compiled hashes"}
    finally:
        broken.abandon()
        NETWORKS.forget()


@pytest.mark.slow
def test_without_a_home_or_qt_and_with_nothing_left_behind(tmp_path):
    """As a process of its own: the person's library isn't touched, nor is anything but the cache of the kernels."""
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IMGENC", "XDG"))}
    environment |= {"HOME": str(home), "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    program = "import sys; from imgenc_gui import cli; s = cli.program(); sys.exit(s + 2 * ('PySide6' in sys.modules))"

    run = subprocess.run(
        [sys.executable, "-c", program, "--self-test"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("\nAll is well.\n")
    assert list(scratch.iterdir()) == []
    assert not (home / ".local").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
def test_ctrl_c_ends_it_and_its_scratch_folder_goes(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "imgenc_gui.cli", "--self-test"], env=environment, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("known values"):
                break
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(60) == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("beside", [["a.jpg"], ["--groups"], ["-o", "a.json"], ["--networks"], ["--library", "info"]])
def test_it_stands_alone(beside, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--self-test", *beside])

    assert end.value.code == 2
    assert "--self-test stands alone" in capsys.readouterr().err


def test_the_wheel_and_the_installer_bring_what_it_needs():
    included = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert included["wheel"]["force-include"]["resources/self_test"] == "imgenc_gui/resources/self_test"
    assert resource("self_test").is_dir()
    assert {method.id for method in METHODS} >= {method.id for method in OWN}
