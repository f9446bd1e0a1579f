"""How pictures come in: what a drop holds, what is taken of it, and what is said of the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from PySide6.QtCore import QMimeData, QSettings, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from imgenc_gui.core.listing import Excluded, Refused
from imgenc_gui.core.records.results import FailureCode, ImageFailure
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.desktop.addresses import address_of, path_at
from imgenc_gui.gui.settings.store import Recent, Settings
from imgenc_gui.gui.window.intake import Intake, absolute, added_words, is_welcome, parse
from imgenc_gui.gui.window.message_bar import DetailsDialog, MessageBar
from imgenc_gui.gui.work.adder import Added
from imgenc_gui.gui.work.live_rows import LiveRows
from imgenc_gui.gui.work.session import Activity, Session
from tests.gui.conftest import FakeEncoder

WEB = "https://example.org/a.jpg"


def mime(*paths: Path, web: tuple[str, ...] = (), image: QImage | None = None) -> QMimeData:
    data = QMimeData()
    urls = [QUrl.fromLocalFile(str(path)) for path in paths] + [QUrl(address) for address in web]
    if urls:
        data.setUrls(urls)
    if image is not None:
        data.setImageData(image)
    return data


@pytest.fixture
def pixels() -> QImage:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    return image


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    window = QWidget()
    qtbot.addWidget(window)
    bar = MessageBar(window)
    bar.window_ = window
    window.show()
    return bar


@pytest.fixture
def settings(store: QSettings) -> Settings:
    return Settings(store)


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    session = Session(settings, LiveRows(METHODS), FakeEncoder)
    yield session
    assert session.close()


@pytest.fixture
def intake(bar: MessageBar, settings: Settings, session: Session) -> Intake:
    intake = Intake(bar.window_, settings, session, bar)
    session.added.connect(intake.note)
    return intake


def wait_idle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.activity is Activity.IDLE, timeout=10_000)


def test_folders_that_programs_made_are_left_out_and_that_is_said_once(
    qtbot: QtBot, intake: Intake, bar: MessageBar, session: Session, tmp_path: Path
) -> None:
    # GIVEN two folders with what a network drive keeps in them
    for name in ("one", "two"):
        (tmp_path / name / "@eaDir").mkdir(parents=True)
        for file in ("a.jpg", "@eaDir/a.jpg"):
            (tmp_path / name / file).touch()
    # WHEN the first one is dropped THEN its pictures are there, and it is said what isn't
    intake.add_paths([str(tmp_path / "one")])
    wait_idle(qtbot, session)
    assert session.live.rows.paths == [str(tmp_path / "one/a.jpg")]
    assert bar.text.startswith("Left out: folders named @eaDir")
    # AND not again
    intake.add_paths([str(tmp_path / "two")])
    wait_idle(qtbot, session)
    assert len(session.live.rows) == 2
    assert bar.isHidden()


# What a drop holds


def test_files_pages_and_pixels_are_told_apart(qapp: object, photos: Path, pixels: QImage) -> None:
    dropped = parse(mime(photos, photos / "IMG_0.jpg", web=(WEB,)))
    assert dropped.paths == (str(photos), str(photos / "IMG_0.jpg"))
    assert dropped.elsewhere == (WEB,)
    assert dropped.image is None
    assert parse(mime(web=(WEB,), image=pixels)).image.size() == pixels.size()
    # a file that comes with its pixels, as some programs copy it, is the file
    assert parse(mime(photos / "IMG_0.jpg", image=pixels)).image is None
    assert parse(mime(image=QImage())).image is None


def test_only_what_may_hold_a_picture_is_welcome(qapp: object, photos: Path, pixels: QImage) -> None:
    words = QMimeData()
    words.setText("words")
    assert not is_welcome(None)
    assert not is_welcome(words)
    assert is_welcome(mime(photos))
    assert is_welcome(mime(image=pixels))


# What is taken


def test_of_files_and_web_addresses_dropped_together_the_addresses_are_told(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, photos: Path
) -> None:
    intake.take(mime(photos / "IMG_0.jpg", web=(WEB, "https://example.org/b.jpg")))
    wait_idle(qtbot, session)
    assert session.live.rows.paths == [str(photos / "IMG_0.jpg")]
    assert bar.isVisible()
    assert bar.text.startswith("Only files on this computer can be encoded.")
    bar.findChild(QPushButton).click()
    box = bar.window_.findChild(DetailsDialog)
    assert box.lines.toPlainText().split("\n") == [WEB, "https://example.org/b.jpg"]
    box.close()


def test_what_became_of_the_files_does_not_hide_that_addresses_were_left_out(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, photos: Path
) -> None:
    intake.take(mime(photos / "IMG_0.jpg"))
    wait_idle(qtbot, session)
    intake.take(mime(photos / "IMG_0.jpg", web=(WEB,)))
    wait_idle(qtbot, session)
    assert bar.text.startswith("1 file was in the list already. Only files on this computer can be encoded.")
    bar.findChild(QPushButton).click()
    box = bar.window_.findChild(DetailsDialog)
    assert box.lines.toPlainText() == WEB
    box.close()
    intake.take(mime(photos / "IMG_0.jpg"))
    wait_idle(qtbot, session)
    assert bar.text == "1 file was in the list already."


def test_web_addresses_alone_are_told(intake: Intake, session: Session, bar: MessageBar) -> None:
    intake.take(mime(web=(WEB,)))
    assert bar.text.startswith("Only files on this computer can be encoded.")
    assert session.activity is Activity.IDLE


def test_pixels_dragged_from_a_web_page_are_taken_and_nothing_is_told(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, pixels: QImage
) -> None:
    QGuiApplication.clipboard().setMimeData(mime(web=(WEB,), image=pixels))
    intake.paste()
    wait_idle(qtbot, session)
    assert [Path(path).name for path in session.live.rows.paths] == ["Pasted picture 1.png"]
    assert not bar.isVisible()
    QGuiApplication.clipboard().clear()


def test_what_was_said_before_goes_when_more_comes_in(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, photos: Path
) -> None:
    bar.tell("Something else.")
    intake.take(mime(photos))
    wait_idle(qtbot, session)
    assert not bar.isVisible()


def test_folders_are_remembered_till_they_are_gone(
    qtbot: QtBot, intake: Intake, session: Session, settings: Settings, photos: Path
) -> None:
    gone = str(photos / "gone")
    settings.recent = (Recent(gone),)
    intake.take(mime(photos))
    wait_idle(qtbot, session)
    assert settings.recent == (Recent(str(photos)), Recent(gone))
    intake.add_paths([gone])
    wait_idle(qtbot, session)
    assert settings.recent == (Recent(str(photos)),)
    assert intake._bar.text.startswith("gone could not be opened: There is no such file or folder.")


posix = pytest.mark.skipif(os.sep != "/", reason="names that are bytes")


@posix
@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_name_that_is_no_text_can_be_dropped_and_pasted(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, photos: Path, host: str
) -> None:
    # GIVEN files whose names are no text, as a file manager hands them over
    names = [b"caf\xe9.jpg", b"a%41#\xff?.jpg", b"a\nb.jpg"]
    paths = [os.path.join(photos, os.fsdecode(name)) for name in names]
    for path in paths:
        Path(path).write_bytes((photos / "IMG_0.jpg").read_bytes())
    data = QMimeData()
    data.setData("text/uri-list", "".join(f"file://{host}{quote(os.fsencode(path))}\r\n" for path in paths).encode())
    # WHEN they are dropped, and pasted
    intake.take(data)
    wait_idle(qtbot, session)
    # THEN they are encoded
    assert sorted(session.live.rows.paths) == sorted(paths)
    assert not bar.isVisible()
    QGuiApplication.clipboard().setMimeData(data)
    intake.paste()
    wait_idle(qtbot, session)
    assert bar.text == "3 files were in the list already."
    QGuiApplication.clipboard().clear()


@posix
def test_a_name_that_is_no_text_can_be_chosen(
    qtbot: QtBot, intake: Intake, session: Session, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = os.path.join(tmp_path, os.fsdecode(b"caf\xe9"))
    picture = os.path.join(folder, os.fsdecode(b"\xff.jpg"))
    os.mkdir(folder)
    open(picture, "wb").close()
    starts = []

    def answer(address: object) -> object:
        return lambda _parent, _title, start, **_rest: starts.append(start) or address

    monkeypatch.setattr(QFileDialog, "getExistingDirectoryUrl", answer(address_of(folder)))
    monkeypatch.setattr(QFileDialog, "getOpenFileUrls", answer(([address_of(picture)], "")))
    intake.open_folder()
    wait_idle(qtbot, session)
    assert session.live.rows.paths == [picture]
    intake.add_pictures()
    wait_idle(qtbot, session)
    assert intake._bar.text == "1 file was in the list already."
    assert path_at(starts[1]) == settings.recent[0].path == folder
    # AND no choice is none
    monkeypatch.setattr(QFileDialog, "getExistingDirectoryUrl", answer(QUrl()))
    intake.open_folder()
    assert session.activity is Activity.IDLE


@posix
def test_files_of_another_computer_are_told(intake: Intake, session: Session, bar: MessageBar) -> None:
    intake.take(mime(web=("file://elsewhere.example/a.jpg",)))
    assert bar.text.startswith("Only files on this computer can be encoded.")
    assert session.activity is Activity.IDLE


# What can't be kept or isn't there


@pytest.mark.parametrize("kind", [None, QImage, QPixmap], ids=["nothing", "null image", "null pixmap"])
def test_a_picture_that_is_promised_and_does_not_come_is_told(
    qapp: object, intake: Intake, session: Session, bar: MessageBar, kind: type | None
) -> None:
    content = kind and kind()

    class Promised(QMimeData):
        def hasImage(self) -> bool:  # noqa: N802
            return True

        def hasUrls(self) -> bool:  # noqa: N802
            return False

        def retrieveData(self, mime_type: str, _preferred: object) -> object:  # noqa: N802
            return content if mime_type == "application/x-qt-image" else None

    data = Promised()
    assert is_welcome(data)
    intake.take(data)
    assert bar.text == "The other program did not hand the picture over. Save it there, then drop its file."
    assert session.activity is Activity.IDLE


def test_a_pixmap_is_a_picture_too(qtbot: QtBot, intake: Intake, session: Session, pixels: QImage) -> None:
    data = QMimeData()
    data.setImageData(QPixmap.fromImage(pixels))
    intake.take(data)
    wait_idle(qtbot, session)
    assert len(session.live.rows) == 1


def test_a_pasted_picture_for_which_there_is_no_room_is_refused_in_words(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, pixels: QImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[object] = []
    session.failed.connect(errors.append)
    monkeypatch.setattr("imgenc_gui.gui.work.pasted.usual_root", lambda: Path("/proc/nowhere"))
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    before = sorted(Path.cwd().iterdir())
    intake.take(mime(image=pixels))
    wait_idle(qtbot, session)
    assert bar.text.startswith("Pasted picture 1.png could not be opened: The picture from the clipboard can't be kept")
    assert errors == []
    assert len(session.live.rows) == 0
    assert sorted(Path.cwd().iterdir()) == before
    # AND once there is room it is taken, and nothing of that is said any more
    monkeypatch.undo()
    intake.take(mime(image=pixels))
    wait_idle(qtbot, session)
    assert len(session.live.rows) == 1
    assert not bar.isVisible()


def test_a_warning_goes_when_a_picture_is_taken(
    qtbot: QtBot, intake: Intake, session: Session, bar: MessageBar, pixels: QImage
) -> None:
    intake.take(mime(web=(WEB,)))
    assert bar.isVisible()
    intake.take(mime(image=pixels))
    wait_idle(qtbot, session)
    assert not bar.isVisible()


# What is said


def refused(*names: str) -> tuple[Refused, ...]:
    return tuple(Refused(f"/photos/{name}", ImageFailure(FailureCode.NO_PERMISSION, "listing")) for name in names)


@pytest.mark.parametrize(
    ("added", "text", "details"),
    [
        (Added((), 3, 0, (), ()), "", []),
        (Added((), 0, 0, (), ()), "There are no files to encode there.", []),
        (
            Added((), 0, 0, (), (), excluded=Excluded(1, 2)),
            "There are no files to encode there. Left out, as the settings say: 1 file, 2 folders.",
            [],
        ),
        (Added((), 3, 0, (), (), excluded=Excluded(1234)), "Left out, as the settings say: 1,234 files.", []),
        (Added((), 2, 1, (), ()), "1 file was in the list already.", []),
        (Added((), 0, 1234, (), ()), "1,234 files were in the list already.", []),
        (
            Added((), 0, 1, refused("a"), ()),
            "a could not be opened: You don't have permission to open this. 1 file was in the list already.",
            [],
        ),
        (
            Added((), 5, 0, refused("a", "b"), ()),
            "2 files or folders could not be opened.",
            [f"/photos/{name}: You don't have permission to open this." for name in "ab"],
        ),
    ],
)
def test_what_became_of_a_drop_is_one_sentence(qapp: object, added: Added, text: str, details: list[str]) -> None:
    assert added_words(added) == (text, details)


def test_thousands_that_could_not_be_opened_are_told_shortly(
    intake: Intake, settings: Settings, bar: MessageBar
) -> None:
    # GIVEN recent folders, one of which is gone, like 3000 files
    settings.add_recent("/there")
    settings.add_recent("/gone/2")
    written: list[str] = []
    settings.changed.connect(written.append)
    failure = ImageFailure(FailureCode.GONE, "listing")
    # WHEN that is told
    intake.note(Added((), 0, 0, tuple(Refused(f"/gone/{number}", failure) for number in range(3000)), ()))
    # THEN the settings are written once, and the details are as many as a person may look at
    assert written == ["recent"]
    assert [one.path for one in settings.recent] == ["/there"]
    assert bar.text == "3000 files or folders could not be opened."
    assert len(bar._details) < 1100
    assert bar._details[-1] == "… and 2,000 more"


def test_desktops_may_give_addresses_instead_of_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    odd = os.fsdecode(os.fsencode(str(tmp_path)) + b"/a #%20\xff\n.jpg")
    assert absolute([Path(odd).as_uri(), odd, "b.jpg", "https://example.org/a.jpg"]) == [
        *(odd, odd, str(tmp_path / "b.jpg")),
        str(tmp_path / "https:/example.org/a.jpg"),
    ]
    (tmp_path / "file:").mkdir()
    (tmp_path / "file:" / "a.jpg").touch()
    assert absolute(["file:/a.jpg"]) == [str(tmp_path / "file:" / "a.jpg")]  # it is there
