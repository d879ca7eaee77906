"""Mixing n-gram models of several sources into one, and pruning it to a size.

Sources: Bayesian interpolation, Allauzen and Riley 2011; entropy pruning, Stolcke 1998
(arXiv cs/0006025), with a history's probability taken from counts, as Chelba et al. 2010
advise for Kneser-Ney models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.training.ngrams import Floats, Ints, Model, Table, log_of

_LEAST = 1e-9
"""Probability that a history leaves over at least, against rounding."""


@dataclass(frozen=True)
class _Source:
    """One model, seen through the rows of the mixture's table of some order."""

    model: Model
    share: float
    rows: Ints
    """The model's row of each n-gram of the mixture, -1 where it has none."""
    log_probability: Floats
    """What the model gives each n-gram of the mixture, backing off where it must."""

    def history(self, index: int) -> Floats:
        """Share of the n-grams of order ``index + 1`` as histories, by this source."""
        return self.share * _at(self.rows, self.model.history[index], np.zeros(1))

    def raised(self, table: Table, index: int) -> _Source:
        """This source seen through the mixture's next ``table``."""
        model, contexts = self.model, self.rows[table.context]
        rows = model.tables[index].find(contexts, table.word, model.words)
        weights = _at(contexts, model.log_backoff[index - 1], np.zeros(1))
        backed_off = weights + self.log_probability[table.suffix]
        own = _at(rows, model.log_probability[index], backed_off)
        return replace(self, rows=rows, log_probability=own)


def _at(rows: Ints, values: Floats, otherwise: Floats) -> Floats:
    """``values`` at ``rows``, ``otherwise`` where a row is negative."""
    return np.where(rows >= 0, np.append(values, 0.0)[rows], otherwise)


def mix(models: Sequence[Model], shares: Sequence[float]) -> Model:
    """Models over one vocabulary and of one order, as one back-off model.

    In each history a source weighs its share times how often it uses that history: what is
    only ever said to assistants keeps its sharp figures, and none is asked about what it
    does not know.
    """
    words, tables = models[0].words, [models[0].tables[0]]
    sources = [
        _Source(model, share, np.arange(words), model.log_probability[0])
        for model, share in zip(models, shares, strict=True)
    ]
    chances = [np.exp(source.log_probability) * source.share for source in sources]
    logs, history = [log_of(np.sum(chances, axis=0))], [_total(sources, 0)]
    for index in range(1, len(models[0].tables)):
        table = _union(sources, index, tables[-1])
        weights = [_weight(source, index, history[-1])[table.context] for source in sources]
        sources = [source.raised(table, index) for source in sources]
        chances = [
            np.exp(source.log_probability) * weight
            for source, weight in zip(sources, weights, strict=True)
        ]
        logs.append(log_of(np.sum(chances, axis=0)))
        history.append(_total(sources, index))
        tables.append(table)
    return normalise(Model(words, tables, logs, [], history))


def _total(sources: list[_Source], index: int) -> Floats:
    total: Floats = np.sum([source.history(index) for source in sources], axis=0)
    return total


def _weight(source: _Source, index: int, total: Floats) -> Floats:
    """Of a source in each history; its plain share where nobody uses the history."""
    used = total > 0
    return np.where(used, source.history(index - 1) / np.where(used, total, 1.0), source.share)


def _union(sources: list[_Source], index: int, below: Table) -> Table:
    """Every n-gram that any source has, in the rows of ``below``."""
    words, keys = sources[0].model.words, []
    for source in sources:
        table = source.model.tables[index]
        ours = np.zeros(len(source.model.tables[index - 1]), np.int64)
        ours[source.rows[source.rows >= 0]] = np.flatnonzero(source.rows >= 0)
        keys.append(ours[table.context] * words + table.word)
    kinds = np.unique(np.concatenate(keys))
    context, word = kinds // words, kinds % words
    suffix = word if index == 1 else below.find(below.suffix[context], word, words)
    return Table(context, word, suffix)


def normalise(model: Model) -> Model:
    """The model with the back-off weights that make every history's probabilities sum to 1."""
    weights = []
    for index in range(1, len(model.tables)):
        rest, rest_below = _rest(model, index)
        weights.append(np.log(rest) - np.log(rest_below))
    return replace(model, log_backoff=weights)


def prune(model: Model, threshold: float) -> Model:
    """Leave out n-grams whose loss changes the perplexity by less than ``threshold`` (relative).

    From the highest order down; an n-gram stays while a longer one starts or ends with it.
    """
    for index in range(len(model.tables) - 1, 0, -1):
        keep = (_relative_change(model, index) >= threshold) | _needed(model, index)
        model = _without(model, index, keep)
    return normalise(model)


def _relative_change(model: Model, index: int) -> Floats:
    """Of the perplexity, were each n-gram of one order left out alone."""
    table = model.tables[index]
    rest, rest_below = (part[table.context] for part in _rest(model, index))
    log_own = model.log_probability[index]
    log_lower = model.log_probability[index - 1][table.suffix]
    log_weight = np.log(rest) - np.log(rest_below)
    log_after = np.log(rest + np.exp(log_own)) - np.log(rest_below + np.exp(log_lower))
    gain = np.exp(log_own) * (log_lower + log_after - log_own) + rest * (log_after - log_weight)
    change: Floats = np.expm1(-model.history[index - 1][table.context] * gain)
    return change


def _rest(model: Model, index: int) -> tuple[Floats, Floats]:
    """Per history: what its own n-grams leave over, and what the same words leave below."""
    table, contexts = model.tables[index], len(model.tables[index - 1])
    own = np.bincount(table.context, np.exp(model.log_probability[index]), contexts)
    lower = np.exp(model.log_probability[index - 1][table.suffix])
    below = np.bincount(table.context, lower, contexts)
    return np.maximum(1.0 - own, _LEAST), np.maximum(1.0 - below, _LEAST)


def _needed(model: Model, index: int) -> NDArray[np.bool_]:
    needed = np.zeros(len(model.tables[index]), bool)
    if index + 1 < len(model.tables):
        needed[model.tables[index + 1].context] = True
        needed[model.tables[index + 1].suffix] = True
    return needed


def _without(model: Model, index: int, keep: NDArray[np.bool_]) -> Model:
    """The model with only the rows ``keep`` of one order."""
    tables, logs, history = list(model.tables), list(model.log_probability), list(model.history)
    table = tables[index]
    tables[index] = Table(table.context[keep], table.word[keep], table.suffix[keep])
    logs[index], history[index] = logs[index][keep], history[index][keep]
    if index + 1 < len(tables):
        above, renumbered = tables[index + 1], np.cumsum(keep) - 1
        context, suffix = renumbered[above.context], renumbered[above.suffix]
        tables[index + 1] = Table(context, above.word, suffix)
    return replace(model, tables=tables, log_probability=logs, history=history)
