"""Unexpected exceptions of any thread open one dialog with a report, and the application lives on."""

import logging
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

import imgenc_gui
from imgenc_gui.gui.errors import report
from imgenc_gui.gui.errors.log import close_logging, set_up_logging
from imgenc_gui.gui.errors.reporter import ErrorReporter


@pytest.fixture
def reporter(qapp, monkeypatch, tmp_path):
    before = sys.excepthook, threading.excepthook
    made = ErrorReporter(tmp_path)
    made.install()
    yield made
    if made.dialog() is not None:
        made.dialog().reject()
    made.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def wait_for_dialog(reporter, qtbot, count=1):
    qtbot.waitUntil(lambda: reporter.dialog() is not None and reporter.dialog().error_count() >= count, timeout=5000)
    return reporter.dialog()


class Emitter(QObject):
    happened = Signal()


def fail(words="boom"):
    raise RuntimeError(words)


@pytest.mark.qt_no_exception_capture
def test_an_exception_in_a_slot_opens_the_dialog_and_the_application_lives_on(reporter, qtbot):
    emitter = Emitter()
    emitter.happened.connect(lambda: fail("in a slot"))
    emitter.happened.emit()
    dialog = wait_for_dialog(reporter, qtbot)
    assert dialog.isVisible()
    assert "RuntimeError: in a slot" in dialog.report_text()
    lives = []
    QTimer.singleShot(0, lambda: lives.append(True))
    qtbot.waitUntil(lambda: bool(lives), timeout=5000)


@pytest.mark.qt_no_exception_capture
def test_an_exception_in_a_python_thread_reaches_it_with_the_threads_name(reporter, qtbot):
    thread = threading.Thread(target=fail, args=("in a thread",), name="walker")
    thread.start()
    thread.join(5)
    dialog = wait_for_dialog(reporter, qtbot)
    assert "Thread walker" in dialog.report_text()
    assert "RuntimeError: in a thread" in dialog.report_text()


@pytest.mark.qt_no_exception_capture
def test_an_exception_on_a_pool_thread_reaches_it(reporter, qtbot):
    class Job(QRunnable):
        def run(self):
            fail("on the pool")

    pool = QThreadPool()
    pool.start(Job())
    assert pool.waitForDone(5000)
    assert "RuntimeError: on the pool" in wait_for_dialog(reporter, qtbot).report_text()


@pytest.mark.qt_no_exception_capture
def test_an_exception_while_painting_reaches_it(reporter, qtbot):
    class Broken(QWidget):
        def paintEvent(self, event):  # noqa: N802 - Qt's name
            del event
            fail("while painting")

    broken = Broken()
    qtbot.addWidget(broken)
    broken.show()
    assert "while painting" in wait_for_dialog(reporter, qtbot).report_text()
    broken.hide()


def test_many_errors_are_counted_in_one_dialog(reporter, qtbot):
    for number in range(200):
        reporter.report(ValueError(f"number {number // 10}"))
    dialog = wait_for_dialog(reporter, qtbot, 200)
    assert [w for w in QApplication.topLevelWidgets() if isinstance(w, report.ErrorDialog) and w.isVisible()] == [
        dialog
    ]
    assert "200 times" in " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "200 errors in all" in dialog.report_text()
    assert dialog.report_text().count("ValueError: number 3\n") == 1
    assert dialog.report_text().count("Traceback") + dialog.report_text().count("ValueError") == 10
    assert len(dialog.report_text()) < 20_000
    dialog.reject()
    assert reporter.dialog() is None
    reporter.report(ValueError("afterwards"))
    again = wait_for_dialog(reporter, qtbot)
    assert again.error_count() == 1
    assert "number 3" not in again.report_text()


def test_the_report_can_be_copied_and_names_what_matters(reporter, qtbot):
    reporter.report(ValueError(f"in {Path.home() / 'secret'}"))
    dialog = wait_for_dialog(reporter, qtbot)
    copy = next(b for b in dialog.findChildren(QPushButton) if "opy report" in b.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text == dialog.report_text() == dialog.findChild(QPlainTextEdit).toPlainText()
    for word in (f"imgenc {imgenc_gui.__version__}", "Python 3.", "Qt 6.", "System ", "Pillow ", "numpy "):
        assert word in text
    assert str(Path.home()) not in text
    assert copy.text() == "Copied"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert reporter.dialog() is None


def test_the_signal_carries_the_report(reporter, qtbot):
    with qtbot.waitSignal(reporter.reported, timeout=5000) as caught:
        reporter.report(ValueError("signalled"))
    assert "ValueError: signalled" in caught.args[0]


def test_the_dialog_belongs_to_the_main_window_and_open_panels_give_way(reporter, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    inner = QDialog(window)
    inner.show()
    inner.activateWindow()
    popup = QWidget(inner, Qt.WindowType.Popup)
    popup.show()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is popup, timeout=5000)
    reporter.report(ValueError("meanwhile"))
    dialog = wait_for_dialog(reporter, qtbot)
    assert not popup.isVisible()
    assert dialog.parentWidget() in {window, None}  # None where the platform knows no active window
    dialog.reject()


def test_a_dialog_that_fails_itself_ends_there(reporter, qtbot, monkeypatch, caplog):
    monkeypatch.setattr(report, "versions_text", lambda: fail("in the report"))
    reporter.report(ValueError("first"))
    qtbot.waitUntil(lambda: "dialog itself failed" in caplog.text, timeout=5000)
    reporter.report(ValueError("second"))
    qtbot.wait(50)
    assert caplog.text.count("dialog itself failed") == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_leaving_the_program_is_no_error(qapp, qtbot, monkeypatch, kind):
    passed_on = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: passed_on.append(args[0]))
    reporter = ErrorReporter()
    reporter.install()
    sys.excepthook(kind, kind(), None)
    assert passed_on == [kind]
    qapp.processEvents()
    assert reporter.dialog() is None
    reporter.uninstall()


@pytest.fixture
def logging_as_before():
    root = logging.getLogger()
    level = root.level
    yield
    close_logging()
    root.setLevel(level)


def test_an_error_is_in_the_log(tmp_path, reporter, qtbot, logging_as_before):
    path = set_up_logging(tmp_path)
    reporter.report(ValueError("for the record"))
    wait_for_dialog(reporter, qtbot)
    assert "ValueError: for the record" in path.read_text(encoding="utf-8")
