"""A YAML file as a tree whose every entry knows its line and column.

YAML 1.2's plain scalars: ``on`` and ``yes`` are words, as people expect of a list of them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

FILE_BYTES_MAX = 8_000_000
DEPTH_MAX = 40
SHOWN_MAX = 80
"""Characters of a wrong value that a fault shows."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?\d{1,18}")
"""Longer figures are text: no setting is so large."""
_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?")
_NAMED = {"true": True, "false": False, "null": None, "~": None, "": None}


class Place(NamedTuple):
    """A character in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Fault(NamedTuple):
    """What is wrong, and where."""

    place: Place
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class FaultFound(Exception):
    """A fault that makes its entry, and only that, useless."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True)
class Entry:
    """A scalar, a list of entries or a mapping of names to entries."""

    value: str | int | float | bool | None | list[Entry] | dict[str, Entry]
    place: Place
    text_place: Place
    """Where a scalar's first character is: behind its quote, or below its ``|``."""

    @property
    def plain(self) -> Any:
        """The same without places."""
        if isinstance(self.value, list):
            return [item.plain for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain for key, item in self.value.items()}
        return self.value

    def fault(self, sentence: str, index: int = 0) -> FaultFound:
        """A fault at character ``index`` of this entry's text, to be raised."""
        at = self.text_place
        return FaultFound(Fault(at._replace(column=at.column + index), sentence))

    def mapping(self, what: str) -> dict[str, Entry]:
        """The mapping; nothing at all counts as an empty one."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.fault(f"{what}: expected names with values, found {_kind(self.value)}")
        return self.value

    def items(self, what: str) -> list[Entry]:
        """The list."""
        if not isinstance(self.value, list):
            raise self.fault(f"{what}: expected a list, found {_kind(self.value)}")
        return self.value

    def text(self, what: str) -> str:
        """The text; a number is taken as it would be written."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self.fault(f"{what}: expected text, found {_kind(self.value)}")
        return str(self.value)

    def number(self, what: str) -> float:
        """The number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.fault(f"{what}: expected a number, found {_kind(self.value)}")
        return self.value

    def flag(self, what: str) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.fault(f"{what}: expected true or false, found {_kind(self.value)}")
        return self.value


def read_document(text: str, file: str, faults: list[Fault]) -> Entry | None:
    """The tree of ``text``; None with a fault where it is not YAML."""
    if len(text) > FILE_BYTES_MAX:
        faults.append(Fault(Place(file, 1, 1), f"longer than {FILE_BYTES_MAX} characters"))
        return None
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        faults.append(_yaml_fault(error, file))
        return None
    except yaml.YAMLError as error:
        faults.append(Fault(Place(file, 1, 1), f"not valid YAML: {error}"))
        return None
    return _entry(node, file, faults, 0) if node is not None else None


def _yaml_fault(error: yaml.MarkedYAMLError, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    context = f" {error.context}" if error.context else ""
    if error.context_mark and mark and error.context_mark.line != mark.line:
        context += f" that begins in line {error.context_mark.line + 1}"
    return Fault(place, f"not valid YAML: {error.problem}{context}")


def _entry(node: yaml.Node, file: str, faults: list[Fault], depth: int) -> Entry:
    place = Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
    if depth > DEPTH_MAX:
        faults.append(Fault(place, f"nested more than {DEPTH_MAX} levels deep"))
        return Entry(None, place, place)
    if isinstance(node, yaml.SequenceNode):
        return Entry([_entry(item, file, faults, depth + 1) for item in node.value], place, place)
    if isinstance(node, yaml.MappingNode):
        return Entry(_mapping(node, file, faults, depth), place, place)
    assert isinstance(node, yaml.ScalarNode)
    return Entry(_scalar(node), place, _text_place(node, place))


def _text_place(node: yaml.ScalarNode, place: Place) -> Place:
    if node.style in ("|", ">"):
        return Place(place.file, place.line + 1, 1)
    return place._replace(column=place.column + (1 if node.style else 0))


def _mapping(
    node: yaml.MappingNode, file: str, faults: list[Fault], depth: int
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key, value in node.value:
        place = Place(file, key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, yaml.ScalarNode):
            faults.append(Fault(place, "a name must be plain text"))
        elif key.value in entries:
            faults.append(Fault(place, f"'{key.value}' is given twice: the first one counts"))
        else:
            entries[key.value] = _entry(value, file, faults, depth + 1)
    return entries


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if node.style:
        return text
    if text.lower() in _NAMED:
        return _NAMED[text.lower()]
    if _INT.fullmatch(text):
        return int(text)
    number = float(text) if _FLOAT.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    shown = repr(value)
    return shown if len(shown) <= SHOWN_MAX else f"{shown[:SHOWN_MAX]}…"
