"""Where the files shipped with imgenc lie: in a checkout, in a wheel and in a frozen build."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(*parts: str) -> Path:
    """The path of a shipped file or folder, e.g. ``resource("icons", "stop.svg")``.

    A wheel and a frozen build carry ``resources`` inside the package; a checkout has it beside the package.
    """
    inside = _PACKAGE / "resources"
    return (inside if inside.is_dir() else _PACKAGE.parent / "resources").joinpath(*parts)
