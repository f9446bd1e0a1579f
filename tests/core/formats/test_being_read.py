"""What is being read is known to the next start if this one dies, and to nobody if it ends in order."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui.core.formats import being_read, jpeg, registry
from imgenc_gui.core.formats.being_read import BEING_READ, BeingRead, Use
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reading import read_content, read_picture, read_preview, read_thumbnail
from imgenc_gui.core.records.results import FailureCode, ReadError
from imgenc_gui.core.stopping import StoppedError
from tests.core.formats.made_up import MADE_UP
from tests.pictures import photo

ROOT = Path(__file__).parents[3]
A, B = "a" * 32, "b" * 32
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def run(code: str, *arguments: object) -> int:
    """What a process does, as it ends."""
    start = "import os, signal, sys; from pathlib import Path\n"
    start += "from imgenc_gui.core.formats.being_read import BEING_READ, Use\n"
    program = start + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, timeout=120, check=False
    ).returncode


def died(folder: Path, *marks: tuple[Use, str, str]) -> None:
    """A process has died while it read these: the system has taken its lock away."""
    one = BeingRead()
    with one.kept_in(folder):
        for use, path, digest in marks:
            one.mark(use, path, digest)
        one._marks.file.close()
        one._marks = None


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@contextmanager
def started(folder: Path) -> Iterator[BeingRead]:
    """What another start knows."""
    another = BeingRead()
    with another.kept_in(folder):
        yield another


def test_what_a_process_died_of_is_known_to_the_next(tmp_path):
    code = f"""
        with BEING_READ.kept_in(Path(sys.argv[1])):
            BEING_READ.mark(Use.ENCODING, "/x/a.jpg", "{A}")
            BEING_READ.mark(Use.THUMBNAIL, "/x/b.jpg", "{B}")
            BEING_READ.unmark(BEING_READ.mark(Use.ENCODING, "/x/c.jpg", "{A}"))
            os.abort()
    """
    assert run(code, tmp_path) != 0

    for _ in range(2):  # it stays so until it has been read
        with started(tmp_path) as later:
            assert later.is_suspected(A)
            assert later.is_suspected(B)
            assert later.paths == {"/x/a.jpg", "/x/b.jpg"}
            order = list(later.in_turn(["/x/1.jpg", "/x/b.jpg", "/x/2.jpg", "/x/a.jpg"]))
            assert order == [(1, "/x/b.jpg"), (3, "/x/a.jpg"), (0, "/x/1.jpg"), (2, "/x/2.jpg")]
    assert not later.is_suspected(A)


@posix
@pytest.mark.parametrize(
    "end", ["pass", "sys.exit(3)", "raise KeyboardInterrupt", "threading.Thread(target=read).start()"]
)
def test_nothing_is_left_of_an_orderly_end(end, tmp_path):
    folder = tmp_path / "new" / "library"
    code = f"""
        import threading

        def read():
            BEING_READ.mark(Use.ENCODING, "/x/b.jpg", "{B}")

        with BEING_READ.kept_in(Path(sys.argv[1])):
            place = BEING_READ.mark(Use.ENCODING, "/x/a.jpg", "{A}")
            assert len(list(Path(sys.argv[1]).iterdir())) == 1
            {end}
    """
    run(code, folder)

    assert not folder.exists()
    assert folder.parent.exists()


def test_what_hangs_when_the_process_ends_in_order_is_suspected(tmp_path, monkeypatch):
    with started(tmp_path) as one:
        one.mark(Use.ENCODING, "/x/a.jpg", A)
        monkeypatch.setattr(being_read, "_HANGING_SECONDS", 0.0)
        monkeypatch.setattr(being_read.time, "monotonic", lambda now=being_read.time.monotonic: now() + 0.001)

    with started(tmp_path) as later:
        assert later.paths == {"/x/a.jpg"}


def test_what_a_living_process_reads_is_not_suspected(tmp_path):
    with started(tmp_path) as one:
        place = one.mark(Use.ENCODING, "/x/a.jpg", A)
        with started(tmp_path) as other:
            assert not other.is_suspected(A)
        assert len(names(tmp_path)) == 1
        one.unmark(place)
    assert names(tmp_path) == []


def test_the_suspicion_is_taken_from_what_survived_and_from_nothing_else(tmp_path):
    died(tmp_path, (Use.ENCODING, "/x/a.jpg", A), (Use.ENCODING, "/x/b.jpg", B))
    died(tmp_path, (Use.ENCODING, "/y/a.jpg", A), (Use.PREVIEW, "/x/a.jpg", A))

    with started(tmp_path) as one:
        one.clear(Use.ENCODING, A)
        assert one.is_suspected(A)  # its preview is another matter
        one.clear(Use.PREVIEW, A)
        assert not one.is_suspected(A)
        one.convict(Use.THUMBNAIL, "/x/a.jpg", A)  # which was being tried meanwhile
        assert one.is_suspected(A)
        one.clear(Use.THUMBNAIL, A)
    with started(tmp_path) as later:
        assert later.paths == {"/x/b.jpg"}
        assert len(names(tmp_path)) == 1
        with started(tmp_path) as other:
            later.clear(Use.ENCODING, B)
            other.clear(Use.ENCODING, B)  # two processes have read it at once
    assert names(tmp_path) == []


def test_slots_are_used_again(tmp_path):
    with started(tmp_path) as one:
        for number in range(100):
            place = one.mark(Use.ENCODING, f"/x/{'long' * (number % 5)}.jpg", A)
            other = one.mark(Use.ENCODING, "/y", B)
            one.unmark(place)
            one.unmark(other)
        assert next(tmp_path.iterdir()).stat().st_size < 3 * 8192


def test_whatever_else_lies_there_suspects_nothing(tmp_path):
    for number, content in enumerate([b"", b"\0" * 9000, b"nonsense", b"r" + b"x" * 40, b"z" + A.encode() + b"/x"]):
        (tmp_path / f"reading-{number:016x}").write_bytes(content)
    (tmp_path / "library.sqlite").write_bytes(b"r" + A.encode() + b"/x")

    with started(tmp_path) as one:
        assert one.paths == set()
    assert names(tmp_path) == ["library.sqlite"]


def test_a_long_path_is_known_by_its_digest(tmp_path):
    died(tmp_path, (Use.ENCODING, "/x" * 10_000, A), (Use.ENCODING, "/x/b.jpg", B))

    with started(tmp_path) as later:
        assert later.is_suspected(A)
        assert "/x/b.jpg" in later.paths


def test_a_path_that_is_no_text_is_a_path(tmp_path):
    died(tmp_path, (Use.ENCODING, "/x/\udcff\n.jpg", A))

    with started(tmp_path) as later:
        assert later.paths == {"/x/\udcff\n.jpg"}


def test_only_so_many_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(being_read, "_MOST_KEPT", 2)
    for number in range(4):
        mark = tmp_path / f"reading-{number:016x}"
        mark.write_bytes(f"r{A}/x/{number}".encode())
        os.utime(mark, (number, number))

    with started(tmp_path) as one:
        assert one.paths == {"/x/2", "/x/3"}
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("folder", ["a file", "a file/library"])
def test_where_nothing_can_be_written_nothing_is_marked_and_the_log_tells_once(folder, tmp_path, caplog):
    (tmp_path / "a file").write_bytes(b"")

    with caplog.at_level("INFO"), started(tmp_path / folder) as one:
        for _ in range(3):
            one.unmark(one.mark(Use.ENCODING, "/x/a.jpg", A))
    assert len(caplog.records) == 1


def test_where_there_is_no_home_none_is_made_where_one_happens_to_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with started(Path("~/.local/share/imgenc")) as one:  # what the system makes of it then
        assert one.mark(Use.ENCODING, "/x/a.jpg", A) is None
    assert names(tmp_path) == []


def test_who_comes_to_read_while_the_process_ends_reads_unmarked(tmp_path, monkeypatch):
    real = being_read._mark
    with started(tmp_path) as one:
        monkeypatch.setattr(being_read, "_mark", lambda *what: (one.end(), real(*what))[1])
        assert one.mark(Use.ENCODING, "/x/a.jpg", A) is None
    assert names(tmp_path) == []


@posix
def test_the_folder_and_what_lies_there_is_for_their_owner_alone(tmp_path):
    with started(tmp_path / "library") as one:
        one.mark(Use.ENCODING, "/x/a.jpg", A)
        (mark,) = (tmp_path / "library").iterdir()
        assert [path.stat().st_mode & 0o077 for path in (mark, mark.parent)] == [0, 0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forked processes")
def test_a_forked_process_has_marks_of_its_own(tmp_path):
    code = f"""
        with BEING_READ.kept_in(Path(sys.argv[1])):
            place = BEING_READ.mark(Use.ENCODING, "/x/a.jpg", "{A}")
            child = os.fork()
            if not child:
                BEING_READ.mark(Use.ENCODING, "/x/b.jpg", "{B}")
                os._exit(0)
            os.waitpid(child, 0)
            BEING_READ.unmark(place)
            os._exit(0)
    """
    run(code, tmp_path)

    with started(tmp_path) as later:
        assert later.paths == {"/x/b.jpg"}


# --- read again ------------------------------------------------------------------------------------------------------


@pytest.fixture
def suspected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Makes a file of the made-up format, read in this process but if it is suspected: imgenc has died of it."""
    here = replace(MADE_UP, guarded=False, seconds=0.5)
    monkeypatch.setattr(registry, "READERS", (here, *registry.READERS))
    library = tmp_path / "library"

    def make(text: str, use: Use = Use.ENCODING) -> str:
        path = tmp_path / f"{len(names(tmp_path))}.madeup"
        path.write_text(f"MADEUP {text}")
        library.mkdir(exist_ok=True)
        mark = library / f"reading-{len(names(library)):016x}"
        mark.write_bytes(use.value.encode() + read_content(str(path)).digest.encode() + os.fsencode(path))
        return str(path)

    yield make
    GUARD.close()


def failure(path: str, read=read_picture, **options) -> FailureCode:
    with pytest.raises(ReadError) as caught:
        read(path, **options)
    return caught.value.failure.code


@pytest.mark.parametrize("text", ["abort -", "spin -", pytest.param("crash -", marks=[posix, pytest.mark.slow])])
def test_what_kills_or_hangs_its_child_is_said_and_stays_suspected(text, suspected, tmp_path):
    path = suspected(text)
    copy = tmp_path / "copy.madeup"
    copy.write_bytes(Path(path).read_bytes())
    for read, which in ((read_picture, path), (read_preview, copy)):
        with BEING_READ.kept_in(tmp_path / "library"):
            assert failure(str(which), read) is FailureCode.STOPPED_IMGENC


def test_what_is_to_blame_stays_so_whatever_else_survives(suspected, tmp_path):
    """It was marked when its thumbnail was made, which needn't be as harmful."""
    path = suspected("abort -", Use.THUMBNAIL)
    digest = read_content(path).digest
    with BEING_READ.kept_in(tmp_path / "library"):
        assert failure(path) is FailureCode.STOPPED_IMGENC
        BEING_READ.clear(Use.THUMBNAIL, digest)
        assert BEING_READ.is_suspected(digest)
    with BEING_READ.kept_in(tmp_path / "library"):
        assert BEING_READ.is_suspected(digest)
        assert BEING_READ.paths == {path}


def test_what_survives_its_child_is_read_like_any_other(suspected, tmp_path):
    def is_read_here(path: str) -> bool:
        return int.from_bytes(read_picture(path).pixels.tobytes()) == os.getpid()

    path, other = suspected("process -"), suspected("process  -", Use.THUMBNAIL)
    with BEING_READ.kept_in(tmp_path / "library"):
        assert [is_read_here(path) for _ in range(2)] == [False, True]
        assert [is_read_here(other) for _ in range(2)] == [False, False]  # imgenc has died of its thumbnail
        read_thumbnail(other, 64)
        assert is_read_here(other)


@pytest.mark.parametrize("text", ["refuse words", "raise words", "unknown -"])
def test_what_gives_no_picture_without_harm_is_told_as_ever(text, suspected, tmp_path):
    path = suspected(text)
    with BEING_READ.kept_in(tmp_path / "library"):
        assert failure(path) is FailureCode.DAMAGED
        assert failure(path) is FailureCode.DAMAGED
    assert names(tmp_path / "library") == []


def test_only_one_is_read_at_a_time_and_who_waits_can_be_stopped(suspected, tmp_path):
    path = suspected("colour 7")
    with BEING_READ.kept_in(tmp_path / "library"):
        with BEING_READ.alone(lambda: False), pytest.raises(StoppedError):
            read_picture(path, stop=lambda: True)
        assert read_picture(path, stop=lambda: False).pixels[0, 0, 0] == 7


def test_a_picture_that_takes_long_is_read_in_its_child_to_the_end(tmp_path, monkeypatch):
    """The child's reader, too, says that it would rather read it in another process."""
    path = tmp_path / "a.jpg"
    Image.fromarray(photo(90, 70)).save(path, progressive=True)
    expected = read_picture(str(path)).pixels
    library = tmp_path / "library"
    library.mkdir()
    mark = b"r" + read_content(str(path)).digest.encode() + os.fsencode(path)
    (library / "reading-0123456789abcdef").write_bytes(mark)
    monkeypatch.setattr(jpeg, "_LONG", 1)
    with BEING_READ.kept_in(library):
        assert (read_picture(str(path)).pixels == expected).all()
    assert names(library) == []
    GUARD.close()
