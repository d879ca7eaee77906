"""Training of the speller: letters and phonemes aligned, graphones counted.

Letters and phonemes of each dictionary word are cut into graphones (one letter with none,
one or two phonemes, or two letters with one phoneme) by expectation maximisation over all
cuts, the likeliest cut kept (Bisani and Ney 2008; Jiampojamarn et al. 2007). The n-gram model
over the cuts is the one of ``ngrams``.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.measures import edit_distance
from assistant.recognition.lexicon import TOKENS, Lexicon, Pronunciation, read_lexicon
from assistant.recognition.spelling import GRAPHONES, MODEL, Graphone, Speller
from assistant.training.kenlm_binary import write_binary
from assistant.training.mixing import prune
from assistant.training.ngrams import SPECIAL, Floats, Ints, Model, count, encode, smooth

LETTERS = "abcdefghijklmnopqrstuvwxyz'"
SHAPES = ((1, 1), (1, 0), (1, 2), (2, 1))
"""Letters and phonemes of a graphone."""
_PAIRS = (len(LETTERS) + 1) ** 2
_SOUNDS = len(TOKENS) ** 2


@dataclass(frozen=True)
class SpellingRecipe:
    """How the model is made."""

    order: int = 5
    rounds: int = 8
    """Of expectation maximisation."""
    rarest: int = 3
    """Words with a graphone seen less often than this are left out: the dictionary's oddities."""
    threshold: float = 2e-8
    """Of entropy pruning."""
    bits: int = 7
    """Of each stored probability and back-off weight."""


@dataclass(frozen=True)
class SpellingErrors:
    """On words that were held out; of several right pronunciations the nearest counts."""

    words: int
    phone_error_percent: float
    word_error_percent: float


Entry = tuple[str, Pronunciation]


def train_spelling(
    lexicon: Path, out: Path, work: Path, recipe: SpellingRecipe = SpellingRecipe()
) -> SpellingErrors:
    """Write the speller's files into ``out``.

    One word in twenty is held out for the errors that are returned; the files are then made
    from all words.

    Args:
        lexicon: a dictionary as ``models/lexicon/cmudict.dict.xz``.
        work: scratch space, kept: a second call finds its tools there.

    Raises:
        ModelError: KenLM's builder cannot be made.
    """
    entries = list(_entries(read_lexicon(lexicon)))
    held_out = {word for word, _ in entries if zlib.crc32(word.encode()) % 20 == 0}
    part = work / "spelling-measured"
    build([entry for entry in entries if entry[0] not in held_out], part, work, recipe)
    errors = measure(Speller(part), [entry for entry in entries if entry[0] in held_out])
    build(entries, out, work, recipe)
    return errors


def build(entries: Sequence[Entry], out: Path, work: Path, recipe: SpellingRecipe) -> None:
    """Align ``entries`` and write the model over their graphones into ``out``."""
    names, model = estimate(entries, recipe)
    out.mkdir(parents=True, exist_ok=True)
    (out / GRAPHONES).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    write_binary(model, [*SPECIAL, *names], out / MODEL, work, recipe.bits)


def estimate(entries: Sequence[Entry], recipe: SpellingRecipe) -> tuple[list[str], Model]:
    """The names of the graphones in ``entries``, and the model over ``SPECIAL`` and them."""
    cut = align(entries, recipe.rounds)
    often = Counter(graphone.name for word in cut for graphone in word)
    kept = [word for word in cut if all(often[g.name] >= recipe.rarest for g in word)]
    sentences = [[graphone.name for graphone in word] for word in kept]
    names = sorted({name for sentence in sentences for name in sentence})
    number = {name: index for index, name in enumerate([*SPECIAL, *names])}
    model = smooth(count(encode(sentences, number), len(number), recipe.order))
    return names, prune(model, recipe.threshold)


def measure(speller: Speller, entries: Sequence[Entry]) -> SpellingErrors:
    """Errors of the likeliest pronunciation against the nearest of ``entries``."""
    right: dict[str, list[Pronunciation]] = defaultdict(list)
    for word, phones in entries:
        right[word].append(phones)
    wrong_phones = phones_in_all = wrong_words = 0
    for word, known in right.items():
        said = next(iter(speller.pronounce(word)), ())
        errors, length = min((edit_distance(phones, said), len(phones)) for phones in known)
        wrong_phones += errors
        phones_in_all += length
        wrong_words += errors > 0
    return SpellingErrors(
        len(right), 100.0 * wrong_phones / phones_in_all, 100.0 * wrong_words / len(right)
    )


def align(entries: Sequence[Entry], rounds: int) -> list[list[Graphone]]:
    """Each word as graphones; words that cannot be cut so are left out."""
    groups = list(_groups(entries))
    probability = np.full(_PAIRS * _SOUNDS, 1.0)
    for _ in range(rounds):
        expected = np.zeros_like(probability)
        for group in groups:
            expected += group.expected(probability)
        probability = expected / expected.sum()
    return [word for group in groups for word in group.best(probability)]


def _entries(lexicon: Lexicon) -> Iterator[Entry]:
    for word in lexicon:
        if set(word) <= set(LETTERS) and len(word) > 1:
            for phones in lexicon[word]:
                yield word, phones


def _groups(entries: Sequence[Entry]) -> Iterator[_Group]:
    """Words with equally many letters and phonemes together, so that numpy takes all at once."""
    sizes: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    for word, phones in entries:
        if (len(word) + 1) // 2 <= len(phones) <= 2 * len(word):
            sizes[len(word), len(phones)].append((word, phones))
    for members in sizes.values():
        yield _Group(members)


class _Group:
    """Words of L letters and P phonemes: a lattice of (L + 1) by (P + 1) nodes for each."""

    def __init__(self, members: list[Entry]) -> None:
        self.members = members
        letters = [[LETTERS.index(letter) + 1 for letter in word] for word, _ in members]
        self._letters = np.array(letters, np.int64)
        self._phones = np.array([phones for _, phones in members], np.int64)
        self._last = self._letters.shape[1], self._phones.shape[1]
        self._steps = [
            ((i, j), shape, self._graphones(i, j, *shape))
            for i in range(self._last[0] + 1)
            for j in range(self._last[1] + 1)
            for shape in SHAPES
            if i >= shape[0] and j >= shape[1]
        ]

    def _graphones(self, i: int, j: int, letters: int, phones: int) -> Ints:
        """Numbers of the graphones that end after letter ``i`` and phoneme ``j``: (words,)."""
        letter = self._letters[:, i - letters] * (len(LETTERS) + 1)
        if letters == 2:
            letter = letter + self._letters[:, i - 1]
        sound = np.zeros(len(letter), np.int64)
        if phones:
            sound = self._phones[:, j - phones] * len(TOKENS)
        if phones == 2:
            sound = sound + self._phones[:, j - 1]
        numbers: Ints = letter * _SOUNDS + sound
        return numbers

    def expected(self, probability: Floats) -> Floats:
        """How often each graphone is expected in this group, given all cuts."""
        nodes = (self._last[0] + 1, self._last[1] + 1, len(self.members))
        forward, backward = np.zeros(nodes), np.zeros(nodes)
        forward[0, 0] = backward[self._last] = 1.0
        for (i, j), (a, b), graphones in self._steps:
            forward[i, j] += forward[i - a, j - b] * probability[graphones]
        for (i, j), (a, b), graphones in reversed(self._steps):
            backward[i - a, j - b] += backward[i, j] * probability[graphones]
        whole = np.maximum(forward[self._last], 1e-300)
        expected = np.zeros_like(probability)
        for (i, j), (a, b), graphones in self._steps:
            share = forward[i - a, j - b] * probability[graphones] * backward[i, j] / whole
            np.add.at(expected, graphones, share)
        return expected

    def best(self, probability: Floats) -> Iterator[list[Graphone]]:
        """The likeliest cut of each word."""
        logs = np.log(np.maximum(probability, 1e-300))
        nodes = (self._last[0] + 1, self._last[1] + 1, len(self.members))
        score = np.full(nodes, -np.inf)
        score[0, 0] = 0.0
        chosen = np.zeros(nodes, np.int8)
        for (i, j), (a, b), graphones in self._steps:
            new = score[i - a, j - b] + logs[graphones]
            better = new > score[i, j]
            score[i, j][better] = new[better]
            chosen[i, j][better] = SHAPES.index((a, b))
        for index, (word, phones) in enumerate(self.members):
            if score[self._last][index] > -np.inf:
                yield _cut(word, phones, chosen[:, :, index])


def _cut(word: str, phones: Pronunciation, chosen: NDArray[np.int8]) -> list[Graphone]:
    i, j = len(word), len(phones)
    graphones = []
    while i or j:
        a, b = SHAPES[chosen[i, j]]
        sounds = tuple(TOKENS[token] for token in phones[j - b : j])
        graphones.append(Graphone(word[i - a : i], sounds))
        i, j = i - a, j - b
    return graphones[::-1]
