"""Several processes share a library, end without a word, are forked or killed."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from imgenc_gui.core.library import database
from imgenc_gui.core.library.library import Library
from tests.core.library.keepsakes import OPTIONS, keep, keepsakes, kept, known, run, same

PROGRAM = """
import os, sys, time
from pathlib import Path
from imgenc_gui.core.library.library import Library
from tests.core.library.keepsakes import OPTIONS, keep, keepsakes, known
folder, how = Path(sys.argv[1]), sys.argv[2]
told = []
library = Library(folder / "library", tell=told.append)
pairs = keepsakes(folder, int(sys.argv[3]), begin=int(sys.argv[4]), vector=True)
print("ready", flush=True)
sys.stdin.readline()
for at, (result, content) in enumerate(pairs):
    library.of_files([result.path], OPTIONS)
    library.of_content(content, OPTIONS)
    library.keep(result, content.reader, OPTIONS)
    if at % 100 == 50:
        time.sleep(0.1)
if how == "killed":
    deadline = time.monotonic() + 30
    while not library.of_files([result.path], OPTIONS)[0] and time.monotonic() < deadline:
        time.sleep(0.02)
    keep(library, keepsakes(folder, 1, begin=9999)[0])
    os.kill(os.getpid(), 9)
if how == "closed" and not library.close(30):
    sys.exit("not written in time")
if told:
    sys.exit(f"trouble: {told}")
"""


def _start(folder, how, count, begin=0):
    command = [sys.executable, "-c", PROGRAM, str(folder), how, str(count), str(begin)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _go(*processes):
    for process in processes:
        assert process.stdout.readline() == b"ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    return [(process.communicate(timeout=60)[1], process.returncode) for process in processes]


@pytest.fixture
def in_checkout(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]))


def test_two_processes_share_it_and_one_may_be_killed(tmp_path, in_checkout):
    """Three at once: two write the same pictures, of which one is killed; one ends without closing its library."""
    pairs = keepsakes(tmp_path, 200, vector=True)
    ended = _go(*(_start(tmp_path, *what) for what in (("closed", 150), ("ended", 50, 150), ("killed", 150))))
    killed = -signal.SIGKILL if sys.platform != "win32" else 9
    assert ended == [(b"", 0), (b"", 0), (b"", killed)]
    folder = tmp_path / "library"
    found = known(folder, [result.path for result, _ in pairs])
    assert all(same(one, result) for one, (result, _) in zip(found, pairs, strict=True))
    assert run(folder, "PRAGMA integrity_check") == [("ok",)]
    assert run(folder, "SELECT count(*) FROM contents") in ([(200,)], [(201,)])
    assert [path.name for path in folder.iterdir()] == ["library.sqlite"]  # and nothing temporary


def forked(job):
    """A child process that does a job, and ends with 0 if that says that all went well."""
    child = os.fork()
    if not child:
        status = 1
        try:
            status = int(not job())
        finally:
            os._exit(status)
    return child


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here.")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_has_connections_and_a_writer_of_its_own(tmp_path):
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 300)
    kept(folder, pairs[:100])
    paths = [result.path for result, _ in pairs]
    library = Library(folder)
    assert library.of_files(paths[:1], OPTIONS) != [None]
    for result, content in pairs[100:150]:
        library.keep(result, content.reader, OPTIONS)
    mine = [opened.sqlite for opened in library._store._database._idle]

    def writes():
        for result, content in pairs[150:200]:
            library.keep(result, content.reader, OPTIONS)
        is_known = library.of_files(paths[:1], OPTIONS) != [None]
        theirs = [opened.sqlite for opened in library._store._database._idle]
        return is_known and not any(one in mine for one in theirs) and library.close(20)

    child = forked(writes)
    for result, content in pairs[200:]:
        library.keep(result, content.reader, OPTIONS)
    deadline = time.monotonic() + 30
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    assert ended[1] == 0
    assert library.close()
    assert all(known(folder, paths))
    assert run(folder, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here.")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_forking_waits_for_whoever_uses_a_connection(tmp_path):
    """SQLite's own locks, held by a thread that doesn't exist in the child, would be held for ever."""
    folder = tmp_path / "library"
    kept(folder, keepsakes(tmp_path, 1))
    one = database.Database(folder / "library.sqlite")
    busy = []
    one._gate.wait_for = lambda condition, _: busy.append(condition())
    with one.reading():
        child = os.fork()
        if not child:
            os._exit(0)
    os.waitpid(child, 0)
    assert busy == [False]
    one.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here.")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_what_a_forked_process_writes_stays_when_its_parent_leaves(tmp_path):
    """SQLite in the child took its parent's locks for its own: the parent, as the last, removed its journal."""
    folder = tmp_path / "library"
    pairs = keepsakes(tmp_path, 3)
    kept(folder, pairs[:1])
    paths = [result.path for result, _ in pairs]
    library = Library(folder)
    assert library.of_files(paths[:1], OPTIONS) != [None]
    (is_open, tell), (has_left, leave) = os.pipe(), os.pipe()

    def writes():
        keep(library, pairs[1])
        library.info()  # once it is written
        os.write(tell, b"x")
        os.read(has_left, 1)
        keep(library, pairs[2])
        library.info()
        return True

    child = forked(writes)
    os.read(is_open, 1)
    assert library.close()
    os.write(leave, b"x")
    ended = os.waitpid(child, 0)
    for handle in (is_open, tell, has_left, leave):
        os.close(handle)
    assert ended[1] == 0
    assert all(known(folder, paths))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here.")
def test_threads_that_fork_at_once_leave_it_open_to_all(tmp_path):
    folder = tmp_path / "library"
    kept(folder, keepsakes(tmp_path, 1))
    one = database.Database(folder / "library.sqlite")

    def fork():
        database._before_fork()
        database._after_fork_in_parent()

    def read():
        with one.reading():
            pass

    threads = [threading.Thread(target=work, daemon=True) for work in (fork, read)]
    database._before_fork()
    threads[0].start()
    threads[0].join(0.1)
    database._after_fork_in_parent()
    threads[0].join(30)
    threads[1].start()
    threads[1].join(30)
    assert not any(thread.is_alive() for thread in threads)
    one.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' locks are the handle's.")
def test_another_program_that_opens_and_closes_it_takes_nothing_away(tmp_path):
    """A process loses its locks on a file once it closes it, by whatever handle: others would take it for free."""
    folder = tmp_path / "library"
    one, other = keepsakes(tmp_path, 2)
    library = Library(folder)
    keep(library, one)
    deadline = time.monotonic() + 30
    while not library.of_files([one[0].path], OPTIONS)[0] and time.monotonic() < deadline:
        time.sleep(0.01)
    second = Library(folder)  # opens it once more, for reading and for writing
    second.of_files([one[0].path], OPTIONS)
    keep(second, other)
    assert second.close()
    journal = (folder / "library.sqlite-wal").stat()
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM files').fetchall()"
    subprocess.run([sys.executable, "-I", "-S", "-c", program, folder / "library.sqlite"], check=True, timeout=60)
    assert (folder / "library.sqlite-wal").stat().st_ino == journal.st_ino  # not removed as by the last who leaves
    library.close()
