"""How many pictures per second, and how much time is left."""

from __future__ import annotations

from collections import deque

_WINDOW_SECONDS = 10.0  # the rate is that of the last ten seconds
_MIN_SECONDS = 1.0  # before that, a rate would jump about


class RateMeter:
    """Pictures per second of the last seconds, and the time left."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def reset(self, now: float) -> None:
        """Begin anew."""
        self._points.clear()
        self._points.append((now, 0))

    def note(self, now: float, done: int) -> None:
        """Take down how many are done at a moment in seconds. The time before the first is done doesn't count."""
        if not done:
            self._points.clear()
        self._points.append((now, done))
        while len(self._points) > 2 and now - self._points[1][0] > _WINDOW_SECONDS:  # noqa: PLR2004
            self._points.popleft()

    @property
    def rate(self) -> float | None:
        """Pictures per second; None while too little is known."""
        if not self._points:
            return None
        (first, start), (last, end) = self._points[0], self._points[-1]
        return (end - start) / (last - first) if last - first >= _MIN_SECONDS and end > start else None

    def left(self, remaining: int) -> float | None:
        """Seconds that the remaining pictures will take; None while unknown."""
        rate = self.rate
        return remaining / rate if rate else None
