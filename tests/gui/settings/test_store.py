"""Settings: remembered across runs, in a scope of their own, and never a reason to fail."""

import os

import pytest
from PySide6.QtCore import QByteArray, QSettings

from imgenc_gui.core.hashing.hashes import AHASH, PHASH, WHASH
from imgenc_gui.core.listing import Origin
from imgenc_gui.core.networks.mobilenet_v1 import CNN
from imgenc_gui.core.processors import usable_processors
from imgenc_gui.gui.settings.store import MAX_RECENT, MAX_THREADS, ColumnLayout, Recent, Settings


def open_settings(folder):
    return Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))


def save(settings):
    settings.store.sync()
    assert settings.store.status() == QSettings.Status.NoError


CHANGED = {
    "methods": (AHASH, CNN),
    "apply_exif_orientation": True,
    "threads": 3,
    "recursive": False,
    "recent": (Recent("/photos/ä ö, ü"), Recent("/with = and ; and \\ in it", is_export=True)),
    "theme": "dark",
    "geometry": QByteArray(b"\x00\x01\xff"),
    "window_state": QByteArray(b"state"),
    "columns": (ColumnLayout("name", 200, False, "DescendingOrder"), ColumnLayout("phash", 90, True, "")),
    "inspector_visible": False,
    "reopen": True,
    "left": (
        Origin("/photos/a, b; c", is_folder=True, recursive=True),
        Origin("/a b.jpg", is_folder=False, recursive=False),
    ),
    "last_export_folder": "/exports",
    "last_export_format": "excel",
}


def test_every_setting_has_its_default_in_an_empty_store(tmp_path):
    settings = open_settings(tmp_path)
    assert {name: getattr(settings, name) for name in CHANGED} == {name: settings.default(name) for name in CHANGED}
    assert settings.methods == (PHASH,)
    assert not settings.apply_exif_orientation


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_is_remembered_by_the_next_run_and_announced_once(tmp_path, name):
    settings = open_settings(tmp_path)
    announced = []
    settings.changed.connect(announced.append)
    setattr(settings, name, CHANGED[name])
    setattr(settings, name, CHANGED[name])
    assert announced == [name]
    save(settings)
    again = open_settings(tmp_path)
    assert getattr(again, name) == CHANGED[name]
    assert type(getattr(again, name)) is type(CHANGED[name])


@pytest.mark.skipif(os.sep != "/", reason="names that are bytes")
def test_folders_whose_names_are_no_text_are_remembered(tmp_path):
    folders = (os.fsdecode(b"/photos/caf\xe9"), "/photos/a\n[window]\n", "/photos/caf%E9", os.fsdecode(b"/\xff%41"))
    settings = open_settings(tmp_path)
    settings.recent = recent = tuple(Recent(folder, is_export=bool(n % 2)) for n, folder in enumerate(folders))
    settings.left = left = tuple(
        Origin(folder, is_folder=True, recursive=bool(n % 2)) for n, folder in enumerate(folders)
    )
    settings.last_export_folder = folders[0]
    save(settings)
    again = open_settings(tmp_path)
    assert again.recent == recent
    assert again.left == left
    assert again.last_export_folder == folders[0]


@pytest.mark.parametrize("one", [(WHASH,), (PHASH,)])
def test_a_list_of_one_survives_the_ini_file(tmp_path, one):
    settings = open_settings(tmp_path)
    settings.methods = one
    settings.recent = (Recent("/only"),)
    save(settings)
    again = open_settings(tmp_path)
    assert again.methods == one
    assert again.recent == (Recent("/only"),)
    again.recent = ()
    save(again)
    assert open_settings(tmp_path).recent == ()


def test_methods_keep_the_order_of_the_table_and_at_least_one(tmp_path):
    settings = open_settings(tmp_path)
    settings.methods = (CNN, AHASH)
    assert settings.methods == (AHASH, CNN)
    with pytest.raises(ValueError):
        settings.methods = ()
    assert settings.methods == (AHASH, CNN)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("encoding/methods", "methods"),
        ("encoding/threads", "threads"),
        ("encoding/apply_rotation", "apply_exif_orientation"),
        ("window/theme", "theme"),
        ("window/geometry", "geometry"),
        ("window/columns", "columns"),
    ],
)
@pytest.mark.parametrize(
    "damaged",
    ["nonsense", "-5", "", "99999999999999999999", "name 99999999999 shown", "name 0 shown"],
)
def test_a_damaged_file_gives_the_default(tmp_path, key, name, damaged):
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    store.setValue(key, damaged)
    store.sync()
    settings = open_settings(tmp_path)
    assert getattr(settings, name) == settings.default(name)


def test_folders_and_exports_are_newest_first_unique_and_few(tmp_path):
    settings = open_settings(tmp_path)
    for number in range(MAX_RECENT + 3):
        settings.add_recent(f"/photos/{number}", is_export=bool(number % 2))
    settings.add_recent("/photos/5", is_export=True)
    assert settings.recent[:2] == (Recent("/photos/5", is_export=True), Recent("/photos/10"))
    assert len(settings.recent) == MAX_RECENT
    settings.remove_recent("/photos/5")
    assert "/photos/5" not in [one.path for one in settings.recent]


def test_folders_remembered_by_an_earlier_imgenc_are_there(tmp_path):
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    store.setValue("folders/recent", ["/photos", "/more"])
    store.sync()
    assert open_settings(tmp_path).recent == (Recent("/photos"), Recent("/more"))


def test_automatic_threads_are_the_commands_and_a_number_is_obeyed(tmp_path, monkeypatch):
    settings = open_settings(tmp_path)
    assert settings.worker_count() == usable_processors()
    # AND no more than the processors that this process may use
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {5}, raising=False)
    assert settings.worker_count() == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(500)))
    assert settings.worker_count() == MAX_THREADS
    settings.threads = 7
    assert settings.worker_count() == 7
