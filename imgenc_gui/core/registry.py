"""Which methods there are. A new one is a record in a file of its own, and its name here.

Networks that a person has added come behind imgenc's own: whoever starts (the window, the command, the API) takes them
in before anything is encoded or read.
"""

from __future__ import annotations

import threading
from pathlib import Path

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.added import AddedMethod, method_of, networks_folder, read_added
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.methods import Registry

METHODS = Registry((PHASH, AHASH, DHASH, WHASH, CNN))
_taking_in = threading.Lock()


def take_in_added(folder: Path | None = None) -> None:
    """Have the networks among METHODS that are in a folder, and those no more that aren't; None: this person's own.

    Any thread may call it.
    """
    folder = folder or networks_folder()
    with _taking_in:  # two threads of a program may ask for a network for the first time
        found = {added.id: added for added in read_added(folder)}
        for method in METHODS:
            if isinstance(method, AddedMethod):
                if method.folder == folder and found.get(method.id) == method.added:
                    del found[method.id]
                else:
                    METHODS.remove(method)
        for added in found.values():
            if METHODS.get(added.id) is None:
                METHODS.register(method_of(added, folder))
