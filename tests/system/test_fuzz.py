"""Mutated files of every format: no crash, no hang, nothing printed or left, and imagededup's hashes or none.

`python -m tests.fuzzing 30000` does the same with more of them.
"""

from __future__ import annotations

import pytest

from tests.fuzzing.__main__ import fuzz

FILES = 2000  # some hundred of each format


@pytest.mark.timeout(1500)
def test_mutated_files() -> None:
    assert [str(problem) for problem in fuzz(range(FILES))] == []
