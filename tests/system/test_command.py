"""The command under signals: what is done is kept, and nothing is left lying about."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import photo
from tests.system.conftest import ROOT, SECONDS, wait_for

COPIES = 8000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupted_export_keeps_what_is_done_and_leaves_no_temporary_file(tmp_path: Path, number):
    # GIVEN a long run that has begun to write
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(photo(300, 200)).save(folder / "00000.png")
    for copy in range(1, COPIES):
        os.link(folder / "00000.png", folder / f"{copy:05}.png")
    target = tmp_path / "out.json"
    arguments = [str(folder), "-m", "phash,ahash,dhash,whash", "--format", "report", "-o", str(target)]
    command = [sys.executable, "-m", "imgenc_gui.cli", *arguments]
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    wait_for("the output", lambda: any(path.stat().st_size > 0 for path in tmp_path.glob(".imgenc-*")))
    # WHEN the signal comes
    process.send_signal(number)
    status = process.wait(SECONDS)
    # THEN what was done stands in the file, which is whole
    assert status == 130
    assert list(tmp_path.glob(".imgenc-*")) == []
    report = json.loads(target.read_text())
    assert 1 < len(report["images"]) == report["counts"]["encoded"] < COPIES
