"""The command really killed: nothing is damaged, nothing lies about, and at most the last second of work is lost.

`python -m tests.benchmarks.library_kills 100` does the same as often as you like.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.benchmarks.library_kills import kill, make, undisturbed, went_on

KILLS = 3


def test_a_killed_command_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, work = make(tmp_path / "photos", 300), tmp_path / "work"
    work.mkdir()
    expected = undisturbed(folder, work)
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    for _ in range(KILLS):
        killed = kill(folder, work, chance)
        assert killed.is_kept, f"seed {seed}: {killed}"
        assert went_on(folder, work, expected) == [], f"seed {seed}: {killed}"
