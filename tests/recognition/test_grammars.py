"""The workshop: grammars become searches beside the work."""

from __future__ import annotations

from pathlib import Path

from assistant.grammar import OPEN, WordGraph, write_graph
from assistant.messages import Grammar
from assistant.recognition.grammars import Built, Workshop
from assistant.recognition.graph_search import GraphTuning
from assistant.recognition.pronouncing import Pronouncing
from tests.recognition.conftest import VOCABULARY, graph_of, said


def workshop() -> Workshop:
    """One that cannot spell."""
    return Workshop(Pronouncing({}, VOCABULARY, lambda word: []), GraphTuning())


def grammar(graph: WordGraph, folder: Path, name: str = "g") -> Grammar:
    """The message that announces ``graph``."""
    path = folder / f"{name}.msgpack"
    return Grammar(path=str(path), digest=write_graph(graph, path))


def built(shop: Workshop, order: Grammar) -> Built:
    """What comes of ``order``."""
    shop.order(order)
    shop.wait(20.0)
    found = shop.take()
    assert found is not None
    return found


def test_a_grammar_becomes_a_search(tmp_path: Path) -> None:
    """It finds the sentence; it is handed out once."""
    shop = workshop()
    found = built(shop, grammar(graph_of("stop", f"add {OPEN}"), tmp_path))
    assert found.search is not None
    beam = found.search.begin()
    beam.step(said("stop"))
    assert beam.finish(1)[0].text == "stop"
    assert shop.take() is None
    assert not shop.busy


def test_the_same_grammar_is_built_once(tmp_path: Path) -> None:
    """Understanding tells the grammar again and again."""
    shop = workshop()
    order = grammar(graph_of("stop"), tmp_path)
    assert built(shop, order).search is not None
    shop.order(order)
    shop.wait(20.0)
    assert shop.take() is None


def test_the_newest_grammar_wins(tmp_path: Path) -> None:
    """Orders that come while one is being built are not all built."""
    shop = workshop()
    for number, sentence in enumerate(("stop", "add milk", "set a timer")):
        shop.order(grammar(graph_of(sentence), tmp_path, str(number)))
    shop.wait(20.0)
    found = shop.take()
    assert found is not None
    assert found.search is not None
    assert found.search.words == {"set", "a", "timer"}


def test_words_without_sound_are_named(tmp_path: Path) -> None:
    """The rest of the sentences works."""
    found = built(workshop(), grammar(graph_of("stop", "add ¿¿¿"), tmp_path))
    assert found.unpronounceable == ("¿¿¿",)
    assert found.search is not None


def test_a_grammar_that_is_gone_or_changed(tmp_path: Path) -> None:
    """One sentence, and the workshop works on."""
    shop = workshop()
    order = grammar(graph_of("stop"), tmp_path)
    Path(order.path).write_bytes(b"other")
    assert "not the grammar that was announced" in built(shop, order).fault
    gone = Grammar(path=str(tmp_path / "none"), digest="0" * 64)
    assert "cannot be read" in built(shop, gone).fault
    assert built(shop, grammar(graph_of("add milk"), tmp_path, "good")).search is not None


def test_no_sentences_at_all(tmp_path: Path) -> None:
    """An empty grammar is a search that finds nothing."""
    found = built(workshop(), grammar(WordGraph(1, [], {}), tmp_path))
    assert found.fault == ""
    assert found.search is not None
    beam = found.search.begin()
    beam.step(said("stop"))
    assert beam.finish(1) == []
