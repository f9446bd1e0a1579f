"""Packs the program for Linux: `python resources/packages/packages.py dist/imgenc [--output DIST]`.

Makes of the folder that build_installer.spec made, imgenc_VERSION_amd64.deb for all who use a Debian or an Ubuntu, and
imgenc-VERSION-x86_64.run for one person on any Linux, who needn't be root. Both hold the same tree, packed once.
Needs dpkg-deb, ar and objdump, which are wherever Debian's packages are built, and xz.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from icons import DRAWING, drawn

ROOT = Path(__file__).resolve().parents[2]
PARTS = Path(__file__).resolve().parent / "linux"
ENTRIES = ("imgenc.desktop", "zz-imgenc.desktop")  # of the menu, and of "Open with"
ICON_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)  # pixels
PROGRAMS = {  # and what their manual pages say they are
    "imgenc": "turn pictures into encodings, and find those that are alike",
    "imgenc-gui": "turn pictures into encodings, and find those that are alike, in a window",
}
MAINTAINER = "The imgenc developers <imgenc@localhost>"  # the project has no address yet

# The libraries that are the system's: a file of the program names the left one, the right package of Debian has it. In
# Debian 13 and Ubuntu 24.04 some have other names; on amd64 those provide these.
PACKAGES = {
    **dict.fromkeys(("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"), "libc6"),
    "ld-linux-x86-64.so.2": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
    "libuuid.so.1": "libuuid1",
    "libzstd.so.1": "libzstd1",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libGLX.so.0": "libglx0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libXau.so.6": "libxau6",
    "libXdmcp.so.6": "libxdmcp6",
    "libxcb.so.1": "libxcb1",
    **{
        f"libxcb-{name}.so.{version}": f"libxcb-{name}{version}"
        for name, version in (
            *(("cursor", 0), ("glx", 0), ("icccm", 4), ("image", 0), ("keysyms", 1), ("randr", 0), ("render", 0)),
            *(("shape", 0), ("shm", 0), ("sync", 1), ("xfixes", 0), ("xinerama", 0), ("xinput", 0), ("xkb", 1)),
        )
    },
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-util.so.1": "libxcb-util1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    **dict.fromkeys(
        ("libglib-2.0.so.0", "libgthread-2.0.so.0", "libgobject-2.0.so.0", "libgio-2.0.so.0"), "libglib2.0-0"
    ),
}

COPYRIGHT = """\
imgenc is under the MIT licence:

{licence}

It holds parts that others have made, each under its own licence. The texts lie in
/usr/lib/imgenc/_internal/imgenc_gui/resources, and imgenc shows them (Help, About).

{others}
"""

CHANGELOG = """\
imgenc ({version}) unstable; urgency=medium

  * CHANGELOG.md in imgenc's sources tells what is new.

 -- {maintainer}  {date}
"""

MANUAL = """\
.TH {capitals} 1 "{date:%B %Y}" "imgenc {version}" "User commands"
.SH NAME
{name} \\- {what}
.SH SYNOPSIS
.nf
{usage}
.fi
.SH DESCRIPTION
.nf
{description}
.fi
"""


class PackagingError(Exception):
    """Why a package can't be made. Its text: a sentence."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program needs of the system. ``glibc``: the oldest that will do; ``packages``: Debian's, without libc6."""

    glibc: str
    packages: tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    """Make both packages, and tell their sizes. The exit status."""
    parser = argparse.ArgumentParser(description="Pack imgenc for Linux.")
    parser.add_argument("program", type=Path, help="the folder that build_installer.spec made")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder for the packages")
    parser.add_argument("--quick", action="store_true", help="pack lightly, to try the packages: larger, sooner")
    options = parser.parse_args(arguments)
    try:
        version = told_by(options.program / "imgenc", "--version").split()[-1]
        needs = needs_of(options.program)
        options.output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch, "root")
            lay_out(options.program, root, version)
            debian = make_deb(root, options.output, version, needs, level=1 if options.quick else 9)
            alone = make_run(debian, options.output, version, needs, unpacked=size_of(root))
            print_sizes(root, debian, alone)
    except (PackagingError, subprocess.CalledProcessError, OSError) as error:
        sys.stderr.write(f"packages: {error}\n")
        return 1
    return 0


def told_by(program: Path, *arguments: str) -> str:
    """What one of the two programs says."""
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def needs_of(program: Path) -> Needs:
    """Read off the program's files what they take from the system. Raises PackagingError for an unknown library."""
    files = [path for path in program.rglob("*") if path.is_file() and not path.is_symlink() and is_elf(path)]
    told = subprocess.run(["objdump", "-p", *files], check=True, capture_output=True, text=True).stdout
    inside = {path.name for path in program.rglob("*")}
    needed = set(re.findall(r"^ +NEEDED +(\S+)$", told, re.MULTILINE)) - inside
    unknown = sorted(needed - PACKAGES.keys())
    if unknown:
        raise PackagingError(f"no package of Debian is known for {', '.join(unknown)}: add it to {__file__}.")
    numbers = re.findall(r" GLIBC_([0-9.]+)$", told, re.MULTILINE)
    if not numbers:
        raise PackagingError(f"there is no program in {program}.")
    packages = {PACKAGES[library] for library in needed} - {"libc6"}
    newest = max(numbers, key=lambda number: [int(part) for part in number.split(".")])
    return Needs(newest, tuple(sorted(packages)))


def is_elf(path: Path) -> bool:
    """Whether it is a program or a library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def lay_out(program: Path, root: Path, version: str) -> None:
    """Put all where Debian wants it: ``root`` becomes the package's own /."""
    usr = root / "usr"
    home = usr / "lib" / "imgenc"
    shutil.copytree(program, home, symlinks=True)
    (usr / "bin").mkdir()
    for name in PROGRAMS:
        (usr / "bin" / name).symlink_to(f"../lib/imgenc/{name}")
    now = built_at()
    share = usr / "share"
    for name in ENTRIES:
        write(share / "applications" / name, (PARTS / name).read_bytes())
    metainfo = (PARTS / "imgenc.metainfo.xml").read_text("utf-8")
    metainfo = filled(metainfo, VERSION=version, DATE=f"{now:%Y-%m-%d}")
    write(share / "metainfo" / "org.imgenc.imgenc.metainfo.xml", metainfo)
    for size in ICON_SIZES:
        write(share / "icons" / "hicolor" / f"{size}x{size}" / "apps" / "imgenc.png", drawn(size))
    write(share / "icons" / "hicolor" / "scalable" / "apps" / "imgenc.svg", DRAWING.read_bytes())
    for name, what in PROGRAMS.items():
        page = manual(name, what, told_by(program / name, "--help"), version, now)
        write(share / "man" / "man1" / f"{name}.1.gz", packed(page))
    documents = share / "doc" / "imgenc"
    write(documents / "copyright", copyright_of(home))
    changelog = CHANGELOG.format(version=version, maintainer=MAINTAINER, date=format_datetime(now))
    write(documents / "changelog.gz", packed(changelog))
    set_modes(root, [home / name for name in PROGRAMS])


def built_at() -> datetime:
    """When it is built, or what SOURCE_DATE_EPOCH says, so that the same sources give the same packages."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(given), UTC) if given else datetime.now(UTC)


def write(path: Path, content: str | bytes) -> None:
    """Write a file, and its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def packed(text: str) -> bytes:
    """A text as Debian wants documents: gzip, without the time."""
    return gzip.compress(text.encode(), mtime=0)


def manual(name: str, what: str, told: str, version: str, now: datetime) -> str:
    """A manual page of what a program says to --help. Needs no more than its usage comes first."""
    usage, _, description = told.removeprefix("usage: ").partition("\n\n")

    def plain(text: str) -> str:
        escaped = text.replace("\\", "\\e").replace("-", "\\-")
        return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)

    return MANUAL.format(
        capitals=name.upper().replace("-", "\\-"),
        date=now,
        version=version,
        name=name.replace("-", "\\-"),
        what=what,
        usage=plain(usage),
        description=plain(description),
    )


def copyright_of(home: Path) -> str:
    """The licence of imgenc, and which parts of others there are."""
    resources = home / "_internal" / "imgenc_gui" / "resources"
    gathered = (resources / "licences" / "index.txt", resources / "NOTICE")
    others = next((path for path in gathered if path.is_file()), None)
    if others is None:
        raise PackagingError(f"the licences are missing in {resources}.")
    licence = (ROOT / "LICENSE").read_text("utf-8")
    return COPYRIGHT.format(licence=licence.strip(), others=others.read_text("utf-8").strip())


def set_modes(root: Path, programs: Iterable[Path]) -> None:
    """Let everybody read all, and run the programs."""
    executable = set(programs)
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in executable else 0o644)
    root.chmod(0o755)


def make_deb(root: Path, output: Path, version: str, needs: Needs, level: int) -> Path:
    """Pack the tree for Debian."""
    control = filled(
        (PARTS / "control").read_text("utf-8"),
        VERSION=re.sub(r"\.?([a-z])", r"~\1", version, count=1),  # with a tilde 1.0rc1 and 1.0.dev2 come before 1.0
        MAINTAINER=MAINTAINER,
        INSTALLED_KB=str(size_of(root) // 1024),
        DEPENDS=", ".join((f"libc6 (>= {needs.glibc})", *needs.packages)),
    )
    write(root / "DEBIAN" / "control", control)
    sums = "".join(f"{digest(path)}  {path.relative_to(root)}\n" for path in sorted(files_in(root / "usr")))
    write(root / "DEBIAN" / "md5sums", sums)
    set_modes(root / "DEBIAN", ())
    target = output / f"imgenc_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", f"-z{level}", "--build", root, target], check=True)
    shutil.rmtree(root / "DEBIAN")
    return target


def make_run(debian: Path, output: Path, version: str, needs: Needs, unpacked: int) -> Path:
    """Put the installer for one person before the tree as it is packed in Debian's package. ``unpacked``: bytes."""
    payload = subprocess.run(["ar", "p", debian, "data.tar.xz"], check=True, capture_output=True).stdout
    shared = (PARTS / "shared.sh").read_text("utf-8").rstrip()
    uninstaller = (PARTS / "uninstall.sh").read_text("utf-8").replace("#@SHARED@", shared).rstrip()
    installer = (PARTS / "install.sh").read_text("utf-8")
    installer = installer.replace("#@SHARED@", shared).replace("#@UNINSTALLER@", uninstaller)
    installer = filled(
        installer,
        VERSION=version,
        GLIBC=needs.glibc,
        DEBIAN_PACKAGES=" ".join(needs.packages),
        PAYLOAD_BYTES=str(len(payload)),
        PAYLOAD_SHA256=hashlib.sha256(payload).hexdigest(),
        UNPACKED_KB=str(unpacked // 1024),
    )
    target = output / f"imgenc-{version}-x86_64.run"
    target.write_bytes(installer.encode() + payload)
    target.chmod(0o755)
    return target


def filled(text: str, **values: str) -> str:
    """A text with values for its @NAMES@. Raises PackagingError for one that there is none for."""
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    left = re.search(r"@[A-Z0-9_]+@", text)
    if left:
        raise PackagingError(f"nothing is known for {left[0]}.")
    return text


def files_in(folder: Path) -> Iterator[Path]:
    """The files below a folder that are no links."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def size_of(folder: Path) -> int:
    """How many bytes it takes on the disk, in whole blocks of 4096."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 for path in folder.rglob("*"))


def digest(path: Path) -> str:
    """The MD5 of a file, which dpkg wants."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def print_sizes(root: Path, *packages: Path) -> None:
    """Say how large it has become."""
    for path in packages:
        megabytes = path.stat().st_size / 1e6
        sys.stdout.write(f"{path}: {megabytes:.1f} MB, {size_of(root) / 1e6:.0f} MB when it is installed\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
