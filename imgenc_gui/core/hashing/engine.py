"""The compiled kernel of the hashes, for whoever of this folder needs it."""

from imgenc_gui.core.compiled.module import CompiledModule

KERNEL = CompiledModule(
    "imgenc_gui.core.hashing.kernel",
    otherwise="Resampling with Pillow, which is slower and gives the same encodings",
)
