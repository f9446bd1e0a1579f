"""After an unclean end: what was being read is read first, apart, and only what is to blame is left out from then on.

The processes that die here have a home of their own, and compile nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import photo

pytestmark = [
    pytest.mark.slow,  # processes of its own
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

ROOT = Path(__file__).parents[1]
SAID = "Imgenc stopped while reading this"

START = """
import sys
from dataclasses import replace
from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.formats import registry
from imgenc_gui.core.formats.guard import GUARD
from tests.core.formats.made_up import MADE_UP

def ask(*given, ask=GUARD._ask):
    print("apart", file=sys.stderr)
    return ask(*given)

GUARD._ask = ask
CompiledModule._load = lambda self: None
registry.READERS = (replace(MADE_UP, guarded=False, seconds=2.0), *registry.READERS)
"""

COMMAND = "from imgenc_gui.cli import main\nsys.exit(main([*sys.argv[1:], '-m', 'dhash']))"

API = """
from imgenc_gui.methods import DHash
print(sorted(DHash().encode_images(sys.argv[1], num_enc_workers=0, cache=True)))
"""

# Tells each row's failure when all is done, has those that failed encoded again, and tells once more.
WINDOW = """
import json
from imgenc_gui import __main__, app

def create(argv, create=app.create_app):
    made = create(sys.argv[1:])
    window = made.window
    told = []

    def tell(_):
        rows = window.session.live.rows
        results = [rows.result(row) for row in range(len(rows))]
        told.append({one.path.rpartition("/")[2]: one.failure and one.failure.code for one in results})
        if len(told) == 1:
            window.session.encode_again([row for row, one in enumerate(results) if one.failure])
        else:
            print(json.dumps(told))
            window.close_at_once()

    window.session.finished.connect(tell)
    return made

app.create_app = create
sys.exit(__main__.main())
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of processes of this test alone."""
    folder = tmp_path / "home"
    folder.mkdir()
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "NUMBA_CACHE_DIR", "IMGENC_LIBRARY")
    return os.environ | {name: str(folder / name) for name in names} | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Five pictures of the kind that is always there; the second that is begun takes imgenc with it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.madeup").write_text("MADEUP sleep 2")  # it is being read meanwhile, and innocent
    (folder / "b.madeup").write_text("MADEUP crash -")
    for number in range(3):
        Image.fromarray(photo(50, 40, number)).save(folder / f"{number}.png")
    return folder


def run(program: str, home: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START + program, *map(str, arguments)]
    return subprocess.run(command, env=home, capture_output=True, text=True, timeout=120, check=False)


def marks(home: dict[str, str]) -> list[Path]:
    return list(Path(home["IMGENC_LIBRARY"]).glob("reading-*"))


def test_the_command_goes_on_and_lists_what_is_to_blame(photos, home):
    died = run(COMMAND, home, photos, "--workers", "2")
    assert died.returncode < 0
    assert marks(home)

    first, second = (run(COMMAND, home, photos, "--workers", "2") for _ in range(2))

    for after in (first, second):
        assert after.returncode == 0, after.stderr
        assert len(after.stdout.splitlines()) == 4
        assert f"b.madeup: {SAID}" in after.stderr
        assert "4 encoded" in after.stderr
        assert "1 could not be read" in after.stderr
    assert first.stderr.count("apart") in {1, 2}  # with a, unless that was done before the other killed them
    assert second.stderr.count("apart") == 0
    # It is offered again: without the library, when it has changed, and by Encode again.
    anew = run(COMMAND, home, photos, "--no-cache")
    assert (anew.returncode, anew.stderr.count("apart")) == (0, 1)
    assert SAID in anew.stderr
    os.utime(photos / "b.madeup", (1, 1))
    touched = run(COMMAND, home, photos)
    assert (touched.returncode, touched.stderr.count("apart")) == (0, 1)
    (photos / "b.madeup").write_text("MADEUP colour 7")
    assert run(COMMAND, home, photos).stdout.count("\n") == 5


def test_what_hung_until_it_was_killed_is_listed(tmp_path, photos, home):
    (photos / "a.madeup").unlink()
    (photos / "b.madeup").write_text("MADEUP spin -")
    process = subprocess.Popen([sys.executable, "-c", START + COMMAND, photos, "--workers", "1"], env=home)
    try:
        deadline = time.monotonic() + 60
        while not any(b"b.madeup" in path.read_bytes() for path in marks(home)) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()

    after = run(COMMAND, home, photos)

    assert after.returncode == 0
    assert after.stderr.count("apart") == 1
    assert f"b.madeup: {SAID}" in after.stderr
    assert after.stdout.count("\n") == 3


def test_the_api_with_the_library_goes_on_too(photos, home):
    assert run(API, home, photos).returncode < 0

    after = run(API, home, photos)

    assert after.returncode == 0, after.stderr
    assert after.stdout == "['0.png', '1.png', '2.png', 'a.madeup']\n"


def test_the_window_goes_on_and_offers_it_again(photos, home):
    assert run(WINDOW, home, photos).returncode < 0

    after = run(WINDOW, home, photos)

    assert after.returncode == 0, after.stderr
    told = json.loads(after.stdout)
    assert told == [{"a.madeup": None, "b.madeup": "stopped-imgenc", "0.png": None, "1.png": None, "2.png": None}] * 2
