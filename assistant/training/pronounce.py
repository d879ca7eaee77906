"""Pronunciations for training words that the dictionary lacks, by espeak-ng."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from assistant.recognition.lexicon import Lexicon

_PHONES = {
    "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "ɔɪ": "OY", "eɪ": "EY", "oʊ": "OW",
    "ɑː": "AA", "ɔː": "AO", "oː": "AO", "iː": "IY", "uː": "UW", "ɜː": "ER", "ɚ": "ER",
    "ɑ": "AA", "æ": "AE", "ɐ": "AH", "ʌ": "AH", "ə": "AH", "ɔ": "AO", "ɛ": "EH", "e": "EH",
    "ɪ": "IH", "ᵻ": "IH", "i": "IY", "ʊ": "UH", "u": "UW", "o": "OW", "a": "AA",
    "b": "B", "d": "D", "ð": "DH", "f": "F", "ɡ": "G", "h": "H" + "H", "k": "K", "l": "L",
    "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH",
    "t": "T", "ɾ": "T", "ʔ": "T", "θ": "TH", "v": "V", "w": "W", "j": "Y", "z": "Z",
    "ʒ": "ZH", "x": "K", "ɬ": "L",
}  # fmt: skip


def pronounce(words: Iterable[str]) -> dict[str, list[str]]:
    """Phonemes of each word; a word that cannot be mapped is left out.

    Raises:
        FileNotFoundError: espeak-ng is not installed.
    """
    ordered = list(words)
    command = ["espeak-ng", "-q", "--ipa", "-v", "en-us"]
    found = {}
    for word in ordered:
        done = subprocess.run([*command, word], capture_output=True, text=True, check=True)
        phones = _arpabet(done.stdout)
        if phones:
            found[word] = phones
    return found


def complete(lexicon: Lexicon, texts: Iterable[str], kept: Path) -> None:
    """Add pronunciations of all words in ``texts`` to ``lexicon``; they are kept in a file."""
    lines = kept.read_text().splitlines() if kept.exists() else []
    have = {line.split()[0] for line in lines}
    missing = sorted({word for text in texts for word in text.split()} - set(lexicon) - have)
    if missing:
        found = pronounce(missing)
        lines += [f"{word} {' '.join(found.get(word, []))}" for word in missing]
        kept.write_text("\n".join(lines) + "\n")
    for line in lines:
        word, *phones = line.split()
        if phones:
            lexicon.add(word, phones)


def _arpabet(ipa: str) -> list[str]:
    text = ipa.strip().translate(str.maketrans("", "", "ˈˌ \n̩‍"))
    text = text.replace("əl", "əl").replace("ɜːɹ", "ɜː")
    phones = []
    while text:
        size = 2 if text[:2] in _PHONES else 1
        if text[:size] in _PHONES:
            phones.append(_PHONES[text[:size]])
        elif text[0] != "ː":
            return []
        text = text[size:]
    return phones
