"""`imgenc`: encode pictures without a window."""

from __future__ import annotations

import argparse
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from imgenc_gui import __version__
from imgenc_gui.core.encoding import Encoder
from imgenc_gui.core.files.export import ExportError, ExportRequest, export, target_files
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.registry import FORMATS, format_with_id, usual_format
from imgenc_gui.core.files.report_json import REPORT
from imgenc_gui.core.formats.child import serve_if_asked
from imgenc_gui.core.hashing.engine import KERNEL
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.listing import Listing, list_files, relative_names
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageResult
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.workers import encode_in_order

NOTHING_ENCODED = 1
INTERRUPTED = 130

_ENDING = (signal.SIGINT, signal.SIGTERM)  # Ctrl+C, and being told to end by another program


class _NothingEncodedError(Exception):
    """Raised through an export that would hold no encoding, so that it leaves the file as it was."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0, or 1 nothing encoded, 2 wrong usage, 130 interrupted."""
    serve_if_asked()
    logging.basicConfig(format="imgenc: %(message)s", level=logging.WARNING)
    logging.captureWarnings(capture=True)  # Pillow's remarks on odd files
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Each line goes out as it is written: at the end, the compiled kernel may still be waited for.
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
        else:  # for a program: any name, and those that are no valid text go out as they came in
            errors = sys.getfilesystemencodeerrors()
            sys.stdout.reconfigure(encoding="utf-8", errors=errors, line_buffering=True)
    parser = _parser()
    given = parser.parse_args(arguments)
    embedding = next((method for method in given.methods if not method.is_hash), None)
    try:
        if given.output is not None:
            given.format = _format(parser, given.output, given.format)
        elif given.format is not None:
            parser.error("--format needs a file to write: add -o FILE.")
        elif embedding is not None:
            numbers = f"one of {embedding.label} is {embedding.length} numbers"
            parser.error(f"an embedding is too long for a line ({numbers}): add -o FILE.")
        return _Run(given, Options(given.methods)).run()
    except KeyboardInterrupt:
        KERNEL.abandon()
        sys.stderr.write("imgenc: stopped\n")
        return INTERRUPTED
    except BrokenPipeError:  # `imgenc ... | head`: nobody reads on
        _silence_stdout()
        return 0
    except OSError as error:
        _silence_stdout()
        sys.stderr.write(f"imgenc: the output can't be written: {error.strerror or error}\n")
        return NOTHING_ENCODED


def _silence_stdout() -> None:
    """Keep Python from failing once more at its end, when it flushes what couldn't be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="imgenc",
        description="Encode pictures: perceptual hashes equal to imagededup's, and CNN embeddings.",
        epilog="Without -o, prints a line per picture: path, tab, one hash per method.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a folder or a picture")
    parser.add_argument(
        "-m",
        "--methods",
        type=_methods,
        default=(PHASH,),
        metavar="LIST",
        help=f"{_ids()}, separated by commas, or all (default: {PHASH.id})",
    )
    parser.add_argument("-r", "--recursive", action="store_true", help="include subfolders")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=f"write to a {_suffixes()} file")
    parser.add_argument(
        "--format",
        choices=[file_format.id for file_format in FORMATS],
        metavar="|".join(file_format.id for file_format in FORMATS),
        help="what to write (default: by the file's ending)",
    )
    parser.add_argument(
        "--workers", type=_positive, default=usable_processors(), metavar="N", help="threads (default: %(default)s)"
    )
    parser.add_argument("--version", action="version", version=f"imgenc {__version__}")
    return parser


def _methods(text: str) -> tuple[Method, ...]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if "all" in names:
        return tuple(METHODS)
    unknown = [name for name in names if METHODS.get(name) is None]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"unknown method {', '.join(unknown) or repr(text)}; {_ids()} or all")
    return METHODS.ordered(METHODS[name] for name in names)


def _ids() -> str:
    return ", ".join(method.id for method in METHODS)


def _suffixes() -> str:
    *others, last = dict.fromkeys(file_format.suffix for file_format in FORMATS)
    return f"{', '.join(others)} or {last}"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number, 1 or more")
    return int(text)


def _format(parser: argparse.ArgumentParser, output: Path, format_id: str | None) -> ExportFormat:
    """The format asked for, or the usual one of the file's ending."""
    usual = usual_format(output.suffix)
    if usual is None:
        parser.error(f"{output}: the file's name must end in {_suffixes()}.")
    chosen = format_with_id(format_id) if format_id else None
    if chosen is not None and chosen.suffix != usual.suffix:
        parser.error(f"{output}: a file of the format {chosen.id} ends in {chosen.suffix}.")
    return chosen or usual


class _Run:
    """One run: lists, encodes, reports and writes, and knows what became of it."""

    def __init__(self, given: argparse.Namespace, options: Options) -> None:
        self._given = given
        self._options = options
        self._stop = threading.Event()
        self._encoded = self._unreadable = self._others = 0
        self._absolute = any(os.path.isabs(path) for path in given.paths)  # noqa: PTH117

    def run(self) -> int:
        listing = list_files(self._given.paths, self._given.recursive)
        for refused in listing.refused:
            self._complain(refused.path, refused.failure)
            self._unreadable += 1
        files = self._without_output(listing.files)
        encoder = self._loaded_encoder() if files else Encoder(self._options)
        if encoder is None:
            return NOTHING_ENCODED
        previous = {number: signal.signal(number, self._interrupt) for number in _ENDING}
        try:
            workers = min(self._given.workers, max(len(files), 1))
            results = encode_in_order(encoder, files, workers, self._stop.is_set)
            bar = tqdm(
                results,
                total=len(files),
                unit=" pictures",
                dynamic_ncols=True,
                disable=None if len(files) > 1 else True,  # None: on a terminal only
                leave=False,
            )
            if self._given.output is None:
                self._print(bar)
            else:
                self._export(listing, bar)
        except ExportError as error:
            sys.stderr.write(f"imgenc: {error}\n")
            return NOTHING_ENCODED
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        return self._summarised()

    def _without_output(self, files: Sequence[str]) -> list[str]:
        """The files without those that this run writes: a second run over the same folder gives the same output."""
        if self._given.output is None:
            return list(files)
        written = target_files(self._given.output, self._given.format, self._options.methods)
        own = {os.path.realpath(path) for path in written if path.exists()}
        if not own:  # the first run has nothing to leave out, and need not resolve the path of every photo
            return list(files)
        return [path for path in files if os.path.realpath(path) not in own]

    def _loaded_encoder(self) -> Encoder | None:
        """An encoder for the methods that work here, without networks that can't be loaded; None if none is left."""
        encoder = Encoder(self._options)
        failures = encoder.load_networks()
        if not failures:
            return encoder
        left = tuple(method for method in self._options.methods if method not in failures)
        if not left:
            return None
        self._options = Options(left)
        return Encoder(self._options)

    def _interrupt(self, *_: object) -> None:
        self._stop.set()
        for number in _ENDING:
            signal.signal(number, signal.default_int_handler)  # a second one doesn't wait

    def _print(self, results: Iterator[ImageResult]) -> None:
        for result in self._counted(results):
            if not result.failure:
                hashes = [str(result.encodings[method]) for method in self._options.methods]
                self._write("\t".join([self._shown(result.path), *hashes]), sys.stdout)

    def _export(self, listing: Listing, results: Iterator[ImageResult]) -> None:
        names = dict(zip(listing.files, relative_names(listing.files, listing.root), strict=True))

        def named() -> Iterator[tuple[str, ImageResult]]:
            for result in self._counted(results):
                yield names[result.path], result
            if not self._encoded and self._given.format is not REPORT:
                raise _NothingEncodedError

        try:
            export(ExportRequest(named(), self._given.output, self._given.format, self._options, listing.root))
        except _NothingEncodedError:
            self._write(f"imgenc: nothing was encoded, so {self._given.output} was not written.", sys.stderr)

    def _counted(self, results: Iterator[ImageResult]) -> Iterator[ImageResult]:
        for result in results:
            if not result.failure:
                self._encoded += 1
            elif result.failure.code is FailureCode.NOT_AN_IMAGE:
                self._others += 1
            else:
                self._unreadable += 1
                self._complain(result.path, result.failure)
            yield result

    def _complain(self, path: str, failure: ImageFailure) -> None:
        self._write(f"{self._shown(path)}: {sentence(failure)}", sys.stderr)

    def _shown(self, path: str) -> str:
        """A path as the user would type it: relative unless an absolute one was given."""
        if self._absolute:
            return path
        try:
            return os.path.relpath(path)
        except ValueError:  # on another drive
            return path

    def _write(self, line: str, stream: TextIO) -> None:
        tqdm.write(line, stream)  # around the progress bar

    def _summarised(self) -> int:
        if self._given.output is not None or self._unreadable or self._others or not self._encoded:
            parts = [f"{self._encoded} encoded", f"{self._unreadable} could not be read"]
            if self._others:
                parts.append(f"{self._others} other files")
            if self._stop.is_set():
                parts.append("stopped; what was done is kept")
            sys.stderr.write(f"imgenc: {', '.join(parts)}\n")
        if self._stop.is_set():
            KERNEL.abandon()
            return INTERRUPTED
        return 0 if self._encoded else NOTHING_ENCODED


if __name__ == "__main__":
    sys.exit(main())
