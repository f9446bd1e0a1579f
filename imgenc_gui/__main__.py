"""Set up the process, then run the window: `imgenc-gui [PATH...]` and `python -m imgenc_gui`."""

from __future__ import annotations

from imgenc_gui.core.starting import Starting

with Starting():
    import gc
    import importlib.util
    import os
    import sys
    from pathlib import Path

    from imgenc_gui.core import ending, frozen
    from imgenc_gui.core.formats.child import serve_if_asked
    from imgenc_gui.core.terminal import open_streams, run_to_the_end


def main() -> int:
    """Run the program; the exit status."""
    serve_if_asked()  # first: a frozen guarded child must not open a window
    gc.disable()  # until the window is there: what is made by then stays
    frozen.set_up_process()
    open_streams()  # before anything else is opened
    ending.listen()  # until there is a window that can be closed, it just ends
    keep_torch_loadable()
    favour_window()
    return run_to_the_end(_run, lambda words: sys.stderr.write(f"imgenc-gui: {words}\n"))


def _run() -> int:
    from imgenc_gui.core.formats.being_read import BEING_READ  # noqa: PLC0415
    from imgenc_gui.core.library.library import usual_folder  # noqa: PLC0415

    with BEING_READ.kept_in(usual_folder()):  # the next start knows what this one died of
        # Qt comes after the process is set up, and after what knows no Qt: PySide reads the source of all that follow.
        from imgenc_gui.app import main  # noqa: PLC0415

        return main()


def favour_window() -> None:
    """Let the window's thread have its turn after 0.5 ms, not 5, while workers run Python code.

    With 5 ms, 100,000 instant results made gaps of 100 ms in the window's thread; with 0.5 ms the longest was 33 ms.
    """
    sys.setswitchinterval(0.0005)


def keep_torch_loadable() -> None:
    """Let Windows find torch's DLLs although torch is imported after Qt, by a worker, when the CNN is first used.

    torch >= 2.9 loaded after Qt can fail there, because a DLL of the same name (the C++ runtime, libomp) is looked for
    in Qt's folder first. Importing torch here would cost seconds at each start, so only its folder is announced.
    """
    if sys.platform != "win32":
        return
    found = importlib.util.find_spec("torch")  # doesn't import it
    if found is not None and found.origin is not None:
        libraries = Path(found.origin).parent / "lib"
        if libraries.is_dir():
            os.add_dll_directory(str(libraries))


if __name__ == "__main__":
    sys.exit(main())
