"""Which contents the library has is known without its being asked for each; whatever it has is always asked for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from imgenc_gui.core.library import digests as module
from imgenc_gui.core.library.digests import Digests
from imgenc_gui.core.library.library import Library
from tests.core.library.keepsakes import OPTIONS, keepsakes, kept, run


@pytest.fixture
def library(tmp_path):
    with closing(Library(tmp_path / "library")) as library:
        yield library


def lacking(library, digests, contents):
    """For each content, whether the library is known not to have it."""
    return [digests.lack(content.digest, library._store._ask) for content in contents]


def test_where_there_is_no_library_yet_it_isnt_looked_for_each_time(tmp_path, library, monkeypatch):
    looked = []
    which = library._store._database._which
    monkeypatch.setattr(library._store._database, "_which", lambda: looked.append(1) or which())
    news = keepsakes(tmp_path, 200)
    assert library.of_files([result.path for result, _ in news], OPTIONS) == [None] * 200
    assert [library.of_content(content, OPTIONS) for _, content in news] == [None] * 200
    assert len(looked) < 20


def test_what_there_is_is_learned_once_as_many_are_new_as_are_worth_it(tmp_path, library, monkeypatch):
    monkeypatch.setattr(module, "_NEW_ONES", 4)
    monkeypatch.setattr(module, "_PER_NEW_ONE", 2)
    pairs = keepsakes(tmp_path, 40)
    kept(tmp_path / "library", pairs[:20])
    known, news = [content for _, content in pairs[:20]], [content for _, content in pairs[20:]]
    digests = Digests()
    digests.note_new(3)
    assert lacking(library, digests, news) == [False] * 20
    digests.note_new(1)
    assert lacking(library, digests, news) == [False] * 20  # twenty contents are worth ten
    digests.note_new(6)
    assert lacking(library, digests, news) == [True] * 20
    assert lacking(library, digests, known) == [False] * 20


def test_in_a_table_that_is_full_whatever_there_is_is_asked_for(tmp_path, library, monkeypatch):
    monkeypatch.setattr(module, "_NEW_ONES", 1)
    monkeypatch.setattr(module, "_SECONDS", 0.0)
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    monkeypatch.setattr(module, "_LEAST", 16)
    pairs = keepsakes(tmp_path, 60)
    digests = Digests()
    digests.note_new(99)
    for end in (2, 20, 50):  # more than there is room for come each time
        kept(tmp_path / "library", pairs[:end])
        assert not any(lacking(library, digests, [content for _, content in pairs[:end]]))
        assert sum(lacking(library, digests, [content for _, content in pairs[50:]])) >= 8


def test_digests_that_make_no_sense_hide_no_others(tmp_path, library):
    (odd, _), *pairs = keepsakes(tmp_path, 20)
    kept(tmp_path / "library", [(odd, pairs[0][1]), *pairs])
    run(tmp_path / "library", "UPDATE contents SET digest = x'0123' WHERE id = (SELECT min(id) FROM contents)")
    digests = Digests()
    digests.note_new(99)
    contents = [content for _, content in pairs]
    assert not any(lacking(library, digests, contents))
    assert all(
        lacking(library, digests, [replace(one, digest=f"{at + 7:016x}" * 2) for at, one in enumerate(contents)])
    )


def test_while_it_is_learned_anew_whatever_there_is_is_asked_for(tmp_path, library, monkeypatch):
    monkeypatch.setattr(module, "_NEW_ONES", 1)
    monkeypatch.setattr(module, "_SECONDS", 0.0)
    monkeypatch.setattr(module, "_LEAST", 16)
    pairs = keepsakes(tmp_path, 40)
    contents = [content for _, content in pairs]
    digests, mark, meanwhile = Digests(), Digests._mark, []

    def look_first(self, found):
        meanwhile.extend(lacking(library, self, contents[:2]))  # as another thread does
        mark(self, found)

    digests.note_new(99)
    for end in (2, 40):  # more than there is room for come
        kept(tmp_path / "library", pairs[:end])
        assert not any(lacking(library, digests, contents[:end]))
        monkeypatch.setattr(Digests, "_mark", look_first)
    assert meanwhile
    assert not any(meanwhile)
