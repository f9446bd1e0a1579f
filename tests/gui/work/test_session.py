"""The session: every order ends, nothing is lost or done twice, and the numbers of progress are true throughout."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage

from imgenc_gui.core import listing as listing_module
from imgenc_gui.core.hashing.hashes import DHASH, PHASH
from imgenc_gui.core.listing import Listing, Origin
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.results import FailureCode, ImageFailure, ImageWarning, WarningCode
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.states import State
from imgenc_gui.core.uncollected import release
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work import adder, live_rows
from imgenc_gui.gui.work import session as session_module
from imgenc_gui.gui.work.adder import Added
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.session import Activity, Session
from tests.gui.conftest import FakeEncoder, make_result

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAIT = 15_000


class Encoders:
    """Makes fake encoders of one kind, which share a gate."""

    def __init__(self) -> None:
        self.made: list[FakeEncoder] = []
        self.kind = FakeEncoder
        self.seconds = 0.0
        self.gate: threading.Event | None = None

    def __call__(self, options) -> FakeEncoder:
        encoder = self.kind(options, self.seconds)
        encoder.gate = self.gate
        self.made.append(encoder)
        return encoder

    @property
    def seen(self) -> list[str]:
        return [Path(path).name for encoder in self.made for path in encoder.seen]


class DeafEncoder(FakeEncoder):
    """Ends a picture only when the gate opens, whatever Stop says: a huge picture."""

    def encode(self, numbered, stop=lambda: False):
        del stop
        for key, path in numbered:
            self.seen.append(path)
            self.gate.wait(10)
            yield key, make_result(path, self.options.methods)


class Heard:
    """What a session told."""

    def __init__(self, session: Session) -> None:
        self.summaries: list[object] = []
        self.errors: list[BaseException] = []
        self.added: list[Added] = []
        session.finished.connect(self.summaries.append)
        session.failed.connect(self.errors.append)
        session.added.connect(self.added.append)


@pytest.fixture
def encoders() -> Encoders:
    return Encoders()


@pytest.fixture
def settings(store: QSettings) -> Settings:
    settings = Settings(store)
    settings.threads = 2
    return settings


@pytest.fixture
def session(qtbot: QtBot, settings: Settings, encoders: Encoders):
    session = Session(settings, LiveRows(METHODS), encoders)
    session.heard = Heard(session)
    yield session
    if encoders.gate:
        encoders.gate.set()
    assert session.close(5000)


def files(folder: Path, count: int, start: int = 0) -> list[str]:
    paths = [folder / f"{number:04}.jpg" for number in range(start, start + count)]
    for path in paths:
        path.touch()
    return [str(path) for path in paths]


def wait_idle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE, timeout=WAIT)


def test_all_that_is_dropped_is_encoded_once_and_told_once(qtbot: QtBot, session: Session, encoders, tmp_path) -> None:
    session.add_paths(files(tmp_path, 30))
    session.add_paths(files(tmp_path, 20, start=20))  # ten of them again
    wait_idle(qtbot, session)
    assert sorted(encoders.seen) == [f"{number:04}.jpg" for number in range(40)]
    assert (session.done, session.total) == (40, 40)
    assert [(added.new, added.known) for added in session.heard.added] == [(30, 0), (10, 10)]
    assert len(session.heard.summaries) == 1


def test_progress_counts_what_is_left_after_a_stop_and_another_drop(
    qtbot: QtBot, session: Session, encoders, tmp_path
) -> None:
    # GIVEN a run that is stopped early and takes a moment to end
    encoders.kind = DeafEncoder
    encoders.gate = threading.Event()
    session.add_paths(files(tmp_path, 300))
    qtbot.waitUntil(lambda: len(encoders.seen) == 2, timeout=WAIT)
    session.stop()
    assert session.activity is Activity.STOPPING
    assert not session.can_stop
    # WHEN something else is dropped meanwhile
    session.add_paths(files(tmp_path, 5, start=300))
    qtbot.waitUntil(lambda: len(session.live.rows) == 305, timeout=WAIT)
    assert session.can_stop
    encoders.gate.set()
    wait_idle(qtbot, session)
    # THEN the cancelled pictures don't count any more
    assert (session.done, session.total) == (7, 7)
    assert session.live.rows.waiting() == 298
    assert len(session.heard.summaries) == 1


def test_what_stop_left_waiting_is_encoded_when_it_is_dropped_again(
    qtbot: QtBot, session: Session, encoders, tmp_path
) -> None:
    # GIVEN a folder whose encoding was stopped early
    encoders.seconds = 0.01
    paths = files(tmp_path, 60)
    session.add_paths(paths)
    qtbot.waitUntil(lambda: len(encoders.seen) > 2, timeout=WAIT)
    session.stop()
    wait_idle(qtbot, session)
    left = session.live.rows.waiting()
    assert left > 10
    # WHEN it is dropped twice more, THEN the rest is encoded and counted once
    session.add_paths(paths)
    session.add_paths(paths)
    wait_idle(qtbot, session)
    assert session.live.rows.waiting() == 0
    assert (session.done, session.total) == (left, left)


def test_the_end_is_told_when_the_last_order_ends_without_being_encoded(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a run that meets a missing network, and a folder on a slow disk
    warning = ImageWarning(WarningCode.NO_EMBEDDING, "engine", ("CNN", "PyTorch", "no such module"))

    class Warns(DeafEncoder):
        def encode(self, numbered, stop=lambda: False):
            for key, result in super().encode(numbered, stop):
                yield key, type(result)(result.path, result.facts, result.encodings, (warning,))

    encoders.kind = Warns
    encoders.gate = threading.Event()
    session.add_paths(files(tmp_path, 4))
    qtbot.waitUntil(lambda: len(encoders.seen) == 2, timeout=WAIT)
    disk = threading.Event()

    def slow(*_, **__):
        disk.wait(10)
        return Listing("", (), ())

    monkeypatch.setattr("imgenc_gui.gui.work.lister.list_files", slow)
    session.add_paths(["/slow"])
    # WHEN the person stops, the run ends, and the disk answers last
    session.stop()
    encoders.gate.set()
    qtbot.waitUntil(lambda: session.done == 2, timeout=WAIT)
    assert session.heard.summaries == []
    disk.set()
    wait_idle(qtbot, session)
    # THEN the end is told once, and what was missing is known
    assert len(session.heard.summaries) == 1
    assert session.outcome.network_failure == ImageFailure(FailureCode.MODEL_UNAVAILABLE, "engine", warning.values)


def test_stop_does_not_wait_for_a_disk_that_does_not_answer_nor_does_what_comes_next(
    qtbot: QtBot, session: Session, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a folder whose disk hangs, and one behind it in the queue
    hanging, answer, asked = tmp_path / "hanging", threading.Event(), threading.Event()
    hanging.mkdir()
    files(hanging, 3)
    scandir = os.scandir

    def slow(path):
        if path == str(hanging):
            asked.set()
            assert answer.wait(60)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", slow)
    session.add_paths([str(hanging)])
    assert asked.wait(30)
    # WHEN the person stops THEN that is the end of it, and the next folder is listed and encoded
    session.stop()
    wait_idle(qtbot, session)
    assert len(session.heard.summaries) == 1
    session.add_paths(files(tmp_path, 2))
    wait_idle(qtbot, session)
    assert session.live.rows.waiting() == 0
    # AND what the disk says at last is nothing to anybody
    answer.set()
    assert session._lister.wait(10_000)
    qtbot.wait(10)
    assert session.heard.errors == []
    assert len(session.live.rows) == 2
    assert len(session.heard.summaries) == 2


def test_a_disk_that_does_not_answer_holds_up_no_other_look_at_what_has_changed(
    qtbot: QtBot, session: Session, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked, scandir = threading.Event(), threading.Event(), os.scandir

    def slow(path):
        if path == str(tmp_path / "hanging"):
            asked.set()
            assert answer.wait(60)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", slow)
    (tmp_path / "hanging").mkdir()
    told = []
    session.compared.connect(told.append)
    files(tmp_path, 3)
    session.check([Origin(str(tmp_path / "hanging"), is_folder=True, recursive=False)])
    assert asked.wait(30)
    session.check([Origin(str(tmp_path), is_folder=True, recursive=False)])
    qtbot.waitUntil(lambda: [one.new for one in told] == [3], timeout=WAIT)
    answer.set()
    assert session._checker.wait(10_000)
    qtbot.wait(10)
    assert len(told) == 1
    assert session.heard.errors == []


def test_how_many_files_were_found_is_known_while_they_are_listed(
    qtbot: QtBot, session: Session, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, scandir = threading.Event(), os.scandir

    def slow(path):
        if path == str(tmp_path / "last"):
            assert answer.wait(60)
        return scandir(path)

    (tmp_path / "last").mkdir()
    for number in range(600):
        (tmp_path / f"{number}.jpg").touch()
    monkeypatch.setattr(os, "scandir", slow)
    session._settings.recursive = True
    session.add_paths([str(tmp_path)])
    qtbot.waitUntil(lambda: session.found == 500, timeout=WAIT)
    answer.set()
    wait_idle(qtbot, session)


def test_what_is_encoded_again_keeps_what_it_has_until_the_new_comes_also_when_it_is_stopped(
    qtbot: QtBot, session: Session, encoders, tmp_path
) -> None:
    # GIVEN encoded pictures
    for number in range(20):
        (tmp_path / f"{number}.jpg").touch()
    session.add_paths([str(tmp_path)])
    wait_idle(qtbot, session)
    rows = session.live.rows
    hashes = [rows.hash_text(row, PHASH) for row in range(20)]
    # WHEN all are to be encoded again, which takes a while
    encoders.kind, encoders.gate = DeafEncoder, threading.Event()
    session.encode_again(range(20))
    qtbot.waitUntil(lambda: session.activity is Activity.ENCODING and len(encoders.seen) > 20, timeout=WAIT)
    # THEN they have what they had
    assert [rows.hash_text(row, PHASH) for row in range(20)] == hashes
    # AND those that a stop leaves have it still, and are known to miss the new one, which Encode makes
    session.stop()
    encoders.gate.set()
    wait_idle(qtbot, session)
    assert [rows.hash_text(row, PHASH) for row in range(20)] == hashes
    left = session.incomplete()[0]
    assert left
    before = len(encoders.seen)
    session.encode()
    wait_idle(qtbot, session)
    assert len(encoders.seen) == before + left
    assert session.incomplete()[0] == 0


def slow_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Make a folder that is listed only after the event is set, and let what was found be handed on at once."""
    answer, scandir = threading.Event(), os.scandir

    def slow(path):
        if path == str(folder):
            assert answer.wait(60)
        return scandir(path)

    folder.mkdir()
    monkeypatch.setattr(os, "scandir", slow)
    monkeypatch.setattr(listing_module, "PATIENCE", 0)
    return answer


def slow_photos(session: Session, top: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, threading.Event]:
    """Make a folder whose last part is slow, and which is listed with it."""
    session._settings.recursive = True
    photos = top / "photos"
    photos.mkdir()
    return photos, slow_folder(photos / "last", monkeypatch)


def test_what_was_found_is_encoded_while_a_slow_disk_is_listed(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN pictures that are known, two of which have changed, and new ones, before and in a folder that is slow
    session._settings.recursive = True
    photos = tmp_path / "photos"
    (photos / "a").mkdir(parents=True)
    known = files(photos / "a", 5)
    session.add_paths([str(photos)])
    wait_idle(qtbot, session)
    answer = slow_folder(photos / "b", monkeypatch)
    new = [*files(photos / "a", 3, start=5), *files(photos / "b", 2)]
    for path in known[:2]:
        Path(path).write_bytes(b"other")
    # WHEN the folder is brought again
    session.add_paths([str(photos)])
    # THEN what was found before that folder is encoded already, and nothing is told as final
    qtbot.waitUntil(lambda: len(encoders.seen) == 10 and session.done == 5, timeout=WAIT)
    assert session.is_listing
    assert session.total == 5
    assert len(session.heard.added) == len(session.heard.summaries) == 1
    # AND with the rest all is encoded once, counted once, told once, and stands in order
    answer.set()
    wait_idle(qtbot, session)
    assert (session.done, session.total, session.is_listing) == (7, 7, False)
    added = session.heard.added[-1]
    assert (added.few, added.new, added.known, added.again) == ((), 5, 5, 2)
    assert added.origins == (Origin(str(photos), is_folder=True, recursive=True),)
    assert session.live.rows.paths == [*known, *new]
    assert (len(encoders.seen), session.live.rows.waiting()) == (12, 0)
    assert len(session.heard.added) == len(session.heard.summaries) == 2


def test_stop_ends_what_is_encoded_while_it_is_listed(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a slow folder, before which pictures are being encoded
    photos, answer = slow_photos(session, tmp_path, monkeypatch)
    encoders.gate = threading.Event()
    files(photos, 30)
    session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: len(session.live.rows) == 30 and session.activity is Activity.ENCODING, timeout=WAIT)
    # WHEN it is stopped THEN all comes to an end, before the disk answers
    session.stop()
    encoders.gate.set()
    wait_idle(qtbot, session)
    assert not session.is_listing
    assert session.live.rows.waiting() > 0
    # AND what is left is encoded when it is brought again
    answer.set()
    session.add_paths([str(photos)])
    wait_idle(qtbot, session)
    assert (session.live.rows.waiting(), session.heard.added[-1].new) == (0, 0)


@pytest.mark.parametrize("stage", ["listing", "adding", "making the encoder", "encoding"])
def test_an_unexpected_error_ends_its_order_and_the_next_one_works(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch, stage
) -> None:
    # GIVEN a defect at one stage
    def fail(*_args, **_named):
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        if stage == "listing":
            patch.setattr("imgenc_gui.gui.work.lister.list_files", fail)
        elif stage == "adding":
            patch.setattr(session.live, "append", fail)
        elif stage == "making the encoder":
            patch.setattr(session._sittings, "encoder_factory", fail)
        else:
            patch.setattr(FakeEncoder, "encode", fail)
        session.add_paths(files(tmp_path, 3))
        wait_idle(qtbot, session)
    # THEN it is told, the session is idle, and what comes next is encoded
    assert {str(error) for error in session.heard.errors} == {"a defect"}
    assert len(session.heard.summaries) == 1
    session.add_paths(files(tmp_path, 2, start=10))
    wait_idle(qtbot, session)
    session.encode()
    wait_idle(qtbot, session)
    assert session.live.rows.waiting() == 0
    assert session.done <= session.total


def test_methods_chosen_in_mid_run_are_for_the_next(qtbot: QtBot, session: Session, settings, encoders, tmp_path):
    # GIVEN a run with PHash
    encoders.kind = DeafEncoder
    encoders.gate = threading.Event()
    session.add_paths(files(tmp_path, 4))
    qtbot.waitUntil(lambda: len(encoders.seen) == 2, timeout=WAIT)
    # WHEN other methods and the photo's rotation are chosen, and more is dropped
    settings.methods = (PHASH, DHASH)
    settings.apply_exif_orientation = True
    session.add_paths(files(tmp_path, 2, start=4))
    encoders.gate.set()
    wait_idle(qtbot, session)
    # THEN each run was made with what was chosen when it began
    made = [(encoder.options.methods, encoder.options.apply_exif_orientation) for encoder in encoders.made]
    assert made == [((PHASH,), False), ((PHASH, DHASH), True)]
    assert session.incomplete()[0] == 4


def test_encode_again_at_every_stage_keeps_the_newest_result_only(
    qtbot: QtBot, session: Session, encoders, tmp_path
) -> None:
    """One picture is in flight, one not begun, one done."""

    class Versions(FakeEncoder):
        def encode(self, numbered, stop=lambda: False):
            del stop
            for key, path in numbered:
                text = Path(path).read_text()
                self.seen.append(path)
                if path.endswith("0001.jpg") and text == "1" * 16:
                    self.gate.wait(10)
                result = make_result(path)
                yield key, type(result)(path, result.facts, {PHASH: text})

    session._settings.threads = 1
    encoders.kind = Versions
    encoders.gate = threading.Event()
    paths = files(tmp_path, 3)
    for path in paths:
        Path(path).write_text("1" * 16)
    session.add_paths(paths)
    qtbot.waitUntil(lambda: len(encoders.seen) == 2, timeout=WAIT)
    qtbot.waitUntil(lambda: session.live.rows.state(0) is State.ENCODED, timeout=WAIT)
    for path in paths:
        Path(path).write_text("2" * 16)
    session.encode_again([0, 1, 2])
    encoders.gate.set()
    wait_idle(qtbot, session)
    assert [session.live.rows.hash_text(row, PHASH) for row in range(3)] == ["2" * 16] * 3
    assert session.done == session.total


def test_very_many_are_made_to_wait_in_portions(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch
) -> None:
    # GIVEN encoded pictures, more than are touched in one turn of the event loop
    monkeypatch.setattr(live_rows, "SLICE", 3)
    monkeypatch.setattr(adder, "_STEPS_SECONDS", 0)
    rows = session.live.rows
    session.add_paths(files(tmp_path, 10))
    wait_idle(qtbot, session)
    frozen = rows.columns()  # as comparing does
    # WHEN all are encoded again, and that is stopped while the first wait THEN the others stay as they are
    reached = session.live.changed.connect(lambda _: session.stop())
    session.encode_again(range(10))
    assert not rows.pending.any()  # it takes no more than a moment at a time
    wait_idle(qtbot, session)
    session.live.changed.disconnect(reached)
    assert (np.count_nonzero(rows.pending), len(encoders.seen)) == (3, 10)
    # WHEN they are left to it THEN each is encoded once more
    session.encode()
    wait_idle(qtbot, session)
    session.encode_again(range(10))
    wait_idle(qtbot, session)
    assert sorted(encoders.seen[13:]) == [f"{number:04}.jpg" for number in range(10)]
    assert [rows.has(row, PHASH) and frozen.has(row, PHASH) for row in range(10)] == [True] * 10


def test_very_many_rows_are_let_go_of_on_a_thread(qtbot: QtBot, session: Session, tmp_path, monkeypatch) -> None:
    # GIVEN rows
    session.add_paths(files(tmp_path, 4))
    wait_idle(qtbot, session)
    paths, let_go = session.live.rows.paths, threading.Event()

    def released(parts: list) -> None:
        assert threading.current_thread() is not threading.main_thread()
        assert any(part is paths for part in parts)
        release(parts)
        let_go.set()

    monkeypatch.setattr(session_module, "release", released)
    # WHEN the table is cleared THEN what held them ends elsewhere: a million at once would hold up the window
    session.clear()
    assert let_go.wait(5)
    assert len(session.live.rows) == 0


def test_closing_shares_one_limit_and_tells_all_before_it_waits(
    qtbot: QtBot, settings, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN an encoder and a disk that hear nothing
    gate = threading.Event()
    encoders.kind = DeafEncoder
    encoders.gate = gate
    session = Session(settings, LiveRows(METHODS), encoders)
    session.add_paths(files(tmp_path, 2))
    qtbot.waitUntil(lambda: len(encoders.seen) == 2, timeout=WAIT)
    listing = threading.Event()

    def deaf(*_, **__):
        listing.set()
        gate.wait(10)
        return Listing("", (), ())

    monkeypatch.setattr("imgenc_gui.gui.work.lister.list_files", deaf)
    session.add_paths(["/slow"])
    assert listing.wait(10)
    # WHEN the session is closed THEN it gives up after the limit, not after one for each
    began = time.monotonic()
    assert not session.close(600)
    assert time.monotonic() - began < 1.1
    gate.set()
    assert session.close(5000)


def test_a_picture_from_the_clipboard_that_cannot_be_kept_is_refused_in_words(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QImage, "save", lambda *_: False)
    session.add_image(QImage(4, 4, QImage.Format.Format_RGB32))
    wait_idle(qtbot, session)
    (added,) = session.heard.added
    assert "disk full" in sentence(added.refused[0].failure)
    assert session.heard.errors == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_in_whatever_order_all_comes_to_an_end(
    qtbot: QtBot, session: Session, settings, encoders, tmp_path, seed
) -> None:
    """Drops, stops, encodes, encodes again, chooses other methods and rotations, at random moments."""
    chance = random.Random(seed)
    encoders.seconds = 0.001
    numbers = itertools.count()
    methods = [(PHASH,), (DHASH,), (PHASH, DHASH)]

    def drop() -> None:
        session.add_paths(files(tmp_path, chance.randint(0, 40), start=10 * next(numbers)))

    def again() -> None:
        count = len(session.live.rows)
        session.encode_again(chance.sample(range(count), min(count, 7)))

    def choose() -> None:
        settings.methods = chance.choice(methods)
        settings.apply_exif_orientation = chance.random() < 0.3

    acts = [drop, drop, session.stop, session.encode, again, choose]
    for _ in range(40):
        chance.choice(acts)()
        qtbot.wait(chance.choice([0, 1, 20]))
        assert 0 <= session.done <= session.total
    wait_idle(qtbot, session)
    session.encode()
    wait_idle(qtbot, session)
    assert session.incomplete()[0] == 0
    assert session.live.rows.waiting() == 0
    assert session.heard.errors == []
    numbers, hashes = session.live.rows.hashes(settings.methods[0])
    paths = session.live.rows.paths
    expected = [int(make_result(paths[row], settings.methods).encodings[settings.methods[0]], 16) for row in numbers]
    np.testing.assert_array_equal(hashes, np.array(expected, np.uint64))


def test_what_could_not_be_listed_is_kept_until_it_can_be(qtbot: QtBot, session, tmp_path) -> None:
    heard = session.heard
    # GIVEN a picture and a folder that aren't there
    paths = [str(tmp_path / "later" / "a.jpg"), str(tmp_path / "never")]
    session.add_paths([*paths, paths[0]])
    qtbot.waitUntil(lambda: len(heard.summaries) == 1, timeout=WAIT)
    assert [refused.path for refused in session.refused] == paths
    # WHEN one comes
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.jpg").touch()
    session.add_paths([str(tmp_path / "later")])
    qtbot.waitUntil(lambda: len(heard.summaries) == 2, timeout=WAIT)
    # THEN only the other is still refused, till the table is cleared
    assert [refused.path for refused in session.refused] == paths[1:]
    session.clear()
    assert session.refused == ()


def test_what_a_network_lacked_is_not_told_after_hashes_alone(qtbot: QtBot, session, encoders, tmp_path) -> None:
    heard = session.heard
    (tmp_path / "a.jpg").touch()

    class NoNetwork(FakeEncoder):
        def encode(self, numbered, stop=lambda: False):
            for key, result in super().encode(numbered, stop):
                if CNN in self.options.methods:
                    warning = ImageWarning(WarningCode.NO_EMBEDDING, "engine", ("CNN", "torch", "gone"))
                    yield key, replace(result, warnings=(warning,))
                else:
                    yield key, result

    # GIVEN pictures for which a network can't be had, and others for which only hashes are wanted by then
    encoders.kind, encoders.gate = NoNetwork, threading.Event()
    session._settings.methods = (PHASH, CNN)
    session.add_paths([str(tmp_path / "a.jpg")])
    qtbot.waitUntil(lambda: session.activity is Activity.ENCODING, timeout=WAIT)
    session._settings.methods = (PHASH,)
    (tmp_path / "later.jpg").touch()
    session.add_paths([str(tmp_path / "later.jpg")])
    qtbot.waitUntil(lambda: len(heard.added) == 2, timeout=WAIT)
    # WHEN all of it ends
    encoders.gate.set()
    qtbot.waitUntil(lambda: len(heard.summaries) == 1, timeout=WAIT)
    # THEN nothing is told of the network that the last work didn't ask for
    assert session.outcome.network_failure is None


class Knowing(FakeEncoder):
    """Knows all pictures whose name has a 0."""

    def recall(self, numbered):
        known = [(key, replace(make_result(path), recalled=True)) for key, path in numbered if "0" in Path(path).name]
        return known, [(key, path) for key, path in numbered if "0" not in Path(path).name]


def test_the_rate_is_of_what_is_encoded_and_not_of_what_was_known(
    qtbot: QtBot, session: Session, encoders: Encoders, tmp_path: Path
) -> None:
    # GIVEN 300 pictures that are known and four that aren't
    encoders.kind = Knowing
    known = files(tmp_path, 300)  # 0000.jpg ...
    others = [tmp_path / f"{name}.jpg" for name in "abcd"]
    for path in others:
        path.touch()
    # WHEN all are done
    session.add_paths([*known, *map(str, others)])
    wait_idle(qtbot, session)
    # THEN progress counts all of them, and the rate those four
    assert (session.done, session.outcome.encoded) == (304, 4)
    assert (session.outcome.recalled, session.outcome.looked_up, session.begun) == (300, 300, 0)
    # AND both begin anew with the next work
    session.encode_again([0])
    wait_idle(qtbot, session)
    assert (session.done, session.outcome.encoded) == (1, 0)


def test_what_came_of_the_work_is_told_until_the_next_begins(
    qtbot: QtBot, session: Session, encoders: Encoders, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("1.jpg", "2.jpg", "bad.jpg", "notes.txt"):
        (photos / name).touch()
    session.add_paths([str(photos)])
    wait_idle(qtbot, session)
    (outcome,) = session.heard.summaries
    assert (outcome.encoded, outcome.recalled, outcome.unread, outcome.others) == (2, 0, 1, 1)
    assert outcome.seconds > 0
    assert not outcome.is_stopped
    assert session.outcome is outcome


class Moved(FakeEncoder):
    """Knows each picture once it has read its file."""

    def encode(self, numbered, stop=lambda: False):
        return ((key, replace(result, recalled=True)) for key, result in super().encode(numbered, stop))


def test_what_is_known_after_its_file_was_read_took_time(
    qtbot: QtBot, session: Session, encoders: Encoders, tmp_path: Path
) -> None:
    encoders.kind = Moved
    session.add_paths(files(tmp_path, 9))
    wait_idle(qtbot, session)
    outcome = session.outcome
    assert (outcome.results, outcome.recalled, outcome.looked_up, outcome.encoded) == (9, 9, 0, 0)


def test_what_was_stopped_is_known_as_long_as_something_of_it_waits(
    qtbot: QtBot, session: Session, encoders: Encoders, tmp_path: Path
) -> None:
    # GIVEN work that is stopped
    encoders.gate = threading.Event()
    session.add_paths(files(tmp_path, 60))
    qtbot.waitUntil(lambda: len(encoders.seen) > 0, timeout=WAIT)
    session.stop()
    wait_idle(qtbot, session)
    assert session.incomplete() == (60, 60)
    assert (session.is_stopped, session.is_cut_off, session.outcome.is_stopped) == (True, False, True)
    encoders.gate.set()
    # WHEN others come and are encoded THEN it is what was stopped still
    session.add_paths(files(tmp_path, 1, start=100))
    wait_idle(qtbot, session)
    assert session.incomplete() == (60, 60)
    assert (session.is_stopped, session.outcome.is_stopped) == (True, False)
    # AND no longer once it is encoded, also where another way
    session.encode_again(range(60))
    wait_idle(qtbot, session)
    assert session.incomplete() == (0, 0)
    assert not session.is_stopped


def test_two_files_of_a_disk_that_wakes_up_are_still_two_files(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_module, "PATIENCE", 0)
    pair = files(tmp_path, 2)
    session.add_paths(pair)
    wait_idle(qtbot, session)
    assert session.heard.added[-1].few == (0, 1)


def test_a_stop_on_a_disk_that_hangs_tells_of_what_had_come(
    qtbot: QtBot, session: Session, encoders, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a folder whose last part isn't answered, and what came before it
    photos, answer = slow_photos(session, tmp_path, monkeypatch)
    files(photos, 5)
    session.add_paths([str(photos)])
    qtbot.waitUntil(lambda: session.done == 5, timeout=WAIT)
    # WHEN it is stopped THEN it is known where the rows are from, so that they can be brought up to date
    session.stop()
    wait_idle(qtbot, session)
    (added,) = session.heard.added
    assert (added.new, added.folders) == (5, (str(photos),))
    assert added.origins == (Origin(str(photos), is_folder=True, recursive=True),)
    answer.set()


def test_rows_that_are_removed_and_put_back_while_they_are_encoded_are_encoded_and_counted_once(
    qtbot: QtBot, session: Session, encoders, tmp_path
) -> None:
    encoders.gate = threading.Event()
    session.add_paths(files(tmp_path, 60))
    qtbot.waitUntil(lambda: session.activity is Activity.ENCODING and len(encoders.seen) > 0, timeout=WAIT)
    for _ in range(3):
        session.put_back(session.remove(range(60)))
    assert session.total == 60
    # AND those whose turn came while they were away come later
    removed = session.remove(range(60))
    encoders.gate.set()
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE or session.done == 60, timeout=WAIT)
    session.put_back(removed)
    wait_idle(qtbot, session)
    assert session.live.rows.waiting() == 0
