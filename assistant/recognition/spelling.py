"""Pronunciations of words that no dictionary has: letters to phonemes.

A joint-sequence model (Bisani and Ney 2008): a word is a sequence of graphones, each one or
two letters with none to two phonemes; an n-gram model over graphones says which sequence is
likely, a beam search over the letters finds the best ones. Letter names are said where a
word has no vowel to say (``tv``) or a digit in it (``mp3``).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import NamedTuple

from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary

from assistant.errors import ModelError
from assistant.recognition.lexicon import TOKEN_OF, Pronunciation

MODEL, GRAPHONES = "spelling.binary", "spelling.txt"
LONGEST_WORD = 48
"""Letters of a word that are read; the rest is left out."""
MOST_READINGS = 16
"""Pronunciations given at most, whatever is asked for."""

_BEAM = 32
_WORST = 5.0
"""Hypotheses so many powers of ten behind the best are dropped."""
_PARTS = re.compile(r"[a-z']+|[0-9]")
_LETTERS = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY",
    "h": "EY CH", "i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N",
    "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW",
    "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
    "0": "Z IH R OW", "1": "W AH N", "2": "T UW", "3": "TH R IY", "4": "F AO R", "5": "F AY V",
    "6": "S IH K S", "7": "S EH V AH N", "8": "EY T", "9": "N AY N",
}  # fmt: skip


class Reading(NamedTuple):
    """One way to say a word."""

    pronunciation: Pronunciation
    probability: float
    """Among all readings that the search found."""


class Graphone(NamedTuple):
    """Letters that are said together, and how."""

    letters: str
    phones: tuple[str, ...]

    @property
    def name(self) -> str:
        """As the n-gram model writes it: ``ph:F``, ``x:K_S``, ``e:``."""
        return f"{self.letters}:{'_'.join(self.phones)}"


class _Hypothesis(NamedTuple):
    score: float
    state: object
    """Of the n-gram model."""
    phones: Pronunciation


class Speller:
    """Reads words aloud by their letters. Loads at the first word that needs the model.

    Args:
        folder: where ``spelling.binary`` (KenLM over graphones) and ``spelling.txt`` (the
            graphones, one name a line) lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pronounce(self, word: str, n: int = 1) -> list[Pronunciation]:
        """Up to ``n`` pronunciations, the likeliest first; none if nothing can be said.

        Raises:
            ModelError: the model is missing or damaged.
        """
        return [reading.pronunciation for reading in self.read(word, n)]

    def read(self, word: str, n: int = 1) -> list[Reading]:
        """Up to ``n`` readings (``MOST_READINGS`` at most) with their probabilities.

        Case and accents do not matter; what is neither letter, digit nor apostrophe parts a
        word in two that are said one after the other.
        """
        n = min(n, MOST_READINGS)
        plain = unicodedata.normalize("NFKD", word[:LONGEST_WORD].lower().replace("’", "'"))
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        parts = [part for part in _PARTS.findall(plain) if part.strip("'")]
        if not parts:
            return []
        choices = [self._part(part, named=len(parts) > 1) for part in parts]
        return _best(_joined(choices), n)

    def _part(self, part: str, named: bool) -> list[Reading]:
        bare = part.replace("'", "")
        if len(bare) == 1 or not re.search("[aeiouy]", bare):
            return [_spelled(part)]
        found = self._search(part)
        return found or [_spelled(part)]

    def _search(self, letters: str) -> list[Reading]:
        model = self._model
        beams: list[list[_Hypothesis]] = [[] for _ in range(len(letters) + 1)]
        beams[0] = [_Hypothesis(0.0, model.start, ())]
        for place in range(len(letters)):
            for hypothesis in _pruned(beams[place]):
                for size in (1, 2):
                    for number, phones in model.choices.get(letters[place : place + size], ()):
                        if place + size <= len(letters):
                            state, score = model.lm.score(hypothesis.state, number)
                            beams[place + size].append(
                                _Hypothesis(
                                    hypothesis.score + score, state, hypothesis.phones + phones
                                )
                            )
        ends = [(h.phones, h.score + model.lm.finish(h.state)[1]) for h in _pruned(beams[-1])]
        best = max((score for _, score in ends), default=0.0)
        return _best(
            ((phones, 10.0 ** (score - best)) for phones, score in ends if phones), MOST_READINGS
        )

    @property
    def _model(self) -> _Model:
        return _load(self._folder)


class _Model:
    """The n-gram model and, for one or two letters, the graphones that read them."""

    def __init__(self, folder: Path) -> None:
        try:
            names = (folder / GRAPHONES).read_text(encoding="utf-8").split()
            self.lm = KenLM(str(folder / MODEL), Dictionary(names))
            self.choices = _choices(names)
        except (OSError, RuntimeError, UnicodeDecodeError, KeyError) as error:
            raise ModelError(
                f"{folder / MODEL}: not a spelling model: {error}; "
                "`assistant train spelling` makes one"
            ) from error
        self.start = self.lm.start(False)


@cache
def _load(folder: Path) -> _Model:
    return _Model(folder)


def _choices(names: list[str]) -> dict[str, list[tuple[int, Pronunciation]]]:
    choices = defaultdict(list)
    for number, name in enumerate(names):
        letters, _, phones = name.partition(":")
        tokens = tuple(TOKEN_OF[phone] for phone in phones.split("_") if phone)
        choices[letters].append((number, tokens))
    return dict(choices)


def _pruned(hypotheses: list[_Hypothesis]) -> list[_Hypothesis]:
    ordered = sorted(hypotheses, key=lambda hypothesis: -hypothesis.score)[:_BEAM]
    return [h for h in ordered if h.score > ordered[0].score - _WORST]


def _spelled(part: str) -> Reading:
    phones = " ".join(_LETTERS[letter] for letter in part if letter != "'")
    return Reading(tuple(TOKEN_OF[phone] for phone in phones.split()), 1.0)


def _joined(choices: list[list[Reading]]) -> Iterable[tuple[Pronunciation, float]]:
    for readings in islice(product(*choices), 4 * MOST_READINGS):
        yield (
            tuple(phone for reading in readings for phone in reading.pronunciation),
            math.prod(reading.probability for reading in readings),
        )


def _best(weighted: Iterable[tuple[Pronunciation, float]], n: int) -> list[Reading]:
    """The ``n`` heaviest; what is said alike adds up."""
    weights: dict[Pronunciation, float] = defaultdict(float)
    for phones, weight in weighted:
        weights[phones] += weight
    total = sum(weights.values())
    ordered = sorted(weights, key=lambda phones: -weights[phones])
    return [Reading(phones, weights[phones] / total) for phones in ordered[:n]]
