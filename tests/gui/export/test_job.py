"""The export as a job: one at a time, told how it ended."""

import threading
from collections import Counter

import pytest

from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.export import ExportRequest
from imgenc_gui.core.files.registry import FORMATS
from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.records.methods import Options
from imgenc_gui.gui.export.job import ExportOutcome, ExportRunner
from imgenc_gui.gui.export.summary import Tally
from imgenc_gui.gui.work.jobs import Jobs
from tests.gui.conftest import make_failure, make_result


@pytest.fixture
def errors():
    return []


@pytest.fixture
def runner(qapp, errors):
    jobs = Jobs(1, errors.append)
    yield ExportRunner(jobs)
    assert jobs.close(10_000)


def request_for(rows, target):
    return ExportRequest(rows, target, FORMATS[0], Options((PHASH,)), "/photos")


def test_the_outcome_says_what_was_written_and_what_could_not_be(qtbot, runner, tmp_path):
    rows = [("a.jpg", make_result("/photos/a.jpg")), ("b.jpg", make_failure("/photos/b.jpg"))]
    with qtbot.waitSignal(runner.ended, timeout=10_000) as caught:
        runner.start(request_for(rows, tmp_path / "x.json"))
        assert runner.is_running()
    counts = Tally((PHASH,), rows=2, encoded=1, unreadable=1, of_methods=Counter({PHASH: 1}))
    assert caught.args == [ExportOutcome((tmp_path / "x.json",), counts)]
    assert not runner.is_running()


def test_a_second_export_has_to_wait(qtbot, runner, tmp_path):
    go_on = threading.Event()

    def rows():
        assert go_on.wait(10)
        yield "a.jpg", make_result("/photos/a.jpg")

    runner.start(request_for(rows(), tmp_path / "x.json"))
    with pytest.raises(RuntimeError):
        runner.start(request_for([], tmp_path / "y.json"))
    with qtbot.waitSignal(runner.ended, timeout=10_000):
        go_on.set()


def test_what_can_be_expected_is_told_not_reported(qtbot, runner, errors, tmp_path):
    (tmp_path / "file").touch()
    with qtbot.waitSignal(runner.ended, timeout=10_000) as caught:
        runner.start(request_for([("a", make_result("/a"))], tmp_path / "file" / "x.json"))
    assert isinstance(caught.args[0], ExportError)
    assert errors == []
