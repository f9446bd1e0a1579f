"""Whatever is wrong with the library, encoders go on, and it is told once."""

import itertools
import os
import sqlite3
import stat
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from imgenc_gui.core.library import database, schema, store
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.library.transaction import transaction
from imgenc_gui.core.records.troubles import Trouble, TroubleCode
from tests.core.library.keepsakes import OPTIONS, keep, keepsake, keepsakes, kept, known, run, same


def set_aside(folder):
    return sorted(path.name for path in folder.glob("library damaged *.sqlite"))


def _garbage(path):
    path.write_bytes(b"This is no database. " * 500)


def _truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def _malformed(path):
    page = 4096
    content = bytearray(path.read_bytes())
    content[page:] = bytes(b ^ 0x5A for b in content[page:])
    path.write_bytes(content)


def _anothers(path):
    run(path.parent, "PRAGMA application_id = 7")


def _without_tables(path):
    run(path.parent, "DROP TABLE hashes")


def _with_other_columns(path):
    run(path.parent, "ALTER TABLE files ADD COLUMN more")


DAMAGES = [_garbage, _truncated, _malformed, _anothers, _without_tables, _with_other_columns]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("first", ["asks", "keeps"])
def test_a_damaged_one_is_set_aside_and_a_new_one_begun(tmp_path, damage, first):
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 60)
    kept(folder, pairs[:50])
    damage(folder / "library.sqlite")
    damaged = (folder / "library.sqlite").read_bytes()
    told = []
    library = Library(folder, tell=told.append)
    if first == "asks":
        assert library.of_files([pairs[0][0].path], OPTIONS) == [None]
    for result, content in pairs[50:]:
        library.keep(result, content.reader, OPTIONS)
    assert library.close()
    (name,) = set_aside(folder)
    assert told == [Trouble(TroubleCode.DAMAGED, (str(folder / name),))]
    assert (folder / name).read_bytes() == damaged
    found = known(folder, [result.path for result, _ in pairs])
    assert [one is not None for one in found] == [False] * 50 + [True] * 10


@pytest.mark.parametrize("first", ["asks", "keeps"])
def test_damage_that_comes_while_it_is_open_is_met(tmp_path, first):
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 250)
    kept(folder, pairs[:200])
    told = []
    library = Library(folder, tell=told.append)
    assert library.of_files([pairs[0][0].path], OPTIONS) != [None]
    _malformed(folder / "library.sqlite")
    if first == "asks":
        library.of_files([result.path for result, _ in pairs], OPTIONS)
    for result, content in pairs:
        library.keep(result, content.reader, OPTIONS)
    assert library.close()
    assert [trouble.code for trouble in told] == [TroubleCode.DAMAGED]
    assert len(set_aside(folder)) == 1
    assert all(known(folder, [result.path for result, _ in pairs]))
    assert run(folder, "PRAGMA integrity_check") == [("ok",)]


def test_two_that_meet_damage_at_once_set_aside_one(tmp_path):
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 300)
    kept(folder, pairs[1:])
    paths = [result.path for result, _ in pairs]
    told = []
    one, other = Library(folder, tell=told.append), Library(folder, tell=told.append)
    for library in (one, other):
        assert any(library.of_files(paths[-1:], OPTIONS))
    _malformed(folder / "library.sqlite")
    one.of_files(paths, OPTIONS)
    keep(one, pairs[0])
    assert one.close()
    other.of_files(paths, OPTIONS)  # by a connection to the damaged one
    assert other.of_files(paths[:1], OPTIONS) != [None]
    assert other.close()
    assert len(set_aside(folder)) == 1
    assert [trouble.code for trouble in told] == [TroubleCode.DAMAGED]


def test_damage_again_and_again_is_left_alone(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    told = []
    library = Library(folder, tell=told.append)
    for _ in range(3):
        _garbage(folder / "library.sqlite")
        library.of_files(["a"], OPTIONS)
    keep(library, keepsake(tmp_path / "a.jpg"))
    assert library.close()
    assert [trouble.code for trouble in told] == [TroubleCode.DAMAGED, TroubleCode.UNREACHABLE]
    assert len(set_aside(folder)) == 1


def test_earlier_damaged_ones_stay(tmp_path, monkeypatch):
    folder = tmp_path / "library"
    folder.mkdir()
    monkeypatch.setattr(time, "strftime", lambda _: "2030-01-02 030405")
    for _ in range(2):
        _garbage(folder / "library.sqlite")
        known(folder, ["a"])
    assert set_aside(folder) == [
        "library damaged 2030-01-02 030405 2.sqlite",
        "library damaged 2030-01-02 030405.sqlite",
    ]


def test_one_of_a_newer_version_is_left_alone(tmp_path):
    folder = tmp_path / "library"
    pair = keepsake(tmp_path / "a.jpg")
    kept(folder, [pair])
    run(folder, "PRAGMA user_version = 99", "DROP TABLE hashes")
    before = (folder / "library.sqlite").read_bytes()
    told = []
    library = Library(folder, tell=told.append)
    assert library.of_files([pair[0].path], OPTIONS) == [None]
    keep(library, pair)
    assert not library.clear()
    assert library.prune(0).files == 0
    assert library.close()
    assert told == [Trouble(TroubleCode.NEWER)]
    assert (folder / "library.sqlite").read_bytes() == before
    assert set_aside(folder) == []


@pytest.mark.parametrize("first", ["asks", "keeps"])
def test_one_of_an_older_version_becomes_one_of_this(tmp_path, monkeypatch, first):
    folder = tmp_path / "library"
    one, other = keepsakes(tmp_path, 2)
    kept(folder, [one])
    table = "CREATE TABLE notes (id INTEGER PRIMARY KEY)"
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "TABLES", (*schema.TABLES, table))
    monkeypatch.setitem(schema.MIGRATIONS, schema.VERSION - 1, (table,))
    if first == "asks":
        assert known(folder, [one[0].path]) != [None]
    assert kept(folder, [other]) == []
    assert run(folder, "PRAGMA user_version") == [(schema.VERSION,)]
    assert all(known(folder, [one[0].path, other[0].path]))


def test_one_that_knows_no_dates_learns_them(tmp_path):
    folder = tmp_path / "library"
    before, now = keepsakes(tmp_path, 2)
    folder.mkdir()
    earlier = (table.replace(" taken TEXT,", "") for table in schema.TABLES)
    run(folder, *earlier, "PRAGMA user_version = 1", f"PRAGMA application_id = {schema.APPLICATION}")
    run(
        folder,
        "INSERT INTO contents (digest, reader, format, width, height, frames, orientation)"
        " VALUES (x'00000000000000000000000000000001', 'JPEG 1', 'JPEG', 4, 3, 1, 1)",
    )
    now = (replace(now[0], facts=replace(now[0].facts, taken=datetime(2019, 7, 3, 14, 22))), now[1])  # noqa: DTZ001
    assert kept(folder, [before, now]) == []
    assert set_aside(folder) == []
    assert run(folder, "SELECT taken FROM contents") == [(None,), (None,), ("2019-07-03T14:22:00",)]
    for (result, _), found in zip((before, now), known(folder, [before[0].path, now[0].path]), strict=True):
        assert same(found, result)


def test_a_date_is_learned_as_soon_as_somebody_knows_it(tmp_path):
    (result, content), other = keepsakes(tmp_path, 2)
    kept(tmp_path / "library", [(result, content), other])  # as an earlier version did
    dated = replace(result, facts=replace(result.facts, taken=datetime(2019, 7, 3, 14, 22)), encodings={})  # noqa: DTZ001
    kept(tmp_path / "library", [(dated, content)])
    found, unchanged = known(tmp_path / "library", [result.path, other[0].path])
    assert same(found, replace(result, facts=dated.facts))
    assert same(unchanged, other[0])


def _until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_that_another_program_holds_is_told_once_and_written_to_when_it_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "LOCKED_SECONDS", 0.1)
    monkeypatch.setattr(database, "WRITING_SECONDS", 0.01)
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 3)
    kept(folder, pairs[:1])
    told = []
    library = Library(folder, tell=told.append)
    with closing(sqlite3.connect(folder / "library.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        for result, content in pairs:
            library.keep(result, content.reader, OPTIONS)
        assert library.of_files([pairs[0][0].path], OPTIONS) != [None]  # readers aren't held up
        _until(lambda: told)
        assert not library.clear()
        holder.execute("ROLLBACK")
    assert library.close()
    assert told == [Trouble(TroubleCode.LOCKED)]
    assert all(known(folder, [result.path for result, _ in pairs]))


def test_one_that_stays_locked_holds_nobody_up(tmp_path):
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 2)
    kept(folder, pairs[:1])
    library = Library(folder)
    with closing(sqlite3.connect(folder / "library.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        keep(library, pairs[1])
        assert not library.close(0.1)
    _until(lambda: not library._store._writer._thread.is_alive())


@contextmanager
def _no_more_pages(monkeypatch, more):
    """While it lasts, a database can't grow beyond what it is by more than so many pages."""
    set_up = database.Database._set_up

    def limited(self, connection, *, new):
        is_there = set_up(self, connection, new=new)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + more}")
        return is_there

    with monkeypatch.context() as patch:
        patch.setattr(database.Database, "_set_up", limited)
        yield


def test_a_full_disk_is_told_once_and_nothing_is_half_written(tmp_path, monkeypatch):
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 41, vector=True)
    kept(folder, pairs[:1])
    told = []
    library = Library(folder, tell=told.append)
    with _no_more_pages(monkeypatch, 20):
        for result, content in pairs[1:]:
            library.keep(result, content.reader, OPTIONS)
        _until(lambda: told)
        assert same(library.of_files([pairs[0][0].path], OPTIONS)[0], pairs[0][0])
        assert run(folder, "SELECT count(*) FROM files", "SELECT count(*) FROM contents") == [(1,)]
        assert run(folder, "PRAGMA integrity_check") == [("ok",)]
    assert library.close()  # there is room again
    assert told == [Trouble(TroubleCode.FULL)]
    found = known(folder, [result.path for result, _ in pairs])
    assert all(same(one, result) for one, (result, _) in zip(found, pairs, strict=True))


def test_what_fails_in_the_middle_is_not_there_at_all():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE a (b NOT NULL)")
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            connection.executemany("INSERT INTO a VALUES (?)", [(1,), (None,)])
        assert connection.execute("SELECT * FROM a").fetchall() == []


@pytest.fixture
def unprivileged(tmp_path):
    """Nobody is refused anything as root."""
    if sys.platform == "win32":
        pytest.skip("Windows has other rights.")
    if os.geteuid():
        yield
        return
    nobody = 65534
    for folder in (tmp_path, *itertools.islice(tmp_path.parents, 3)):  # with pytest-xdist there is one more
        if folder != Path(tempfile.gettempdir()):
            folder.chmod(0o755)
    os.chown(tmp_path, nobody, nobody)
    os.seteuid(nobody)
    yield
    os.seteuid(0)


@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_one_that_is_read_only_is_read(tmp_path, unprivileged, what):
    folder = tmp_path / "library"
    one, other = keepsakes(tmp_path, 2)
    kept(folder, [one])
    if what in {"file", "both"}:
        (folder / "library.sqlite").chmod(0o400)
    if what in {"folder", "both"}:
        folder.chmod(0o500)
    told = []
    library = Library(folder, tell=told.append)
    assert same(library.of_files([one[0].path], OPTIONS)[0], one[0])
    keep(library, other)
    _until(lambda: told)
    assert same(library.of_files([one[0].path], OPTIONS)[0], one[0])
    library.close(0)
    _until(lambda: not library._store._writer._thread.is_alive())
    assert told == [Trouble(TroubleCode.READ_ONLY)]
    folder.chmod(0o700)


def test_a_folder_that_cant_be_made_is_told_once(tmp_path):
    (tmp_path / "library").write_bytes(b"in its place")
    told = []
    library = Library(tmp_path / "library", tell=told.append)
    for result, content in keepsakes(tmp_path, 3):
        assert library.of_files([result.path], OPTIONS) == [None]
        assert library.of_content(content, OPTIONS) is None
        library.keep(result, content.reader, OPTIONS)
    _until(lambda: told)
    assert not library.close(0.1)
    assert library.info().files == 0
    assert [trouble.code for trouble in told] == [TroubleCode.UNREACHABLE]


def test_a_folder_that_cant_be_entered_is_told_once(tmp_path, unprivileged):
    (tmp_path / "home").mkdir(0)
    pair = keepsake(tmp_path / "a.jpg")
    told = []
    library = Library(tmp_path / "home" / "library", tell=told.append)
    for _ in range(3):
        assert library.of_files([pair[0].path], OPTIONS) == [None]
    library.close()
    assert told == [Trouble(TroubleCode.UNREACHABLE, ("Permission denied",))]


def test_a_file_that_cant_be_read_is_told_once(tmp_path, unprivileged):
    folder = tmp_path / "library"
    pair = keepsake(tmp_path / "a.jpg")
    kept(folder, [pair])
    (folder / "library.sqlite").chmod(0)
    told = []
    library = Library(folder, tell=told.append)
    for _ in range(3):
        assert library.of_files([pair[0].path], OPTIONS) == [None]
    library.close()
    assert [trouble.code for trouble in told] == [TroubleCode.UNREACHABLE]


def test_a_python_without_sqlite_goes_on(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("imgenc_gui.core.library.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    from imgenc_gui.core.library.library import Library as Bare

    told = []
    library = Bare(tmp_path / "library", tell=told.append)
    result, content = keepsake(tmp_path / "a.jpg")
    library.keep(result, content.reader, OPTIONS)
    library.distrust([result.path])
    assert library.of_files([result.path], OPTIONS) == [None]
    assert library.of_content(content, OPTIONS) is None
    assert library.info() == library.prune()
    assert not library.clear()
    assert library.close()
    assert [trouble.code for trouble in told] == [TroubleCode.UNREACHABLE]


def test_many_threads_tell_once(tmp_path):
    (tmp_path / "library").mkdir()
    _garbage(tmp_path / "library" / "library.sqlite")
    told = []
    library = Library(tmp_path / "library", tell=told.append)
    start = threading.Barrier(8)

    def ask():
        start.wait()
        library.of_files(["a"], OPTIONS)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    library.close()
    assert [trouble.code for trouble in told] == [TroubleCode.DAMAGED]
    assert len(set_aside(tmp_path / "library")) == 1


def test_what_was_removed_while_it_was_open_is_begun_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_LOOK_SECONDS", 0)
    folder = tmp_path / "library"
    one, other = keepsakes(tmp_path, 2)
    library = Library(folder)
    keep(library, one)
    _until(lambda: library.of_files([one[0].path], OPTIONS)[0])
    for path in folder.iterdir():
        path.unlink()
    assert library.of_files([one[0].path], OPTIONS) == [None]
    keep(library, other)
    assert library.close()
    assert [one is not None for one in known(folder, [one[0].path, other[0].path])] == [False, True]


@pytest.mark.skipif(sys.platform == "win32", reason="A profile's rights see to it.")
def test_it_is_its_owners_alone(tmp_path):
    folder = tmp_path / "library"
    one, other = keepsakes(tmp_path, 2)
    library = Library(folder)
    keep(library, one)
    _until(lambda: library.of_files([one[0].path], OPTIONS)[0])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {
        "library": 0o700,
        "library.sqlite": 0o600,
        "library.sqlite-wal": 0o600,
        "library.sqlite-shm": 0o600,
    }
    library.close()
    (folder / "library.sqlite").chmod(0o644)
    kept(folder, [other])
    assert stat.S_IMODE((folder / "library.sqlite").stat().st_mode) == 0o600


def test_one_whose_writing_is_undone_at_its_end_numbers_methods_again(tmp_path):
    """Without a write-ahead log (another program can take it away), a reader is in the way of the very last step."""
    folder = tmp_path / "library"
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    kept(folder, [keepsake(tmp_path / "a.jpg")])
    run(folder, "PRAGMA journal_mode = DELETE")
    library = Library(folder)
    with closing(sqlite3.connect(folder / "library.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM files").fetchall()
        keep(library, (result, content))
        deadline = time.monotonic() + 30
        while library._store._locked is None and time.monotonic() < deadline:
            time.sleep(0.01)
    assert library.close(30)
    assert same(known(folder, [result.path])[0], result)  # and not under a number that another method gets


def test_whoever_cant_be_told_stops_nothing(tmp_path):
    """A terminal may be gone, or a window; an encoder that asks the library knows nothing of them."""
    folder = tmp_path / "library"
    pair = keepsake(tmp_path / "a.jpg")
    folder.mkdir()
    (folder / "library.sqlite").write_text("damaged" * 1000)

    def tell(_):
        raise BrokenPipeError

    library = Library(folder, tell=tell)
    assert library.of_files([pair[0].path], OPTIONS) == [None]
    keep(library, pair)
    assert library.close(30)
    assert known(folder, [pair[0].path]) != [None]


def test_what_there_is_in_one_that_another_holds_is_not_nothing(tmp_path, monkeypatch):
    """`imgenc --library info` said that there are 0 files, and that all was well."""
    monkeypatch.setattr(database, "READING_SECONDS", 0.01)
    kept(tmp_path, keepsakes(tmp_path, 1))
    told = []
    with closing(sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("UPDATE files SET seen = 0")
        library = Library(tmp_path, tell=told.append)
        library.info()
    assert library.close()
    assert told == [Trouble(TroubleCode.LOCKED)]
