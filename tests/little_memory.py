"""What the tests of too little memory share: for a process of their own, in Linux."""

from __future__ import annotations

import resource
from pathlib import Path


def limit(more: int | None) -> None:
    """Let this process have so many bytes more than it has; None: as many as there are."""
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more if more else resource.RLIM_INFINITY, resource.RLIM_INFINITY))
