"""torch's own threads. Imported only when needed, because it imports torch."""

from __future__ import annotations

import os

import torch

if hasattr(os, "register_at_fork"):
    # A forked child has none of the threads that torch counts on, and would wait for them for ever.
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


def allow(threads: int | None) -> None:
    """Let torch use so many in what this thread computes from now on; None: leave its setting."""
    if threads is not None:
        torch.set_num_threads(threads)
