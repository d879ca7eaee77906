"""What a sentence would do, and why others would not: facts for the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant import messages as m
from assistant.config import Settings
from assistant.understanding.decide import decide, policy_of
from assistant.understanding.library import Library, find_files, read_files
from assistant.understanding.match import Match
from assistant.understanding.near import near_misses
from assistant.understanding.spoken import words_of

TYPED_CONFIDENCE = 1.0


def read_library(
    settings: Settings, sentences: tuple[Path, ...] = (), with_skills: bool = True
) -> tuple[Library, list[str]]:
    """The sentences in force, or those of the files ``sentences``, and all their faults."""
    files = find_files(settings, sentences or None, with_skills)
    return read_files(files, settings.understanding.language)


def explain_sentence(text: str, library: Library, settings: Settings) -> dict[str, Any]:
    """What ``text`` would do.

    Returns:
        ``text``, ``kind`` (act, reject, …), ``why``, ``commands`` (intent, slots, action, answers,
        template, place), ``candidates`` and ``near`` (what almost fits, and where it parts).
    """
    typed = m.Alternative(text=text, confidence=TYPED_CONFIDENCE, search="typed")
    decision = decide(
        m.Final(text=text, alternatives=[typed], confidence=TYPED_CONFIDENCE),
        library.matcher,
        policy_of(settings),
    )
    chosen = decision.chosen.matches if decision.chosen else ()
    names = {match.intent for match in chosen}
    near = near_misses(words_of(text), library.sentences)
    return {
        "text": text,
        "kind": decision.kind,
        "why": decision.why,
        "commands": [command_facts(match) for match in chosen],
        "candidates": [candidate.facts() for candidate in decision.candidates],
        "near": [
            {
                "intent": miss.template.intent.name,
                "template": miss.template.text,
                "place": str(miss.template.place),
                "distance": miss.distance,
                "why": miss.why,
            }
            for miss in near
            if miss.template.intent.name not in names
        ],
    }


def command_facts(match: Match) -> dict[str, Any]:
    """What ``match`` means, does and says."""
    intent = match.template.intent
    return {
        "intent": intent.name,
        "slots": {name: {"value": slot.value, "text": slot.text}
                  for name, slot in match.slots.items()},
        "action": str(intent.action) if intent.action else "",
        "confirm": intent.confirm.source if intent.confirm else "",
        "costly": intent.costly,
        "answers": {name: answer.source for name, answer in intent.answers.items()},
        "template": match.template.text,
        "place": str(match.template.place),
    }  # fmt: skip


def explained(facts: dict[str, Any]) -> list[str]:
    """``explain_sentence`` in lines for a person."""
    lines = [f'"{facts["text"]}"']
    for command in facts["commands"]:
        lines += _command_lines(command)
    if not facts["commands"]:
        lines.append(f"  does nothing: {facts['why']}")
    rivals = [one for one in facts["candidates"][1:] if one["intent"]]
    lines += [f"  rival {one['intent']}, score {one['score']:.2f}: {one['why']}" for one in rivals]
    for miss in facts["near"]:
        lines.append(f"  near miss {miss['intent']}: {miss['why']}")
        lines.append(f"    {miss['template']}   ({miss['place']})")
    return lines


def _command_lines(command: dict[str, Any]) -> list[str]:
    lines = [f"  intent    {command['intent']}   ({command['place']})",
             f"  template  {command['template']}"]  # fmt: skip
    for name, slot in command["slots"].items():
        lines.append(f'  slot      {name} = {slot["value"]!r}  ("{slot["text"]}")')
    lines.append(f"  action    {command['action'] or 'none'}")
    if command["confirm"]:
        lines.append(f"  asks      {command['confirm']}")
    if command["costly"]:
        lines.append("  costly    needs understanding.costly_confidence")
    for name, answer in command["answers"].items():
        lines.append(f"  answer    {f'[{name}] ' if name else ''}{answer}")
    return lines


def recorded(record: dict[str, Any]) -> list[str]:
    """The record of a past utterance in lines for a person."""
    lines = [f'{record["id"]}: "{record["text"]}"  confidence {record["confidence"]:.2f}']
    lines.append(f"  intent    {record['intent'] or 'none'}: {record.get('why', '')}")
    for name, slot in record["slots"].items():
        lines.append(f'  slot      {name} = {slot["value"]!r}  ("{slot["text"]}")')
    for one in record["candidates"]:
        lines.append(f"  candidate {one['intent']}, score {one['score']:.2f}, "
                     f"\"{one['text']}\": {one['why']}")  # fmt: skip
    lines.append(f"  answer    {record['answer'] or 'none'}")
    spans = ", ".join(f"{name} {value:.0f} ms" for name, value in record["spans"].items())
    return [*lines, f"  spans     {spans or 'none'}"]
