"""How engines say that there is too little memory, which they know no exception for."""

from __future__ import annotations

# In English everywhere: onnxruntime's, C++'s and torch's, on the processor and on graphics cards.
_WORDS = (
    *("bad_alloc", "bad allocation", "Failed to allocate memory", "not enough memory"),
    *("can't allocate memory", "out of memory"),
)


def tell_memory(error: Exception) -> None:
    """Raise MemoryError where that is what an engine means."""
    if any(words in str(error) for words in _WORDS):
        raise MemoryError(str(error)) from error
