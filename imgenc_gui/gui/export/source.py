"""What the export dialog may write: the table's rows by scope, named and unpacked one at a time."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from imgenc_gui.core.encoding import ImageResult, Method, Options
from imgenc_gui.core.listing import relative_names
from imgenc_gui.gui.export.dialog import ExportSource, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imgenc_gui.gui.table.view import ResultsView
    from imgenc_gui.gui.work.session import Session

_SAMPLE_ROWS = 5


def named_rows(session: Session, rows: Sequence[int]) -> Iterator[tuple[str, ImageResult]]:
    """Yield (name, result) sorted by name; on any thread, when ``rows`` is a snapshot."""
    store = session.model.store
    paths = [store.paths[row] for row in rows]
    names = relative_names(paths, session.root)
    taken = set(names)
    for place, row in enumerate(rows):
        if session.model.is_pasted(row):
            pasted = os.path.basename(paths[place])  # noqa: PTH119 - keeps text as is
            while pasted in taken:  # a file of that name lies in the folder
                pasted = f"Clipboard/{pasted}"
            taken.add(pasted)
            names[place] = pasted
    for name, row in sorted(zip(names, rows, strict=True)):
        result = store.result(row)
        if result is not None:
            yield name, result


def make_source(session: Session, view: ResultsView) -> tuple[ExportSource, dict[Scope, list[int]]]:
    """Describe what can be exported now, and give each scope's rows; rows that wait are left out."""
    model = session.model
    store = model.store
    finished = {
        Scope.ALL: store.finished(range(len(store))),
        Scope.SELECTED: store.finished(view.selected_rows()),
        Scope.SHOWN: store.finished(model.shown_rows),
    }
    methods = tuple(method for method in Method if store.any_has(method))
    source = ExportSource(
        root=session.root,
        options=Options(methods, store.any_rotated()),
        counts={scope: len(rows) for scope, rows in finished.items()},
        rows=lambda scope: named_rows(session, finished[scope]),
        sample=lambda scope: list(itertools.islice(named_rows(session, finished[scope][:_SAMPLE_ROWS]), _SAMPLE_ROWS)),
    )
    return source, finished
