"""Training of the general language model and the open search's vocabulary.

Each group of sources (commands, dialogue, general sentences, prose, names) gets a model of
its own; they are mixed, pruned to a size, and written as KenLM's quantised trie. The
vocabulary is chosen from what the texts say, each word with its pronunciations.
"""

from __future__ import annotations

import hashlib
import lzma
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary

from assistant.errors import BadInput, ConfigError
from assistant.recognition.lexicon import TOKENS, Lexicon, read_lexicon
from assistant.recognition.spelling import Speller
from assistant.training.kenlm_binary import write_binary
from assistant.training.mixing import mix, prune
from assistant.training.ngrams import SPECIAL, Model, count, encode, smooth
from assistant.training.speech import read_table

MODEL, WORDS, CHECKSUMS = "general.binary", "words.txt.xz", "checksums"
BOOKS, LISTS = "prose", "lists"
"""Sources that have files of their own."""
DEVELOPMENT = ("librispeech-train-clean", "common-voice")
"""Corpora whose development texts the model is measured on."""
_HELD_OUT = 100
"""One line in so many is held out of training."""
_LEAST_READING = 0.3
"""Probability of a second pronunciation that is worth having."""

Texts = Mapping[str, Sequence[str]]
"""Lines of each source."""


@dataclass(frozen=True)
class Group:
    """Sources that speak alike."""

    share: float
    sources: list[str]


@dataclass(frozen=True)
class LanguageRecipe:
    """How the model is made."""

    order: int
    threshold: float
    """Of entropy pruning."""
    bits: int
    """Of each stored probability and back-off weight."""
    groups: dict[str, Group]
    least_uses: int = 2
    """Of a word that the dictionary has."""
    least_documents: int = 4
    """Books and sources that use a word which the dictionary lacks."""


@dataclass(frozen=True)
class Perplexity:
    """Of a model on sentences, their ends included, unknown words left out."""

    value: float
    words: int
    unknown_percent: float


def read_recipe(path: Path) -> LanguageRecipe:
    """The recipe in ``path``; raises ``ConfigError`` at an unknown or missing key."""
    try:
        facts: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        groups = {name: Group(**group) for name, group in facts.pop("groups").items()}
        return LanguageRecipe(groups=groups, **facts)
    except (TypeError, KeyError, AttributeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path}: not a recipe of the language model: {error}"]) from error


def train_language(
    recipe_path: Path, data: Path, out: Path, work: Path, lexicon_path: Path, spelling: Path
) -> dict[str, Perplexity]:
    """Write ``general.binary``, ``words.txt.xz`` and ``checksums`` into ``out``.

    Args:
        data: folder with ``text/``, ``lists/`` and, to measure on, ``speech/``.
        work: scratch space, kept: a second call finds its tools there.
        spelling: folder of the speller, for words that the dictionary lacks.

    Returns:
        Perplexities on the lines held out of each group and on the development texts.

    Raises:
        BadInput: texts missing or not as their tables say; KenLM's builder cannot be made.
    """
    recipe = read_recipe(recipe_path)
    texts = read_texts(data)
    lexicon = read_lexicon(lexicon_path)
    words = choose_words(texts, lexicon, recipe)
    vocabulary = [*SPECIAL, *words]
    model = estimate(texts, vocabulary, recipe)
    out.mkdir(parents=True, exist_ok=True)
    write_binary(model, vocabulary, out / MODEL, work, recipe.bits)
    write_words(words, lexicon, Speller(spelling), out / WORDS)
    digests = (f"{_digest(out / name)}  {name}\n" for name in (MODEL, WORDS))
    (out / CHECKSUMS).write_text("".join(digests), encoding="utf-8")
    return measure(out, texts, recipe, data / "speech")


def estimate(texts: Texts, vocabulary: Sequence[str], recipe: LanguageRecipe) -> Model:
    """The mixed and pruned model over ``vocabulary``, which starts with ``SPECIAL``."""
    number = {word: index for index, word in enumerate(vocabulary)}
    models = []
    for group in recipe.groups.values():
        lines = (line for line in _lines(texts, group) if not is_held_out(line))
        ids = encode((line.split() for line in lines), number)
        models.append(smooth(count(ids, len(vocabulary), recipe.order)))
    mixture = mix(models, [group.share for group in recipe.groups.values()])
    return prune(mixture, recipe.threshold)


def _lines(texts: Texts, group: Group) -> Iterator[str]:
    for name in group.sources:
        for source, lines in texts.items():
            if source == name or source.startswith(f"{name}/"):
                yield from lines


def is_held_out(line: str) -> bool:
    """Whether a line is kept out of training; the same in every run."""
    return zlib.crc32(line.encode()) % _HELD_OUT == 0


def read_texts(data: Path) -> dict[str, Sequence[str]]:
    """All sources: those of ``text.txt.xz``, each book as ``prose/TITLE``, each list as
    ``lists/NAME``.

    Raises:
        BadInput: a file is missing, or a table's line counts are not the text's.
    """
    folder = data / "text"
    texts = dict(_parts(folder / "text.txt.xz", folder / "sources.tsv"))
    for title, lines in _parts(folder / "prose.txt.xz", folder / "prose.tsv"):
        texts[f"{BOOKS}/{title}"] = lines
    for path in sorted((data / "lists").glob("*.txt")):
        if not path.stem.endswith("_moby"):  # tens of thousands of names hardly anyone says
            entries = path.read_text(encoding="utf-8").lower().replace("-", " ").splitlines()
            texts[f"{LISTS}/{path.stem}"] = [entry for entry in entries if _plain(entry)]
    return texts


def _parts(text: Path, table: Path) -> Iterator[tuple[str, Sequence[str]]]:
    try:
        with lzma.open(text, "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
        rows = [row.split("\t") for row in table.read_text(encoding="utf-8").splitlines()[1:]]
    except (OSError, lzma.LZMAError) as error:
        raise BadInput(f"{text}: cannot be read with its table {table.name}: {error}") from error
    if sum(int(row[1]) for row in rows) != len(lines):
        raise BadInput(f"{text}: {len(lines)} lines, not as many as {table.name} says")
    start = 0
    for name, size, *_ in rows:
        yield name, lines[start : start + int(size)]
        start += int(size)


def _plain(text: str) -> bool:
    return bool(text.strip()) and all(c == "'" or c == " " or "a" <= c <= "z" for c in text)


RUN_TOGETHER = {"alot", "goodmorning", "goodnight", "thankyou"}
"""Written so by several, but said and meant as two words."""


def choose_words(texts: Texts, lexicon: Lexicon, recipe: LanguageRecipe) -> list[str]:
    """The vocabulary, the most used word first: where homophones are too many, the rare go.

    Words of the dictionary that are used, words that it lacks but several books or sources
    use (a misspelling is mostly one writer's), names in the lists, and the letters.
    """
    uses: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    named: set[str] = set("abcdefghijklmnopqrstuvwxyz")
    for source, lines in texts.items():
        here = Counter(word for line in lines for word in line.split())
        uses.update(here)
        documents.update(here.keys())
        if source.startswith(LISTS):
            named.update(here)
    chosen = (
        word
        for word in (uses.keys() | named) - RUN_TOGETHER
        if word in named
        or (word in lexicon and uses[word] >= recipe.least_uses)
        or documents[word] >= recipe.least_documents
    )
    return sorted(chosen, key=lambda word: (-uses[word], word))


def write_words(words: Iterable[str], lexicon: Lexicon, speller: Speller, path: Path) -> None:
    """A dictionary of ``words`` in an xz file, lines ``word PHONE PHONE …``."""
    with lzma.open(path, "wt", encoding="utf-8", preset=9) as file:
        for word in words:
            if word in lexicon:
                said = lexicon[word]
            else:
                first, *more = speller.read(word, 2)
                said = [r.pronunciation for r in more if r.probability >= _LEAST_READING]
                said.insert(0, first.pronunciation)
            for pronunciation in said:
                file.write(" ".join([word, *(TOKENS[token] for token in pronunciation)]) + "\n")


def measure(
    folder: Path, texts: Texts, recipe: LanguageRecipe, speech: Path
) -> dict[str, Perplexity]:
    """Perplexity of the model in ``folder`` on held-out lines and development texts."""
    words = list(read_lexicon(folder / WORDS))
    figures = {}
    for name, group in recipe.groups.items():
        lines = [line for line in _lines(texts, group) if is_held_out(line)]
        figures[name] = perplexity(folder / MODEL, words, lines)
    for corpus in DEVELOPMENT:
        table = speech / f"{corpus}.tsv"
        if table.exists():
            spoken = {row["text"] for row in read_table(table) if row["split"] == "dev"}
            figures[corpus] = perplexity(folder / MODEL, words, sorted(spoken))
    return figures


def perplexity(model: Path, words: Sequence[str], sentences: Iterable[str]) -> Perplexity:
    """Of the KenLM file ``model`` with the vocabulary ``words``, as the recogniser loads it."""
    scorer = KenLM(str(model), Dictionary(list(words)))
    number = {word: index for index, word in enumerate(words)}
    total, known, unknown = 0.0, 0, 0
    for sentence in sentences:
        state = scorer.start(False)
        for word in sentence.split():
            if word in number:
                state, score = scorer.score(state, number[word])
                total += score
                known += 1
            else:
                state = scorer.start(True)
                unknown += 1
        total += scorer.finish(state)[1]
        known += 1
    if not known:
        return Perplexity(1.0, 0, 0.0)
    return Perplexity(10.0 ** (-total / known), known, 100.0 * unknown / (known + unknown))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
