"""The kernel gets ready beside the work: nobody waits for it, and where it can't be had the reference goes on."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing import engine, hashes, resampling
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.registry import METHODS
from tests.pictures import photo

ROOT = Path(__file__).parents[3]
HASH_METHODS = tuple(method for method in METHODS if method.is_hash)


def python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter with the user's cache, but for what ``environment`` says."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
    )


def test_until_it_is_ready_the_reference_encodes_and_the_bits_stay(monkeypatch):
    permitted = threading.Event()

    def load():
        permitted.wait(60)
        return KERNEL.wait(60)

    slow = CompiledModule(load)
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


def test_many_threads_load_it_once():
    loads = []

    def load():
        loads.append(1)
        time.sleep(0.1)
        return engine

    module = CompiledModule(load)
    threads = [threading.Thread(target=module.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert module.wait(30) is engine
    assert loads == [1]


def test_without_numba_the_reference_goes_on_and_the_log_says_so_once(monkeypatch, caplog):
    expected = Encoder(Options(HASH_METHODS)).encode_array(photo(300, 200)).encodings
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.hashing.kernel", None)
    monkeypatch.delattr("imgenc_gui.core.hashing.kernel", raising=False)
    missing = CompiledModule(engine._kernel)
    monkeypatch.setattr(resampling, "KERNEL", missing)
    monkeypatch.setattr(hashes, "KERNEL", missing)
    encoder = Encoder(Options(HASH_METHODS))

    assert missing.wait(30) is None
    for _ in range(2):
        assert encoder.encode_array(photo(300, 200)).encodings == expected

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "Resampling with Pillow" in caplog.text


def test_importing_imgenc_imports_no_numba_scipy_or_torch():
    code = (
        "import sys, imgenc_gui.methods, imgenc_gui.core.encoding, imgenc_gui.core.workers;"
        "print(sorted({'numba', 'llvmlite', 'scipy', 'pywt', 'torch'} & set(sys.modules)))"
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
    assert list(tmp_path.rglob("kernel.weights*.nbc"))  # at least: the exit waits 5 s, which slow machines outlast


EXIT = """
import sys, threading, time
from imgenc_gui.core.hashing import engine
engine._EXIT_SECONDS = float(sys.argv[1])
module = engine.CompiledModule(lambda: (time.sleep(float(sys.argv[2])), print("loaded"), engine)[-1])
assert module.get() is None
if sys.argv[3] == "abandon":
    module.abandon()
print("answer")
"""


@pytest.mark.parametrize(
    ("bound", "takes", "leaving", "printed"),
    [
        (60, 0.5, "", ["answer", "loaded"]),
        (0.2, 100, "", ["answer"]),
        (60, 100, "abandon", ["answer"]),
    ],
)
def test_the_exit_waits_for_it_but_not_long_and_not_when_told_not_to(bound, takes, leaving, printed):
    started = time.monotonic()

    assert python(EXIT, bound, takes, leaving).stdout.split() == printed
    assert time.monotonic() - started < 50


KEPT = """
import logging, sys
from pathlib import Path
import platformdirs
folder = Path(sys.argv[1])
platformdirs.user_cache_path = lambda *_, **__: folder
logging.basicConfig(format="%(message)s")
from imgenc_gui.core.hashing.engine import KERNEL
assert KERNEL.wait() is not None
"""


@pytest.mark.slow
def test_the_compiled_kernel_is_kept_and_a_damaged_one_is_made_anew(tmp_path):
    assert python(KEPT, tmp_path).stderr == ""
    kept = sorted(tmp_path.rglob("kernel.*.nb?"))
    assert kept
    for path in kept:
        path.write_bytes(b"rubbish")

    assert "made anew" in python(KEPT, tmp_path).stderr
    assert python(KEPT, tmp_path).stderr == ""


IMPORTING = """
import builtins, threading, time
import numpy as np
from imgenc_gui.core.hashing import hashes, reference
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
print({module.phash(np.eye(32, dtype=np.uint8)) for module in (hashes, reference)})
other.join()
"""


def test_a_hash_waits_for_scipy_where_another_thread_is_importing_it():
    run = python(IMPORTING)

    assert run.stderr == ""
    assert len(run.stdout.strip()) == 20
