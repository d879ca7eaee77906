"""What a translation must leave as it is: names, numbers, times, units, addresses.

Most of it survives an engine by itself. What does not is put back: the sentence is
translated again with a word in its place that no dictionary knows.
"""

from __future__ import annotations

import re

from assistant.translation.languages import code_of

_NUMBER = r"\d+(?:[.,:/]\d+)*"
_UNIT = (
    r"(?:°\s?[CF]|[kcm]?m/?h?|km/h|mph|[km]?g|[mc]?l|lbs?|oz|ft|%|[kMG]?Hz|[kMGT]?B|k?Wh?|[ap]m"
    r"|[ap]\.m\.)"
)
_FIXED = re.compile(
    r"<[^<>\s][^<>]{0,200}>"  # markup
    r"|\b(?:https?://|www\.)\S+|\S+@\w[\w.-]*\w"  # addresses
    rf"|[$€£¥]\s?{_NUMBER}|{_NUMBER}\s?(?:[$€£¥]|{_UNIT}(?!\w))"  # money, measures, times
    rf"|{_NUMBER}"
    r"|\b\w*[^\W\d_]\d\w*\b|\b[^\W\d_]*[a-zà-ÿ][A-Z]\w*\b"  # MP3, iPhone
)
_ACRONYM = re.compile(r"\b[A-Z]{2,}\b")
_NAME = re.compile(r"(?<=[^.!?…]\s)[^\W\d_a-zà-ÿ][^\W\d_]+(?:-[^\W\d_]+)*")
_CAPITALISED = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june
july august september october november december i i'm i'd i'll i've mr mrs ms dr god europe
america africa asia spain france germany italy england scotland london christmas easter internet
american british spaniard european
"""
_NO_NAMES = frozenset(_CAPITALISED.split())
"""Written with a capital, in English, and yet to be translated; languages are known besides."""


def spans(text: str) -> list[str]:
    """The parts of a sentence that must be found in its translation, in order."""
    found = list(_FIXED.finditer(text))
    if _has_meaningful_case(text):
        names = [*_ACRONYM.finditer(text), *filter(_is_name, _NAME.finditer(text))]
        covered = {index for match in found for index in range(*match.span())}
        found += [match for match in names if match.start() not in covered]
    return [text[start:end] for start, end in sorted({match.span() for match in found})]


def lost(parts: list[str], translation: str) -> list[str]:
    """Those of ``parts`` that are not in ``translation``, or not as often."""
    missing = []
    for part in parts:
        if part in translation:
            translation = translation.replace(part, " ", 1)
        else:
            missing.append(part)
    return missing


def mask(text: str, parts: list[str]) -> tuple[str, dict[str, str]]:
    """``text`` with an unknown word for each of ``parts``, and what each stands for."""
    kept: dict[str, str] = {}
    position = 0
    for number, part in enumerate(parts[:676]):
        start = text.find(part, position)
        if start < 0:
            continue
        word = f"Xq{chr(97 + number // 26)}{chr(97 + number % 26)}x"
        before = " " if start and text[start - 1].isalnum() else ""
        after = " " if text[start + len(part) :][:1].isalnum() else ""
        text = text[:start] + before + word + after + text[start + len(part) :]
        position = start + len(before + word)
        kept[word] = part
    return text, kept


def unmask(translation: str, kept: dict[str, str]) -> str:
    """``translation`` with what the unknown words stand for."""
    for word, part in kept.items():
        pieces = re.split(word, translation, flags=re.IGNORECASE)
        translation = part.join(pieces)
    return translation


def _is_name(match: re.Match[str]) -> bool:
    word = match.group()
    return word.lower() not in _NO_NAMES and not code_of(word)


def _has_meaningful_case(text: str) -> bool:
    """Not everything is shouted, and not Every Word Is A Title's."""
    words = [word for word in text.split() if word[0].isalpha()]
    return not text.isupper() and (len(words) < 3 or not all(word[0].isupper() for word in words))
