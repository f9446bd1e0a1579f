"""Whether there is a screen to open a window on: where there is none Qt ends the process, with a page of its words."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping

_CURSOR = "libxcb-cursor.so.0"  # the one library that Qt needs and many systems don't bring


def why_no_window(environment: Mapping[str, str]) -> str:
    """Return what hinders a window, and what to do about it, in one sentence; empty where nothing is known to."""
    platform = environment.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or platform not in ("", "xcb") or environment.get("WAYLAND_DISPLAY"):
        return ""
    if not environment.get("DISPLAY"):
        return "No window can be opened: there is no screen here. The command imgenc needs none."
    try:
        ctypes.CDLL(_CURSOR)
    except OSError:
        return (
            "No window can be opened: the system's library libxcb-cursor0 is missing. Install it: "
            "sudo apt install libxcb-cursor0 (Debian, Ubuntu), sudo dnf install xcb-util-cursor (Fedora)."
        )
    return ""
