"""Where each stage is, and so by which address it is reached: a pure map.

A neighbour in the same process is reached by ``inproc``, in another process of this
machine by ``ipc`` (a socket in the runtime folder), on another machine by ``tcp``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from assistant.config import Settings
from assistant.errors import BusError, ConfigError
from assistant.pipeline import Table

LONGEST_SOCKET_PATH = 107
"""Bytes that the kernel takes for the path of a Unix socket."""


class Places:
    """Addresses of the doors, seen from one daemon.

    Args:
        table: the pipeline.
        here: stages that this daemon runs; None: all that have no tcp address.

    Raises:
        ConfigError: an unknown stage, or one that cannot be reached from another machine.
    """

    def __init__(self, settings: Settings, table: Table, here: Iterable[str] | None = None) -> None:
        self._folder = settings.runtime_folder
        self._placement = {name: _placement(settings, name) for name in table}
        self.table = table
        chosen = set(here) if here is not None else {n for n in table if not self._has_tcp(n)}
        if unknown := sorted(chosen - set(table)):
            known = ", ".join(table)
            raise ConfigError(
                [f"--stages: no stage {name!r}; known are {known}" for name in unknown]
            )
        self.here = [name for name in table if name in chosen]
        """Stages of this daemon, in the order in which sound travels."""
        if faults := list(self._unreachable()):
            raise ConfigError(faults)

    def is_process(self, name: str) -> bool:
        """Runs in a process of its own, on this machine."""
        return name in self.here and self._placement[name] == "process"

    @property
    def any_process(self) -> bool:
        """Some stage of this daemon runs in a process of its own."""
        return any(self.is_process(name) for name in self.here)

    @property
    def any_tcp(self) -> bool:
        """Some stage is reached over the network."""
        return any(self._has_tcp(name) for name in self._placement)

    def placement(self, name: str) -> str:
        """``thread``, ``process`` or the tcp address, as configured."""
        return self._placement[name]

    def door(self, name: str) -> list[str]:
        """Addresses that the door of the stage ``name`` is bound to."""
        if self.is_process(name):
            return [self._ipc(name)]
        addresses = [f"inproc://{name}"]
        if self.any_process:
            addresses.append(self._ipc(name))
        if self._has_tcp(name):
            addresses.append(self._placement[name])
        return addresses

    def outlet(self, sender: str, receiver: str) -> str:
        """Address at which ``sender`` reaches the door of ``receiver``; "" is the daemon itself."""
        if receiver not in self.here:
            return self._placement[receiver]
        if (sender and self.is_process(sender)) or self.is_process(receiver):
            return self._ipc(receiver)
        return f"inproc://{receiver}"

    def hub(self, channel: str, sender: str = "") -> str:
        """Address of the hub's ``channel`` for the stage ``sender`` ("": a thread)."""
        if sender and self.is_process(sender):
            return self._ipc(f"hub-{channel}")
        return f"inproc://hub-{channel}"

    def hub_door(self, channel: str) -> list[str]:
        """Addresses that the hub's ``channel`` is bound to for stages."""
        inner = [f"inproc://hub-{channel}"]
        return [*inner, self._ipc(f"hub-{channel}")] if self.any_process else inner

    def client(self, channel: str) -> str:
        """Address at which clients of this machine find ``control`` and ``tap``."""
        return client_address(self._folder, channel)

    def _has_tcp(self, name: str) -> bool:
        return self._placement[name].startswith("tcp://")

    def _ipc(self, name: str) -> str:
        return f"ipc://{self._folder / name}.ipc"

    def _unreachable(self) -> Iterable[str]:
        for name in self._placement:
            if name not in self.here and not self._has_tcp(name) and self._joins_here(name):
                yield (
                    f"pipeline.{name} = {self._placement[name]!r}: it is not run here, so a "
                    "tcp://host:port of the machine that runs it was expected"
                )
        for sender, entry in self.table.items():
            for receiver in {route.to for route in entry.routes}:
                if (
                    sender not in self.here
                    and receiver in self.here
                    and not self._has_tcp(receiver)
                ):
                    yield (
                        f"pipeline.{receiver} = {self._placement[receiver]!r}: {sender} sends "
                        "to it from another machine, so this machine's tcp://host:port was expected"
                    )

    def _joins_here(self, name: str) -> bool:
        """Some stage of this daemon sends to ``name``."""
        return any(route.to == name for here in self.here for route in self.table[here].routes)


def client_address(folder: Path, channel: str) -> str:
    """Address of a channel for clients of this machine."""
    return f"ipc://{folder / channel}.ipc"


def prepare_folder(folder: Path) -> None:
    """Make the folder of the sockets, for this user alone.

    Raises:
        BusError: it cannot be made, belongs to someone else, or its path is too long.
    """
    longest = len(os.fsencode(folder / "hub-interrupts.ipc"))
    if longest > LONGEST_SOCKET_PATH:
        raise BusError(
            f"{folder}: too long for sockets ({longest} bytes, {LONGEST_SOCKET_PATH} is the most); "
            "set bus.folder to a shorter path"
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
            raise BusError(f"{folder}: not a folder of this user; set bus.folder to one that is")
        folder.chmod(0o700)
    except OSError as error:
        raise BusError(f"{folder}: cannot hold the sockets: {error.strerror}") from error


def _placement(settings: Settings, name: str) -> str:
    """Stages that the configuration does not know (of another table) run as threads."""
    value: str = getattr(settings.pipeline, name, "thread")
    return value
