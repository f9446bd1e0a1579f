"""The real window, killed in the middle of its work: at most the last second is lost, and nothing else is wrong."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from tests.pictures import photo
from tests.system.conftest import ROOT, SECONDS, Screen, wait_for

PICTURES = 300
KILLS = 2


def command(screen: Screen, *arguments: object) -> dict[str, str]:
    """What the command writes, in the window's surroundings."""
    target = Path(screen.environment["HOME"]) / "out.json"
    subprocess.run(
        [sys.executable, "-m", "imgenc_gui.cli", *map(str, arguments), "-o", str(target)],
        env=screen.environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    written: dict[str, str] = json.loads(target.read_text())
    target.unlink()
    return written


def known(library: Path) -> int:
    """How many files the library knows; it must not be damaged."""
    with sqlite3.connect(library) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = connection.execute("SELECT count(*) FROM files").fetchone()
    connection.close()
    return int(count)


def done(screen: Screen) -> int:
    """How many pictures the title says are done, at least."""
    percent = re.match(r"(\d+) %", screen.title())
    return int(percent[1]) * PICTURES // 100 if percent else 0


def test_a_window_that_is_killed_goes_on_from_there(make_screen, start, tmp_path):
    # GIVEN a folder that takes some seconds
    album = tmp_path / "album"
    album.mkdir()
    for number in range(10):
        Image.fromarray(photo(1200, 900, number)).save(tmp_path / "photo.jpg", quality=90)
        for copy in range(number, PICTURES, 10):  # each of bytes of its own: what follows a JPEG's end is not decoded
            (album / f"{copy:03}.jpg").write_bytes((tmp_path / "photo.jpg").read_bytes() + bytes(str(copy), "ascii"))
    screen = make_screen()
    folder = tmp_path / "kept"
    screen.environment["IMGENC_LIBRARY"] = str(folder)
    chance = random.Random()
    kept = 0
    # WHEN the window is killed at random moments, and started again
    for _ in range(KILLS):
        imgenc = start(screen, album)
        wait_for("progress", lambda kept=kept: done(screen) > 0 or kept == PICTURES)
        time.sleep(chance.uniform(0, 1.5))
        sure = done(screen)
        time.sleep(1)
        imgenc.process.kill()
        imgenc.process.wait(SECONDS)
        # THEN all but the last second's work is there, and nothing that was there before is lost
        assert known(folder / "library.sqlite") >= max(sure, kept)
        kept = known(folder / "library.sqlite")
    # AND run to the end it has the encodings of an undisturbed run
    imgenc = start(screen, album)
    wait_for("the end", lambda: known(folder / "library.sqlite") == PICTURES)
    rows = imgenc.wait_encoded(PICTURES)
    screen.key("ctrl+q")
    assert imgenc.end_status() == 0
    truth = command(screen, album, "--no-cache")
    assert len(truth) == PICTURES
    assert {name: cells[-1] for name, *cells in rows} == truth
    assert command(screen, album) == truth
    # AND nothing temporary or damaged lies beside the library
    assert known(folder / "library.sqlite") == PICTURES
    assert {path.name for path in folder.iterdir()} <= {"library.sqlite", "thumbnails.sqlite"}
