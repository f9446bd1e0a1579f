"""Names as they are shown: on one line, printable, and different for different names."""

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgenc_gui.core import naming
from imgenc_gui.core.naming import brief, meant, printable, shown

posix = pytest.mark.skipif(os.sep != "/", reason="where names are bytes and a backslash is like any other")
# Names as a disk that knows bytes has them, and among them those that look like escapes, or are hard to see.
HARD = ["\\", "x", "u", "U", "ff", "0a", "\n", "\t", "\x1b", "\x85", "\u200c", "\u200d", "\u2028", "\u202e"]
PIECES = st.lists(st.sampled_from([*HARD, os.fsdecode(b"\xff"), "\U000e0041", "é", "👩"])).map("".join)
NAMES = st.one_of(
    st.binary().map(os.fsdecode),
    st.text(st.characters(exclude_categories=["Cs"])),
    PIECES.map(os.fsencode).map(os.fsdecode),  # bytes side by side may be a character
).filter(lambda name: "\0" not in name)


def could_forge(character: str) -> bool:
    """No space and not printable: but for joiners, whose place decides."""
    return not (character.isprintable() or character in "\u200c\u200d" or (character.isspace() and character > "\x9f"))


@given(NAMES)
def test_whatever_a_name_is_nothing_in_it_can_forge(name):
    text = shown(name)
    assert len(text.splitlines()) <= 1
    assert not any(map(could_forge, text))
    assert not {"\u2028", "\u2029"} & set(text)
    text.encode()  # also where Qt and files want text


@posix
@given(NAMES)
def test_no_two_names_are_shown_alike(name):
    assert meant(shown(name)) == name  # so each text is of one name alone


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"),
        ("写真 😀 é.jpg", "写真 😀 é.jpg"),
        ("photos\nimgenc: 5 encoded", r"photos\x0aimgenc: 5 encoded"),
        ("a\tb\r\x1b[31m\x7f", r"a\x09b\x0d\x1b[31m\x7f"),
        ("\x85\u2028\u2029", r"\u0085\u2028\u2029"),
        ("\u202egnp.exe\u2066\u200e\u061c", r"\u202egnp.exe\u2066\u200e\u061c"),
        ("a\u200bb\ufeff\u00ad", r"a\u200bb\ufeff\u00ad"),
        ("\ue000\U000e0041\ud800", r"\ue000\U000e0041\ud800"),
        # joiners stay where they shape what is seen, and are told where they hide
        ("می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀"),  # noqa: RUF001
        ("a\u200db\u200c", r"a\u200db\u200c"),
        # macOS puts such a space into the names of screenshots
        ("9.41\u202fAM\u00a0\u3000.png", "9.41\u202fAM\u00a0\u3000.png"),
    ],
)
def test_what_is_shown(name, text):
    assert shown(name) == printable(name) == text


@posix
def test_bytes_that_are_no_text_are_shown_as_bytes():
    assert shown(os.fsdecode(b"caf\xe9.jpg")) == r"caf\xe9.jpg"
    assert shown(r"caf\xe9.jpg") == r"caf\\xe9.jpg"


def test_on_windows_a_backslash_parts_folders(monkeypatch):
    monkeypatch.setattr(naming.os, "sep", "\\")
    assert shown(r"C:\photos\xff.jpg") == meant(r"C:\photos\xff.jpg") == r"C:\photos\xff.jpg"
    assert shown("C:\\\udc80\u202e") == r"C:\\udc80\u202e"  # half a character of UTF-16, no byte


@posix
def test_what_is_typed_needs_no_escapes():
    assert [meant(text) for text in (r"a\b", r"a\x4", r"\Uffffffff", "a\\")] == [r"a\b", r"a\x4", r"\Uffffffff", "a\\"]


@posix
@pytest.mark.parametrize("text", [r"a\x00", r"\u0000b", r"\ud83d", r"\U0000dcff"])
def test_what_stands_for_no_name_that_there_can_be_is_meant_as_it_is_typed(text):
    """No disk takes a null character, nor half a character of UTF-16: the export would fail unexpectedly."""
    assert meant(text) == text


def test_a_text_around_names_keeps_its_backslashes():
    assert printable("it says 'C:\\x': \x1b") == r"it says 'C:\x': \x1b"


@posix
def test_printf_reads_the_escapes(tmp_path):
    """They are those of shells, so that a name can be taken from a terminal."""
    name = os.fsdecode(b"\\xff \xff\n%") + "\u202e"
    printed = subprocess.run(
        ["bash", "-c", "printf '%b' \"$1\"", "-", shown(name)],
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert printed.stdout == os.fsencode(name)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory", "/home/me/a.jpg"), "No such file or directory"),
        (OSError("[Errno 5] Input/output error: PosixPath('/a')"), "Input/output error: “/a”"),
        (ValueError("invalid literal for int() with base 10: b'12x'"), "invalid literal for int() with base 10: “12x”"),
        (OSError("cannot identify image file <_io.BytesIO object at 0x7f2a3c>"), "cannot identify image file"),
        (TypeError("'NoneType' object isn't <class 'numpy.uint8'>"), "“NoneType” object isn't uint8"),
        (ModuleNotFoundError("No module named 'torch'"), "No module named “torch”"),
        (KeyError("exif"), "something in it is missing"),
        (AssertionError(), "AssertionError"),
        (ValueError("\n"), "ValueError"),
        (ValueError("x" * 500), "x" * 200),
        (ValueError("bad header.\nTraceback: more"), "bad header"),
        (
            ValueError("it can't be read, and it's 3 (of 4) Bytes long"),
            "it can't be read, and it's 3 (of 4) Bytes long",
        ),
    ],
)
def test_what_an_exception_says_is_told_without_pythons_own_words(error, words):
    assert brief(error) == words
