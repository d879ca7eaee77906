"""Text as it is said: lower-case words a-z with apostrophes, figures spelled out.

What the recogniser writes passes unchanged; typed text, templates and list values are brought
to the same form, so that there is one matcher for both: ``7:30 pm`` is ``seven thirty p m``,
``50%`` is ``fifty percent``, ``3.5`` is ``three point five``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from num2words import num2words

from assistant.understanding.expression import key_of

TEXT_CHARACTERS_MAX = 1000
"""Longer texts are cut before they are matched."""
FIGURE_DIGITS_MAX = 12
"""Longer figures are spelled digit by digit."""

_TOKEN = re.compile(
    r"(?P<clock>\b\d{1,2}:\d{2}\b)"
    r"|(?P<ordinal>\b\d+(?:st|nd|rd|th)\b)"
    r"|(?P<number>(?:(?<![\w)])[-−])?\d+(?:,\d{3})*(?:\.\d+)?)"
    r"|(?P<meridiem>\b[ap]\.?\s?m\b\.?)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*'?)"
    r"|(?P<sign>[%°+*×÷=/]|(?<=\s)[-−](?=\s))"
)
_SIGNS = {
    "%": "percent",
    "°": "degrees",
    "+": "plus",
    "*": "times",
    "×": "times",
    "÷": "divided by",
    "/": "divided by",
    "=": "equals",
    "-": "minus",
    "−": "minus",
}
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "’": "'"})


class Words(NamedTuple):
    """A text as words, each with the place it came from."""

    words: tuple[str, ...]
    keys: tuple[str, ...]
    """The words as they are compared."""
    source: str
    places: tuple[tuple[int, int], ...]
    """Start and end of each word's origin in ``source``."""

    def text(self, start: int, end: int) -> str:
        """What was said or typed from word ``start`` to word ``end``."""
        if start >= end:
            return ""
        return self.source[self.places[start][0] : self.places[end - 1][1]]

    def part(self, start: int, end: int) -> Words:
        """The words from ``start`` to ``end``."""
        return Words(
            self.words[start:end], self.keys[start:end], self.source, self.places[start:end]
        )


def words_of(text: str) -> Words:
    """``text`` as words; anything but letters, figures and a few signs only separates."""
    source = text[:TEXT_CHARACTERS_MAX].replace("’", "'")
    words: list[str] = []
    places: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(source):
        after_figure = bool(words) and source[: token.start()].rstrip()[-1:].isdigit()
        for word in _spell(token, after_figure):
            words.append(word)
            places.append(token.span())
    keys = tuple(key_of(word) for word in words)
    return Words(tuple(words), keys, source, tuple(places))


def spoken_words(text: str) -> tuple[str, ...]:
    """Only the words of ``words_of``."""
    return words_of(text).words


def _spell(token: re.Match[str], after_figure: bool) -> list[str]:
    kind, text = token.lastgroup, token.group()
    if kind == "clock":
        return _clock(text)
    if kind == "ordinal":
        return _figures(text[:-2], "ordinal")
    if kind == "number":
        return _number(text)
    if kind == "sign":
        return _SIGNS[text].split()
    if kind == "meridiem" and (after_figure or not text.isalpha()):
        return [text[0].lower(), "m"]
    return [folded for folded in [_fold(text)] if folded]


def _fold(word: str) -> str:
    """Lower case without accents; letters that have no likeness in a-z stay."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_FOLDED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _clock(text: str) -> list[str]:
    hour, minute = text.split(":")
    spelled = _figures(hour, "cardinal")
    if minute == "00":
        return [*spelled, "o'clock"]
    return [*spelled, *(["oh"] if minute[0] == "0" else []), *_figures(minute, "cardinal")]


def _number(text: str) -> list[str]:
    sign = ["minus"] if text[0] in "-−" else []
    whole, _, fraction = text.lstrip("-−").replace(",", "").partition(".")
    spelled = sign + _figures(whole, "cardinal")
    if fraction:
        spelled += ["point", *(word for digit in fraction for word in _figures(digit, "cardinal"))]
    return spelled


@lru_cache(maxsize=4096)
def _figures_cached(digits: str, kind: str) -> tuple[str, ...]:
    if len(digits) > FIGURE_DIGITS_MAX:
        return tuple(num2words(int(digit)) for digit in digits)
    spelled = str(num2words(int(digits), to=kind))
    return tuple(re.sub(r"[-,]", " ", spelled).split())


def _figures(digits: str, kind: str) -> list[str]:
    return list(_figures_cached(digits, kind))
