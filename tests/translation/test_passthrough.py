"""Names, numbers, times and units come out as they went in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.translation import passthrough
from assistant.translation.interpreter import interpret


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("meet Anna at 3:30 pm.", ["Anna", "3:30 pm"]),
        ("set a timer for 10 minutes", ["10"]),
        ("5 km at -5 °C for $12.50", ["5 km", "5 °C", "$12.50"]),
        ("the iPhone plays MP3", ["iPhone", "MP3"]),
        ("NASA is in Houston", ["NASA", "Houston"]),
        ("write to a.b@example.com", ["a.b@example.com"]),
        ("Call Rose and Bill on Monday.", ["Rose", "Bill"]),
        ("Yes. Then I speak English in March", []),
        ("I WANT COFFEE", []),
        ("Good Morning My Friend", []),
        ("good morning", []),
    ],
)
def test_what_must_survive(text: str, expected: list[str]) -> None:
    """Names and numbers, but neither weekdays nor the beginning of a sentence."""
    assert passthrough.spans(text) == expected


words = st.sampled_from(["Anna", "5 km", "3:30", "the", "house", "MP3", "Anna", "12", "<b>", "😀"])


@given(st.lists(words, max_size=12))
def test_masking_can_be_undone(parts: list[str]) -> None:
    """Whatever is masked comes back, as often and in the same order."""
    text = "see " + " ".join(parts)
    masked, kept = passthrough.mask(text, passthrough.spans(text))
    assert passthrough.unmask(masked, kept).split() == text.split()
    assert passthrough.unmask(masked.upper(), kept).lower().split() == text.lower().split()


class Forgetful:
    """An engine that turns every word it knows by its capital or digit into another."""

    longest_characters = 2000
    asked: list[str] = []

    def pairs(self) -> list[tuple[str, str]]:
        return [("en", "es")]

    def translate(self, text: str, pair: tuple[str, str], timeout_s: float) -> str:
        kept = [
            word if word.startswith("Xq") or word.islower() else "otro" for word in text.split()
        ]
        return " ".join(kept)

    def rest(self) -> None: ...

    def close(self) -> None: ...


@given(
    st.lists(
        st.sampled_from(["Anna", "7", "12.50", "iPhone", "New", "casa"]), min_size=1, max_size=8
    )
)
@settings(max_examples=100)
def test_an_engine_that_loses_names_is_asked_again_without_them(parts: list[str]) -> None:
    """Rules around the engine, so that every engine keeps them."""
    text = "say " + " and ".join(parts) + " now"
    made = interpret(Forgetful(), text, ("en", "es"), 1.0)
    assert passthrough.lost(passthrough.spans(text), made) == []
