"""How many pictures per second, and how much time is left, told so that neither jumps about."""

from __future__ import annotations

from dataclasses import dataclass

# What is remembered fades away by half in so many seconds, but not before so many pictures more.
_HALF_SECONDS = 10.0
_HALF_PICTURES = 12.0
_HALF_LOOKED_UP = 64.0  # of how many of the pictures were known: they are looked up some hundred at a time
_MIN_SECONDS = 1.0  # before that, a rate would jump about
_MIN_PICTURES = 10  # before that, or before so many seconds, so would the time left
_PATIENCE = 5.0
_MOST = 1.25  # by which the time left changes in a second, beside what passes
_LONGEST = 2.0  # seconds that count at once: a window may be held up
_FEW = 5.0  # seconds left: nobody is told apart what is less


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a work has come, in pictures."""

    encoded: int = 0  # that were opened, as all must be that weren't looked up
    looked_up: int = 0  # that were known, and took no time
    begun: int = 0  # that must be opened, as is known, and aren't done
    left: int = 0  # that aren't done, these among them


class RateMeter:
    """Pictures per second of the last seconds, and the time left."""

    def __init__(self) -> None:
        self.reset(0.0)

    def reset(self, now: float) -> None:
        """Begin anew."""
        self._now = now
        self._standing = Standing()
        self._has_begun = False
        self._seconds = self._pictures = 0.0  # those that are remembered
        self._asked = self._known = 0.0  # pictures that were looked up of late, and those of them that were known
        self.left: float | None = None  # seconds that the rest will take; None while unknown

    def note(self, now: float, standing: Standing) -> None:
        """Take down how things stand at a moment in seconds.

        The time before the first is done doesn't count, nor do those that are done by then: loading a network takes
        seconds, and several threads end their first pictures together.
        """
        before, self._standing = self._standing, standing
        passed, self._now = now - self._now, now
        encoded = standing.encoded - before.encoded
        if self._has_begun:
            kept = 0.5 ** min(passed / _HALF_SECONDS, encoded / _HALF_PICTURES)
            self._seconds = self._seconds * kept + passed
            self._pictures = self._pictures * kept + encoded
        self._has_begun = standing.encoded > 0
        known = standing.looked_up - before.looked_up
        asked = max(0, known + encoded + standing.begun - before.begun)
        kept = 0.5 ** (asked / _HALF_LOOKED_UP)
        self._asked = self._asked * kept + asked
        self._known = self._known * kept + known
        self._foresee(passed, more=standing.left / before.left if 0 < before.left < standing.left else 1.0)

    @property
    def rate(self) -> float | None:
        """Pictures per second; None while too little is known."""
        return self._pictures / self._seconds if self._pictures and self._seconds >= _MIN_SECONDS else None

    def _foresee(self, passed: float, more: float) -> None:
        """``more``: so many times as many pictures are left as before."""
        rate, standing = self.rate, self._standing
        if rate is None or (standing.encoded < _MIN_PICTURES and self._seconds < _PATIENCE):
            return
        share = 1 - min(self._known / self._asked, 1.0) if self._asked else 1.0  # that must be opened, of the others
        found = (standing.begun + share * max(0, standing.left - standing.begun)) / rate
        if self.left is not None:
            expected = max(self.left - passed, _FEW) * more
            most = _MOST ** min(passed, _LONGEST)
            found = min(max(found, expected / most), expected * most)
        self.left = found
