"""One sentence template of Home Assistant's language, read by hassil, as an ``expression`` tree.

hassil's templates are made of characters (``light[s]``, ``{name}'s``), the graph and the matcher
of words. What is written without a space between is therefore spelled out, form by form.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from hassil import expression as hassil
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from assistant.understanding.document import SHOWN_MAX
from assistant.understanding.expression import NOTHING, Choice, Literal, Node, Sequence, Slot
from assistant.understanding.spoken import spoken_words

FORMS_MAX = 500
"""Forms of one run of text without spaces."""
PERMUTED_MAX = 6
"""Items of one permutation."""
DEPTH_MAX = 24
"""Expansion rules within expansion rules."""
SAID_LIKELIHOOD = 0.5
"""How likely the words in ``[…]`` are said, against not."""
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}


class TemplateFault(Exception):
    """What is wrong with a template, and at which of its characters."""

    def __init__(self, sentence: str, index: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.index = index


class Scope(NamedTuple):
    """What the names in a template mean."""

    slot: Callable[[str], Node | None]
    """The list, wildcard or rule called so, or None."""
    rule: Callable[[str], str | None]
    """The expansion rule's template, or None."""
    known: Callable[[], Iterable[str]]
    """Names of all lists and rules, for messages."""


_SPACE = " "
_T = TypeVar("_T")
_Atom = str | hassil.ListReference
"""Part of a word, a space, or a list."""


def compile_template(text: str, scope: Scope) -> Node:
    """The tree of ``text``.

    Raises:
        TemplateFault: brackets that do not fit, unknown lists or rules, too many forms.
    """
    return _Compiler(text, scope).compile()


def parse(text: str) -> hassil.Expression:
    """hassil's own tree, with faults that name the character."""
    _check_brackets(text)
    try:
        return parse_sentence(text).expression
    except (ParseError, AssertionError, IndexError) as error:
        raise TemplateFault(f"template cannot be read: {error}") from error


def _check_brackets(text: str) -> None:
    open_at: list[int] = []
    escaped = False
    for i, character in enumerate(text):
        if escaped or character == "\\":
            escaped = not escaped
        elif character in _CLOSING:
            open_at.append(i)
        elif character in _CLOSING.values():
            if not open_at or _CLOSING[text[open_at[-1]]] != character:
                raise TemplateFault(f"'{character}' closes nothing", i)
            start = open_at.pop()
            if not text[start + 1 : i].strip():
                raise TemplateFault(f"nothing between '{text[start]}' and '{character}'", start)
    if open_at:
        missing = _CLOSING[text[open_at[-1]]]
        raise TemplateFault(f"'{text[open_at[-1]]}' is never closed: expected '{missing}'",
                            open_at[-1])  # fmt: skip


class _Compiler:
    """One template on its way; ``_rules`` are those it is inside of."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._rules: list[str] = []

    def compile(self) -> Node:
        node = self._node(parse(self._text))
        if node.nullable:
            raise TemplateFault("every word is optional: the template would match silence")
        return node

    def _node(self, item: hassil.Expression) -> Node:
        if isinstance(item, hassil.TextChunk):
            return Literal(spoken_words(item.text))
        if isinstance(item, hassil.ListReference):
            return self._slot(item)
        if isinstance(item, hassil.RuleReference):
            return self._within_rule(item.rule_name, self._node)
        if isinstance(item, hassil.Alternative):
            return self._alternative(item)
        if isinstance(item, hassil.Permutation):
            return self._permutation([self._node(inner) for inner in item.items])
        assert isinstance(item, hassil.Sequence)
        return self._sequence(item)

    def _alternative(self, item: hassil.Alternative) -> Node:
        options = [self._node(inner) for inner in item.items if not _is_empty(inner)]
        if not item.is_optional:
            return _choice(options + [NOTHING] * (len(options) < len(item.items)))
        said = SAID_LIKELIHOOD / len(options)
        return Choice([*options, NOTHING], [said] * len(options) + [1.0 - SAID_LIKELIHOOD])

    def _permutation(self, items: list[Node]) -> Node:
        """All orders, sharing what is left over: 2^n nodes instead of n!."""
        if len(items) > PERMUTED_MAX:
            raise TemplateFault(f"a permutation of {len(items)} items: at most {PERMUTED_MAX}")
        made: dict[frozenset[int], Node] = {frozenset(): NOTHING}
        for size in range(1, len(items) + 1):
            for left in itertools.combinations(range(len(items)), size):
                rest = frozenset(left)
                made[rest] = _choice([Sequence((items[i], made[rest - {i}])) for i in left])
        return made[frozenset(range(len(items)))]

    def _sequence(self, item: hassil.Sequence) -> Node:
        """Runs without a space inside are spelled out; what stands alone is a node of its own."""
        nodes: list[Node] = []
        for run in _runs(item):
            if len(run) == 1 and not isinstance(run[0], str):
                nodes.append(self._node(run[0]))
            elif all(isinstance(part, str) for part in run):
                nodes.append(Literal(spoken_words("".join(part for part in run
                                                          if isinstance(part, str)))))  # fmt: skip
            else:
                nodes.append(self._spelled_out(run))
        return nodes[0] if len(nodes) == 1 else Sequence(nodes)

    def _spelled_out(self, run: list[str | hassil.Expression]) -> Node:
        forms: list[tuple[_Atom, ...]] = self._product(
            [[(part,)] if isinstance(part, str) else self._forms(part) for part in run]
        )
        unique = dict.fromkeys(tuple(self._atoms_key(form)) for form in forms)
        by_key = {tuple(self._atoms_key(form)): form for form in forms}
        return _choice([self._form_node(by_key[key]) for key in unique])

    @staticmethod
    def _atoms_key(form: tuple[_Atom, ...]) -> list[str]:
        return [a if isinstance(a, str) else f"{{{a.list_name}:{a.slot_name}}}" for a in form]

    def _product(self, parts: list[list[tuple[_Atom, ...]]]) -> list[tuple[_Atom, ...]]:
        count = 1
        for part in parts:
            count *= len(part)
        if count > FORMS_MAX:
            raise TemplateFault(
                f"{count} forms of text written without spaces, at most {FORMS_MAX}: "
                "put spaces between the brackets"
            )
        return [sum(form, ()) for form in itertools.product(*parts)]

    def _forms(self, item: hassil.Expression) -> list[tuple[_Atom, ...]]:
        """Every form of ``item``, as parts of words and spaces."""
        if isinstance(item, hassil.TextChunk):
            return [tuple(_split(item.text))]
        if isinstance(item, hassil.ListReference):
            return [(item,)]
        if isinstance(item, hassil.RuleReference):
            return self._within_rule(item.rule_name, self._forms)
        if isinstance(item, hassil.Alternative):
            return [form for inner in item.items for form in self._forms(inner)]
        assert isinstance(item, hassil.Group)
        if isinstance(item, hassil.Permutation):
            orders = itertools.permutations(item.items)
            return [form for order in orders for form in self._all(order)]
        return self._all(item.items)

    def _all(self, items: Iterable[hassil.Expression]) -> list[tuple[_Atom, ...]]:
        return self._product([self._forms(inner) for inner in items])

    def _form_node(self, form: tuple[_Atom, ...]) -> Node:
        nodes: list[Node] = []
        text = ""
        for i, atom in enumerate(form):
            if isinstance(atom, str):
                text += "" if nodes and not text and atom == "'s" else atom
                continue
            after = form[i + 1] if i + 1 < len(form) else _SPACE
            slot: Node | None = self._slot(atom)
            if after == "'s":
                slot = _possessive(slot)
            elif not isinstance(after, str) or after[:1].isalnum() or after[:1] == "'":
                slot = None
            if slot is None or (text and text[-1].isalnum()):
                raise self._fault(f"letters stand directly beside {{{atom.list_name}}}: "
                                  "put a space between", f"{{{atom.list_name}")  # fmt: skip
            nodes += [Literal(spoken_words(text)), slot]
            text = ""
        nodes.append(Literal(spoken_words(text)))
        said = [node for node in nodes if not isinstance(node, Literal) or node.words]
        return said[0] if len(said) == 1 else Sequence(said)

    def _slot(self, item: hassil.ListReference) -> Node:
        name = item.list_name
        try:
            inline = item.get_inline_range()
        except ValueError:  # thousands of figures
            inline = None
        if inline is not None:
            name = "{}..{},{}".format(*inline)
        node = self._scope.slot(name)
        if node is None:
            known = ", ".join(sorted(self._scope.known()))
            shown = name if len(name) <= SHOWN_MAX else f"{name[:SHOWN_MAX]}…"
            raise self._fault(f"unknown list {{{shown}}}: known are {known}", f"{{{name}")
        return Slot(item.slot_name, node)

    def _within_rule(self, name: str, convert: Callable[[hassil.Expression], _T]) -> _T:
        body = self._scope.rule(name)
        if body is None:
            raise self._fault(f"unknown expansion rule <{name}>", f"<{name}>")
        if name in self._rules or len(self._rules) >= DEPTH_MAX:
            raise self._fault(f"expansion rule <{name}> contains itself", f"<{name}>")
        self._rules.append(name)
        try:
            return convert(parse(body))
        finally:
            self._rules.pop()

    def _fault(self, sentence: str, needle: str) -> TemplateFault:
        if self._rules:
            sentence += f" (in expansion rule <{self._rules[-1]}>)"
            needle = f"<{self._rules[0]}>"
        return TemplateFault(sentence, max(0, self._text.find(needle)))


def _choice(options: list[Node]) -> Node:
    return options[0] if len(options) == 1 else Choice(options)


def _is_empty(item: hassil.Expression) -> bool:
    if isinstance(item, hassil.TextChunk):
        return not item.text.strip()
    return isinstance(item, hassil.Sequence) and all(_is_empty(inner) for inner in item.items)


def _possessive(node: Node | None) -> Node | None:
    """``node`` with "'s" behind its last word; None where that is not a plain word."""
    if isinstance(node, Slot):
        inner = _possessive(node.node)
        return Slot(node.name, inner) if inner else None
    if isinstance(node, Literal) and node.words:
        return Literal((*node.words[:-1], node.words[-1] + "'s"), node.value)
    if isinstance(node, Sequence):
        last = _possessive(node.nodes[-1])
        return Sequence((*node.nodes[:-1], last), node.make) if last else None
    if isinstance(node, Choice):
        options = [_possessive(option) for option in node.options]
        said = [option for option in options if option]
        return Choice(said, node.weights) if len(said) == len(options) else None
    return None


def _split(text: str) -> list[str]:
    """Words and single spaces, also at the ends."""
    pieces = [piece for piece in text.replace("\t", _SPACE).split(_SPACE)]
    spaced: list[str] = []
    for i, piece in enumerate(pieces):
        if i and (not spaced or spaced[-1] != _SPACE):
            spaced.append(_SPACE)
        if piece:
            spaced.append(piece)
    return spaced


def _runs(item: hassil.Sequence) -> list[list[str | hassil.Expression]]:
    """The items of a sequence, cut wherever there is a space."""
    runs: list[list[str | hassil.Expression]] = [[]]
    for inner in item.items:
        if not isinstance(inner, hassil.TextChunk):
            runs[-1].append(inner)
            continue
        for piece in _split(inner.text):
            if piece == _SPACE:
                runs.append([])
            else:
                runs[-1].append(piece)
    return [run for run in runs if run]
