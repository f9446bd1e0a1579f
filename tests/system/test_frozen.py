"""A real frozen build of the command, without what is large: its guarded child is the executable itself."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest

from imgenc_gui.core.formats.child import PRIVATE_ARGUMENT
from imgenc_gui.methods import CNN, PHash
from tests.pictures import photo
from tests.raw_files import nef
from tests.system.conftest import ROOT, SECONDS, wait_for
from tests.system.drawings import CIRCLE, COSTLY

LARGE = (
    "torch",
    "torchvision",
    "numba",
    "llvmlite",
    "PySide6",
    "imagededup",
    "pandas",
    "matplotlib",
    "sklearn",
    "pytest",
)

RARE = ("pi_heif", "_pi_heif", "pylibjxl", "rawpy")  # for some systems there is no wheel
HIDDEN = ("resvg_py", *filter(find_spec, RARE), "scipy.fftpack", "pywt")


@pytest.fixture(scope="module")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, frozen: hashes by the reference, and the CNN by onnxruntime."""
    folder = tmp_path_factory.mktemp("frozen")
    subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--name", "imgenc"),
            *(option for module in LARGE for option in ("--exclude-module", module)),
            *(option for module in HIDDEN for option in ("--hidden-import", module)),
            *("--add-data", f"{ROOT / 'resources' / 'fonts'}:imgenc_gui/resources/fonts"),
            *("--add-data", f"{ROOT / 'resources' / 'weights'}:imgenc_gui/resources/weights"),
            *("--paths", str(ROOT), "--distpath", str(folder), "--workpath", str(folder / "work")),
            *("--specpath", str(folder), str(ROOT / "imgenc_gui" / "cli.py")),
        ],
        check=True,
        timeout=600,
        cwd=folder,
    )
    return folder / "imgenc" / "imgenc"


@pytest.mark.timeout(900)
def test_a_frozen_build_draws_in_a_guarded_child(executable, tmp_path):
    (tmp_path / "drawing.svg").write_text(
        CIRCLE.replace("</svg>", "<text x='9' y='50' font-size='40'>字a</text></svg>")
    )
    run = subprocess.run(
        [executable, "drawing.svg"], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert run.stdout == f"drawing.svg\t{PHash().encode_image(image_file=tmp_path / 'drawing.svg')}\n"


@pytest.mark.timeout(900)
def test_it_embeds_without_torch(executable, tmp_path):
    path, target = ROOT / "tests" / "data" / "images" / "base_images" / "ukbench00120.jpg", tmp_path / "encodings.npz"
    subprocess.run([executable, path, "-m", "cnn", "-o", target], capture_output=True, timeout=SECONDS, check=True)
    vector = CNN().encode_image(image_file=path)
    np.testing.assert_allclose(np.load(target)["cnn"], vector, atol=1e-4, rtol=0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("module", "name"), [("pi_heif", "heic/four.heic"), ("pylibjxl", "frames.jxl"), ("rawpy", "a.nef")]
)
def test_it_imports_a_rare_format_with_its_first_file(executable, module, name, tmp_path):
    pytest.importorskip(module, reason="no wheel for this system")
    path = ROOT / "tests" / "data" / name
    if module == "rawpy":
        path = tmp_path / name
        path.write_bytes(nef(photo(96, 64)))
    run = subprocess.run([executable, path], capture_output=True, text=True, timeout=SECONDS, check=True)
    assert run.stdout.endswith(f"\t{PHash().encode_image(image_file=path)}\n")


@pytest.mark.timeout(900)
def test_its_child_is_itself_and_ends_with_it(executable, tmp_path):
    (tmp_path / "slow.svg").write_text(COSTLY)
    with psutil.Popen([executable, "slow.svg"], cwd=tmp_path) as process:
        (child,) = wait_for("the child", process.children)
        wait_for("the private argument", lambda: child.cmdline()[:2] == [str(executable), PRIVATE_ARGUMENT])
        process.kill()
        process.wait(SECONDS)
    assert psutil.wait_procs([child], 10)[1] == []
