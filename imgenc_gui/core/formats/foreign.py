"""What photographers have and nobody here reads, by the brand of an ISO media file, by its head, by its name's ending.

Whatever is a picture's or a camera's is said to be unsupported, by its name; none of it passes for no picture.
"""

from __future__ import annotations

_FILMS = {b"qt  ": "MOV"}  # of ISO media
_SOUND = (b"M4A", b"M4B", b"M4P", b"F4A", b"F4B")  # the beginnings of their brands

_HEADS = (
    (b"II\xbc\1", "JPEG XR"),
    (b"%PDF-", "PDF"),
    (b"gimp xcf", "XCF"),
    (b"v/1\1", "OpenEXR"),
    (b"#?RADIANCE", "HDR"),
    (b"#?RGBE", "HDR"),
    (b"P7\nWIDTH", "PAM"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"\x80\x2a\x5f\xd7", "Cineon"),
    (b"SIMPLE  = ", "FITS"),
    (b"AT&TFORM", "DjVu"),
    (b"BPG\xfb", "BPG"),
    (b"FLIF", "FLIF"),
    (b"\x8aMNG\r\n\x1a\n", "MNG"),
    (b"\x8bJNG\r\n\x1a\n", "JNG"),
    (b"%!PS-Adobe-", "PostScript"),  # others with PS-AdobeFont are fonts
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"Paint Shop Pro Image File", "Paint Shop Pro"),
    (b"\x1aE\xdf\xa3", "Matroska"),
    (b"FLV\1", "FLV"),
    (b"\0\0\1\xba", "MPEG"),
    (b"\0\0\1\xb3", "MPEG"),
)
_RIFF = {b"AVI ": "AVI", b"ACON": "Animated cursor", b"CDR": "CorelDRAW"}  # by the beginning of byte 8
_IFF = {b"ILBM": "ILBM", b"PBM ": "ILBM", b"ACBM": "ILBM", b"RGB8": "ILBM", b"RGBN": "ILBM", b"DEEP": "ILBM"}

_PICTURES = """
    .jpm .mj2 .jls .jxr .wdp .hdp .xcf .kra .ora .pdn .clip .psp .pspimage .afphoto .cur .ani .ktx .ktx2 .vtf .blp
    .dcx .exr .hdr .rgbe .pam .dpx .cin .fits .fts .dcm .dicom .djvu .djv .bpg .flif .mng .jng .xbm .xpm .ras .sun
    .pict .pct .ilbm .lbm .iff .fli .flc .pcd .fpx .eps .ps .ai .indd .cdr .wmf .emf .emz .wmz .pdf .wbmp
    .jps .pns .avci .avcs .jph .psdt .pdd .pic .cpt .fit .rle .miff .xwd .pvr .af .procreate
""".split()
_FILM = """
    .mp4 .m4v .mov .qt .avi .mkv .webm .mpg .mpeg .mpe .m1v .m2v .vob .wmv .asf .flv .f4v .3gp .3g2 .mts .m2ts .mod .tod
    .ogv .ogm .mxf .dv .rm .rmvb .divx .insv .360 .lrv .braw .r3d .mjpeg .mjpg
""".split()
_CAMERAS = """
    .ari .arq .bay .cap .ciff .cine .cs1 .cxi .dc2 .dcs .drf .eip .fff .ia .insp .k25 .kc2 .lfp .mdc .obm .ori .ptx .pxn
    .qtk .raw .rwz .sti
""".split()
_ENDINGS = frozenset((*_PICTURES, *_FILM, *_CAMERAS))


def foreign_format(head: bytes) -> str | None:
    """The name of a format that is known and not read, for a file that begins with these bytes; None for others."""
    if head[4:8] == b"ftyp":
        return _of_iso_media(head[8:12])
    kinds = {b"RIFF": _RIFF, b"FORM": _IFF}.get(head[:4], {})
    known = (name for start, name in kinds.items() if head.startswith(start, 8))
    found = next(known, None) or next((name for start, name in _HEADS if head.startswith(start)), None)
    if found is None and head[40:44] == b" EMF" and head.startswith(b"\1\0\0\0"):
        return "EMF"
    return "DICOM" if found is None and head[128:132] == b"DICM" else found


def foreign_format_by_ending(ending: str) -> str | None:
    """The same for a file whose content says nothing and whose name ends so (lower case, with the dot)."""
    return ending[1:].upper() if ending in _ENDINGS else None


def _of_iso_media(brand: bytes) -> str | None:
    if brand.startswith(_SOUND):
        return None
    if brand.startswith((b"3gp", b"3g2")):
        return "3GP"
    return _FILMS.get(brand, "MP4")
