"""Vectors in blocks: what was put there is found there, wherever the block lies; many don't fill the memory."""

import subprocess
import sys
import tempfile

import numpy as np
import pytest

from imgenc_gui.core import vectors
from imgenc_gui.core.vectors import Vectors

LENGTH = 24

MANY = """
import numpy as np
from imgenc_gui.core.vectors import Vectors

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1000

before, vector = resident(), np.ones(1024, np.float32)
many = Vectors(1024)
for number in range(60_000):
    vector[0] = number
    many.put(vector)
for first in range(0, 60_000, 1000):
    part = many.gather(np.arange(first, first + 1000, dtype=np.int32))
    assert part[:, 0].tolist() == list(range(first, first + 1000))
print(resident() - before)
"""


def filled(count):
    table = np.random.default_rng(3).random((count, LENGTH), np.float32)
    kept = Vectors(LENGTH)
    assert [kept.put(vector) for vector in table] == list(range(count))
    return kept, table


@pytest.fixture
def beyond(monkeypatch):
    """Only the first block stays in memory."""
    monkeypatch.setattr(vectors, "_IN_MEMORY", 1)
    monkeypatch.setattr(vectors, "_SEGMENT", 2)


@pytest.mark.usefixtures("beyond")
def test_what_was_put_there_is_found_there():
    kept, table = filled(5000)
    slots = np.random.default_rng(5).integers(-1, 5000, 700, np.int32)
    expected = np.where(slots[:, np.newaxis] < 0, np.float32(0), table[slots])
    assert np.array_equal(kept.gather(slots), expected)
    assert np.array_equal(kept.get(4321), table[4321])
    kept.drop([4321])
    assert kept.put(table[0]) == 4321
    assert np.array_equal(kept.get(4321), table[0])


@pytest.mark.usefixtures("beyond")
def test_a_copy_does_not_see_what_is_put_there_later():
    kept, table = filled(3000)
    copy = kept.copy()
    kept.put(np.zeros(LENGTH), 2500)
    copy.put(np.ones(LENGTH), 2600)
    assert np.array_equal(copy.get(2500), table[2500])
    assert np.array_equal(kept.get(2600), table[2600])
    assert not kept.get(2500).any()


@pytest.mark.usefixtures("beyond")
def test_where_the_disk_has_no_room_they_stay_in_memory(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    kept, table = filled(3000)
    assert np.array_equal(kept.gather(np.arange(3000, dtype=np.int32)), table)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how much memory a process has")
def test_many_do_not_fill_the_memory():
    told = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True, timeout=120, check=True)
    assert int(told.stdout) < 130  # MB; all of them are 246
