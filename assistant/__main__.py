"""The way in: ``assistant COMMAND``. Commands are imported only when they are used."""

from __future__ import annotations

import importlib
import os
import sys

import click

from assistant import __version__
from assistant.errors import AssistantError

COMMANDS = {
    "run": "daemon:run",
    "demo": "demo:demo",
    "listen": "listen:listen",
    "say": "say:say",
    "translate": "translate:translate",
    "explain": "explain:explain",
    "replay": "replay:replay",
    "events": "client:events",
    "status": "client:status",
    "mute": "client:mute",
    "unmute": "client:unmute",
    "stop": "client:stop",
    "send": "client:send",
    "devices": "devices:devices",
    "doctor": "doctor:doctor",
    "sentences": "sentences:sentences",
    "config": "config:config",
    "models": "models:models",
    "keys": "keys:keys",
    "train": "train:train",
    "evaluate": "evaluate:evaluate",
    "export": "export:export",
    "stage": "daemon:stage",
}
"""Name of each command and the function in ``assistant.commands`` that it is."""


INTERRUPTED = 130
"""Exit code of what was ended by Ctrl-C, as shells give it."""


class Commands(click.Group):
    """A group that imports a command when it is called for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, function = COMMANDS[name].split(":")
        command = getattr(importlib.import_module(f"assistant.commands.{module}"), function)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="assistant")
def cli() -> None:
    """Listens, understands, acts and answers, on this computer alone."""


def main() -> None:
    """Run the command line; faults become one sentence and an exit code."""
    try:
        code = cli(standalone_mode=False, prog_name="assistant")
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        code = fail([_with_help(error)], error.exit_code)
    except AssistantError as error:
        code = fail(str(error).splitlines(), error.exit_code)
    except click.Abort:
        code = INTERRUPTED
    except BrokenPipeError:
        # whoever read has seen enough; the interpreter must not try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def fail(lines: list[str], code: int) -> int:
    """Tell on standard error; the exit code."""
    for line in lines:
        print(f"assistant: {line}", file=sys.stderr)
    return code


def _with_help(error: click.ClickException) -> str:
    """Click's sentence in one line, and where to read how it is done."""
    sentence = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{sentence} See `{context.command_path} --help`." if context else sentence


if __name__ == "__main__":
    main()
