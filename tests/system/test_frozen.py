"""The program without Python (resources/packages/bundle.py): what is in it, and that it does as an installed one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import imgenc_gui
from imgenc_gui.core.collecting import open_export
from imgenc_gui.core.formats.child import PRIVATE_ARGUMENT
from imgenc_gui.methods import CNN, AHash, DHash, PHash, WHash
from tests.pictures import photo
from tests.raw_files import nef
from tests.system.conftest import ROOT, SECONDS, wait_for
from tests.system.drawings import CIRCLE, COSTLY

pytestmark = pytest.mark.timeout(1200)  # whoever is first may build it

MOST = 420 << 20  # bytes; newer versions of what is in it may be larger
# A pattern that would abort the process which draws it.
HEAVY = CIRCLE.replace(
    "<circle",
    '<pattern id="p" patternUnits="userSpaceOnUse" width="1e6" height="1e6"><circle r="5e5"/></pattern>'
    '<rect width="90" height="60" fill="url(#p)"/><circle',
)
METHODS = {"phash": PHash, "ahash": AHash, "dhash": DHash, "whash": WHash}


def run(program, *arguments, home, check=True, **environment):
    """Run a program of the bundle with an environment that has nothing but a home."""
    return subprocess.run(
        [program, *arguments],
        env={"HOME": str(home)} | environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=check,
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with a picture of each kind of reader."""
    folder = tmp_path_factory.mktemp("pictures")
    image = Image.fromarray(photo(320, 240))
    for ending in ("jpg", "png", "bmp", "ppm", "tif", "gif", "webp", "avif", "jp2", "ico", "tga", "dds", "qoi", "sgi"):
        image.save(folder / f"{ending}.{ending}")
    (folder / "text.svg").write_text(CIRCLE.replace("</svg>", "<text x='9' y='50' font-size='40'>字a</text></svg>"))
    (folder / "a.nef").write_bytes(nef(photo(96, 64)))
    for name in ("heic/four.heic", "frames.jxl"):
        (folder / Path(name).name).write_bytes((ROOT / "tests" / "data" / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def test_it_is_small_and_brings_nothing_that_it_should_not(bundle):
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]

    assert sum(path.stat().st_size for path in files) <= MOST
    assert any("onnxruntime" in path.name for path in files)
    unwanted = re.compile(
        r"^(torch$|torchvision$|libtorch|nvidia|libcu|libreadline|readline|libgdbm|libdb-|libgtk|libgdk|libqgtk|libglib|libstdc\+\+|libQt6Network)"
    )
    assert {part for path in files for part in path.relative_to(bundle).parts if unwanted.search(part)} == set()


def test_a_folder_is_encoded_as_by_an_installed_one_from_anywhere_with_an_empty_environment(bundle, pictures, home):
    link = home / "imgenc"
    link.symlink_to(bundle / "imgenc")

    told = run(link, pictures, "-m", "all", "-o", home / "all.npz", home=home)

    assert told.stderr == f"imgenc: {len(list(pictures.iterdir()))} encoded, 0 could not be read\n"
    found = np.load(home / "all.npz")
    names = [str(name) for name in found["names"]]
    for method, made in METHODS.items():
        expected = made().encode_images(image_dir=pictures)
        assert dict(zip(names, map(str, found[method]), strict=True)) == expected
    for name, vector in zip(names, found["cnn"], strict=True):
        expected = CNN().encode_image(image_file=pictures / name)[0]
        np.testing.assert_allclose(vector, expected, atol=1e-4, rtol=0)


def test_it_says_of_itself_that_all_is_well(bundle, home):
    assert run(bundle / "imgenc", "--self-test", home=home).stdout.endswith("All is well.\n")


def test_what_was_encoded_comes_from_the_library_and_is_written_in_each_format(bundle, pictures, home, tmp_path):
    run(bundle / "imgenc", pictures, "-o", tmp_path / "first.json", home=home)
    count = len(list(pictures.iterdir()))
    expected = PHash().encode_images(image_dir=pictures)

    written = {"report": "r.json", "csv": "c.csv", "excel": "e.csv", "xlsx": "w.xlsx", "npz": "n.npz"}
    for kind, name in written.items():
        more = ["--thumbnails"] if kind == "xlsx" else []
        told = run(bundle / "imgenc", pictures, "--format", kind, "-o", tmp_path / name, *more, home=home)
        assert told.stderr == f"imgenc: {count} encoded, {count} of them from the library, 0 could not be read\n"
        if kind != "excel":  # Excel alone reads that
            assert open_export(str(tmp_path / name)).count == count
    assert json.loads((tmp_path / "first.json").read_text()) == expected


def test_reports_name_what_made_the_encodings(bundle, pictures, home, tmp_path):
    run(bundle / "imgenc", pictures, "-m", "phash,cnn", "--format", "report", "-o", tmp_path / "r.json", home=home)

    named = json.loads((tmp_path / "r.json").read_text())["libraries"]
    own = {"imgenc", "Python", "Pillow", "numpy", "simplejpeg", "scipy", "resvg-py", "pi-heif", "pylibjxl", "rawpy"}
    assert set(named) == own | {"onnxruntime"}
    assert all(re.fullmatch(r"\d+\.\d+(\.\d+)*", version) for version in named.values())
    assert named["imgenc"] == imgenc_gui.__version__


def test_compiled_code_is_kept_heals_and_is_not_an_installed_ones(bundle, pictures, home, tmp_path):
    one = ["--no-cache", pictures / "png.png"]
    run(bundle / "imgenc", *one, home=tmp_path)
    (kept,) = (tmp_path / ".cache" / "imgenc" / "kernel").iterdir()
    whole = {path.name: path.read_bytes() for path in kept.iterdir()}
    assert "resample" in whole
    (kept / "resample").write_bytes(b"damaged" + whole["resample"][7:])

    told = run(bundle / "imgenc", *one, home=tmp_path)

    assert "is damaged and is made anew" in told.stderr
    assert told.stdout.split()[1] == PHash().encode_image(image_file=pictures / "png.png")
    assert {path.name for path in kept.iterdir()} == set(whole)
    assert run(bundle / "imgenc", *one, home=tmp_path).stderr == ""
    source = [sys.executable, "-m", "imgenc_gui.cli", *one]
    subprocess.run(source, env={"HOME": str(tmp_path)}, cwd=ROOT, check=True, timeout=SECONDS, capture_output=True)
    assert len(list(kept.parent.iterdir())) == 2


def test_a_heavy_drawing_costs_itself_alone(bundle, home, tmp_path):
    (tmp_path / "heavy.svg").write_text(HEAVY)
    (tmp_path / "light.svg").write_text(CIRCLE)

    told = run(bundle / "imgenc", tmp_path, home=home)

    assert told.stdout.split("\t")[1].strip() == PHash().encode_image(image_file=tmp_path / "light.svg")
    assert "heavy.svg" in told.stderr
    assert "1 encoded, 1 could not be read" in told.stderr


def test_its_child_is_itself_and_ends_with_it(bundle, home, tmp_path):
    (tmp_path / "slow.svg").write_text(COSTLY)
    executable = str(bundle / "imgenc")
    environment = {"HOME": str(home), "LD_LIBRARY_PATH": "/given"}
    with psutil.Popen([executable, "--no-cache", "slow.svg"], cwd=tmp_path, env=environment) as process:
        (child,) = wait_for("the child", process.children)
        wait_for("the private argument", lambda: child.cmdline()[:2] == [executable, PRIVATE_ARGUMENT])
        # What it was given itself, before it named its own libraries.
        wait_for("its libraries", lambda: child.environ().get("LD_LIBRARY_PATH_ORIG") == "/given")
        process.kill()
        process.wait(SECONDS)
    assert psutil.wait_procs([child], 10)[1] == []


def test_its_window_opens_draws_in_a_child_and_opens_pictures_as_the_system_does(
    bundle, make_screen, start, pictures, tmp_path
):
    tools = tmp_path / "tools"
    tools.mkdir()
    opener = tools / "xdg-open"
    opener.write_text(f'#!/bin/sh\nenv > "{tmp_path}/opened.part"; mv "{tmp_path}/opened.part" "{tmp_path}/opened"\n')
    opener.chmod(0o755)
    (pictures / "heavy.svg").write_text(HEAVY)
    try:
        screen = make_screen()
        given = {"DISPLAY": screen.environment["DISPLAY"], "HOME": str(tmp_path), "PATH": f"{tools}:/usr/bin:/bin"}
        imgenc = start(screen, pictures, program=[bundle / "imgenc-gui"], environment=given)
        imgenc.wait_encoded(len(list(pictures.iterdir())) - 1)
        imgenc.wait_idle()
        assert len(screen.windows(imgenc.process)) == 1  # of all that there are on this screen
        own_child = (str(bundle / "imgenc-gui"), PRIVATE_ARGUMENT)
        assert {tuple(child.cmdline()[:2]) for child in imgenc.children()} == {own_child}
        screen.tool("xdotool", "mousemove", "--window", imgenc.main_window(), "300", "250", "click", "1")  # a row
        screen.key("shift+Return")
        wait_for("the opened picture", (tmp_path / "opened").exists)
        theirs = dict(line.split("=", 1) for line in (tmp_path / "opened").read_text().splitlines() if "=" in line)
        assert {name: theirs[name] for name in given} == given
        assert [name for name in theirs if name.startswith(("LD_", "_PYI", "QT_", "QML", "PYTHON", "SSL_"))] == []
        screen.key("ctrl+q")
        imgenc.end_status()
    finally:
        (pictures / "heavy.svg").unlink()


def test_a_build_with_cuda_is_refused_in_one_sentence(tmp_path):
    pytest.importorskip("PyInstaller", reason="builds the program")
    package = tmp_path / "onnxruntime_gpu-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: onnxruntime-gpu\nVersion: 1.0\n")

    folders = ["--distpath", tmp_path, "--workpath", tmp_path]
    told = subprocess.run(
        [sys.executable, "-m", "PyInstaller", *folders, ROOT / "build_installer.spec"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert told.returncode != 0
    assert "build_installer.spec: onnxruntime-gpu is for NVIDIA's cards" in told.stderr.splitlines()[-1]
