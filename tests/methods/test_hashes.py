"""Hashes compared by the API, against imagededup itself."""

from __future__ import annotations

import inspect
import json
import warnings
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgenc_gui import methods
from imgenc_gui.methods import PHash
from tests.methods.references import hashes, quietly, reference
from tests.pictures import HASHES, photo

HEXADECIMAL = st.text("0123456789abcdefABCDEF", min_size=1, max_size=16)
FEW = {"a.jpg": "00000000000000ff", "b.jpg": "00000000000000fe", "c.jpg": "0123456789abcdef", "d.jpg": "ff"}


# --- against imagededup itself ----------------------------------------------------------------------------------------


@cache
def encodings(threshold):
    """Random, clustered, equal and flat. At 64 bits all are duplicates of all: 360,000 pairs are enough."""
    return hashes(600 if threshold == 64 else 2000)


@cache
def expected(threshold):
    return quietly(
        reference("PHash").find_duplicates,
        encoding_map=encodings(threshold),
        max_distance_threshold=threshold,
        scores=True,
        num_dist_workers=0,
    )


THRESHOLDS = pytest.mark.parametrize("threshold", [0, 10, 64])


@pytest.mark.slow
@THRESHOLDS
def test_with_scores(threshold):
    found = PHash().find_duplicates(encoding_map=encodings(threshold), max_distance_threshold=threshold, scores=True)

    assert found == expected(threshold)  # to the order of each list
    assert list(found) == list(encodings(threshold))
    assert {type(bits) for others in found.values() for _, bits in others} == {int}


@pytest.mark.slow
@THRESHOLDS
def test_without_scores(threshold):
    found = PHash().find_duplicates(encoding_map=encodings(threshold), max_distance_threshold=threshold)

    assert found == {name: [other for other, _ in others] for name, others in expected(threshold).items()}


@pytest.mark.slow
@THRESHOLDS
def test_what_may_go(threshold):
    from imagededup.utils.general_utils import get_files_to_remove

    going = PHash().find_duplicates_to_remove(encoding_map=encodings(threshold), max_distance_threshold=threshold)

    assert sorted(going) == sorted(get_files_to_remove(expected(threshold)))


@pytest.mark.slow
@pytest.mark.parametrize("search_method", ["bktree", "brute_force", "brute_force_cython"])
def test_every_search_method_of_imagededups(search_method):
    given = hashes(200, seed=1)

    found = PHash().find_duplicates(encoding_map=given, scores=True, search_method=search_method)
    expected = quietly(
        reference("PHash").find_duplicates,
        encoding_map=given,
        scores=True,
        search_method=search_method,
        num_dist_workers=0,
    )

    assert {name: sorted(others) for name, others in found.items()} == {
        name: sorted(others) for name, others in expected.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("scores", [False, True])
def test_the_outfile_is_imagededups_to_the_byte(scores, tmp_path):
    given = hashes(100, seed=2)

    PHash().find_duplicates(encoding_map=given, scores=scores, outfile=str(tmp_path / "ours.json"))
    quietly(
        reference("PHash").find_duplicates,
        encoding_map=given,
        scores=scores,
        outfile=tmp_path / "theirs.json",
        num_dist_workers=0,
    )

    assert (tmp_path / "ours.json").read_bytes() == (tmp_path / "theirs.json").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("method", [*HASHES, "CNN"])
@pytest.mark.parametrize(
    "function", ["encode_image", "encode_images", "find_duplicates", "find_duplicates_to_remove", "hamming_distance"]
)
def test_parameters_have_imagededups_names_and_order(method, function):
    if (method, function) == ("CNN", "hamming_distance"):
        return
    ours = inspect.signature(getattr(getattr(methods, method), function)).parameters
    theirs = inspect.signature(getattr(reference(method), function)).parameters

    positional = [name for name, parameter in ours.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    assert [name for name in positional if name != "self"] == list(theirs)
    for name, parameter in theirs.items():
        if "workers" not in name and parameter.default is not parameter.empty:
            assert ours[name].default == parameter.default


# --- results ----------------------------------------------------------------------------------------------------------


def test_nearest_first_then_as_given():
    assert PHash().find_duplicates(encoding_map=FEW, scores=True) == {
        "a.jpg": [("d.jpg", 0), ("b.jpg", 1)],
        "b.jpg": [("a.jpg", 1), ("d.jpg", 1)],
        "c.jpg": [],
        "d.jpg": [("a.jpg", 0), ("b.jpg", 1)],
    }


def test_ten_bits_unless_told_otherwise():
    encodings = {"a.jpg": "0" * 16, "ten.jpg": f"{(1 << 10) - 1:016x}", "eleven.jpg": f"{(1 << 11) - 1 << 20:016x}"}

    assert PHash().find_duplicates(encoding_map=encodings)["a.jpg"] == ["ten.jpg"]


def test_what_may_go_comes_in_order_and_is_written(tmp_path):
    outfile = tmp_path / "go.json"

    assert PHash().find_duplicates_to_remove(encoding_map=FEW, outfile=outfile) == ["d.jpg", "b.jpg"]
    assert json.loads(outfile.read_text()) == ["d.jpg", "b.jpg"]


def test_one_encoding_has_no_duplicates():
    assert PHash().find_duplicates(encoding_map={"a.jpg": "0" * 16}) == {"a.jpg": []}


def test_names_may_be_anything_that_a_dictionary_takes():
    encodings = {1: "0" * 16, ("b", 2): "0" * 16, ("c", 3): "0" * 16}

    assert PHash().find_duplicates(encoding_map=encodings)[1] == [("b", 2), ("c", 3)]


def test_a_folder(tmp_path):
    from PIL import Image

    for name, seed in {"a.png": 1, "b.png": 2, "sub/a copy.png": 1}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(photo(90, 80, seed)).save(tmp_path / name)
    (tmp_path / "c.png").write_text("no picture")

    assert PHash().find_duplicates(tmp_path) == {"a.png": [], "b.png": []}
    expected = {"a.png": ["sub/a copy.png"], "b.png": [], "sub/a copy.png": ["a.png"]}
    assert PHash().find_duplicates(tmp_path, recursive=True, num_enc_workers=0, num_dist_workers=0) == expected
    assert PHash().find_duplicates_to_remove(str(tmp_path), recursive=True) == ["sub/a copy.png"]


def test_a_folder_goes_before_encodings_and_may_be_empty(tmp_path):
    assert PHash().find_duplicates(tmp_path, encoding_map=FEW) == {}


# --- wrong use --------------------------------------------------------------------------------------------------------

BOTH = [  # what imagededup refuses, too, and how
    ({}, ValueError),
    ({"encoding_map": {}}, ValueError),
    ({"image_dir": "nowhere"}, ValueError),
    ({"encoding_map": FEW, "max_distance_threshold": -1}, ValueError),
    ({"encoding_map": FEW, "max_distance_threshold": 65}, ValueError),
    ({"encoding_map": FEW, "max_distance_threshold": 1.0}, TypeError),
    ({"encoding_map": FEW, "max_distance_threshold": None}, TypeError),
    ({"encoding_map": {"a": "0123", "b": "zz"}}, ValueError),
    ({"encoding_map": {"a": "0123", "b": ""}}, ValueError),
]
OURS = [
    ({"encoding_map": {"a": "0123", "b": None}}, ValueError),
    ({"encoding_map": {"a": "0123", "b": b"0123"}}, ValueError),
    ({"encoding_map": {"a": "0123", "b": 12}}, ValueError),
    ({"encoding_map": {"a": "0123", "b": "0" * 17}}, ValueError),
    ({"encoding_map": {"a": "0123", "b": " 123"}}, ValueError),
    ({"encoding_map": {"a": "0123", "b": "-123"}}, ValueError),
    ({"encoding_map": FEW, "search_method": "quick"}, ValueError),
    ({"encoding_map": FEW, "num_dist_workers": -1}, ValueError),
]


@pytest.mark.parametrize(("given", "error"), [*BOTH, *OURS])
@pytest.mark.parametrize("function", ["find_duplicates", "find_duplicates_to_remove"])
def test_wrong_use(given, error, function):
    if function == "find_duplicates_to_remove" and "search_method" in given:
        return

    with pytest.raises(error, match=r".+"):
        getattr(PHash(), function)(**given)


@pytest.mark.slow
@pytest.mark.parametrize(("given", "error"), BOTH)
def test_imagededup_raises_the_same(given, error):
    with pytest.raises(error):
        quietly(reference("PHash").find_duplicates, **given, search_method="bktree")


def test_a_wrong_hash_is_named():
    with pytest.raises(ValueError, match=r"The encoding of 'b' must be a hash of 1 to 16 hexadecimal .*, not 'zz'"):
        PHash().find_duplicates(encoding_map={"a": "0123", "b": "zz"})


def test_what_means_nothing_beside_encodings_is_warned_of():
    with pytest.warns(SyntaxWarning, match="recursive"):
        PHash().find_duplicates(encoding_map=FEW, recursive=True)
    with pytest.warns(RuntimeWarning, match="num_enc_workers"):
        PHash().find_duplicates(encoding_map=FEW, num_enc_workers=2)
    with warnings.catch_warnings(action="error"):
        PHash().find_duplicates(encoding_map=FEW)


def test_an_outfile_that_cannot_be_written_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="doesn't exist"):
        PHash().find_duplicates(encoding_map=FEW, outfile=tmp_path / "nowhere" / "a.json")
    with pytest.raises(OSError, match="is a folder") as refused:
        PHash().find_duplicates(encoding_map=FEW, outfile=tmp_path)
    assert refused.value.errno is not None  # or it says "[Errno None]"


# --- two hashes -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(HEXADECIMAL, HEXADECIMAL)
def test_the_distance_is_imagededups(one, other):
    from imagededup.methods import PHash as Reference

    assert PHash.hamming_distance(one, other) == Reference.hamming_distance(one, other)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_the_distance_is_the_number_of_bits_that_differ(one, other):
    distance = PHash().hamming_distance(f"{one:016x}", f"{other:016X}")

    assert distance == sum(one >> bit & 1 != other >> bit & 1 for bit in range(64))
    assert type(distance) is int


@pytest.mark.parametrize(
    "wrong", ["", "zz", "0" * 17, "0x12", "1_2", " 12", "-1", "\uff11\uff12", "12\n", None, 12, b"12"]
)
def test_what_is_no_hash_has_no_distance(wrong):
    for pair in ((wrong, "0"), ("0", wrong)):
        with pytest.raises(ValueError, match="must be a hash of 1 to 16 hexadecimal characters"):
            PHash().hamming_distance(*pair)
