"""Where the system sends no signal for it, a thread of the guarded child sees its parent's end."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CHILD = """
import socket, sys, threading, time
from imgenc_gui.core.formats.lifeline import end_when_closed
channel = socket.socket(fileno=int(sys.argv[1]))
threading.Thread(target=end_when_closed, args=(channel,), daemon=True).start()
channel.sendall(b"ready")
time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the system ends it there")
def test_a_child_that_is_in_a_call_ends_with_the_channel_and_not_for_a_request():
    ours, theirs = socket.socketpair()
    with theirs:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(theirs.fileno())], pass_fds=(theirs.fileno(),), cwd=ROOT
        )
    with child:
        ours.settimeout(60)
        assert ours.recv(5) == b"ready"
        ours.sendall(b"a request that nobody takes")
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.3)
        ours.close()
        assert child.wait(60) == 0
