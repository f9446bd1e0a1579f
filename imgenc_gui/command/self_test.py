"""What `imgenc --self-test` does: tries every part of this installation, and prints a table of what became of it."""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

from imgenc_gui import __version__
from imgenc_gui.command.talking import say
from imgenc_gui.command.trials import NotHereError, Trial, Trials, WrongError
from imgenc_gui.core import ending
from imgenc_gui.core.files.temporaries import Folder
from imgenc_gui.core.naming import brief, printable
from imgenc_gui.core.records.results import ReadError
from imgenc_gui.core.records.sentences import sentence

WRONG = 1


def self_test() -> int:
    """Carry it out. The exit status: 0, or 1 where anything is wrong; what is rightly missing isn't."""
    try:
        scratch = Folder(Path(tempfile.gettempdir()))
    except OSError as error:
        say(f"nothing can be tried: there is no place for temporary files ({brief(error)})")
        return WRONG
    ending.before(scratch.remove)
    try:
        return _tabulated(list(Trials(scratch.path)))
    finally:
        scratch.remove()


def _tabulated(trials: list[Trial]) -> int:
    widths = [max(map(len, column)) for column in zip(*((trial.part, trial.tried) for trial in trials), strict=True)]

    def print_row(*cells: str) -> None:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
        sys.stdout.write("  ".join([*padded, printable(cells[-1])]).rstrip() + "\n")

    sys.stdout.write(f"imgenc {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n")
    print_row("part", "what was tried", "result")
    wrong = 0
    for trial in trials:
        result, is_wrong = _outcome(trial)
        wrong += is_wrong
        print_row(trial.part, trial.tried, result)
    if wrong:
        advice = "Install imgenc anew; if that doesn't help, keep this table for whoever helps you."
        sys.stdout.write(f"\nParts that are wrong: {wrong} of {len(trials)}. {advice}\n")
    else:
        sys.stdout.write("\nAll is well.\n")
    return WRONG if wrong else 0


def _outcome(trial: Trial) -> tuple[str, bool]:
    """What to say of a part, and whether it is wrong."""
    try:
        more = trial.run()
    except NotHereError as error:
        return f"not here: {error}", False
    except WrongError as error:
        return f"WRONG: {error}", True
    except ReadError as error:
        return f"WRONG: {sentence(error.failure)}", True
    except Exception as error:  # noqa: BLE001 - whatever a broken part does, the others are tried, too
        return f"WRONG: {brief(error)}", True
    return f"ok, {more}" if more else "ok", False
