"""Nothing is read but what this user wrote, for this key, unchanged; and a crash is remembered."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imgenc_gui.core.compiled import keeping
from imgenc_gui.core.compiled.keeping import DeadlyError, Kept, UnsafeError

ROOT = Path(__file__).parents[3]
KEY = "0123456789abcdef" * 4
PAYLOAD = bytes(range(64))
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the profile's rights see to it on Windows")


def settled(root, name="kernel", key=KEY):
    kept = Kept(root, name, key)
    kept.settle()
    return kept


@pytest.fixture
def written(tmp_path):
    """What was kept by an earlier start."""
    kept = settled(tmp_path / "root")
    kept.write("total", PAYLOAD)
    return kept


def died(root, times=1):
    """Processes that were killed while they loaded."""
    code = (
        "import os, signal, sys; from pathlib import Path; from imgenc_gui.core.compiled.keeping import Kept;"
        f"Kept(Path(sys.argv[1]), 'kernel', '{KEY}'); os.kill(os.getpid(), signal.SIGTERM)"
    )
    for _ in range(times):
        run = subprocess.run([sys.executable, "-c", code, root], cwd=ROOT, timeout=60, check=False)
        assert run.returncode in {-signal.SIGTERM, signal.SIGTERM}


def test_what_was_written_is_read_by_the_next_start(written, tmp_path):
    assert settled(tmp_path / "root").read("total") == PAYLOAD
    assert written.read("other") is None


def test_every_single_bit_flipped_is_noticed(written):
    path = written.folder / "total"
    whole = path.read_bytes()
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        assert written.read("total") is None, bit


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 95])
def test_a_file_cut_short_is_noticed(written, length, caplog):
    path = written.folder / "total"
    path.write_bytes(path.read_bytes()[:length])

    assert written.read("total") is None
    assert "damaged" in caplog.text


def test_what_was_kept_for_another_name_or_key_is_not_taken(written):
    other = settled(written.folder.parent, key=KEY[::-1])
    for kept, name in ((written, "mean"), (other, "total")):
        (kept.folder / name).write_bytes((written.folder / "total").read_bytes())
        assert kept.read(name) is None
    written.folder.rename(written.folder.with_name("renamed"))
    (written.folder.with_name("renamed")).rename(other.folder.with_name(f"kernel-{KEY[:16]}"))
    assert settled(written.folder.parent).read("total") == PAYLOAD


def test_a_folder_in_the_place_of_a_file_is_no_obstacle(written, caplog):
    (written.folder / "mean").mkdir()

    assert written.read("mean") is None
    written.write("mean", PAYLOAD)
    assert "can't be kept" in caplog.text
    assert [path.name for path in written.folder.iterdir() if path.is_file()] == ["total"]


@POSIX
def test_the_folder_is_the_owners_alone_whatever_it_was_made_with(tmp_path):
    root = tmp_path / "root"
    root.mkdir(mode=0o755)
    previous = os.umask(0)
    try:
        kept = settled(root)
        kept.write("total", PAYLOAD)
    finally:
        os.umask(previous)

    assert [path.stat().st_mode & 0o777 for path in (root, kept.folder, kept.folder / "total")] == [0o700, 0o700, 0o600]


@POSIX
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o702, 0o1777])
@pytest.mark.parametrize("which", ["root", "folder"])
def test_a_folder_that_others_could_write_to_is_closed_to_them(written, mode, which):
    """Imgenc 0.7 left one of mode 775 behind wherever the system's habit is to share with the group."""
    folder = written.folder if which == "folder" else written.folder.parent
    folder.chmod(mode)

    assert settled(written.folder.parent).read("total") == PAYLOAD
    assert folder.stat().st_mode & 0o7777 == 0o700


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_what_others_put_there_while_they_could_is_not_used(written, caplog):
    os.chown(written.folder / "total", 1, 1)
    written.folder.chmod(0o777)

    assert settled(written.folder.parent).read("total") is None
    assert "another user" in caplog.text


@POSIX
def test_a_file_that_others_can_write_to_is_not_used(written, caplog):
    (written.folder / "total").chmod(0o666)

    assert written.read("total") is None
    assert "other users" in caplog.text


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("which", ["root", "folder", "file"])
def test_what_belongs_to_another_user_is_not_used(written, which):
    os.chown({"root": written.folder.parent, "folder": written.folder, "file": written.folder / "total"}[which], 1, 1)

    if which == "file":
        assert written.read("total") is None
    else:
        with pytest.raises(UnsafeError, match="another user"):
            settled(written.folder.parent)


@POSIX
def test_a_link_or_a_file_in_the_place_of_the_folder_is_not_used(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").touch()

    for name in ("link", "file"):
        with pytest.raises(UnsafeError, match="no folder"):
            settled(tmp_path / name)


def test_after_a_crash_while_loading_nothing_of_it_is_used(written, caplog):
    caplog.set_level(logging.INFO)
    died(written.folder.parent)

    kept = Kept(written.folder.parent, "kernel", KEY)

    (record,) = caplog.records
    assert record.levelno == logging.INFO  # a process that was killed, and no matter to tell at the terminal
    assert "ended in a crash" in record.message
    assert kept.read("total") is None
    kept.write("total", PAYLOAD)
    kept.settle()
    caplog.clear()
    assert settled(written.folder.parent).read("total") == PAYLOAD
    assert caplog.text == ""
    assert [path.name for path in kept.folder.iterdir()] == ["total"]


def test_after_a_crash_what_starts_too_short_to_finish_have_made_is_kept(written, caplog):
    """A slow machine's commands end before all is compiled: what each leaves must add up, also after a crash."""
    died(written.folder.parent)
    short = Kept(written.folder.parent, "kernel", KEY)
    short.write("total", PAYLOAD)
    short._marker.remove()  # its process ends in order, before all has passed its test
    caplog.clear()

    assert settled(written.folder.parent).read("total") == PAYLOAD
    assert caplog.text == ""
    assert [path.name for path in written.folder.iterdir()] == ["total"]


def test_one_that_is_still_loading_is_no_crash(written, caplog):
    loading = Kept(written.folder.parent, "kernel", KEY)

    assert settled(written.folder.parent).read("total") == PAYLOAD
    loading.settle()
    assert caplog.text == ""


def test_a_process_that_ends_in_order_while_it_loads_is_no_crash(written, caplog):
    code = (
        "import sys; from pathlib import Path; from imgenc_gui.core.compiled.keeping import Kept;"
        f"Kept(Path(sys.argv[1]), 'kernel', '{KEY}')"
    )
    subprocess.run([sys.executable, "-c", code, written.folder.parent], cwd=ROOT, timeout=60, check=True)

    assert settled(written.folder.parent).read("total") == PAYLOAD
    assert caplog.text == ""


def test_what_a_process_was_writing_when_it_ended_in_order_goes_with_it(written):
    code = (
        "import sys; from pathlib import Path; from imgenc_gui.core.compiled import keeping;"
        f"kept = keeping.Kept(Path(sys.argv[1]), 'kernel', '{KEY}');"
        "(kept.folder / f'total-{kept._marker.id}').write_bytes(b'half')"
    )
    subprocess.run([sys.executable, "-c", code, written.folder.parent], cwd=ROOT, timeout=60, check=True)

    assert not list(written.folder.glob("*-*"))


def test_what_has_no_marker_goes_unless_it_is_young(written):
    for name in ("new-0123", "total-0123", "new-4567"):
        (written.folder / name).write_bytes(b"half")
    for name in ("new-0123", "total-0123"):
        os.utime(written.folder / name, (time.time() - 1000,) * 2)

    settled(written.folder.parent)

    assert [path.name for path in written.folder.glob("*-*")] == ["new-4567"]


def test_what_kills_again_and_again_is_left_alone_for_a_day(written):
    died(written.folder.parent, times=3)
    marks = [path for path in written.folder.iterdir() if path.name.startswith(("loading-", "died-"))]
    assert len(marks) == 3

    for _ in range(2):
        with pytest.raises(DeadlyError):
            Kept(written.folder.parent, "kernel", KEY)
    for path in marks:
        os.utime(path, (time.time() - 100_000,) * 2)
    settled(written.folder.parent)

    assert list(written.folder.iterdir()) == []


def test_what_a_killed_process_was_writing_does_not_pile_up(written):
    died(written.folder.parent)
    (marker,) = written.folder.glob("loading-*")
    marker.with_name(marker.name.replace("loading", "total")).write_bytes(b"half")

    settled(written.folder.parent)

    assert list(written.folder.iterdir()) == []


def test_only_those_last_used_are_kept(tmp_path):
    root = tmp_path / "root"
    now = time.time()
    folders = [settled(root, key=f"{number:064x}"[::-1]).folder for number in range(30)]
    for number, folder in enumerate(folders):
        if folder.exists():
            os.utime(folder, (now - 1000 + number,) * 2)
    used_again = folders[-8]
    settled(root, key=f"{22:064x}"[::-1])
    settled(root, key="f" * 64)

    assert len(list(root.iterdir())) == keeping._KEPT
    assert used_again.exists()
    assert not folders[-7].exists()


def test_a_disk_that_is_full_keeps_nothing_and_says_so(written, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping.os, "fdopen", full)
    written.write("mean", PAYLOAD)

    assert "No space left" in caplog.text
    assert written.read("mean") is None


def test_many_processes_at_once_harm_nothing(written):
    code = (
        "import random, sys; from pathlib import Path; from imgenc_gui.core.compiled.keeping import Kept\n"
        "for turn in range(60):\n"
        f"    kept = Kept(Path(sys.argv[1]), 'kernel', '{KEY}')\n"
        "    assert kept.read('total') in (None, bytes(range(64)))\n"
        "    if random.random() < 0.3: kept.write('total', bytes(range(64)))\n"
        "    random.choice((kept.settle, kept.settle, kept.fail))()\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, written.folder.parent], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert "damaged" not in errors
        assert "crash" not in errors


def test_random_bytes_are_never_taken(written):
    chance = random.Random(1)
    for _ in range(200):
        (written.folder / "total").write_bytes(chance.randbytes(chance.randrange(200)))
        assert written.read("total") is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forked processes")
def test_the_marker_of_a_process_is_its_own_also_when_another_was_forked_off(tmp_path):
    program = """
import os, sys
from pathlib import Path
from imgenc_gui.core.compiled.keeping import Marker
from imgenc_gui.core.living import lives
marker = Marker(Path(sys.argv[1]))
if not (child := os.fork()):
    sys.exit()  # in order
os.waitpid(child, 0)
(path,) = Path(sys.argv[1]).iterdir()
assert lives(path)
marker.remove()
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
