"""Whatever was written is read back, as far as its format carries it; whatever wasn't is refused in a sentence."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.reading import MethodNeededError, NotAnExportError, read_export
from imgenc_gui.core.files.registry import CSV, ENCODINGS, EXCEL, FORMATS, NPZ, REPORT, WORKBOOK
from imgenc_gui.core.records.methods import EmbeddingMethod, Method, Options
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import FAILURES, WARNINGS, WRITTEN, sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.stopping import StoppedError
from tests.core.files.exports import (
    ALL,
    CNN,
    DHASH,
    HASH,
    PHASH,
    ROOT,
    TRICKY,
    encoded,
    failed,
    format_id,
    made_up,
    some,
    write,
)

Named = list[tuple[str, ImageResult]]

# --- round trips -----------------------------------------------------------------------------------------------------


def bare(facts: Facts | None, *, arrays: bool) -> Facts | None:
    """The facts that a table or arrays carry."""
    if facts is None:
        return None
    if arrays:
        return Facts("", 0, 0, 1, facts.bytes, facts.mtime_ns, 1)
    return replace(facts, frames=1, mtime_ns=None, orientation=1, taken=None)


def carried(file_format: ExportFormat, name: str, result: ImageResult) -> ImageResult | None:
    """What of a result a format carries; None: nothing."""
    failure = result.failure
    if file_format is REPORT:
        if failure and failure.code is FailureCode.NOT_AN_IMAGE:
            return ImageResult(result.path, failure=ImageFailure(FailureCode.NOT_AN_IMAGE))
        return result
    if file_format in {CSV, EXCEL, WORKBOOK}:
        if failure:
            failure = ImageFailure(failure.code, WRITTEN, (sentence(failure),))
        encodings = result.encodings
        if file_format is WORKBOOK:  # whose zero has no sign
            encodings = {one: value if isinstance(value, str) else value + 0 for one, value in encodings.items()}
        path = result.path if file_format is WORKBOOK else name
        told = [one for one in result.warnings if one.code is WarningCode.INCOMPLETE and one.detail != WRITTEN]
        told = sorted(told, key=lambda one: one.detail)[:1]  # one is enough
        return ImageResult(path, bare(result.facts, arrays=False), encodings, tuple(told), failure)
    if failure:
        return None
    if file_format is NPZ:
        told = [ImageWarning(WarningCode.INCOMPLETE)] if result.is_incomplete else []
        return ImageResult(result.path, bare(result.facts, arrays=True), result.encodings, tuple(told))
    return ImageResult(name, encodings=result.encodings) if result.encodings else None


def comparable(result: ImageResult) -> tuple[object, ...]:
    encodings = {
        method.id: encoding if isinstance(encoding, str) else (str(encoding.dtype), encoding.tobytes())
        for method, encoding in result.encodings.items()
    }
    return result.path, result.facts, encodings, result.warnings, result.failure


def assert_round_trip(folder: Path, file_format: ExportFormat, named: Named, options: Options) -> None:
    files = write(folder, file_format, named, options, "trip")
    parts = [(method,) for method in options.methods] if file_format is ENCODINGS else [options.methods]
    for path, methods in zip(files, parts, strict=True):
        expected = []
        for name, result in named:
            chosen = {method: result.encodings[method] for method in methods if method in result.encodings}
            kept = carried(file_format, name, replace(result, encodings=chosen))
            if kept is not None:
                expected.append((name, comparable(kept)))
        read = read_export(path, methods[0] if file_format is ENCODINGS else None)
        assert [(name, comparable(result)) for name, result in read.named] == expected
        assert read.methods == methods
        assert read.left_out == ()
        tells = file_format in {REPORT, NPZ, WORKBOOK}
        assert read.root == (ROOT if tells else "")
        assert read.options == (Options(methods, options.apply_exif_orientation) if tells else None)


NAMES = st.binary(min_size=1, max_size=12).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"="))) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
WHOLE = st.integers(0, 2**40)
SOME_FACTS = st.builds(
    Facts,
    WORDS,
    WHOLE,
    WHOLE,
    st.integers(1, 9),
    WHOLE,
    st.none() | st.integers(0, 2**63 - 1) | st.integers(-(2**63), -2),
    st.integers(1, 8),
    taken=st.none() | st.datetimes().map(lambda moment: moment.replace(microsecond=0)),
)
SOME_FAILURES = st.one_of(
    st.builds(ImageFailure, st.just(FailureCode.DAMAGED), st.just(""), st.tuples(WORDS)),
    st.builds(
        ImageFailure,
        st.just(FailureCode.TOO_LARGE),
        st.just("pixels"),
        st.tuples(st.floats(0, 1e12), st.integers(1, 10**6)),
    ),
    st.builds(ImageFailure, st.sampled_from(FailureCode), st.just(WRITTEN), st.tuples(WORDS)),
    st.just(ImageFailure(FailureCode.NOT_AN_IMAGE, "not-a-file")),
)
SOME_WARNINGS = st.one_of(
    st.builds(ImageWarning, st.just(WarningCode.LOW_INFORMATION), st.just(""), st.tuples(WORDS)),
    st.just(ImageWarning(WarningCode.NOT_IN_IMAGEDEDUP, "turned-tiff")),
    st.builds(ImageWarning, st.sampled_from(WarningCode), st.just(WRITTEN), st.tuples(WORDS)),
    st.just(ImageWarning(WarningCode.INCOMPLETE)),
    st.builds(ImageWarning, st.just(WarningCode.INCOMPLETE), st.just("part"), st.tuples(st.integers(1, 99))),
)
HASH_TEXT = st.text("0123456789abcdef", min_size=16, max_size=16) | st.sampled_from(["1234567890123456", "12e4" * 4])
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.just(7.038530691851209e-26)


@st.composite
def results(draw: st.DrawFn, thumbprint: Method) -> Named:
    named = []
    for name in sorted(draw(st.sets(NAMES, max_size=4))):
        path, facts = os.path.join(ROOT, name), draw(st.none() | SOME_FACTS)
        if draw(st.booleans()):
            named.append((name, ImageResult(path, facts, failure=draw(SOME_FAILURES))))
            continue
        encodings = {}
        for method in draw(st.sets(st.sampled_from([PHASH, DHASH, thumbprint]))):
            numbers = st.lists(FLOATS, min_size=7, max_size=7).map(lambda values: np.array(values, np.float32))
            encodings[method] = draw(HASH_TEXT if method.is_hash else numbers)
        named.append((name, ImageResult(path, facts, encodings, tuple(draw(st.lists(SOME_WARNINGS, max_size=2))))))
    return named


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), upright=st.booleans())
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    thumbprint: EmbeddingMethod,
    file_format: ExportFormat,
    data: st.DataObject,
    upright: bool,
) -> None:
    options = Options((PHASH, DHASH, thumbprint), upright)
    named = data.draw(results(thumbprint))
    assert_round_trip(tmp_path_factory.getbasetemp(), file_format, named, options)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_tricky_names_and_all_methods_make_the_trip(tmp_path: Path, file_format: ExportFormat) -> None:
    assert_round_trip(tmp_path, file_format, [(name, encoded(name, i)) for i, name in enumerate(TRICKY)], ALL)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_every_failure_and_warning_makes_the_trip(tmp_path: Path, file_format: ExportFormat) -> None:
    """Each case with values of the kinds that its sentence takes."""
    failures = [
        ImageFailure(code, detail, values(text)) for code, of in FAILURES.items() for detail, text in of.items()
    ]
    warnings = [
        ImageWarning(code, detail, values(text)) for code, of in WARNINGS.items() for detail, text in of.items()
    ]
    named = [(f"a{i:02}", failed(f"a{i:02}", failure)) for i, failure in enumerate(failures)]
    named += [(f"b{i:02}", replace(encoded(f"b{i:02}", i), warnings=(warning,))) for i, warning in enumerate(warnings)]
    assert_round_trip(tmp_path, file_format, named, Options((PHASH,)))


def values(template: str) -> tuple[str | float, ...]:
    return tuple(
        1234.5 if f"{{{i}:" in template else 60 if f"{{{i}}} %" in template else f"value {i}"
        for i in range(3)
        if f"{{{i}" in template
    )


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_nothing_makes_the_trip(tmp_path: Path, file_format: ExportFormat) -> None:
    assert_round_trip(tmp_path, file_format, [], Options((PHASH, CNN)))


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_what_was_read_can_be_written_again(tmp_path: Path, file_format: ExportFormat) -> None:
    """To the same bytes, where nothing but what the format carries was there."""
    named = [pair for pair in some() if pair[0] != "c.png"]  # a table has its warning as a sentence only
    if file_format is WORKBOOK:  # and this no date that is exact enough
        named = [
            (name, replace(result, facts=result.facts and replace(result.facts, mtime_ns=None)))
            for name, result in named
        ]
    (path,) = write(tmp_path, file_format, named, Options((PHASH,)))
    first = path.read_bytes()
    (path,) = write(tmp_path, file_format, read_export(path, PHASH).named, Options((PHASH,)))
    if file_format in {CSV, EXCEL}:
        first = first.replace(b"2023-11-14T22:13:20.250Z", b"")
    assert path.read_bytes() == first


# --- methods that are others here ------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", [CSV, EXCEL, REPORT, NPZ, WORKBOOK], ids=format_id)
def test_a_method_that_isnt_known_is_told(
    tmp_path: Path, thumbprint: EmbeddingMethod, file_format: ExportFormat
) -> None:
    named = [("a", encoded("a", 1, thumbprint=np.arange(7, dtype=np.float32)))]
    (path,) = write(tmp_path, file_format, named, Options((PHASH, thumbprint)))
    METHODS.remove(thumbprint)
    try:
        read = read_export(path)
    finally:
        METHODS.register(thumbprint)
    assert read.methods == (PHASH,)
    assert read.named[0][1].encodings == {PHASH: f"{1:016x}"}
    assert [told.sentence for told in read.left_out] == [
        "This imgenc doesn't know the method thumbprint; its encodings were left out."
    ]


@pytest.mark.parametrize(
    ("changes", "formats"),
    [({"version": 4}, {REPORT, NPZ, WORKBOOK}), ({"length": 9}, {REPORT, NPZ, WORKBOOK, CSV, EXCEL})],
)
@pytest.mark.parametrize("file_format", [CSV, EXCEL, REPORT, NPZ, WORKBOOK], ids=format_id)
def test_another_version_of_a_method_is_told(
    tmp_path: Path,
    thumbprint: EmbeddingMethod,
    file_format: ExportFormat,
    changes: dict[str, int],
    formats: set[ExportFormat],
) -> None:
    named = [("a", encoded("a", 1, thumbprint=np.arange(7, dtype=np.float32)))]
    (path,) = write(tmp_path, file_format, named, Options((PHASH, thumbprint)))
    METHODS.remove(thumbprint)
    other = made_up(**changes)
    METHODS.register(other)
    try:
        read = read_export(path)
    finally:
        METHODS.remove(other)
        METHODS.register(thumbprint)
    if file_format in formats:
        assert read.methods == (PHASH,)
        assert [told.sentence for told in read.left_out] == [
            "The encodings of Thumbprint come from another version of it; they were left out."
        ] or file_format in {CSV, EXCEL}
        assert set(read.named[0][1].encodings) == {PHASH}
    else:  # a table doesn't carry versions
        assert read.methods == (PHASH, other)


# --- whose encodings are they ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["h.dhash.json", "H.DHash.JSON", "my.photos.dhash", "x.phash.dhash.json"])
def test_the_files_name_says_the_method(tmp_path: Path, name: str) -> None:
    (path,) = write(tmp_path, ENCODINGS, options=Options((DHASH,)), name=name)
    assert read_export(path).methods == (DHASH,)
    assert read_export(path, PHASH).methods == (PHASH,)  # the person knows better


def test_hashes_of_no_known_method_ask_for_it(tmp_path: Path) -> None:
    (path,) = write(tmp_path, ENCODINGS, options=Options((DHASH,)))
    with pytest.raises(
        MethodNeededError, match=r"h\.json doesn't say which method.* PHash, AHash, DHash, WHash"
    ) as told:
        read_export(path)
    assert told.value.candidates == ALL.methods[:-1]


def test_vectors_that_one_method_makes_need_no_name(tmp_path: Path, thumbprint: EmbeddingMethod) -> None:
    named = [("a", encoded("a", 1, thumbprint=np.arange(7, dtype=np.float32)))]
    for method in (CNN, thumbprint):
        (path,) = write(tmp_path, ENCODINGS, named, Options((method,)))
        assert read_export(path).methods == (method,)


def test_imagededups_own_order_and_layout(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"b.jpg": HASH, "a.jpg": HASH}, indent=4))
    assert [name for name, _ in read_export(path, PHASH).named] == ["a.jpg", "b.jpg"]


# --- files that are none ---------------------------------------------------------------------------------------------

FOREIGN = {
    "empty": b"",
    "text": b"Dear diary,\n",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "table": b"name,size\r\na,1\r\n",
    "list": b"[1, 2, 3]",
    "package": b'{"name": "left-pad", "version": "1.0"}',
    "geojson": b'{"type": "FeatureCollection", "features": []}',
    "zip": b"PK\x03\x04" + bytes(200),
    "broken-text": b"\xff\xfe\x00{",
    "uppercase-hash": b'{"a.jpg": "9FEE256239984D71"}',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FOREIGN[name])
    with pytest.raises(NotAnExportError, match=f"{name} is not an export of imgenc's"):
        read_export(tmp_path / name)


DAMAGED = {
    "null-in-a-name": (b'{"a": "9fee256239984d71", "a\\u0000/b": "9fee256239984d71"}', "null character"),
    "null-in-the-root": (
        b"""{"format": "imgenc report", "version": 2, "methods": [], "options": {"apply_exif_orientation": false},
            "root": "/a\\u0000", "images": [], "failures": []}""",
        "null character",
    ),
    "twice": (b'{"a": "9fee256239984d71", "a": "9fee256239984d71"}', "same name"),
    "not-hash": (b'{"a": "9fee256239984d71", "b": "nonsense"}', "16 hexadecimal"),
    "number": (b'{"a": "9fee256239984d71", "b": 1}', "16 hexadecimal"),
    "vector": (b'{"a": "9fee256239984d71", "b": [1, 2]}', "16 hexadecimal"),
    "more": (b'{"a": "9fee256239984d71"} {}', "follows its end"),
    "no-comma": (b'{"a": "9fee256239984d71" "b": 1}', "structure"),
    "no-utf-8": (b'{"a": "9fee256239984d71", "\xff": "9fee256239984d71"}', "UTF-8"),
    "deep": (b'{"a": "9fee256239984d71", "b": ' + b"[" * 100_000, "structure"),
    "constant": (b'{"a": "9fee256239984d71", "b": NaN}', "structure"),
    "digits": (b'{"a": "9fee256239984d71", "b": ' + b"9" * 5000 + b"}", "structure"),
    "later-report": (b'{"format": "imgenc report", "version": 99, "images": []}', "newer imgenc"),
    "headless-report": (b'{"format": "imgenc report", "images": []}', "missing"),
    "report-of-nothing": (b'{"format": "imgenc report", "version": 2}', "pictures are missing"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_json(tmp_path: Path, name: str) -> None:
    data, words = DAMAGED[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(NotAnExportError, match=words) as told:
        read_export(tmp_path / name, PHASH)
    assert name in told.value.reason


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        ("[]", "7 numbers"),
        ("[1, 2, 3, 4, 5, 6]", "7 numbers"),
        ('["1", "2", "3", "4", "5", "6", "7"]', "7 numbers"),
        ("[1, 2, 3, 4, 5, 6, null]", "7 numbers"),
        ("[1, 2, 3, 4, 5, 6, [7]]", "7 numbers"),
        ("[true, true, true, true, true, true, true]", "7 numbers"),
        (f"[1, 2, 3, 4, 5, 6, {10**40}]", "7 numbers"),
        ("[1, 2, 3, 4, 5, 6, 1e39]", "finite"),
        ("[1, 2, 3, 4, 5, 6, 1e999]", "finite"),
    ],
)
def test_vectors_that_are_none(tmp_path: Path, thumbprint: EmbeddingMethod, vector: str, words: str) -> None:
    path = tmp_path / "h.thumbprint.json"
    path.write_text(f'{{"a": [1, 2, 3, 4, 5, 6, 7], "b": {vector}}}')
    with pytest.raises(NotAnExportError, match=words):
        read_export(path)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_a_file_that_breaks_off_is_told(tmp_path: Path, file_format: ExportFormat) -> None:
    """Wherever it breaks off, but for the line end and the white space that JSON doesn't need."""
    (path,) = write(tmp_path, file_format, options=Options((PHASH,)))
    data = path.read_bytes()
    assert read_export(path, PHASH).named
    json_end = 1 if file_format.suffix == ".json" else 0
    for length in range(len(data) - json_end):
        if file_format.suffix == ".csv" and data[:length].endswith(b"\n"):
            continue  # a table has no end: whole rows are whole
        path.write_bytes(data[:length])
        with pytest.raises(NotAnExportError):
            read_export(path, PHASH)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_any_damage_is_told_or_harmless(tmp_path: Path, thumbprint: EmbeddingMethod, file_format: ExportFormat) -> None:
    """Bytes changed, taken out, put in, exchanged: an export, or a NotAnExportError, never another exception."""
    rng = random.Random(6)
    named = [(name, encoded(name, i, thumbprint=np.arange(7, dtype=np.float32))) for i, name in enumerate("abc")]
    (path, *_) = write(tmp_path, file_format, [*named, ("d", failed("d"))], Options((PHASH, thumbprint)))
    data = path.read_bytes()
    told = 0
    times = 100 if file_format is WORKBOOK else 500  # a workbook takes its time
    for _ in range(times):
        changed = bytearray(data)
        for _ in range(rng.choice([1, 1, 2, 5])):
            place = rng.randrange(len(changed))
            kind = rng.randrange(3)
            if kind == 0:
                changed[place] = rng.choice([rng.randrange(256), changed[place] ^ 1 << rng.randrange(8)])
            elif kind == 1:
                del changed[place : place + rng.choice([1, 2, 12])]
            else:
                changed[place:place] = rng.choice([b"\0", b'"', b"]", b"\xff", b"9", b"\r\n", data[place : place + 30]])
        path.write_bytes(changed)
        try:
            read_export(path, PHASH)
        except NotAnExportError:
            told += 1
    assert told > 0.4 * times


def test_what_isnt_a_file_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(NotAnExportError, match="is not a file"):
            read_export(path)
    with pytest.raises(FileNotFoundError):
        read_export(tmp_path / "gone.json")


@pytest.mark.slow
@pytest.mark.parametrize("file_format", [ENCODINGS, CSV, NPZ], ids=format_id)
def test_reading_vectors_takes_little_more_than_their_memory(tmp_path: Path, file_format: ExportFormat) -> None:
    """600 vectors are 2.5 MB; their text is 6.5 MB, and as Python's numbers they would take 20 MB."""
    vectors = np.random.default_rng(1).random((600, 1024), np.float32)
    named = [(f"{i:04}", ImageResult("x", None, {CNN: vector})) for i, vector in enumerate(vectors)]
    (path,) = write(tmp_path, file_format, named, Options((CNN,)))
    tracemalloc.start()
    try:
        read = read_export(path, CNN)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(read.named) == 600
    assert peak < 5e6


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_reading_can_be_stopped(tmp_path: Path, file_format: ExportFormat) -> None:
    (path,) = write(tmp_path, file_format, options=Options((PHASH,)))
    with pytest.raises(StoppedError):
        read_export(path, PHASH, lambda: True)
