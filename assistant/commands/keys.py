"""``assistant keys``: the CURVE keys with which machines recognise each other."""

from __future__ import annotations

from pathlib import Path

import click

from assistant.commands.options import config_option, json_option, print_json, settings_of


@click.group()
def keys() -> None:
    """Make and show the keys that connections between machines need.

    \b
    Example:
      assistant keys new
    """


@keys.command()
@config_option
@json_option
def new(config: Path | None, as_json: bool) -> None:
    """Make this machine's pair of keys.

    \b
    Example:
      assistant keys new
    """
    from assistant.bus import new_pair
    from assistant.keys import write_keys

    made = write_keys(settings_of(config).keys_folder, *new_pair())
    if as_json:
        print_json({"public": made.public.decode(), "folder": str(made.folder)})
        return
    click.echo(f"{made.public.decode()}\nkeys are in {made.folder}")


@keys.command()
@config_option
@json_option
def show(config: Path | None, as_json: bool) -> None:
    """Show this machine's public key and the peers that are let in.

    \b
    Example:
      assistant keys show
    """
    from assistant.keys import read_keys

    found = read_keys(settings_of(config).keys_folder)
    peers = {host: key.decode() for host, key in found.authorised().items()}
    if as_json:
        print_json({"public": found.public.decode(), "authorised": peers})
        return
    click.echo(f"{found.public.decode()}  this machine")
    for host, key in peers.items():
        click.echo(f"{key}  {host}")
    click.echo(f"a peer is let in by a line `PUBLIC-KEY HOST` in {found.folder / 'authorised'}")
