"""Sentence files: Home Assistant's format with ``action``, ``answer``, ``confirm``, ``costly``.

Every fault is found at once, with file, line and column; what is not at fault still works.
Files of one ``group`` share lists and expansion rules: each skill is a group, and all files
of the user are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from jinja2 import TemplateSyntaxError

from assistant.understanding.actions import Action, OutsideAction, read_action
from assistant.understanding.answers import Answer
from assistant.understanding.document import Entry, Fault, FaultFound, Place, read_document
from assistant.understanding.expression import Literal, Node, children, slot_names
from assistant.understanding.lists import inline_range, list_file, list_node
from assistant.understanding.rules import RULES
from assistant.understanding.spoken import spoken_words
from assistant.understanding.templates import Scope, TemplateFault, compile_template, parse

TEMPLATES_MAX = 50_000
CONFIRM = "Shall I really do that?"
_TOP = {"language", "intents", "lists", "expansion_rules", "skip_words", "settings", "responses"}
_INTENT = {"data", "action", "answer", "confirm", "costly", "while_playing", "description"}
_DATA = {
    *(
        "sentences",
        "answer",
        "action",
        "confirm",
        "costly",
        "while_playing",
        "slots",
        "requires_context",
    ),
    *("excludes_context", "expansion_rules", "lists", "response", "metadata", "settings"),
    *("required_keywords", "name_domains", "inferred_domain"),
}
"""``response`` and what follows it are Home Assistant's own: read over."""
_T = TypeVar("_T")


class Source(NamedTuple):
    """A file's text, and whose it is."""

    path: str
    text: str
    group: str


@dataclass(frozen=True)
class Intent:
    """What one block of sentences means and does."""

    name: str
    group: str
    place: Place
    action: Action | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    """Variant → template; the plain one is ""."""
    confirm: Answer | None = None
    costly: bool = False
    while_playing: bool = False
    """Acted on also while an answer or an alarm sounds."""
    slots: dict[str, Any] = field(default_factory=dict)
    """Slots that are as if said."""
    requires: dict[str, Any] = field(default_factory=dict)
    excludes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """One sentence template."""

    text: str
    node: Node
    intent: Intent
    place: Place


@dataclass(frozen=True)
class SentenceSet:
    """All sentences in force."""

    templates: tuple[Template, ...] = ()
    skip_words: tuple[tuple[str, ...], ...] = ()
    faults: tuple[Fault, ...] = ()
    outside: tuple[str, ...] = ()
    """Values of lists that are not in the files themselves."""
    listed: tuple[Path, ...] = ()
    """Files that hold such values."""


def read_sentences(sources: Iterable[Source], language: str = "en") -> SentenceSet:
    """The sentences of all ``sources`` that are in ``language``; earlier sources come first."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(source.group, []).append(source)
    readers = [_GroupReader(group, files, language) for group, files in groups.items()]
    templates = [template for reader in readers for template in reader.templates]
    faults = [fault for reader in readers for fault in reader.faults]
    for template in templates[TEMPLATES_MAX:]:
        faults.append(Fault(template.place, f"more than {TEMPLATES_MAX} sentences"))
        break
    skip_words = tuple(words for reader in readers for words in reader.skip_words)
    completed = _with_actions(templates[:TEMPLATES_MAX])
    outside = tuple(text for reader in readers for text in reader.outside)
    listed = tuple(path for reader in readers for path in reader.listed)
    return SentenceSet(tuple(completed), skip_words, tuple(faults), outside, listed)


def _with_actions(templates: list[Template]) -> list[Template]:
    """A block that only adds sentences to an intent does and says what the intent does."""
    full = {template.intent.name: template.intent for template in reversed(templates)
            if template.intent.action is not None}  # fmt: skip
    done: dict[int, Intent] = {}
    for template in templates:
        intent = template.intent
        known = full.get(intent.name)
        if intent.action is None and not intent.answers and known is not None:
            done[id(intent)] = replace(
                intent, action=known.action, answers=known.answers, costly=known.costly,
                confirm=known.confirm, while_playing=known.while_playing,
            )  # fmt: skip
    return [replace(template, intent=done.get(id(template.intent), template.intent))
            for template in templates]  # fmt: skip


class _GroupReader:
    """Reads the files of one group; faults are collected, never raised."""

    def __init__(self, group: str, sources: list[Source], language: str) -> None:
        self.faults: list[Fault] = []
        self.templates: list[Template] = []
        self.skip_words: list[tuple[str, ...]] = []
        self.outside: list[str] = []
        self.listed: list[Path] = []
        self._group = group
        self._lists: dict[str, Entry] = {}
        self._rules: dict[str, Entry] = {}
        self._nodes: dict[str, Node | None] = {}
        tops = [top for source in sources if (top := self._top(source, language)) is not None]
        for top in tops:
            self._guard(self._names, top)
        for name in self._rules:
            self._guard(self._check_rule, name)
        for name in self._lists:
            self._list(name, {})
        for top in tops:
            if "intents" in top:
                self._guard(self._intents, top["intents"])

    def _guard(self, read: Callable[[_T], object], value: _T) -> None:
        try:
            read(value)
        except FaultFound as found:
            self.faults.append(found.fault)

    def _top(self, source: Source, language: str) -> dict[str, Entry] | None:
        entry = read_document(source.text, source.path, self.faults)
        if entry is None:
            return None
        try:
            top = entry.mapping("sentence file")
            if "language" not in top:
                raise entry.fault("expected 'language: en' (or another) among the first names")
            said = top["language"].text("language")
        except FaultFound as found:
            self.faults.append(found.fault)
            return None
        self._unknown(top, _TOP, "")
        return top if said.split("-")[0] == language.split("-")[0] else None

    def _unknown(self, entries: dict[str, Entry], known: set[str], where: str) -> None:
        for name, entry in entries.items():
            if name not in known:
                sentence = f"{where}unknown key '{name}': known are {', '.join(sorted(known))}"
                self.faults.append(Fault(entry.place, sentence))

    # -- names -----------------------------------------------------------------------------

    def _names(self, top: dict[str, Entry]) -> None:
        for name, kept in (("lists", self._lists), ("expansion_rules", self._rules)):
            if name in top:
                for key, entry in top[name].mapping(name).items():
                    kept.setdefault(key, entry)
        for entry in top["skip_words"].items("skip_words") if "skip_words" in top else []:
            self.skip_words.append(spoken_words(entry.text("skip_words")))

    def _check_rule(self, name: str) -> None:
        entry = self._rules[name]
        try:
            parse(entry.text(f"expansion rule '{name}'"))
        except TemplateFault as fault:
            raise entry.fault(fault.sentence, fault.index) from fault

    def _scope(self, lists: dict[str, Entry], rules: dict[str, Entry]) -> Scope:
        def rule(name: str) -> str | None:
            entry = rules.get(name) or self._rules.get(name)
            return entry.value if entry and isinstance(entry.value, str) else None

        return Scope(
            lambda name: self._list(name, lists),
            rule,
            lambda: {*lists, *self._lists, *RULES},
        )

    def _list(self, name: str, local: dict[str, Entry]) -> Node | None:
        """The list, wildcard, range or rule called ``name``; each is made once."""
        if name in local:
            return self._made(name, local[name])
        if name not in self._nodes:
            entry = self._lists.get(name)
            self._nodes[name] = (
                self._made(name, entry) if entry else RULES.get(name) or inline_range(name)
            )
        return self._nodes[name]

    def _made(self, name: str, entry: Entry) -> Node | None:
        folder = Path(entry.place.file).parent
        if path := list_file(entry, folder):
            self.listed.append(path)
        nothing = Scope(lambda _: None, lambda _: None, lambda: ())
        rules = nothing._replace(rule=self._scope({}, {}).rule)
        try:
            node = list_node(name, entry, folder, rules)
        except FaultFound as found:
            self.faults.append(found.fault)
            return None
        if isinstance(entry.value, dict) and {"file", "command"} & set(entry.value):
            self.outside.append(repr([(child.words, child.value) for child in children(node)
                                      if isinstance(child, Literal)]))  # fmt: skip
        return node

    # -- intents -----------------------------------------------------------------------------

    def _intents(self, entry: Entry) -> None:
        for name, intent in entry.mapping("intents").items():
            self._guard(lambda pair: self._intent(*pair), (name, intent))

    def _intent(self, name: str, entry: Entry) -> None:
        fields = entry.mapping(f"intent '{name}'")
        self._unknown(fields, _INTENT, f"intent '{name}': ")
        if "data" not in fields:
            raise entry.fault(f"intent '{name}': expected 'data' with sentences")
        common = self._meaning(Intent(name, self._group, entry.place), fields)
        for block in fields["data"].items(f"intent '{name}': data"):
            self._guard(lambda entry: self._block(common, entry), block)

    def _block(self, common: Intent, entry: Entry) -> None:
        fields = entry.mapping(f"intent '{common.name}': data")
        self._unknown(fields, _DATA, f"intent '{common.name}': ")
        if "sentences" not in fields:
            raise entry.fault(f"intent '{common.name}': expected 'sentences'")
        intent = replace(
            self._meaning(common, fields),
            slots=self._plain(fields, "slots"),
            requires=self._plain(fields, "requires_context"),
            excludes=self._plain(fields, "excludes_context"),
        )
        scope = self._scope(
            fields["lists"].mapping("lists") if "lists" in fields else {},
            fields["expansion_rules"].mapping("expansion_rules")
            if "expansion_rules" in fields else {},
        )  # fmt: skip
        for sentence in fields["sentences"].items("sentences"):
            self._guard(lambda entry: self._template(intent, entry, scope), sentence)
        action = fields.get("action", entry)
        self._guard(lambda entry: self._check_slots(intent, entry), action)

    @staticmethod
    def _plain(fields: dict[str, Entry], name: str) -> dict[str, Any]:
        entries = fields[name].mapping(name) if name in fields else {}
        return {key: entry.plain for key, entry in entries.items()}

    def _meaning(self, intent: Intent, fields: dict[str, Entry]) -> Intent:
        """``intent`` with what ``fields`` say of action, answer, confirm and costly."""
        changes: dict[str, Any] = {}
        readers: dict[str, tuple[str, Callable[[Entry], Any]]] = {
            "action": ("action", read_action),
            "answer": ("answers", self._answers),
            "confirm": ("confirm", self._confirm),
            "costly": ("costly", lambda entry: entry.flag("costly")),
            "while_playing": ("while_playing", lambda entry: entry.flag("while_playing")),
        }
        for name, (attribute, read) in readers.items():
            if name in fields:
                try:
                    changes[attribute] = read(fields[name])
                except FaultFound as found:
                    self.faults.append(found.fault)
        return replace(intent, **changes)

    def _answers(self, entry: Entry) -> dict[str, Answer]:
        if not isinstance(entry.value, dict):
            return {"": self._answer(entry)}
        answers = {name: self._answer(variant) for name, variant in entry.value.items()}
        plain = answers.get("default") or answers.get("plain")
        return {"": plain, **answers} if plain else answers

    def _answer(self, entry: Entry) -> Answer:
        try:
            return Answer(entry.text("answer"))
        except TemplateSyntaxError as error:
            at = entry.text_place
            place = at._replace(line=at.line + error.lineno - 1)
            raise FaultFound(Fault(place, f"answer: {error.message}")) from error

    def _confirm(self, entry: Entry) -> Answer | None:
        if isinstance(entry.value, bool):
            return Answer(CONFIRM) if entry.value else None
        return self._answer(entry)

    def _template(self, intent: Intent, entry: Entry, scope: Scope) -> None:
        text = entry.text("sentences")
        try:
            node = compile_template(text, scope)
        except TemplateFault as fault:
            raise entry.fault(fault.sentence, fault.index) from fault
        self.templates.append(Template(text, node, intent, entry.text_place))

    def _check_slots(self, intent: Intent, entry: Entry) -> None:
        """A slot that no sentence has would never be filled."""
        if not isinstance(intent.action, OutsideAction):
            return
        nodes = [template.node for template in self.templates if template.intent is intent]
        known = set(intent.slots).union(*(slot_names(node) for node in nodes))
        for name in sorted(intent.action.slot_names() - known) if nodes else []:
            raise entry.fault(f"intent '{intent.name}': the action uses {{{name}}}, "
                              "which no sentence of this block has")  # fmt: skip
