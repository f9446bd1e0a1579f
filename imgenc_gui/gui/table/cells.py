"""Where the grid's cells are: found by arithmetic, so that a million of them take no longer than ten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from imgenc_gui.core.columns import Numbers

_ALL: Numbers = np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The position that each begins with, and how high the heading above it is."""

    firsts: Numbers
    heading: int


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Lines of cells from the left, in stretches that each begin on a new line, beneath a heading if there are any.

    *Position*: a cell's number. Places are in pixels from the upper left corner of all of them.
    """

    count: int
    columns: int
    width: int  # of a cell with the gap beside it
    step: int  # from line to line
    margin: int  # around all
    heading: int  # its height; 0: there are none
    firsts: Numbers  # the position that each stretch begins with
    tops: Numbers  # where it begins, with its heading
    height: int  # of all

    @classmethod
    def of(cls, count: int, room: int, cell: tuple[int, int], margin: int, groups: Groups | None = None) -> Cells:
        """So many cells where ``room`` is how wide they may be together; each is at least as large as ``cell``."""
        width, step = cell
        firsts, heading = (_ALL, 0) if groups is None else (groups.firsts, groups.heading)
        inner = max(room - 2 * margin, width)
        columns = inner // width
        lengths = np.diff(firsts, append=count)
        heights = heading + -(-lengths // columns) * step
        ends = margin + np.cumsum(heights)
        bottom = int(ends[-1]) + margin if count else 0
        width = min(inner // columns, width * 3 // 2)  # a single column isn't drawn out
        return cls(count, columns, width, step, margin, heading, firsts, ends - heights, bottom)

    def _stretch_of(self, position: int) -> int:
        return int(np.searchsorted(self.firsts, position, "right")) - 1

    def _stretch_at(self, y: int) -> int:
        """The one that is there; above all, the first."""
        return max(int(np.searchsorted(self.tops, y, "right")) - 1, 0)

    def _end(self, stretch: int) -> int:
        """The position behind a stretch's last."""
        return int(self.firsts[stretch + 1]) if stretch + 1 < self.firsts.size else self.count

    def _line_at(self, stretch: int, y: int) -> int:
        """Which of a stretch's lines is there; -1 for its heading."""
        return (y - int(self.tops[stretch]) - self.heading) // self.step

    def place(self, position: int) -> tuple[int, int]:
        """A cell's left upper corner."""
        stretch = self._stretch_of(position)
        line, column = divmod(position - int(self.firsts[stretch]), self.columns)
        return self.margin + column * self.width, int(self.tops[stretch]) + self.heading + line * self.step

    def top_of(self, position: int) -> int:
        """Where what belongs to a cell begins: the heading, if it is in the line below it."""
        stretch = self._stretch_of(position)
        is_first = position - int(self.firsts[stretch]) < self.columns
        return int(self.tops[stretch]) if is_first else self.place(position)[1]

    def at(self, x: int, y: int) -> int:
        """The cell there, with the gaps to its right and below; -1 where there is none."""
        stretch = self._stretch_at(y)
        line, column = self._line_at(stretch, y), (x - self.margin) // self.width
        if not self.count or line < 0 or not 0 <= column < self.columns:
            return -1
        position = int(self.firsts[stretch]) + line * self.columns + column
        return position if position < self._end(stretch) else -1

    def nearest(self, x: int, y: int) -> int:
        """The cell that is nearest in its line: that at a height, or else the first or the last; -1: there is none."""
        if not self.count:
            return -1
        stretch = self._stretch_at(y)
        line = max(self._line_at(stretch, y), 0)
        column = min(max((x - self.margin) // self.width, 0), self.columns - 1)
        return min(int(self.firsts[stretch]) + line * self.columns + column, self._end(stretch) - 1)

    def above(self, position: int) -> int:
        """The cell above one; itself in the first line."""
        stretch = self._stretch_of(position)
        column = (position - int(self.firsts[stretch])) % self.columns
        if position - self.columns >= int(self.firsts[stretch]):
            return position - self.columns
        if not stretch:
            return position
        first, last = int(self.firsts[stretch - 1]), self._end(stretch - 1) - 1
        return min(last - (last - first) % self.columns + column, last)

    def below(self, position: int) -> int:
        """The cell below one, the last of a line that is shorter; itself in the last line."""
        stretch = self._stretch_of(position)
        first, last = int(self.firsts[stretch]), self._end(stretch) - 1
        column = (position - first) % self.columns
        if position - column + self.columns <= last:
            return min(position + self.columns, last)
        return position if last + 1 == self.count else min(last + 1 + column, self._end(stretch + 1) - 1)

    def span(self, top: int, bottom: int) -> range:
        """The positions of all lines that reach between two heights."""
        if not self.count or bottom < top:
            return range(0)
        stretch = self._stretch_at(top)
        first = int(self.firsts[stretch]) + max(self._line_at(stretch, top), 0) * self.columns
        first = min(first, self._end(stretch))
        stretch = self._stretch_at(bottom)
        end = int(self.firsts[stretch]) + (self._line_at(stretch, bottom) + 1) * self.columns
        return range(first, max(first, min(end, self._end(stretch))))

    def headings(self, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """For each heading between two heights: where it is, and the first position below it."""
        if self.heading and self.count:
            for stretch in range(self._stretch_at(top), self._stretch_at(bottom) + 1):
                yield int(self.tops[stretch]), int(self.firsts[stretch])

    def within(self, left: int, top: int, right: int, bottom: int) -> Iterator[tuple[int, int]]:
        """What a frame touches: first and last position in each of its lines."""
        first_column = max((left - self.margin) // self.width, 0)
        last_column = min((right - self.margin) // self.width, self.columns - 1)
        if not self.count or first_column > last_column:
            return
        for stretch in range(self._stretch_at(top), self._stretch_at(bottom) + 1):
            first, last = int(self.firsts[stretch]), self._end(stretch) - 1
            lines = range(
                max(self._line_at(stretch, top), 0),
                min(self._line_at(stretch, bottom), (last - first) // self.columns) + 1,
            )
            for line in lines:
                start = first + line * self.columns
                if start + first_column <= last:
                    yield start + first_column, min(start + last_column, last)
