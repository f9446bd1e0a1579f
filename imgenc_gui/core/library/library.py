"""What became of pictures: asked for by file or by content, and kept as it comes."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_data_path

from imgenc_gui.core.formats.reading import Content
from imgenc_gui.core.formats.registry import READERS
from imgenc_gui.core.library.database import Database
from imgenc_gui.core.library.writer import Writer
from imgenc_gui.core.listing import identity, is_listed, within
from imgenc_gui.core.records.methods import HASH_CHARACTERS, Encoding, Method, Options
from imgenc_gui.core.records.results import (
    AROUND_THE_FILE,
    UPRIGHT,
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)

_PASSING = {  # failures that the next try may not meet, though the file is the same
    (FailureCode.UNSUPPORTED_FORMAT, "missing-library"),
    (FailureCode.UNSUPPORTED_FORMAT, "broken-library"),
    (FailureCode.TOO_LARGE, "time"),
    (FailureCode.TOO_LARGE, "memory"),
    (FailureCode.MODEL_UNAVAILABLE, ""),
}
_FILES = """
    SELECT path, size, mtime_ns, failure, content, bytes, format, width, height, frames, orientation, digest, warnings,
    coalesce(contents.reader, files.reader) FROM files LEFT JOIN contents ON contents.id = files.content
"""
_DAY = 86_400
_GONE = -1  # the size of a file that isn't there any more, which no file has
_MOST_ASKED = 250  # values in one question to SQLite, which takes 999 everywhere
_HALF, _WHOLE = 1 << 63, 1 << 64


def usual_folder() -> Path:
    """Where the library is: in IMGENC_LIBRARY, or where the system keeps a person's data."""
    given = os.environ.get("IMGENC_LIBRARY")
    return Path(given) if given else user_data_path("imgenc", appauthor=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A result on its way into the library, and who has read it."""

    result: ImageResult
    reader: str
    turned: bool
    distrusted: bool


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is known and looks as it did; ``content`` is 0 for a failure."""

    path: str
    content: int
    facts: Facts | None
    warnings: tuple[ImageWarning, ...]
    failure: ImageFailure | None
    file: FileIdentity


@dataclass(frozen=True, slots=True)
class _Gone:
    """A file that was looked for and isn't there."""

    path: str


class Library:
    """Any number of threads may ask at once. What is asked sees what was committed, a fraction of a second ago."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "library.sqlite")
        self._writer = Writer(self._database, self._write)
        self._distrusted: set[str] = set()

    def of_files(self, paths: Sequence[str], options: Options) -> list[ImageResult | None]:
        """What became of files that look as they did, in the order given; None for one that isn't known."""
        found: dict[str, ImageResult] = {}
        with self._database.reading() as connection:
            for start in range(0, len(paths), _MOST_ASKED):
                portion = [path for path in paths[start : start + _MOST_ASKED] if path not in self._distrusted]
                files = [file for file in self._files(connection, portion) if identity(file.path) == file.file]
                found |= self._results(connection, files, options)
        return [found.get(path) for path in paths]

    def known_under(self, folder: str, *, recursive: bool) -> list[str]:
        """The files of a folder as it was last listed. The disk isn't asked."""
        start = os.fsencode(within(folder))
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT path FROM files WHERE path >= ? AND path < ? AND size <> ?",
                (start, start[:-1] + bytes([start[-1] + 1]), _GONE),
            ).fetchall()
        names = (os.fsdecode(path[len(start) :]) for (path,) in rows)
        return [within(folder) + name for name in names if is_listed(name, recursive=recursive)]

    def last_of_files(self, paths: Sequence[str], options: Options) -> list[ImageResult | None]:
        """As ``of_files``, as the files were when they were last seen: the disk isn't asked."""
        found: dict[str, ImageResult] = {}
        with self._database.reading() as connection:
            for start in range(0, len(paths), _MOST_ASKED):
                files = self._files(connection, paths[start : start + _MOST_ASKED])
                there = [file for file in files if file.file.size != _GONE and file.path not in self._distrusted]
                found |= self._results(connection, there, options)
        return [found.get(path) for path in paths]

    def note_gone(self, paths: Iterable[str]) -> None:
        """Note that there are no such files any more: their folders are listed without them. Their contents stay."""
        for path in paths:
            self._writer.put(_Gone(path))

    def digest_of_file(self, path: str) -> tuple[FileIdentity, str, str] | None:
        """A file as it was last seen, the digest of its bytes, and who read them."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT size, mtime_ns, digest, contents.reader FROM files JOIN contents ON contents.id = files.content"
                " WHERE path = ?",
                (os.fsencode(path),),
            ).fetchone()
        return None if row is None else (FileIdentity(row[0], row[1]), row[2].hex(), row[3])

    def of_content(self, content: Content, options: Options) -> ImageResult | None:
        """What became of a file of the same bytes, as a result of this one; None if there was none."""
        if content.path in self._distrusted:
            return None
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT id, bytes, format, width, height, frames, orientation, digest, warnings"
                " FROM contents WHERE digest = ? AND reader = ?",
                (bytes.fromhex(content.digest), content.reader.key),
            ).fetchone()
            if row is None:
                return None
            file = _File(content.path, row[0], _facts(row[1:8], content.file), _warnings(row[8]), None, content.file)
            return self._results(connection, [file], options)[content.path]

    def keep(self, result: ImageResult, content: Content | None, options: Options) -> None:
        """Keep a result, or a part of one; what passes isn't kept."""
        distrusted = result.path in self._distrusted
        if result.file is None or (result.failure is not None and _passes(result.failure)):
            return
        reader = content.reader.key if content is not None else _all_readers()
        self._writer.put(_Kept(result, reader, options.apply_exif_orientation, distrusted))

    def distrust(self, paths: Iterable[str]) -> None:
        """Know nothing of these files until they are encoded again."""
        self._distrusted.update(paths)

    def close(self, seconds: float = 5.0) -> bool:
        """Write what is to be written, and end. Whether that was done in time."""
        written = self._writer.close(seconds)
        self._database.close()
        return written

    # Reading

    @staticmethod
    def _files(connection: sqlite3.Connection, paths: Sequence[str]) -> list[_File]:
        rows = connection.execute(
            f"{_FILES} WHERE path IN ({','.join('?' * len(paths))})", [os.fsencode(path) for path in paths]
        )
        current = {*(reader.key for reader in READERS if reader.missing_package() is None), _all_readers()}
        files = []
        for path, size, mtime_ns, failure, content, *facts, warnings, reader in rows:
            if reader not in current:
                continue
            file = FileIdentity(size, mtime_ns)
            files.append(
                _File(
                    os.fsdecode(path),
                    content or 0,
                    None if content is None else _facts(facts, file),
                    _warnings(warnings),
                    _failure(failure),
                    file,
                )
            )
        return files

    def _results(
        self, connection: sqlite3.Connection, files: Sequence[_File], options: Options
    ) -> dict[str, ImageResult]:
        encodings = self._encodings(connection, files, options)
        results = {}
        for file in files:
            if file.failure is not None:
                results[file.path] = ImageResult(file.path, failure=file.failure, failed_file=file.file)
            else:
                # Each a dictionary of its own: whoever encodes adds to it, and two files may have one content.
                results[file.path] = ImageResult(file.path, file.facts, dict(encodings[file.content]), file.warnings)
        return results

    def _encodings(
        self, connection: sqlite3.Connection, files: Sequence[_File], options: Options
    ) -> Mapping[int, dict[Method, Encoding]]:
        turned = {
            file.content: options.apply_exif_orientation and file.facts.orientation != UPRIGHT
            for file in files
            if file.facts is not None
        }
        encodings: dict[int, dict[Method, Encoding]] = {content: {} for content in turned}
        ids = self._method_ids(connection, options.methods)
        for table in ("hashes", "vectors"):
            methods = {ids[method]: method for method in ids if method.is_hash == (table == "hashes")}
            if not methods or not turned:
                continue
            rows = connection.execute(
                f"SELECT content, method, turned, value FROM {table}"  # noqa: S608 - names of tables and question marks
                f" WHERE content IN ({','.join('?' * len(turned))}) AND method IN ({','.join('?' * len(methods))})",
                [*turned, *methods],
            )
            for content, number, is_turned, value in rows:
                if bool(is_turned) == turned[content]:
                    encodings[content][methods[number]] = _encoding(value)
        return encodings

    @staticmethod
    def _method_ids(connection: sqlite3.Connection, methods: Iterable[Method]) -> dict[Method, int]:
        known = {(name, version): number for number, name, version in connection.execute("SELECT * FROM methods")}
        return {m: known[m.id, m.version] for m in methods if (m.id, m.version) in known}

    # Writing, on the writer's thread

    def _write(self, connection: sqlite3.Connection, entries: list[_Kept | _Gone]) -> None:
        today = int(time.time()) // _DAY
        for kept in entries:
            if isinstance(kept, _Gone):
                connection.execute("UPDATE files SET size = ? WHERE path = ?", (_GONE, os.fsencode(kept.path)))
                continue
            self._write_one(connection, kept, today)
            if kept.distrusted:
                self._distrusted.discard(kept.result.path)

    def _write_one(self, connection: sqlite3.Connection, kept: _Kept, today: int) -> None:
        result, file = kept.result, kept.result.file
        if file is None:
            return
        content = (
            None if result.facts is None else self._content(connection, result.facts, result.warnings, kept.reader)
        )
        failure = None
        if result.failure is not None:
            failure = json.dumps([result.failure.code, result.failure.detail, result.failure.values])
        connection.execute(
            "INSERT INTO files (path, size, mtime_ns, content, failure, reader, seen) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
            " content = excluded.content, failure = excluded.failure, reader = excluded.reader, seen = excluded.seen",
            (os.fsencode(result.path), file.size, file.mtime_ns, content, failure, kept.reader, today),
        )
        if content is None or result.facts is None:
            return
        turned = kept.turned and result.facts.orientation != UPRIGHT
        for method, value in result.encodings.items():
            connection.execute(
                "INSERT OR IGNORE INTO methods (name, version) VALUES (?, ?)", (method.id, method.version)
            )
            number = self._method_ids(connection, [method])[method]
            table = "hashes" if method.is_hash else "vectors"
            connection.execute(
                f"INSERT OR REPLACE INTO {table} (content, method, turned, value) VALUES (?, ?, ?, ?)",  # noqa: S608
                (content, number, turned, _value(value)),
            )

    @staticmethod
    def _content(connection: sqlite3.Connection, facts: Facts, warnings: tuple[ImageWarning, ...], reader: str) -> int:
        digest = bytes.fromhex(facts.digest)
        told = json.dumps([[w.code, w.detail, w.values] for w in warnings]) if warnings else None
        connection.execute(
            "INSERT OR IGNORE INTO contents"
            " (digest, reader, bytes, format, width, height, frames, orientation, warnings)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                digest,
                reader,
                facts.bytes,
                facts.format,
                facts.width,
                facts.height,
                facts.frames,
                facts.orientation,
                told,
            ),
        )
        row = connection.execute("SELECT id FROM contents WHERE digest = ? AND reader = ?", (digest, reader)).fetchone()
        return int(row[0])


def _all_readers() -> str:
    """Under which the failures of files are kept that nobody reads: another reader may."""
    return ", ".join(reader.key for reader in READERS if reader.missing_package() is None)


def _passes(failure: ImageFailure) -> bool:
    around = failure.code in AROUND_THE_FILE or failure.code is FailureCode.MODEL_UNAVAILABLE
    return around or (failure.code, failure.detail) in _PASSING


def _value(encoding: Encoding) -> int | bytes:
    if isinstance(encoding, str):
        number = int(encoding, 16)
        return number - _WHOLE if number >= _HALF else number
    return np.ascontiguousarray(encoding, "<f4").tobytes()


def _encoding(value: int | bytes) -> Encoding:
    if isinstance(value, int):
        return f"{value % _WHOLE:0{HASH_CHARACTERS}x}"
    return np.frombuffer(value, "<f4").astype(np.float32)


def _facts(row: Sequence[Any], file: FileIdentity) -> Facts:
    size, format_, width, height, frames, orientation, digest = row
    return Facts(format_, width, height, frames, size, file.mtime_ns, orientation, digest.hex())


def _warnings(told: str | None) -> tuple[ImageWarning, ...]:
    if told is None:
        return ()
    return tuple(ImageWarning(WarningCode(code), detail, tuple(values)) for code, detail, values in json.loads(told))


def _failure(told: str | None) -> ImageFailure | None:
    if told is None:
        return None
    code, detail, values = json.loads(told)
    return ImageFailure(FailureCode(code), detail, tuple(values))
