"""What the command says, around the progress bar: answers on standard output, all else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from imgenc_gui.core.naming import printable, shown
from imgenc_gui.core.records.results import ImageFailure, ImageResult, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.terminal import noted_loss


def say(words: str) -> None:
    """Tell the person at the terminal."""
    _tell(f"imgenc: {printable(words)}")


def _tell(line: str) -> None:
    with noted_loss():
        tqdm.write(line, sys.stderr)


def counted(count: int, thing: str) -> str:
    """So many of them: 1 picture, 2 pictures."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def terminal_leaver() -> Callable[[], None]:
    """To be called when the process is told to end: perhaps because its terminal is gone, which nobody writes to then.

    What is done could not be kept if saying so failed.
    """
    on_terminal = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]

    def leave() -> None:
        for descriptor in on_terminal:
            if not os.isatty(descriptor):
                os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)

    return leave


class Paths:
    """How paths are written: as the user would type them, relative unless an absolute one was ``given``.

    ``beside_bar``: answers come while a progress bar shows. Making room for it takes a multiple of the time.
    """

    def __init__(self, given: Iterable[str], *, null: bool, beside_bar: bool) -> None:
        self._beside_bar = beside_bar
        self._absolute = any(os.path.isabs(path) for path in given)  # noqa: PTH117
        self._null = null

    def as_given(self, path: str) -> str:
        """A path as the user would type it."""
        if self._absolute:
            return path
        try:
            return os.path.relpath(path)
        except (OSError, ValueError):  # the current folder is gone, or on another drive
            return path

    def complain(self, path: str, failure: ImageFailure) -> None:
        """Say why there is nothing of a file."""
        _tell(f"{shown(self.as_given(path))}: {sentence(failure)}")

    def complain_of_part(self, result: ImageResult) -> bool:
        """Whether a picture is damaged and was encoded as far as it can be read; says so then."""
        told = [warning for warning in result.warnings if warning.code is WarningCode.INCOMPLETE]
        for warning in told:
            _tell(f"{shown(self.as_given(result.path))}: {sentence(warning)}")
        return bool(told)

    def answer(self, *fields: str, names: Iterable[int] = (0,)) -> None:
        """Print a line, its fields parted by tabs, those that are ``names`` so that they can forge nothing.

        For programs (``null``) the names are as they are, and a null character ends the line.
        """
        if self._null:
            self._write("\t".join(fields), "\0")
            if self._beside_bar:
                sys.stdout.flush()  # it does so by itself at the ends of lines alone
        else:
            texts = [*fields]
            for place in names:
                texts[place] = shown(texts[place])
            self._write("\t".join(texts), "\n")

    def _write(self, text: str, end: str) -> None:
        if self._beside_bar:
            tqdm.write(text, sys.stdout, end=end)
        else:
            sys.stdout.write(text + end)


@contextmanager
def shown_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar of work that tells what is done, and of how much; on a terminal only."""
    with tqdm(total=0, desc=what, bar_format="{desc} {percentage:3.0f}%|{bar}|", disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress
