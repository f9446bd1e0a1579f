"""How a process ends: what must be done is done, and then it is gone, whatever its threads do."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60  # a hang, not a measurement
BEGINNING = """
    import os, signal, sys, threading, time
    from pathlib import Path
    from imgenc_gui.core import ending
    ending.GRACE_SECONDS = 0.2
    def say(word):
        os.write(1, word.encode() + b" ")
    def holding(seconds):  # a call that doesn't let go of the interpreter's lock
        import ctypes
        ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    def blocked():  # in a call that nothing interrupts, not even a signal, and that lets go of it
        import ctypes
        lock = ctypes.create_string_buffer(256)
        for _ in range(2):
            ctypes.CDLL(None).pthread_mutex_lock(lock)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="what blocks here is a call there")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send signals to one process")


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program; a hang is an error."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BEGINNING) + textwrap.dedent(program), *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip


def test_what_must_be_done_is_done_and_no_thread_is_waited_for():
    program = """
        threading.Thread(target=time.sleep, args=(1000,)).start()  # Python would wait for it
        ending.before(lambda: say("first"))
        ending.before(lambda: 1 / 0)
        ending.before(lambda: say("last"))
        ending.now(7)
    """
    ended = run(program)
    assert (ended.returncode, ended.stdout) == (7, "last first ")


def test_it_is_done_at_the_usual_end_too_and_once():
    ended = run("ending.before(lambda: say('done')); ending.within(1000, 7)")
    assert (ended.returncode, ended.stdout) == (0, "done ")


@linux
def test_what_must_be_done_may_hang_itself():
    program = """
        ending._STEPS_SECONDS = 0.2
        ending.before(blocked)
        ending.now(7)
    """
    assert run(program).returncode == 7


@posix
def test_a_thread_that_holds_the_interpreter_is_no_hindrance_either():
    program = """
        ending._STEPS_SECONDS = ending._LOCKED_SECONDS = 0.2
        ending.within(0.1, 7)
        holding(1000)
    """
    assert run(program).returncode == 1  # what ends it can't know another


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_being_told_to_end_is_heard_while_the_main_thread_is_in_a_call(number):
    program = """
        ending.before(lambda: say("done"))
        ending.listen()
        ending.heed(lambda times: (say(str(times)), times == 2 and ending.now(130)))
        for pause in (0.2, 0.4):
            threading.Timer(pause, os.kill, (os.getpid(), int(sys.argv[1]))).start()
        blocked()
    """
    ended = run(program, str(int(number)))
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "1 2 done ", "")


@posix
def test_who_was_told_by_nohup_not_to_hear_a_closing_terminal_doesnt():
    program = """
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        ending.listen()
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(0.1)
        say("lives")
    """
    assert run(program).stdout == "lives "


@posix
def test_a_forked_process_hears_for_itself():
    program = """
        ending.listen()
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.1)
            os._exit(3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        time.sleep(0.1)
        say("lives")
    """
    ended = run(program)
    assert ended.stdout == "lives ", ended.stderr


@posix
@pytest.mark.parametrize("thread", [True, False], ids=["by another thread", "by the same"])
def test_a_process_that_is_forked_off_while_a_program_is_served_is_ended_alone(thread):
    program = """
        children, (reading, writing) = [], os.pipe()

        def fork():
            child = os.fork()
            if not child:
                os.write(writing, b"there")
                time.sleep(1000)
            os.read(reading, 5)
            children.append(child)

        with ending.in_order():
            if int(sys.argv[1]):
                (thread := threading.Thread(target=fork)).start()
                thread.join()
            else:
                fork()
            os.kill(children[0], signal.SIGTERM)
            assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == -signal.SIGTERM
            time.sleep(0.1)
            say("lives")
    """
    ended = run(program, str(int(thread)))
    assert (ended.returncode, ended.stdout) == (0, "lives "), ended.stderr


EXPORT = """
    from imgenc_gui.core.files import atomic
    real, begun = Path.replace, threading.Event()

    def slow(path, target):  # several files take their places, one after the other
        begun.set()
        time.sleep(0.5)
        return real(path, target)

    def write(fill):
        with atomic.Replacement([Path(name) for name in sys.argv[1:]]) as replacement:
            for part in replacement.parts:
                part.write(b"new")
            fill()
"""


def test_nothing_temporary_stays_of_an_export_that_a_thread_is_writing(tmp_path):
    program = """
        threading.Thread(target=write, args=(lambda: (begun.set(), time.sleep(1000)),)).start()
        begun.wait()
        ending.now(130)
    """
    (tmp_path / "a").write_text("old")
    assert run(textwrap.dedent(EXPORT) + textwrap.dedent(program), tmp_path / "a").returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_files_that_take_their_places_do_so_to_the_end(tmp_path):
    program = """
        Path.replace = slow
        threading.Thread(target=write, args=(lambda: None,)).start()
        begun.wait()
        ending.now(130)
    """
    targets = [tmp_path / name for name in "abc"]
    for target in targets:
        target.write_text("old")
    assert run(textwrap.dedent(EXPORT) + textwrap.dedent(program), *targets).returncode == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
    assert {target.read_text() for target in targets} == {"new"}


@posix
def test_a_forked_process_leaves_its_parents_export_alone(tmp_path):
    program = """
        def fork():
            child = os.fork()
            if not child:
                ending.now(0)
            os.waitpid(child, 0)
        write(fork)
    """
    ended = run(textwrap.dedent(EXPORT) + textwrap.dedent(program), tmp_path / "a")
    assert (tmp_path / "a").read_text() == "new", ended.stderr


SERVED = """
    with ending.in_order():
        ending.before(lambda: say("done"))
        threading.Timer(0.2, os.kill, (os.getpid(), int(sys.argv[1]))).start()
        {}
    say("never")
"""


@linux
@pytest.mark.parametrize(
    ("number", "call", "status"),
    [
        (signal.SIGTERM, "time.sleep(1000)", -signal.SIGTERM),
        (signal.SIGHUP, "blocked()", 128 + signal.SIGHUP),
    ],
    ids=["as ever", "in a call that doesn't return"],
)
def test_a_program_that_is_served_is_ended_by_signals_after_what_must_be_done(number, call, status):
    ended = run(textwrap.dedent(SERVED).format(call), str(int(number)))
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "done ", "")


@posix
def test_signals_are_what_they_were_when_it_was_served():
    program = """
        before = signal.getsignal(signal.SIGINT)  # ignored where a shell started the tests beside others
        with ending.in_order():
            with ending.in_order():
                pass
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is before
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    """
    ended = run(program)
    assert (ended.returncode, ended.stderr) == (-signal.SIGTERM, "")
