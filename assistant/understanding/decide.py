"""What to do with an utterance: a pure function of what was recognised and what is active."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import msgspec

from assistant.config import Settings
from assistant.messages import Alternative, Final, Word
from assistant.skills.api import Slot
from assistant.understanding.library import DIALOGUE
from assistant.understanding.match import Match, Matcher
from assistant.understanding.spoken import Words, words_of

ALTERNATIVES_MAX = 20
RIVALS_MAX = 4
"""Hypotheses that are matched in any case; later ones only where they could win."""
CANDIDATES_MAX = 10
COMMANDS_MAX = 3
"""Commands in one sentence, joined by "and"."""
STOP_ACTIONS = {"skill:stop.stop", "skill:talk.stop"}
_JOINTS = frozenset(["and", "then"])
_TOKEN = re.compile(r"\S+")


class Policy(NamedTuple):
    """What the settings say of deciding."""

    threshold: float
    costly_threshold: float
    phrases: tuple[tuple[str, ...], ...] = ()
    """Wake phrases, as keys."""
    phrase_needed: bool = False


def policy_of(settings: Settings) -> Policy:
    """The policy in ``settings``."""
    phrases = (words_of(phrase).keys for phrase in settings.hearing.wake_phrases)
    return Policy(
        settings.understanding.confidence,
        max(settings.understanding.confidence, settings.understanding.costly_confidence),
        tuple(phrase for phrase in phrases if phrase),
        settings.hearing.wake == "phrase",
    )


@dataclass(frozen=True)
class Candidate:
    """One way to understand the utterance: one command, or several joined by "and"."""

    matches: tuple[Match, ...]
    text: str
    confidence: float
    """The recogniser's."""
    search: str
    why: str = ""

    @property
    def score(self) -> float:
        """The recogniser's confidence, less where words stand in wildcards."""
        words = sum(match.words for match in self.matches)
        return self.confidence * sum(m.specificity * m.words for m in self.matches) / max(words, 1)

    @property
    def intent(self) -> str:
        """Name of the intent, or of both."""
        return "+".join(match.intent for match in self.matches)

    def facts(self) -> dict[str, Any]:
        """For the event ``intent``."""
        return {"intent": self.intent, "text": self.text, "score": round(self.score, 4),
                "why": self.why}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What to do, and why."""

    kind: Literal["act", "yes", "no", "wake", "reject", "silent"]
    why: str
    text: str = ""
    chosen: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()


def decide(final: Final, matcher: Matcher, policy: Policy, awaiting: bool = False) -> Decision:
    """What to do with ``final``.

    Args:
        awaiting: an answer to a question is awaited: yes and no count, no wake phrase is needed.
    """
    heard = [one for one in _alternatives(final) if one.text.strip()]
    if not heard:
        return Decision("silent", "nothing was recognised")
    addressed = [
        (one, words)
        for one in heard
        if (words := _addressed(one, words_of(one.text), policy, awaiting or bool(final.wake)))
    ]
    if not addressed:
        return Decision("silent", "no wake phrase was said", heard[0].text)
    if not addressed[0][1].keys:
        return Decision("wake", "only the wake phrase was said", heard[0].text)
    found = _candidates(addressed, matcher, final.stop_only)
    if not awaiting:
        found = [one for one in found if not _is_dialogue(one)]
    return _best(found, policy, final, addressed[0][0].text)


def _alternatives(final: Final) -> list[Alternative]:
    if final.alternatives:
        return final.alternatives[:ALTERNATIVES_MAX]
    return [Alternative(text=final.text, words=final.words, confidence=final.confidence)]


def _addressed(one: Alternative, words: Words, policy: Policy, phrase_heard: bool) -> Words | None:
    """The words behind the wake phrase; None where it is needed and was not said."""
    for phrase in sorted(policy.phrases, key=len, reverse=True):
        if words.keys[: len(phrase)] == phrase:
            return words.part(len(phrase), len(words.keys))
    needed = policy.phrase_needed and not phrase_heard and one.search != "typed"
    return None if needed or not words.keys else words


def _candidates(
    addressed: list[tuple[Alternative, Words]], matcher: Matcher, stop_only: bool
) -> list[Candidate]:
    """All readings of all hypotheses, best first; the same command counts once."""
    found: dict[str, Candidate] = {}
    known: dict[tuple[str, ...], list[tuple[Match, ...]]] = {}
    best = 0.0
    for i, (one, words) in enumerate(addressed):
        confidence = 1.0 if one.search == "typed" else one.confidence
        if i >= RIVALS_MAX and confidence <= best:
            continue
        if words.keys not in known:
            known[words.keys] = list(_readings(words, matcher))
        for matches in known[words.keys]:
            if stop_only and not all(_is_stop(match) for match in matches):
                continue
            timed = tuple(_timed(match, words, one.words) for match in matches)
            candidate = Candidate(timed, one.text, confidence, one.search)
            key = f"{candidate.intent} {[match.slots for match in matches]!r}"
            if key not in found or candidate.score > found[key].score:
                found[key] = candidate
                best = max(best, candidate.score)
    return sorted(found.values(), key=lambda candidate: -candidate.score)[:CANDIDATES_MAX]


def _readings(words: Words, matcher: Matcher) -> Iterator[tuple[Match, ...]]:
    """Whole sentences; two joined by "and" where the whole is none, or only by a wildcard."""
    whole = matcher.match(words)
    joined = _joined(words, matcher, COMMANDS_MAX)
    if joined and (not whole or _swallows(whole[0], words, joined)):
        yield joined
    yield from ((match,) for match in whole)


def _joined(words: Words, matcher: Matcher, most: int) -> tuple[Match, ...]:
    """The commands that ``words`` are made of; none where that does not come out even."""
    if most < 2:
        return ()
    for i, key in enumerate(words.keys):
        if key not in _JOINTS or not 0 < i < len(words.keys) - 1:
            continue
        after = i + 2 if words.keys[i : i + 2] == ("and", "then") else i + 1
        rest = words.part(after, len(words.keys))
        first = matcher.match(words.part(0, i))
        if not first or _is_dialogue_match(first[0]):
            continue
        second = matcher.match(rest)[:1] or list(_joined(rest, matcher, most - 1))
        if second and not any(map(_is_dialogue_match, second)):
            return (_moved(first[0], 0), *(_moved(match, after) for match in second))
    return ()


def _moved(match: Match, by: int) -> Match:
    places = {name: (start + by, end + by) for name, (start, end) in match.places.items()}
    return replace(match, places=places)


def _swallows(whole: Match, words: Words, joined: tuple[Match, ...]) -> bool:
    """Whether the whole only fits because a wildcard takes a command that is known word by word."""
    in_wildcard = any(
        not _JOINTS.isdisjoint(words.keys[start:end]) for start, end in whole.places.values()
    )
    return bool(whole.loose) and in_wildcard and joined[-1].loose == 0


def _best(found: list[Candidate], policy: Policy, final: Final, text: str) -> Decision:
    told = tuple(replace(one, why=_why(one, policy, chosen=i == 0)) for i, one in enumerate(found))
    if final.stop_only and not found:
        return Decision("silent", 'an answer is playing: only "stop" is acted on', text)
    if not found:
        return Decision("reject", "no sentence fits", text)
    best = told[0]
    if best.score < _threshold(best, policy):
        kind: Literal["silent", "reject"] = "silent" if final.stop_only else "reject"
        return Decision(kind, best.why, best.text, None, told)
    if _is_dialogue(best):
        answer: Literal["yes", "no"] = "yes" if best.intent == "Yes" else "no"
        return Decision(answer, best.why, best.text, best, told)
    best = _in_open_words(best, told)
    return Decision("act", best.why, best.text, best, told)


def _in_open_words(best: Candidate, rivals: tuple[Candidate, ...]) -> Candidate:
    """The same command as the open search heard it, where words stand in wildcards.

    The open search hears those words in their sentence, the command search on their own.
    """
    if best.search != "commands" or not any(match.loose for match in best.matches):
        return best
    names = [set(match.slots) for match in best.matches]
    for rival in rivals:
        same = rival.intent == best.intent and [set(m.slots) for m in rival.matches] == names
        if rival.search == "open" and same:
            return replace(rival, confidence=best.confidence, why=best.why)
    return best


def _threshold(one: Candidate, policy: Policy) -> float:
    costly = any(match.template.intent.costly for match in one.matches)
    return policy.costly_threshold if costly else policy.threshold


def _why(one: Candidate, policy: Policy, chosen: bool) -> str:
    threshold = _threshold(one, policy)
    if one.score < threshold:
        return f"score {one.score:.2f} is below {threshold:.2f}"
    return "best" if chosen else "a better one was found"


def _is_stop(match: Match) -> bool:
    """The command that ends what sounds, and whatever says ``while_playing: true``."""
    intent = match.template.intent
    return intent.while_playing or str(intent.action) in STOP_ACTIONS


def _is_dialogue_match(match: Match) -> bool:
    return match.template.intent.group == DIALOGUE


def _is_dialogue(one: Candidate) -> bool:
    return all(_is_dialogue_match(match) for match in one.matches)


def _timed(match: Match, words: Words, times: list[Word]) -> Match:
    """``match`` with the times of the slots' words; without them where none are known."""
    tokens = [token.span() for token in _TOKEN.finditer(words.source)]
    if not times or len(tokens) != len(times):
        return match
    slots = dict(match.slots)
    for name, (start, end) in match.places.items():
        if start < end:
            first, last = words.places[start][0], words.places[end - 1][1]
            inside = [time for (a, b), time in zip(tokens, times, strict=True)
                      if b > first and a < last]  # fmt: skip
            slots[name] = _with_times(slots[name], inside)
    return replace(match, slots=slots)


def _with_times(slot: Slot, inside: list[Word]) -> Slot:
    if not inside:
        return slot
    return msgspec.structs.replace(slot, start=inside[0].start, end=inside[-1].end)
