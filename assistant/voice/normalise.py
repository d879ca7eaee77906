"""Text into speakable sentences: the one thing a voice engine is given."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.voice import markup, numbers, sentences
from assistant.voice.vocabulary import AND_SO_ON

_MARKUP_FACTOR = 4
"""So much longer than the text itself may be what stands around it."""


def speakable(text: str, language: str, longest: int) -> Iterator[tuple[str, str]]:
    """Sentences of ``text`` in order, each with the language to read it in.

    What is longer than ``longest`` characters is cut at the end of a sentence, and
    "and so on" is said there; the first sentence is always spoken. Lazy: the second
    sentence costs nothing before it is asked for.
    """
    plain = markup.strip(text[: longest * _MARKUP_FACTOR])
    left = longest
    for index, sentence in enumerate(sentences.split(plain)):
        left -= len(sentence)
        if left < 0 and index:
            break
        chosen = sentences.language_of(sentence, language)
        yield numbers.in_words(sentence, chosen), chosen
    else:
        if len(text) <= longest * _MARKUP_FACTOR:
            return
    short = language.split("-")[0].lower()
    yield AND_SO_ON.get(short, AND_SO_ON["en"]), short if short in AND_SO_ON else "en"
