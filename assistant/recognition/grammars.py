"""The search of the active sentences, built beside the recognition that goes on.

One thread builds, the newest grammar only; the stage takes what is ready between two
utterances.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple

from assistant.errors import AssistantError
from assistant.grammar import EPSILON, OPEN, read_graph
from assistant.messages import Grammar
from assistant.recognition.graph_search import GraphSearch, GraphTuning
from assistant.recognition.network import build_network
from assistant.recognition.pronouncing import Pronouncing


class Built(NamedTuple):
    """What came of a grammar."""

    search: GraphSearch | None
    fault: str = ""
    unpronounceable: tuple[str, ...] = ()


class Workshop:
    """Builds searches in the background."""

    def __init__(self, pronouncing: Pronouncing, tuning: GraphTuning) -> None:
        self._pronouncing, self._tuning = pronouncing, tuning
        self._lock = threading.Lock()
        self._wanted: Grammar | None = None
        self._ordered = ""
        self._built: Built | None = None
        self._thread: threading.Thread | None = None

    def order(self, grammar: Grammar) -> None:
        """Build the search of ``grammar``, unless it is the one built last.

        One that waits unbuilt is forgotten.
        """
        with self._lock:
            if grammar.digest == self._ordered:
                return
            self._wanted, self._ordered = grammar, grammar.digest
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="grammar", daemon=True)
                self._thread.start()

    @property
    def busy(self) -> bool:
        """A grammar is being built or waits for it."""
        with self._lock:
            return self._thread is not None

    def take(self) -> Built | None:
        """What was built last, once."""
        with self._lock:
            built, self._built = self._built, None
            return built

    def wait(self, seconds: float) -> None:
        """Until nothing is being built, or so long."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._thread = None
                    return
            try:
                built = self._build(wanted)
            except (AssistantError, OSError, ValueError) as error:
                built = Built(None, f"the sentences cannot be recognised: {error}")
            with self._lock:
                self._built = built

    def _build(self, grammar: Grammar) -> Built:
        graph = read_graph(Path(grammar.path), grammar.digest)
        words = {arc.word for arc in graph.arcs} - {EPSILON, OPEN}
        vocabulary = self._pronouncing(words)
        if words and not vocabulary:
            return Built(None, "no word of the sentences can be pronounced")
        search = GraphSearch(build_network(graph, vocabulary), self._tuning)
        return Built(search, unpronounceable=tuple(sorted(words - set(vocabulary))))
