"""`imgenc --like`, `--groups` and `--against`: compares pictures, encoded now or in earlier exports.

A run that is interrupted has compared nothing: half an answer would pass for a whole one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

import numpy as np

from imgenc_gui.command.arguments import IMAGEDEDUP
from imgenc_gui.command.library import memory_of
from imgenc_gui.command.pictures import Pictures, loaded_encoder
from imgenc_gui.command.talking import Paths, counted, say, shown_progress
from imgenc_gui.core.collecting import (
    Collected,
    Export,
    collect,
    common_methods,
    common_rotation,
    has_name_of_export,
    is_export,
    open_export,
    turned_unlike,
)
from imgenc_gui.core.comparing.collected import alike, grouped, nearest
from imgenc_gui.core.encoding import Encoder, Memory
from imgenc_gui.core.files.atomic import ExportError, try_to_write
from imgenc_gui.core.files.comparison import Comparison, write_groups, write_matches
from imgenc_gui.core.files.reading import MethodNeededError, NotAnExportError
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.naming import brief, shown
from imgenc_gui.core.records.alike import Criterion, Grouped, Match, Picture, Values
from imgenc_gui.core.records.methods import Method, Options
from imgenc_gui.core.records.results import Facts
from imgenc_gui.core.terminal import ArgumentParser
from imgenc_gui.core.uncollected import uncollected
from imgenc_gui.methods import api_of

NOTHING_COMPARED = 1


class _CannotError(Exception):
    """Why nothing can be compared, in a sentence."""


def compare(usage: ArgumentParser, given: argparse.Namespace) -> int:
    """Compare what the arguments name. The exit status: 0, or 1 where there is nothing to compare."""
    try:
        with uncollected():
            comparing = _Comparing(usage, given)
        if given.output is not None:
            try_to_write(given.output)
        with memory_of(given) as memory:
            among = comparing.collect(memory)
        with uncollected():
            comparing.compare(among)
    except (NotAnExportError, _CannotError) as error:
        say(str(error))
        return NOTHING_COMPARED
    return 0


class _Comparing:
    def __init__(self, usage: ArgumentParser, given: argparse.Namespace) -> None:
        self._usage = usage
        self._given = given
        self._paths = Paths([*given.paths, *filter(None, [given.like])], null=given.null, beside_bar=False)
        files = [path for path in given.paths if is_export(path)]
        earlier = [] if given.against is None else [given.against]
        exports = [self._opened(file) for file in [*earlier, *files]]
        self._methods = self._chosen(exports)
        self._turned = given.rotate or common_rotation(exports)
        unlike = turned_unlike(exports, turned=self._turned)
        for export in exports:
            self._tell(export, is_unlike=export in unlike)
        self._exports = [export for export in exports[len(earlier) :] if export not in unlike]
        self._earlier = exports[0] if earlier else None
        if self._earlier in unlike:
            raise _CannotError(f"there is nothing to compare with in {shown(exports[0].file)}: leave --rotate out.")
        self._query: Collected | None = None
        written = [] if given.output is None else [given.output]
        others = [path for path in given.paths if path not in set(files)]
        for path in others:
            if has_name_of_export(path):
                say(f"{shown(path)} is not an export of imgenc's.")
        self._pictures = Pictures(others, self._paths, written, recursive=given.recursive, exclude=given.exclude)

    def collect(self, memory: Memory | None) -> Collected:
        """Encode the pictures among what was given, but for those that are known, and put all into one table."""
        encoder = self._encoder(memory)
        self._methods = encoder.options.methods
        if self._given.like is not None:
            self._query = self._encoded_query(encoder)
        with closing(self._pictures.results(encoder, self._given.workers)) as results:
            return collect(self._methods, results, self._exports)

    def compare(self, among: Collected) -> None:
        """Find, and print or write what is like what there."""
        criteria = [Criterion(method, self._threshold(method)) for method in self._methods]
        self._tell_counts(among)
        if self._query is not None:
            self._print_alike(self._query, among, criteria)
        elif self._earlier is not None:
            self._match(among, collect(self._methods, [], [self._earlier]), criteria)
        else:
            self._group(among, criteria)

    # What is compared

    def _opened(self, file: str) -> Export:
        try:
            return open_export(file, self._given.methods or ())
        except MethodNeededError as error:
            words = "doesn't say which method its encodings are from. Add -m with one of"
            self._usage.error(f"{shown(file)} {words}: {_ids(error.candidates)}.")
        except OSError as error:
            raise _CannotError(f"{shown(file)} can't be read: {brief(error)}.") from error

    def _chosen(self, exports: Sequence[Export]) -> tuple[Method, ...]:
        """The methods asked for, or the one that all exports have, PHash if there is a choice."""
        chosen: tuple[Method, ...] | None = self._given.methods
        if chosen:
            return chosen
        common = common_methods(export for export in exports if export.read.methods)
        if not common:
            held = "; ".join(f"{shown(export.file)} holds {_ids(export.read.methods)}" for export in exports)
            raise _CannotError(f"encodings of different methods can't be compared: {held}.")
        method = PHASH if PHASH in common else common[0]
        if method is not PHASH:
            say(f"comparing by {method.label}, which the exports given hold")
        if (self._given.within is not None and not method.is_hash) or (
            self._given.similarity is not None and method.is_hash
        ):
            option = "--within is for hashes" if self._given.similarity is None else "--similarity is for embeddings"
            self._usage.error(f"{option}, and {method.label} is compared: name another method with -m.")
        return (method,)

    def _threshold(self, method: Method) -> float:
        given = self._given.within if method.is_hash else self._given.similarity
        return method.usual_threshold if given is None else float(given)

    def _encoder(self, memory: Memory | None) -> Encoder:
        options = Options(self._methods, self._turned, self._given.damaged)
        files = [*self._pictures.files, *map(os.path.abspath, filter(None, [self._given.like]))]
        encoder = loaded_encoder(options, memory, files) if files else Encoder(options)
        if encoder is None:
            raise _CannotError("nothing was compared.")
        return encoder

    def _encoded_query(self, encoder: Encoder) -> Collected:
        path = os.path.abspath(self._given.like)  # noqa: PTH100 - paths stay strings, as in the listing
        ((_, result),) = encoder.encode([(0, path)], engine_threads=None)
        if result.failure:
            self._paths.complain(path, result.failure)
            raise _CannotError("there is no picture to compare with.")
        self._paths.complain_of_part(result)
        query = collect(self._methods, [result])
        if query.flat:
            raise _CannotError(f"{shown(self._given.like)} is of one colour: its hash says nothing to compare by.")
        return query

    # What was found

    def _print_alike(self, query: Collected, among: Collected, criteria: Sequence[Criterion]) -> None:
        found = alike(query, among, criteria)
        for match in found:
            if match.other is not None:
                notes = [] if self._given.null else _notes(match.has_same_bytes, match.other)
                self._paths.answer(_distance(match.values, criteria), self._path(match.other), *notes, names=(1,))
        self._summarise(among, criteria, f"{_pictures(len(found))} like it" if found else "none like it")

    def _match(self, ours: Collected, theirs: Collected, criteria: Sequence[Criterion]) -> None:
        self._tell_lacking(theirs)
        if not len(theirs):
            raise _CannotError(f"{shown(self._given.against)} holds nothing to compare with by {_labels(criteria)}.")
        with shown_progress("comparing") as progress:
            rows = list(nearest(ours, theirs, criteria, progress=progress))
        if self._given.output is not None:
            write_matches(self._given.output, self._comparison(ours, criteria, theirs), rows)
        else:
            for match in rows:
                self._print_match(match, criteria)
        known = sum(match.other is not None for match in rows)
        self._summarise(ours, criteria, f"{known or 'none'} of them in {shown(self._given.against)}")

    def _print_match(self, match: Match, criteria: Sequence[Criterion]) -> None:
        distance = "-" if match.other is None else _distance(match.values, criteria)
        path, other = self._path(match.picture), "" if match.other is None else match.other.name
        if self._given.null:  # a tab may be part of a name
            self._paths.answer(distance, path)
            self._paths.answer(other)
        else:
            notes = _notes(match.has_same_bytes, *filter(None, [match.picture, match.other]))
            self._paths.answer(distance, path, other, *notes, names=(1, 2))

    def _group(self, among: Collected, criteria: Sequence[Criterion]) -> None:
        if self._given.format == IMAGEDEDUP:
            self._write_duplicates(among, criteria[0])
            return
        with shown_progress("comparing") as progress:
            rows = list(grouped(among, criteria, progress=progress))
        if self._given.output is not None:
            write_groups(self._given.output, self._comparison(among, criteria), rows)
        else:
            for row in rows:
                self._print_grouped(row, criteria)
        found = f"{counted(rows[-1].number, 'group')} of {_pictures(len(rows))}" if rows else "none are alike"
        self._summarise(among, criteria, found)

    def _print_grouped(self, row: Grouped, criteria: Sequence[Criterion]) -> None:
        notes = _notes(row.copy_of is not None, row.picture)
        if row.near is not None:
            notes.append(f"near {shown(self._path(row.near))}")
        self._paths.answer(
            str(row.number), row.role.value, _distance(row.values, criteria), self._path(row.picture),
            *_fact_fields(row.picture.facts), "; ".join(notes) or "-", names=(3,),
        )  # fmt: skip

    def _write_duplicates(self, among: Collected, criterion: Criterion) -> None:
        """As find_duplicates of these encodings does, also what it says of flat pictures."""
        threshold = int(criterion.threshold) if criterion.method.is_hash else criterion.threshold
        names = [picture.name for picture in among.pictures]
        encodings = dict(zip(names, among.encodings[criterion.method], strict=True))
        api = api_of(criterion.method)
        try:
            found = api.find_duplicates(None, encodings, threshold, outfile=self._given.output)  # type: ignore[arg-type]
        except OSError as error:
            raise ExportError(brief(error)) from error
        count = sum(map(bool, found.values()))
        self._summarise(among, [criterion], f"{count or 'none'} of them with duplicates")

    def _comparison(
        self, ours: Collected, criteria: Sequence[Criterion], theirs: Collected | None = None
    ) -> Comparison:
        export = {"export": self._given.against, "export_root": theirs.root} if theirs else {}
        return Comparison(criteria, self._turned, ours.root, len(ours), ours.flat, **export)

    def _path(self, picture: Picture) -> str:
        return self._paths.as_given(picture.path) if picture.path else picture.name

    # What is told

    def _tell(self, export: Export, *, is_unlike: bool) -> None:
        """What to know of an export: what of it is left out, and what it doesn't say."""
        file, count = shown(export.file), _pictures(export.count)
        for left_out in export.read.left_out:
            if left_out.id in {method.id for method in self._methods} or not export.read.methods:
                say(f"{file} ({count}): {left_out.sentence}")
        if is_unlike:
            how = "turned upright first" if export.turned else "not turned upright"
            say(f"{file}: its {count} were encoded {how}, unlike the others; they were left out.")
        elif not export.is_origin_known and export.count and export.read.methods:  # or all was left out
            say(f"{file} ({count}): origin not known; it says neither from which folder, nor how exactly encoded.")

    def _tell_counts(self, among: Collected) -> None:
        """What of the pictures can't be compared; raises _CannotError where that is all."""
        self._tell_lacking(among)
        if self._turned and not self._given.rotate and self._pictures.encoded:
            say("pictures were turned upright before they were encoded, as those of the export were.")
        pictures = self._pictures
        if pictures.unreadable or pictures.others or pictures.incomplete or not (len(among) or self._exports):
            say(", ".join(pictures.counts))
        if not len(among):
            raise _CannotError("there is nothing to compare.")

    def _tell_lacking(self, among: Collected) -> None:
        labels = ", ".join(method.label for method in self._methods)
        for source, count in among.lacking.items():
            say(f"{shown(source) or 'here'}: {_pictures(count)} without an encoding by {labels} left out.")
        for method in self._methods:
            sources = Counter(among.pictures[number].source for number in np.flatnonzero(~among.given(method)).tolist())
            for source, count in sources.items():
                words = f"without an encoding by {method.label} compared by the other methods alone"
                say(f"{shown(source) or 'here'}: {_pictures(count)} {words}.")

    def _summarise(self, among: Collected, criteria: Sequence[Criterion], found: str) -> None:
        sys.stdout.flush()  # the lines come first
        parts = [f"{_pictures(len(among))} compared by {_labels(criteria)}", found]
        if among.flat and self._given.format != IMAGEDEDUP:
            how = "left out" if self._earlier is None else "told by their bytes alone"
            parts.append(f"{among.flat} of one colour {how}")
        say(", ".join(parts))


def _distance(values: Values, criteria: Sequence[Criterion]) -> str:
    """One per method, with commas between."""
    return ",".join(
        "-" if value is None else f"{value:.0f}" if criterion.method.is_hash else f"{value:.4f}"
        for value, criterion in zip(values, criteria, strict=True)
    )


def _fact_fields(facts: Facts | None) -> Iterator[str]:
    """Format, size in pixels, and bytes; - for what isn't known."""
    yield facts.format if facts and facts.format else "-"
    yield f"{facts.width}x{facts.height}" if facts and facts.width else "-"
    yield str(facts.bytes) if facts else "-"


def _notes(has_same_bytes: bool, *pictures: Picture) -> list[str]:  # noqa: FBT001
    """What else there is to know, at most one text."""
    notes = ["same bytes"] if has_same_bytes else []
    if any(picture.is_incomplete for picture in pictures):
        notes.append("damaged")
    if not all(picture.is_origin_known for picture in pictures):
        notes.append("origin not known")
    return ["; ".join(notes)] if notes else []


def _pictures(count: int) -> str:
    return counted(count, "picture")


def _labels(criteria: Iterable[Criterion]) -> str:
    return " or ".join(
        f"{criterion.method.label} (within {criterion.threshold:.0f} bits)"
        if criterion.method.is_hash
        else f"{criterion.method.label} (from {criterion.threshold:g})"
        for criterion in criteria
    )


def _ids(methods: Iterable[Method]) -> str:
    return ", ".join(method.id for method in methods) or "nothing"
