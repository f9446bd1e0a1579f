"""Which methods there are. A new one is a record in a file of its own, and its name here.

Networks that a person has added come behind imgenc's own: whoever starts (the window, the command, the API) takes them
in before anything is encoded or read.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.added import Added, AddedMethod, method_of, networks_folder, read_added
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.methods import Method, Registry

METHODS = Registry((PHASH, AHASH, DHASH, WHASH, CNN))
_taking_in = threading.Lock()


def take_in_added(folder: Path | None = None) -> None:
    """Have the networks among METHODS that are in a folder, and those no more that aren't; None: this person's own.

    Any thread may call it.
    """
    folder = folder or networks_folder()
    take_in(read_added(folder), folder)


def take_in(
    networks: Iterable[Added], folder: Path, earlier: Collection[Method] = (), held: Collection[Method] = ()
) -> None:
    """The same for whoever has read the folder.

    ``earlier``: methods of before; a network that is one of these again is the same record again. ``held``: those of
    which there are encodings yet; no other network is among METHODS by the id of one.
    """
    taken = {method.id: method for method in held}
    with _taking_in:  # two threads of a program may ask for a network for the first time
        found = {added.id: added for added in networks}
        for method in METHODS:
            if isinstance(method, AddedMethod):
                is_there = method.folder == folder and found.get(method.id) == method.added
                if is_there and taken.get(method.id, method) is method:
                    del found[method.id]
                else:
                    METHODS.remove(method)
        again = {one.added: one for one in earlier if isinstance(one, AddedMethod) and one.folder == folder}
        for added in found.values():
            method = again.get(added) or method_of(added, folder)
            if METHODS.get(added.id) is None and taken.get(added.id, method) is method:
                METHODS.register(method)
