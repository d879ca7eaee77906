"""Protects the list of licences: what is installed with the program is named in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
INSTALLED = [*PROJECT["dependencies"], *EXTRAS["espeak"], *EXTRAS["torch"]]
LIBRARIES = (ROOT / "NOTICE.md").read_text().partition("## Libraries")[2]


@pytest.mark.parametrize("requirement", INSTALLED)
def test_every_library_is_named(requirement: str) -> None:
    """A new dependency comes with its licence."""
    name = re.split(r"[^\w-]", requirement)[0]
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", LIBRARIES), name
