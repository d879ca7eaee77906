"""The checks that make no sound: engines, models, folders, permissions, devices."""

from __future__ import annotations

import importlib
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import Settings
from assistant.health.findings import Check, Finding

if TYPE_CHECKING:
    from assistant.audio.portaudio import Kind

LEAST_FREE_MB = 50
SOUND_DEVICES = Path("/dev/snd")
ENGINE_PACKAGES = {"onnx": "onnxruntime", "torch": "torch"}


def recogniser_engine(settings: Settings) -> Finding:
    """The library that runs the recogniser can be loaded."""
    engine = settings.recognition.engine
    module = importlib.import_module(ENGINE_PACKAGES[engine])
    return Finding("ok", f"{engine}, {module.__name__} {getattr(module, '__version__', '')}")


def recogniser_model(settings: Settings) -> Finding:
    """The weights are there and are those that were made."""
    from assistant.recognition.weights import check, read_checksums
    from assistant.resources import resource

    folder = Path(settings.recognition.model or resource("recogniser"))
    names = list(read_checksums(folder))
    for name in names:
        check(folder, name)
    return Finding("ok", f"{folder}: {', '.join(names)}, hashes as expected")


def voice(settings: Settings) -> Finding:
    """The voice speaks."""
    from assistant.voice.engines import open_engine

    engine = open_engine(settings.voice)
    try:
        chunks = engine.speak("One.", settings.understanding.language, 1.0, 1.0)
        count = sum(len(chunk) for chunk in chunks)
    finally:
        engine.close()
    if settings.voice.engine == "none":
        return Finding("warn", "voice.engine is none: answers are not spoken", "set voice.engine")
    if not count:
        return Finding("fail", f"{settings.voice.engine} is silent", "install espeak-ng")
    return Finding("ok", f"{settings.voice.engine}, {engine.rate_hz} Hz")


def translation(settings: Settings) -> Finding:
    """The translator is installed. It may be missing: the rest works without."""
    from assistant.translation.engines import missing_sentence, open_engine

    name = settings.translation.engine
    engine = open_engine(settings.translation)
    try:
        pairs = engine.pairs()
    finally:
        engine.close()
    if not pairs:
        remedy = missing_sentence(name).partition(": ")[2]
        return Finding("ok" if name == "none" else "warn", f"{name}: translates nothing", remedy)
    return Finding("ok", f"{name}: {', '.join('–'.join(map(str, pair)) for pair in pairs)}")


def runtime_folder(settings: Settings) -> Finding:
    """The sockets' folder is ours alone."""
    folder = settings.runtime_folder
    finding = _writable(folder, "bus.folder")
    if finding.state == "ok" and folder.exists() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return Finding("warn", f"{folder} is open to others", f"chmod 700 {folder}")
    return finding


def state_folder(settings: Settings) -> Finding:
    """Timers and lists can be kept."""
    return _writable(settings.state_folder, "understanding.state")


def sound_permission(settings: Settings) -> Finding:
    """The sound cards, where there are any, may be used."""
    nodes = sorted(SOUND_DEVICES.glob("pcm*")) if SOUND_DEVICES.is_dir() else []
    if not nodes:
        return Finding("ok", "no sound card on this machine: a sound server's devices are used")
    if all(os.access(node, os.R_OK | os.W_OK) for node in nodes):
        return Finding("ok", f"{len(nodes)} devices in {SOUND_DEVICES}")
    remedy = "sudo usermod -aG audio $USER, then log in again; a service needs the group too"
    return Finding("fail", f"no access to {SOUND_DEVICES}", remedy)


def microphone(settings: Settings) -> Finding:
    """There is the microphone that the configuration names."""
    if settings.capture.source != "microphone":
        return Finding("ok", f"not used: capture.source is {settings.capture.source}")
    return _device(settings.capture.device, "input")


def speaker(settings: Settings) -> Finding:
    """There is the speaker that the configuration names."""
    if settings.playback.file or settings.playback.device == "none":
        return Finding("ok", f"not used: answers go to {settings.playback.file or 'nothing'}")
    return _device(settings.playback.device, "output")


def _device(wanted: str, kind: Kind) -> Finding:
    try:
        from assistant.audio.portaudio import SESSION
    except OSError as error:
        return Finding("fail", f"PortAudio: {error}", "sudo apt install libportaudio2")
    device = SESSION.find(wanted, kind)
    return Finding("ok", f"{device.name}, {device.rate_hz} Hz, {device.channels(kind)} channels")


def _writable(folder: Path, key: str) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding("fail", f"{existing} cannot be written", f"chown it, or set {key}")
    free_mb = shutil.disk_usage(existing).free // 2**20
    if free_mb < LEAST_FREE_MB:
        return Finding("fail", f"{existing}: {free_mb} MB free", "make room on the disk")
    return Finding("ok", f"{folder}, {free_mb:,} MB free")


CHECKS: dict[str, Check] = {
    "recogniser": recogniser_engine,
    "recogniser's weights": recogniser_model,
    "voice": voice,
    "translation": translation,
    "runtime folder": runtime_folder,
    "state folder": state_folder,
    "sound cards": sound_permission,
    "microphone": microphone,
    "speaker": speaker,
}
"""In the order in which they are shown."""
