"""Standard streams that are closed, full, or read no longer: nothing crashes or goes elsewhere, the status tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import photo

pytestmark = [
    pytest.mark.slow,  # processes of its own
    pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close streams"),
]

ROOT = Path(__file__).parents[1]
FULL = Path("/dev/full")
full = pytest.mark.skipif(not FULL.exists(), reason="Linux's device that is always full")
# Which file is behind each standard stream, once the command is over.
BEHIND = """
import os, sys
from imgenc_gui.cli import main
try:
    status = main()
finally:
    with open(os.environ["TOLD"], "w") as file:
        file.write("\\n".join(os.readlink(f"/proc/self/fd/{number}") for number in range(3)))
sys.exit(status)
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(photo(50, 40, number)).save(folder / f"{number}.png")
    (folder / "bad.jpg").write_text("words")
    return folder


@pytest.fixture
def shell(tmp_path):
    """Runs `imgenc` as a shell does; what the standard streams were at its end is in ``told``."""

    def run(words: str, program: str = f'"{sys.executable}" -c "$BEHIND"') -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", words.replace("imgenc", program)],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "BEHIND": BEHIND, "TOLD": str(tmp_path / "told")},
        )

    return run


LINE = "imgenc: the output can't be written: "


@pytest.mark.parametrize(
    ("redirected", "status", "told"),
    [
        ("photos >&-", 1, f"{LINE}standard output is closed\n"),
        ("photos 0<&- 2>&-", 0, ""),
        ("photos 0<&- >&- 2>&-", 1, ""),
        ("--version >&-", 1, f"{LINE}standard output is closed\n"),
    ],
)
def test_streams_that_are_closed(shell, photos, tmp_path, redirected, status, told) -> None:
    run = shell(f"imgenc {redirected}")

    assert run.returncode == status, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.endswith(told)
    assert len(run.stdout.splitlines()) == (3 if status == 0 else 0)
    behind = (tmp_path / "told").read_text().splitlines()
    assert all(file == "/dev/null" or file.startswith("pipe:") for file in behind), behind
    if sys.platform == "linux":
        assert behind.count("/dev/null") >= redirected.count("&-")


@full
@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [("photos --groups", ""), ("--version", ""), ("--help", "1"), ("--library info", "")],
)
def test_output_for_which_there_is_no_room_is_lost_and_told(shell, photos, words, unbuffered) -> None:
    if "--groups" in words:
        (photos / "again.png").write_bytes((photos / "0.png").read_bytes())
    run = shell(f"PYTHONUNBUFFERED={unbuffered} imgenc {words} > /dev/full")

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == f"{LINE}No space left on device"
    assert "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr


@full
def test_complaints_that_are_lost_are_no_reason_to_stop(shell, photos) -> None:
    run = shell("imgenc photos 2> /dev/full")
    assert len(run.stdout.splitlines()) == 3
    assert run.returncode == 1


def test_whoever_reads_no_further_is_not_told(shell, photos) -> None:
    run = shell("(imgenc photos; echo status $? >&2) | true")
    assert "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr
    assert run.stderr.endswith("status 0\n")
    both = shell("(imgenc photos; echo $? > status) 2>&1 | true")
    assert both.stderr == ""
    assert (photos.parent / "status").read_text() == "0\n"


def test_the_window_starts_without_streams(shell, tmp_path) -> None:
    program = f"""
import os, sys
from PySide6.QtCore import QTimer
from imgenc_gui import __main__, app
create = app.create_app
def closing(argv):
    made = create(argv)
    print("said")
    print("said", file=sys.stderr)
    QTimer.singleShot(0, made.window.close)
    return made
app.create_app = closing
status = __main__.main()
behind = [os.readlink(f"/proc/self/fd/{{number}}") for number in range(3)]
open({str(tmp_path / "behind")!r}, "w").write(" ".join(behind))
sys.exit(status)
"""
    (tmp_path / "program.py").write_text(program)
    home = f"HOME={tmp_path} XDG_CONFIG_HOME= XDG_STATE_HOME= XDG_CACHE_HOME="
    run = shell(f"{home} imgenc program.py 0<&- >&- 2>&-", sys.executable)
    assert run.returncode == 1  # what it said is lost
    behind = (tmp_path / "behind").read_text().split()
    assert all(file == "/dev/null" or file.startswith("pipe:") for file in behind), behind


@full
def test_the_windows_version_is_told_of_by_the_status(shell) -> None:
    program = f'"{sys.executable}" -m imgenc_gui'
    assert shell("imgenc --version > /dev/full", program).returncode == 1
