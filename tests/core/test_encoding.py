"""Encoding: results, cautions, rotation, stopping, and what threads share."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from imgenc_gui.core import encoding
from imgenc_gui.core.hashing import hashes as hashing
from imgenc_gui.core.hashing import resampling as resample
from imgenc_gui.core.encoding import (
    CautionCode,
    Encoder,
    ErrorCode,
    Method,
    Options,
    SharedIterator,
    encode_all,
)
from tests.pictures import flat, gradient, half_flat, photo


def encode(path, **options):
    ((_, result),) = Encoder(Options(**options)).encode([(0, str(path))])
    return result


@pytest.fixture
def folder(tmp_path):
    for i in range(12):
        Image.fromarray(photo(64, 48, i)).save(tmp_path / f"{i:02}.png")
    return tmp_path


def test_labels_are_spelt_as_usual():
    assert [method.label for method in Method] == ["PHash", "AHash", "DHash", "WHash", "CNN"]


def test_no_method_is_refused():
    with pytest.raises(ValueError, match="at least one method"):
        Encoder(Options(()))


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("make", [photo, flat, half_flat, gradient])
def test_the_haar_approximation_is_pywavelets_to_the_bit(make, compiled, monkeypatch):
    import pywt

    if not compiled:
        monkeypatch.setattr(hashing, "compiled_kernel", lambda: None)

    grey = resample.grey(make(256, 256))

    assert np.array_equal(hashing.haar_approximation(grey), pywt.wavedec2(grey / 255, "haar", level=5)[0])


def test_flat_pictures_get_a_caution(tmp_path):
    Image.fromarray(flat(30, 30)).save(tmp_path / "a.png")

    result = encode(tmp_path / "a.png", methods=(Method.PHASH, Method.DHASH))

    assert result.encodings == {Method.PHASH: "f" * 16, Method.DHASH: "0" * 16}
    (caution,) = result.cautions
    assert caution.code == CautionCode.LOW_INFORMATION
    assert "PHash, DHash" in caution.text


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_rotation_is_applied_only_when_asked_for(name, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(photo(80, 60)).save(tmp_path / name, exif=exif)
    turned = np.rot90(np.asarray(Image.open(tmp_path / name)), -1)

    ignored = encode(tmp_path / name)
    applied = encode(tmp_path / name, apply_rotation=True)

    assert applied.encodings != ignored.encodings
    assert applied.encodings == Encoder(Options()).encode_array(turned).encodings
    assert [caution.code for caution in applied.cautions] == [CautionCode.ROTATED]
    assert ignored.cautions == ()


def test_a_failure_is_a_result_and_the_run_goes_on(folder):
    (folder / "05.png").write_bytes(b"no picture")

    results = list(encode_all(Encoder(Options()), [str(path) for path in sorted(folder.iterdir())], workers=2))

    assert [result.failure.code if result.failure else None for result in results].count(ErrorCode.DAMAGED) == 1
    assert len(results) == 12
    assert results[5].encodings == {}


def test_stopping_keeps_what_is_done(folder):
    paths = [str(path) for path in sorted(folder.iterdir())]
    stop = threading.Event()
    results = encode_all(Encoder(Options()), iter(paths * 1000), workers=2, stop=stop.is_set)
    done = [next(results) for _ in range(5)]
    stop.set()
    started = time.monotonic()

    done += list(results)

    assert time.monotonic() - started < 10  # ends by itself, long before 12,000 pictures
    assert 5 <= len(done) < 12_000
    assert all(result.encodings for result in done)


def test_closing_the_iterator_ends_the_threads(folder):
    paths = [str(path) for path in sorted(folder.iterdir())] * 1000
    results = encode_all(Encoder(Options()), paths, workers=2)
    next(results)

    results.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encoder-")]


def test_an_unexpected_error_in_a_thread_is_raised(folder, monkeypatch):
    def fail(*_args):
        raise RuntimeError("a defect")

    monkeypatch.setattr(encoding, "resize", fail)
    with pytest.raises(RuntimeError, match="a defect"):
        list(encode_all(Encoder(Options()), [str(path) for path in folder.iterdir()], workers=2))


def test_threads_share_an_iterator_without_loss():
    def numbers():  # unlike a range, a generator can't be pulled from by two threads at once
        yield from range(20_000)

    shared = SharedIterator(numbers())
    taken: list[list[int]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda mine=mine: mine.extend(shared)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(itertools.chain.from_iterable(taken)) == list(range(20_000))


def test_without_numba_pillow_gives_the_same_bits_and_the_log_says_so(monkeypatch, caplog):
    array = photo(300, 200)
    sizes = [(32, 32), (9, 8), (224, 224)]
    compiled = resample.resize(array, sizes)
    monkeypatch.setitem(sys.modules, "imgenc_gui.core.hashing.kernel", None)
    monkeypatch.delattr("imgenc_gui.core.hashing.kernel", raising=False)
    resample.compiled_kernel.cache_clear()

    slow = resample.resize(array, sizes)

    resample.compiled_kernel.cache_clear()
    assert all(np.array_equal(a, b) for a, b in zip(compiled, slow, strict=True))
    assert "Resampling with Pillow" in caplog.text


KERNEL = """
import logging, sys
from pathlib import Path
import platformdirs
folder = Path(sys.argv[1])
platformdirs.user_cache_path = lambda *_, **__: folder
logging.basicConfig(format="%(message)s")
from imgenc_gui.core.hashing import resampling as resample
assert resample.compiled_kernel() is not None
"""


def test_the_compiled_kernel_is_kept_and_a_damaged_one_is_made_anew(tmp_path):
    def start() -> str:
        environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
        run = subprocess.run(
            [sys.executable, "-c", KERNEL, tmp_path],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env=environment,
        )
        return run.stderr

    assert start() == ""
    kept = sorted(tmp_path.rglob("kernel.*.nb?"))
    assert kept
    for path in kept:
        path.write_bytes(b"rubbish")

    assert "made anew" in start()
    assert start() == ""


MEMORY = """
import psutil, sys, threading
from imgenc_gui.core.encoding import Encoder, Method, Options, encode_all
hashes = tuple(m for m in Method if m.is_hash)
done, peak = threading.Event(), 0
def watch():
    global peak
    while not done.wait(0.002):
        peak = max(peak, psutil.Process().memory_info().rss)
watcher = threading.Thread(target=watch)
watcher.start()
results = list(encode_all(Encoder(Options(hashes)), sys.argv[1:] * 40, workers=2))
done.set()
watcher.join(10)
assert len(results) == 40 and all(r.encodings for r in results)
print(peak)
"""


def test_memory_stays_bounded_over_40_photos(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.tile(photo(500, 500), (6, 8, 1))).save(path, quality=90)

    run = subprocess.run([sys.executable, "-c", MEMORY, path], capture_output=True, text=True, timeout=120, check=True)

    assert int(run.stdout) < 700e6
