"""The speller learns spellings from a dictionary alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.recognition.lexicon import TOKEN_OF, TOKENS, Pronunciation
from assistant.recognition.spelling import GRAPHONES, MODEL, Speller
from assistant.training.ngrams import SPECIAL, write_arpa
from assistant.training.spelling import SpellingRecipe, align, estimate, measure

SOUNDS = {"sh": "SH", "s": "S", "t": "T", "m": "M", "x": "K S", "a": "AE", "o": "AA", "ee": "IY"}


def made_up(number: int, seed: int) -> list[tuple[str, Pronunciation]]:
    """Words of a language with one sound a spelling: consonant, vowel, consonant, …"""
    rng = np.random.default_rng(seed)
    entries = []
    for _ in range(number):
        kinds = (["sh", "s", "t", "m", "x"], ["a", "o", "ee"])
        parts = [str(rng.choice(kinds[place % 2])) for place in range(rng.integers(3, 7))]
        phones = " ".join(SOUNDS[part] for part in parts).split()
        entries.append(("".join(parts), tuple(TOKEN_OF[phone] for phone in phones)))
    return entries


def test_cuts_join_to_the_word_and_its_phonemes() -> None:
    """Alignment loses no letter and no phoneme, and finds the spellings."""
    entries = made_up(300, seed=1)
    cuts = align(entries, rounds=5)
    joined = sorted(
        ("".join(g.letters for g in cut), tuple(p for g in cut for p in g.phones)) for cut in cuts
    )
    wanted = sorted((word, tuple(TOKENS[token] for token in phones)) for word, phones in entries)
    assert joined == wanted
    names = {graphone.name for cut in cuts for graphone in cut}
    assert {"sh:SH", "x:K_S", "ee:IY"} <= names


def test_words_that_cannot_be_cut_are_left_out() -> None:
    """A letter with five phonemes is nobody's spelling; the rest is still aligned."""
    entries = [("mat", (TOKEN_OF["M"], TOKEN_OF["AE"], TOKEN_OF["T"])), ("m", (1, 2, 3, 4, 5))]
    assert len(align(entries, rounds=2)) == 1


def test_new_words_are_read_right(tmp_path: Path) -> None:
    """Words never seen in training are pronounced by the rules of those that were."""
    names, model = estimate(made_up(400, seed=2), SpellingRecipe(order=3, threshold=0.0))
    (tmp_path / GRAPHONES).write_text("\n".join(names))
    write_arpa(model, [*SPECIAL, *names], tmp_path / MODEL)
    errors = measure(Speller(tmp_path), made_up(60, seed=3))
    assert errors.words > 30
    assert errors.phone_error_percent < 5.0


def test_errors_count_the_nearest_pronunciation(tmp_path: Path) -> None:
    """Of several right pronunciations the nearest counts; a wrong phoneme is one error."""
    m, ae, t, s = (TOKEN_OF[phone] for phone in ("M", "AE", "T", "S"))
    names, model = estimate([("mat", (m, ae, t))] * 5, SpellingRecipe(order=2, threshold=0.0))
    (tmp_path / GRAPHONES).write_text("\n".join(names))
    write_arpa(model, [*SPECIAL, *names], tmp_path / MODEL)
    speller = Speller(tmp_path)
    right = measure(speller, [("mat", (m, ae, t)), ("mat", (s, s, s, s))])
    assert (right.words, right.phone_error_percent, right.word_error_percent) == (1, 0.0, 0.0)
    wrong = measure(speller, [("mat", (s, ae, t))])
    assert wrong.phone_error_percent == pytest.approx(100 / 3)
    assert wrong.word_error_percent == 100.0
