"""What goes to a terminal or a log can't be forged by a name."""

import logging

import pytest

from imgenc_gui.core.terminal import ArgumentParser, LogFormatter

FORGED = "a.jpg\n2026-01-01 ERROR all is lost\x1b[2J\u202e"


def test_what_was_typed_wrongly_is_repeated_as_printable_text(capsys):
    with pytest.raises(SystemExit) as ended:
        ArgumentParser(prog="imgenc").parse_args([FORGED])
    assert ended.value.code == 2
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith(r"imgenc: error: unrecognized arguments: a.jpg\x0a2026")
    assert "\x1b" not in last
    assert "\u202e" not in last


def test_a_name_makes_no_record_of_its_own_in_a_log():
    def record(error=None):
        return logging.LogRecord("x", logging.WARNING, "", 1, "%s can't be decoded", (FORGED,), error)

    first, *further = LogFormatter("%(levelname)s %(message)s").format(record()).split("\n")
    assert first == "WARNING a.jpg"
    assert further == [r"    2026-01-01 ERROR all is lost\x1b[2J\u202e can't be decoded"]
    error = OSError(FORGED)
    _, *further = LogFormatter("%(levelname)s %(message)s").format(record((OSError, error, None))).split("\n")
    assert any(line.startswith("    OSError: a.jpg") for line in further)
    assert all(line.startswith("    ") for line in further)
