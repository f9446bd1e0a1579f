"""How strictly to compare, as one number for all methods: what a slider in words stands for.

Step 0 is *identical*, 4 *same picture*, 10 what a method searches within unless a person says otherwise (most often
*edited*), 14 *lookalike*, 20 farther than any of its words. Between these each method's threshold goes in even steps;
for PHash a step is a bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imgenc_gui.core.records.alike import Criterion
from imgenc_gui.core.records.likeness import Likeness
from imgenc_gui.core.records.methods import Method

STEPS = 20
USUAL_STEP = 10

_WORDS = {Likeness.IDENTICAL: 0, Likeness.SAME: 4, Likeness.EDITED: USUAL_STEP, Likeness.LOOKALIKE: 14}
_BEYOND_BITS = 6
_BEYOND_COSINE = 0.05


def criteria_at(step: int, methods: Sequence[Method]) -> tuple[Criterion, ...]:
    """What is alike at a step from 0 to STEPS, by each of the methods."""
    return tuple(Criterion(method, threshold_at(step, method)) for method in methods)


def threshold_at(step: int, method: Method) -> float:
    """A method's threshold at a step: whole bits, or a similarity in steps of 0.0001."""
    anchors = {USUAL_STEP: method.usual_threshold}
    anchors |= {_WORDS[word]: farthest for word, farthest in method.thresholds.items() if Likeness.EDITED in
                method.thresholds}  # fmt: skip
    anchors.setdefault(0, 0.0 if method.is_hash else 1.0)
    last = anchors[max(anchors)]
    anchors[STEPS] = last + _BEYOND_BITS if method.is_hash else last - _BEYOND_COSINE
    steps = sorted(anchors)
    threshold = float(np.interp(step, steps, [anchors[one] for one in steps]))
    return round(threshold) if method.is_hash else round(threshold, 4)


def word_of(criteria: Sequence[Criterion]) -> Likeness | None:
    """The weakest of the words that hold up to these thresholds; None where one of the methods has none."""
    words = [criterion.method.likeness(criterion.threshold) for criterion in criteria]
    order = list(Likeness)
    return None if None in words else max((word for word in words if word), key=order.index)
