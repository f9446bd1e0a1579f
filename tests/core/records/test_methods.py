"""The registry: one record per id, in the order of registering."""

from __future__ import annotations

import dataclasses

import pytest

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH
from imgenc_gui.core.records.methods import Registry
from imgenc_gui.core.registry import METHODS
from tests.made_up import made_up_embedding


def test_methods_come_in_the_order_in_which_they_were_registered() -> None:
    registry = Registry((DHASH, PHASH))
    registry.register(AHASH)

    assert list(registry) == [DHASH, PHASH, AHASH]
    assert len(registry) == 3
    assert registry.ordered([AHASH, DHASH, AHASH]) == (DHASH, AHASH)


def test_a_method_is_found_by_its_id_until_it_is_removed() -> None:
    registry = Registry((PHASH, DHASH))

    assert registry["phash"] is registry.get("phash") is PHASH
    registry.remove(PHASH)

    assert registry.get("phash") is None
    with pytest.raises(KeyError):
        registry["phash"]
    assert list(registry) == [DHASH]


def test_an_id_is_given_once() -> None:
    registry = Registry((made_up_embedding(),))

    with pytest.raises(ValueError, match="'made-up' already"):
        registry.register(made_up_embedding())


@pytest.mark.parametrize("length", [63, 256])
def test_a_hash_has_64_bits(length: int) -> None:
    with pytest.raises(ValueError, match=f"64 bits, not {length}"):
        Registry((dataclasses.replace(PHASH, length=length),))


def test_what_is_registered_is_fit_for_files_and_people() -> None:
    assert len({method.label for method in METHODS}) == len(METHODS)
    for method in METHODS:
        assert method.id == method.id.lower()
        assert method.id.isidentifier()
        assert method.sentence.endswith(".")
        assert method.version >= 1
        assert method.is_hash == (method.kind == "hash")
