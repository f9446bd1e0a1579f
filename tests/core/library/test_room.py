"""The library's size."""

import itertools
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from imgenc_gui.core.formats import registry
from imgenc_gui.core.library import room, store
from imgenc_gui.core.library.library import USUAL_LIMIT, Library, LibraryInfo
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.registry import METHODS
from tests.core.library.keepsakes import CNN, HASHES, OPTIONS, keep, keepsake, keepsakes, kept, known, run


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "library"


def _on_day(monkeypatch, day):
    monkeypatch.setattr(store, "today", lambda: day)


def _pruned(folder, limit):
    library = Library(folder)
    info = library.prune(limit)
    library.close()
    return info


def test_it_says_what_there_is(tmp_path, folder):
    pairs = keepsakes(tmp_path, 3, vector=True)
    copy = keepsake(tmp_path / "copy.jpg", b"picture 0")
    kept(folder, [*pairs, copy])
    library = Library(folder, limit=12345)
    info = library.info()
    library.close()
    size = (folder / "library.sqlite").stat().st_size
    assert info == LibraryInfo(folder / "library.sqlite", info.bytes, 12345, files=4, pictures=3, encodings=15)
    assert 0 < info.bytes <= size


def test_what_was_seen_least_lately_goes_first(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(room, "_AT_ONCE", 20)
    pairs = keepsakes(tmp_path, 300, vector=True)
    paths = [result.path for result, _ in pairs]
    _on_day(monkeypatch, 1)
    kept(folder, pairs)
    _on_day(monkeypatch, 2)
    known(folder, paths[140:])
    size = _pruned(folder, 1 << 40).bytes
    info = _pruned(folder, int(size * 0.7))
    assert info.bytes <= size * 0.7 * 0.9
    assert info.files == info.pictures > 0
    assert info.encodings == 5 * info.files
    monkeypatch.undo()
    found = [one is not None for one in known(folder, paths)]
    assert found[140:] == [True] * 160
    assert found[:80] == [False] * 80
    assert (folder / "library.sqlite").stat().st_size <= size * 0.7  # what it was larger by was given back


def test_the_writer_keeps_to_the_limit(tmp_path, folder, monkeypatch):
    """Runs that are over in a moment do, too: they make room while they end."""
    monkeypatch.setattr(room, "_AT_ONCE", 20)
    limit = 1 << 20
    for day in range(3):
        _on_day(monkeypatch, day)
        pairs = keepsakes(tmp_path, 150, begin=150 * day, vector=True)
        assert kept(folder, pairs, limit=limit) == []
        library = Library(folder)
        assert library.info().bytes <= limit
        library.close()
        assert (folder / "library.sqlite").stat().st_size <= limit
    assert known(folder, [str(tmp_path / "0000.jpg"), pairs[0][0].path, pairs[-1][0].path])[::2] != [None, None]


def test_a_content_stays_as_long_as_a_file_has_it(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(room, "_AT_ONCE", 1)
    old, new = keepsake(tmp_path / "old.jpg", vector=True), keepsake(tmp_path / "new.jpg", vector=True)
    _on_day(monkeypatch, 1)
    kept(folder, [old])
    _on_day(monkeypatch, 2)
    kept(folder, [new])
    library = Library(folder)
    with library._store._database.alone(1) as opened:
        steps = room._least_seen(opened.sqlite)
        next(steps)
    assert [one is not None for one in library.of_files([old[0].path, new[0].path], OPTIONS)] == [False, True]
    assert library.info().encodings == 5
    library.close()


def test_what_nobody_makes_any_more_goes_before_what_was_seen_long_ago(tmp_path, folder, monkeypatch):
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    old = replace(CNN, version=CNN.version - 1)
    kept(folder, [(replace(result, encodings={old: result.encodings[CNN], HASHES[0]: "0" * 16}), content)])
    stale, stales = keepsake(tmp_path / "b.jpg", b"b", reader=replace(registry.READERS[0], version=0))
    orphan, orphans = keepsake(tmp_path / "c.jpg", b"c")
    kept(folder, [(stale, stales), (orphan, orphans)])
    failure = ImageFailure(FailureCode.EMPTY)
    edited, _ = keepsake(tmp_path / "c.jpg", b"")
    kept(folder, [(ImageResult(edited.path, failure=failure, failed_file=edited.file), None)])
    library = Library(folder)
    with library._store._database.alone(1) as opened:
        steps = room._removals(opened.sqlite, store_current())
        before = len(opened.sqlite.execute("SELECT * FROM files").fetchall())
        while opened.sqlite.execute("SELECT count(*) FROM contents").fetchone()[0] > 1:
            next(steps)
        assert before == 3
    library.close()
    assert run(folder, "SELECT count(*) FROM vectors") == [(0,)]
    assert [one is not None for one in known(folder, [result.path, stale.path, edited.path])] == [True, False, True]


def store_current():
    from imgenc_gui.core.library.library import current

    return current()


def test_it_is_cleared_while_another_has_it_open(tmp_path, folder):
    pairs = keepsakes(tmp_path, 150, vector=True)
    kept(folder, pairs)
    paths = [result.path for result, _ in pairs]
    full = (folder / "library.sqlite").stat().st_size
    one, other = Library(folder), Library(folder)
    keep(other, keepsake(tmp_path / "a.jpg", b"a"))
    assert all(other.of_files(paths, OPTIONS))
    other._store._writer.close(5)
    assert one.clear()
    assert one.info() == LibraryInfo(folder / "library.sqlite", one.info().bytes, one.limit)
    assert (folder / "library.sqlite").stat().st_size < full / 5
    assert (folder / "library.sqlite-wal").stat().st_size == 0
    assert not any(other.of_files(paths, OPTIONS))
    keep(one, pairs[0])
    for library in (one, other):
        assert library.close()
    assert [found is not None for found in known(folder, paths[:2])] == [True, False]
    assert run(folder, "PRAGMA integrity_check") == [("ok",)]


def test_nothing_is_cleared_where_there_is_nothing(folder):
    library = Library(folder)
    assert library.clear()
    assert library.prune(0) == LibraryInfo(folder / "library.sqlite", 0, library.limit)
    library.close()
    assert not folder.exists()


def test_no_number_of_a_content_comes_again(tmp_path, folder):
    """Somebody may have read it a moment ago, and would take another content's hashes for its own."""
    pairs = keepsakes(tmp_path, 2)
    kept(folder, pairs[:1])
    ((first,),) = run(folder, "SELECT id FROM contents")
    for empty in (lambda library: library.clear(), lambda library: library.prune(0)):
        library = Library(folder)
        empty(library)
        library.close()
        assert run(folder, "SELECT count(*) FROM contents") == [(0,)]
        kept(folder, pairs[1:])
        ((number,),) = run(folder, "SELECT id FROM contents")
        assert number > first
        first = number


def test_a_method_that_is_unknown_here_keeps_its_encodings(tmp_path, folder, made_up):
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    result.encodings[made_up] = result.encodings[CNN]
    kept(folder, [(result, content)], Options(tuple(METHODS)))
    METHODS.remove(made_up)
    try:
        library = Library(folder)
        with library._store._database.alone(1) as opened:
            for _ in room._old_methods(opened.sqlite, store_current()):
                pass
        library.close()
    finally:
        METHODS.register(made_up)
    assert run(folder, "SELECT count(*) FROM vectors") == [(2,)]


def test_another_program_holds_to_the_limit_that_was_chosen(tmp_path):
    assert Library(tmp_path / "library").limit == USUAL_LIMIT
    one = Library(tmp_path / "library", limit=1 << 30)
    one.limit_to(5 << 30)
    one.close()
    other = Library(tmp_path / "library")
    assert (other.limit, other.info().limit) == (5 << 30, 5 << 30)
    (tmp_path / "library" / "limit").write_text("much")
    assert Library(tmp_path / "library").limit == USUAL_LIMIT


def test_one_that_another_program_made_unable_to_shrink_isnt_tried_for_ever(tmp_path, folder):
    kept(folder, keepsakes(tmp_path, 300, vector=True))
    with closing(sqlite3.connect(folder / "library.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
        connection.execute("DELETE FROM vectors")
        steps = [*itertools.islice(room.shrink(connection, 0), 100)]
    assert len(steps) == 1
