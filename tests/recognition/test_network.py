"""The word graph as phones: every sentence is there, at its price, and no other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assistant.grammar import EPSILON, OPEN, Arc, WordGraph
from assistant.recognition.lexicon import BLANK
from assistant.recognition.network import ANY, START, Network, Rows, build_network
from tests.recognition.conftest import VOCABULARY, graph_of, phones


def walks(network: Network) -> dict[tuple[str, ...], float]:
    """All sentences of an acyclic network and the cost of each, the cheapest way."""
    found: dict[tuple[str, ...], float] = {}
    stack = [(START, (), 0.0)]
    rows = [network.inner, network.ends, network.firsts]
    while stack:
        node, words, cost = stack.pop()
        for rows_of, ends in ((rows[0], False), (rows[1], True)):
            for entry in range(rows_of.first[node], rows_of.first[node + 1]):
                target, price = int(rows_of.target[entry]), cost + float(rows_of.cost[entry])
                if not ends:
                    stack.append((target, words, price))
                    continue
                longer = (*words, network.words[entry])
                whole = price + float(network.finals[target])
                if math.isfinite(whole):
                    found[longer] = min(whole, found.get(longer, math.inf))
                firsts = network.firsts
                for number in range(firsts.first[target], firsts.first[target + 1]):
                    step = float(firsts.cost[number])
                    stack.append((int(firsts.target[number]), longer, price + step))
    return found


def test_every_sentence_at_its_price() -> None:
    """Costs add up to those of the graph, though they are paid early."""
    graph = WordGraph(
        6,
        [
            Arc(0, 1, EPSILON, 0.5),
            Arc(0, 2, "set", 1.0),
            Arc(1, 2, "add", 0.25),
            Arc(2, 3, "a", 0.125),
            Arc(2, 3, EPSILON, 2.0),
            Arc(3, 4, "timer", 0.75),
            Arc(3, 4, "ten", 0.5),
            Arc(4, 5, EPSILON, 0.1),
        ],
        {5: 0.2},
    )
    found = walks(build_network(graph, VOCABULARY))
    assert found == pytest.approx(
        {
            ("set", "a", "timer"): 1.0 + 0.125 + 0.75 + 0.3,
            ("set", "a", "ten"): 1.0 + 0.125 + 0.5 + 0.3,
            ("set", "timer"): 1.0 + 2.0 + 0.75 + 0.3,
            ("set", "ten"): 1.0 + 2.0 + 0.5 + 0.3,
            ("add", "a", "timer"): 0.75 + 0.125 + 0.75 + 0.3,
            ("add", "a", "ten"): 0.75 + 0.125 + 0.5 + 0.3,
            ("add", "timer"): 0.75 + 2.0 + 0.75 + 0.3,
            ("add", "ten"): 0.75 + 2.0 + 0.5 + 0.3,
        }
    )


def test_words_of_one_place_share_their_beginning() -> None:
    """ "ten" and "to" have one node for their T; the wildcard is one node."""
    network = build_network(graph_of("ten", "to", OPEN), VOCABULARY)
    assert sorted(network.phone.tolist()) == sorted([BLANK, ANY, *phones("T EH N UW AH")])
    assert network.phone[START] == BLANK


def test_words_without_sound_are_left_out() -> None:
    """The other sentences still work."""
    found = walks(build_network(graph_of("set a timer", "set a zyxxy"), VOCABULARY))
    assert list(found) == [("set", "a", "timer")]


def test_rows_are_found_with_their_owners() -> None:
    """Lists of different lengths, empty ones among them."""
    cost = np.zeros(5, np.float32)
    rows = Rows(np.array([0, 2, 2, 5], np.int32), np.arange(5, dtype=np.int32), cost)
    entries, owners = rows.of(np.array([2, 1, 0]))
    assert entries.tolist() == [2, 3, 4, 0, 1]
    assert owners.tolist() == [0, 0, 0, 2, 2]
