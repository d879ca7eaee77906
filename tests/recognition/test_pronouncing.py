"""Where the sounds of words come from."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from assistant.errors import ConfigError, ModelError
from assistant.recognition.lexicon import Pronunciation
from assistant.recognition.pronouncing import (
    Pronouncing,
    own_pronunciations,
    plain,
    read_vocabulary,
)
from tests.recognition.conftest import VOCABULARY, phones


def spell(word: str) -> list[Pronunciation]:
    """Says every letter as T."""
    return [phones(" ".join("T" for _ in word))]


def test_own_entries_come_first_then_lists_then_letters() -> None:
    """Each word from the first place that has it."""
    find = Pronouncing({"set": [phones("S IY T")]}, VOCABULARY, spell)
    found = find(["set", "timer", "aardvark", "zq"])
    assert found["set"] == [phones("S IY T")]
    assert found["timer"] == VOCABULARY["timer"]
    assert phones("AA R D V AA R K") in found["aardvark"]
    assert found["zq"] == [phones("T T")]


def test_words_are_looked_up_by_their_letters() -> None:
    """Capitals do not matter; what has no letter has no sound."""
    found = Pronouncing({}, {}, spell)(["Aardvark", "…", "", "mp3"])
    assert sorted(found) == ["Aardvark", "mp3"]
    assert plain("x" * 100) == ""


def test_a_missing_spelling_model_costs_only_its_words() -> None:
    """The words that lists have still work."""

    def broken(word: str) -> list[Pronunciation]:
        raise ModelError("no model")

    assert list(Pronouncing({}, VOCABULARY, broken)(["set", "zq"])) == ["set"]


def test_settings_name_all_faults_at_once() -> None:
    """Each wrong entry is one line, with the phones that there are."""
    good = own_pronunciations({"Ecobee": ["IY K OW B IY0"]})
    assert good == {"ecobee": [phones("IY K OW B IY")]}
    with pytest.raises(ConfigError) as caught:
        own_pronunciations({"a": ["XX"], "b": [""], "c": ["T"]})
    assert len(caught.value.faults) == 2
    assert "recognition.pronunciations.a = 'XX'" in caught.value.faults[0]


def test_a_word_list_is_read(tmp_path: Path) -> None:
    """Several lines of a word are its variants."""
    path = tmp_path / "words.txt.xz"
    with lzma.open(path, "wt") as file:
        file.write("to T UW\nto T AH\nten T EH N\n")
    assert read_vocabulary(path) == {"to": VOCABULARY["to"], "ten": VOCABULARY["ten"]}


@pytest.mark.parametrize("content", [b"no xz at all", lzma.compress(b"to QQ\n"), b""])
def test_a_damaged_word_list(tmp_path: Path, content: bytes) -> None:
    """One clear line with the file's name."""
    path = tmp_path / "words.txt.xz"
    path.write_bytes(content)
    if not content:
        path.unlink()
    with pytest.raises(ModelError, match="words.txt.xz"):
        read_vocabulary(path)
