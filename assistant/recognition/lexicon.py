"""Words to phonemes: the pronouncing dictionary and the recogniser's tokens."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PHONES = [
    *("AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G"),
    *("HH", "IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T"),
    *("TH", "UH", "UW", "V", "W", "Y", "Z", "ZH"),
]
"""The 39 phonemes of the CMU dictionary, stress left out."""
BLANK = 0
TOKENS = ("<blank>", *PHONES)
TOKEN_OF = {name: index for index, name in enumerate(TOKENS)}

Pronunciation = tuple[int, ...]
"""Token numbers, never empty, never the blank."""

_VARIANT = re.compile(r"\(\d\)$")


class Lexicon:
    """Pronunciations of words, first the most frequent.

    Args:
        entries: lines ``word PHONE PHONE …`` as in the CMU dictionary; stress digits and
            ``word(2)`` variants are understood, text after ``#`` is left out.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._words: dict[str, list[Pronunciation]] = {}
        for entry in entries:
            word, *phones = entry.split("#")[0].split()
            self.add(_VARIANT.sub("", word), phones)

    def add(self, word: str, phones: Iterable[str]) -> None:
        """Another pronunciation of ``word``; raises ``KeyError`` at an unknown phoneme."""
        tokens = tuple(TOKEN_OF[phone.rstrip("012")] for phone in phones)
        known = self._words.setdefault(word, [])
        if tokens not in known:
            known.append(tokens)

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def __getitem__(self, word: str) -> list[Pronunciation]:
        return self._words[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


@cache
def read_lexicon(path: Path) -> Lexicon:
    """The dictionary in an xz file, read once a process."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return Lexicon(lines)
