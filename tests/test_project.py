"""The project's own rules: lint, format, types, and imports that go down only."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy"],
        [str(BIN / "lint-imports")],
    ],
    ids=["lint", "format", "types", "imports"],
)
def test_rules(command):
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)

    assert run.returncode == 0, run.stdout + run.stderr


def test_nobody_emits_on_a_pyside_that_loses_references():
    """PySide6 6.12.0 crashes on Python 3.10 and 3.11 after some 570 signals."""
    import PySide6

    assert (6, 8) <= PySide6.__version_info__[:2] < (6, 12)


def test_readme_links_lead_somewhere():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme)

    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_the_tests_that_the_readme_names_are_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", readme)

    assert len(named) > 15
    for path, name in named:
        assert f"def {name or 'test_'}" in (ROOT / path).read_text(encoding="utf-8"), (path, name)


def test_what_a_test_logs_may_be_no_text():
    """Where it could not be told from one process of the tests to another, the whole run would end here."""
    logging.getLogger().warning("a picture named caf\udce9")
