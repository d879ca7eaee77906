"""Every command explains itself, and says in one line what was wrong with its use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assistant.__main__ import cli, main


def every_command(group: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of each command that is shown, groups included."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not command.hidden:
            yield (*words, name)
        if isinstance(command, click.Group):
            yield from every_command(command, *words, name)


COMMANDS = [" ".join(words) for words in every_command(cli)]


class Typed:
    """What came of a typed command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str) -> None:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
            patch.setattr("sys.argv", ["assistant", *words])
            main()
        self.code = left.value.code
        self.out, self.err = capsys.readouterr()


@pytest.mark.parametrize("command", COMMANDS)
def test_its_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` says what it does and shows a line that can be typed."""
    typed = Typed(capsys, *command.split(), "--help")
    assert typed.code in (0, None)
    assert "Example" in typed.out
    assert f"assistant {command.split()[0]}" in typed.out.split("Example")[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_use_is_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An option that there is not: exit code 2, what was wrong, and where to read on."""
    typed = Typed(capsys, *command.split(), "--no-such-option")
    assert typed.code == 2
    assert typed.out == ""
    assert typed.err.count("\n") == 1
    assert "--no-such-option" in typed.err and f"`assistant {command} --help`" in typed.err


def test_a_command_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    """The same for the command itself."""
    typed = Typed(capsys, "dance")
    assert (typed.code, typed.out) == (2, "")
    assert "dance" in typed.err and typed.err.count("\n") == 1


def test_a_configuration_with_faults_is_a_line_each(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """All faults at once, whatever the command."""
    config = tmp_path / "config.toml"
    config.write_text("[voice]\nspeed = 99\n[bus]\nbeat_s = 'x'\n[sound]\nx = 1\n")
    for command in ("run", "status", "config check", "explain x"):
        typed = Typed(capsys, *command.split(), "--config", str(config))
        assert typed.code == 2
        assert len(typed.err.splitlines()) == 3, typed.err
        assert all(str(config) in line for line in typed.err.splitlines())
