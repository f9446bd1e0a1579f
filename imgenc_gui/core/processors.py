"""How many things may be done at once."""

from __future__ import annotations

import os

MOST = 64  # the most threads that a person can choose, too


def usable_processors() -> int:
    """The processors that this process may use, which may be fewer than there are; at most MOST."""
    return min(_granted(), MOST)


def _granted() -> int:
    if hasattr(os, "process_cpu_count"):  # Python 3.13; heeds PYTHON_CPU_COUNT, too
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
