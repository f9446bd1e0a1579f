"""What users' programs read from the exports, and what happens to their old files when an export fails."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import os
import stat
import subprocess
import sys
import textwrap
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgenc_gui.core.files import atomic
from imgenc_gui.core.encoding import Failure, ImageResult, Method, Options
from imgenc_gui.core.files.export import ExportError, ExportFormat, export_results, preview_text, target_files
from imgenc_gui.core.formats.reading import Caution, CautionCode, ErrorCode, Facts

ALL = Options(tuple(Method))
HASHES = Options((Method.PHASH, Method.AHASH, Method.DHASH, Method.WHASH))
FACTS = Facts("JPEG", 4000, 3000, 1, 5_000_123, 1_700_000_000.25, 6)
MODIFIED = "2023-11-14T22:13:20.250Z"
PHASH = "9fee256239984d71"
TRICKY = sorted(
    [
        "comma, inside.jpg",
        'a "quoted" name.jpg',
        "line\nbreak.jpg",
        "return\rhere.jpg",
        "both\r\nhere.jpg",
        "=1+1.jpg",
        "+49.jpg",
        "-minus.jpg",
        "@home.jpg",
        "\ttab.jpg",
        "\rreturn first.jpg",
        "'=quoted.jpg",
        "'quoted.jpg",
        " space first.jpg",
        "😀🏳️‍🌈.jpg",
        "שלום عليكم.jpg",
        "e\u0301 is not é.jpg",
        "NA",
        "null",
        "1e5",
        "back\\slash.jpg",
        "sub/folder/a.jpg",
        os.fsdecode(b"caf\xe9 \xff.jpg"),
    ]
)


def vector(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(1024, np.float32) * 6


def encoded(name: str, seed: int = 0, **changes: object) -> ImageResult:
    encodings = {method: f"{seed + i:016x}" for i, method in enumerate(HASHES.methods)} | {Method.CNN: vector(seed)}
    return ImageResult(f"/photos/{name}", FACTS, encodings | changes)


def failed(name: str, code: ErrorCode = ErrorCode.DAMAGED, reason: str = "It ends too early.") -> ImageResult:
    return ImageResult(f"/photos/{name}", failure=Failure(code, reason))


def some() -> list[tuple[str, ImageResult]]:
    warned = ImageResult(
        "/photos/c.png", FACTS, encoded("c.png", 3).encodings, (Caution(CautionCode.ROTATED, "Turned."),)
    )
    return [
        ("a.jpg", encoded("a.jpg", 1)),
        ("b.jpg", failed("b.jpg")),
        ("c.png", warned),
        ("notes.txt", failed("notes.txt", ErrorCode.NOT_AN_IMAGE, "This is no picture.")),
    ]


def export(
    folder: Path, file_format: ExportFormat, named: object = None, options: Options = ALL, name: str | None = None
) -> list[Path]:
    target = folder / (name or f"h{file_format.suffix}")
    return export_results(some() if named is None else named, target, file_format, options, "/photos")


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def rows_of(path: Path, *, excel: bool = False) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig" if excel else "utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


# --- what other programs read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PHash", "AHash", "DHash", "WHash"])
def test_imagededup_finds_planted_duplicates_in_exported_hashes(tmp_path: Path, method: str) -> None:
    from imagededup import methods

    rng = np.random.default_rng(5)
    values = {f"sub/{i:02}.jpg": int(rng.integers(2**63)) for i in range(30)}
    values |= {"copy.jpg": values["sub/03.jpg"], "near.jpg": values["sub/07.jpg"] ^ 0b1011}
    key = Method(method.lower())
    named = [(name, ImageResult(name, FACTS, {key: f"{values[name]:016x}"})) for name in sorted(values)]
    (path,) = export(tmp_path, ExportFormat.ENCODINGS, [*named, ("x.jpg", failed("x.jpg"))], Options((key,)))

    with path.open() as file:
        encoding_map = json.load(file)
    hasher = getattr(methods, method)(verbose=False)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parameter num_enc_workers", RuntimeWarning)
        found = hasher.find_duplicates(encoding_map=encoding_map, max_distance_threshold=3, num_dist_workers=0)

    planted = {
        "copy.jpg": ["sub/03.jpg"],
        "sub/03.jpg": ["copy.jpg"],
        "near.jpg": ["sub/07.jpg"],
        "sub/07.jpg": ["near.jpg"],
    }
    assert found == {name: planted.get(name, []) for name in values}


def test_imagededup_finds_planted_duplicates_in_exported_vectors(tmp_path: Path) -> None:
    import torch
    from imagededup.methods import CNN
    from imagededup.utils import CustomModel

    vectors = {f"{i:02}.jpg": vector(i) * (vector(i + 100) > 4) for i in range(20)}
    vectors["near.jpg"] = vectors["05.jpg"] + np.float32(0.01)
    named = [(name, encoded(name, cnn=vectors[name])) for name in sorted(vectors)]
    (path,) = export(tmp_path, ExportFormat.ENCODINGS, named, Options((Method.CNN,)))

    with path.open() as file:
        encoding_map = json.load(file)
    searcher = CNN(verbose=False, model_config=CustomModel("none", torch.nn.Identity(), torch.nn.Identity()))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parameter num_enc_workers", RuntimeWarning)
        found = searcher.find_duplicates(
            encoding_map=encoding_map, min_similarity_threshold=0.95, scores=True, num_sim_workers=0
        )

    assert {name: [other for other, _ in others] for name, others in found.items() if others} == {
        "05.jpg": ["near.jpg"],
        "near.jpg": ["05.jpg"],
    }
    for name, values in encoding_map.items():
        assert np.array_equal(np.array(values, np.float32), vectors[name])


def test_encodings_hold_readable_pictures_only_in_the_order_given(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.ENCODINGS, options=Options((Method.PHASH,)))
    assert path.read_bytes() == b'{\n"a.jpg": "0000000000000001",\n"c.png": "0000000000000003"\n}\n'


def test_one_file_of_encodings_per_method(tmp_path: Path) -> None:
    files = export(tmp_path, ExportFormat.ENCODINGS, options=Options((Method.CNN, Method.DHASH)), name="h.json")
    assert {path.name for path in files} == {"h.dhash.json", "h.cnn.json"} == names_in(tmp_path)
    assert json.loads((tmp_path / "h.dhash.json").read_text()) == {"a.jpg": f"{3:016x}", "c.png": f"{5:016x}"}


def test_nothing_readable_gives_an_empty_object(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.ENCODINGS, [("b.jpg", failed("b.jpg"))], Options())
    assert json.loads(path.read_text()) == {}


def test_pandas_reads_the_csv_back(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.CSV)
    table = pd.read_csv(path, dtype={method.value: str for method in HASHES.methods})
    pictures = table[table["status"] != "not-an-image"]
    assert list(pictures["path"]) == ["a.jpg", "b.jpg", "c.png"]
    assert list(pictures["status"])[:2] == ["encoded", "damaged"]
    assert list(pictures["reason"])[1:] == ["It ends too early.", "Turned."]
    first = pictures.iloc[0]
    assert list(first[["format", "width", "height", "bytes", "modified"]]) == ["JPEG", 4000, 3000, 5_000_123, MODIFIED]
    assert pd.to_datetime(first["modified"]).timestamp() == FACTS.modified
    assert [first[method.value] for method in HASHES.methods] == [f"{i:016x}" for i in range(1, 5)]
    columns = [f"cnn_{i}" for i in range(1024)]
    assert np.array_equal(first[columns].to_numpy(np.float32), vector(1))
    assert pictures.iloc[1][["format", "width", "phash", *columns]].isna().all()


def test_csv_has_columns_for_the_chosen_methods_only(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.CSV, options=Options((Method.DHASH,)))
    head = path.read_bytes().split(b"\r\n")[0]
    assert head == b"path,format,width,height,bytes,modified,dhash,status,reason"


def test_excel_sees_text_where_it_would_see_numbers_and_formulas(tmp_path: Path) -> None:
    named = [(name, encoded(name, phash="12e4567890123456")) for name in sorted(["=cmd()|x.jpg", "a.jpg"])]
    (path,) = export(tmp_path, ExportFormat.EXCEL, named, Options((Method.PHASH,)))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfpath,")
    assert data.count(b"\n") == data.count(b"\r\n") == 3
    assert data.count(b'"=""12e4567890123456"""') == 2
    assert [row["path"] for row in rows_of(path, excel=True)] == ["'=cmd()|x.jpg", "a.jpg"]


def test_report_tells_everything(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.REPORT, options=Options((Method.PHASH, Method.CNN), apply_rotation=True))
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["version"] == 1
    assert report["options"] == {"methods": ["phash", "cnn"], "apply_rotation": True}
    assert report["root"] == "/photos"
    assert {"imgenc", "Python", "Pillow", "numpy", "torch"} <= set(report["libraries"])
    first, second = report["images"]
    facts = {"format": "JPEG", "width": 4000, "height": 3000, "frames": 1, "bytes": 5_000_123}
    facts |= {"modified": MODIFIED, "orientation": 6, "path": "a.jpg"}
    assert {key: first[key] for key in facts} == facts
    assert set(first["encodings"]) == {"phash", "cnn"}
    assert first["encodings"]["phash"] == f"{1:016x}"
    assert np.array_equal(np.array(first["encodings"]["cnn"], np.float32), vector(1))
    assert first["warnings"] == []
    assert second["warnings"] == [{"code": "rotated", "text": "Turned."}]
    assert report["failures"] == [{"path": "b.jpg", "code": "damaged", "reason": "It ends too early."}]
    assert report["other_files"] == ["notes.txt"]
    assert report["counts"] == {"encoded": 2, "failed": 1, "other_files": 1}


def test_report_without_any_picture_is_json(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.REPORT, [], HASHES)
    report = json.loads(path.read_text())
    assert (report["images"], report["failures"], report["other_files"]) == ([], [], [])


def test_report_where_libraries_carry_no_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a frozen build."""
    monkeypatch.setattr(sys, "path", [])
    sys.path_importer_cache.clear()
    (path,) = export(tmp_path, ExportFormat.REPORT)
    assert json.loads(path.read_text())["libraries"]["numpy"] == np.__version__


def test_numpy_reads_the_npz_back(tmp_path: Path) -> None:
    named = [*some(), ("z.jpg", ImageResult("/photos/z.jpg", FACTS, {Method.PHASH: PHASH}))]
    (path,) = export(tmp_path, ExportFormat.NPZ, named)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["names"].tolist() == ["a.jpg", "c.png", "z.jpg"]
        assert arrays["phash"].tolist() == [f"{1:016x}", f"{3:016x}", PHASH]
        assert arrays["dhash"].tolist() == [f"{3:016x}", f"{5:016x}", ""]
        assert arrays["cnn"].dtype == np.float32
        assert np.array_equal(arrays["cnn"][:2], [vector(1), vector(3)])
        assert np.isnan(arrays["cnn"][2]).all()
        assert set(arrays) == {"names", "phash", "ahash", "dhash", "whash", "cnn"}


def test_npz_of_nothing(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.NPZ, [])
    with np.load(path) as arrays:
        assert arrays["names"].tolist() == []
        assert arrays["cnn"].shape == (0, 1024)


# --- names and numbers -----------------------------------------------------------------------------------------------


def names_read_back(path: Path, file_format: ExportFormat) -> list[str]:
    if file_format is ExportFormat.ENCODINGS:
        return list(json.loads(path.read_bytes()))
    if file_format is ExportFormat.REPORT:
        return [image["path"] for image in json.loads(path.read_bytes())["images"]]
    if file_format is ExportFormat.NPZ:
        with np.load(path) as arrays:
            return arrays["names"].tolist()
    names = [row["path"] for row in rows_of(path, excel=file_format is ExportFormat.EXCEL)]
    return [name.removeprefix("'") for name in names] if file_format is ExportFormat.EXCEL else names


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_tricky_names_survive(tmp_path: Path, file_format: ExportFormat) -> None:
    named = [(name, encoded(name, phash=PHASH)) for name in TRICKY]
    (path,) = export(tmp_path, file_format, named, Options((Method.PHASH,)))
    assert names_read_back(path, file_format) == TRICKY


def test_pandas_reads_tricky_names(tmp_path: Path) -> None:
    (path,) = export(tmp_path, ExportFormat.CSV, [(name, encoded(name)) for name in TRICKY], Options())
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding_errors="surrogateescape")
    assert list(table["path"]) == TRICKY


@pytest.mark.parametrize("file_format", [ExportFormat.ENCODINGS, ExportFormat.REPORT, ExportFormat.CSV])
def test_readable_names_stay_readable_in_the_file(tmp_path: Path, file_format: ExportFormat) -> None:
    broken = os.fsdecode(b"\xff.jpg")
    named = [(name, encoded(name)) for name in ("é😀.jpg", broken)]
    data = export(tmp_path, file_format, sorted(named), Options())[0].read_bytes()
    assert "é😀.jpg".encode() in data
    assert (b"\xff.jpg" in data) == (file_format is ExportFormat.CSV)  # its own bytes; escaped in JSON


NAMES = st.sets(st.binary(min_size=1, max_size=12).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"="))), max_size=6)


@pytest.mark.parametrize("file_format", list(ExportFormat))
@settings(max_examples=30, deadline=None)
@given(names=NAMES | st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), max_size=6))
def test_any_names_survive(
    tmp_path_factory: pytest.TempPathFactory, file_format: ExportFormat, names: set[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (path,) = export(folder, file_format, [(name, encoded(name)) for name in sorted(names)], Options(), "any")
    assert names_read_back(path, file_format) == sorted(names)


FLOATS = hnp.arrays(np.float32, 1024, elements=st.floats(width=32, allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("file_format", [ExportFormat.ENCODINGS, ExportFormat.CSV, ExportFormat.NPZ])
@settings(max_examples=15, deadline=None)
@given(values=FLOATS)
def test_every_float32_survives(
    tmp_path_factory: pytest.TempPathFactory, file_format: ExportFormat, values: np.ndarray
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (path,) = export(folder, file_format, [("a", encoded("a", cnn=values))], Options((Method.CNN,)), "floats")
    if file_format is ExportFormat.ENCODINGS:
        read = np.array(json.loads(path.read_bytes())["a"], np.float32)
    elif file_format is ExportFormat.CSV:
        (row,) = rows_of(path)
        read = np.array([float(row[f"cnn_{i}"]) for i in range(1024)], np.float32)
    else:
        with np.load(path) as arrays:
            read = arrays["cnn"][0]
    assert read.tobytes() == values.tobytes()


def test_float32_is_written_short(tmp_path: Path) -> None:
    values = np.zeros(1024, np.float32)
    values[:3] = 0.1, 1 / 3, 5.877472e-39
    (path,) = export(tmp_path, ExportFormat.ENCODINGS, [("a", encoded("a", cnn=values))], Options((Method.CNN,)))
    assert path.read_text().startswith('{\n"a": [0.1, 0.33333334, 5.877472e-39, 0.0, 0.0')


def test_the_one_float32_whose_shortest_text_isnt_enough_for_json(tmp_path: Path) -> None:
    values = np.zeros(1024, np.uint32)
    values[:3] = 0x15AE43FC, 0x15AE43FD, 0x95AE43FD
    floats = values.view(np.float32)
    (path,) = export(tmp_path, ExportFormat.ENCODINGS, [("a", encoded("a", cnn=floats))], Options((Method.CNN,)))
    assert np.array_equal(np.array(json.loads(path.read_bytes())["a"], np.float32), floats)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_json_has_no_word_for_are_refused(tmp_path: Path, bad: float) -> None:
    values = np.full(1024, bad, np.float32)
    with pytest.raises(ValueError, match="finite"):
        export(tmp_path, ExportFormat.ENCODINGS, [("a", encoded("a", cnn=values))])
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("modified", [None, -1e18, 1e18, -86400.5, float("inf")])
@pytest.mark.parametrize("file_format", [ExportFormat.CSV, ExportFormat.REPORT])
def test_odd_dates_dont_end_an_export(tmp_path: Path, file_format: ExportFormat, modified: float | None) -> None:
    facts = Facts("PNG", 1, 1, 1, 67, modified, 1)
    (path,) = export(tmp_path, file_format, [("a", ImageResult("a", facts, {Method.PHASH: PHASH}))], Options())
    told = rows_of(path)[0] if file_format is ExportFormat.CSV else json.loads(path.read_bytes())["images"][0]
    if modified == -86400.5:
        assert told["modified"] == "1969-12-30T23:59:59.500Z"
    else:
        assert not told["modified"]


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_same_results_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_format: ExportFormat) -> None:
    first = [path.read_bytes() for path in export(tmp_path, file_format, name="first")]
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    second = [path.read_bytes() for path in export(tmp_path, file_format, iter(some()), name="second")]
    assert first == second


# --- wrong use -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_no_method_is_wrong_use(tmp_path: Path, file_format: ExportFormat) -> None:
    with pytest.raises(ValueError, match="method"):
        export(tmp_path, file_format, options=Options(()))


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_one_name_for_two_pictures_is_refused(tmp_path: Path, file_format: ExportFormat) -> None:
    with pytest.raises(ValueError, match="sorted and different"):
        export(tmp_path, file_format, [("a.jpg", encoded("a.jpg", 1)), ("a.jpg", encoded("a.jpg", 2))])
    assert names_in(tmp_path) == set()


def test_target_files() -> None:
    target = Path("/x/my.photos.json")
    several = target_files(target, ExportFormat.ENCODINGS, (Method.PHASH, Method.CNN))
    assert several == [Path("/x/my.photos.phash.json"), Path("/x/my.photos.cnn.json")]
    assert target_files(target, ExportFormat.ENCODINGS, (Method.CNN,)) == [target]
    assert target_files(target, ExportFormat.REPORT, tuple(Method)) == [target]
    assert target_files(Path("/x/my.photos"), ExportFormat.ENCODINGS, tuple(Method))[0] == Path("/x/my.photos.phash")


# --- whole or not there ----------------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Callable[[], None]:
    """Old exports of every format, and a function that asserts that they are as they were, and nothing else there."""
    folder = tmp_path / "exports"
    folder.mkdir()
    targets = {path for kind in ExportFormat for path in target_files(folder / f"h{kind.suffix}", kind, ALL.methods)}
    for target in targets:
        target.write_text(f"old {target.name}")

    def unchanged() -> None:
        assert {path: path.read_text() for path in folder.iterdir()} == {path: f"old {path.name}" for path in targets}

    return unchanged


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("file_format", list(ExportFormat))
@pytest.mark.parametrize(
    "error", [CancelledError(), KeyboardInterrupt(), OSError(errno.EIO, "a picture's disk is gone")]
)
def test_an_interruption_changes_nothing(
    tmp_path: Path, old: Callable[[], None], file_format: ExportFormat, error: BaseException
) -> None:
    def named() -> Iterator[tuple[str, ImageResult]]:
        yield from some()
        raise error

    with pytest.raises(type(error)) as caught:
        export(tmp_path / "exports", file_format, named())
    assert caught.value is error
    old()


class FullDisk:
    """A stream whose disk has no room left after some bytes."""

    def __init__(self, stream: object, room: int) -> None:
        self._stream, self._room = stream, room

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._stream.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@pytest.mark.parametrize("room", [0, 1000, 15_000])
@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_a_full_disk_changes_nothing(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch, file_format: ExportFormat, room: int
) -> None:
    create = atomic.Part.__init__

    def on_a_full_disk(part: atomic.Part, stream: object, path: Path, target: Path) -> None:
        create(part, FullDisk(stream, room), path, target)

    monkeypatch.setattr(atomic.Part, "__init__", on_a_full_disk)
    named = [(f"{i:02}.jpg", encoded("a", i)) for i in range(20)]
    with pytest.raises(ExportError, match="The disk is full"):
        export(tmp_path / "exports", file_format, named)
    old()


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_a_real_limit_on_file_sizes_changes_nothing(
    tmp_path: Path, old: Callable[[], None], file_format: ExportFormat
) -> None:
    """The system itself refuses to write on, in a process of its own: also what is still buffered fails on closing."""
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        import numpy as np
        from imgenc_gui.core.encoding import ImageResult, Method, Options
        from imgenc_gui.core.files.export import ExportError, ExportFormat, export_results
        vector = np.linspace(0, 6, 1024, dtype=np.float32)
        named = ((f"{i:04}.jpg", ImageResult("x", None, {Method.PHASH: "0" * 16, Method.CNN: vector}))
                 for i in range(300))
        kind = ExportFormat(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
        options = Options(tuple(Method))
        try:
            export_results(named, Path(sys.argv[1]) / f"h{kind.suffix}", kind, options, "")
        except ExportError as error:
            sys.exit(f"told: {error}")
    """)
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "exports"), file_format.value],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stderr.startswith("told: "), run.stderr
    assert "would be larger than this disk allows" in run.stderr
    old()


@pytest.mark.parametrize("failing", range(5))
@pytest.mark.parametrize("linking", [True, False])
def test_files_are_replaced_together_or_not_at_all(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch, failing: int, linking: bool
) -> None:
    """The disk refuses to replace one of five files; with hard links and, as on a memory card, without."""
    replace, done = Path.replace, []

    def refusing(path: Path, target: Path) -> Path:
        if path.suffix == ".tmp" and target.suffix == ".json":
            done.append(target)
            if len(done) == failing + 1:
                raise OSError(errno.EIO, "Input/output error")
        return replace(path, target)

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refusing)
    if not linking:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    with pytest.raises(ExportError, match="Input/output error"):
        export(tmp_path / "exports", ExportFormat.ENCODINGS)
    assert len(done) > failing
    old()


def test_files_that_werent_there_are_taken_back_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def refusing(path: Path, target: Path) -> Path:
        if target.name == "h.cnn.json":
            raise PermissionError(errno.EACCES, "Permission denied")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refusing)
    with pytest.raises(ExportError):
        export(tmp_path, ExportFormat.ENCODINGS)
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission"),
        (errno.EROFS, "only be read"),
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_answers_is_said_plainly(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """The tests may run as root, whom no permission stops: the system's answer is put in its mouth."""

    def answering(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", answering)
    with pytest.raises(ExportError, match=words) as caught:
        export(tmp_path / "exports", ExportFormat.CSV)
    monkeypatch.undo()
    assert "Errno" not in str(caught.value)
    old()


def test_a_file_open_in_another_program_on_windows(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_use(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(Path, "replace", in_use)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ExportError, match=r"h\.csv is open in another program"):
        export(tmp_path / "exports", ExportFormat.CSV)
    monkeypatch.undo()
    old()


def test_a_folder_that_is_gone_or_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"The folder .* doesn't exist"):
        export(tmp_path / "gone", ExportFormat.CSV)
    with pytest.raises(ExportError, match="is not a folder"):
        export(tmp_path / "file", ExportFormat.CSV)
    with pytest.raises(ExportError, match="is too long"):
        export(tmp_path, ExportFormat.CSV, name="x" * 300)
    assert names_in(tmp_path) == {"file"}


def test_targets_that_are_no_files_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match="pipe"):
        export(tmp_path, ExportFormat.CSV, name="pipe")
    with pytest.raises(ExportError, match="is a folder"):
        export(tmp_path, ExportFormat.CSV, name="folder")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert names_in(tmp_path) == {"folder", "pipe"}


def test_a_protected_file_is_left_alone(
    tmp_path: Path, old: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write to every file
    with pytest.raises(ExportError, match="protected"):
        export(tmp_path / "exports", ExportFormat.CSV)
    old()


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_permissions(tmp_path: Path, file_format: ExportFormat) -> None:
    """New files get what the umask leaves; a file that was there keeps its own."""
    with umask(0o027):
        files = export(tmp_path, file_format)
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}
        for path in files:
            path.chmod(0o606)
        export(tmp_path, file_format)
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o606}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere/h.csv")
    export(tmp_path, ExportFormat.CSV, name="link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert rows_of(tmp_path / "elsewhere/h.csv")[0]["path"] == "a.jpg"
    assert names_in(tmp_path / "elsewhere") == {"h.csv"}


def test_success_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for file_format in ExportFormat:
        export(tmp_path, file_format)
        export(tmp_path, file_format)
    expected = {path.name for kind in ExportFormat for path in target_files(Path(f"h{kind.suffix}"), kind, ALL.methods)}
    assert names_in(tmp_path) == expected


# --- size ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", [ExportFormat.NPZ, ExportFormat.ENCODINGS])
def test_memory_stays_flat(tmp_path: Path, file_format: ExportFormat) -> None:
    """20,000 vectors are 80 MB, the text of 1500 is 16 MB; an export holds a few of them at a time."""
    rows = 20_000 if file_format is ExportFormat.NPZ else 1500
    shared = vector(1)
    pulled = 0

    def named() -> Iterator[tuple[str, ImageResult]]:
        nonlocal pulled
        for pulled in range(1, rows + 1):
            yield f"{pulled:06}.jpg", ImageResult("x", FACTS, {Method.CNN: shared + np.float32(pulled)})

    tracemalloc.start()
    try:
        (path,) = export(tmp_path, file_format, named(), Options((Method.CNN,)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert pulled == rows
    assert path.stat().st_size > rows * 4000
    assert peak < 5e6


# --- preview ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", [ExportFormat.CSV, ExportFormat.REPORT, ExportFormat.ENCODINGS])
def test_preview_shows_what_would_be_written(tmp_path: Path, file_format: ExportFormat) -> None:
    options = Options((Method.PHASH,))
    (path,) = export(tmp_path, file_format, options=options)
    shown = preview_text(some(), file_format, options, "/photos").splitlines()
    written = path.read_text(encoding="utf-8").splitlines()
    assert shown[0] == written[0]
    assert all(line.removesuffix("…") in "\n".join(written) for line in shown)
    assert any("0000000000000001" in line for line in shown)


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_preview_can_be_shown_whatever_the_names(file_format: ExportFormat) -> None:
    text = preview_text([(name, encoded(name)) for name in TRICKY], file_format, ALL, "/photos")
    assert text.encode("utf-8")  # no lone surrogates, which Qt can't show
    assert max(map(len, text.splitlines())) < 1000  # a line with a vector is cut
