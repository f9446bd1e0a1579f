import os
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgenc_gui.core.formats import registry
from imgenc_gui.core.library import store
from imgenc_gui.core.library.library import Library
from imgenc_gui.core.records.methods import Options
from imgenc_gui.core.records.results import (
    Facts,
    FailureCode,
    FileIdentity,
    ImageFailure,
    ImageResult,
    ImageWarning,
    WarningCode,
)
from imgenc_gui.core.records.sentences import FAILURES, WARNINGS, sentence
from imgenc_gui.core.registry import METHODS
from tests.core.library.keepsakes import CNN, HASHES, OPTIONS, keep, keepsake, keepsakes, kept, known, run, same

JPEG, PILLOW = registry.READERS[:2]


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    yield library
    library.close()


def _tellable(kind, codes):
    """All failures or warnings for which there is a sentence, with values."""
    cases = [(code, detail) for code, details in codes.items() for detail in details]
    values = st.tuples(*[st.one_of(st.floats(0, 1e6), st.integers(0, 10**6))] * 3) | st.tuples(
        *[st.text(max_size=9)] * 3
    )

    def is_told(one):
        try:
            sentence(one)
        except ValueError:  # a number is wanted
            return False
        return True

    return st.builds(lambda case, given: kind(*case, given), st.sampled_from(cases), values).filter(is_told)


_NAMES = st.one_of(
    st.binary(min_size=1, max_size=20).filter(lambda name: not set(name) & set(b"\0/") and name not in {b".", b".."}),
    st.text(min_size=1, max_size=20).map(lambda text: text.encode("utf-8", "replace").translate(None, b"\0/") or b"x"),
).filter(lambda name: name not in {b".", b"..", b"library"})
_FACTS = st.tuples(
    st.sampled_from(["JPEG", "PNG", "SVG", "Größe"]),
    *[st.integers(1, 2**40)] * 3,
    st.integers(1, 8),
    st.binary(max_size=9),
)
_HASH = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")
_VECTOR = st.integers(0, 99).map(lambda seed: np.random.default_rng(seed).normal(size=CNN.length).astype(np.float32))
_ENCODINGS = st.fixed_dictionaries({}, optional={**dict.fromkeys(HASHES, _HASH), CNN: _VECTOR})


@settings(max_examples=15)
@given(
    made=st.dictionaries(
        _NAMES,
        st.tuples(_FACTS, _ENCODINGS, st.lists(_tellable(ImageWarning, WARNINGS), max_size=2), st.booleans()),
        min_size=1,
        max_size=4,
    ),
    failed=st.dictionaries(_NAMES, _tellable(ImageFailure, FAILURES), max_size=2),
    order=st.randoms(use_true_random=False),
    turn=st.booleans(),
)
def test_whatever_is_kept_is_found_again(tmp_path_factory, made, failed, order, turn):
    folder = tmp_path_factory.mktemp("any")
    wanted, parts = {}, []
    options = Options(OPTIONS.methods, turn, damaged=True)
    for at, (name, (facts, encodings, warnings, split)) in enumerate(made.items()):
        path = os.fsdecode(bytes(folder) + b"/" + name)
        result, content = keepsake(path, b"%d" % at + facts[-1])
        of = result.facts
        result = ImageResult(
            path, Facts(*facts[:4], of.bytes, of.mtime_ns, facts[4], of.digest), encodings, tuple(warnings)
        )
        wanted[path] = result
        if split:  # as encoders do: the hashes at once, a vector later
            parts += [(replace(result, encodings={m: v}), content) for m, v in encodings.items()]
        parts.append((result, content))
    for name, failure in failed.items():
        path = os.fsdecode(bytes(folder) + b"/" + name)
        if path in wanted:
            continue
        result, content = keepsake(path, b"damaged")
        result = ImageResult(path, failure=failure, failed_file=content.file)
        wanted[path] = result
        parts.append((result, content))
    order.shuffle(parts)
    kept(folder / "library", parts, options)
    library = Library(folder / "library")
    for path, found in zip(wanted, library.of_files(list(wanted), options), strict=True):
        failure = wanted[path].failure
        if failure is not None and found is None:
            assert _passes(failure) or (failure.code, failure.detail) == (FailureCode.DAMAGED, "")
        else:
            assert same(found, wanted[path])
    library.close()


def _passes(failure):
    always = {FailureCode.GONE, FailureCode.NO_PERMISSION, FailureCode.UNREADABLE, FailureCode.OUT_OF_MEMORY}
    always |= {FailureCode.MODEL_UNAVAILABLE}
    details = {"missing-library", "extra", "broken-library", "time", "memory", "crash"}
    return failure.code in always or failure.detail in details


def test_failures_are_kept_unless_the_next_try_may_not_meet_them(tmp_path):
    failed = []
    for code, details in FAILURES.items():
        for detail in details:
            result, content = keepsake(tmp_path / f"{len(failed)}.jpg")
            failure = ImageFailure(code, detail, (1.0, 2.0, 3.0))
            failed.append((ImageResult(result.path, failure=failure, failed_file=content.file), content))
    kept(tmp_path / "library", failed)
    found = known(tmp_path / "library", [result.path for result, _ in failed])
    for (result, _), one in zip(failed, found, strict=True):
        assert one == (None if _passes(result.failure) or result.failure.detail == "nothing-left" else result)


@pytest.mark.parametrize("damaged", [False, True])
def test_what_can_be_read_of_damaged_pictures_is_for_who_asks_for_it_alone(tmp_path, damaged):
    # GIVEN one of which a part was encoded, one of which nothing could be, one that was only refused, and a whole one
    part, whole = keepsake(tmp_path / "part.jpg", b"part"), keepsake(tmp_path / "whole.jpg", b"whole")
    part = (replace(part[0], warnings=(ImageWarning(WarningCode.INCOMPLETE, "part", (60,)),)), part[1])
    pairs = [part, whole]
    for detail, values in (("nothing-left", ()), ("", ("truncated",))):
        result, content = keepsake(tmp_path / f"{detail}.jpg", detail.encode())
        failure = ImageFailure(FailureCode.DAMAGED, detail, values)
        pairs.append((ImageResult(result.path, failure=failure, failed_file=content.file), content))
    for pair, asked in zip(pairs, (True, False, True, False), strict=True):
        kept(tmp_path / "library", [pair], replace(OPTIONS, damaged=asked))
    # WHEN they are asked for THEN what is of damaged ones is given to who would get the same
    options = replace(OPTIONS, damaged=damaged)
    found = known(tmp_path / "library", [result.path for result, _ in pairs], options)
    expected = [damaged, True, damaged, not damaged]
    assert [one is not None for one in found] == expected
    assert all(one is None or same(one, result) for one, (result, _) in zip(found, pairs, strict=True))
    # AND so is what is known of their bytes
    library = Library(tmp_path / "library")
    assert [library.of_content(content, options) is not None for _, content in pairs[:2]] == expected[:2]
    library.close()


def test_two_threads_keep_at_once(tmp_path, library):
    pairs = keepsakes(tmp_path, 200)

    def keep(some):
        for result, content in some:
            library.keep(result, content.reader, OPTIONS)

    threads = [threading.Thread(target=keep, args=[some]) for some in (pairs[:120], pairs[80:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert library.close()
    for (result, _), found in zip(pairs, known(tmp_path / "library", [r.path for r, _ in pairs]), strict=True):
        assert same(found, result)


def test_what_was_unknown_is_found_once_it_is_kept(tmp_path, library):
    (one, content), (other, _), before = keepsakes(tmp_path, 3)
    kept(tmp_path / "library", [before])
    assert library.of_files([one.path, other.path], OPTIONS) == [None, None]
    library.keep(one, content.reader, OPTIONS)
    library._store._writer.close(5)
    assert library.of_files([one.path], OPTIONS)[0] is not None


def test_of_many_new_contents_not_each_is_asked_for_and_what_others_keep_is_found(tmp_path, library, monkeypatch):
    (first, *news), (late, content) = keepsakes(tmp_path, 200), keepsake(tmp_path / "late.jpg")
    kept(tmp_path / "library", [first])
    ask, asked = library._store._ask, []
    monkeypatch.setattr(library._store, "_ask", lambda question: asked.append(question) or ask(question))
    assert [library.of_content(new, OPTIONS) for _, new in news] == [None] * len(news)
    assert 64 <= len(asked) < 100
    assert library.of_content(content, OPTIONS) is None
    kept(tmp_path / "library", [(late, content)])  # by another program
    assert soon(lambda: library.of_content(content, OPTIONS) is not None)
    assert library.of_content(first[1], OPTIONS) is not None


def test_what_is_kept_after_another_library_took_the_place_of_one_is_found(tmp_path, library):
    *news, (late, content) = keepsakes(tmp_path, 100)
    kept(tmp_path / "library", news[:3])
    for _, new in news:
        library.of_content(new, OPTIONS)
    (tmp_path / "library").rename(tmp_path / "aside")
    kept(tmp_path / "library", [(late, content)])  # under a number that the other one had given
    assert soon(lambda: library.of_content(content, OPTIONS) is not None)


def soon(holds):
    """Whether something holds within a while."""
    deadline = time.monotonic() + 20
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_file_that_was_moved_is_found_by_its_content(tmp_path, library):
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    kept(tmp_path / "library", [(result, content)])
    (tmp_path / "a.jpg").rename(tmp_path / "b.jpg")
    moved = replace(content, path=str(tmp_path / "b.jpg"))
    assert library.of_files([moved.path], OPTIONS) == [None]
    assert same(library.of_content(moved, OPTIONS), replace(result, path=moved.path))


def test_a_file_that_changed_is_unknown(tmp_path):
    result, content = keepsake(tmp_path / "a.jpg")
    kept(tmp_path / "library", [(result, content)])
    (tmp_path / "a.jpg").write_bytes(b"another")
    assert known(tmp_path / "library", [result.path]) == [None]


def test_a_relative_path_is_of_its_folder_alone(tmp_path, monkeypatch):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "one")
    result, content = keepsake("a.jpg")
    kept(tmp_path / "library", [(result, content)])
    assert known(tmp_path / "library", ["a.jpg"])[0].path == "a.jpg"
    monkeypatch.chdir(tmp_path / "two")
    keepsake("a.jpg")
    os.utime("a.jpg", ns=(0, content.file.mtime_ns))
    assert known(tmp_path / "library", ["a.jpg"]) == [None]


def test_turning_upright_matters_to_turned_pictures_alone(tmp_path):
    upright, turned = Options(OPTIONS.methods, apply_exif_orientation=True), OPTIONS
    straight = keepsake(tmp_path / "a.jpg", b"a")
    rotated = keepsake(tmp_path / "b.jpg", b"b", orientation=6)
    kept(tmp_path / "library", [straight, rotated], turned)
    found = known(tmp_path / "library", [straight[0].path, rotated[0].path], upright)
    assert same(found[0], straight[0])
    assert found[1].encodings == {}


def test_a_tiff_is_upright_in_any_case(tmp_path):
    """Pillow turns it while it reads it."""
    upright = Options(OPTIONS.methods, apply_exif_orientation=True)
    result, content = keepsake(tmp_path / "a.tif", orientation=6, reader=PILLOW)
    result = replace(result, facts=replace(result.facts, format="TIFF"))
    kept(tmp_path / "library", [(result, content)], OPTIONS)
    (found,) = known(tmp_path / "library", [result.path], upright)
    assert same(found, result)


def test_a_new_version_of_a_method_makes_its_old_encodings_unseen(tmp_path):
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    kept(tmp_path / "library", [(result, content)])
    newer = replace(HASHES[0], version=HASHES[0].version + 1)
    newest = replace(CNN, version=CNN.version + 1)
    (found,) = known(tmp_path / "library", [result.path], Options((newer, HASHES[1], newest)))
    assert found.encodings == {HASHES[1]: result.encodings[HASHES[1]]}


def test_a_new_version_of_a_reader_makes_its_old_results_unseen(tmp_path, monkeypatch, library):
    result, content = keepsake(tmp_path / "a.jpg")
    other, others = keepsake(tmp_path / "b.png", b"b", reader=PILLOW)
    kept(tmp_path / "library", [(result, content), (other, others)])
    newer = replace(JPEG, version=JPEG.version + 1)
    monkeypatch.setattr(registry, "READERS", (newer, *registry.READERS[1:]))
    found = library.of_files([result.path, other.path], OPTIONS)
    assert found[0] is None
    assert found[1] is not None  # that it was asked before doesn't matter: it didn't take the file then, either
    assert library.of_content(replace(content, reader=newer), OPTIONS) is None


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_reader_that_is_installed_later_is_asked(tmp_path, monkeypatch, library, place):
    result, content = keepsake(tmp_path / "a.png", reader=PILLOW)
    nobodys, _ = keepsake(tmp_path / "b.raw", b"b")
    failure = ImageFailure(FailureCode.UNSUPPORTED_FORMAT, "", ("RAW",))
    kept(
        tmp_path / "library",
        [(result, content), (ImageResult(nobodys.path, failure=failure, failed_file=nobodys.file), None)],
    )
    paths = [result.path, nobodys.path]
    assert [found is not None for found in library.of_files(paths, OPTIONS)] == [True, True]
    added = replace(JPEG, formats=("made up",))
    readers = list(registry.READERS)
    readers.insert(place, added)
    monkeypatch.setattr(registry, "READERS", tuple(readers))
    before = place <= registry.READERS.index(PILLOW)
    assert [found is not None for found in library.of_files(paths, OPTIONS)] == [not before, False]
    assert library.of_content(content, OPTIONS) is not None  # read, not decoded


def test_what_is_distrusted_is_unknown_until_it_is_encoded_again(tmp_path, library):
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    kept(tmp_path / "library", [(result, content)])
    library.distrust([result.path])
    assert library.of_files([result.path], OPTIONS) == [None]
    assert library.of_content(content, OPTIONS) is None
    warned = replace(result, warnings=(ImageWarning(WarningCode.HIDDEN_TRANSPARENCY),))
    anew = replace(warned, encodings={HASHES[0]: "f" * 16})
    vector = replace(warned, encodings={CNN: result.encodings[CNN] + 1})
    library.keep(anew, content.reader, OPTIONS)
    library.keep(vector, content.reader, OPTIONS)
    library._store._writer.close(5)
    (found,) = library.of_files([result.path], OPTIONS)
    assert same(found, replace(warned, encodings={**anew.encodings, **vector.encodings}))  # and nothing from before


def test_who_is_distrusted_again_meanwhile_stays_so(tmp_path, library):
    result, content = keepsake(tmp_path / "a.jpg")
    library.distrust([result.path])
    library.keep(result, content.reader, OPTIONS)
    library.distrust([result.path])
    library._store._writer.close(5)
    assert library.of_files([result.path], OPTIONS) == [None]


def test_a_second_run_on_the_same_day_writes_nothing(tmp_path, monkeypatch):
    result, content = keepsake(tmp_path / "a.jpg")
    day = store.today()
    kept(tmp_path / "library", [(result, content)])
    monkeypatch.setattr(store, "today", lambda: day + 3)
    known(tmp_path / "library", [result.path])
    assert run(tmp_path / "library", "SELECT seen FROM files") == [(day + 3,)]
    written = []
    monkeypatch.setattr(store.Store, "_write", lambda _, entries: written.append(entries) or True)
    known(tmp_path / "library", [result.path])
    assert not written


NONSENSE = [
    "UPDATE files SET size = -1",
    "UPDATE files SET size = 'nine', mtime_ns = x'00'",
    "UPDATE files SET readers = x'ff'",
    "UPDATE files SET content = 'first'",
    "UPDATE files SET content = NULL",
    "UPDATE contents SET digest = x'00'",
    "UPDATE contents SET digest = 'text'",
    "UPDATE contents SET format = CAST(x'ff' AS TEXT)",
    "UPDATE contents SET format = CAST(x'eda080' AS TEXT)",  # half of a surrogate pair
    "UPDATE contents SET width = 'wide'",
    "UPDATE contents SET width = 1.5",
    "UPDATE contents SET height = -3",
    "UPDATE contents SET frames = 0",
    "UPDATE contents SET orientation = 9",
    "UPDATE contents SET warnings = CAST(x'ff' AS TEXT)",
    "UPDATE contents SET warnings = 3",
    "DELETE FROM contents",
    *(
        f"UPDATE files SET content = NULL, failure = '{told}'"  # noqa: S608
        for told in (
            "no JSON",
            '["no-such-code", "", []]',
            '["damaged", "no-such-detail", []]',
            '["damaged", "", []]',  # its sentence has a value
            '["damaged", "", [{}]]',
            '[[], "", []]',
            '["damaged", "crash"]',
            "7",
        )
    ),
    *(
        f"UPDATE contents SET warnings = '{told}'"  # noqa: S608
        for told in ("[1", "{}1", '[["rotated", "no-such-detail", []]]', '[["no-such-code", "", []]]', "[" * 100_000)
    ),
]


def test_a_file_whose_row_makes_no_sense_is_unknown(tmp_path):
    pairs = keepsakes(tmp_path, len(NONSENSE) + 1, vector=True)
    kept(tmp_path / "library", pairs)
    run(tmp_path / "library", *(f"{statement} WHERE id = {at}" for at, statement in enumerate(NONSENSE, 1)))
    told = []
    library = Library(tmp_path / "library", tell=told.append)
    found = library.of_files([result.path for result, _ in pairs], OPTIONS)
    assert dict(zip(NONSENSE, found[:-1], strict=True)) == dict.fromkeys(NONSENSE)
    assert same(found[-1], pairs[-1][0])
    for result, content in pairs:
        known_by_content = library.of_content(content, OPTIONS)
        assert known_by_content is None or same(known_by_content, result)
        library.keep(result, content.reader, OPTIONS)
    assert library.close()
    for one, (result, _) in zip(known(tmp_path / "library", [r.path for r, _ in pairs]), pairs, strict=True):
        assert one is None or same(one, result)
    assert not told


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hashes SET value = 'text'",
        "UPDATE hashes SET value = x'0011223344556677'",
        "UPDATE hashes SET method = method + 99",
        "UPDATE hashes SET turned = 'no'",
        "DELETE FROM methods",
        "UPDATE methods SET name = CAST(x'ff' || CAST(id AS BLOB) AS TEXT)",
        "UPDATE methods SET version = 'new'",
    ],
)
def test_a_hash_that_makes_no_sense_is_unknown(tmp_path, statement):
    result, content = keepsake(tmp_path / "a.jpg")
    kept(tmp_path / "library", [(result, content)])
    run(tmp_path / "library", statement)
    assert known(tmp_path / "library", [result.path])[0].encodings == {}


def test_a_vector_of_another_length_is_unknown(tmp_path):
    values = ("x'00'", "zeroblob(4095)", "1", "'text'")
    pairs = keepsakes(tmp_path, len(values), vector=True)
    kept(tmp_path / "library", pairs)
    run(
        tmp_path / "library",
        *(f"UPDATE vectors SET value = {value} WHERE content = {at}" for at, value in enumerate(values, 1)),  # noqa: S608
    )
    for found in known(tmp_path / "library", [result.path for result, _ in pairs]):
        assert set(found.encodings) == set(HASHES)


def test_what_cant_be_kept_is_left_out(tmp_path):
    changes = (
        {"digest": ""},
        {"digest": "0" * 31 + "x"},
        {"width": 2**63},
        {"mtime_ns": 2**63},
        {"mtime_ns": None},
        {"format": "\ud800"},
        {"orientation": 0},
    )
    pairs = keepsakes(tmp_path, len(changes) + 1)
    odd = [
        (replace(result, facts=replace(result.facts, **change)), content)
        for (result, content), change in zip(pairs[1:], changes, strict=True)
    ]
    assert kept(tmp_path / "library", [*odd, pairs[0]]) == []
    found = known(tmp_path / "library", [result.path for result, _ in pairs])
    assert [one is not None for one in found] == [True] + [False] * len(changes)


def test_a_path_that_no_file_can_have_is_unknown(tmp_path, library):
    odd = ImageResult("/\ud800", failure=ImageFailure(FailureCode.EMPTY), failed_file=FileIdentity(0, 0))
    library.keep(odd, None, OPTIONS)
    assert library.of_files([odd.path, "/a\0b"], OPTIONS) == [None, None]


def test_methods_of_one_name_and_two_lengths_are_told_apart(tmp_path, made_up):
    """A vector's length is a matter of the method that asks."""
    result, content = keepsake(tmp_path / "a.jpg")
    result.encodings[made_up] = np.arange(made_up.length, dtype=np.float32)
    options = Options(tuple(METHODS))
    kept(tmp_path / "library", [(result, content)], options)
    assert same(known(tmp_path / "library", [result.path], options)[0], result)
    longer = replace(made_up, length=made_up.length + 1)
    assert longer not in known(tmp_path / "library", [result.path], Options((longer,)))[0].encodings


def test_nothing_is_made_before_there_is_something_to_keep(tmp_path):
    library = Library(tmp_path / "library")
    assert library.of_files([str(tmp_path / "a.jpg")], OPTIONS) == [None]
    assert library.info().files == 0
    library.close()
    assert not (tmp_path / "library").exists()


def test_what_is_encoded_again_may_be_written_in_parts(library, tmp_path, monkeypatch):
    """Its vectors come later than its hashes, and maybe while those are being written."""
    result, content = keepsake(tmp_path / "a.jpg", vector=True)
    hashes = {method: result.encodings[method] for method in HASHES}
    parts = []
    library.distrust([result.path])
    with monkeypatch.context() as held:
        held.setattr(library._store, "keep", parts.append)
        library.keep(replace(result, encodings=hashes), content.reader, OPTIONS)
        library.keep(replace(result, encodings={CNN: result.encodings[CNN]}), content.reader, OPTIONS)
    for part in parts:
        library._store._write([part])
    assert same(library.of_files([result.path], OPTIONS)[0], result)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows leads back to where the link lies.")
def test_a_way_back_out_of_a_link_leads_to_another_file(library, tmp_path, monkeypatch):
    (tmp_path / "there" / "sub").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there" / "sub")
    monkeypatch.chdir(tmp_path / "here")
    for path, data in (("a.jpg", b"one"), ("link/../a.jpg", b"two")):
        keepsake(path, data)
        os.utime(path, ns=(10**18, 10**18))
    keep(library, keepsake("a.jpg", b"one"))
    library.info()  # once it is written
    assert library.of_files(["link/../a.jpg"], OPTIONS) == [None]
    assert library.of_files(["./a.jpg"], OPTIONS) != [None]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the folder that one is in.")
def test_a_folder_that_is_gone_has_no_files(library, tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    result, content = keepsake("a.jpg")
    os.remove("a.jpg")
    folder.rmdir()
    assert library.of_files(["a.jpg"], OPTIONS) == [None]
    library.keep(result, content.reader, OPTIONS)
    assert library.close()
