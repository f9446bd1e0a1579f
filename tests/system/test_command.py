"""The command under signals: what is done is kept, and nothing is left lying about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import photo
from tests.system.conftest import ROOT, wait_for


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupted_export_keeps_what_is_done_and_leaves_no_temporary_file(tmp_path: Path, number):
    # GIVEN a long run that has begun to write
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(photo(1200, 900)).save(folder / "0000.png")
    for copy in range(1, 4000):
        os.link(folder / "0000.png", folder / f"{copy:04}.png")
    command = [sys.executable, "-m", "imgenc_gui.cli", str(folder), "-o", str(tmp_path / "out.csv")]
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    wait_for("the output", lambda: any(path.stat().st_size > 2000 for path in tmp_path.glob(".imgenc-*")))
    # WHEN the signal comes
    process.send_signal(number)
    status = process.wait(60)
    # THEN what was done stands in the file
    assert status == 130
    assert list(tmp_path.glob(".imgenc-*")) == []
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert 1 < len(lines) < 4000
    assert all(line.count(",") == lines[0].count(",") for line in lines)
