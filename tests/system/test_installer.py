"""The installer for one person (resources/packages/linux), with a small program in the place of imgenc.

Needs binutils, dpkg-deb, xz, gio, desktop-file-validate and xmessage: .ci/run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.system.conftest import ROOT, SECONDS, wait_for

ODD = 'a "home" of $x, `b` \\ é'
PACKAGES = ROOT / "resources" / "packages" / "packages.py"
KEPT = ".local/share/imgenc/library.sqlite"

Home = Path
Make = Callable[[str], Path]  # of a version, its installer


def make_installer(folder: Path, version: str) -> Path:
    """The installer of a program that tells its version, and where it was started with what."""
    program = folder / f"program {version}"
    resources = program / "_internal" / "imgenc_gui" / "resources"
    resources.mkdir(parents=True)
    (resources / "NOTICE").write_text("Parts of others.")
    (program / "_internal" / "only").write_text(version)
    (program / "_internal" / f"only {version}").write_bytes(random.Random(version).randbytes(20_000_000))  # takes time
    for name in ("imgenc", "imgenc-gui"):
        path = program / name
        path.write_text(
            "#!/bin/sh\n"
            'self=$(readlink -f "$0")\n'
            'case ${1:-} in --help) echo "usage: x";;\n'
            f'--version) echo "{name} $(cat "${{self%/*}}/_internal/only")";;\n'
            '*) printf "%s\\n" "$@" >"$HOME/started";; esac\n'
        )
        path.chmod(0o755)
    shutil.copy(shutil.which("sleep"), program / "_internal" / "sleep")
    subprocess.run(
        [sys.executable, PACKAGES, program, "--output", folder, "--quick"],
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    return folder / f"imgenc-{version}-x86_64.run"


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    return cache(lambda version: make_installer(tmp_path_factory.mktemp("made"), version))


@pytest.fixture(scope="module")
def old(make: Make) -> Path:
    return make("1.0")


@pytest.fixture(scope="module")
def new(make: Make) -> Path:
    return make("1.1")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = tmp_path / ODD
    home.mkdir()
    return home


def run(*command: object, home: Path, path: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run with an empty environment."""
    environment = {"HOME": str(home), "PATH": f"{path}/usr/bin:/bin"} | environment
    return subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def install(installer: Path, home: Path, **options: str) -> None:
    done = run("sh", installer, home=home, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def refusal(installer: Path, home: Path, **options: str) -> str:
    """What it says where it doesn't install, and leaves everything as it was."""
    before = contents(home)
    done = run("sh", installer, home=home, **options)
    assert done.returncode == 1
    assert contents(home) == before
    return done.stderr


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def version_in(home: Path) -> str:
    program = home / ".local" / "lib" / "imgenc" / "imgenc"
    return run(program, "--version", home=home).stdout.strip() if program.exists() else ""


def version_of(package: Path) -> str:
    return subprocess.run(
        ["dpkg-deb", "--field", package, "Version"], check=True, capture_output=True, text=True, timeout=SECONDS
    ).stdout.strip()


def uninstall(home: Path, *options: str) -> str:
    done = run(home / ".local" / "lib" / "imgenc" / "imgenc-uninstall", *options, home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_comes_and_goes(old: Path, home: Home) -> None:
    install(old, home)
    assert version_in(home) == "imgenc 1.0"
    entries = sorted((home / ".local" / "share" / "applications").glob("*.desktop"))
    assert [entry.name for entry in entries] == ["imgenc.desktop", "zz-imgenc.desktop"]
    subprocess.run(["desktop-file-validate", *entries], check=True, timeout=SECONDS)
    assert "imgenc is uninstalled." in uninstall(home)
    assert contents(home) == []


def test_a_desktop_starts_it_with_files(old: Path, home: Home) -> None:
    install(old, home)
    picture = home / "a b%20é.jpg"
    picture.touch()
    entry = home / ".local" / "share" / "applications" / "imgenc.desktop"
    assert run("gio", "launch", entry, picture, home, home=home).returncode == 0
    wait_for("the start", (home / "started").exists)
    wait_for("all of it", lambda: (home / "started").read_text() == f"{picture}\n{home}\n", 10)


def test_what_opens_pictures_and_folders_stays(old: Path, home: Home, tmp_path: Path) -> None:
    system = tmp_path / "system" / "applications"
    system.mkdir(parents=True)
    (system / "other.desktop").write_text(
        "[Desktop Entry]\nType=Application\nName=Other\nExec=true %F\nMimeType=image/png;inode/directory;\n"
    )
    subprocess.run(["update-desktop-database", system], check=True, timeout=SECONDS)
    environment = {"XDG_DATA_DIRS": f"{system.parent}:/usr/share/mime", "LC_ALL": "C"}
    install(old, home, **environment)

    def first(kind: str) -> str:
        return run("gio", "mime", kind, home=home, **environment).stdout.splitlines()[0].rpartition(": ")[2]

    assert first("image/png") == "other.desktop"
    assert first("inode/directory") == "other.desktop"
    assert first("image/heif") == "zz-imgenc.desktop"  # nothing opened it
    uninstall(home)
    assert contents(home) == []


def test_an_upgrade_takes_the_old_one_away(old: Path, new: Path, home: Home) -> None:
    install(old, home)
    before = contents(home)
    install(new, home)
    assert version_in(home) == "imgenc 1.1"
    assert [name.replace("1.1", "1.0") for name in contents(home)] == before
    install(new, home)  # over itself
    assert version_in(home) == "imgenc 1.1"
    assert len(contents(home)) == len(before)
    uninstall(home)
    assert contents(home) == []


@pytest.mark.parametrize(("there", "offered"), [("1.10", "1.9"), ("1.0", "1.0rc1"), ("1.0rc1", "1.0.dev2")])
def test_a_newer_one_stays(make: Make, there: str, offered: str, home: Home) -> None:
    install(make(there), home)
    said = refusal(make(offered), home)
    assert f"imgenc {there} is installed, which is newer than this one, {offered}." in said
    assert f"{home}/.local/lib/imgenc/imgenc-uninstall" in said
    assert version_in(home) == f"imgenc {there}"

    uninstall(home)
    install(make(offered), home)
    install(make(there), home)
    assert version_in(home) == f"imgenc {there}"
    older, newer = (version_of(next(make(version).parent.glob("*.deb"))) for version in (offered, there))
    subprocess.run(["dpkg", "--compare-versions", older, "lt", newer], check=True, timeout=SECONDS)


def test_settings_stay_unless_asked(old: Path, home: Home) -> None:
    library = home / KEPT
    library.parent.mkdir(parents=True)
    library.touch()
    install(old, home)
    assert str(library.parent) in uninstall(home)
    assert library.exists()
    install(old, home)
    uninstall(home, "--also-settings")
    assert contents(home) == [".local", ".local/share"]  # which were there before


def test_what_is_somebody_elses_stays(old: Path, new: Path, home: Home) -> None:
    own = home / ".local" / "bin" / "imgenc"
    own.parent.mkdir(parents=True)
    own.write_text("pip's")
    library = home / ".local" / "lib" / "imgenc-of-mine" / "a"
    library.parent.mkdir(parents=True)
    library.touch()
    before = contents(home)
    install(old, home)
    assert str(own) in run("sh", new, home=home).stdout
    uninstall(home)
    assert own.read_text() == "pip's"
    assert contents(home) == before


@pytest.mark.parametrize("damage", ["a byte", "the end"])
def test_a_damaged_file_installs_nothing(old: Path, home: Home, tmp_path: Path, damage: str) -> None:
    data = bytearray(old.read_bytes())
    if damage == "a byte":
        data[len(data) // 2] ^= 1
    else:
        del data[-100_000:]
    damaged = tmp_path / "damaged.run"
    damaged.write_bytes(data)
    assert "damaged" in refusal(damaged, home)


def test_it_says_what_hinders_it(old: Path, home: Home) -> None:
    assert "no home folder" in refusal(old, home, HOME=str(home / "none"))
    if os.geteuid() == 0:
        assert "without sudo" in refusal(old, home, SUDO_USER="somebody")
    (home / ".local").write_text("a file")
    assert "can't be made" in refusal(old, home)


def test_too_little_space_is_told(old: Path, home: Home, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\necho head\necho disk 100000 90000 10240 90% /\n")
    (tools / "df").chmod(0o755)
    said = refusal(old, home, path=f"{tools}:")
    assert "10 MB are free" in said


def test_a_program_that_does_not_run_here_is_not_installed(old: Path, new: Path, home: Home, tmp_path: Path) -> None:
    install(old, home)
    broken = tmp_path / "broken.run"
    broken.write_bytes(new.read_bytes().replace(b"  try\n", b'  echo "exit 3" >"$new/lib/imgenc/imgenc"; try\n', 1))
    assert "can't run on this system" in refusal(broken, home)
    assert version_in(home) == "imgenc 1.0"


def test_nothing_is_changed_below_a_running_program(old: Path, new: Path, home: Home) -> None:
    install(old, home)
    sleep = home / ".local" / "lib" / "imgenc" / "_internal" / "sleep"
    sleep.chmod(0o755)
    with subprocess.Popen([sleep, "1000"]) as process:
        try:
            assert "is running" in refusal(new, home)
            done = run(home / ".local" / "bin" / "imgenc-uninstall", home=home)
            assert done.returncode == 1
            assert "is running" in done.stderr
        finally:
            process.kill()
    install(new, home)


def test_whenever_it_is_killed_it_is_whole_or_not_there(old: Path, new: Path, home: Home) -> None:
    began = time.monotonic()
    install(new, home)
    whole = time.monotonic() - began
    expected = contents(home)
    uninstall(home)
    chance = random.Random(16)
    seen = set()
    for number in range(24):
        if version_in(home) not in ({""} if number < 12 else {"", "imgenc 1.0"}):
            uninstall(home)
        if number >= 12 and not version_in(home):
            install(old, home)  # then it is an upgrade
        with subprocess.Popen(
            ["sh", new],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            time.sleep(chance.uniform(0, whole * 1.1))
            os.killpg(process.pid, signal.SIGKILL)
        link = home / ".local" / "lib" / "imgenc"
        version = version_in(home)
        seen.add(version)
        assert version in ({"", "imgenc 1.1"} if number < 12 else {"imgenc 1.0", "imgenc 1.1"})
        if version:
            assert (link / "_internal" / f"only {version.split()[1]}").stat().st_size == 20_000_000
            assert (link / "imgenc-uninstall").is_file()
    assert seen >= {"", "imgenc 1.0"}
    install(new, home)
    assert [name for name in contents(home) if "imgenc-1.1" not in name] == [
        name for name in expected if "imgenc-1.1" not in name
    ]
    uninstall(home)
    left = [path for path in home.rglob("*") if path.is_symlink() or not path.is_dir()]
    assert left == []  # empty folders may stay: whose they are, only a run that went on had noted


def test_without_a_terminal_a_dialog_tells(make_screen, old: Path, home: Home) -> None:
    screen = make_screen()
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "DISPLAY": screen.environment["DISPLAY"]}

    def answered(command: list[object], title: str, key: str) -> None:
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            wait_for(title, lambda: "imgenc" in screen.tool("wmctrl", "-l", check=False))
            window = screen.tool("xdotool", "search", "--name", "^imgenc$").split()[0]
            screen.tool("xdotool", "windowactivate", "--sync", window)
            screen.tool("wmctrl", "-c", "imgenc") if key == "close" else screen.key(key)
            assert process.wait(SECONDS) == 0

    answered(["sh", old], "the words", "close")
    answered([home / ".local" / "bin" / "imgenc-uninstall", "--ask"], "the question", "Return")  # No, unless told
    assert version_in(home) == "imgenc 1.0"


def test_what_a_person_puts_under_its_names_later_stays(old: Path, new: Path, home: Home) -> None:
    install(old, home)
    commands = home / ".local" / "bin"
    for name in ("imgenc", "imgenc-gui"):
        (commands / name).unlink()
    (commands / "imgenc").write_text("pip's")
    (commands / "imgenc-gui").symlink_to("/usr/bin/true")
    assert str(commands / "imgenc") in run("sh", new, home=home).stdout
    uninstall(home)
    assert (commands / "imgenc").read_text() == "pip's"
    assert (commands / "imgenc-gui").readlink() == Path("/usr/bin/true")


def test_only_imgencs_own_settings_go(old: Path, home: Home, tmp_path: Path) -> None:
    own = tmp_path / "imgenc" / "a person's own"
    own.parent.mkdir()
    own.touch()
    install(old, home)
    program = home / ".local" / "lib" / "imgenc" / "imgenc-uninstall"
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": "."}  # not absolute: it doesn't count
    subprocess.run([program, "--also-settings"], env=environment, cwd=tmp_path, check=True, timeout=SECONDS)
    assert own.exists()


def test_a_running_program_is_seen_through_a_link(old: Path, new: Path, home: Home, tmp_path: Path) -> None:
    (tmp_path / "large disk").mkdir()
    (home / ".local").symlink_to(tmp_path / "large disk")
    install(old, home)
    sleep = home / ".local" / "lib" / "imgenc" / "_internal" / "sleep"
    sleep.chmod(0o755)
    with subprocess.Popen([sleep, "1000"]) as process:
        try:
            assert "is running" in refusal(new, home)
        finally:
            process.kill()
    uninstall(home)
    assert contents(tmp_path / "large disk") == []


def test_uninstalling_takes_what_a_killed_upgrade_left(old: Path, home: Home) -> None:
    install(old, home)
    for name in (".imgenc-new.abcdef", "imgenc-1.1"):
        half = home / ".local" / "lib" / name
        half.mkdir()
        (half / "installed").touch()
    uninstall(home)
    assert contents(home) == []


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_changed(old: Path, new: Path) -> None:
    nobody = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        installer = shutil.copy(new, home / "new.run")
        install(old, home)
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody.get("user", -1), -1, follow_symlinks=False)
        (home / ".local" / "bin").chmod(0o555)
        environment = {"HOME": folder, "PATH": "/usr/bin:/bin"}
        told = subprocess.run(
            ["sh", installer], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False, **nobody
        )
        assert told.returncode == 1
        assert f"nothing can be written to {home}/.local/bin" in told.stderr
        assert version_in(home) == "imgenc 1.0"
        (home / ".local" / "bin").chmod(0o755)


def test_a_data_folder_may_be_anywhere(old: Path, home: Home) -> None:
    share = Path(f"/imgenc-{os.getpid()}")  # at the top, where its parent has no name
    try:
        done = run("sh", old, home=home, XDG_DATA_HOME=str(share))
        assert "recursion" not in done.stderr
        assert (share / "applications" / "imgenc.desktop").exists() == (done.returncode == 0)
        assert done.returncode == 0 or "can't be made" in done.stderr
        if done.returncode == 0:
            uninstall(home)
    finally:
        assert not share.exists()


def test_nothing_stays_of_a_data_folder_that_ends_in_a_space(old: Path, home: Home) -> None:
    install(old, home, XDG_DATA_HOME=f"{home}/data ")
    assert (home / "data " / "applications" / "imgenc.desktop").exists()
    uninstall(home)
    assert contents(home) == []
