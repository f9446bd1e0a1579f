"""Kernels get ready beside the work, once; the exit waits for them, but not long."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from imgenc_gui.core.compiled.module import CompiledModule

ROOT = Path(__file__).parents[3]


def test_many_threads_load_it_once(monkeypatch):
    loads = []

    def load():
        loads.append(1)
        time.sleep(0.1)
        return sys

    module = CompiledModule("sys", otherwise="")
    monkeypatch.setattr(module, "_load", load)
    threads = [threading.Thread(target=module.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert module.wait(30) is sys
    assert loads == [1]


FORK = """
import os, signal, sys
from imgenc_gui.core.compiled.module import CompiledModule
kernels = CompiledModule("kernels", otherwise="")

def load():
    import slow
    return sys

kernels._load = load
assert kernels.get() is None
child = os.fork()
if not child:
    signal.alarm(30)
    import slow
    os._exit(0 if kernels.get() is sys else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_process_forked_while_it_is_being_loaded_has_it_and_waits_for_no_import(tmp_path):
    (tmp_path / "slow.py").write_text("import time; time.sleep(0.5)")
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]" + FORK
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert run.stdout == "0\n", run.stderr


NOT_WAITED_FOR = """
import os, signal, sys, time
from imgenc_gui.core.compiled import module
module._FORK_SECONDS = 0.2
modules = [module.CompiledModule(name, otherwise="") for name in ("first", "second")]

def load():
    import slow
    return sys

for one in modules:
    one._load = load
    assert one.get() is None
began = time.monotonic()
child = os.fork()
if not child:
    signal.alarm(30)
    waited = time.monotonic() - began
    import slow  # what another thread was importing at the time can be imported here
    served = [one.get() or one.wait() for one in modules]
    os._exit(0 if served == [None, None] and waited < slow.SECONDS else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(status, [one.wait() is sys for one in modules])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_waits_for_no_loading_that_takes_long_and_the_child_does_without(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import sys, time\nSECONDS = 5\nif not hasattr(sys, 'begun'):\n    sys.begun = True\n    time.sleep(SECONDS)"
    )
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]" + NOT_WAITED_FOR
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert run.stdout == "0 [True, True]\n", run.stderr


EXIT = """
import sys, threading, time
from imgenc_gui.core.compiled import module
module._EXIT_SECONDS = float(sys.argv[1])
module._ONE_SECONDS = 0.1
kernels = module.CompiledModule("kernels", otherwise="")
kernels._load = lambda: (time.sleep(float(sys.argv[2])), print("loaded"), module)[-1]
assert kernels.get() is None
if sys.argv[3] == "abandon":
    kernels.abandon()
print("answer")
"""


@pytest.mark.parametrize(
    ("bound", "takes", "leaving", "printed"),
    [
        (60, 0.5, "", ["answer", "loaded"]),
        (0.2, 100, "", ["answer"]),
        (60, 100, "abandon", ["answer"]),
    ],
)
def test_the_exit_waits_for_it_but_not_long_and_not_when_told_not_to(bound, takes, leaving, printed):
    started = time.monotonic()

    run = subprocess.run(
        [sys.executable, "-c", EXIT, str(bound), str(takes), leaving],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT,
    )

    assert run.stdout.split() == printed
    assert time.monotonic() - started < 50
