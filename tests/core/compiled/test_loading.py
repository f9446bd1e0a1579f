"""Whatever has become of what was kept, the kernels answer rightly or there are none; nothing of it comes out."""

from __future__ import annotations

import logging
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from imgenc_gui.core.compiled import keeping, loading
from imgenc_gui.core.compiled.loading import WrongAnswerError, load
from imgenc_gui.core.stopping import StoppedError
from imgenc_gui.core.unkept import Unkept
from tests.core.compiled import made_up

ROOT = Path(__file__).parents[3]
NAME = made_up.__name__


def answers_rightly(kernels):
    out = np.empty(5, np.int64)
    kernels.doubled(np.arange(5), out)
    return out.tolist() == [0, 2, 4, 6, 8] and kernels.total(out) == 20


@pytest.fixture
def kept(cache):
    """The files of an earlier start, by name."""
    load(NAME)
    return {path.name: path for path in cache.rglob("*") if path.is_file()}


def loaded_silently(caplog):
    caplog.clear()
    return answers_rightly(load(NAME)) and caplog.text == ""


def test_the_second_start_compiles_nothing(kept, monkeypatch, caplog):
    assert set(kept) == {"doubled", "total"}
    monkeypatch.setattr(keeping.Kept, "write", None)

    assert loaded_silently(caplog)


def test_it_stops_between_two_functions_and_the_next_start_goes_on_from_there(cache, caplog):
    with pytest.raises(StoppedError):
        load(NAME, iter([False, True]).__next__)
    assert [path.name for path in cache.rglob("*") if path.is_file()] == ["doubled"]
    assert loaded_silently(caplog)


def test_wherever_a_bit_flips_the_answers_stay_and_the_cache_heals(kept, caplog):
    chance = random.Random(7)
    for turn in range(40):
        path = kept["doubled" if turn % 2 else "total"]
        whole = bytearray(path.read_bytes())
        whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(whole)
        caplog.clear()

        assert answers_rightly(load(NAME))
        assert "damaged" in caplog.text
    assert loaded_silently(caplog)


def cut_short(kept):
    kept["total"].write_bytes(kept["total"].read_bytes()[:5000])


def emptied(kept):
    kept["total"].write_bytes(b"")


def missing(kept):
    kept["total"].unlink()


def swapped(kept):
    one, other = (kept[name].read_bytes() for name in ("total", "doubled"))
    kept["total"].write_bytes(other)
    kept["doubled"].write_bytes(one)


def all_gone(kept):
    shutil.rmtree(kept["total"].parent)


@pytest.mark.parametrize("damage", [cut_short, emptied, missing, swapped, all_gone])
def test_whatever_has_become_of_its_files(kept, damage, caplog):
    damage(kept)

    assert answers_rightly(load(NAME))
    assert loaded_silently(caplog)


class Bomb:
    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return Path.touch, (self._path,)


@pytest.mark.parametrize("before", [b"", bytes(32)])
def test_nothing_is_unpickled_that_was_not_written_here(kept, tmp_path, before):
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    for path in kept.values():
        path.write_bytes(before + bomb)
        path.with_name(f"{path.name}-1.py311.nbi").write_bytes(bomb)  # as numba's own index is called
    pickle.loads(bomb)  # noqa: S301 - it does explode
    (tmp_path / "exploded").unlink()

    assert answers_rightly(load(NAME))
    assert not (tmp_path / "exploded").exists()


def test_what_numba_can_not_load_is_compiled(kept, caplog):
    folder = keeping.Kept(kept["total"].parents[1], "compiled.made_up", loading._key(made_up))
    folder.write("total", pickle.dumps(("not", "numba's")))
    folder.settle()

    assert answers_rightly(load(NAME))
    assert "can't be loaded" in caplog.text
    assert loaded_silently(caplog)


def wrong(values):
    return values.size


def test_a_kept_kernel_that_answers_wrongly_is_found_out_and_made_anew(kept, caplog, monkeypatch):
    with monkeypatch.context() as patch:
        wrong.kernel_signature = made_up.total.kernel_signature
        wrong.__name__ = "total"
        patch.setattr(made_up, "total", wrong)
        patch.setitem(made_up.KNOWN_ANSWERS, "total", loading.digest([np.array([21])]))
        kept["total"].unlink()
        assert load(NAME).total(np.arange(3)) == 3

    caplog.clear()
    assert answers_rightly(load(NAME))
    assert "total fails its test" in caplog.text
    assert loaded_silently(caplog)


def test_a_kept_kernel_whose_answers_upset_the_test_itself_is_made_anew(kept, caplog, monkeypatch):
    answers, turns = made_up.answers, []

    def upset(kernels):
        turns.append(1)
        if len(turns) == 1:
            raise IndexError("garbage")
        return answers(kernels)

    monkeypatch.setattr(made_up, "answers", upset)

    assert answers_rightly(load(NAME))
    assert "garbage" in caplog.text
    assert len(turns) == 2


LARGE = np.arange(200_000)


def test_code_that_holds_addresses_of_this_process_is_not_kept(cache, caplog, monkeypatch):
    def total(values):
        return values.sum() + LARGE[0]

    total.kernel_signature = made_up.total.kernel_signature
    monkeypatch.setattr(made_up, "total", total)

    assert answers_rightly(load(NAME))
    assert "total can't be kept" in caplog.text
    assert [path.name for path in cache.rglob("*") if path.is_file()] == ["doubled"]


def test_a_frozen_build_carries_every_module_of_kernels():
    spec = (ROOT / "build_installer.spec").read_text("utf-8")
    package = ROOT / "imgenc_gui"
    declaring = [
        path for path in package.rglob("*.py") if "core.compiled.declaring import compiled" in path.read_text()
    ]

    assert package / "core" / "hashing" / "kernel.py" in declaring
    for path in declaring:
        assert f'"{".".join(path.relative_to(ROOT).with_suffix("").parts)}"' in spec


def test_a_new_kernel_that_answers_wrongly_serves_nobody_and_is_not_kept(cache, monkeypatch):
    monkeypatch.setitem(made_up.KNOWN_ANSWERS, "total", "0" * 16)

    with pytest.raises(WrongAnswerError, match="total fails its test"):
        load(NAME)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_a_kernel_without_a_test_serves_nobody(cache, monkeypatch):
    monkeypatch.setattr(made_up, "answers", lambda _: iter([("total", [np.array([420])])]))

    with pytest.raises(WrongAnswerError, match="Not each"):
        load(NAME)


def test_what_does_not_compile_serves_nobody_and_leaves_no_mark(cache, monkeypatch):
    def broken(values):
        return values.nonsense

    broken.kernel_signature = made_up.total.kernel_signature
    monkeypatch.setattr(made_up, "total", broken)

    with pytest.raises(numba.core.errors.TypingError):
        load(NAME)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def file_in_the_way(cache):
    cache.parent.mkdir()
    cache.touch()


def a_link_to_elsewhere(cache):
    load(NAME)
    cache.rename(cache.with_name("elsewhere"))
    cache.symlink_to(cache.with_name("elsewhere"))


@pytest.mark.parametrize("obstacle", [file_in_the_way, a_link_to_elsewhere])
def test_where_nothing_can_be_kept_it_is_compiled_each_time_and_the_log_says_why(cache, obstacle, monkeypatch, caplog):
    obstacle(cache)
    monkeypatch.setattr(loading, "UNKEPT", Unkept())
    monkeypatch.setattr(keeping.Kept, "read", None)

    assert answers_rightly(load(NAME))
    assert "Nothing can be kept in" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_cache_that_can_not_be_written_to(monkeypatch, caplog):
    monkeypatch.setattr(loading, "UNKEPT", Unkept())
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/proc/self")

    assert answers_rightly(load(NAME))
    assert "Nothing can be kept in" in caplog.text


@pytest.mark.parametrize("what", ["numba", "processor", "source"])
def test_another_compiler_processor_or_source_has_a_folder_of_its_own(kept, cache, what, monkeypatch, caplog, tmp_path):
    if what == "numba":
        monkeypatch.setattr(numba, "__version__", "99")
    elif what == "source":
        (tmp_path / "changed.py").write_text("")
        monkeypatch.setattr(made_up, "__file__", str(tmp_path / "changed.py"))
    else:
        context = loading.cpu_target.target_context
        monkeypatch.setattr(type(context.codegen()), "magic_tuple", lambda _: ("x", "another", "+none"))

    load(NAME)

    assert len(list(cache.iterdir())) == 2


def test_in_a_frozen_build_the_executable_is_the_source(cache, monkeypatch, tmp_path, caplog):
    (tmp_path / "program").write_bytes(b"an executable")
    monkeypatch.setattr(made_up, "__file__", str(tmp_path / "_internal" / "made_up.pyc"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "program"))
    load(NAME)

    assert loaded_silently(caplog)
    (tmp_path / "program").write_bytes(b"a newer one")
    load(NAME)
    assert len(list(cache.iterdir())) == 2


START = """
import logging, os, signal, sys
from imgenc_gui.core.compiled import loading
from imgenc_gui.core.compiled.module import CompiledModule
from imgenc_gui.core.unkept import Unkept
from tests.core.compiled import made_up
logging.basicConfig(format="%(message)s")
if sys.argv[1:] == ["killed"]:
    made_up.answers = lambda kernels: os.kill(os.getpid(), signal.SIGTERM)
kernels = CompiledModule("tests.core.compiled.made_up", "The plainer way").wait(100)
print(kernels is not None and kernels.total(made_up.np.arange(4)))
"""


def start(tmp_path, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", START, *arguments],
        cwd=ROOT,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process):
    out, errors = process.communicate(timeout=120)
    return process.returncode, out.strip(), errors.strip()


@pytest.mark.slow
def test_processes_that_start_at_once_for_the_first_time(tmp_path):
    first = [start(tmp_path) for _ in range(3)]

    assert [outcome(process) for process in first] == [(0, "6", "")] * 3
    assert outcome(start(tmp_path)) == (0, "6", "")
    (folder,) = (tmp_path / "imgenc" / "kernel").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["doubled", "total"]


@pytest.mark.slow
def test_what_killed_the_last_start_is_made_anew_and_after_the_third_time_the_plainer_way_serves(tmp_path):
    def killed():
        return outcome(start(tmp_path, "killed"))[0] in {-signal.SIGTERM, signal.SIGTERM}

    assert killed()
    for _ in range(2):
        assert outcome(start(tmp_path)) == (0, "6", "")  # nothing on stderr: it has healed itself
    assert killed()
    assert killed()
    assert killed()
    status, out, errors = outcome(start(tmp_path))
    assert (status, out) == (0, "False")
    assert "The plainer way" in errors


def test_the_log_says_nothing_of_a_good_start(cache, caplog):
    caplog.set_level(logging.INFO)
    load(NAME)
    assert caplog.text == ""
