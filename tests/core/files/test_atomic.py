"""What happens to users' old files when an export fails, and to permissions and links when it doesn't."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgenc_gui.core.files import atomic
from imgenc_gui.core.files.atomic import ExportError
from imgenc_gui.core.files.export import target_files
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.files.registry import CSV, ENCODINGS, FORMATS
from imgenc_gui.core.records.results import ImageResult
from tests.core.files.exports import ALL, encoded, format_id, names_in, rows_of, some, write


@pytest.fixture
def old(tmp_path: Path) -> Callable[[], None]:
    """Old exports of every format, and a function that asserts that they are as they were, and nothing else there."""
    folder = tmp_path / "exports"
    folder.mkdir()
    targets = {path for kind in FORMATS for path in target_files(folder / f"h{kind.suffix}", kind, ALL.methods)}
    for target in targets:
        target.write_text(f"old {target.name}")

    def unchanged() -> None:
        assert {path: path.read_text() for path in folder.iterdir()} == {path: f"old {path.name}" for path in targets}

    return unchanged


class CancelledError(Exception):
    pass


def test_trying_whether_files_can_be_written_changes_nothing(tmp_path: Path, old: Callable[[], None]) -> None:
    for name in ("h.csv", "new.csv"):
        atomic.try_to_write(tmp_path / "exports" / name)
    old()
    with pytest.raises(ExportError, match="is a folder"):
        atomic.try_to_write(tmp_path / "exports")


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
@pytest.mark.parametrize(
    "error", [CancelledError(), KeyboardInterrupt(), OSError(errno.EIO, "a picture's disk is gone")]
)
def test_an_interruption_changes_nothing(
    tmp_path: Path, old: Callable[[], None], file_format: ExportFormat, error: BaseException
) -> None:
    def named() -> Iterator[tuple[str, ImageResult]]:
        yield from some()
        raise error

    with pytest.raises(type(error)) as caught:
        write(tmp_path / "exports", file_format, named())
    assert caught.value is error
    old()


class FullDisk:
    """A stream whose disk has no room left after some bytes."""

    def __init__(self, stream: object, room: int) -> None:
        self._stream, self._room = stream, room

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._stream.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@pytest.mark.parametrize("room", [0, 1000, 15_000])
@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_a_full_disk_changes_nothing(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch, file_format: ExportFormat, room: int
) -> None:
    create = atomic.Part.__init__

    def on_a_full_disk(part: atomic.Part, stream: object, *others: object) -> None:
        create(part, FullDisk(stream, room), *others)

    monkeypatch.setattr(atomic.Part, "__init__", on_a_full_disk)
    named = [(f"{i:02}.jpg", encoded("a", i)) for i in range(20)]
    with pytest.raises(ExportError, match="The disk is full"):
        write(tmp_path / "exports", file_format, named)
    old()


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_a_real_limit_on_file_sizes_changes_nothing(
    tmp_path: Path, old: Callable[[], None], file_format: ExportFormat
) -> None:
    """The system itself refuses to write on, in a process of its own: also what is still buffered fails on closing."""
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        import numpy as np
        from imgenc_gui.core.files.export import ExportError, ExportRequest, export
        from imgenc_gui.core.files.registry import format_with_id
        from imgenc_gui.core.records.methods import Options
        from imgenc_gui.core.records.results import ImageResult
        from imgenc_gui.core.registry import METHODS
        vector = np.linspace(0, 6, 1024, dtype=np.float32)
        named = ((f"{i:04}.jpg", ImageResult("x", None, {METHODS["phash"]: "0" * 16, METHODS["cnn"]: vector}))
                 for i in range(300))
        kind = format_with_id(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
        options = Options(tuple(METHODS))
        try:
            export(ExportRequest(named, Path(sys.argv[1]) / f"h{kind.suffix}", kind, options, ""))
        except ExportError as error:
            sys.exit(f"told: {error}")
    """)
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "exports"), file_format.id],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stderr.startswith("told: "), run.stderr
    assert "would be larger than this disk allows" in run.stderr
    old()


@pytest.mark.parametrize("failing", range(5))
@pytest.mark.parametrize("linking", [True, False])
def test_files_are_replaced_together_or_not_at_all(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch, failing: int, linking: bool
) -> None:
    """The disk refuses to replace one of five files; with hard links and, as on a memory card, without."""
    replace, done = Path.replace, []

    def refusing(path: Path, target: Path) -> Path:
        if path.suffix == ".tmp" and target.suffix == ".json":
            done.append(target)
            if len(done) == failing + 1:
                raise OSError(errno.EIO, "Input/output error")
        return replace(path, target)

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refusing)
    if not linking:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    with pytest.raises(ExportError, match="Input/output error"):
        write(tmp_path / "exports", ENCODINGS)
    assert len(done) > failing
    old()


def test_files_that_werent_there_are_taken_back_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def refusing(path: Path, target: Path) -> Path:
        if target.name == "h.cnn.json":
            raise PermissionError(errno.EACCES, "Permission denied")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refusing)
    with pytest.raises(ExportError):
        write(tmp_path, ENCODINGS)
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission"),
        (errno.EROFS, "only be read"),
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_answers_is_said_plainly(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """The tests may run as root, whom no permission stops: the system's answer is put in its mouth."""

    def answering(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", answering)
    with pytest.raises(ExportError, match=words) as caught:
        write(tmp_path / "exports", CSV)
    monkeypatch.undo()
    assert "Errno" not in str(caught.value)
    old()


def test_a_file_open_in_another_program_on_windows(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_use(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(Path, "replace", in_use)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ExportError, match=r"h\.csv is open in another program"):
        write(tmp_path / "exports", CSV)
    monkeypatch.undo()
    old()


def test_a_folder_that_is_gone_or_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"The folder .* doesn't exist"):
        write(tmp_path / "gone", CSV)
    with pytest.raises(ExportError, match="is not a folder"):
        write(tmp_path / "file", CSV)
    with pytest.raises(ExportError, match="is too long"):
        write(tmp_path, CSV, name="x" * 300)
    assert names_in(tmp_path) == {"file"}


def test_targets_that_are_no_files_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match="pipe"):
        write(tmp_path, CSV, name="pipe")
    with pytest.raises(ExportError, match="is a folder"):
        write(tmp_path, CSV, name="folder")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert names_in(tmp_path) == {"folder", "pipe"}


def test_a_protected_file_is_left_alone(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write to every file
    with pytest.raises(ExportError, match="protected"):
        write(tmp_path / "exports", CSV)
    old()


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("file_format", FORMATS, ids=format_id)
def test_permissions(tmp_path: Path, file_format: ExportFormat) -> None:
    """New files get what the umask leaves; a file that was there keeps its own."""
    with umask(0o027):
        files = write(tmp_path, file_format)
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}
        for path in files:
            path.chmod(0o606)
        write(tmp_path, file_format)
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o606}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere/h.csv")
    write(tmp_path, CSV, name="link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert rows_of(tmp_path / "elsewhere/h.csv")[0]["path"] == "a.jpg"
    assert names_in(tmp_path / "elsewhere") == {"h.csv"}


def test_success_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for file_format in FORMATS:
        write(tmp_path, file_format)
        write(tmp_path, file_format)
    expected = {path.name for kind in FORMATS for path in target_files(Path(f"h{kind.suffix}"), kind, ALL.methods)}
    assert names_in(tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("h.csv", b"\x89PNG\r\n\x1a\n and more"),
        ("h.jpg", b"damaged"),
        ("h.json", b"<svg xmlns='http'/>"),
        ("h.nef", b"raw"),
    ],
)
def test_a_picture_is_left_alone(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExportError, match="is a picture, and imgenc never changes pictures"):
        write(tmp_path, CSV, name=name)
    assert (tmp_path / name).read_bytes() == content
    assert names_in(tmp_path) == {name}


def test_nobody_else_gets_hold_of_what_will_replace_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens it before it has its permissions keeps it open."""
    (tmp_path / "h.csv").touch(mode=0o600)
    modes = []
    opening = os.open

    def noted(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = opening(path, flags, mode)
        if flags & os.O_CREAT:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", noted)
    with umask(0):
        write(tmp_path, CSV)
    assert modes == [0o600]
