"""Protects the system unit on a real systemd, booted in a container on this machine's files.

The container sees this machine's root through a throw-away overlay, the package and its
interpreter under ``/opt``, and no network. Stages are the toys of ``tests/supervision``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
UNIT = "/etc/systemd/system/assistant.service"
PYTHON = f"/opt/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
DROP_IN = f"""[Service]
ExecStart=
ExecStart={PYTHON} -m assistant run --config /opt/config.toml --pipeline toy_stages:TABLE
Environment=PYTHONPATH=/opt/src:/opt/site:/opt/src/tests/supervision
WatchdogSec=2
RestartSec=0
"""
PROBE = f"""[Service]
ExecStart=
ExecStart={PYTHON} /opt/src/tests/systemd/sandbox_probe.py
Environment=PYTHONPATH=/opt/src:/opt/site
Type=oneshot
WatchdogSec=0
Restart=no
"""
BOOT = """set -e
mount --make-rprivate /
mount --bind / "$1"
shift
exec systemd-nspawn "$@"
"""


def can_boot() -> bool:
    """Root, with namespaces and a control group of systemd's to hand."""
    tools = all(map(shutil.which, ("systemd-nspawn", "unshare", "nsenter")))
    groups = any(
        Path(p).is_dir() for p in ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/system.slice")
    )
    if not tools or os.geteuid() or not groups:
        return False
    return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_boot(), reason="needs root, systemd-nspawn and control groups"),
]


class Machine:
    """A booted container."""

    def __init__(self, folder: Path) -> None:
        root, log = folder / "root", folder / "boot.log"
        root.mkdir()
        for name, text in (("drop-in", DROP_IN), ("probe", PROBE), ("config.toml", "")):
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o644)
        unit = ROOT / "systemd" / "system" / "assistant.service"
        binds = {
            Path(sys.base_prefix): "/opt/python",
            Path(sysconfig.get_path("platlib")): "/opt/site",
            ROOT: "/opt/src",
            folder / "config.toml": "/opt/config.toml",
        }
        argv = ["unshare", "-m", "bash", "-c", BOOT, "boot", str(root)]
        argv += ["-q", "-D", str(root), "--volatile=overlay", "--register=no", "--keep-unit"]
        argv += ["--private-network", "--link-journal=no", "--console=pipe"]
        argv += [f"--bind-ro={source}:{target}" for source, target in binds.items()]
        argv += [f"--bind-ro={unit}:{UNIT}", f"--bind-ro={folder / 'drop-in'}:{UNIT}.d/test.conf"]
        argv += [f"--bind-ro={unit}:{UNIT.replace('assistant', 'probe')}"]
        argv += [f"--bind-ro={folder / 'probe'}:{UNIT.replace('assistant', 'probe')}.d/test.conf"]
        argv += ["--boot", "systemd.unit=basic.target"]
        with log.open("wb") as out:
            self._nspawn = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        self._log = log
        self.leader = self._find_leader()

    def _find_leader(self) -> int:
        """The process that is number one inside."""
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._nspawn.poll() is None:
            for pid in children.read_text().split():
                if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return int(pid)
            time.sleep(0.1)
        raise AssertionError(f"the container does not boot: {self._log.read_text()}")

    def run(self, *words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """A command inside."""
        argv = ["nsenter", "-t", str(self.leader), "-a", *words]
        return subprocess.run(argv, capture_output=True, text=True, timeout=timeout_s)

    def show(self, key: str, unit: str = "assistant") -> str:
        """A property of the unit."""
        return self.run("systemctl", "show", "-P", key, unit).stdout.strip()

    def journal(self, unit: str = "assistant") -> str:
        return self.run("journalctl", "-u", unit, "--no-pager", "-o", "cat").stdout

    def wait_for(self, key: str, accepts: object, timeout_s: float = 30) -> str:
        """Until the property is (or, for a callable, passes) ``accepts``."""
        deadline = time.monotonic() + timeout_s
        while True:
            value = self.show(key)
            if accepts(value) if callable(accepts) else value == accepts:
                return value
            assert time.monotonic() < deadline, f"{key} = {value}\n{self.journal()}"
            time.sleep(0.2)

    def off(self) -> None:
        """Pull the plug."""
        os.kill(self.leader, 9)
        self._nspawn.wait(20)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("machine"))
    deadline = time.monotonic() + 60
    while made.run("systemctl", "is-system-running").stdout.strip() not in {"running", "degraded"}:
        assert time.monotonic() < deadline, "the container does not come up"
        time.sleep(0.2)
    yield made
    made.off()


def test_the_sandbox_leaves_what_the_stages_need_and_nothing_else(machine: Machine) -> None:
    """Models, sound, keys, programs and state work under the unit's restrictions."""
    machine.run("systemctl", "start", "probe")
    lines = machine.journal("probe").splitlines()
    results = [line for line in lines if ": ok" in line or "Traceback" in line]
    assert len(results) == 8 and all(line.endswith(": ok") for line in results), "\n".join(lines)


def test_the_service_lives_through_crash_hang_and_reload(machine: Machine) -> None:
    """Ready, killed, frozen, reloaded, stopped: each as a service should."""
    started = machine.run("systemctl", "start", "assistant")
    assert started.returncode == 0, machine.journal()
    assert machine.show("ActiveState") == "active"
    assert "ready" in machine.show("StatusText")

    first = machine.show("MainPID")
    machine.run("kill", "-KILL", first)
    second = machine.wait_for("MainPID", lambda pid: pid not in {"0", first})
    machine.wait_for("ActiveState", "active")

    machine.run("kill", "-STOP", second)
    third = machine.wait_for("MainPID", lambda pid: pid not in {"0", second})
    machine.wait_for("ActiveState", "active")
    assert "Watchdog timeout" in machine.journal()

    assert machine.run("systemctl", "reload", "assistant").returncode == 0
    time.sleep(3)  # longer than the watchdog's period
    assert machine.show("MainPID") == third
    assert machine.show("NRestarts") == "2"

    begin = time.monotonic()
    machine.run("systemctl", "stop", "assistant")
    assert time.monotonic() - begin < 3
    assert machine.show("ActiveState") == "inactive"
    assert machine.show("ExecMainStatus") == "0"
    assert machine.show("Result") == "success"


def test_a_fault_in_the_settings_is_not_tried_again(machine: Machine) -> None:
    """Exit code 2 ends in ``failed`` with its sentence in the journal, not in a loop."""
    override = "/run/systemd/system/assistant.service.d"
    machine.run("mkdir", "-p", override)
    text = "[Service]\nEnvironment=ASSISTANT__VOICE__SPEED=99\n"
    machine.run("bash", "-c", f"echo -e '{text}' > {override}/fault.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "reset-failed", "assistant")
    assert machine.run("systemctl", "start", "assistant").returncode != 0
    assert machine.wait_for("ActiveState", "failed")
    assert machine.show("ExecMainStatus") == "2"
    assert machine.show("NRestarts") == "0"
    assert "ASSISTANT__VOICE__SPEED: voice.speed = 99" in machine.journal()
