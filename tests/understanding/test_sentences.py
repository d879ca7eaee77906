"""Protects the sentence language: sentence in, intent and slots out, and every fault's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.understanding.match import Match, Matcher
from assistant.understanding.sentences import SentenceSet, Source, read_sentences
from assistant.understanding.spoken import words_of

HOME = """
skip_words: [please, "could you"]
intents:
  SetTimer:
    data:
      - sentences: ["(set|start) [a] {duration} timer [(called|named) {label}]"]
        answer: "{{ label or 'Timer' }} set for {{ duration }}."
    action: skill:timer.start
  Light:
    data:
      - sentences: ["turn (on|off) [the] light[s] <in_room>"]
        slots: {domain: light}
      - sentences: ["(turn on;[the] {lamp};[now])"]
  Bright:
    data:
      - sentences: ["[set] brightness[ to] {brightness}[%| percent]"]
  Warm:
    data:
      - sentences: ["what's [the] {room}'s temperature", "[un]lock the door"]
  Play:
    data:
      - sentences: ["play {song} by {artist}", "play {song}", "channel {1..20:channel}"]
  Heat:
    data:
      - sentences: ["heat to {heat} degrees"]
  Cover:
    data:
      - sentences: ["open {thing}"]
        requires_context: {domain: cover}
      - sentences: ["open {thing}"]
        excludes_context: {domain: cover}
        slots: {locked: true}
lists:
  label: {wildcard: true}
  song: {wildcard: true}
  artist: {wildcard: true}
  brightness: {range: {from: 0, to: 100, step: 10, type: percentage}}
  heat: {range: {from: 15, to: 25, fractions: halves}}
  lamp:
    values: [on, "café lamp", "desk (lamp|light)", "number 4"]
  room:
    values: [kitchen, {in: "(living room|lounge)", out: living_room}]
  thing:
    values:
      - {in: curtain, out: cover.curtain, context: {domain: cover}}
      - {in: door, out: lock.door, context: {domain: lock}}
expansion_rules:
  in_room: "in [the] {room}"
"""

TABLE: list[tuple[str, str, dict[str, Any]]] = [
    ("set a timer for", "", {}),
    ("set a five minute timer", "SetTimer", {"duration": 300.0}),
    ("Start 5 minute timer named Pasta!", "SetTimer", {"duration": 300.0, "label": "Pasta"}),
    ("please set a ten second timer", "SetTimer", {"duration": 10.0}),
    ("could you please set a ten second timer please", "SetTimer", {"duration": 10.0}),
    ("set please a ten second timer", "", {}),
    ("turn on the lights in the lounge", "Light", {"room": "living_room", "domain": "light"}),
    ("turn off light in kitchen", "Light", {"room": "kitchen", "domain": "light"}),
    ("turn on the kitchen lights", "", {}),
    ("turn on now the desk light", "Light", {"lamp": "desk light"}),
    ("now cafe lamp turn on", "Light", {"lamp": "café lamp"}),
    ("on turn on", "Light", {"lamp": "on"}),
    ("turn on number four", "Light", {"lamp": "number 4"}),
    ("set brightness to fifty percent", "Bright", {"brightness": 50}),
    ("brightness 50%", "Bright", {"brightness": 50}),
    ("brightness fifty five", "", {}),
    ("whats the kitchens temperature", "Warm", {"room": "kitchen"}),
    ("what's living room's temperature", "Warm", {"room": "living_room"}),
    ("unlock the door", "Warm", {}),
    ("play yesterday by the beatles", "Play", {"song": "yesterday", "artist": "the beatles"}),
    ("play stand by me", "Play", {"song": "stand", "artist": "me"}),
    ("play hello", "Play", {"song": "hello"}),
    ("channel seventeen", "Play", {"channel": 17}),
    ("channel 21", "", {}),
    ("heat to twenty point five degrees", "Heat", {"heat": 20.5}),
    ("heat to 20°", "Heat", {"heat": 20}),
    ("open the door", "", {}),
    ("open curtain", "Cover", {"thing": "cover.curtain"}),
    ("open door", "Cover", {"thing": "lock.door", "locked": True}),
    ("", "", {}),
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """The file at the head."""
    sentences = read_sentences([Source("home.yaml", "language: en" + HOME, "user")])
    assert not sentences.faults, sentences.faults
    return Matcher(sentences)


@pytest.mark.parametrize(("text", "intent", "slots"), TABLE, ids=[row[0] for row in TABLE])
def test_sentence_in_intent_and_slots_out(
    matcher: Matcher, text: str, intent: str, slots: dict[str, Any]
) -> None:
    """Optional words, alternatives, permutations, lists, ranges, rules, wildcards, context."""
    matches = matcher.match(words_of(text))
    assert (matches[0].intent if matches else "") == intent
    if matches:
        assert {name: slot.value for name, slot in matches[0].slots.items()} == slots


def test_fewest_wildcard_words_win(find: Callable[[str, str], list[Match]]) -> None:
    """A known word is a better reading than a wildcard that swallows it."""
    text = """
intents:
  Note: {data: [{sentences: ["add {anything}"]}]}
  Buy: {data: [{sentences: ["add {anything} to [my] list"]}]}
lists: {anything: {wildcard: true}}
"""
    matches = find(text, "add milk to my list")
    assert [(match.intent, match.loose) for match in matches] == [("Buy", 1), ("Note", 4)]


def test_a_block_may_have_its_own_lists_and_rules(
    find: Callable[[str, str], list[Match]],
) -> None:
    """Names of a block stand before those of the file."""
    text = """
intents:
  Go:
    data:
      - sentences: ["go <where> {place}"]
        lists: {place: {values: [home]}}
        expansion_rules: {where: "(to|back)"}
lists: {place: {values: [away]}}
"""
    assert find(text, "go back home")[0].slots["place"].value == "home"
    assert find(text, "go back away") == []


def test_further_sentences_take_the_intent_s_action() -> None:
    """A user adds a way to say it without repeating what it does."""
    own = Source("own.yaml", "language: en\nintents: {Go: {data: [{sentences: [off we go]}]}}", "u")
    built = Source(
        "go.yaml",
        "language: en\n"
        "intents: {Go: {data: [{sentences: [go]}], action: skill:go.now, answer: ok}}",
        "go",
    )
    sentences = read_sentences([own, built])
    first = sentences.templates[0]
    assert first.text == "off we go"
    assert str(first.intent.action) == "skill:go.now"
    assert first.intent.answers[""].source == "ok"


def test_other_languages_are_left_alone() -> None:
    """A folder may hold files of several languages."""
    text = "language: de\nintents: {Go: {data: [{sentences: [los]}]}}"
    assert read_sentences([Source("de.yaml", text, "u")], "en") == SentenceSet()


FAULTS: list[tuple[str, int, int, str]] = [
    ("intents: [a", 3, 1, "not valid YAML"),
    ("intents:\n  A: {data: [{sentences: ['go (home']}]}", 3, 31, "'(' is never closed"),
    ("intents:\n  A:\n    data:\n      - sentences:\n          - go {nowhere}", 6, 16,
     "unknown list {nowhere}"),
    ("intents:\n  A: {data: [{sentences: [go <x>]}]}", 3, 30, "unknown expansion rule <x>"),
    ("intents:\n  A: {data: [{sentences: ['[go]']}]}", 3, 28, "match silence"),
    ("intents:\n  A: {data: [{sentences: [go], anser: x}]}", 3, 39, "unknown key 'anser'"),
    ("intents:\n  A: {data: [{sentences: [go], answer: 'x {{ y'}]}", 3, 41, "answer: "),
    ("intents:\n  A: {data: [{sentences: [go], answer: \"a\\n{{\"}]}", 4, 41, "answer: "),
    ("intents:\n  A: {data: [{answer: x}]}", 3, 14, "expected 'sentences'"),
    ("intents:\n  A: {data: [{sentences: [go]}], action: timer.start}", 3, 42, "skill:name.method"),
    ("intents:\n  A: {data: [{sentences: [go]}], action: {run: ls}}", 3, 48, "expected a list"),
    ("intents:\n  A: {data: [{sentences: [go]}], action: {run: [ls, '{x}']}}", 3, 14,
     "no sentence of this block has"),
    ("intents:\n  A: {data: [{sentences: [go]}], action: {http: {url: 'ftp://x'}}}", 3, 56,
     "expected http://"),
    ("lists: {a: {values: [x], wildcard: true}}", 2, 12, "exactly one of"),
    ("lists: {a: {range: {from: 5, to: 1}}}", 2, 20, "from ≤ to"),
    ("lists: {a: {range: {from: 1e400, to: 1e401}}}", 2, 27, "expected a number"),
    ("lists: {a: {range: {from: 1e300, to: 1e300}}}", 2, 20, "numbers up to"),
    (f"lists: {{a: {{range: {{from: 1, to: {'9' * 5000}}}}}}}", 2, 34, "expected a number"),
    (f"intents: {{A: {{data: [{{sentences: ['go {{0..{'9' * 5000}:x}}']}}]}}}}",
     2, 39, "unknown list {0..9"),
    ("lists: {a: {file: nowhere.txt}}", 2, 19, "cannot be read"),
    ("lists: {a: {command: ['false']}}", 2, 22, "failed"),
    ("lists: {a: {values: ['(x']}}", 2, 23, "never closed"),
    ("expansion_rules: {a: 'b)'}", 2, 24, "closes nothing"),
    ("intents:\n  A: {data: [{sentences: [go <a>]}]}\nexpansion_rules: {a: 'x <a>'}", 3, 30,
     "contains itself"),
    ("nonsense: 1", 2, 11, "unknown key 'nonsense'"),
    ("lists: {a: {values: [x]}}\nlists: {}", 3, 1, "given twice"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "part"), FAULTS, ids=[f[3] for f in FAULTS])
def test_a_fault_names_its_place(
    read: Callable[[str], SentenceSet], text: str, line: int, column: int, part: str
) -> None:
    """The editor can jump to it."""
    faults = read(text).faults
    assert len(faults) == 1, faults
    assert part in faults[0].sentence
    assert (faults[0].place.line, faults[0].place.column) == (line, column), str(faults[0])


def test_bad_yaml_in_line_17_names_line_17(read: Callable[[str], SentenceSet]) -> None:
    """Not the line where the parser gave up much later."""
    lines = ["intents:"] + [f"  I{i}: {{data: [{{sentences: [go {i}]}}]}}" for i in range(30)]
    lines[15] = "  Bad: : x"
    assert [fault.place.line for fault in read("\n".join(lines)).faults] == [17]


def test_all_faults_at_once_and_the_rest_works(read: Callable[[str], SentenceSet]) -> None:
    """One bad sentence does not silence the others."""
    sentences = read("""
intents:
  A: {data: [{sentences: ["a (", "go", "b {c}"]}]}
  B: {data: [{sentences: ["stay"], answer: "{% if %}"}]}
  C: 5
lists: {d: {values: []}}
""")
    assert sorted(fault.place.line for fault in sentences.faults) == [4, 4, 5, 6, 7]
    assert [template.text for template in sentences.templates] == ["go", "stay"]


def test_lists_from_files_and_programs(tmp_path: Path) -> None:
    """Values may come from elsewhere; a tab separates what is said from what it stands for."""
    (tmp_path / "albums.txt").write_text("Abbey Road\nthe wall\tpink/wall\n\n", "utf-8")
    text = """language: en
intents: {Play: {data: [{sentences: ["play {album}", "tune {station}"]}]}}
lists:
  album: {file: albums.txt}
  station: {command: [printf, 'radio one\\nradio two\\n']}
"""
    sentences = read_sentences([Source(str(tmp_path / "s.yaml"), text, "u")])
    assert not sentences.faults
    matcher = Matcher(sentences)
    assert matcher.match(words_of("play abbey road"))[0].slots["album"].value == "Abbey Road"
    assert matcher.match(words_of("play the wall"))[0].slots["album"].value == "pink/wall"
    assert matcher.match(words_of("tune radio 2"))[0].slots["station"].value == "radio two"


def test_text_glued_to_a_wildcard_is_refused_with_a_remedy(
    read: Callable[[str], SentenceSet],
) -> None:
    """It could never be said word by word."""
    sentences = read("intents: {A: {data: [{sentences: ['play {x}ish']}]}}\n"
                     "lists: {x: {wildcard: true}}")  # fmt: skip
    assert "put a space between" in sentences.faults[0].sentence
