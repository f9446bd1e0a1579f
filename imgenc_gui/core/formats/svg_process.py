"""Runs resvg in a process of its own: there it may abort, eat memory or hang without harm to the application."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from imgenc_gui.core.records.results import FailureCode, ImageFailure, ReadError

_TIME_LIMIT = 20  # seconds; drawings take milliseconds
_MEMORY_LIMIT = 1 << 30  # bytes of address space
_CPU_LIMIT = 30  # seconds, for a process whose imgenc was killed
_REFUSED = 3  # exit status: resvg says why on standard error

# Python without its site packages starts in some 10 ms. A drawing comes in on standard input, a PNG goes out.
_PROGRAM = """
import sys
folder, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sys.path.insert(0, folder)
import resvg_py
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
except (ImportError, ValueError, OSError):  # Windows has none, macOS not all
    pass
try:
    png = resvg_py.svg_to_bytes(svg_string=sys.stdin.buffer.read().decode(), background="white")
except ValueError as error:
    sys.stderr.write(str(error))
    sys.exit(3)
sys.stdout.buffer.write(png)
"""


def render_png(svg: str) -> bytes:
    """Render a drawing, cleaned before, at its own size on white and return a PNG. Raises ReadError.

    In a frozen build, which has no Python to start, resvg runs in this process.
    """
    spec = importlib.util.find_spec("resvg_py")
    if spec is None or spec.origin is None:
        raise ReadError(ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "missing-library", ("SVG", "resvg-py")))
    if getattr(sys, "frozen", False) or not sys.executable:
        return _render_here(svg)
    folder = Path(spec.origin).parent
    folder = folder.parent if spec.submodule_search_locations else folder
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(folder), str(_MEMORY_LIMIT), str(_CPU_LIMIT)]
    try:
        run = subprocess.run(  # noqa: S603 - our own program
            command,
            input=svg.encode(),
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=False,
            start_new_session=True,  # Ctrl+C in the terminal is for imgenc, which finishes the picture at hand
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "time")) from error
    except OSError as error:
        raise ReadError(ImageFailure(FailureCode.UNREADABLE, "busy", (str(error.strerror),))) from error
    if run.returncode == _REFUSED:
        raise _refused(run.stderr.decode("utf-8", "replace"))
    if run.returncode:
        raise ReadError(ImageFailure(FailureCode.TOO_LARGE, "memory"))
    return run.stdout


def _render_here(svg: str) -> bytes:
    import resvg_py  # noqa: PLC0415 - only drawings need it

    try:
        png: bytes = resvg_py.svg_to_bytes(svg_string=svg, background="white")
    except ValueError as error:
        raise _refused(str(error)) from error
    return png


def _refused(answer: str) -> ReadError:
    words = answer.strip().splitlines()[0] if answer.strip() else "no details"
    return ReadError(ImageFailure(FailureCode.DAMAGED, "drawing", (words,)))
