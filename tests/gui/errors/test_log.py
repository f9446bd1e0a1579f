"""The log file: where it is, how large it grows, and never a reason to fail."""

import logging

import pytest

from imgenc_gui.gui.errors.log import close_logging, log_folder, set_up_logging


@pytest.fixture
def logging_as_before():
    root = logging.getLogger()
    level = root.level
    yield
    close_logging()
    root.setLevel(level)


def test_the_log_is_written_and_rotates_within_three_megabytes(tmp_path, logging_as_before):
    path = set_up_logging(tmp_path / "logs")
    assert path == tmp_path / "logs" / "imgenc.log"
    log = logging.getLogger("imgenc_gui.test")
    log.info("a picture named %s", b"caf\xe9".decode("utf-8", "surrogateescape"))
    assert "a picture named caf" in path.read_text(encoding="utf-8")
    for _ in range(45):
        log.warning("x" * 100_000)
    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["imgenc.log", "imgenc.log.1", "imgenc.log.2"]
    assert sum(file.stat().st_size for file in path.parent.iterdir()) <= 3_100_000


def test_a_name_forges_no_line_of_the_log(tmp_path, logging_as_before):
    path = set_up_logging(tmp_path / "logs")
    logging.getLogger("imgenc_gui.test").warning("%s is odd", "a\n2026-01-01 00:00:00 ERROR all is lost\x1b[2J")
    first, second = path.read_text(encoding="utf-8").splitlines()
    assert first.endswith(": a")
    assert second == r"    2026-01-01 00:00:00 ERROR all is lost\x1b[2J is odd"


def test_setting_up_the_log_again_moves_it(tmp_path, logging_as_before):
    first = set_up_logging(tmp_path / "one")
    second = set_up_logging(tmp_path / "two")
    logging.getLogger("imgenc_gui.test").warning("only once")
    assert first.read_text(encoding="utf-8") == ""
    assert second.read_text(encoding="utf-8").count("only once") == 1


def test_no_log_file_is_no_reason_to_fail(tmp_path, logging_as_before):
    (tmp_path / "file").write_text("in the way")
    assert set_up_logging(tmp_path / "file") is None


def test_the_logs_folder_is_imgencs_own():
    assert "imgenc" in log_folder().parts or "imgenc" in log_folder().parent.parts
