"""``assistant devices``: microphones and speakers, and which of them are used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.config import Settings
from assistant.errors import AudioError

if TYPE_CHECKING:
    from assistant.audio.portaudio import Kind

NAMES = {"input": "microphone", "output": "speaker"}


@click.command()
@config_option
@json_option
def devices(config: Path | None, as_json: bool) -> None:
    """List microphones and speakers.

    \b
    Example:
      assistant devices
    A device is chosen by part of its name: capture.device, playback.device.
    """
    settings = settings_of(config)
    found = list_devices(settings)
    if as_json:
        for facts in found:
            print_json(facts)
        return
    _print_table(found)
    for key, wanted, kind in _wanted(settings):
        if found and not any(kind in facts["chosen"] for facts in found):
            missing = f" = {wanted!r}: none of these" if wanted else f": no {NAMES[kind]} here"
            click.echo(f"assistant: {key}{missing}", err=True)


def list_devices(settings: Settings) -> list[dict[str, Any]]:
    """Facts of each device, ready for JSON.

    Raises:
        AudioError: PortAudio is not installed.
    """
    try:
        from assistant.audio.portaudio import SESSION
    except OSError as error:
        raise AudioError(f"PortAudio cannot be loaded ({error}): install libportaudio2") from error
    kinds: tuple[Kind, Kind] = ("input", "output")
    defaults = {kind: SESSION.default(kind) for kind in kinds}
    chosen = {kind: _chosen(wanted, kind) for _, wanted, kind in _wanted(settings)}
    return [
        {
            **device._asdict(),
            "default": [kind for kind in kinds if device == defaults[kind]],
            "chosen": [kind for kind in kinds if device.number == chosen[kind]],
        }
        for device in SESSION.devices()
    ]


def _wanted(settings: Settings) -> list[tuple[str, str, Kind]]:
    return [
        ("capture.device", settings.capture.device, "input"),
        ("playback.device", settings.playback.device, "output"),
    ]


def _chosen(wanted: str, kind: Kind) -> int:
    from assistant.audio.portaudio import SESSION

    try:
        return SESSION.find(wanted, kind).number
    except AudioError:
        return -1


def _print_table(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    if not found:
        click.echo("No devices. Is a sound server running? `assistant doctor` says more.")
        return
    table = Table(
        "",
        Column("Name", overflow="fold"),
        "Through",
        "Inputs",
        "Outputs",
        "Rate",
        "Default",
        "Used as",
    )
    for facts in found:
        table.add_row(
            str(facts["number"]),
            facts["name"],
            facts["host"],
            str(facts["inputs"] or "–"),
            str(facts["outputs"] or "–"),
            f"{facts['rate_hz']} Hz",
            ", ".join(NAMES[kind] for kind in facts["default"]),
            ", ".join(NAMES[kind] for kind in facts["chosen"]),
        )
    Console().print(table)
