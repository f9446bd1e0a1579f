"""The kernel gets ready beside the work: nobody waits for it, and where it can't be had the reference goes on."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import pywt
from PIL import Image

from imgenc_gui.core.compiled.loading import digest
from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing import hashes, kernel, reference, resampling
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from tests.pictures import photo

ROOT = Path(__file__).parents[3]
HASH_METHODS = tuple(method for method in METHODS if method.is_hash)


def python(
    code: str, *arguments: object, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter: with the tests' cache, or as users do in the cache that is given."""
    inherited = {**os.environ}
    if "XDG_CACHE_HOME" in environment:
        del inherited["NUMBA_CACHE_DIR"]
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=cwd,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
    )


def test_until_it_is_ready_the_reference_encodes_and_the_bits_stay(monkeypatch):
    permitted = threading.Event()

    def load():
        permitted.wait(60)
        return KERNEL.wait(60)

    slow = CompiledModule("slow", otherwise="")
    monkeypatch.setattr(slow, "_load", load)
    monkeypatch.setattr(resampling, "KERNEL", slow)
    monkeypatch.setattr(hashes, "KERNEL", slow)
    encoder = Encoder(Options(HASH_METHODS))
    array = photo(300, 200)

    before = encoder.encode_array(array).encodings
    assert slow.get() is None
    permitted.set()
    assert slow.wait(60) is KERNEL.get() is not None
    after = encoder.encode_array(array).encodings

    assert before == after


def test_without_numba_the_reference_goes_on_and_the_log_says_so_once(monkeypatch, caplog):
    expected = Encoder(Options(HASH_METHODS)).encode_array(photo(300, 200)).encodings
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.hashing.kernel", None)
    missing = CompiledModule(KERNEL._name, KERNEL._otherwise)
    monkeypatch.setattr(resampling, "KERNEL", missing)
    monkeypatch.setattr(hashes, "KERNEL", missing)
    encoder = Encoder(Options(HASH_METHODS))

    assert missing.wait(30) is None
    for _ in range(2):
        assert encoder.encode_array(photo(300, 200)).encodings == expected

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "Resampling with Pillow" in caplog.text


def test_importing_imgenc_imports_no_numba_scipy_or_engine():
    code = (
        "import sys, imgenc_gui.methods, imgenc_gui.core.encoding, imgenc_gui.core.workers;"
        "print(sorted({'numba', 'llvmlite', 'scipy', 'pywt', 'onnxruntime', 'torch'} & set(sys.modules)))"
    )

    assert python(code).stdout == "[]\n"


FIRST = """
import sys, time
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
((_, result),) = Encoder(Options(tuple(m for m in METHODS if m.is_hash))).encode([(0, sys.argv[1])])
print(KERNEL.get() is None, *result.encodings.values())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is Linux's")
def test_the_first_start_ever_answers_before_the_kernel_is_compiled_and_leaves_it_behind(tmp_path):
    Image.fromarray(photo(640, 480)).save(tmp_path / "a.png")
    expected = Encoder(Options(HASH_METHODS)).encode_array(photo(640, 480)).encodings

    run = python(FIRST, tmp_path / "a.png", XDG_CACHE_HOME=str(tmp_path))

    assert run.stdout.split() == ["True", *expected.values()]
    assert run.stderr == ""
    assert list(tmp_path.rglob("weights"))  # at least: the exit waits 5 s, which slow machines outlast


KEPT = """
import logging, sys
import numpy as np
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from tests.pictures import photo
logging.basicConfig(format="%(message)s")
assert KERNEL.wait() is not None
print(*Encoder(Options(tuple(m for m in METHODS if m.is_hash))).encode_array(photo(407, 301)).encodings.values())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is Linux's")
def test_whatever_bit_of_the_kept_kernel_flips_the_hashes_stay(tmp_path):
    expected = " ".join(Encoder(Options(HASH_METHODS)).encode_array(photo(407, 301)).encodings.values()) + "\n"
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    assert python(KEPT, **environment).stdout == expected  # what the tests share goes when another of them is killed
    kept = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert kept
    chance = random.Random(3)
    for path in kept:
        whole = bytearray(path.read_bytes())
        for _ in range(3):
            whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(whole)

    damaged = python(KEPT, **environment)
    for path in kept:
        path.write_bytes(b"rubbish")
    Image.fromarray(photo(407, 301)).save(tmp_path / "a.png")
    command = "import sys; from imgenc_gui.cli import main; sys.exit(main(['a.png', '-m', 'phash,ahash,dhash,whash']))"
    commanded = python(command, cwd=tmp_path, **environment)

    assert damaged.stdout == expected
    assert damaged.stderr.count("made anew") == len(kept)
    assert commanded.stdout == f"a.png\t{expected}".replace(" ", "\t")


class Wrong:
    """The kernels, one of which gets a single number wrong."""

    def __init__(self, kernels, name, where):
        self._kernels, self._name, self._where = kernels, name, where

    def __getattr__(self, name):
        right = getattr(self._kernels, name)
        if name != self._name:
            return right

        def wrongly(*arguments):
            answer = right(*arguments)
            if isinstance(answer, int):
                return answer ^ 1
            out = arguments[-1] if answer is None else answer[0]
            out.reshape(-1)[self._where] += 1
            return answer

        return wrongly


@pytest.mark.parametrize("where", [0, -1])
@pytest.mark.parametrize("name", sorted(kernel.KNOWN_ANSWERS))
def test_one_wrong_number_of_one_kernel_is_found_out(name, where):
    kernels = KERNEL.wait(100)

    assert {of for of, answer in kernel.answers(kernels) if digest(answer) != kernel.KNOWN_ANSWERS[of]} == set()
    wrong = {
        of for of, answer in kernel.answers(Wrong(kernels, name, where)) if digest(answer) != kernel.KNOWN_ANSWERS[of]
    }
    assert name in wrong


def plain_resample(image, *arguments):
    *_, sizes, _, out = arguments
    out[:] = np.concatenate([small.ravel() for small in reference.resize(image, sizes)])


def plain_haar(grey, out):
    out[:] = pywt.wavedec2(grey / 255, "haar", level=5)[0]


def plain_grey(pixels, values):
    values[:] = reference.grey(pixels.reshape(1, -1, 3)).ravel()


def plain_above_median(values, first):
    low = values[:8, :8]
    return int(reference.hexadecimal(low >= np.median(low.ravel()[first:])), 16)


def test_the_known_answers_are_the_references():
    plain = SimpleNamespace(
        weights=kernel.weights,  # not compiled
        sections=kernel.sections,
        resample=plain_resample,
        grey=plain_grey,
        haar=plain_haar,
        above_mean=lambda grey: int(reference.ahash(grey), 16),
        rising=lambda grey: int(reference.dhash(grey), 16),
        above_median=plain_above_median,
    )

    assert {name: digest(answer) for name, answer in kernel.answers(plain)} == kernel.KNOWN_ANSWERS


IMPORTING = """
import builtins, threading, time
import numpy as np
from imgenc_gui.core.hashing import reference
begun, really = threading.Event(), __import__
def slowly(name, *args, **kwargs):
    if name == "scipy._lib" and threading.current_thread() is other and not begun.is_set():
        begun.set()
        time.sleep(1)
    return really(name, *args, **kwargs)
other = threading.Thread(target=lambda: slowly("scipy"))  # as numba does when the kernel loads
builtins.__import__ = slowly
other.start()
begun.wait(20)
found = {dct(np.eye(32, dtype=np.uint8)).tobytes() for dct in (reference._public_dct, reference.frequencies)}
print(len(found))
other.join()
"""


def test_a_hash_waits_for_scipy_where_another_thread_is_importing_it():
    run = python(IMPORTING)

    assert run.stderr == ""
    assert run.stdout == "1\n"


IN_CIRCLES = """
import sys
from imgenc_gui.core.compiled.module import CompiledModule
class Module(CompiledModule):
    def _load(self):
        print("numpy.random.mtrand" in sys.modules)  # the last of it
Module("made_up", "").wait()
"""


def test_what_numpy_loads_in_circles_is_whole_before_numba_and_scipy_want_it_on_their_threads():
    run = python(IN_CIRCLES)

    assert run.stderr == ""
    assert run.stdout.strip() == "True"


@pytest.mark.parametrize("most", [1, 3 * 700, 3 * 700 * 45])
@pytest.mark.parametrize("size", [(5, 700), (300, 200)])
def test_a_tall_picture_is_resampled_in_parts_to_the_same_bits(most, size, monkeypatch):
    assert KERNEL.wait(120) is not None
    image = photo(*size)
    sizes = [(32, 32), (256, 256), (8, 8), (9, 8)]
    expected = reference.resize(image, sizes)
    monkeypatch.setattr(resampling, "_MOST_BYTES", most)  # and not less than the picture
    for found in (reference.resize(image, sizes, most), resampling.resize(image, sizes)):
        for one, other in zip(found, expected, strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("size", "most"),
    [((1, 400_000), 120), ((250_000, 1), 50), ((1_000_000, 1), 60)],  # of the first 1.2 MB; 366 between the passes
)
def test_a_long_and_narrow_picture_takes_little_more_than_its_own_memory(size, most):
    assert KERNEL.wait(120) is not None
    image = np.zeros((*size[::-1], 3), np.uint8)
    tracemalloc.start()
    try:
        resampling.resize(image, [(256, 256), (32, 32), (8, 8), (9, 8)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most << 20
