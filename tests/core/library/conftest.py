"""What the library's tests share beside keepsakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgenc_gui.core.library.library import Library


@pytest.fixture
def open_library(tmp_path: Path) -> Iterator[Callable[[], Library]]:
    opened: list[Library] = []

    def make() -> Library:
        """What another run would find."""
        for library in opened:
            assert library.close()
        opened.append(Library(tmp_path / "library"))
        return opened[-1]

    yield make
    opened[-1].close()
