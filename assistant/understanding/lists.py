"""Lists of slot values: written out, ranges of numbers, from a file or a program, wildcards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from num2words import num2words

from assistant.errors import SkillError
from assistant.understanding.document import FILE_BYTES_MAX, Entry
from assistant.understanding.expression import Choice, Listed, Literal, Node, Sequence, Wildcard
from assistant.understanding.programs import run_program
from assistant.understanding.spoken import spoken_words
from assistant.understanding.templates import Scope, TemplateFault, compile_template

VALUES_MAX = 20_000
"""Values of one list; more are a fault, and the first so many are used."""
RANGE_MAX = 10_000
"""Numbers of one range."""
LARGEST = 10**12
"""Numbers of a range are no larger: nobody says them."""
COMMAND_S = 5.0
"""Time for a program that prints a list."""
KINDS = ("values", "range", "wildcard", "file", "command")
_INLINE = re.compile(r"(\d{1,12})\.\.(\d{1,12}),(\d{1,12})")
_TEMPLATE_SIGNS = frozenset("()[]{}<>|")
_FRACTIONS = {"halves": [5], "tenths": list(range(1, 10))}


def list_node(name: str, entry: Entry, folder: Path, scope: Scope) -> Node:
    """The node of the list called ``name``.

    Raises:
        FaultFound: with the place of what is wrong.
    """
    settings = entry.mapping(f"list '{name}'")
    kinds = [kind for kind in KINDS if kind in settings]
    if len(kinds) != 1:
        raise entry.fault(f"list '{name}': expected exactly one of {', '.join(KINDS)}")
    value = settings[kinds[0]]
    if kinds[0] == "wildcard":
        return Wildcard()
    if kinds[0] == "range":
        return _range(value)
    if kinds[0] == "values":
        return _values(value.items(f"list '{name}'"), value, scope)
    lines = _file(value, folder) if kinds[0] == "file" else _command(value)
    return _plain_values(lines, value)


def list_file(entry: Entry, folder: Path) -> Path | None:
    """The file that the list's values are in, if they are in one."""
    fields = entry.value if isinstance(entry.value, dict) else {}
    name = fields["file"].value if "file" in fields else None
    return folder / Path(name).expanduser() if isinstance(name, str) else None


def inline_range(name: str) -> Node | None:
    """The node of ``{0..100:slot}``; None where ``name`` is not a range."""
    match = _INLINE.fullmatch(name)
    if not match:
        return None
    first, last, step = map(int, match.groups())
    if step < 1 or last < first or (last - first) // step > RANGE_MAX:
        return None
    return Choice([spoken for n in range(first, last + 1, step) for spoken in _numbers(n, n)])


def _values(items: list[Entry], entry: Entry, scope: Scope) -> Node:
    options: list[Node] = []
    for item in items[:VALUES_MAX]:
        if isinstance(item.value, dict):
            options += _mapped(item, scope)
        else:
            options += _value(item, item.text("a list's value"), None, scope)
    return _choice(options, len(items), entry)


def _mapped(item: Entry, scope: Scope) -> list[Node]:
    """``{in: …, out: …, context: …}``."""
    fields = item.mapping("a list's value")
    unknown = set(fields) - {"in", "out", "context", "metadata"}
    if "in" not in fields or unknown:
        raise item.fault("a list's value: expected text or {in: …, out: …}")
    context = fields["context"].mapping("context") if "context" in fields else {}
    listed = Listed(
        fields["out"].plain if "out" in fields else None,
        {key: entry.plain for key, entry in context.items()} or None,
    )
    return _value(fields["in"], fields["in"].text("'in'"), listed, scope)


def _value(item: Entry, text: str, listed: Listed | None, scope: Scope) -> list[Node]:
    if not _TEMPLATE_SIGNS & set(text):
        words = spoken_words(text)
        if not words:
            raise item.fault(f"a list's value without a word that can be said: {text!r}")
        return [Literal(words, listed or Listed(text))]
    try:
        node = compile_template(text, scope)
    except TemplateFault as fault:
        raise item.fault(fault.sentence, fault.index) from fault
    value = listed or Listed(None)
    return [Sequence((node,), lambda _: value)]


def _plain_values(lines: list[str], entry: Entry) -> Node:
    """One value a line; a tab separates what is said from what it stands for."""
    options: list[Node] = []
    for line in lines[:VALUES_MAX]:
        said, _, out = line.partition("\t")
        words = spoken_words(said)
        if words:
            options.append(Literal(words, Listed(out or said)))
    return _choice(options, len(lines), entry)


def _choice(options: list[Node], count: int, entry: Entry) -> Node:
    if not options:
        raise entry.fault("the list has no values")
    if count > VALUES_MAX:
        raise entry.fault(f"the list has {count} values: at most {VALUES_MAX}")
    return Choice(options)


def _file(entry: Entry, folder: Path) -> list[str]:
    path = folder / Path(entry.text("file")).expanduser()
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise entry.fault(f"{path}: cannot be read: {reason}") from error


def _command(entry: Entry) -> list[str]:
    argv = [item.text("command") for item in entry.items("command")]
    try:
        text = run_program(argv, COMMAND_S, FILE_BYTES_MAX)
    except SkillError as error:
        raise entry.fault(f"the program that prints the list: {error}") from error
    return [line.strip() for line in text.splitlines()]


def _range(entry: Entry) -> Node:
    fields = entry.mapping("range")
    known = {"from", "to", "step", "type", "multiplier", "fractions", "digits", "words"}
    unknown = set(fields) - known
    if unknown or not {"from", "to"} <= set(fields):
        raise entry.fault("range: expected from and to, and step, type, multiplier or fractions")
    first, last = int(fields["from"].number("from")), int(fields["to"].number("to"))
    step = int(fields["step"].number("step")) if "step" in fields else 1
    if step < 1 or last < first or (last - first) // step > RANGE_MAX:
        raise entry.fault(f"range: expected from ≤ to, step ≥ 1 and at most {RANGE_MAX} numbers")
    if max(abs(first), abs(last)) > LARGEST:
        raise entry.fault(f"range: expected numbers up to {LARGEST:,}")
    multiplier = fields["multiplier"].number("multiplier") if "multiplier" in fields else None
    tenths = _tenths(fields.get("fractions"))
    options: list[Node] = []
    for number in range(first, last + 1, step):
        options += _numbers(number, _times(number, multiplier))
        options += [_with_tenth(number, tenth, multiplier) for tenth in tenths]
    return Choice(options)


def _tenths(entry: Entry | None) -> list[int]:
    if entry is None:
        return []
    kind = entry.text("fractions")
    if kind not in _FRACTIONS:
        raise entry.fault(f"fractions: expected {' or '.join(_FRACTIONS)}")
    return _FRACTIONS[kind]


def _times(number: float, multiplier: float | None) -> Any:
    return number if multiplier is None else number * multiplier


def _numbers(number: int, value: Any) -> Iterator[Literal]:
    """``number`` as it is said, with and without "and"."""
    words = spoken_words(str(num2words(number)).replace("-", " "))
    yield Literal(words, value)
    if "and" in words:
        yield Literal([word for word in words if word != "and"], value)


def _with_tenth(number: int, tenth: int, multiplier: float | None) -> Literal:
    words = (*spoken_words(str(number)), "point", *spoken_words(str(tenth)))
    return Literal(words, _times(number + tenth / 10, multiplier))
