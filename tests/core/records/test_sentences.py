"""Whatever the package says of a picture has a sentence, with a place for each of its values."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgenc_gui
from imgenc_gui.core.records.results import NOTHING_LEFT, FailureCode, ImageFailure, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import (
    FAILURES,
    PLAIN,
    SHORT,
    TROUBLES,
    WARNINGS,
    WRITTEN,
    incomplete_in,
    plain_sentence,
    sentence,
    short_reason,
    trouble_sentence,
)
from imgenc_gui.core.records.troubles import Trouble, TroubleCode

CODES = {"FailureCode": FailureCode, "WarningCode": WarningCode}
SAID = FAILURES | WARNINGS

Case = tuple[FailureCode | WarningCode, str, int | None]  # code, detail, and how many values where that can be seen


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def calls_in(node: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield name_of(call.func), call.args


def cases_in(module: ast.Module) -> Iterator[Case]:
    """What a module says: outright, or through a function whose first parameter is the detail."""
    texts = {
        name_of(line.targets[0]): line.value.value
        for line in module.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    } | {"NOTHING_LEFT": NOTHING_LEFT}
    helpers: dict[str, FailureCode | WarningCode] = {}
    for function in [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]:
        for name, arguments in calls_in(function):
            if name not in {"ImageFailure", "ImageWarning"} or not isinstance(arguments[0], ast.Attribute):
                continue
            kind = CODES.get(name_of(arguments[0].value))
            if kind is None:  # handed on from another
                continue
            code = kind[arguments[0].attr]
            detail = arguments[1] if len(arguments) > 1 else ast.Constant("")
            values = arguments[2] if len(arguments) > 2 else ast.Tuple([])
            number = len(values.elts) if isinstance(values, ast.Tuple) else None
            if isinstance(detail, ast.Constant):
                yield code, str(detail.value), number
            elif name_of(detail) in texts:
                yield code, texts[name_of(detail)], number
            elif function.args.args and name_of(detail) == function.args.args[0].arg:
                helpers[function.name] = code
    for name, arguments in calls_in(module):
        if name in helpers:
            assert isinstance(arguments[0], ast.Constant)
            yield helpers[name], str(arguments[0].value), None


@pytest.fixture(scope="module")
def cases() -> set[Case]:
    sources = Path(imgenc_gui.__file__).parent.rglob("*.py")
    return {case for source in sources for case in cases_in(ast.parse(source.read_text()))}


def places(template: str) -> int:
    numbers = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
    assert numbers == {str(number) for number in range(len(numbers))}
    return len(numbers)


def test_whatever_the_source_names_has_a_sentence_that_uses_each_value(cases: set[Case]) -> None:
    for code, detail, values in cases:
        template = SAID[code][detail]
        assert values in (None, places(template)), template


def test_every_sentence_is_said_somewhere(cases: set[Case]) -> None:
    said = {(code, detail) for code, detail, _ in cases}
    ours = {(code, detail) for code, details in SAID.items() for detail in details}
    of_failures = {(WarningCode.NO_EMBEDDING, detail) for detail in WARNINGS[WarningCode.NO_EMBEDDING]}
    assert said == ours - of_failures


def test_every_code_has_sentences() -> None:
    assert set(FAILURES) == set(FailureCode)
    assert set(WARNINGS) == set(WarningCode)
    assert set(TROUBLES) == set(TroubleCode)


def test_every_sentence_begins_as_one() -> None:
    templates = [text for said in (FAILURES, PLAIN, WARNINGS) for texts in said.values() for text in texts.values()]
    templates += [*TROUBLES.values(), *(text for texts in SHORT.values() for text in texts.values())]
    # What begins with a value begins with a name: a format's or a method's.
    assert [text for text in templates if not (text[0].isupper() or text.startswith("{0}"))] == []


def test_each_failure_has_some_words_for_a_row_in_which_no_library_speaks() -> None:
    # GIVEN every failure there can be, with values of a library's and of other programs' making
    assert set(SHORT) == set(FailureCode)
    every = [(code, detail) for code in FailureCode for detail in (*FAILURES[code], WRITTEN)]
    for code, detail in every:
        # WHEN it is told in a row THEN few words do, without a sentence's end, and what was read back has some, too
        values = () if detail == WRITTEN else ("HEIC", "image file is truncated (0 bytes not processed)", "OSError(5)")
        told = short_reason(ImageFailure(code, detail, values))
        assert 3 < len(told) <= 26, told
        assert "truncated" not in told
        assert "OSError" not in told
        assert not told.endswith(".")
    assert {(code, detail) for code in PLAIN for detail in PLAIN[code]} <= set(every)
    # AND these are the words
    words = [
        (ImageFailure(FailureCode.EMPTY), "Empty file"),
        (ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", ("HEIC",)), "HEIC: can't be read here"),
        (ImageFailure(FailureCode.DAMAGED, "", ("cannot identify",)), "Damaged"),
    ]
    assert [short_reason(failure) for failure, _ in words] == [word for _, word in words]
    assert plain_sentence(words[2][0]) == "The picture is damaged or incomplete."


def test_the_name_of_a_library_set_aside_forges_no_line() -> None:
    told = trouble_sentence(Trouble(TroubleCode.DAMAGED, ("a\nb",)))
    assert told == r"The library was damaged. It was set aside as a\x0ab, and a new one was begun."


def test_templates_are_translated_before_their_values_are_filled_in() -> None:
    failure = ImageFailure(FailureCode.DAMAGED, "", ("a {0} brace",))
    assert sentence(failure, {FAILURES[FailureCode.DAMAGED][""]: "Kaputt: {0}!"}.__getitem__) == "Kaputt: a {0} brace!"


def test_what_was_read_back_is_said_as_it_was_written() -> None:
    warning = ImageWarning(WarningCode.ROTATED, WRITTEN, ("An older {0} sentence.",))
    assert sentence(warning, str.upper) == "An older {0} sentence."


@pytest.mark.parametrize(
    ("text", "detail", "values"),
    [
        ("The picture is damaged: its encodings are of what can be read of it.", "", ()),
        ("The picture is damaged: about 60 % of it can be read, and its encodings are of that.", "part", (60,)),
    ],
)
def test_a_table_tells_by_its_sentence_that_a_picture_is_there_in_part(text, detail, values) -> None:
    """Word for word: there are tables that have it."""
    warning = ImageWarning(WarningCode.INCOMPLETE, detail, values)
    assert sentence(warning) == text
    for told in (text, f"One more. {text}", f"{text} Another."):
        assert incomplete_in(told) == (warning,)
    for other in ("", f"Damaged:{text}", f"{text}.", text.replace("60", "x").replace("of it.", "of that.")):
        assert incomplete_in(other) == ()
