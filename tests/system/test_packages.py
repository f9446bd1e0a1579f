"""The packages as they are given away: dist/*.deb and dist/*.run, which resources/packages/packages.py has made.

Linux, as root on a system without imgenc, with what Debian's package depends on: .ci/run sees to both.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from imgenc_gui.core.formats.registry import READERS
from imgenc_gui.methods import PHash
from tests.system.conftest import ROOT, SECONDS, Imgenc, Screen, wait_for

TYPES = Path("/usr/share/mime")  # shared-mime-info's
ENTRY = "share/applications/imgenc.desktop"
OPEN_WITH = "share/applications/zz-imgenc.desktop"
CACHES = re.compile(r"(?:mimeinfo|icon-theme)\.cache$|^/var/(?:cache|log|lib/dpkg)/")  # the system's own


def package(pattern: str) -> Path:
    found = sorted((ROOT / "dist").glob(pattern))
    assert len(found) == 1, f"dist/{pattern}: {found}; python resources/packages/packages.py dist/imgenc makes it"
    return found[0]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Debian's package puts into /usr."""
    folder = tmp_path_factory.mktemp("deb")
    subprocess.run(["dpkg-deb", "--extract", package("imgenc_*_amd64.deb"), folder], check=True, timeout=SECONDS)
    return folder / "usr"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "a home"
    home.mkdir()
    return home


@pytest.fixture
def start_from_menu(home: Path) -> Iterator[Callable[..., Imgenc]]:
    """Start what a desktop file says, with an empty environment, and these files."""
    started: list[Imgenc] = []

    def begin(screen: Screen, entry: Path, program: Path, *files: Path) -> Imgenc:
        environment = {"HOME": str(home), "DISPLAY": screen.environment["DISPLAY"], "PATH": "/usr/bin:/bin"}
        subprocess.run(["gio", "launch", entry, *files], env=environment, check=True, timeout=SECONDS)

        def running() -> psutil.Process | None:
            found = [one for one in psutil.process_iter(["exe"]) if one.info["exe"] == str(program.resolve())]
            return next((one for one in found if "--imgenc-guarded-child" not in one.cmdline()), None)

        imgenc = Imgenc(screen, wait_for("the program", running))
        started.append(imgenc)
        imgenc.focus()
        return imgenc

    yield begin
    for imgenc in started:
        if imgenc.process.is_running():
            imgenc.process.kill()
            psutil.wait_procs([imgenc.process], SECONDS)


def files_of_the_system() -> set[str]:
    told = subprocess.run(
        ["find", "/usr", "/etc", "/opt", "/var", "-xdev", "-print"], check=False, capture_output=True, timeout=SECONDS
    )
    return {name for name in told.stdout.decode(errors="surrogateescape").splitlines() if not CACHES.search(name)}


def encode_in_the_window(screen: Screen, imgenc: Imgenc) -> None:
    rows = imgenc.wait_encoded(13)
    assert any("drawing.svg" in row[0] for row in rows)
    told = screen.tool("xprop", "-id", imgenc.main_window(), "WM_CLASS")
    assert '"imgenc"' in told  # StartupWMClass, by which desktops find the entry of a window
    imgenc.wait_idle()
    screen.tool("wmctrl", "-c", "imgenc")
    psutil.wait_procs([imgenc.process], SECONDS)


def try_command(program: Path, photos: Path, home: Path) -> None:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    tried = subprocess.run(
        [program, "--self-test"], env=environment, check=False, capture_output=True, text=True, timeout=SECONDS
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr
    told = subprocess.run(
        [program, "--no-cache", photos], env=environment, check=True, capture_output=True, text=True, timeout=SECONDS
    )
    expected = PHash().encode_images(image_dir=photos)
    assert dict(line.split("\t") for line in told.stdout.splitlines()) == {
        str(photos / name): encoding for name, encoding in expected.items()
    }


def test_desktops_and_software_centres_take_what_is_told_them(tree: Path) -> None:
    subprocess.run(["desktop-file-validate", tree / ENTRY, tree / OPEN_WITH], check=True, timeout=SECONDS)
    metainfo = tree / "share" / "metainfo" / "org.imgenc.imgenc.metainfo.xml"
    subprocess.run(["appstreamcli", "validate", "--no-net", "--pedantic", metainfo], check=True, timeout=SECONDS)
    icons = sorted(path.parts[-3] for path in (tree / "share" / "icons" / "hicolor").glob("*/apps/imgenc.*"))
    assert icons == sorted([*(f"{size}x{size}" for size in (16, 22, 24, 32, 48, 64, 128, 256, 512)), "scalable"])


def test_open_with_knows_every_format(tree: Path) -> None:
    named = re.search(r"^MimeType=(.*);$", (tree / OPEN_WITH).read_text("utf-8"), re.MULTILINE)[1].split(";")
    assert len(named) == len(set(named))
    endings = {ending for reader in READERS for ending in reader.endings}
    lines = [line.split(":") for line in (TYPES / "globs2").read_text("utf-8").splitlines() if line[0] != "#"]
    known = {(kind, glob.removeprefix("*")) for _, kind, glob, *_ in lines}
    pictures = {kind for kind, ending in known if ending in endings and kind.startswith("image/")}
    assert pictures - set(named) == set()  # all that imgenc reads
    others = {kind for kind, ending in known if ending not in endings} - pictures
    assert set(named) & others <= {"image/x-panasonic-rw"}  # and nothing else; some RW2 are taken for it


def test_the_deb_comes_and_goes(
    make_screen: Callable[..., Screen], start_from_menu: Callable[..., Imgenc], photos: Path, home: Path
) -> None:
    assert shutil.which("imgenc", path="/usr/bin") is None, "imgenc is installed here already"
    before = files_of_the_system()
    subprocess.run(["dpkg", "--install", package("imgenc_*_amd64.deb")], check=True, timeout=SECONDS)
    try:
        screen = make_screen()
        imgenc = start_from_menu(screen, Path("/usr", ENTRY), Path("/usr/bin/imgenc-gui"), photos)
        encode_in_the_window(screen, imgenc)
        try_command(Path("/usr/bin/imgenc"), photos, home)
    finally:
        subprocess.run(["dpkg", "--purge", "imgenc"], check=True, timeout=SECONDS)
    assert files_of_the_system() - before == set()


def test_the_installer_for_one_person_comes_and_goes(
    make_screen: Callable[..., Screen], start_from_menu: Callable[..., Imgenc], photos: Path, home: Path
) -> None:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", package("imgenc-*-x86_64.run")], env=environment, check=True, timeout=SECONDS)
    local = home / ".local"
    screen = make_screen()
    imgenc = start_from_menu(screen, local / ENTRY, local / "bin" / "imgenc-gui", photos)
    encode_in_the_window(screen, imgenc)
    try_command(local / "bin" / "imgenc", photos, home)
    subprocess.run(
        [local / "bin" / "imgenc-uninstall", "--also-settings"], env=environment, check=True, timeout=SECONDS
    )
    left = [path for path in home.rglob("*") if not path.is_dir()]
    assert left == []
