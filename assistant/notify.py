"""What systemd is told: ready, alive, reloading, stopping (``sd_notify``).

Without systemd (no ``NOTIFY_SOCKET``) nothing happens.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import sdnotify

from assistant.errors import ConfigError


class Notifier:
    """Speaks to the service manager that started this process, if one did."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._watchdog_s = watchdog_s(environment)
        self._next_at = 0.0
        there = "NOTIFY_SOCKET" in environment
        self._notifier = sdnotify.SystemdNotifier() if there else None

    def ready(self, text: str) -> None:
        """All stages are ready."""
        self._send(f"READY=1\nSTATUS={text}\nMAINPID={os.getpid()}")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={text}")

    def reloading(self) -> None:
        """Settings are read again; ``ready`` ends it."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """An ordered shutdown has begun."""
        self._send("STOPPING=1")

    def alive(self, now: float) -> None:
        """Feed the watchdog, at most three times in its period; ``now`` is monotonic."""
        if self._watchdog_s and now >= self._next_at:
            self._next_at = now + self._watchdog_s / 3
            self._send("WATCHDOG=1")

    def _send(self, state: str) -> None:
        if self._notifier:
            self._notifier.notify(state)


def watchdog_s(environment: Mapping[str, str]) -> float:
    """Seconds after which systemd wants a sign of life; 0: it does not.

    Raises:
        ConfigError: ``WATCHDOG_USEC`` is not a number.
    """
    text = environment.get("WATCHDOG_USEC", "0")
    if not text.isdigit():
        raise ConfigError([f"WATCHDOG_USEC = {text!r}: expected microseconds, as systemd sets it"])
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(text) / 1e6
