"""Paths as addresses and back: byte for byte, and only of this computer."""

import os
import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QUrl

from imgenc_gui.gui.desktop.addresses import address_of, path_at

posix = pytest.mark.skipif(sys.platform == "win32", reason="names that are bytes")


@posix
@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_every_name_comes_back(name):
    path = "/photos/" + os.fsdecode(name) + "/a.jpg"
    assert path_at(address_of(path)) == os.path.join("/photos", os.fsdecode(name), "a.jpg").replace("/./", "/")


@posix
@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///a%20b.jpg", b"/a b.jpg"),
        ("file:///caf%E9%2541%23%3F.jpg", b"/caf\xe9%41#?.jpg"),
        ("file:///%0A%1B.jpg", b"/\n\x1b.jpg"),
        ("file://localhost/a.jpg", b"/a.jpg"),
        ("file://LOCALHOST/caf%E9", b"/caf\xe9"),
        (f"file://{socket.gethostname()}/a.jpg", b"/a.jpg"),
        ("file://elsewhere.example/a.jpg", None),
        ("https://example.org/a.jpg", None),
        ("sftp://localhost/a.jpg", None),
    ],
)
def test_where_an_address_leads(address, path):
    assert path_at(QUrl.fromEncoded(address.encode())) == (None if path is None else os.fsdecode(path))
