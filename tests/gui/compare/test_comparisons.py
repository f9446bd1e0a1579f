"""What is compared, and what that costs those who write the rows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from imgenc_gui.core.hashing.hashes import PHASH
from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.compare.comparisons import Comparisons
from imgenc_gui.gui.compare.copies_bar import MethodsButton
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.work.jobs import Jobs
from imgenc_gui.gui.work.live_rows import LiveRows
from tests.gui.conftest import make_result


def test_to_ask_what_is_compared_by_freezes_no_rows(jobs: Jobs, tmp_path: Path) -> None:
    """A bar asks while results come: the columns of a million rows would be copied for the next ones."""
    live = LiveRows(METHODS)
    settings = Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    comparisons = Comparisons(settings, live, jobs)
    live.append(["/a.jpg", "/b.jpg"])
    assert comparisons.methods == ()
    live.apply([(row, make_result(live.rows.paths[row])) for row in range(2)])
    MethodsButton(settings, comparisons).refresh()
    assert comparisons.methods == comparisons.there == (PHASH,)
    assert not live.rows.own_next()
