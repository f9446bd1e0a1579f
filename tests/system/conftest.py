"""What the system's tests share: a screen of their own with a window manager, and imgenc's processes on it.

Needs more than pip brings, on Linux: Xvfb, openbox, xdotool, wmctrl, xclip, xwininfo, ImageMagick, LibreOffice Calc.
.ci/run installs it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.pictures import photo
from tests.system.drawings import CIRCLE

ROOT = Path(__file__).parents[2]
SECONDS = 120  # the longest wait for anything; a hang, not a measurement


def wait_for(what: str, condition: Callable[[], object], seconds: float = SECONDS) -> object:
    """Wait until the condition holds, and return what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    pytest.fail(f"not within {seconds:.0f} s: {what}")


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The folder of the program without Python: the one that IMGENC_BUNDLE names, or built now."""
    named = os.environ.get("IMGENC_BUNDLE")
    if named is None:
        subprocess.run([sys.executable, ROOT / "resources" / "packages" / "bundle.py"], check=True, timeout=900)
    return Path(named).resolve() if named else ROOT / "dist" / "imgenc"


@dataclass
class Screen:
    """A virtual screen. ``environment``: for processes that are to appear on it."""

    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def tool(self, *command: str, check: bool = True) -> str:
        run = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=check
        )
        return run.stdout.strip()

    def windows(self, process: psutil.Process) -> list[str]:
        """The ids of the process's visible windows."""
        return self.tool(
            "xdotool", "search", "--onlyvisible", "--pid", str(process.pid), "--name", ".", check=False
        ).split()

    def key(self, *keys: str) -> None:
        """Press keys in the window that has the focus."""
        self.tool("xdotool", "key", "--clearmodifiers", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        self.tool("xdotool", "type", "--clearmodifiers", "--delay", "5", text)

    def title(self) -> str:
        """The title of the active window."""
        return self.tool("xdotool", "getactivewindow", "getwindowname", check=False)

    def shoot(self, path: Path) -> Image.Image:
        """A picture of the whole screen."""
        self.tool("import", "-window", "root", str(path))
        with Image.open(path) as image:
            return image.convert("RGB")


@dataclass
class Imgenc:
    """The application, started as a person would."""

    screen: Screen
    process: psutil.Popen

    def main_window(self) -> str:
        found = wait_for("the window", lambda: self.screen.windows(self.process))
        return found[0]

    def focus(self) -> None:
        window = self.main_window()
        self.screen.tool("xdotool", "windowactivate", "--sync", window)

    def copied_rows(self) -> list[list[str]]:
        """The cells of all rows that are encoded, as Select all and Copy put them into the clipboard."""
        self.screen.key("ctrl+a", "ctrl+c")
        text = self.screen.tool("xclip", "-selection", "clipboard", "-o", check=False)
        rows = [line.split("\t") for line in text.splitlines()]
        return [cells for cells in rows if len(cells) > 1 and cells[1].startswith("Encoded")]

    def wait_encoded(self, count: int) -> list[list[str]]:
        """Wait until so many pictures are encoded."""
        rows: list[list[str]] = []

        def complete() -> bool:
            rows[:] = self.copied_rows()
            return len(rows) == count

        wait_for(f"{count} encoded rows", complete)
        return rows

    def wait_idle(self) -> None:
        """The title carries a percentage while pictures are encoded."""
        wait_for("the end of encoding", lambda: self.screen.title() == "imgenc")

    def children(self) -> list[psutil.Process]:
        return self.process.children(recursive=True)

    def end_status(self) -> int:
        return self.process.wait(SECONDS)


@pytest.fixture
def make_screen(tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """Screens of the sizes asked for, each with a window manager."""
    screens: list[Screen] = []
    for tool in ("Xvfb", "openbox", "xdotool", "wmctrl", "xclip", "xwininfo", "import"):
        assert shutil.which(tool), f"{tool} is needed: see .ci/run"

    def make(width: int = 1440, height: int = 900, scale: float = 1) -> Screen:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(writing),
                "-screen",
                "0",
                f"{round(width * scale)}x{round(height * scale)}x24",
                "-nolisten",
                "tcp",
            ],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb didn't start"
        folders = {name: tmp_path / name for name in ("config", "cache", "state", "data")}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "XDG_"))}
        environment |= {
            "DISPLAY": f":{number}",
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path),
            **{f"XDG_{name.upper()}_HOME": str(folder) for name, folder in folders.items()},
        }
        screen = Screen(environment, [server])
        screens.append(screen)
        screen.processes.append(subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL))
        wait_for("the window manager", lambda: "Name: Openbox" in screen.tool("wmctrl", "-m", check=False))
        return screen

    yield make
    for screen in screens:
        for process in reversed(screen.processes):
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Imgenc]]:
    """Starts imgenc-gui with these arguments on a screen; ``program``: another than this checkout's."""
    started: list[Imgenc] = []

    def begin(
        screen: Screen,
        *arguments: object,
        program: Sequence[object] = (sys.executable, "-m", "imgenc_gui"),
        environment: dict[str, str] | None = None,
    ) -> Imgenc:
        process = psutil.Popen([*map(str, (*program, *arguments))], env=environment or screen.environment, cwd=tmp_path)
        imgenc = Imgenc(screen, process)
        started.append(imgenc)
        imgenc.focus()
        return imgenc

    yield begin
    for imgenc in started:
        if imgenc.process.is_running():
            for child in imgenc.children():
                child.kill()
            imgenc.process.kill()
            imgenc.process.wait(SECONDS)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with twelve pictures, one damaged picture, and a drawing."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        Image.fromarray(photo(320, 240, number)).save(folder / f"IMG_{number:02}.jpg", quality=90)
    (folder / "bad.jpg").write_bytes((folder / "IMG_00.jpg").read_bytes()[:400])
    (folder / "drawing.svg").write_text(CIRCLE)
    return folder
