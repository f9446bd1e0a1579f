"""Embeddings compared by the API, against imagededup itself."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from imgenc_gui.methods import CNN, by_id
from tests.methods.references import quietly, reference, vectors

EXACT = 1e-6  # as the docstring says
FEW = {"a.jpg": [1.0, 0.0], "b.jpg": [1.0, 0.1], "c.jpg": [0.0, 1.0], "zeros.jpg": [0.0, 0.0]}


# --- against imagededup itself ----------------------------------------------------------------------------------------
# Where a cosine is within 1e-6 of the threshold, its single precision may err.


@cache
def encodings():
    return vectors(600)


@cache
def true():
    """The cosines in double precision, by two names."""
    names, array = list(encodings()), np.array([*encodings().values()], np.float64)
    lengths = np.linalg.norm(array, axis=1, keepdims=True)
    array /= np.where(lengths > 0, lengths, 1)
    rows = (array @ array.T).tolist()
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, rows, strict=True)}


@cache
def expected(threshold):
    return quietly(
        reference("CNN").find_duplicates,
        encoding_map=encodings(),
        min_similarity_threshold=threshold,
        scores=True,
        num_sim_workers=0,
    )


THRESHOLDS = pytest.mark.parametrize("threshold", [-1.0, 0.0, 0.9, 1.0])


@pytest.mark.slow
@THRESHOLDS
@pytest.mark.parametrize("shaped", [lambda vector: vector, lambda vector: vector[np.newaxis], np.ndarray.tolist])
def test_names_and_order(threshold, shaped):
    def clear(found):
        return {
            name: [other for other in others if abs(true()[name][other] - threshold) > EXACT]
            for name, others in found.items()
        }

    given = {name: shaped(vector) for name, vector in encodings().items()}
    found = CNN().find_duplicates(encoding_map=given, min_similarity_threshold=threshold)

    assert list(found) == list(expected(threshold))
    assert clear(found) == clear({name: [other for other, _ in others] for name, others in expected(threshold).items()})


@pytest.mark.slow
@THRESHOLDS
def test_scores(threshold):
    found = CNN().find_duplicates(encoding_map=encodings(), min_similarity_threshold=threshold, scores=True)

    for name, others in found.items():
        theirs = dict(expected(threshold)[name])
        for other, similarity in others:
            assert type(similarity) is float
            assert abs(similarity - true()[name][other]) < EXACT
            assert -1 <= similarity <= 1
            assert abs(similarity - theirs.get(other, threshold)) < EXACT


@pytest.mark.slow
@THRESHOLDS
def test_what_may_go(threshold):
    given = dict(encodings())
    going = CNN().find_duplicates_to_remove(encoding_map=given, min_similarity_threshold=threshold)

    if threshold == 0.9:  # at the others cosines lie by the hundred
        theirs = reference("CNN").find_duplicates_to_remove
        assert sorted(going) == sorted(quietly(theirs, encoding_map=given, min_similarity_threshold=threshold))
    staying = [name for name in given if name not in set(going)]
    assert all(true()[one][other] < threshold + EXACT for one in staying for other in staying if one != other)


@pytest.mark.slow
def test_the_outfile_is_of_imagededups_shape(tmp_path):
    encodings = vectors(60, seed=2)
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.json"

    for outfile, api in ((ours, CNN()), (theirs, reference("CNN"))):
        quietly(api.find_duplicates, encoding_map=encodings, scores=True, outfile=str(outfile))

    ours, theirs = (json.loads(path.read_text()) for path in (ours, theirs))
    assert list(ours) == list(theirs)
    for name, others in theirs.items():
        assert [other for other, _ in ours[name]] == [other for other, _ in others]
        np.testing.assert_allclose([score for _, score in ours[name]], [score for _, score in others], atol=EXACT)


# --- results ----------------------------------------------------------------------------------------------------------


def test_as_given_and_a_cosine_of_nine_tenths_unless_told_otherwise():
    assert CNN().find_duplicates(encoding_map=FEW) == {
        "a.jpg": ["b.jpg"],
        "b.jpg": ["a.jpg"],
        "c.jpg": [],
        "zeros.jpg": [],
    }
    assert CNN().find_duplicates(None, FEW, 0.0)["c.jpg"] == ["a.jpg", "b.jpg", "zeros.jpg"]
    assert CNN().find_duplicates_to_remove(encoding_map=FEW) == ["b.jpg"]


def test_equal_vectors_have_a_cosine_of_one():
    encodings = {name: vector for name, vector in vectors(300, seed=3).items() if vector.any()}
    twice = encodings | {f"copy of {name}": vector.copy() for name, vector in encodings.items()}

    found = CNN().find_duplicates(encoding_map=twice, min_similarity_threshold=1.0, scores=True)

    assert all((f"copy of {name}", 1.0) in found[name] for name in encodings)


def test_what_encode_images_gives_is_taken_as_it_is(tmp_path):
    from PIL import Image

    from tests.pictures import photo

    for name, seed in {"a.png": 1, "b.png": 2, "copy.png": 1}.items():
        Image.fromarray(photo(90, 80, seed)).save(tmp_path / name)
    encodings = CNN().encode_images(tmp_path)

    found = CNN().find_duplicates(encoding_map=encodings, min_similarity_threshold=0.99999, scores=True)

    assert {vector.shape for vector in encodings.values()} == {(1, 1024)}
    assert found == CNN().find_duplicates(tmp_path, None, 0.99999, True)
    assert found == {"a.png": [("copy.png", 1.0)], "b.png": [], "copy.png": [("a.png", 1.0)]}


def test_embeddings_of_any_length(made_up):
    encodings = {name: np.ones((1, made_up.length), np.float32) for name in ("a", "b")}

    assert by_id("made-up").find_duplicates(encoding_map=encodings) == {"a": ["b"], "b": ["a"]}


# --- wrong use --------------------------------------------------------------------------------------------------------

BOTH = [  # what imagededup refuses, too, and how
    ({}, ValueError),
    ({"encoding_map": {}}, ValueError),
    ({"image_dir": "nowhere"}, ValueError),
    ({"encoding_map": FEW, "min_similarity_threshold": -1.1}, ValueError),
    ({"encoding_map": FEW, "min_similarity_threshold": 1.1}, ValueError),
    ({"encoding_map": FEW, "min_similarity_threshold": 1}, TypeError),
    ({"encoding_map": FEW, "min_similarity_threshold": None}, TypeError),
    ({"encoding_map": {"a": [1.0, np.nan], "b": [1.0, 2.0]}}, ValueError),
    ({"encoding_map": {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}}, ValueError),
    ({"encoding_map": {"a": "0123456789abcdef", "b": "0123456789abcdef"}}, ValueError),
    ({"encoding_map": {"a": 1.0, "b": 2.0}}, ValueError),
]
OURS = [
    ({"encoding_map": {"a": [1.0, 2.0], "b": None}}, ValueError),
    ({"encoding_map": {"a": [1.0, 2.0], "b": 1e300}}, ValueError),
    ({"encoding_map": {"a": [1.0, 2.0], "b": [1.0, 1e300]}}, ValueError),
    ({"encoding_map": {"a": [], "b": []}}, ValueError),
    ({"encoding_map": {"a": np.ones((2, 4)), "b": np.ones((2, 4))}}, ValueError),
    ({"encoding_map": FEW, "num_sim_workers": -1}, ValueError),
]


@pytest.mark.parametrize(("given", "error"), [*BOTH, *OURS])
@pytest.mark.parametrize("function", ["find_duplicates", "find_duplicates_to_remove"])
def test_wrong_use(given, error, function):
    with pytest.raises(error, match=r".+"):
        getattr(CNN(), function)(**given)


@pytest.mark.slow
@pytest.mark.parametrize(("given", "error"), BOTH)
def test_imagededup_raises_the_same(given, error):
    with pytest.raises(error):
        quietly(reference("CNN").find_duplicates, **given)
