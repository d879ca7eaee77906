"""Shopping list, to-do list, and any other: plain text files, one item a line.

The files lie in the state folder under ``lists``; the user may edit them with any editor.
"""

from __future__ import annotations

import re
from pathlib import Path

from assistant.errors import SkillError
from assistant.skills import spoken
from assistant.skills.api import Call, Outcome, Skill
from assistant.skills.durable import read_lines, write_lines
from assistant.skills.items import find, items_of, same

MOST_ITEMS = 500
MOST_LISTS = 64
MOST_SPOKEN = 15
BUILT_IN = ("shopping", "to-do")
"""Lists that are there without being made."""


class Lists(Skill):
    """Add, remove, read, clear; make and delete lists.

    ``list`` is one of the built-in ones, ``other`` the name of one of the user's.
    """

    name = "lists"

    def add(self, call: Call) -> Outcome:
        """Each of ``items`` that is not there yet."""
        name, old = self._opened(call)
        wanted = items_of(str(call.value("items")))
        if not wanted:
            raise SkillError("I did not understand what to add.")
        new = [item for item in wanted if same(item, old) is None]
        if len(old) + len(new) > MOST_ITEMS:
            raise SkillError(f"The {name} list is full: it has {len(old)} items.")
        if not new:
            return Outcome(variant="there", facts=_facts(name, wanted))
        write_lines(self._path(name), old + new)
        return Outcome(variant="added", facts=_facts(name, new))

    def remove(self, call: Call) -> Outcome:
        """Each of ``items`` that is there."""
        name, old = self._opened(call)
        said = str(call.value("items"))
        found = [one for item in items_of(said) if (one := find(item, old)) is not None]
        if not found:
            raise SkillError(f"There is no {said} on the {name} list.")
        write_lines(self._path(name), [item for item in old if item not in found])
        return Outcome(facts=_facts(name, found))

    def read(self, call: Call) -> Outcome:
        """What is on it, the first ``MOST_SPOKEN``."""
        name, items = self._opened(call)
        if not items:
            return Outcome(variant="empty", facts=_facts(name, []))
        variant = "long" if len(items) > MOST_SPOKEN else "items"
        facts = _facts(name, items[:MOST_SPOKEN])
        facts["count"] = spoken.counted(len(items), "item")
        return Outcome(variant=variant, facts=facts)

    def contains(self, call: Call) -> Outcome:
        """Whether ``items`` are on it."""
        name, items = self._opened(call)
        said = items_of(str(call.value("items")))
        missing = [item for item in said if find(item, items) is None]
        return Outcome(variant="no" if missing else "yes", facts=_facts(name, missing or said))

    def clear(self, call: Call) -> Outcome:
        """Take everything off."""
        name, items = self._opened(call)
        if items:
            write_lines(self._path(name), [])
        return Outcome(facts=_facts(name, items))

    def make(self, call: Call) -> Outcome:
        """A new list called ``other``."""
        name = _name(call)
        if name in self._names():
            raise SkillError(f"There is a {name} list already.")
        if len(self._names()) >= MOST_LISTS:
            raise SkillError(f"There are {MOST_LISTS} lists already.")
        write_lines(self._path(name), [])
        return Outcome(facts=_facts(name, []))

    def delete(self, call: Call) -> Outcome:
        """The list called ``other``, with all that is on it."""
        name, items = self._opened(call)
        self._path(name).unlink(missing_ok=True)
        return Outcome(facts=_facts(name, items))

    def names(self, call: Call) -> Outcome:
        """Which lists there are."""
        return Outcome(facts={"names": self._names()})

    def _opened(self, call: Call) -> tuple[str, list[str]]:
        """The list that is meant and its items."""
        name = str(call.value("list", "")) or _name(call)
        if name not in self._names():
            raise SkillError(f"There is no {name} list. To begin one, say: make a {name} list.")
        return name, read_lines(self._path(name))

    def _names(self) -> list[str]:
        own = sorted(path.stem for path in self._folder().glob("*.txt"))
        return [*BUILT_IN, *(name for name in own if name not in BUILT_IN)]

    def _path(self, name: str) -> Path:
        return self._folder() / f"{name}.txt"

    def _folder(self) -> Path:
        return self.surroundings.state / "lists"


def _name(call: Call) -> str:
    """The user's name for a list, as it can stand in a file's name."""
    said = re.sub(r"[^\w\s'-]", "", str(call.value("other", "shopping")).lower())
    name = re.sub(r"^(?:my|the|our|a|new)\s+|\s+list$", "", " ".join(said.split()))[:60].strip()
    if not name:
        raise SkillError("I did not understand which list.")
    return name


def _facts(name: str, items: list[str]) -> dict[str, object]:
    return {"name": name, "items": items, "count": spoken.counted(len(items), "item")}
