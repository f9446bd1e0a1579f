"""Every page and dialog can be seen whole on small screens and at 200 %, in a language that is 40 % longer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREENS = {  # what Qt calls the screen's size, and its scale
    "720 x 480": (720, 480, 1),
    "1024 x 700": (1024, 700, 1),
    "1366 x 768": (1366, 768, 1),
    "1440 x 900 at 200 %": (720, 450, 2),
    "1366 x 768 at 200 %": (683, 384, 2),
    "1024 x 700 at 200 %": (512, 350, 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_off(screen):
    command = [sys.executable, "-m", "tests.gui.every_page", *map(str, SCREENS[screen])]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert len(found) > 20
    assert {page: cut for page, cut in found.items() if cut} == {}
