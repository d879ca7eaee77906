"""Protects ``assistant sentences``: check with places, list what can be said, try it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from assistant.commands.sentences import sentences

TEXT = """language: en
intents:
  Go: {data: [{sentences: ["go [now] to {place}", "(leave|off) for {place}"]}], answer: Gone.}
  Wait: {data: [{sentences: ["wait {duration}"]}], answer: Waiting.}
lists: {place: {values: [berlin, rome]}}
"""


def written(folder: Path, text: str) -> list[str]:
    """Options that name a file with ``text`` alone."""
    path = folder / "own.yaml"
    path.write_text(text, "utf-8")
    return ["--no-skills", "--sentences", str(path)]


def test_check_counts_what_is_right(tmp_path: Path) -> None:
    """Files, intents, sentences and the size of the graph."""
    options = written(tmp_path, TEXT)
    facts = json.loads(CliRunner().invoke(sentences, ["check", "--json", *options]).output)
    assert (facts["intents"], facts["sentences"]) == (4, 5)  # yes and no with theirs
    assert 10 < facts["states"] <= facts["arcs"] + 1


def test_check_shows_all_faults_and_exits_with_2(tmp_path: Path) -> None:
    """One line each, with file, line and column, as the shell sees it."""
    options = written(tmp_path, TEXT.replace("wait {duration}", "wait {x") + "more: 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "sentences", "check", *options],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    lines = done.stderr.splitlines()
    assert done.returncode == 2 and len(lines) == 2
    assert any("own.yaml:4:36: '{' is never closed" in line for line in lines)
    assert any("own.yaml:6:7: unknown key 'more'" in line for line in lines)


def test_list_shows_examples_by_intent(tmp_path: Path) -> None:
    """One of each sentence, or several."""
    options = written(tmp_path, TEXT)
    listed = CliRunner().invoke(sentences, ["list", "--json", *options]).output.splitlines()
    assert json.loads(listed[0]) == {
        "intent": "Go",
        "examples": ["go to berlin", "leave for berlin"],
    }
    more = CliRunner().invoke(sentences, ["list", "--all", "--json", *options]).output
    assert len(json.loads(more.splitlines()[0])["examples"]) > 3


def test_try_takes_arguments_or_standard_input(tmp_path: Path) -> None:
    """A domain is tried without touching the configuration."""
    options = ["--json", *written(tmp_path, TEXT)]
    given = CliRunner().invoke(sentences, ["try", "go to rome", "wait 5 minutes", *options])
    piped = CliRunner().invoke(sentences, ["try", *options], input="go to rome\n\nwait 5 minutes\n")
    assert given.output == piped.output
    facts = [json.loads(line) for line in given.output.splitlines()]
    assert [one["commands"][0]["intent"] for one in facts] == ["Go", "Wait"]
