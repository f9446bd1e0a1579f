"""An ordinary person's walk: which of these photographs are there twice?"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from PySide6.QtCore import QUrl

from tests.system.conftest import wait_for

_FOLDERS = ["2023", "2023/Iceland", "2023/Iceland/day 2", "2024/Family", "Phone/WhatsApp Images", "Backup/old disk"]
_PHOTOS = 325
_GROUPS = 12


def scene(seed: int) -> Image.Image:
    """A picture with large shapes and fine detail that is like no other."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (9, 12, 3), np.uint8)).resize((360, 270), Image.Resampling.BICUBIC)
    detail = random.integers(-8, 9, (270, 360, 1))
    return Image.fromarray(np.clip(np.asarray(coarse, np.int16) + detail, 0, 255).astype(np.uint8))


@pytest.fixture
def library(tmp_path: Path) -> tuple[Path, list[set[str]]]:
    """325 photographs in nested folders, and the 12 groups of copies that are among them."""
    root = tmp_path / "library"
    folders = [root / name for name in _FOLDERS]
    for folder in folders:
        folder.mkdir(parents=True)
    groups = []
    count = 0
    for number in range(_GROUPS):
        photo = scene(number)
        original = folders[number % 4] / f"IMG_{number:04}.jpg"
        photo.save(original, quality=95)
        small = folders[4] / f"WA{number:04}.jpg"
        photo.resize((240, 180), Image.Resampling.LANCZOS).save(small, quality=75)
        group = [original, small]
        if number % 3 == 0:
            group.append(folders[5] / f"IMG_{number:04}.jpg")
            photo.save(group[-1], quality=50)
        if number % 3 == 1:
            group.append(original.with_name(f"{original.stem} (bright).png"))
            ImageEnhance.Brightness(photo).enhance(1.2).save(group[-1])
        if number % 4 == 2:
            group.append(folders[5] / f"Kopie von {original.name}")
            shutil.copy(original, group[-1])
        groups.append({os.path.relpath(path, root) for path in group})
        count += len(group)
    for number in range(_PHOTOS - count):
        scene(1000 + number).save(folders[number % len(folders)] / f"DSC_{number:04}.jpg", quality=90)
    return root, groups


def test_all_copies_are_found_marked_and_handed_on(make_screen, start, library, tmp_path):
    root, planted = library
    screen = make_screen()
    imgenc = start(screen, root)
    imgenc.wait_encoded(_PHOTOS)
    # WHEN the person looks at the copies, and exports the groups
    screen.key("ctrl+6", "ctrl+shift+e")
    wait_for("the dialog", lambda: screen.title().startswith("Export groups"))
    target = tmp_path / "groups.json"
    screen.key("ctrl+a")
    screen.type(str(target))
    screen.key("Return")
    wait_for("the file", target.exists)
    # THEN all groups are there, as they were planted, and no other
    found = json.loads(target.read_text())["groups"]
    assert sorted(sorted(p["path"] for p in group["pictures"]) for group in found) == sorted(map(sorted, planted))
    # AND the best of each is its reference, and why the others are there can be read
    references = [group["pictures"][0] for group in found]
    assert {reference["role"] for reference in references} == {"reference"}
    assert all("/WA" not in reference["path"] for reference in references)
    members = [picture for group in found for picture in group["pictures"][1:]]
    assert all(picture["compared_by"]["phash"]["likeness"] for picture in members)
    # WHEN all but these are marked and copied
    wait_for("the window", lambda: screen.title() == "imgenc")
    screen.key("ctrl+shift+m", "ctrl+shift+c")

    def copied() -> set[str]:
        lines = screen.tool("xclip", "-selection", "clipboard", "-o", "-t", "text/uri-list", check=False).splitlines()
        return {os.path.relpath(QUrl(line).toLocalFile(), root) for line in lines if line.startswith("file:")}

    # THEN their files are in the clipboard, for a file manager
    assert wait_for("the files", copied) == {picture["path"] for picture in members}
    # AND all files are where they were
    assert sum(1 for path in root.rglob("*") if path.is_file()) == _PHOTOS
