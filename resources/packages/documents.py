"""What the desktops of Windows and macOS are told that imgenc opens: the endings that its readers know, and folders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from imgenc_gui.core.formats.registry import READERS  # noqa: E402 - a checkout need not be installed

ENDINGS = tuple(sorted({ending for reader in READERS for ending in reader.endings}))


def info_plist(version: str) -> dict[str, Any]:
    """What the Info.plist of imgenc.app says beyond PyInstaller's own. Imgenc never is what opens by default."""
    pictures = {
        "CFBundleTypeName": "Picture",
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "CFBundleTypeExtensions": [ending.removeprefix(".") for ending in ENDINGS],
        "LSItemContentTypes": ["public.image", "public.camera-raw-image"],
    }
    folders = {
        "CFBundleTypeName": "Folder",
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "LSItemContentTypes": ["public.folder"],
    }
    return {
        "CFBundleDisplayName": "imgenc",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDocumentTypes": [pictures, folders],
        "LSApplicationCategoryType": "public.app-category.photography",
        "LSMinimumSystemVersion": "14.0",
        "NSHighResolutionCapable": True,
    }


def registry_lines() -> str:
    """Lines of Inno Setup's [Registry]: in "Open with" of each kind of picture."""
    key = r'Root: HKA; Subkey: "Software\Classes\{}"; ValueType: string; ValueName: "{}"; ValueData: ""; Flags: {}'
    lines = []
    for ending in ENDINGS:
        lines.append(key.format(rf"{ending}\OpenWithProgids", "imgenc.Picture", "uninsdeletevalue"))
        lines.append(key.format(r"Applications\imgenc-gui.exe\SupportedTypes", ending, "uninsdeletekey"))
    return "\n".join(lines) + "\n"
