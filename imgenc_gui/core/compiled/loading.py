"""Loads a module of kernels: what is kept of it, or compiled anew; and nothing that fails its test.

Imports numba, which takes a quarter of a second: imported by ``module.CompiledModule``'s thread alone.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import pickle
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

import llvmlite
import numba
import numpy as np
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.serialize import dumps
from numpy.typing import NDArray
from platformdirs import user_cache_path

from imgenc_gui.core.compiled.declaring import SIGNATURE
from imgenc_gui.core.compiled.keeping import Kept, UnsafeError
from imgenc_gui.core.naming import brief
from imgenc_gui.core.stopping import Stop, StoppedError, never, until
from imgenc_gui.core.unkept import UNKEPT

log = logging.getLogger(__name__)

_one_at_a_time = threading.Lock()  # the compiler's own order of imports and locks is nothing to rely on


class KernelModule(Protocol):
    """What a module of kernels has beside functions declared as ``compiled``. It imports none of another module's."""

    PARTS: tuple[ModuleType, ...]
    """Other modules, whose source the kernels are made of, too. A module that has none may say nothing."""

    KNOWN_ANSWERS: dict[str, str]
    """Of each kernel, the digest (see ``digest``) of what it must answer: constants, made once with the plainer way."""

    @staticmethod
    def answers(kernels: ModuleType) -> Iterator[tuple[str, Sequence[NDArray[Any]]]]:
        """Yield (a kernel's name, what it answers) for each, on made-up input, all in about a millisecond.

        Each is looked at before the next is asked for, so kernels may use the answers of those before them.
        """


class WrongAnswerError(Exception):
    """A kernel doesn't answer what it must."""


def load(name: str, stop: Stop = never) -> ModuleType:
    """The kernels of the module of that name, as a module. Raises whatever stands in the way, and StoppedError."""
    with _one_at_a_time:
        declaration = importlib.import_module(name)
        kept = _kept(declaration)
        if kept is None:
            return _tested(declaration, None, stop)
        try:
            kernels = _tested_or_made_anew(declaration, kept, stop)
        except StoppedError:
            kept.leave()
            raise
        except BaseException:
            kept.fail()
            raise
        kept.settle()
        return kernels


def digest(answer: Sequence[NDArray[Any]]) -> str:
    """What stands for an answer in KNOWN_ANSWERS."""
    whole = hashlib.sha256()
    for array in answer:
        whole.update(f"{array.dtype}{array.shape}".encode())
        whole.update(array.tobytes())
    return whole.hexdigest()[:16]


def _tested_or_made_anew(declaration: ModuleType, kept: Kept, stop: Stop) -> ModuleType:
    try:
        return _tested(declaration, kept, stop)
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - wrong code may end in anything
        log.warning("Compiled code is made anew: %s", brief(error))
    kept.discard()
    return _tested(declaration, kept, stop)


def _tested(declaration: ModuleType, kept: Kept | None, stop: Stop) -> ModuleType:
    kernels = ModuleType(declaration.__name__)
    declared = {name: function for name, function in vars(declaration).items() if hasattr(function, SIGNATURE)}
    for name, function in until(stop, declared.items()):
        setattr(kernels, name, _made(function, kept))
    module = cast("KernelModule", declaration)
    tested = set()
    for name, answer in module.answers(kernels):
        if digest(answer) != module.KNOWN_ANSWERS[name]:
            raise WrongAnswerError(f"{declaration.__name__}.{name} fails its test")
        tested.add(name)
    if tested != set(declared):
        raise WrongAnswerError(f"Not each kernel of {declaration.__name__} has its test: only {sorted(tested)}")
    return kernels


def _made(function: Callable[..., Any], kept: Kept | None) -> Any:
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    if kept is not None:
        dispatcher._cache = _KeptFunction(kept, function.__name__)  # noqa: SLF001 - numba's own reads what it finds
    dispatcher.compile(getattr(function, SIGNATURE))
    dispatcher.disable_compile()
    return dispatcher


class _KeptFunction(_Cache):  # type: ignore[misc]
    """What numba asks for a function before it compiles it, and hands the result to afterwards."""

    def __init__(self, kept: Kept, name: str) -> None:
        self._kept = kept
        self._name = name

    @property
    def cache_path(self) -> str:
        return str(self._kept.folder)

    def load_overload(self, sig: object, target_context: Any) -> Any:  # noqa: ARG002 - one signature per function
        target_context.refresh()
        payload = self._kept.read(self._name)
        if payload is None:
            return None
        try:
            return CompileResult._rebuild(target_context, *pickle.loads(payload))  # noqa: S301, SLF001 - ours, unchanged
        except Exception as error:  # noqa: BLE001 - whatever numba finds wrong, compiling mends
            log.warning("Compiled code can't be loaded and is made anew: %s: %s", self._name, brief(error))
            return None

    def save_overload(self, sig: object, data: Any) -> None:  # noqa: ARG002
        if data.lifted or data.library.has_dynamic_globals:
            log.warning("%s can't be kept: its code holds addresses of this process", self._name)
            return
        self._kept.write(self._name, dumps(data._reduce()))  # noqa: SLF001

    def enable(self) -> None: ...

    def disable(self) -> None: ...

    def flush(self) -> None: ...


def _kept(declaration: ModuleType) -> Kept | None:
    """The folder for this source, compiler and processor; None where there can't be one."""
    given = numba.config.CACHE_DIR
    base = Path(given, "imgenc") if given else user_cache_path("imgenc", appauthor=False)
    try:
        return Kept(base / "kernel", ".".join(declaration.__name__.split(".")[-2:]), _key(declaration))
    except (OSError, UnsafeError) as error:
        UNKEPT.note(base, error)
        return None


def _key(declaration: ModuleType) -> str:
    made_by = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    made_for = cpu_target.target_context.codegen().magic_tuple()
    sources = [_source(module) for module in (declaration, *getattr(declaration, "PARTS", ()))]
    return hashlib.sha256(repr((declaration.__name__, sources, made_by, made_for)).encode()).hexdigest()


def _source(module: ModuleType) -> str:
    path = Path(module.__file__ or "")
    if not path.is_file():  # a frozen build keeps its modules in the executable
        path = Path(sys.executable)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
