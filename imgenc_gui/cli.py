"""`imgenc`: encode and compare pictures without a window."""

from __future__ import annotations

from imgenc_gui.core.starting import Starting

with Starting():  # the better part of the first half second
    import argparse
    import heapq
    import io
    import logging
    import os
    import signal
    import sys
    import threading
    from collections.abc import Iterator, Sequence
    from contextlib import closing
    from operator import itemgetter
    from typing import TYPE_CHECKING, Any

    from imgenc_gui.command.arguments import about_networks, check, compares, parsed, parser
    from imgenc_gui.command.comparing import compare
    from imgenc_gui.command.library import library_command, memory_of
    from imgenc_gui.command.networks import networks_command
    from imgenc_gui.command.pictures import Pictures, loaded_encoder
    from imgenc_gui.command.talking import Paths, say, terminal_leaver
    from imgenc_gui.core import ending, frozen
    from imgenc_gui.core.collecting import is_export
    from imgenc_gui.core.encoding import Encoder
    from imgenc_gui.core.files.export import ExportError, ExportRequest, export, target_files
    from imgenc_gui.core.files.extra_columns import MOST_THUMBNAILS, thumbnail_column
    from imgenc_gui.core.files.report_json import REPORT
    from imgenc_gui.core.files.workbook_xlsx import workbook_with
    from imgenc_gui.core.formats.child import serve_if_asked
    from imgenc_gui.core.hashing.engine import KERNEL
    from imgenc_gui.core.listing import named_refusals, relative_names
    from imgenc_gui.core.naming import shown
    from imgenc_gui.core.records.methods import Options
    from imgenc_gui.core.records.results import FailureCode, ImageResult
    from imgenc_gui.core.registry import take_in_added
    from imgenc_gui.core.similarity.engine import KERNEL as COMPARING_KERNEL
    from imgenc_gui.core.stopping import StoppedError
    from imgenc_gui.core.terminal import (
        ArgumentParser,
        TerminalFormatter,
        open_streams,
        quiet_libraries,
        run_to_the_end,
    )

if TYPE_CHECKING:
    from imgenc_gui.core.library.library import Library

NOTHING_ENCODED = 1
WRONG_USAGE = 2
INTERRUPTED = ending.INTERRUPTED

_to_end = threading.Event()  # this program was told so, which the main thread may not hear yet
_reacted = threading.Event()  # it has


class _NothingEncodedError(Exception):
    """Raised through an export that would hold no encoding, so that it leaves the file as it was."""


def program() -> int:
    """Run the command as a process of its own: once it was told to end it does, whatever its threads are doing."""
    serve_if_asked()
    frozen.set_up_process()
    open_streams()  # before anything else is opened
    ending.listen()
    status = main()
    if status == INTERRUPTED:
        ending.now(status)
    ending.heed(lambda _: ending.now(status))  # whoever presses Ctrl+C now has had all answers, and can't wait
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status.

    0, or 1 nothing encoded or compared, or what was to be printed is lost, 2 wrong usage, 130 interrupted.
    """
    # Whatever else may fail is told where it is met.
    return run_to_the_end(lambda: _run(arguments), say, writing=OSError)


def _run(arguments: Sequence[str] | None) -> int:
    _set_up_logging()
    quiet_libraries()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Each line goes out as it is written: at the end, the compiled kernel may still be waited for.
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace", line_buffering=True)
    take_in_added()
    usage = parser()
    given = parsed(usage, sys.argv[1:] if arguments is None else arguments)
    if given.null and isinstance(sys.stdout, io.TextIOWrapper):  # each name as the bytes that it is on the disk
        sys.stdout.reconfigure(encoding=sys.getfilesystemencoding(), errors=sys.getfilesystemencodeerrors())
    check(usage, given)
    previous = {number: signal.getsignal(number) for number in ending.signals()}
    leave = terminal_leaver()

    def interrupt(*_: object) -> None:
        _reacted.set()
        leave()
        raise KeyboardInterrupt

    try:
        _to_end.clear()
        ending.heed(_told)
        for number in previous:
            signal.signal(number, interrupt)
        return _carry_out(usage, given)
    except (KeyboardInterrupt, StoppedError):
        KERNEL.abandon()
        COMPARING_KERNEL.abandon()
        say("stopped")
        return INTERRUPTED
    except BrokenPipeError:  # `imgenc ... | head`: nobody reads on
        return 0
    except ExportError as error:
        say(str(error))
        return NOTHING_ENCODED
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _carry_out(usage: ArgumentParser, given: argparse.Namespace) -> int:
    if given.self_test:
        from imgenc_gui.command.self_test import self_test  # noqa: PLC0415 - few ask for it

        return self_test()
    if about_networks(given):
        return networks_command(given, _to_end.is_set)
    if given.library is not None:
        return library_command(given.library)
    if compares(given):
        if isinstance(sys.stdout, io.TextIOWrapper):  # nobody waits for the first of a hundred thousand lines
            sys.stdout.reconfigure(line_buffering=False)
        return compare(usage, given)
    return _Run(given).run()


def _told(times: int) -> None:
    """Told to end, on another thread than the main one, which can't react while it is in a call that doesn't return."""
    _to_end.set()
    if times == 1 and not _reacted.wait(ending.GRACE_SECONDS):
        ending.now(INTERRUPTED)
    if times > 1:
        ending.within(ending.GRACE_SECONDS, INTERRUPTED)


def _set_up_logging() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(TerminalFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


class _Run:
    """One run: lists, encodes, reports and writes, and knows what became of it."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._options = Options(given.methods, given.rotate, given.damaged)
        self._stop = threading.Event()
        self._paths = Paths(given.paths, null=given.null, beside_bar=True)
        self._leave_terminal = terminal_leaver()
        self._abruptly: dict[signal.Signals, Any] = {}

    def run(self) -> int:
        given = self._given
        for path in filter(is_export, given.paths):
            say(f"{shown(path)} is an export: to compare what it holds, add --like FILE, --groups or --against EXPORT.")
        with memory_of(given, self._stop.is_set) as library:
            return self._encoded(library)

    def _encoded(self, library: Library | None) -> int:
        given = self._given
        written = target_files(given.output, given.format, given.methods) if given.output is not None else ()
        pictures = Pictures(given.paths, self._paths, written, recursive=given.recursive, exclude=given.exclude)
        if given.thumbnails:
            if len(pictures.files) > MOST_THUMBNAILS:
                found = f"{MOST_THUMBNAILS:,} thumbnails at most, and these are {len(pictures.files):,} files"
                say(f"a workbook takes {found}: leave --thumbnails out, or write fewer at a time.")
                return WRONG_USAGE
            from imgenc_gui.core.library.showing import small_reader  # noqa: PLC0415 - few ask for them

            given.format = workbook_with([thumbnail_column(small_reader(library), self._stop.is_set)])
        encoder = loaded_encoder(self._options, library, pictures.files) if pictures.files else Encoder(self._options)
        if encoder is None:
            return NOTHING_ENCODED
        self._options = encoder.options
        for number in ending.signals():
            self._abruptly[number] = signal.signal(number, self._interrupt)
        # Closed before the library is: what they encode to their end is kept.
        with closing(pictures.results(encoder, given.workers, self._stop.is_set)) as results:
            if given.output is None:
                self._print(results)
            else:
                self._export(pictures, results)
        return self._summarised(pictures)

    def _interrupt(self, *_: object) -> None:
        _reacted.set()
        self._leave_terminal()
        self._stop.set()
        for number, abruptly in self._abruptly.items():
            signal.signal(number, abruptly)  # a second one doesn't wait

    def _print(self, results: Iterator[ImageResult]) -> None:
        for result in results:
            if not result.failure:
                hashes = [str(result.encodings[method]) for method in self._options.methods]
                self._paths.answer(self._paths.as_given(result.path), *hashes)

    def _export(self, pictures: Pictures, results: Iterator[ImageResult]) -> None:
        listing = pictures.listing
        names = dict(zip(listing.files, relative_names(listing.files, listing.root), strict=True))

        def is_asked(result: ImageResult) -> bool:
            """Whether it is a picture, or may be one, or was named itself."""
            is_other = result.failure is not None and result.failure.code is FailureCode.NOT_AN_IMAGE
            return not is_other or result.path in given

        given = set(map(os.path.abspath, self._given.paths))

        def whole() -> Iterator[tuple[str, ImageResult]]:
            named = ((names[result.path], result) for result in results)
            every = heapq.merge(named, named_refusals(listing.refused, listing.root), key=itemgetter(0))
            yield from ((name, result) for name, result in every if self._given.format.tells_others or is_asked(result))
            if not pictures.encoded and self._given.format is not REPORT:
                raise _NothingEncodedError

        try:
            target, kind = self._given.output, self._given.format
            export(ExportRequest(whole(), target, kind, self._options, listing.root, pictures.are_lacking))
        except _NothingEncodedError:
            say(f"nothing was encoded, so {shown(str(self._given.output))} was not written.")

    def _summarised(self, pictures: Pictures) -> int:
        told = pictures.unreadable or pictures.others or pictures.incomplete or self._stop.is_set()
        if self._given.output is not None or told or not pictures.encoded:
            parts = pictures.counts
            if self._stop.is_set():
                parts.append("stopped; what was done is kept")
            say(", ".join(parts))
        if self._stop.is_set():
            KERNEL.abandon()
            return INTERRUPTED
        return 0 if pictures.encoded else NOTHING_ENCODED


if __name__ == "__main__":
    sys.exit(program())
