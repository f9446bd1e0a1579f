"""What goes to a terminal or a log, where names of files must not pass for lines, or for commands to the terminal."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn, TextIO

from imgenc_gui.core.naming import brief, printable

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

LOST = 1  # the exit status

_lost: list[OSError] = []  # in writing, in this run

_INDENT = "\n    "  # no further line of a record can look like another record's first


def quiet_libraries() -> None:
    """Let libraries' remarks on odd files (Pillow has many) go nowhere: what matters of them is said by us."""
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    logging.getLogger("PIL").setLevel(logging.CRITICAL)


class ArgumentParser(argparse.ArgumentParser):
    """Repeats what was typed wrongly only as printable text."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with status 2."""
        super().error(printable(message))

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Say what may be chosen without Python's quotes."""
        if action.choices is not None and value not in action.choices:
            choices = ", ".join(map(str, action.choices))
            raise argparse.ArgumentError(action, f"invalid choice: {value} (choose from {choices})")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Argparse itself passes over what can't be written."""
        with noted_loss():
            (file or sys.stderr).write(message)


def run_to_the_end(
    run: Callable[[], int], say: Callable[[str], object], writing: type[OSError] | tuple[()] = ()
) -> int:
    """Run a program whose standard streams may be closed or full. Its exit status: not 0 where what it printed is lost.

    ``writing``: errors of it that can only come from that.
    """
    open_streams()
    _lost.clear()
    status, ended = LOST, None
    try:
        with noted_loss(writing):
            status = run()
    except SystemExit as end:  # of argparse: --version, --help, wrong usage
        status, ended = end.code if isinstance(end.code, int) else int(end.code is not None), end
    _end_streams()
    if _lost:
        is_closed = _lost[0].errno == errno.EBADF
        why = "standard output is closed" if is_closed else brief(_lost[0])
        say(f"the output can't be written: {why}")
        _end_streams()
        return status or LOST
    if ended is not None:
        raise ended
    return status


def open_streams() -> None:
    """Open standard streams that whoever started this process has closed (`imgenc ... 2>&-`).

    Else the next file that is opened would take the place of one, and get what is printed. What goes to a closed output
    is lost, and so fails; nobody wants the words on a closed stream of errors.
    """
    failing = os.O_WRONLY if sys.platform == "win32" else os.O_RDONLY  # a windowed build has no output there
    for number, flags in enumerate((os.O_RDONLY, failing, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # gets the lowest number that is free, this one
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            stream = open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


@contextmanager
def noted_loss(errors: type[OSError] | tuple[()] = OSError) -> Iterator[None]:
    """Go on after an error in writing; the exit status will tell, unless it is only that nobody reads any further."""
    try:
        yield
    except BrokenPipeError:  # `imgenc ... | head`
        pass
    except errors as error:
        _lost.append(error)


def _end_streams() -> None:
    """Bring out what is still to be written. What can't be is dropped: Python would fail with it once more."""
    for stream in (sys.stdout, sys.stderr):
        is_out = False
        with noted_loss():
            stream.flush()
            is_out = True
        if not is_out:
            _silence(stream)


def _silence(stream: TextIO) -> None:
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()


class TerminalFormatter(logging.Formatter):
    """Writes what a person at a terminal is to know of a record: its sentence, and none of Python's own words."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record, on one line."""
        return f"imgenc: {printable(record.getMessage())}"


class LogFormatter(logging.Formatter):
    """Writes a record as printable text, its further lines (those of a traceback) set in."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        return _INDENT.join(map(printable, super().format(record).split("\n")))
