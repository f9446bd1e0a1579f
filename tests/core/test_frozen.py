"""What is started from a program without Python gets the environment that the program was given."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

STARTED = """
import json, os, subprocess, sys
sys.frozen = True
from imgenc_gui.core import frozen
frozen.set_up_process()
del sys.frozen
print(subprocess.run([sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"],
                     capture_output=True, text=True, check=True).stdout)
"""


@pytest.mark.parametrize("given", [{}, {"LD_LIBRARY_PATH": "/given"}])
def test_children_get_the_environment_as_it_was_given(given):
    own = {"LD_LIBRARY_PATH": "/own", "_PYI_ARCHIVE_FILE": "imgenc"} | {f"{name}_ORIG": given[name] for name in given}
    environment = os.environ | own

    run = subprocess.run([sys.executable, "-c", STARTED], env=environment, capture_output=True, text=True, check=True)

    theirs = json.loads(run.stdout)
    assert {name: theirs[name] for name in theirs if name.startswith(("LD_LIBRARY", "_PYI"))} == given
