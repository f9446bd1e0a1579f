"""Results to export, and short ways to write and look at them."""

from __future__ import annotations

import csv
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import openpyxl

from imgenc_gui.core.files.export import ExportRequest, export
from imgenc_gui.core.files.export_format import ExportFormat
from imgenc_gui.core.records.methods import EmbeddingMethod, InputRecipe, Kind, Network, Options
from imgenc_gui.core.records.results import Facts, FailureCode, ImageFailure, ImageResult, ImageWarning, WarningCode
from imgenc_gui.core.registry import METHODS

PHASH, AHASH, DHASH, WHASH, CNN = (METHODS[method_id] for method_id in ("phash", "ahash", "dhash", "whash", "cnn"))
ALL = Options((PHASH, AHASH, DHASH, WHASH, CNN))
HASHES = Options((PHASH, AHASH, DHASH, WHASH))
FACTS = Facts("JPEG", 4000, 3000, 1, 5_000_123, 1_700_000_000_250_000_001, 6)
MODIFIED = "2023-11-14T22:13:20.250Z"
HASH = "9fee256239984d71"
ROOT = "/photos"
CUT_OFF = "The picture is damaged or incomplete (cut off)."
TURNED = "The picture was turned upright first: the encodings differ from imagededup's."
TRICKY = sorted(
    [
        "comma, inside.jpg",
        'a "quoted" name.jpg',
        "line\nbreak.jpg",
        "return\rhere.jpg",
        "both\r\nhere.jpg",
        "=1+1.jpg",
        "+49.jpg",
        "-minus.jpg",
        "@home.jpg",
        "\ttab.jpg",
        "\rreturn first.jpg",
        "'=quoted.jpg",
        "'quoted.jpg",
        '="0123456789abcdef"',
        " space first.jpg",
        "😀🏳️‍🌈.jpg",
        "שלום عليكم.jpg",
        "e\u0301 is not é.jpg",
        "NA",
        "null",
        "1e5",
        "back\\slash.jpg",
        "sub/folder/a.jpg",
        "a_x1920_x1080_.jpg",
        "_x005F_x0041_.jpg",
        "\ufeffmark first.jpg",
        os.fsdecode(b"caf\xe9 \xff.jpg"),
    ]
)


def _no_network() -> Network:
    raise AssertionError("an export needs no network")


def made_up(method_id: str = "thumbprint", *, length: int = 7, version: int = 3) -> EmbeddingMethod:
    """An embedding that imgenc knows nothing of."""
    recipe = InputRecipe(5, 3, grey=True)
    return EmbeddingMethod(method_id, "Thumbprint", Kind.EMBEDDING, length, recipe, version, "Made up.", _no_network)


def format_id(value: object) -> str | None:
    """What pytest calls a format."""
    return value.id if isinstance(value, ExportFormat) else None


def vector(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(1024, np.float32) * 6


def encoded(name: str, seed: int = 0, **changes: object) -> ImageResult:
    encodings = {method: f"{seed + i:016x}" for i, method in enumerate(HASHES.methods)} | {CNN: vector(seed)}
    changed = {METHODS[method_id]: encoding for method_id, encoding in changes.items()}
    return ImageResult(f"{ROOT}/{name}", FACTS, encodings | changed)


def failed(name: str, failure: ImageFailure | None = None) -> ImageResult:
    return ImageResult(f"{ROOT}/{name}", failure=failure or ImageFailure(FailureCode.DAMAGED, values=("cut off",)))


def some() -> list[tuple[str, ImageResult]]:
    warned = ImageResult(f"{ROOT}/c.png", FACTS, encoded("c.png", 3).encodings, (ImageWarning(WarningCode.ROTATED),))
    return [
        ("a.jpg", encoded("a.jpg", 1)),
        ("b.jpg", failed("b.jpg")),
        ("c.png", warned),
        ("notes.txt", failed("notes.txt", ImageFailure(FailureCode.NOT_AN_IMAGE))),
    ]


def write(
    folder: Path, file_format: ExportFormat, named: object = None, options: Options = ALL, name: str | None = None
) -> tuple[Path, ...]:
    """Export ``named``, or some() results."""
    target = folder / (name or f"h{file_format.suffix}")
    return export(ExportRequest(some() if named is None else named, target, file_format, options, ROOT))


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def sheet_rows(path: Path) -> list[list[object]]:
    """The cells of a workbook's first sheet, by another library than the one that wrote it."""
    with path.open("rb") as file, closing(openpyxl.load_workbook(file, read_only=True)) as book:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def rows_of(path: Path, *, excel: bool = False) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig" if excel else "utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))
