"""A network is loaded once per process, whatever the options, and so is the reason why it can't be had."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.networks.loading import NETWORKS, Networks
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, NetworkError
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.stopping import StoppedError
from tests.made_up import MeanNetwork, made_up_embedding
from tests.pictures import photo


class Loads:
    """Counts how often it loads, and raises ``error`` where there is one."""

    def __init__(self, error: Exception | None = None, seconds: float = 0.0) -> None:
        self.error, self.seconds, self.count = error, seconds, 0

    def __call__(self) -> MeanNetwork:
        self.count += 1
        time.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return MeanNetwork()


MEND = "Reinstalling imgenc repairs this; the hashes work without it."
FAILURE = ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", ("Made up", "Parts", "gone"))


def test_encoders_with_different_options_share_one_network(request):
    request.addfinalizer(NETWORKS.forget)
    loads = Loads()
    method = made_up_embedding(load=loads)
    every_options = [Options((method,)), Options((PHASH, method)), Options((method,), apply_exif_orientation=True)]

    vectors = [Encoder(options).encode_array(photo(200, 100)).encodings[method] for options in every_options]

    assert loads.count == 1
    for vector in vectors:
        np.testing.assert_array_equal(vector, vectors[0])


def test_stop_reaches_who_waits_for_a_network_which_is_loaded_all_the_same(request):
    request.addfinalizer(NETWORKS.forget)
    stop, begun, go_on = threading.Event(), threading.Event(), threading.Event()

    def load():
        begun.set()
        go_on.wait(60)
        return MeanNetwork()

    method = made_up_embedding(load=load)
    results = []

    def work():
        for path in ("a", "b"):
            try:
                results.append(NETWORKS.get(method, stop.is_set))
            except StoppedError:
                results.append(path)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)
    stop.set()
    thread.join(60)

    assert results == ["a", "b"]
    assert not go_on.is_set()
    assert NETWORKS.is_loading()
    go_on.set()
    assert NETWORKS.get(method) is NETWORKS.get(method, stop.is_set)


def test_threads_that_ask_at_once_get_the_same_network():
    networks, loads = Networks(), Loads(seconds=0.2)
    method = made_up_embedding(load=loads)
    got = []
    threads = [threading.Thread(target=lambda: got.append(networks.get(method))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(got) == 8
    assert len(set(map(id, got))) == 1
    assert loads.count == 1


def test_who_asks_for_a_loaded_network_does_not_wait_for_another_to_load():
    networks, permitted = Networks(), threading.Event()

    def load_later():
        assert permitted.wait(60)
        return MeanNetwork()

    loaded, slow = made_up_embedding("loaded"), made_up_embedding("slow", load=load_later)
    networks.get(loaded)
    loading = threading.Thread(target=networks.get, args=[slow])
    loading.start()
    asking = threading.Thread(target=networks.get, args=[loaded], daemon=True)

    asking.start()
    asking.join(5)
    waits = asking.is_alive()
    permitted.set()
    loading.join(30)

    assert not waits
    assert networks.is_loaded(slow)


def test_a_failure_is_remembered_until_it_is_forgotten(caplog):
    networks, loads = Networks(), Loads(NetworkError(FAILURE))
    method = made_up_embedding(load=loads)

    for _ in range(3):
        with pytest.raises(NetworkError) as caught:
            networks.get(method)
        assert caught.value.failure == FAILURE
    assert loads.count == 1
    assert caplog.text.count("Made up needs Parts, which can't be loaded (gone).") == 1
    assert networks.is_loaded(method)  # asking would not wait

    networks.forget()
    loads.error = None

    assert not networks.is_loaded(method)
    assert isinstance(networks.get(method), MeanNetwork)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("a bad\ndriver"), f"Made up can't be loaded (a bad). {MEND}"),
        (
            ImportError("no such thing", name="parts"),
            f"Made up needs parts, which can't be loaded (no such thing). {MEND}",
        ),
        (AttributeError(), f"Made up can't be loaded (AttributeError). {MEND}"),
    ],
)
def test_whatever_loading_raises_is_a_failure_that_is_remembered(error, said, caplog):
    networks, loads = Networks(), Loads(error)
    method = made_up_embedding(load=loads)

    for _ in range(2):
        with pytest.raises(NetworkError) as caught:
            networks.get(method)
        assert caught.value.failure.code is FailureCode.MODEL_UNAVAILABLE
        assert sentence(caught.value.failure) == said
    assert loads.count == 1
    assert caplog.text.count(said) == 1


def test_too_little_memory_is_a_failure_that_is_not_remembered():
    networks, loads = Networks(), Loads(MemoryError())
    method = made_up_embedding(load=loads)
    with pytest.raises(NetworkError) as caught:
        networks.get(method)
    assert sentence(caught.value.failure) == "Made up can't be loaded: there isn't enough memory."
    assert not networks.is_loaded(method)
    loads.error = None

    assert isinstance(networks.get(method), MeanNetwork)


def test_methods_with_the_same_words_are_still_two():
    networks = Networks()
    one, other = made_up_embedding(), made_up_embedding()

    assert networks.get(one) is not networks.get(other)
