"""Where the files that come with the program are: weights, word lists, sentences.

In a clone they lie in ``models/``, at the root and (recordings) in ``tests/``; a wheel carries
the same tree as ``assistant/_models/``.
"""

from __future__ import annotations

from pathlib import Path

from assistant.errors import ModelError

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "_models"
CLONE = PACKAGE.parent


def resource(name: str) -> Path:
    """The file or folder ``name``, as ``recogniser`` or ``config.toml``.

    Raises:
        ModelError: neither the clone nor the installed package has it.
    """
    places = [CLONE / "models" / name, CLONE / name, CLONE / "tests" / name]
    if INSTALLED.is_dir():
        places = [INSTALLED / name]
    for place in places:
        if place.exists():
            return place
    raise ModelError(f"{places[0]}: missing, though it comes with the program: install it again")
