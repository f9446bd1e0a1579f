"""What the command takes, and what of it makes no sense together."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from imgenc_gui import __version__
from imgenc_gui.core.collecting import is_export
from imgenc_gui.core.excluding import Exclusion
from imgenc_gui.core.files.csv_table import CSV
from imgenc_gui.core.files.export import target_files
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.extra_columns import MOST_THUMBNAILS
from imgenc_gui.core.files.registry import FORMATS, format_with_id, usual_format
from imgenc_gui.core.files.workbook_xlsx import WORKBOOK
from imgenc_gui.core.formats.registry import is_picture
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.naming import shown
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.core.records.methods import HASH_BITS, Method
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.terminal import ArgumentParser

GROUPS, IMAGEDEDUP = "groups", "imagededup"  # how groups are written as JSON
INFO, CLEAR, PRUNE = "info", "clear", "prune"  # what is done with the library
_DIGITS = 9
_COMPARED = {GROUPS: ".json", IMAGEDEDUP: ".json", CSV.id: CSV.suffix, WORKBOOK.id: WORKBOOK.suffix}


def parser() -> ArgumentParser:
    """The command's."""
    parser = ArgumentParser(
        prog="imgenc",
        description=(
            "Encode pictures: perceptual hashes equal to imagededup's, and CNN embeddings. Compare them: what is like "
            "a picture, which are copies of each other, which are in an earlier export."
        ),
        epilog=(
            "Without -o, prints a line per picture: path, tab, one hash per method. What can't be seen in a path "
            r"is escaped: \xff is a byte, \u202e a character, \\ a backslash. With -0 programs get the path itself. "
            "Distances are bits that differ (0 to 64); of embeddings, the cosine similarity (1: the same). Several "
            "methods find what any of them finds. No picture is ever changed or deleted."
        ),
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a folder or a picture; to compare, also an export of imgenc's or a dictionary of imagededup's",
    )
    parser.add_argument(
        "-m",
        "--methods",
        type=_methods,
        metavar="LIST",
        help=f"{_ids()}, separated by commas, or all (default: {PHASH.id}, or what the exports given hold)",
    )
    parser.add_argument("-r", "--recursive", action="store_true", help="include subfolders")
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        type=_pattern,
        metavar="PATTERN",
        help=(
            'leave out of folders what is named so, files and whole folders: "*.tif", "Lightroom*", backup/old; may be '
            "given again for another. What is named as a PATH itself is always taken"
        ),
    )
    parser.add_argument(
        "--rotate",
        action="store_true",
        help="turn pictures upright as their EXIF data say, which imagededup ignores, before they are encoded",
    )
    parser.add_argument(
        "--damaged",
        action="store_true",
        help="encode what can be read of damaged pictures, such as JPEGs cut short, and say so of each",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=f"write to a {_suffixes()} file")
    ids = [file_format.id for file_format in FORMATS]
    parser.add_argument(
        "--format",
        choices=[*ids, GROUPS, IMAGEDEDUP],
        metavar="|".join([*ids, GROUPS, IMAGEDEDUP]),
        help=(
            f"what to write (default: by the file's ending); of --groups {GROUPS} or {IMAGEDEDUP} (JSON as its "
            f"find_duplicates gives), {CSV.id} or {WORKBOOK.id}"
        ),
    )
    parser.add_argument(
        "--thumbnails",
        action="store_true",
        help=f"write a small picture into each row of a {WORKBOOK.suffix} file, of {MOST_THUMBNAILS} pictures at most",
    )
    comparing = parser.add_argument_group("comparing").add_mutually_exclusive_group()
    comparing.add_argument(
        "--like",
        metavar="FILE",
        help="print what is like this picture, nearest first: distance, tab, path",
    )
    comparing.add_argument(
        "--groups",
        action="store_true",
        help=(
            "print (or write, with -o) pictures that are alike: number of the group, role (reference: the best "
            "picture; member: like it; near: like a member), distance, path, format, size, bytes, notes"
        ),
    )
    comparing.add_argument(
        "--against",
        metavar="EXPORT",
        help=(
            "print (or write) for each picture the nearest one in an earlier export: distance, path, its name there; "
            "distance - where there is none"
        ),
    )
    parser.add_argument("--within", type=_bits, metavar="BITS", help="how near hashes are alike (default: per method)")
    parser.add_argument(
        "--similarity", type=_cosine, metavar="COSINE", help="how near embeddings are alike (default: per method)"
    )
    parser.add_argument(
        "--workers", type=_positive, default=usable_processors(), metavar="N", help="threads (default: %(default)s)"
    )
    parser.add_argument(
        "-0", "--null", action="store_true", help="print paths as they are, and a null character for each line's end"
    )
    keeping = parser.add_argument_group("the library of what was encoded earlier")
    keeping.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        help="encode everything anew, also what imgenc stopped at earlier, and keep nothing",
    )
    keeping.add_argument(
        "--library",
        choices=[INFO, CLEAR, PRUNE],
        help=(
            f"{INFO}: print where the library is and what it holds; {CLEAR}: forget everything; {PRUNE}: forget files "
            "that are gone, and what is above the limit; each without a PATH"
        ),
    )
    networks = parser.add_argument_group("networks that you add").add_mutually_exclusive_group()
    networks.add_argument(
        "--add-network",
        type=Path,
        metavar="FILE",
        help=(
            "add a network as a method, without a PATH: an .onnx file with its recipe beside it (without one, a "
            "proposal is printed), or the weights of MobileNet V3 small, imagededup's network: torchvision's "
            "mobilenet_v3_small-047dcff4.pth, or as .safetensors"
        ),
    )
    networks.add_argument("--remove-network", metavar="METHOD", help="take one away again")
    networks.add_argument("--networks", action="store_true", help="list them: method, name, numbers, file")
    parser.add_argument(
        "--self-test",
        action="store_true",
        help=(
            "try every part of this installation on pictures that imgenc brings, and print a table of what is wrong; "
            "without a PATH"
        ),
    )
    parser.add_argument("--version", action="version", version=f"imgenc {__version__}")
    return parser


def parsed(parser: ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """What the arguments say: a PATH may come before, between and after options, and after -- whatever it is named."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given = parser.parse_intermixed_args(arguments[:end])
    given.paths += arguments[end + 1 :]
    return given


def compares(given: argparse.Namespace) -> bool:
    """Whether the arguments ask for comparing."""
    return bool(given.groups or given.like is not None or given.against is not None)


def about_networks(given: argparse.Namespace) -> bool:
    """Whether the arguments are about the networks that there are."""
    return bool(given.networks or given.add_network is not None or given.remove_network is not None)


def check(parser: ArgumentParser, given: argparse.Namespace) -> None:
    """End with what is wrong (status 2), or fill in ``methods`` and ``format``."""
    if given.self_test:
        if given.paths or compares(given) or given.output is not None or given.library or about_networks(given):
            parser.error("--self-test stands alone: no picture is encoded or compared.")
    elif about_networks(given):
        if given.paths or compares(given) or given.output is not None or given.library is not None:
            parser.error("what is done with networks stands alone: no picture is encoded or compared.")
    elif given.library is not None:
        if given.paths or compares(given) or given.output is not None:
            parser.error("--library stands alone: no picture is encoded or compared.")
    elif not given.paths:
        parser.error("the following arguments are required: PATH")
    else:
        _check_run(parser, given)


def _check_run(parser: ArgumentParser, given: argparse.Namespace) -> None:
    if given.output is not None and given.null:
        parser.error("-0 is for lines on standard output: leave it or -o FILE out.")
    if given.output is None and given.format is not None:
        parser.error("--format needs a file to write: add -o FILE.")
    if given.thumbnails and (compares(given) or given.output is None):
        parser.error(f"--thumbnails is for encodings in a workbook: add -o FILE{WORKBOOK.suffix}.")
    if compares(given):
        _check_comparing(parser, given)
        _check_output(parser, given, [given.output] if given.output is not None else [])
        return
    if given.within is not None or given.similarity is not None:
        parser.error("--within and --similarity are for comparing: add --like FILE, --groups or --against EXPORT.")
    given.methods = given.methods or (PHASH,)
    embedding = next((method for method in given.methods if not method.is_hash), None)
    if given.output is not None:
        given.format = _format(parser, given.output, given.format)
        if given.thumbnails and given.format is not WORKBOOK:
            parser.error(f"--thumbnails is for a workbook: a file that ends in {WORKBOOK.suffix}.")
        _check_output(parser, given, target_files(given.output, given.format, given.methods))
    elif embedding is not None:
        numbers = f"one of {embedding.label} is {embedding.length} numbers"
        parser.error(f"an embedding is too long for a line ({numbers}): add -o FILE.")


def _check_output(parser: ArgumentParser, given: argparse.Namespace, files: Sequence[Path]) -> None:
    """Nothing that is read is written over, by whatever path it is given, nor is any picture."""
    read = [path for path in [*given.paths, given.against, given.like] if path is not None and os.path.isfile(path)]  # noqa: PTH113
    for file in files:
        try:
            if not file.is_file():  # if it is something else, who writes it says so
                continue
            same = next((path for path in read if os.path.samefile(path, file)), None)  # noqa: PTH121
            if same is not None:
                kind = "exports" if is_export(same) else "files"
                parser.error(f"{shown(str(file))} is one of the {kind} given, and would be lost: give -o another.")
            if is_picture(file):
                parser.error(f"{shown(str(file))} is a picture, and imgenc never changes pictures: give -o another.")
        except OSError:  # so does who reads it, or writes it
            continue


def _check_comparing(parser: ArgumentParser, given: argparse.Namespace) -> None:
    methods = given.methods or ()
    if given.within is not None and methods and not any(method.is_hash for method in methods):
        parser.error("--within is for hashes; for embeddings, use --similarity.")
    if given.similarity is not None and methods and all(method.is_hash for method in methods):
        parser.error("--similarity is for embeddings: add -m cnn; for hashes, use --within.")
    if given.output is None:
        return
    name, suffix = shown(str(given.output)), given.output.suffix.lower()
    if given.like is not None:
        parser.error("--like prints what it finds: leave -o out.")
    if suffix not in _COMPARED.values():
        parser.error(f"{name}: the file's name must end in .json, .csv or .xlsx.")
    given.format = given.format or next(name for name, ending in _COMPARED.items() if ending == suffix)
    if given.format not in _COMPARED:
        words = ", ".join(_COMPARED)
        parser.error(f"what comparing finds isn't written as {given.format}; --groups writes {words}.")
    if _COMPARED[given.format] != suffix:
        parser.error(f"{name}: a file of the format {given.format} ends in {_COMPARED[given.format]}.")
    if given.format == IMAGEDEDUP and not given.groups:
        parser.error(f"--format {IMAGEDEDUP} is for --groups.")
    if given.format == IMAGEDEDUP and len(methods) > 1:
        parser.error(f"--format {IMAGEDEDUP} has room for one method: name one with -m.")


def _methods(text: str) -> tuple[Method, ...]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if "all" in names:
        return tuple(METHODS)
    unknown = [name for name in names if METHODS.get(name) is None]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"unknown method {', '.join(unknown) or text}; {_ids()} or all")
    return METHODS.ordered(METHODS[name] for name in names)


def _pattern(text: str) -> str:
    if not Exclusion.of([text]).can_fit:
        raise argparse.ArgumentTypeError("must be a name or a path, with * or ? in it or not")
    return text


def _ids() -> str:
    return ", ".join(method.id for method in METHODS)


def _suffixes() -> str:
    *others, last = dict.fromkeys(file_format.suffix for file_format in FORMATS)
    return f"{', '.join(others)} or {last}"


def _is_number(text: str) -> bool:
    """Python refuses to read thousands of digits."""
    return text.isdecimal() and len(text) <= _DIGITS


def _positive(text: str) -> int:
    if not _is_number(text) or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number, 1 or more")
    return int(text)


def _bits(text: str) -> int:
    if not _is_number(text) or int(text) > HASH_BITS:
        raise argparse.ArgumentTypeError(f"must be a number of bits, 0 to {HASH_BITS}")
    return int(text)


def _cosine(text: str) -> float:
    try:
        similarity = float(text)
    except ValueError:
        similarity = float("nan")
    if not -1 <= similarity <= 1:
        raise argparse.ArgumentTypeError("must be a number from -1 to 1, such as 0.9")
    return similarity


def _format(parser: ArgumentParser, output: Path, format_id: str | None) -> ExportFormat:
    """The format asked for, or the usual one of the file's ending."""
    if format_id in {GROUPS, IMAGEDEDUP}:
        parser.error(f"--format {format_id} is for --groups.")
    usual = usual_format(output.suffix)
    if usual is None:
        parser.error(f"{shown(str(output))}: the file's name must end in {_suffixes()}.")
    chosen = format_with_id(format_id) if format_id else None
    if chosen is not None and chosen.suffix != usual.suffix:
        parser.error(f"{shown(str(output))}: a file of the format {chosen.id} ends in {chosen.suffix}.")
    return chosen or usual
