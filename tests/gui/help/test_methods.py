"""What is said of the methods is what they give."""

from __future__ import annotations

import threading

import shiboken6
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from imgenc_gui.core.registry import METHODS
from imgenc_gui.gui.help.methods import MethodsDialog, encode_examples
from imgenc_gui.gui.settings.store import Settings
from imgenc_gui.gui.window.main_window import MainWindow
from imgenc_gui.gui.work.jobs import Jobs
from tests.gui.panels import make_methods_dialog


def test_each_method_is_shown_on_pictures_that_it_truly_encodes(qtbot: QtBot, tmp_path) -> None:
    # GIVEN what the methods give for the four pictures
    encodings = encode_examples()
    # WHEN they are explained
    dialog = make_methods_dialog(tmp_path)
    qtbot.addWidget(dialog)
    # THEN of each method that hashes there are their patterns, and what they say
    said = {method.label: [label.text() for label in labels] for method, labels in dialog._words.items()}
    assert list(said) == [method.label for method in METHODS if method.is_hash]
    for method, patterns in dialog._patterns.items():
        hashes = [int(str(encodings[name][method]), 16) for name in ("original", "smaller", "crop", "other")]
        assert [int(pattern._bits.sum()) for pattern in patterns] == [value.bit_count() for value in hashes]
        bits = [(value ^ hashes[0]).bit_count() for value in hashes]
        assert all(f"{count} bits differ" in text for count, text in zip(bits[2:], said[method.label][2:], strict=True))
        assert bits[1] == 0
        assert "no bit differs" in said[method.label][1]
    assert said["PHash"][1].startswith("Identical")
    assert said["PHash"][2].startswith("Edited")
    assert said["PHash"][3].startswith("Not alike")
    # AND every other one has its sentence
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert all(method.sentence in texts for method in METHODS)


def test_the_first_screen_explains_the_methods_that_it_names(qtbot: QtBot, store) -> None:
    window = MainWindow(Settings(store))
    qtbot.addWidget(window)
    window.show()
    link = window.drop_area._explain
    assert link.text() == "What is PHash?"
    # WHEN others are chosen THEN they are named
    window.header.methods.panel._boxes[METHODS["dhash"]].click()
    assert link.text() == "What are PHash, DHash?"
    # AND a click tells what they are
    link.click()
    dialog = window.findChild(MethodsDialog)
    qtbot.waitUntil(lambda: bool(dialog._words[METHODS["dhash"]][3].text().strip()), timeout=20_000)
    dialog.close()
    window.close_at_once()


def test_closing_the_explanation_before_it_is_filled_is_no_error(qtbot: QtBot) -> None:
    errors: list[Exception] = []
    jobs = Jobs(1, errors.append)
    gate = threading.Event()
    jobs.run(lambda: gate.wait(20), lambda _: None)
    dialog = MethodsDialog(jobs)
    qtbot.addWidget(dialog)
    shiboken6.delete(dialog)
    gate.set()
    done: list[bool] = []
    jobs.run(lambda: None, lambda _: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=60_000)
    assert errors == []
    assert jobs.close(20_000)
