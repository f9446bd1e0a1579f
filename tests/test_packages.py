"""What the packages of Windows and macOS say, as far as it can be seen without these systems."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import IcnsImagePlugin, Image

from imgenc_gui.core.formats.registry import READERS

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "resources" / "packages"
SCRIPT = (PACKAGES / "windows" / "imgenc.iss").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _packages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PACKAGES)


def endings() -> set[str]:
    return {ending for reader in READERS for ending in reader.endings}


def test_windows_offers_imgenc_for_every_ending_that_is_read() -> None:
    from documents import registry_lines

    lines = registry_lines().splitlines()
    assert set(re.findall(r"Classes\\(\.\w+)\\OpenWithProgids", "\n".join(lines))) == endings()
    assert set(re.findall(r'SupportedTypes"; ValueType: string; ValueName: "(\.\w+)"', "\n".join(lines))) == endings()
    assert '"Software\\Classes\\Directory\\shell\\imgenc\\command"' in SCRIPT
    assert "PrivilegesRequired=lowest" in SCRIPT


def test_windows_names_only_what_is_there() -> None:
    """The bundle has the programs that build_installer.spec names; the rest is in the checkout, or made by make.py."""
    programs = set(re.findall(r"\{app\}\\([\w-]+)\.exe", SCRIPT))
    assert programs == {"imgenc-gui"}
    for named in re.findall(r"\{#Root\}\\([\w.\\*-]+)", SCRIPT):
        path = named.replace("\\", "/")
        assert path.startswith(("build/icons/", "dist")) or (ROOT / path).is_file(), path


def test_macos_offers_imgenc_for_every_ending_that_is_read_and_for_folders() -> None:
    from documents import info_plist

    kept = plistlib.loads(plistlib.dumps(info_plist("1.2.3")))
    pictures, folders = kept["CFBundleDocumentTypes"]
    assert {f".{ending}" for ending in pictures["CFBundleTypeExtensions"]} == endings()
    assert folders["LSItemContentTypes"] == ["public.folder"]
    assert {pictures["LSHandlerRank"], folders["LSHandlerRank"]} == {"Alternate"}  # nobody's default is taken


def test_icons_are_made_in_all_sizes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, PACKAGES / "icons.py", tmp_path], check=True, timeout=60)
    with Image.open(tmp_path / "imgenc.ico") as ico:
        assert ico.info["sizes"] == {(n, n) for n in (16, 20, 24, 32, 40, 48, 64, 128, 256)}
    with Image.open(tmp_path / "imgenc.icns") as icns:
        assert isinstance(icns, IcnsImagePlugin.IcnsImageFile)
        assert {width * scale for width, _, scale in icns.info["sizes"]} >= {32, 64, 128, 256, 512, 1024}
