"""Protects what systemd is told, over a real socket."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from assistant.errors import ConfigError
from assistant.notify import Notifier, watchdog_s


def test_the_watchdog_is_fed_in_time_and_not_too_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three signs of life in each period, whatever the loop's own pace."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(0.1)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "3000000"})
        for step in range(100):
            notifier.alive(100 + step * 0.1)
        got = []
        with pytest.raises(TimeoutError):
            while True:
                got.append(manager.recv(100))
    assert set(got) == {b"WATCHDOG=1"}
    assert 9 <= len(got) <= 11


def test_without_systemd_nothing_happens() -> None:
    """No socket, no watchdog: every notification is harmless."""
    notifier = Notifier({})
    notifier.ready("x")
    notifier.alive(1e9)
    notifier.stopping()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "1500000"}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, 0.0),
    ],
)
def test_the_watchdog_s_period(environment: dict[str, str], expected: float) -> None:
    """Only when it is meant for this process."""
    assert watchdog_s(environment) == expected


def test_a_senseless_period_is_one_sentence() -> None:
    """Set by hand and wrongly: which variable, and what was expected."""
    with pytest.raises(ConfigError, match="WATCHDOG_USEC = 'soon'"):
        watchdog_s({"WATCHDOG_USEC": "soon"})
