"""Which camera's RAW a file is, by its content: asked before TIFF is, whose name most of them go by.

LibRaw can't be asked: it opens many a plain TIFF, too.
"""

from __future__ import annotations

from imgenc_gui.core.formats.directories import Directory, directories, is_tiff

# The tags that only sensor data have, and what others say of these.
_DNG_VERSION = 50706
_FILTER_TAGS = (33421, 33422)
_COLOURS, _COMPRESSION = 262, 259
_SENSOR_COLOURS = (32803, 34892)  # behind a filter; all three at each place
_CAMERAS_COMPRESSIONS = (34713, 32767, 65535, 34892, 65000, 262)  # Nikon, Sony, Pentax, lossy DNG, Kodak twice
_SUBFILE, _MAKE = 254, 271

_HEADS = (
    (0, b"IIRO", "ORF"),
    (0, b"IIRS", "ORF"),
    (0, b"MMOR", "ORF"),
    (0, b"IIU\0", "RW2"),
    (8, b"CR\2", "CR2"),
    (0, b"FUJIFILMCCD-RAW", "RAF"),
    (4, b"ftypcrx ", "CR3"),
    (6, b"HEAPCCDR", "CRW"),
    (0, b"\0MRM", "MRW"),
    (0, b"FOVb", "X3F"),
    *((8, letters, "IIQ") for letters in (b"IIIITwaR", b"IIIICwaR", b"MMMMRawT", b"MMMMRawC")),
)
# By how the maker's name begins, in capitals.
_MAKERS = {
    "NIKON": "NEF",
    "SONY": "ARW",
    "PENTAX": "PEF",
    "RICOH": "PEF",
    "SAMSUNG": "SRW",
    "CANON": "CR2",
    "OLYMPUS": "ORF",
    "PANASONIC": "RW2",
    "LEICA": "RWL",
    "HASSELBLAD": "3FR",
    "PHASE ONE": "IIQ",
    "LEAF": "MOS",
    "MAMIYA": "MEF",
    "EPSON": "ERF",
    "SEIKO EPSON": "ERF",
    "EASTMAN KODAK": "DCR",
    "KODAK": "DCR",
}
FAMILY = "Camera RAW"  # where the maker isn't known, and for all of them together
KINDS = tuple(dict.fromkeys((FAMILY, "DNG", *(kind for *_, kind in _HEADS), *_MAKERS.values())))
# What cameras call such files; a name alone tells nothing more than that.
ENDINGS = tuple(
    ".cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .dng .gpr .orf .raf .rw2 .rwl .pef .srw "
    ".3fr .iiq .mos .mef .erf .dcr .kdc .mrw .x3f".split()
)


def kind_of(head: bytes) -> str | None:
    """The name of a camera's RAW whose first bytes these are, or all of them; None for what is none."""
    for place, letters, kind in _HEADS:
        if head.startswith(letters, place):
            return kind
    return _kind_of_tiff(directories(head)) if is_tiff(head) else None


def recognises(head: bytes) -> bool:
    """Whether a file that begins with these bytes is one."""
    return kind_of(head) is not None


def holds_sensor(directory: Directory) -> bool:
    """Whether a directory is that of sensor data."""
    return (
        directory.number(_COLOURS) in _SENSOR_COLOURS
        or directory.number(_COMPRESSION) in _CAMERAS_COMPRESSIONS
        or any(tag in directory for tag in _FILTER_TAGS)
    )


def _kind_of_tiff(found: list[Directory]) -> str | None:
    if not found:
        return None
    if any(_DNG_VERSION in directory for directory in found):
        return "DNG"
    maker = found[0].text(_MAKE).upper()
    kind = next((kind for name, kind in _MAKERS.items() if maker.startswith(name)), None)
    if any(map(holds_sensor, found)):
        return kind or FAMILY
    # Cut short, or only its beginning is known: what is there is but a camera's thumbnail.
    return kind if found[0].number(_SUBFILE) & 1 and any(below.is_missing() for below in found[1:]) else None
