"""Protects the units: valid, and as closed as the README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parent.parent.parent / "systemd"
MOST_EXPOSED = {"system": 2.5, "user": 7.0}
"""Of 10; a user's own manager cannot close more."""

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed here"
)


@pytest.fixture(params=["system", "user"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The unit as installed, with a command that exists on this machine."""
    text = (UNITS / request.param / "assistant.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=\S+/assistant run", text, re.MULTILINE)
    installed = tmp_path / "assistant.service"
    command = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE)
    installed.write_text(command, encoding="utf-8")
    return request.param, installed


def analyze(scope: str, *words: str, runtime: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", f"--{scope}", "--no-pager", *words],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(runtime), "HOME": str(runtime)},
        timeout=60,
    )


def test_units_are_valid(unit: tuple[str, Path], tmp_path: Path) -> None:
    """Every key is known to systemd, and nothing is warned about."""
    scope, path = unit
    found = analyze(scope, "verify", "--man=no", str(path), runtime=tmp_path)
    about_ours = [line for line in found.stderr.splitlines() if "assistant.service" in line]
    assert (found.returncode, about_ours) == (0, [])


def test_units_are_closed(unit: tuple[str, Path], tmp_path: Path) -> None:
    """systemd's own measure of exposure stays under the mark."""
    scope, path = unit
    found = analyze(scope, "security", "--offline=true", str(path), runtime=tmp_path)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)
    assert level, found.stderr
    assert float(level[1]) < MOST_EXPOSED[scope]


def test_the_watchdog_is_longer_than_the_daemon_s_own_patience() -> None:
    """A stage that hangs is mended by the supervisor; systemd mends the supervisor."""
    for scope in MOST_EXPOSED:
        text = (UNITS / scope / "assistant.service").read_text(encoding="utf-8")
        facts = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
        assert facts["Type"] == "notify"
        assert int(facts["WatchdogSec"]) > 10
        assert int(facts["TimeoutStopSec"]) > 2
        assert facts["RestartPreventExitStatus"] == "2"
