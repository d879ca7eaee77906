"""Commands to a running daemon: status, events, mute, unmute, stop, send."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.config import Settings
from assistant.errors import AssistantError

LOOK_S = 1.0


@click.command()
@config_option
@json_option
def status(config: Path | None, as_json: bool) -> None:
    """Show the state of the daemon and its stages.

    \b
    Example:
      assistant status --json
    """
    facts = ask(settings_of(config), "status")
    if as_json:
        print_json(facts)
        return
    flags = ["ready" if facts["ready"] else "not ready", *(["muted"] if facts["muted"] else [])]
    click.echo(
        f"{', '.join(flags)}; process {facts['pid']}, up {duration(facts['uptime_s'])}, "
        f"{facts['rss_mb']:.0f} MB"
    )
    for name, stage in facts["stages"].items():
        click.echo(f"  {name:14} {stage_line(stage)}")


def stage_line(stage: dict[str, Any]) -> str:
    """State, place, and what is worth a look, of one stage."""
    parts = [f"{stage['state']:9} {stage['placement']:8} for {duration(stage['since_s'])}"]
    if stage["restarts"]:
        parts.append(f"restarted {stage['restarts']} times")
    parts += [f"{count} dropped: {route}" for route, count in stage["dropped"].items()]
    return ", ".join(filter(None, [*parts, stage["detail"]]))


@click.command()
@config_option
@json_option
@click.option("--kind", multiple=True, help="Only events of this kind; repeatable.")
def events(config: Path | None, as_json: bool, kind: tuple[str, ...]) -> None:
    """Show what happens, live, until interrupted.

    \b
    Example:
      assistant events --kind final --kind intent
    """
    from assistant.bus import Tap, client_address
    from assistant.daemon import is_running

    folder = running_folder(settings_of(config))
    with Tap(client_address(folder, "tap")) as tap, suppress(KeyboardInterrupt):
        while (event := tap.next(LOOK_S)) is not None or is_running(folder):
            if event is None or (kind and event.kind not in kind):
                continue
            if as_json:
                print_json(event_facts(event))
            else:
                click.echo(event_line(event))


def event_facts(event: Any) -> dict[str, Any]:
    """An event as JSON: its facts beside what all events have."""
    head = {"kind": event.kind, "stage": event.stage, "utterance": event.utterance}
    return head | {"sample": event.sample, "at": event.at, "facts": event.facts}


def event_line(event: Any) -> str:
    """An event for a person."""
    facts = " ".join(f"{key}={value!r}" for key, value in event.facts.items() if value != "")
    return f"{event.at:12.3f}  {event.stage:14} {event.kind:12} {facts}"


@click.command()
@config_option
@json_option
def mute(config: Path | None, as_json: bool) -> None:
    """Close the microphone.

    \b
    Example:
      assistant mute
    """
    done(ask(settings_of(config), "mute"), as_json, "muted")


@click.command()
@config_option
@json_option
def unmute(config: Path | None, as_json: bool) -> None:
    """Open the microphone again.

    \b
    Example:
      assistant unmute
    """
    done(ask(settings_of(config), "unmute"), as_json, "listening")


@click.command()
@config_option
@json_option
def stop(config: Path | None, as_json: bool) -> None:
    """Silence the answer, alarms and ringing at once; the daemon goes on.

    \b
    Example:
      assistant stop
    """
    done(ask(settings_of(config), "stop"), as_json, "stopped")


@click.command()
@config_option
@json_option
@click.argument("text", nargs=-1, required=True)
def send(config: Path | None, as_json: bool, text: tuple[str, ...]) -> None:
    """Type a command instead of speaking it.

    \b
    Example:
      assistant send set a timer for ten minutes
    """
    settings = settings_of(config)
    done(ask(settings, "send", {"text": " ".join(text)}), as_json, "sent")


def done(facts: dict[str, Any], as_json: bool, word: str) -> None:
    """Say that it was done."""
    if as_json:
        print_json(facts)
    else:
        click.echo(word)


def ask(
    settings: Settings, command: str, arguments: dict[str, object] | None = None
) -> dict[str, Any]:
    """The facts of the daemon's reply.

    Raises:
        AssistantError: no daemon runs, or it refuses.
    """
    from assistant.bus import Control, client_address

    folder = running_folder(settings)
    with Control(client_address(folder, "control")) as control:
        reply = control.ask(command, arguments)
    if not reply.ok:
        raise AssistantError(f"{command}: {reply.error}")
    return reply.facts


def running_folder(settings: Settings) -> Path:
    """Folder of the sockets of the daemon that runs.

    Raises:
        AssistantError: none runs.
    """
    from assistant.daemon import is_running

    folder = settings.runtime_folder
    if not is_running(folder):
        raise AssistantError(f"no daemon runs in {folder}; start one with `assistant run`")
    return folder


def duration(seconds: float) -> str:
    """``3 d 4 h``, ``5 min``, ``12 s``: the two largest units."""
    left, parts = int(seconds), list[str]()
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if left >= length or (unit == "s" and not parts):
            parts.append(f"{left // length} {unit}")
            left %= length
    return " ".join(parts[:2])
