"""What a killed process leaves beside its export goes with the next one; what a living one writes stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgenc_gui.core.files import temporaries, together
from imgenc_gui.core.files.registry import CSV, ENCODINGS
from imgenc_gui.core.records.results import ImageResult
from tests.core.files.exports import some, write

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from imgenc_gui.core.files.atomic import Replacement
with Replacement([Path(name) for name in sys.argv[1:]]) as replacement:
    replacement.parts[0].write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed like that there")


def temporary(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".imgenc-"))


@posix
def test_what_a_killed_export_left_goes_with_the_next_one(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    targets = [tmp_path / "a.json", tmp_path / "b.json"]
    run = subprocess.run([sys.executable, "-c", KILLED, *targets], timeout=60, check=False, env=environment)
    assert run.returncode == -signal.SIGKILL
    assert len(temporary(tmp_path)) == 2
    (tmp_path / ".imgenc-notes.tmp").write_text("another's")

    write(tmp_path, CSV)

    assert temporary(tmp_path) == [".imgenc-notes.tmp"]


@pytest.mark.parametrize("file_format", [CSV, ENCODINGS], ids=["one file", "a file per method"])
def test_an_export_takes_nothing_from_another_that_goes_on(tmp_path: Path, file_format) -> None:
    write(tmp_path, file_format)  # so that there are old files to be replaced
    expected = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted() -> Iterator[tuple[str, ImageResult]]:
        yield from some()
        write(tmp_path, CSV)

    write(tmp_path, file_format, interrupted())

    assert temporary(tmp_path) == []
    assert {path: path.read_bytes() for path in expected} == expected


@posix
def test_a_file_that_another_took_for_abandoned_is_made_again(tmp_path: Path, monkeypatch) -> None:
    real = temporaries.Claim
    taken = []

    def too_late(path: Path) -> temporaries.Claim:
        if not taken:
            taken.append(path)
            together.tidy(tmp_path)
        return real(path)

    monkeypatch.setattr(temporaries, "Claim", too_late)
    write(tmp_path, CSV)

    assert not taken[0].exists()
    assert temporary(tmp_path) == []
    assert list(tmp_path.glob("*.csv"))
