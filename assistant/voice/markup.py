"""What is written for the eye becomes plain text for the ear."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>|<!--[^<>]{0,500}-->")
_FENCE = re.compile(r"^\s*(```|~~~).{0,40}$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")
_URL = re.compile(r"\b(?:https?://|www\.)([\w-]+(?:\.[\w-]+)+)\S{0,500}", re.IGNORECASE)
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}|>+|[-*+•]|\d{1,3}\))\s+", re.MULTILINE)
_RULE = re.compile(r"^\s*([-*_=])\1{2,}\s*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|`{1,2})(?=\S)([^*_~`\n]{1,300})(?<=\S)\1(?!\w)")
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})
_SILENT = ("So", "Sk", "Cs", "Co", "Cn", "Cc", "Cf")
"""Unicode categories that nobody reads aloud: pictures, modifiers, controls."""
_SPOKEN_SIGNS = "\n°€£¥$"


def strip(text: str) -> str:
    """``text`` without markup, emoji and control characters.

    Lines stay lines; an address becomes its host's name; a link its text.
    """
    text = html.unescape(text.replace("\t", " ").replace("\r", "\n")).translate(_QUOTES)
    text = _LINK.sub(r"\1", _TAG.sub(" ", _FENCE.sub("", text)))
    text = _URL.sub(r"\1", text)
    text = _HEADING.sub("", _RULE.sub("", text))
    text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))
    text = "".join(letter for letter in text if _is_read(letter))
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()


def _is_read(letter: str) -> bool:
    if letter.isascii() and letter.isprintable():
        return True
    return letter in _SPOKEN_SIGNS or unicodedata.category(letter) not in _SILENT
