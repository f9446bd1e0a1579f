"""Which pairs are alike: exactly those that brute force finds, either way, in bounded chunks."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from imgenc_gui.core.similarity.engine import KERNEL, kernels_for
from imgenc_gui.core.similarity.measures import Cosine, Hamming, is_flat
from imgenc_gui.core.similarity.pairs import neighbours, pairs
from imgenc_gui.core.similarity.parts import best_parts, spread
from imgenc_gui.core.stopping import StoppedError, never
from tests.core.similarity.made_up_encodings import HASHES, WAYS, by, clustered, random, skewed, vectors

ROOT = Path(__file__).parents[3]
WITHIN = (0, 1, 4, 10, 32, 64)


def found(chunks):
    """All pairs of the chunks with their values, sorted."""
    chunks = list(chunks)
    assert all(len(chunk.first) for chunk in chunks)
    return sorted(pair for chunk in chunks for pair in zip(*(column.tolist() for column in chunk), strict=True))


def brute(hashes, within, others=None):
    distances = np.bitwise_count(hashes[:, None] ^ (hashes if others is None else others)[None])
    alike = distances <= within
    i, j = np.nonzero(np.triu(alike, 1) if others is None else alike)
    return sorted(zip(i.tolist(), j.tolist(), distances[i, j].tolist(), strict=True))


def cosines(ours, theirs):
    """In the best precision that there is."""
    ours, theirs = ours.astype(np.longdouble), theirs.astype(np.longdouble)
    lengths = np.sqrt((ours**2).sum(1))[:, None] * np.sqrt((theirs**2).sum(1))[None]
    products = ours @ theirs.T
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


# --- hashes


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("within", WITHIN)
@pytest.mark.parametrize("kind", HASHES)
def test_all_pairs_of_hashes(kind, within, way):
    hashes = HASHES[kind](700)

    with by(way):
        assert found(pairs(Hamming(hashes, within))) == brute(hashes, within)


@pytest.mark.parametrize("within", [0, 3, 4, 7, 10, 12, 16])
def test_each_way_of_cutting_hashes_finds_all(within, monkeypatch):
    hashes = clustered(900, flips=14)
    wanted = brute(hashes, within)
    cheapest = {len(best_parts(within, count, count)) for count in (2_000, 20_000, 200_000, 2_000_000)}

    for count in (2_000, 20_000, 200_000, 2_000_000):
        parts = best_parts(within, count, count)
        monkeypatch.setattr("imgenc_gui.core.similarity.pairs.best_parts", lambda *_, parts=parts: parts)
        with by("kernels"):
            assert found(pairs(Hamming(hashes, within))) == wanted
    assert len(cheapest) > 1 or within < 4


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("within", WITHIN)
def test_pairs_between_two_sets(within, way):
    ours, theirs = clustered(300), np.concatenate([clustered(500, seed=2), clustered(300)[:50]])

    with by(way):
        assert found(pairs(Hamming(ours, within), Hamming(theirs, 0))) == brute(ours, within, theirs)
        assert found(pairs(Hamming(ours[:0], within), Hamming(theirs, 0))) == []
        assert found(pairs(Hamming(ours, within), Hamming(theirs[:0], 0))) == []


@pytest.mark.parametrize("way", WAYS)
def test_what_says_nothing_is_like_nothing(way):
    hashes = skewed(400)
    said = ~is_flat(hashes)
    assert 100 < said.sum() < 300

    with by(way):
        wanted = [(i, j, bits) for i, j, bits in brute(hashes, 10) if said[i] and said[j]]
        assert found(pairs(Hamming(hashes, 10, said))) == wanted
        between = found(pairs(Hamming(hashes, 10, said), Hamming(hashes, 10, said)))
        assert len(between) == 2 * len(wanted) + said.sum()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_hashes(count, way):
    hashes = np.full(count, 7, np.uint64)

    with by(way):
        assert found(pairs(Hamming(hashes, 4))) == brute(hashes, 4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", HASHES)
def test_neighbours_of_a_hash_come_nearest_first(kind, way):
    hashes = HASHES[kind](3000)
    query = np.uint64(hashes[11] ^ np.uint64(5))

    with by(way):
        numbers, distances = neighbours(query, Hamming(hashes, 9))

    wanted = sorted((int(bits), i) for i, bits in enumerate(np.bitwise_count(hashes ^ query)) if bits <= 9)
    assert list(zip(distances.tolist(), numbers.tolist(), strict=True)) == wanted
    assert wanted


@pytest.mark.slow
def test_large_work_goes_by_the_kernels_and_finds_the_same():
    hashes = clustered(30_000)
    assert kernels_for(len(hashes) ** 2, never) is KERNEL.wait(240) is not None

    by_default = found(pairs(Hamming(hashes, 3)))
    with by("numpy"):
        assert found(pairs(Hamming(hashes, 3))) == by_default


@pytest.mark.parametrize("way", WAYS)
def test_millions_of_pairs_never_lie_in_memory_together(way):
    hashes = np.zeros(6000, np.uint64)

    with by(way):
        total = 0
        tracemalloc.start()
        for chunk in pairs(Hamming(hashes, 4)):
            assert len(chunk.values) <= 1 << 20
            total += len(chunk.values)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert total == 6000 * 5999 // 2
    assert peak < 80e6  # the list would take 160 MB


def test_the_kernels_go_on_where_a_chunk_was_full(monkeypatch):
    hashes = clustered(700)
    monkeypatch.setattr("imgenc_gui.core.similarity.pairs._CHUNK", 300)
    monkeypatch.setattr("imgenc_gui.core.similarity.pairs._SLICE", 5000)

    with by("kernels"):
        for within in (4, 10, 40):
            assert found(pairs(Hamming(hashes, within))) == brute(hashes, within)


@pytest.mark.parametrize("way", WAYS)
def test_chunks_dont_depend_on_the_number_of_threads(way):
    hashes = clustered(2000)

    with by(way):
        one, three = (list(pairs(Hamming(hashes, 10), workers=workers)) for workers in (1, 3))

    assert len(one) == len(three)
    for ours, theirs in zip(one, three, strict=True):
        assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_progress_ends_where_all_is_done(way):
    seen = []

    with by(way):
        list(pairs(Hamming(random(5000), 10), progress=lambda done, total: seen.append((done, total))))

    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 0


@pytest.mark.parametrize("way", WAYS)
def test_stop_ends_it_soon(way):
    """All of 200,000 equal hashes would be 20,000 million pairs."""
    hashes = np.zeros(200_000, np.uint64)
    stopped = threading.Event()

    with by(way):
        chunks = pairs(Hamming(hashes, 0), stop=stopped.is_set)
        next(chunks)
        stopped.set()
        started = time.monotonic()
        with pytest.raises(StoppedError):
            list(chunks)

    assert time.monotonic() - started < 5


def test_who_takes_no_more_chunks_leaves_no_thread_behind():
    with by("kernels"):
        chunks = pairs(Hamming(np.zeros(20_000, np.uint64), 0))
        next(chunks)
        chunks.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("comparing")]


# --- vectors


@pytest.mark.parametrize("length", [1, 3, 576, 1024])
@pytest.mark.parametrize("similarity", [-1, 0, 0.5, 0.9, 0.97, 1])
def test_all_pairs_of_vectors(length, similarity):
    given = vectors(150, length)
    given[7] = 0
    truth = cosines(given, given)

    got = {(i, j): value for i, j, value in found(pairs(Cosine(given, similarity)))}

    for i in range(150):
        for j in range(i + 1, 150):
            if abs(truth[i, j] - similarity) > 1e-6:
                assert ((i, j) in got) == (truth[i, j] > similarity)
            if (i, j) in got:
                assert abs(got[i, j] - truth[i, j]) < 1e-6
                assert got[i, j] >= similarity


def test_equal_vectors_are_wholly_alike_whatever_their_numbers():
    given = np.repeat(vectors(60, 1000), 2, axis=0)
    given[4:6] = 0.1  # rounding each number alike adds up

    got = found(pairs(Cosine(given, 1)))

    assert {(i, i + 1, 1.0) for i in range(0, 120, 2)} <= set(got)


def test_a_similarity_is_the_same_to_the_bit_whatever_the_blocks_and_the_order(monkeypatch):
    given = vectors(300, 200)
    order = np.random.default_rng(4).permutation(300)
    wanted = found(pairs(Cosine(given, 0.8)))

    for rows in (16, 77, 299):
        monkeypatch.setattr(Cosine, "rows", rows)
        assert found(pairs(Cosine(given, 0.8))) == wanted
        shuffled = found(pairs(Cosine(given[order], 0.8)))
        assert sorted((*sorted((int(order[i]), int(order[j]))), value) for i, j, value in shuffled) == wanted
        for i, j, value in wanted[:50]:
            numbers, values = neighbours(given[i], Cosine(given, 0.8))
            assert values[numbers == j] == value
    assert len(wanted) > 1000


def test_what_lies_on_the_threshold_is_found_however_it_is_summed(monkeypatch):
    """Single precision alone would miss some, and others in other blocks."""
    given = vectors(120, 1024)
    wanted = found(pairs(Cosine(given, 0.7)))
    for _, _, value in wanted[:: len(wanted) // 12]:
        got = [found(pairs(Cosine(given, value)))]
        with monkeypatch.context() as patched:
            patched.setattr(Cosine, "rows", 17)
            got.append(found(pairs(Cosine(given, value))))
        assert got[0] == got[1]
        assert min(pair[2] for pair in got[0]) == value


def test_numbers_that_arent_finite_and_vectors_of_zeros():
    given = vectors(40, 64)
    given[3, 5], given[9, 0], given[11] = np.nan, np.inf, 0

    got = found(pairs(Cosine(given, -1)))

    assert {i for pair in got for i in pair[:2]} == set(range(40)) - {3, 9}
    assert all(value == 0 for i, j, value in got if 11 in {i, j})
    assert not neighbours(given[3], Cosine(given, -1))[0].size


def test_the_longest_and_the_shortest_vectors():
    given = vectors(60, 128).astype(np.float64)
    given /= np.sqrt((given**2).sum(1))[:, None]
    scaled = (given * 10.0 ** np.random.default_rng(0).choice([-36, -20, 0, 20, 37], (60, 1))).astype(np.float32)
    truth = cosines(scaled, scaled)

    got = found(pairs(Cosine(scaled, 0.9)))

    assert {(i, j) for i, j, _ in got} == set(zip(*np.nonzero(np.triu(truth >= 0.9, 1)), strict=True))


def test_vectors_may_lie_in_a_file(tmp_path):
    given = vectors(500, 100)
    np.save(tmp_path / "vectors.npy", given)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")

    assert found(pairs(Cosine(mapped, 0.9))) == found(pairs(Cosine(given, 0.9)))
    assert (neighbours(given[0], Cosine(mapped, 0.9))[0] == neighbours(given[0], Cosine(given, 0.9))[0]).all()


def test_neighbours_of_a_vector_come_nearest_first():
    given = vectors(400, 50)

    for query in (given[5], given[5].reshape(1, -1)):
        numbers, values = neighbours(query, Cosine(given, 0.9))
        assert sorted(zip(-values, numbers, strict=True)) == list(zip(-values, numbers, strict=True))
        assert 5 in numbers[values == 1]


def test_stop_ends_the_comparing_of_vectors():
    with pytest.raises(StoppedError):
        list(pairs(Cosine(vectors(100, 8), 0.9), stop=lambda: True))


# --- what is refused


@pytest.mark.parametrize(
    "make",
    [
        lambda: Hamming(random(3), 65),
        lambda: Hamming(random(3), -1),
        lambda: Hamming(random(4).reshape(2, 2), 3),
        lambda: Hamming(np.arange(3), 3),
        lambda: Hamming(random(3), 3, np.ones(2, np.bool_)),
        lambda: Cosine(vectors(3, 4), 1.5),
        lambda: Cosine(vectors(3, 4), float("nan")),
        lambda: Cosine(vectors(3, 4).astype(np.float64), 0.9),
        lambda: Cosine(vectors(3, 4)[0], 0.9),
        lambda: list(pairs(Hamming(random(3), 3), Cosine(vectors(3, 4), 0.9))),
        lambda: list(pairs(Cosine(vectors(3, 4), 0.9), Hamming(random(3), 3))),
        lambda: list(pairs(Cosine(vectors(3, 4), 0.9), Cosine(vectors(3, 5), 0.9))),
        lambda: neighbours(vectors(1, 5)[0], Cosine(vectors(3, 4), 0.9)),
    ],
)
def test_what_makes_no_sense_is_refused(make):
    with pytest.raises(ValueError):
        make()


def test_bits_are_moved_and_none_is_lost():
    hashes = random(100)
    ones = np.uint64(1) << np.arange(64, dtype=np.uint64)

    assert len(np.unique(spread(ones))) == 64
    assert (np.bitwise_count(spread(hashes) ^ spread(hashes[0])) == np.bitwise_count(hashes ^ hashes[0])).all()


def test_importing_it_imports_neither_the_compiler_nor_scipy():
    code = (
        "import sys; from imgenc_gui.core.similarity import groups, pairs;"
        "print([name for name in ('numba', 'scipy', 'torch', 'PySide6') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert run.stdout.strip() == "[]"
