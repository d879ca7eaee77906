"""What was said for a list, taken apart into its items.

The recogniser writes no commas: "milk eggs and a loaf of bread" has three items. "and" always
parts, except within known dishes; words in a row part where each piece is something one buys.
"""

from __future__ import annotations

import re
from pathlib import Path

LONGEST_CHARACTERS = 200
_WHOLE = (
    "mac and cheese", "macaroni and cheese", "fish and chips", "half and half", "bread and butter",
    "salt and vinegar", "sweet and sour", "cookies and cream", "pork and beans", "rum and raisin",
    "peanut butter and jelly", "black and white", "cheese and onion", "head and shoulders",
)  # fmt: skip
"""Things with "and" in their name."""
GROCERIES = Path(__file__).with_name("groceries.txt")
"""Things one buys, one a line, as they stand on a list; plural where they are counted."""
_BOUGHT = frozenset(tuple(line.split()) for line in GROCERIES.read_text().splitlines())
_MOST_WORDS = max(len(words) for words in _BOUGHT)
_PARTING = re.compile(r"\s*(?:,|;|\band also\b|\bas well as\b|\bplus\b|\band\b)\s*")
_LEADING = re.compile(r"^(?:also|some|the|my|please|more|any)\s+")
_TRAILING = re.compile(r"\s+(?:please|too|as well)$")
_GLUE = "_"
"""Stands for a space that does not part."""
_ARTICLES = frozenset(("a", "an", "the", "some", "my", "of"))


def items_of(phrase: str) -> list[str]:
    """The items in ``phrase``, in order, each once."""
    text = " ".join(phrase.lower().replace(_GLUE, " ").split())
    for whole in _WHOLE:
        text = re.sub(rf"\b{whole}\b", whole.replace(" ", _GLUE), text)
    pieces = [item for part in _PARTING.split(text) for item in _row(_bare(part)) if item]
    named = [piece.replace(_GLUE, " ")[:LONGEST_CHARACTERS] for piece in pieces]
    return list(dict.fromkeys(named))


def _bare(part: str) -> str:
    """``part`` without what only leads up to it."""
    before = ""
    while before != part:
        before, part = part, _TRAILING.sub("", _LEADING.sub("", part.strip()))
    return part


def _row(part: str) -> list[str]:
    """``part``, or the things that stand in a row in it, if nothing else is between them."""
    words = part.split()
    found: list[str] = []
    while words:
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            if tuple(words[:count]) in _BOUGHT:
                found.append(" ".join(words[:count]))
                del words[:count]
                break
        else:
            return [part]
    return found


def key(item: str) -> str:
    """What two ways to say one item have in common: "a loaf of bread", "loaf of bread"."""
    return " ".join(word for word in item.lower().split() if word not in _ARTICLES)


def same(item: str, among: list[str]) -> str | None:
    """The one of ``among`` that is the same as ``item``, but for articles and plural."""
    wanted = key(item)
    found = [one for one in among if key(one) == wanted]
    found += [one for one in among if _singular(one) == _singular(item)]
    return found[0] if found else None


def find(item: str, among: list[str]) -> str | None:
    """The one of ``among`` that ``item`` means: the same, or the only one it is part of."""
    words = set(key(item).split())
    containing = [one for one in among if words and words <= set(key(one).split())]
    return same(item, among) or (containing[0] if len(containing) == 1 else None)


def _singular(item: str) -> str:
    return re.sub(r"(?<=[^s])s$", "", key(item))
