"""Whatever the package says of a picture has a sentence, with a place for each of its values."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgenc_gui
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import (
    FAILURES,
    TROUBLES,
    WARNINGS,
    WRITTEN,
    sentence,
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
    }
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


def test_the_name_of_a_library_set_aside_forges_no_line() -> None:
    told = trouble_sentence(Trouble(TroubleCode.DAMAGED, ("a\nb",)))
    assert told == r"The library was damaged. It was set aside as a\x0ab, and a new one was begun."


def test_templates_are_translated_before_their_values_are_filled_in() -> None:
    failure = ImageFailure(FailureCode.DAMAGED, "", ("a {0} brace",))
    assert sentence(failure, {FAILURES[FailureCode.DAMAGED][""]: "Kaputt: {0}!"}.__getitem__) == "Kaputt: a {0} brace!"


def test_what_was_read_back_is_said_as_it_was_written() -> None:
    warning = ImageWarning(WarningCode.ROTATED, WRITTEN, ("An older {0} sentence.",))
    assert sentence(warning, str.upper) == "An older {0} sentence."
