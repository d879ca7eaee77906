"""One text through an engine: sentence by sentence, with what must survive put back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.translation import passthrough
from assistant.translation.engines import (
    CannotTranslate,
    Pair,
    TranslationEngine,
    missing_sentence,
)
from assistant.translation.languages import code_of, name_of

_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]»]*\s+(?=[^\sa-zà-ÿ])|(?<=[。！？])")
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_END = re.compile(r"[.!?…。！？:;,]['\")\]»]*$")
_SMALL_I = re.compile(r"\bi\b(?=$|[\s,.!?]|'(?:m|d|ll|ve)\b)")
_OPENING = {"?": "¿", "!": "¡"}


def pair_of(engine: TranslationEngine, source: str, target: str) -> Pair:
    """The codes of two languages, by code or name.

    Raises:
        CannotTranslate: the engine cannot do this; the sentence says what it can.
    """
    pairs = engine.pairs()
    if not pairs:
        name = "none" if engine.longest_characters == 1 else "apertium"
        raise CannotTranslate(missing_sentence(name))
    pair = code_of(source), code_of(target)
    if pair in pairs or (pair[0] == pair[1] and pair[0]):
        return pair
    targets = [name_of(to) for come, to in pairs if come == pair[0]]
    if not targets:
        known = _listed(sorted({name_of(come) for come, _ in pairs}))
        raise CannotTranslate(f"I cannot translate from {name_of(source)}; I know {known}.")
    wanted = name_of(target) or "that"
    raise CannotTranslate(f"I cannot translate to {wanted}; I know {_listed(targets)}.")


def interpret(engine: TranslationEngine, text: str, pair: Pair, timeout_s: float) -> str:
    """``text`` in the other language, on one line.

    Args:
        timeout_s: for each piece of at most ``engine.longest_characters``.

    Raises:
        CannotTranslate: it took too long, or the engine broke.
    """
    text = _SPACES.sub(" ", _CONTROLS.sub(" ", text)).strip()
    if pair[0] == pair[1]:
        return text
    done = (
        _sentence(engine, piece, pair, timeout_s) if any(map(str.isalpha, piece)) else piece
        for piece in _pieces(text, engine.longest_characters)
    )
    return " ".join(done)


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Sentences; what is longer than ``longest`` is parted at a space."""
    for sentence in filter(None, (part.strip() for part in _SENTENCE.split(text))):
        rest = sentence
        while len(rest) > longest:
            cut = rest.rfind(" ", 1, longest)
            cut = cut if cut > 0 else longest
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        yield rest


def _sentence(engine: TranslationEngine, text: str, pair: Pair, timeout_s: float) -> str:
    prepared = _SMALL_I.sub("I", text) if pair[0] == "en" else text
    ended = _END.search(prepared) is not None
    prepared = prepared if ended else prepared + "."

    def once(source: str) -> str:
        made = _SPACES.sub(" ", engine.translate(source, pair, timeout_s)).strip()
        return made if ended else made.removesuffix(".").rstrip()

    parts = passthrough.spans(text)
    translation = once(prepared)
    missing = passthrough.lost(parts, translation)
    if missing and "xq" not in text.lower():
        masked, kept = passthrough.mask(prepared, missing)
        translation = passthrough.unmask(once(masked), kept)
    return _dress(text, translation, parts, pair[1])


def _dress(source: str, translation: str, parts: list[str], target: str) -> str:
    """Capitals and marks as the source has them and the language wants them."""
    if not translation:
        return source
    if source == source.lower():
        translation = translation.lower()
    elif translation.split()[0] not in parts and not source.isupper():
        first = translation[0].upper() if source[0].isupper() else translation[0].lower()
        translation = first + translation[1:]
    if target == "en":
        translation = _SMALL_I.sub("I", translation)
    opening = _OPENING.get(source[-1], "") if target == "es" else ""
    if opening and opening not in translation:
        translation = opening + translation
    return translation


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
