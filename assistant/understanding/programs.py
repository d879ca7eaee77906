"""The user's programs: run with a time limit, and their output with a bound."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time

from assistant.errors import SkillError

LOOK_S = 0.05
"""So often it is looked at whether a program has ended whose output somebody else holds open."""


def run_program(argv: list[str], timeout_s: float, longest_bytes: int) -> str:
    """What ``argv`` prints, at most ``longest_bytes`` of it; the rest is thrown away.

    It is over when the program itself ends: what it has started may live on and keep its
    output open. One that is too slow is killed with all that it has started.

    Raises:
        SkillError: it cannot be started, fails, or is too slow.
    """
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        reason = getattr(error, "strerror", None) or error
        name = argv[0] if argv else "a program without a name"
        raise SkillError(f"{name} could not be started: {reason}.") from error
    with process:
        try:
            output = _output(process, time.monotonic() + timeout_s, longest_bytes)
        except TimeoutError as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise SkillError(f"{argv[0]} did not finish within {timeout_s:g} seconds.") from error
    if process.returncode:
        raise SkillError(f"{argv[0]} failed with code {process.returncode}.")
    return output.decode("utf-8", "replace")


def _output(process: subprocess.Popen[bytes], deadline: float, longest_bytes: int) -> bytes:
    """What it prints until it ends.

    Raises:
        TimeoutError: it has not ended by ``deadline``, monotonic.
    """
    assert process.stdout is not None
    output = bytearray()
    is_open = True
    while process.poll() is None or is_open:
        ended = process.returncode is not None
        wait_s = 0.0 if ended else min(deadline - time.monotonic(), LOOK_S)
        if wait_s < 0:
            raise TimeoutError
        if not is_open:
            time.sleep(wait_s)
        elif select.select([process.stdout], [], [], wait_s)[0]:
            piece = os.read(process.stdout.fileno(), 65_536)
            output += piece[: longest_bytes - len(output)]
            is_open = bool(piece)
        elif ended:
            break
    return bytes(output)
