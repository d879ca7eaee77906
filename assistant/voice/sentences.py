"""Text into sentences, short enough to be spoken one by one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST_PIECE = 240
"""Characters; a longer sentence is spoken in pieces, cut at a comma or a space."""

_END = re.compile(r"[.!?…]+[\"')\]»]*(?=\s)|[。！？]+[」』）]*|\n")
_COMMA = re.compile(r"[,;:–—、，；]\s*(?=\S)")
_INITIAL = re.compile(r"(?:^|[\s.(\"'])[^\W\d_]\.$")
"""A single letter and a full stop: J. Smith, e.g., z. B."""
_NEVER_LAST = re.compile(
    r"(?:dr|dra|mrs?|ms|prof|st|sra?|srta|d|vs|fig|approx|ca|bzw|usw|m|mme|mlle|mt|ft|gen"
    r"|rev|capt|lt|col|sgt|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|e\.g|i\.e|z\.b|p\.ej|u\.a)"
)
"""Abbreviations that a sentence hardly ever ends with."""
_BEFORE_DIGITS = ("no", "nr", "vol", "pp")
"""Abbreviations before a number; before anything else "No." is a sentence."""

_SCRIPTS = {
    "CYRILLIC": "ru",
    "GREEK": "el",
    "HEBREW": "he",
    "ARABIC": "ar",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
"""First word of a letter's Unicode name, and the language it is read in."""
_SAME_SCRIPT = {
    "ru": ("uk", "bg", "sr", "mk", "be", "kk", "ky", "tt"),
    "ar": ("fa", "ur"),
    "hi": ("mr", "ne"),
    "zh": ("ja", "cmn", "yue"),
}


def split(text: str) -> Iterator[str]:
    """The sentences of ``text``, without those that hold nothing to be spoken."""
    for sentence in _sentences(text):
        yield from (piece for piece in _pieces(sentence) if any(map(str.isalnum, piece)))


def language_of(sentence: str, language: str) -> str:
    """The language to read ``sentence`` in: another one where its script is another."""
    counts: dict[str, int] = {}
    for letter in sentence:
        if letter.isalpha():
            script = unicodedata.name(letter, "LATIN").split()[0].split("-")[0]
            counts[script] = counts.get(script, 0) + 1
    if not counts:
        return language
    if "HIRAGANA" in counts or "KATAKANA" in counts:
        return "ja"
    other = _SCRIPTS.get(max(counts, key=lambda script: counts[script]), "")
    short = language.split("-")[0].lower()
    return language if not other or short in (other, *_SAME_SCRIPT.get(other, ())) else other


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(text):
        if match.group() != "\n" and not _ends(text, start, match.end()):
            continue
        yield text[start : match.end()].strip()
        start = match.end()
    yield text[start:].strip()


def _ends(text: str, start: int, end: int) -> bool:
    """Whether the marks before ``end`` end the sentence that began at ``start``."""
    head, tail = text[max(start, end - 40) : end], text[end : end + 8].lstrip()
    if not head.endswith(".") or not tail:
        return True
    word = head.split()[-1].rstrip(".").lstrip("(\"'").lower() if head.split() else ""
    if word in _BEFORE_DIGITS:
        return not tail[0].isdigit()
    if tail[0].islower() or _NEVER_LAST.fullmatch(word):
        return False
    return not (_INITIAL.search(head) and word not in ("i", "a.m", "p.m", "u.s"))


def _pieces(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST_PIECE:
        cut = _cut(sentence)
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    yield sentence


def _cut(sentence: str) -> int:
    """Where to part a long sentence: behind the last comma, else at a space, else anywhere."""
    commas = [match.end() for match in _COMMA.finditer(sentence, 1, LONGEST_PIECE)]
    if commas and commas[-1] > LONGEST_PIECE // 3:
        return commas[-1]
    space = sentence.rfind(" ", 1, LONGEST_PIECE)
    return space if space > 0 else LONGEST_PIECE
