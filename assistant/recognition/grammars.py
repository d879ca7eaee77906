"""The search of the active sentences, built beside the recognition that goes on.

One thread builds, the newest grammar only; the stage takes what is ready between two
utterances. The language model's file is kept in a cache, so that a start with the same
sentences as before skips the counting.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from assistant.errors import AssistantError
from assistant.grammar import EPSILON, OPEN, read_graph
from assistant.messages import Grammar
from assistant.recognition.command_model import count, write_arpa
from assistant.recognition.pronouncing import Pronouncing
from assistant.recognition.search import LexiconSearch, Tuning

KEPT_MODELS = 4
VERSION = 1
"""Of the models in the cache; raised when ``command_model`` makes others."""
_STANDARD_ERROR = 2


class Built(NamedTuple):
    """What came of a grammar."""

    search: LexiconSearch | None
    fault: str = ""
    unpronounceable: tuple[str, ...] = ()


class Workshop:
    """Builds searches in the background.

    Args:
        open_words: probabilities of the words that wildcards admit.
        cache: folder for language models, made when needed.
    """

    def __init__(
        self,
        pronouncing: Pronouncing,
        open_words: Mapping[str, float],
        tuning: Tuning,
        cache: Path,
    ) -> None:
        self._pronouncing, self._open_words = pronouncing, open_words
        self._tuning, self._cache = tuning, cache
        self._lock = threading.Lock()
        self._wanted: Grammar | None = None
        self._built: Built | None = None
        self._thread: threading.Thread | None = None

    def order(self, grammar: Grammar) -> None:
        """Build the search of ``grammar``; one that waits unbuilt is forgotten."""
        with self._lock:
            self._wanted = grammar
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
        words = {arc.word for arc in graph.arcs} - {EPSILON}
        admits = OPEN in words
        vocabulary = self._pronouncing(words - {OPEN})
        silent = tuple(sorted(words - {OPEN} - set(vocabulary)))
        if not vocabulary:
            return Built(None, "" if not words else "no word of the sentences can be pronounced")
        if admits:
            known = self._pronouncing.known
            vocabulary = {word: known[word] for word in self._open_words} | vocabulary
        path = self._cache / f"commands-{VERSION}-{grammar.digest[:16]}.arpa"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_arpa(count(graph), self._open_words, path)
            _forget_old(path)
        with _quiet():
            search = LexiconSearch(vocabulary, path, self._tuning)
        return Built(search, unpronounceable=silent)


def _forget_old(newest: Path) -> None:
    """Delete all but the newest few models."""
    models = sorted(newest.parent.glob("commands-*.arpa"), key=lambda path: -path.stat().st_mtime)
    for path in models[KEPT_MODELS:]:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """KenLM tells of its progress on standard error, and cannot be told not to."""
    kept = os.dup(_STANDARD_ERROR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)
        os.close(nowhere)
