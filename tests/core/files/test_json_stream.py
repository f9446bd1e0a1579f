"""JSON is read the same, wherever the blocks of the file end."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgenc_gui.core.files import json_stream
from imgenc_gui.core.files.json_stream import JsonStream
from imgenc_gui.core.files.read_back import DamagedError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=3), values, max_size=3),
    max_leaves=9,
)


def walked(text: str) -> dict[str, Any]:
    """All that is in an object; lists element by element."""
    return walked_file(io.StringIO(text))


def walked_file(file: io.StringIO) -> dict[str, Any]:
    stream = JsonStream(file)
    found: dict[str, Any] = {}
    for key in stream.members():
        found[key] = list(stream.elements()) if key.startswith("list") else stream.value()
    stream.end()
    return found


@settings(max_examples=150)
@given(
    block=st.sampled_from([1, 2, 5, 1000]),
    singles=st.dictionaries(st.text(max_size=3).map("one{}".format), VALUES, max_size=3),
    lists=st.dictionaries(st.text(max_size=3).map("list{}".format), st.lists(VALUES, max_size=3), max_size=2),
    indent=st.none() | st.integers(0, 2),
    escaped=st.booleans(),
)
def test_blocks_make_no_difference(
    block: int, singles: dict[str, object], lists: dict[str, object], indent: int | None, escaped: bool
) -> None:
    text = json.dumps(singles | lists, indent=indent, ensure_ascii=escaped) + "\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_BLOCK", block)
        assert walked(text) == singles | lists


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"one"',
        '{"one":',
        '{"one": 1',
        '{"one": 1,',
        '{"one": 1,}',
        "{1: 1}",
        '{"one" 1}',
        '{"one": 1 "two": 2}',
        '{"list": 1}',
        '{"list": [',
        '{"list": [1',
        '{"list": [1,]}',
        '{"list": [1 2]}',
        "[]",
        '{"one": 1}}',
        '{"one": nul}',
    ],
)
def test_what_is_no_json_is_told(text: str) -> None:
    with pytest.raises(DamagedError):
        walked(text)


def test_a_value_that_never_ends_isnt_read_to_the_files_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_BLOCK", 10)
    monkeypatch.setattr(json_stream, "_LONGEST", 100)
    file = io.StringIO('{"one": "' + "x" * 10_000)
    with pytest.raises(DamagedError, match="too long"):
        walked_file(file)
    assert file.tell() < 500


def test_no_value_is_so_long_that_reading_it_holds_other_threads_up() -> None:
    file = io.StringIO('{"one": [' + "1," * 4_000_000)
    with pytest.raises(DamagedError, match="too long"):
        walked_file(file)
    assert file.tell() < 1_000_000
