"""Which sentence files are in force: found, read, and read again when they change.

A file that is at fault when it is read again keeps what it last had; at the first reading all
of it that is right is used.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import NamedTuple

from assistant.config import Settings
from assistant.grammar import WordGraph
from assistant.messages import Grammar
from assistant.understanding import graph
from assistant.understanding.expression import Choice, Literal, optional
from assistant.understanding.match import Matcher
from assistant.understanding.sentences import SentenceSet, Source, Template, read_sentences
from assistant.understanding.spoken import spoken_words

ENTRY_POINTS = "assistant.skills"
DIALOGUE = "dialogue"
"""Group of the sentences that answer a question."""
USER = "user"
PHRASE_LIKELIHOOD = 0.9
_PACKAGE = Path(__file__).parent.parent
_ENDINGS = (".yaml", ".yml")


class Found(NamedTuple):
    """A sentence file and the group that it belongs to."""

    path: Path
    group: str


@dataclass(frozen=True)
class Library:
    """Sentences as they are in force, and what they were read from."""

    sources: tuple[Source, ...]
    matcher: Matcher
    faults: tuple[str, ...]

    @property
    def sentences(self) -> SentenceSet:
        """What was read."""
        return self.matcher.sentences


def find_files(
    settings: Settings, sentences: Iterable[Path] | None = None, with_skills: bool = True
) -> list[Found]:
    """The user's files first: where two sentences fit equally well, his own is meant.

    Args:
        sentences: files or folders instead of those in the settings.
        with_skills: the built-in and installed skills' sentences too.
    """
    chosen = [Path(name).expanduser() for name in settings.understanding.sentences]
    files = [Found(path, USER) for path in _expanded(sentences if sentences else chosen)]
    if with_skills:
        patterns = settings.understanding.skills
        files += [found for found in _skill_files() if is_on(found.group, patterns)]
    return [*files, Found(_PACKAGE / "understanding" / "dialogue.yaml", DIALOGUE)]


def is_on(skill: str, patterns: list[str]) -> bool:
    """Whether the setting ``skills`` has ``skill`` on."""
    return any(fnmatch(skill, pattern) for pattern in patterns)


def installed_skills() -> tuple[EntryPoint, ...]:
    """Skills of other packages."""
    return _installed(tuple(sys.path))


@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Looking through all packages takes milliseconds, and the files are watched."""
    return tuple(sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name))


def read_files(
    files: list[Found], language: str, before: Library | None = None
) -> tuple[Library, list[str]]:
    """The library that ``files`` make, and all faults, each with file, line and column.

    Args:
        before: what was in force; files at fault keep what they had there.
    """
    known = {source.path: source for source in before.sources} if before else {}
    sources: list[Source] = []
    faults: list[str] = []
    for path, group in files:
        try:
            sources.append(Source(str(path), path.read_text(encoding="utf-8"), group))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            faults.append(f"{path}: cannot be read: {reason}")
            sources += [known[str(path)]] if str(path) in known else []
    sentences = read_sentences(sources, language)
    faults += [str(fault) for fault in sentences.faults]
    faulty = {fault.place.file for fault in sentences.faults}
    kept = [known.get(source.path, source) if source.path in faulty else source
            for source in sources]  # fmt: skip
    if kept != sources:
        sentences = read_sentences(kept, language)
    return Library(tuple(kept), Matcher(sentences), tuple(faults)), faults


def build_graph(library: Library, settings: Settings) -> WordGraph:
    """The graph of all sentences, with what may stand before and behind them."""
    filler = library.matcher.filler
    phrases = [spoken_words(phrase) for phrase in settings.hearing.wake_phrases]
    before = filler
    if settings.hearing.wake == "phrase" and any(phrases):
        before = optional(Choice([Literal(words) for words in phrases if words]), PHRASE_LIKELIHOOD)
    templates = library.sentences.templates
    return graph.word_graph(templates, before, filler, settings.understanding.language)


def write_grammar(library: Library, settings: Settings) -> Grammar:
    """Write the graph for recognition, unless the same one lies there already."""
    wake = f"{settings.hearing.wake} {settings.hearing.wake_phrases}"
    texts = [repr(source) for source in library.sources]
    language = settings.understanding.language
    key = graph.content_key([wake, language, *texts, *library.sentences.outside])
    settings.runtime_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = settings.runtime_folder / "grammar"
    return graph.cached_grammar(folder, key) or graph.write_grammar(
        build_graph(library, settings), folder, key
    )


def stamp(files: list[Found], listed: Iterable[Path] = ()) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file, or one with a list's values, changes, comes or goes."""
    stamps = []
    for path in [*(found.path for found in files), *listed]:
        try:
            status = path.stat()
        except OSError:
            continue
        stamps.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(stamps)


def sayings(library: Library) -> list[str]:
    """An example of each sentence that is active."""
    from assistant.understanding.examples import example_of

    intents: dict[str, Template] = {}
    for template in library.sentences.templates:
        if template.intent.group != DIALOGUE:
            intents.setdefault(template.intent.name, template)
    return [example_of(template) for template in intents.values()]


def _expanded(paths: Iterable[Path]) -> list[Path]:
    """Folders as the sentence files in them, in the order of their names."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(inner for inner in path.rglob("*") if inner.suffix in _ENDINGS)
        else:
            files.append(path)
    return files


def _skill_files() -> list[Found]:
    files = [_beside(point) for point in installed_skills()]
    files += [[Found(path, path.name.split(".")[0])]
              for path in sorted((_PACKAGE / "skills").glob("*.yaml"))]  # fmt: skip
    return [found for inner in files for found in inner]


def _beside(point: EntryPoint) -> list[Found]:
    """The sentence files beside the module of an installed skill, which is not imported."""
    try:
        spec = importlib.util.find_spec(point.module)
    except (ImportError, ValueError):
        return []
    if spec is None or spec.origin is None:
        return []
    module = Path(spec.origin)
    stem = module.parent.name if module.stem == "__init__" else module.stem
    return [Found(path, point.name) for path in sorted(module.parent.glob(f"{stem}*.yaml"))
            if path.name.split(".")[0] == stem]  # fmt: skip
