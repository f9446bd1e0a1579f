"""The command that is told to end: it does, whatever its threads are in; what is done is kept, and nothing else."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PIL import Image

from imgenc_gui import cli
from imgenc_gui.command.pictures import Pictures
from imgenc_gui.core.library.library import Library, usual_folder
from imgenc_gui.core.networks.added import networks_folder
from tests import own_networks
from tests.pictures import photo

ROOT = Path(__file__).parents[1]
SECONDS = 120  # a hang, not a measurement
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
PROGRAM = """
    import ctypes, os, sys, threading, time
    from imgenc_gui import cli
    from imgenc_gui.core import ending
    from imgenc_gui.core.formats import registry
    from imgenc_gui.core.formats.reader import Reader

    ending.GRACE_SECONDS = 0.5

    def block(*_):  # a call that nothing interrupts, not even a signal; it lets go of the interpreter's lock
        print("reached", file=sys.stderr, flush=True)
        lock = ctypes.create_string_buffer(256)
        for _ in range(2):
            ctypes.CDLL(None).pthread_mutex_lock(lock)

    stuck = Reader(("STUCK",), (".stuck",), lambda head: head.startswith(b"STUCK"), block, block)
    registry.READERS = (stuck, *registry.READERS)
    sys.exit(cli.program())
"""
TRYING = """
    import sys
    from imgenc_gui import cli
    from imgenc_gui.core import ending
    from imgenc_gui.core.networks import own_onnx

    ending.GRACE_SECONDS = own_onnx.MOST_SECONDS = 3600

    def run_within(*what):
        looks = 0

        def look():  # from another thread: by the third time the main one is in the network
            nonlocal looks
            looks += 1
            if looks == 3:
                print("reached", file=sys.stderr, flush=True)
            return what[-1]()

        return real(*what[:-1], look)

    real, own_onnx.run_within = own_onnx.run_within, run_within
    sys.exit(cli.program())
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send signals to one process")


@pytest.fixture(autouse=True)
def _restore(monkeypatch):
    for kernel in (cli.KERNEL, cli.COMPARING_KERNEL):  # it serves this process's other tests
        monkeypatch.setattr(kernel, "abandon", lambda: None)
    yield
    logging.captureWarnings(False)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(photo(60, 40, number)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def stopped(monkeypatch):
    """Told to end by that signal when two pictures are encoded."""

    def at(number):
        real = Pictures._count

        def counted(self, result):
            real(self, result)
            if self.encoded == 2:
                signal.raise_signal(number)

        monkeypatch.setattr(Pictures, "_count", counted)

    return at


@pytest.mark.skipif(sys.platform != "linux", reason="what blocks here is a call there")
@pytest.mark.parametrize(
    ("arguments", "printed"),
    [pytest.param([], 1, id="a worker"), pytest.param(["--like", "b.stuck"], 0, id="the main thread")],
)
def test_it_ends_whatever_a_thread_is_in_and_keeps_what_is_done(folder, arguments, printed):
    for name in ("1.png", "2.png", "3.png"):
        (folder / name).unlink()
    (folder / "b.stuck").write_bytes(b"STUCK")
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), ".", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr.readline() == "reached\n"
            lines = [process.stdout.readline() for _ in range(printed)]
            process.send_signal(signal.SIGTERM)
            out, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert [line.split("\t")[0] for line in [*lines, *out.splitlines()]] == ["0.png"] * printed
    assert Library(usual_folder()).info().pictures == printed


@posix
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_network_that_never_ends_is_no_longer_tried(tmp_path, number):
    file = own_networks.saved(tmp_path)
    file.write_bytes(own_networks.endless(0.1).SerializeToString())
    command = [sys.executable, "-c", textwrap.dedent(TRYING), "--add-network", str(file)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr.readline() == "reached\n"
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "imgenc: stopped\n")
    assert not networks_folder().exists()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_report_of_a_run_that_was_stopped_says_that_it_is_partial(folder, tmp_path, stopped, number):
    for copy in range(400):
        os.link(folder / "0.png", folder / f"{copy:03} copy.png")
    stopped(number)
    before = signal.getsignal(number)
    target = tmp_path / "report.json"
    arguments = [str(folder), "--format", "report", "-o", str(target), "--workers", "1"]
    assert cli.main(arguments) == 130
    report = json.loads(target.read_text())
    assert 2 <= len(report["images"]) < 400
    assert report["partial"] is True
    assert list(tmp_path.glob(".imgenc-*")) == []
    assert signal.getsignal(number) == before


def test_a_report_of_all_pictures_does_not(folder, tmp_path):
    assert cli.main([str(folder), "--format", "report", "-o", str(tmp_path / "report.json")]) == 0
    assert "partial" not in json.loads((tmp_path / "report.json").read_text())


@posix
def test_what_is_done_is_kept_though_nothing_can_be_said_any_more(tmp_path, folder):
    """A terminal that closes tells so, and refuses every word from then on."""
    import pty

    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    program = """
        import os, sys, time
        os.close(os.open(os.ttyname(1), os.O_RDWR))  # it is this session's from now on
        from imgenc_gui import cli
        from imgenc_gui.command.pictures import Pictures
        real = Pictures._count
        def counted(self, result):
            if self.encoded == 2 and not cli._reacted.is_set():
                os.write(0, b"close it")
                while not cli._reacted.is_set():
                    time.sleep(0.01)
            real(self, result)
        Pictures._count = counted
        sys.exit(cli.main())
    """
    leader, follower = pty.openpty()
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder), "-o", str(tmp_path / "a.csv")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    streams = {"stdin": theirs, "stdout": follower, "stderr": follower}
    with ours, theirs, subprocess.Popen(command, env=environment, start_new_session=True, **streams) as process:
        ours.settimeout(SECONDS)
        assert ours.recv(100) == b"close it"
        os.close(follower)
        os.close(leader)
        assert process.wait(SECONDS) == 130
    assert len((tmp_path / "a.csv").read_text().splitlines()) >= 3


@posix
def test_ctrl_c_while_it_starts_ends_it_without_a_word():
    program = """
        import os, signal, sys
        class Finder:
            @staticmethod
            def find_spec(name, *_):
                if name == "imgenc_gui.core.encoding":
                    os.kill(os.getpid(), signal.SIGINT)
        sys.meta_path.insert(0, Finder)
        from imgenc_gui.cli import program
        program()
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), "--version"],
        cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
