"""A table for the clipboard: as text, and as HTML, of which spreadsheets take each cell for the text that it is.

Of text they make numbers ("1111111111111e11", "0123456789012345"), dates ("1-2") and formulas ("=1+1").
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication, QMimeData

# That a cell is a text: the first is Excel's word for it, the second LibreOffice's.
_HEAD = r"""<html><head><meta charset="utf-8"><style>td { mso-number-format: "\@"; white-space: pre }</style></head>
<body><table>
"""
_CELL = '<td sdnum="0;0;@">'
_TAIL = "</table></body></html>\n"


def table_of_cells(rows: Iterable[Sequence[str]]) -> QMimeData:
    """Rows of texts without tabs or line ends. On any thread."""
    lines, marked = [], [_HEAD]
    for row in rows:
        lines.append("\t".join(row))
        marked.append(f"<tr>{''.join(f'{_CELL}{html.escape(cell)}</td>' for cell in row)}</tr>\n")
    marked.append(_TAIL)
    data = QMimeData()
    data.setText("\n".join(lines))
    data.setData("text/html", "".join(marked).encode())
    application = QCoreApplication.instance()
    if application is not None:
        data.moveToThread(application.thread())
    return data
