"""Which methods there are. A new one is a record in a file of its own, and its name here."""

from __future__ import annotations

from imgenc_gui.core.hashing.hashes import AHASH, DHASH, PHASH, WHASH
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.records.methods import Registry

METHODS = Registry((PHASH, AHASH, DHASH, WHASH, CNN))
