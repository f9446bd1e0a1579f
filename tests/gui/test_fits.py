"""Every page and dialog can be seen whole on small screens and at 200 %, in a language that is 40 % longer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIZES = {1: ("1366x768", "1024x700", "720x480"), 2: ("720x450", "683x384", "512x350")}  # of screens, per scale
RUNS = [  # a window can be as small on a large screen, a dialog is made for its screen
    *(("windows", scale, ",".join(sizes)) for scale, sizes in SIZES.items()),
    *(("dialogs", scale, size) for scale, sizes in SIZES.items() for size in sizes),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "scale", "sizes"), RUNS)
def test_nothing_is_cut_off(kind, scale, sizes):
    command = [sys.executable, "-m", "tests.gui.every_page", kind, str(scale), sizes]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert len(found) > 20
    assert {page: cut for page, cut in found.items() if cut} == {}
