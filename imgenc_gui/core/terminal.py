"""What goes to a terminal or a log, where names of files must not pass for lines, or for commands to the terminal."""

from __future__ import annotations

import argparse
import logging
from typing import NoReturn

from imgenc_gui.core.naming import printable

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


class LogFormatter(logging.Formatter):
    """Writes a record as printable text, its further lines (those of a traceback) set in."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        return _INDENT.join(map(printable, super().format(record).split("\n")))
