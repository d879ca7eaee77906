"""The language model's data, vocabulary and measure, and the files that are shipped."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path

import pytest

from assistant.errors import BadInput, ConfigError, ModelError
from assistant.recognition.lexicon import Lexicon, read_lexicon
from assistant.recognition.spelling import Speller
from assistant.resources import resource
from assistant.training.kenlm_binary import builder
from assistant.training.language import (
    CHECKSUMS,
    MODEL,
    WORDS,
    Group,
    LanguageRecipe,
    choose_words,
    estimate,
    is_held_out,
    perplexity,
    read_recipe,
    read_texts,
    write_words,
)
from assistant.training.ngrams import SPECIAL, write_arpa

COMMANDS = ["turn on the light", "turn off the light", "play some music"] * 8
PROSE = ["the light of the moon was pale", "music was in the air"] * 8
RECIPE = LanguageRecipe(
    order=3,
    threshold=0.0,
    bits=8,
    groups={"command": Group(0.5, ["commands"]), "prose": Group(0.5, ["prose"])},
)
LEXICON = Lexicon(["light L AY1 T", "moon M UW1 N", "play P L EY1", "rare R EH1 R"])


def write_xz(path: Path, text: str) -> None:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of two sources, two books and a list."""
    (tmp_path / "text").mkdir()
    (tmp_path / "lists").mkdir()
    write_xz(tmp_path / "text/text.txt.xz", "play it\nstop\nturn it on\n")
    (tmp_path / "text/sources.tsv").write_text("source\tlines kept\ncommands\t2\ndialogue\t1\n")
    write_xz(tmp_path / "text/prose.txt.xz", "it was dark\nthe end\n")
    (tmp_path / "text/prose.tsv").write_text("book\tlines\twords\nOne\t1\t3\nTwo\t1\t2\n")
    (tmp_path / "lists/artists.txt").write_text("Jay-Z\nBeyoncé\nQueen\n")
    (tmp_path / "lists/places_moby.txt").write_text("Aalborg\n")
    return tmp_path


def test_texts_are_parted_by_their_tables(data: Path) -> None:
    """Each source, book and list has its own lines; what cannot be spoken words is left out."""
    assert read_texts(data) == {
        "commands": ["play it", "stop"],
        "dialogue": ["turn it on"],
        "prose/One": ["it was dark"],
        "prose/Two": ["the end"],
        "lists/artists": ["jay z", "queen"],
    }


def test_a_table_that_does_not_fit_is_refused(data: Path) -> None:
    """Sources weighted by wrong line numbers would be a silent fault."""
    (data / "text/sources.tsv").write_text("source\tlines kept\ncommands\t7\n")
    with pytest.raises(BadInput, match="3 lines, not as many as sources.tsv says"):
        read_texts(data)


def test_missing_texts_are_named(tmp_path: Path) -> None:
    """One line that names the file."""
    with pytest.raises(BadInput, match=r"text\.txt\.xz"):
        read_texts(tmp_path)


def test_vocabulary_takes_words_and_leaves_misspellings() -> None:
    """Dictionary words used twice, unknown words used widely, names, letters; no typing slips."""
    texts = {
        "commands": ["play the light", "play teh", "teh", "teh"],
        "prose/One": ["zounds light rare"],
        "prose/Two": ["zounds"],
        "prose/Three": ["zounds"],
        "prose/Four": ["zounds moon"],
        "lists/artists": ["beatles"],
    }
    words = choose_words(texts, LEXICON, RECIPE)
    assert {"light", "play", "zounds", "beatles", "q"} <= set(words)
    assert not {"teh", "rare", "moon", "the"} & set(words)
    assert words[:2] == ["zounds", "light"]


def test_every_word_is_written_with_a_pronunciation(tmp_path: Path) -> None:
    """From the dictionary where it has the word, else by the letters."""
    path = tmp_path / WORDS
    write_words(["moon", "zigbee", "b"], LEXICON, Speller(resource("lexicon")), path)
    lexicon = read_lexicon(path)
    assert len(lexicon) == 3
    assert lexicon["moon"] == LEXICON["moon"]
    assert all(lexicon[word] for word in ("zigbee", "b"))


def test_the_model_prefers_what_is_said(tmp_path: Path) -> None:
    """Perplexity is low on the training's sentences, high on their words in another order."""
    texts = {"commands": COMMANDS, "prose/One": PROSE}
    words = sorted({word for line in COMMANDS + PROSE for word in line.split()})
    write_arpa(estimate(texts, [*SPECIAL, *words], RECIPE), [*SPECIAL, *words], tmp_path / "m")
    good = perplexity(tmp_path / "m", words, COMMANDS)
    shuffled = perplexity(tmp_path / "m", words, ["light the turn on zebra", "some play music"])
    assert good.value * 3 < shuffled.value
    assert (good.words, good.unknown_percent) == (sum(len(x.split()) + 1 for x in COMMANDS), 0.0)
    assert shuffled.unknown_percent == pytest.approx(10.0)


def test_one_line_in_a_hundred_is_held_out() -> None:
    """By the line itself, so that a repeated line is never on both sides."""
    held = sum(is_held_out(f"line {number}") for number in range(10_000))
    assert 60 < held < 140


@pytest.mark.parametrize("text", ["order = 3\n", "order = \n", "groups = 3\norder = 3\n"])
def test_a_wrong_recipe_is_named(tmp_path: Path, text: str) -> None:
    """Missing keys and wrong TOML: one line with the file's name."""
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="not a recipe of the language model"):
        read_recipe(path)


def test_a_source_that_does_not_compile_is_one_line(tmp_path: Path) -> None:
    """The archive that lies there is used, and the compiler's complaint is passed on."""
    (tmp_path / "kenlm").mkdir()
    main = tmp_path / "build_binary_main.cc"
    main.write_text("int main() { return undeclared; }\n")
    with tarfile.open(tmp_path / "kenlm/kenlm-0.3.0.tar.gz", "w:gz") as archive:
        archive.add(main, "kenlm-0.3.0/lm/build_binary_main.cc")
    with pytest.raises(ModelError, match=r"g\+\+") as caught:
        builder(tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "kenlm/build_binary").exists()


def test_shipped_model_and_words_belong_together() -> None:
    """What is shipped is what was made; the model knows English from word salad."""
    import hashlib

    folder = resource("language")
    for line in (folder / CHECKSUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    words = list(read_lexicon(folder / WORDS))
    assert len(words) > 40_000
    english = ["turn on the lights in the kitchen", "what time is it", "he went to the old house"]
    salad = [" ".join(sorted(line.split())) for line in english]
    good, bad = (perplexity(folder / MODEL, words, lines) for lines in (english, salad))
    assert good.unknown_percent == 0.0
    assert good.value < 100 < bad.value


def test_shipped_recipe_covers_every_source() -> None:
    """The shares of the shipped recipe sum to one, and no source is in two groups."""
    recipe = read_recipe(resource("language/recipe.toml"))
    sources = [source for group in recipe.groups.values() for source in group.sources]
    assert sum(group.share for group in recipe.groups.values()) == pytest.approx(1.0)
    assert len(set(sources)) == len(sources)
