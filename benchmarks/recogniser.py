"""Error rates and speed of the recogniser, corpus by corpus.

    python -m benchmarks.recogniser [--data DIR]

Without data the shipped recordings are used, and what needs more is named.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import report

CORPORA = ("librispeech-train-clean", "common-voice", "speechocean762", "an4", "speech-commands")
LIMIT = 150
"""Utterances of each corpus: the first of its development speakers."""


def main() -> None:
    """The whole benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with speech/NAME.zip and NAME.tsv")
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    left_out: list[str] = []
    if arguments.data:
        measured = evaluate("--data", str(arguments.data / "speech"), *wanted(CORPORA))
    else:
        measured = evaluate("--no-grammar")
        left_out.append("error rates of whole corpora: give --data (the shipped files are few)")
    for name, facts in measured.items():
        figures |= {f"utterances.{name}": facts["utterances"], f"wer.{name}": facts["wer"]}
        figures |= {f"per.{name}": facts["per"], f"rtf.{name}": facts["rtf"]}
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures["rss_mb"] = round(spent.ru_maxrss / 1024, 1)
    left_out.append("PocketSphinx, noise and adaptation: not measured yet")
    report.write("recogniser", figures, left_out)


def wanted(corpora: tuple[str, ...]) -> list[str]:
    """Options for these corpora, in the open vocabulary alone."""
    named = [part for name in corpora for part in ("--corpus", name)]
    return [*named, "--limit", str(LIMIT), "--no-grammar"]


def evaluate(*options: str) -> dict[str, Any]:
    """What ``assistant evaluate recogniser`` says."""
    command = [sys.executable, "-m", "assistant", "evaluate", "recogniser", "--json", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


if __name__ == "__main__":
    main()
