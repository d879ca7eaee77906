"""Protects ``assistant config`` and that config.toml and the code say the same."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant.commands.config import config, origins
from assistant.config import Settings, read_settings
from assistant.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config.toml"


def test_the_shipped_file_has_every_key_with_its_default() -> None:
    """Nobody has to read the code to know a setting and what it is without him."""
    written = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert written == Settings().model_dump()


def test_every_key_of_the_shipped_file_is_explained_above_it() -> None:
    """A key without a word about it is of no use."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    for above, line in zip(lines, lines[1:], strict=False):
        if line and not line.startswith("#"):
            assert above.startswith("# ") and len(above) > 4, line


def test_check_shows_all_faults_at_once(tmp_path: Path) -> None:
    """Ten faults take one run to find, not ten."""
    path = tmp_path / "config.toml"
    path.write_text('[hearing]\nvad = "x"\nnope = 1\n[capture]\npace = -1\n[what]\n', "utf-8")
    result = CliRunner().invoke(config, ["check", "--config", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.exit_code == 2
    assert len(result.exception.faults) == 4
    assert all(str(path) in fault for fault in result.exception.faults)


def test_show_says_where_a_value_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, environment and default can be told apart; the environment wins."""
    path = tmp_path / "config.toml"
    path.write_text("[capture]\npace = 2.0\ngap_s = 3.0\n", "utf-8")
    monkeypatch.setenv("ASSISTANT__CAPTURE__GAP_S", "4")
    shown = CliRunner().invoke(config, ["show", "--config", str(path)]).output
    assert f"capture.pace = 2.0   # {path}" in shown
    assert "capture.gap_s = 4.0   # ASSISTANT__CAPTURE__GAP_S" in shown
    assert 'recognition.engine = "onnx"   # default' in shown


def test_show_changed_leaves_the_defaults_out(tmp_path: Path) -> None:
    """What a user has set fits one glance."""
    path = tmp_path / "config.toml"
    path.write_text("[capture]\npace = 2.0\n", "utf-8")
    shown = CliRunner().invoke(config, ["show", "--changed", "--config", str(path)]).output
    assert [line.split(" ")[0] for line in shown.splitlines()] == ["capture.pace"]


def test_origins_prefer_the_environment(tmp_path: Path) -> None:
    """The order is that of ``read_settings``."""
    path = tmp_path / "config.toml"
    path.write_text("[capture]\npace = 2.0\n", "utf-8")
    environment = {"ASSISTANT__CAPTURE__PACE": "3"}
    assert origins(path, environment) == {"capture.pace": "ASSISTANT__CAPTURE__PACE"}
    assert read_settings(path, environment).capture.pace == 3.0
