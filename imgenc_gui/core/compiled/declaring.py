"""How a module of kernels says what to compile. Imports numba: only modules of kernels import this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

SIGNATURE = "kernel_signature"


def compiled(signature: object) -> Callable[[F], F]:
    """Declare a kernel. It is compiled for this signature by whoever loads its module, and releases the GIL."""

    def declare(function: F) -> F:
        setattr(function, SIGNATURE, signature)
        return function

    return declare


def inlined(function: Callable[..., Any]) -> Any:
    """Let the kernels of a module call this function; it becomes a part of each."""
    return numba.njit(inline="always")(function)
