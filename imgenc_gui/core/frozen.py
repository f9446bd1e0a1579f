"""What a program without Python (PyInstaller) has to see to before all else."""

from __future__ import annotations

import os
import sys

_LIBRARIES = "LD_LIBRARY_PATH"
_AS_GIVEN = "LD_LIBRARY_PATH_ORIG"  # what it was before the program was started with its own
_OWN = "_PYI_"


def set_up_process() -> None:
    """Leave the environment as it was given, and serve what Python's own ``multiprocessing`` starts.

    What is started from here (file managers, viewers) would else load this program's libraries instead of its own. This
    process has looked at the environment when it began. A guarded child is this program, which sees to itself.
    """
    if not getattr(sys, "frozen", False):
        return
    given = os.environ.pop(_AS_GIVEN, "")
    if given:
        os.environ[_LIBRARIES] = given
    else:
        os.environ.pop(_LIBRARIES, None)
    for name in [name for name in os.environ if name.startswith(_OWN)]:
        del os.environ[name]
    import multiprocessing  # noqa: PLC0415 - takes 7 ms

    multiprocessing.freeze_support()
