"""Guarded children: whatever a decoder does there costs one picture, and no child outlives its parent."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.formats import guard, registry
from imgenc_gui.core.formats.channel import SharedMemory
from imgenc_gui.core.formats.guard import GUARD
from imgenc_gui.core.formats.reader import MAX_PIXELS, Reader
from imgenc_gui.core.formats.reading import read_picture, read_preview, read_thumbnail
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import FailureCode, ReadError, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.scratch import Scratch
from imgenc_gui.core.stopping import StoppedError
from tests.core.formats.made_up import LIES, MADE_UP

pytestmark = pytest.mark.slow  # processes of its own for most tests

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits memory and tells of a parent's end")

MakeFile = Callable[[str], str]


@pytest.fixture(autouse=True)
def fresh_children() -> Iterator[None]:
    GUARD.close()
    yield
    GUARD.close()


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeFile:
    """Makes a file of the made-up format, for which a reader is registered."""
    register(monkeypatch, MADE_UP)
    return lambda text: file_of(tmp_path, text)


def file_of(folder: Path, text: str) -> str:
    path = folder / f"{len(list(folder.iterdir()))}.madeup"
    path.write_text(f"MADEUP {text}")
    return str(path)


def register(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    monkeypatch.setattr(
        registry, "READERS", (reader, *(other for other in registry.READERS if other.formats != reader.formats))
    )


def process_of(make: MakeFile) -> int:
    """The child that reads a picture now."""
    return int.from_bytes(read_picture(make("process -")).pixels.tobytes())


def said_of(path: str) -> tuple[FailureCode, str]:
    with pytest.raises(ReadError) as caught:
        read_picture(path)
    return caught.value.failure.code, sentence(caught.value.failure)


def ends(process: int, seconds: float = 5) -> bool:
    """Whether a process has ended, or ends within this time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)


# --- what comes back -------------------------------------------------------------------------------------------------


def test_pixels_and_facts_cross(made_up: MakeFile) -> None:
    picture = read_picture(made_up("turned 6"))

    assert (picture.pixels == np.ones((4, 5, 3), np.uint8)).all()
    facts = picture.facts
    assert (facts.format, facts.width, facts.height, facts.frames, facts.orientation) == ("MADEUP", 50, 40, 7, 6)


def test_warnings_cross(made_up: MakeFile) -> None:
    (warning,) = read_picture(made_up("warn Größe {0}")).warnings

    assert warning.code is WarningCode.LOW_INFORMATION
    assert "Größe {0}" in sentence(warning)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refuse a {brace}", "The drawing is damaged (a {brace})."),
        ("unknown -", "The file is named like a picture, but its content isn't one; it may be damaged."),
        ("raise no end. \nmore", "The picture is damaged or incomplete (no end)."),
        ("import nothing_such", "MADEUP files can't be read: a package that they need doesn't load"),
    ],
)
def test_failures_cross_and_the_child_lives_on(text: str, said: str, made_up: MakeFile) -> None:
    child = process_of(made_up)

    path = made_up(text)
    assert said_of(path)[1].startswith(said)
    with pytest.raises(ReadError) as caught:
        read_thumbnail(path, 9)
    assert sentence(caught.value.failure).startswith(said)
    assert process_of(made_up) == child


def test_what_is_shown_crosses(made_up: MakeFile) -> None:
    path = made_up("size 300")

    assert read_preview(path).shape == (300, 300, 3)
    assert read_thumbnail(path, 30).shape == (30, 30, 3)
    assert (read_thumbnail(path, 30) == 3).all()


def test_large_pictures_after_small_ones_and_back(made_up: MakeFile) -> None:
    scratch = Scratch()
    for size in (3, 2000, 5, 900):
        pixels = read_picture(made_up(f"size {size}"), scratch).pixels
        assert pixels.shape == (size, size, 3)
        assert (pixels == 3).all()


def test_shared_memory_holds_what_was_written_last() -> None:
    memory = SharedMemory()
    memory.write(memoryview(b"longer"))
    token = memory.write(memoryview(b"last"))

    assert memory.read(4, token) == b"last"
    target = bytearray(5)
    assert memory.read_into(memoryview(target)[:4], token)
    assert target == b"last\0"
    if sys.platform != "win32":
        assert not memory.read_into(memoryview(target), token)
    memory.close()


def test_a_child_is_kept_from_picture_to_picture(made_up: MakeFile) -> None:
    assert process_of(made_up) == process_of(made_up) != os.getpid()


@pytest.mark.slow
def test_threads_read_side_by_side(made_up: MakeFile) -> None:
    paths = [made_up(f"colour {number}") for number in range(60)] + [made_up("sleep 0.5")] * 6
    children: set[int] = set()

    def read(path: str) -> int:
        children.update(child.pid for child in psutil.Process().children())
        return int(read_picture(path, Scratch()).pixels[0, 0, 0])

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(read, paths)) == [*range(60), *[1] * 6]
    assert len(children) >= 6
    assert len(psutil.Process().children()) <= usable_processors()


def test_a_missing_library_says_what_to_install(made_up: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, replace(MADE_UP, packages={"json": "json", "no_such_module": "made-up-codec"}))

    code, said = said_of(made_up("colour 1"))

    assert code is FailureCode.UNSUPPORTED_FORMAT
    assert said == "MADEUP files need the package made-up-codec, which is missing. Install it, or imgenc again."
    assert psutil.Process().children() == []


# --- what costs one picture ------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("abort -", FailureCode.TOO_LARGE, "memory"),
        ("crash -", FailureCode.DAMAGED, "crash"),
        ("exit words", FailureCode.DAMAGED, "crash"),
        pytest.param("bomb -", FailureCode.TOO_LARGE, "memory", marks=linux),
    ],
)
@pytest.mark.parametrize("used", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_death_costs_one_picture(text: str, code: FailureCode, word: str, used: bool, made_up: MakeFile) -> None:
    child = process_of(made_up) if used else None

    said_code, said = said_of(made_up(text))

    assert said_code is code
    assert word in said
    assert read_picture(made_up("colour 9")).pixels[0, 0, 0] == 9
    assert process_of(made_up) != child


@posix
def test_a_busy_machine_is_no_fault_of_a_pictures(made_up: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is how long its child has worked, and not how long it had to wait for the processor."""
    child = process_of(made_up)
    register(monkeypatch, replace(MADE_UP, seconds=0.3))

    assert read_picture(made_up("sleep 0.6")).pixels.shape == (4, 5, 3)
    assert process_of(made_up) == child


@pytest.mark.parametrize("text", ["spin -", pytest.param("sleep 60", marks=pytest.mark.slow)])
def test_a_hang_is_bounded(text: str, made_up: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    child = process_of(made_up)
    register(monkeypatch, replace(MADE_UP, seconds=0.2))
    start = time.monotonic()

    code, said = said_of(made_up(text))

    assert time.monotonic() - start < 30  # beside others
    assert code is FailureCode.TOO_LARGE
    assert "too long" in said
    assert ends(child, 0.1)
    register(monkeypatch, MADE_UP)
    assert read_picture(made_up("colour 9")).pixels[0, 0, 0] == 9


def test_a_child_that_sees_first_that_the_time_is_up_is_no_sign_of_damage(
    made_up: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where this process wasn't let work for a while."""
    watch = guard._watch

    def watch_late(stop, seconds: float, starting=None) -> Callable[[], None]:
        return watch(stop, seconds, starting) if starting else lambda: time.sleep(seconds + 2)

    monkeypatch.setattr(guard, "_watch", watch_late)
    register(monkeypatch, replace(MADE_UP, seconds=0.1))

    code, said = said_of(made_up("sleep 60"))

    assert code is FailureCode.TOO_LARGE
    assert "too long" in said


@linux
def test_each_reader_has_its_bound_of_memory(made_up: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made_up("leak 500")
    register(monkeypatch, replace(MADE_UP, memory=600 << 20))

    assert said_of(path)[0] is FailureCode.TOO_LARGE
    register(monkeypatch, MADE_UP)
    assert read_picture(path).pixels.shape == (4, 5, 3)


@linux
def test_what_earlier_pictures_left_harms_no_other(made_up: MakeFile) -> None:
    """A child whose memory is full, or whose heap is broken, makes room for a fresh one that reads the picture."""
    for text in ("leak 500", "leak 500", "poison -", "colour 9"):
        read_picture(made_up(text))


@posix
def test_a_child_that_ended_while_idle_is_replaced(made_up: MakeFile) -> None:
    child = process_of(made_up)
    os.kill(child, signal.SIGKILL)

    assert process_of(made_up) != child


@posix
def test_a_child_that_nobody_asks_ends() -> None:
    program = (
        "import sys; from imgenc_gui.core.formats import child; child._IDLE_SECONDS = 0.2; child.serve(*sys.argv[1:])"
    )
    ours, theirs = socket.socketpair()
    memory = SharedMemory()
    handles = (str(theirs.fileno()), memory.handle)
    with ours, theirs:
        run = subprocess.run(
            [sys.executable, "-c", program, *handles, "1"], pass_fds=map(int, handles), timeout=20, check=False
        )
    memory.close()

    assert run.returncode == 0


# Each kind once: starting the processes takes most of a second. test_answers.py has them all.
QUICK_LIES = ("more than there is", "wild orientation", "failure with wild words", "no message", "endless text")


@pytest.mark.parametrize(
    "lie", [lie if lie in QUICK_LIES else pytest.param(lie, marks=pytest.mark.slow) for lie in LIES]
)
def test_a_lying_child_is_refused(lie: str, made_up: MakeFile) -> None:
    child = process_of(made_up)

    code, said = said_of(made_up(f"lie {lie}"))

    assert code is FailureCode.DAMAGED
    assert "crash" in said
    assert ends(child, 0.1)
    assert read_picture(made_up("colour 9")).pixels[0, 0, 0] == 9


@posix
def test_no_file_grows_without_bound(made_up: MakeFile, tmp_path: Path) -> None:
    assert said_of(made_up(f"write {tmp_path / 'written'}"))[0] is FailureCode.DAMAGED
    assert (tmp_path / "written").stat().st_size <= 3 * MAX_PIXELS


def test_a_child_that_cant_be_started_is_said(made_up: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    for executable in ("/nothing/python", "/bin/true"):
        monkeypatch.setattr(sys, "executable", executable)
        code, said = said_of(made_up("colour 1"))
        assert code is FailureCode.UNREADABLE
        assert said.startswith("The picture can't be read now (")


# --- Stop ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["spin -", pytest.param("sleep 60", marks=pytest.mark.slow)])
@pytest.mark.parametrize("read", [read_picture, read_preview, lambda path, stop: read_thumbnail(path, 9, stop)])
def test_stop_kills_within_a_second(text: str, read: Callable[..., object], made_up: MakeFile) -> None:
    child = process_of(made_up)
    path = made_up(text)
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    start = time.monotonic()

    with pytest.raises(StoppedError):
        read(path, stop=stop.is_set)

    assert 0.2 < time.monotonic() - start < 1
    assert ends(child, 0.1)
    timer.join()


def test_a_stopped_encoder_gives_no_result_for_the_picture(made_up: MakeFile) -> None:
    stop = threading.Event()
    paths = [made_up("colour 1"), made_up("spin -"), made_up("colour 2")]
    keys = []
    for key, result in Encoder(Options((METHODS["phash"],))).encode(enumerate(paths), stop.is_set):
        keys.append(key)
        assert result.failure is None
        threading.Timer(0.3, stop.set).start()

    assert keys == [0]


# --- the parent's end ------------------------------------------------------------------------------------------------

PARENT = """
    import os, sys, threading, time
    from tests.core.formats.made_up import MADE_UP
    from imgenc_gui.core.formats import guard, registry
    from imgenc_gui.core.formats.reading import read_picture
    registry.READERS = (MADE_UP,)

    def process():
        return int.from_bytes(read_picture(sys.argv[1]).pixels.tobytes())
"""


@contextmanager
def parent(program: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that reads pictures, and the number that it writes first."""
    text = textwrap.dedent(PARENT) + textwrap.dedent(program)
    with subprocess.Popen([sys.executable, "-c", text, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


@posix
@pytest.mark.parametrize(
    ("busy", "seconds"),
    [
        ("", 60),
        pytest.param("spin -", 60, marks=linux),
        pytest.param("spin deaf", 3, marks=pytest.mark.slow),
        pytest.param("sleep 60", 60, marks=pytest.mark.slow),
    ],
)
def test_a_child_ends_with_its_killed_parent(busy: str, seconds: int, tmp_path: Path) -> None:
    """Idle it sees the end, at work Linux kills it, and else its time is up."""
    program = """
        from dataclasses import replace
        registry.READERS = (replace(MADE_UP, seconds=int(sys.argv[3])),)
        child = process()
        if sys.argv[2]:
            threading.Thread(target=read_picture, args=(sys.argv[2],)).start()
            time.sleep(0.3)
        print(child, flush=True)
        time.sleep(60)
    """
    work = file_of(tmp_path, busy) if busy else ""
    with parent(program, file_of(tmp_path, "process -"), work, str(seconds)) as (process, child):
        assert not ends(child, 0)

        process.kill()

        assert ends(child, 60)


@posix
def test_a_child_ends_with_a_parent_that_ends_by_itself(tmp_path: Path) -> None:
    with parent("print(process(), flush=True)", file_of(tmp_path, "process -")) as (process, child):
        assert process.wait(20) == 0
        assert ends(child)


@posix
def test_a_forked_process_has_children_of_its_own_and_keeps_none_of_others_alive(tmp_path: Path) -> None:
    program = """
        child = process()
        forked = os.fork()
        print(child if forked else process() != child, flush=True)
        time.sleep(20)
    """
    with parent(program, file_of(tmp_path, "process -")) as (process, child):
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        (forked,) = (other for other in psutil.Process(process.pid).children() if other.pid != child)

        process.kill()

        assert ends(child)
        forked.kill()


@posix
def test_ctrl_c_in_the_terminal_doesnt_reach_a_child(made_up: MakeFile) -> None:
    assert os.getpgid(process_of(made_up)) != os.getpgid(0)


# --- how it is started -----------------------------------------------------------------------------------------------


@posix
def test_a_frozen_build_is_its_own_child_and_needs_no_qt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The executable of a frozen build is called again, with a first argument that no person types."""
    qt = tmp_path / "modules" / "PySide6"
    qt.mkdir(parents=True)
    (qt / "__init__.py").write_text("raise ImportError('A guarded child needs no Qt.')")
    executable = tmp_path / "imgenc"
    executable.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imgenc_gui "$@"\n')
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(qt.parent), str(Path(__file__).parents[3])]))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="5"/>')

    assert read_picture(str(tmp_path / "a.svg")).pixels.shape == (5, 9, 3)
    (child,) = psutil.Process().children()
    assert child.cmdline()[1:3] == ["-m", "imgenc_gui"]


def test_a_child_loads_only_what_it_needs(made_up: MakeFile) -> None:
    program = """
        import sys
        import imgenc_gui.core.formats.child, imgenc_gui.core.formats.answers, imgenc_gui.core.formats.svg
        print(*sorted({"PySide6", "numba", "scipy", "torch", "multiprocessing", "simplejpeg"} & set(sys.modules)))
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert run.stdout == "\n"
