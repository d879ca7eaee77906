"""The skills that are on: those of this package, and installed ones by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator

import assistant.skills
from assistant.skills.api import Skill, Surroundings
from assistant.understanding.library import installed_skills, is_on

_Maker = Callable[[], Iterator[type[Skill]]]


def load_skills(surroundings: Surroundings) -> tuple[dict[str, Skill], list[str]]:
    """Name → skill, and a sentence for each that could not be loaded; the rest work."""
    surroundings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    skills: dict[str, Skill] = {}
    faults: list[str] = []
    patterns = surroundings.settings.understanding.skills
    for origin, classes in _origins():
        try:
            for kind in classes():
                if is_on(kind.name, patterns) and kind.name not in skills:
                    skills[kind.name] = kind(surroundings)
        # a skill is other people's code: whatever it raises must not take the rest down
        except Exception as error:
            faults.append(f"skill {origin}: not loaded: {type(error).__name__}: {error}")
    return skills, faults


def _origins() -> Iterator[tuple[str, _Maker]]:
    for point in installed_skills():
        yield point.name, lambda point=point: iter([point.load()])  # type: ignore[misc]
    for module in pkgutil.iter_modules(assistant.skills.__path__):
        if module.name != "api":
            yield module.name, lambda name=module.name: _classes(name)  # type: ignore[misc]


def _classes(name: str) -> Iterator[type[Skill]]:
    """The skills that a module of the package defines."""
    module = importlib.import_module(f"assistant.skills.{name}")
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Skill)
            and value.name
            and value.__module__ == module.__name__
        ):
            yield value
