"""What the export dialog may write: the table's rows by scope, named and unpacked one at a time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from imgenc_gui.core.encoding import ImageResult, Method, Options
from imgenc_gui.core.scan import relative_names
from imgenc_gui.gui.export_dialog import ExportSource, Scope
from imgenc_gui.gui.row_store import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imgenc_gui.gui.results_view import ResultsView
    from imgenc_gui.gui.session import Session

_SAMPLE_ROWS = 5


def named_rows(session: Session, rows: Sequence[int]) -> Iterator[tuple[str, ImageResult]]:
    """Yield (name, result) sorted by name; on any thread, when ``rows`` is a snapshot."""
    store = session.model.store
    paths = [store.paths[row] for row in rows]
    names = relative_names(paths, session.root)
    names = [session.name(path) or name for path, name in zip(paths, names, strict=True)]
    for name, row in sorted(zip(names, rows, strict=True)):
        result = store.result(row)
        if result is not None:
            yield name, result


def make_source(session: Session, view: ResultsView) -> ExportSource:
    """Describe what can be exported now; rows that wait are left out."""
    model = session.model
    store = model.store
    scopes: dict[Scope, list[int]] = {
        Scope.ALL: list(range(len(store))),
        Scope.SELECTED: view.selected_rows(),
        Scope.SHOWN: list(model.shown_rows),
    }
    finished = {scope: [row for row in rows if store.state(row) is not State.WAITING] for scope, rows in scopes.items()}
    methods = tuple(method for method in Method if store.any_has(method))
    return ExportSource(
        root=session.root,
        options=Options(methods, session.options.apply_rotation),
        counts={scope: len(rows) for scope, rows in finished.items()},
        rows=lambda scope: named_rows(session, finished[scope]),
        sample=lambda scope: list(itertools.islice(named_rows(session, finished[scope][:_SAMPLE_ROWS]), _SAMPLE_ROWS)),
    )
