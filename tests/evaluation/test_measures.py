"""Error measures."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.evaluation.measures import Edits, edit_distance, edits

WORDS = st.lists(st.sampled_from("abc"), max_size=8)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_edits_by_kind_are_as_many_as_the_distance(found: list[str], reference: list[str]) -> None:
    """The kinds add up to the Levenshtein distance and to the difference in length."""
    counted = edits(found, reference)
    total = counted.substitutions + counted.insertions + counted.deletions
    assert total == edit_distance(found, reference)
    assert counted.insertions - counted.deletions == len(found) - len(reference)
    assert counted.reference == len(reference)


def test_rates_add_up_over_utterances() -> None:
    """Errors over words, not the mean of the utterances' rates."""
    whole = edits(["a"], ["a", "b", "c", "d"]) + edits(["x"], ["y"])
    assert whole == Edits(substitutions=1, deletions=3, reference=5)
    assert whole.rate == 0.8
    assert Edits().rate is None
