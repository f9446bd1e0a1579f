"""A picture as it is handed to the inspector's page for two."""

from __future__ import annotations

from dataclasses import dataclass

from imgenc_gui.core.records.results import Facts, ImageFailure, ImageResult
from imgenc_gui.gui.pictures.images import Look


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture.

    ``folder`` says where it is from when its path wouldn't tell. ``is_changed``: the file isn't the one any more
    that the result is of. ``gone``: a sentence on where its encodings are from, where the file isn't there.
    ``look``: which look of the file is wanted.
    """

    name: str
    path: str
    result: ImageResult | None
    folder: str = ""
    is_changed: bool = False
    gone: str = ""
    look: Look = Look()  # noqa: RUF009 - frozen, too

    @property
    def facts(self) -> Facts | None:
        """What is known of its file."""
        return self.result.facts if self.result is not None else None

    @property
    def unread(self) -> ImageFailure | None:
        """Why it can't be read; None where it can, as far as is known."""
        return self.result.failure if self.result is not None and self.result.facts is None else None

    def is_same_look(self, other: Shown) -> bool:
        """Whether the other is the same picture, whose file looks the same, so far as is known."""
        return self.path == other.path and self.look.serves(other.look)

    def signature(self) -> object:
        """Return something that is equal when the inspector would show the same."""
        result = self.result
        told: object = None
        if result is not None:
            encodings = tuple((method.id, str(encoding)) for method, encoding in result.encodings.items())
            told = (result.facts, encodings, result.warnings, result.failure)
        return (self.name, self.path, self.folder, told, self.is_changed, self.gone, self.look)
