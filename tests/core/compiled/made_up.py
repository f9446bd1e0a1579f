"""A module of two small kernels, quickly compiled."""

import numpy as np
from numba import int64, types

from imgenc_gui.core.compiled.declaring import compiled, inlined

KNOWN_ANSWERS = {"doubled": "b433755ab10fefac", "total": "ea9a96b3939e5a9f"}


@inlined
def _twice(x):
    return x * 2


@compiled(types.void(int64[::1], int64[::1]))
def doubled(values, out):
    for i in range(values.size):
        out[i] = _twice(values[i])


@compiled(int64(int64[::1]))
def total(values):
    result = 0
    for i in range(values.size):
        result += values[i]
    return result


def answers(kernels):
    out = np.empty(21, np.int64)
    kernels.doubled(np.arange(21), out)
    yield "doubled", [out]
    yield "total", [np.array([kernels.total(out)])]
