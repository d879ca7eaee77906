"""How words sound: own entries, the open vocabulary, the dictionary, spelling, in this order."""

from __future__ import annotations

import lzma
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from assistant.errors import ConfigError, ModelError
from assistant.recognition.lexicon import TOKEN_OF, Pronunciation
from assistant.resources import resource

Vocabulary = dict[str, list[Pronunciation]]
WORDS = "language/words.txt.xz"
DICTIONARY = "lexicon/cmudict.dict.xz"
LONGEST_WORD = 40
"""Letters; what is longer is no word that anybody says."""
_VARIANT = re.compile(r"\(\d+\)$")
_LETTERS = re.compile(r"[^a-z']")


def read_vocabulary(path: Path) -> Vocabulary:
    """Words and their sounds from an xz file with lines ``word PHONE PHONE …``.

    Raises:
        ModelError: the file cannot be read, or has an unknown phone.
    """
    vocabulary: Vocabulary = {}
    try:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                word, *phones = line.split()
                entry = tuple([TOKEN_OF[phone] for phone in phones])
                vocabulary.setdefault(word, []).append(entry)
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError, ValueError) as error:
        raise ModelError(f"{path}: the word list cannot be read: {error}") from error
    except KeyError as error:
        raise ModelError(f"{path}: unknown phone {error}") from error
    return vocabulary


def own_pronunciations(entries: Mapping[str, Sequence[str]]) -> Vocabulary:
    """The setting ``recognition.pronunciations`` as tokens.

    Raises:
        ConfigError: phones that there are not, all at once.
    """
    vocabulary: Vocabulary = {}
    faults = []
    for word, sounds in entries.items():
        for sound in sounds:
            phones = [phone.rstrip("012") for phone in sound.upper().split()]
            unknown = [phone for phone in phones if phone not in TOKEN_OF] or not phones
            if unknown:
                faults.append(
                    f"recognition.pronunciations.{word} = {sound!r}: expected phones of "
                    f"{' '.join(list(TOKEN_OF)[1:])}"
                )
            else:
                entry = tuple(TOKEN_OF[phone] for phone in phones)
                vocabulary.setdefault(word.lower(), []).append(entry)
    if faults:
        raise ConfigError(faults)
    return vocabulary


class Pronouncing:
    """Finds the sounds of any words.

    Args:
        own: the user's entries; they stand instead of all others.
        known: the open vocabulary.
        spell: sounds of a word by its letters, for all that no list has.
    """

    def __init__(
        self,
        own: Vocabulary,
        known: Vocabulary,
        spell: Callable[[str], list[Pronunciation]],
    ) -> None:
        self.own, self.known, self._spell = own, known, spell

    def __call__(self, words: Iterable[str]) -> Vocabulary:
        """The words that can be pronounced, with their sounds."""
        wanted = sorted(set(words))
        found = {word: self.own.get(word) or self.known.get(word) or [] for word in wanted}
        missing = {plain(word) for word, sounds in found.items() if not sounds} - {""}
        listed = _look_up(missing) if missing else {}
        for word, sounds in found.items():
            if not sounds:
                found[word] = listed.get(plain(word)) or self._spelled(word)
        return {word: sounds for word, sounds in found.items() if sounds}

    def _spelled(self, word: str) -> list[Pronunciation]:
        """By its letters and digits; nothing where the model is missing: other words still work."""
        if len(word) > LONGEST_WORD or not any(sign.isalnum() for sign in word):
            return []
        try:
            return self._spell(word.lower())
        except ModelError:
            return []


def plain(word: str) -> str:
    """The letters of a word in lower case; empty where it has too many to be one."""
    letters = _LETTERS.sub("", word.lower())
    return letters if len(letters) <= LONGEST_WORD else ""


def _look_up(words: set[str]) -> Vocabulary:
    """Entries of the dictionary, read line by line: it is too large to be kept."""
    found: Vocabulary = {}
    with lzma.open(resource(DICTIONARY), "rt", encoding="utf-8") as lines:
        for line in lines:
            word = _VARIANT.sub("", line[: line.find(" ")])
            if word in words:
                phones = line.split("#")[0].split()[1:]
                entry = tuple(TOKEN_OF[phone.rstrip("012")] for phone in phones)
                found.setdefault(word, []).append(entry)
    return found
