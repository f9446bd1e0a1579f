from __future__ import annotations

import pytest

from imgenc_gui.core.comparing.comparable import Comparable
from imgenc_gui.core.registry import METHODS
from imgenc_gui.core.rows import Rows
from imgenc_gui.gui.work.jobs import Jobs
from tests.gui.apart import apart


@pytest.fixture
def rows() -> Rows:
    """Rows 0 to 4, 0, 2, 8, 18 and 40 bits from the first."""
    made = Rows(METHODS)
    bits = (0, 2, 8, 18, 40)
    made.append([f"/photos/{count}.jpg" for count in bits])
    for row, count in enumerate(bits):
        made.apply(row, apart(made.paths[row], count))
    return made


@pytest.fixture
def comparable(rows) -> Comparable:
    return Comparable.freeze(rows, turned=False)


@pytest.fixture
def jobs(qtbot):
    errors: list[Exception] = []
    made = Jobs(2, errors.append)
    yield made
    made.close()
    assert errors == []
