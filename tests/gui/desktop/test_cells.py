"""A table on the clipboard, as text and as HTML, whose cells are texts to spreadsheets."""

from html.parser import HTMLParser

from imgenc_gui.gui.desktop.cells import table_of_cells

TRAPS = ["0123456789012345", "1111111111111e11", "=1+1", "<b>a & b</b>.jpg", '"quoted".jpg', "a  b", "", "ä\u202e"]


class Tables(HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows = []
        self.kinds = set()
        self.in_cell = False

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
            self.kinds.add(dict(attrs).get("sdnum"))
            self.in_cell = True

    def handle_endtag(self, tag):
        self.in_cell = self.in_cell and tag != "td"

    def handle_data(self, data):
        if self.in_cell:
            self.rows[-1][-1] += data


def cells_of(data):
    """What HTML holds as tables, and how it says what kind its cells are of."""
    tables = Tables()
    tables.feed(bytes(data.data("text/html")).decode())
    return tables.rows, tables.kinds


def test_both_hold_the_same_cells_and_html_says_that_they_are_texts(qapp):
    rows = [["Name", *map(str, range(7))], TRAPS, TRAPS[::-1]]
    data = table_of_cells(rows)
    assert [line.split("\t") for line in data.text().split("\n")] == rows
    assert cells_of(data) == (rows, {"0;0;@"})
    assert r'mso-number-format: "\@"' in data.html()
