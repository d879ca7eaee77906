"""Apertium (Debian: apertium, apertium-eng-spa): rule-based translation in its own processes.

The ``apertium`` command loads its dictionaries for every call: 280 ms. Here the programs of
a language pair's mode file are kept running with ``-z``, in which a null character flushes
the whole chain: a sentence then takes 1 to 3 ms (the first 300 ms). A chain is made when it
is first needed and ended when it has rested.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

from assistant.translation.engines import CannotTranslate, Pair
from assistant.translation.languages import code_of, long_code

DEFAULT_MODES = "/usr/share/apertium/modes"
LONGEST_ANSWER_BYTES = 1 << 20
_SPECIAL = re.compile(r"([\\\[\]{}^$/@<>])")
"""Signs of Apertium's stream format."""
_ESCAPED = re.compile(r"\\(.)")
_BOUNDARY = "[][\n]"
"""What the text formatter puts behind a text: an empty and a line-end blank."""
_KILL_S = 0.5


class Apertium:
    """See the module.

    Args:
        modes: folder of the mode files; empty: Debian's, or that of ``APERTIUM_DATADIR``.
    """

    longest_characters = 2000

    def __init__(self, modes: str = "") -> None:
        data = os.environ.get("APERTIUM_DATADIR")
        self._modes = Path(modes or (Path(data) / "modes" if data else DEFAULT_MODES))
        self._chains: dict[Pair, _Chain] = {}

    def pairs(self) -> list[Pair]:
        """Pairs whose mode file is there, as ``apertium -l`` lists them."""
        if shutil.which("apertium-transfer") is None:
            return []
        found = []
        for path in sorted(self._modes.glob("*-*.mode")):
            source, _, target = path.stem.partition("-")
            pair = code_of(source), code_of(target)
            if all(pair) and path.stem == "-".join(map(long_code, pair)):
                found.append(pair)
        return found

    def translate(self, text: str, pair: Pair, timeout_s: float) -> str:
        """See ``TranslationEngine``; a chain that has died is made anew, once."""
        data = _SPECIAL.sub(r"\\\1", text.replace("\0", " ")) + _BOUNDARY
        deadline = time.monotonic() + timeout_s
        for _ in range(2):
            try:
                answer = self._chain(pair).ask(data.encode("utf-8", "replace"), deadline)
            except TimeoutError as error:
                self._drop(pair)
                raise CannotTranslate("The translation took too long.") from error
            except OSError:
                self._drop(pair)
                continue
            plain, boundary, _ = answer.decode("utf-8", "replace").rpartition(_BOUNDARY)
            if boundary:
                return _ESCAPED.sub(r"\1", plain)
            self._drop(pair)  # a program has died, and what follows it has flushed
        raise CannotTranslate("The translation failed: Apertium ended without an answer.")

    def rest(self) -> None:
        """End all chains: a chain holds some 100 MB."""
        for pair in list(self._chains):
            self._drop(pair)

    def close(self) -> None:
        """End all chains."""
        self.rest()

    def _chain(self, pair: Pair) -> _Chain:
        if pair not in self._chains:
            path = self._modes / f"{long_code(pair[0])}-{long_code(pair[1])}.mode"
            self._chains[pair] = _Chain(read_mode(path.read_text(encoding="utf-8")))
        return self._chains[pair]

    def _drop(self, pair: Pair) -> None:
        chain = self._chains.pop(pair, None)
        if chain:
            chain.close()


def read_mode(text: str) -> list[list[str]]:
    """The commands of a mode file (``program option file | …``), each with null flush.

    ``$1`` stands for how words are generated: ``-n``, unknown ones without a mark.
    """
    options = {"$1": "-n", "$2": ""}
    commands = []
    for part in text.strip().split("|"):
        words = [options.get(word, word) for word in shlex.split(part)]
        program, *rest = [word for word in words if word]
        commands.append([program, "-z", *rest])
    return commands


class _Chain:
    """Programs joined by pipes, in a process group of their own.

    They end by themselves when the daemon is gone, since their input then ends.
    """

    def __init__(self, commands: list[list[str]]) -> None:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        self._processes: list[subprocess.Popen[bytes]] = []
        group: int | None = 0
        source: int = subprocess.PIPE
        try:
            for command in commands:
                process = subprocess.Popen(
                    command,
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                    process_group=group,
                )
                self._processes.append(process)
                if source != subprocess.PIPE:
                    os.close(source)
                assert process.stdout is not None
                source = os.dup(process.stdout.fileno())
                process.stdout.close()
                group = self._processes[0].pid
        except OSError:
            self.close()
            raise
        assert self._processes[0].stdin is not None
        self._input, self._output = self._processes[0].stdin.fileno(), source
        os.set_blocking(self._input, False)

    def ask(self, data: bytes, deadline: float) -> bytes:
        """The answer to ``data``; both end with a null character, which is not part of them.

        Raises:
            TimeoutError: no whole answer before ``deadline`` (monotonic).
            OSError: a program has ended.
        """
        data += b"\0"
        answer = bytearray()
        while not answer.endswith(b"\0"):
            wait_s = deadline - time.monotonic()
            writing = [self._input] if data else []
            ready = select.select([self._output], writing, [], max(wait_s, 0))
            if wait_s <= 0 or len(answer) > LONGEST_ANSWER_BYTES:
                raise TimeoutError
            if ready[1]:
                data = data[os.write(self._input, data) :]
            if ready[0]:
                piece = os.read(self._output, 65536)
                if not piece:
                    raise BrokenPipeError
                answer += piece
        return bytes(answer[:-1])

    def close(self) -> None:
        """End the programs: kindly, then not."""
        if not self._processes:
            return
        with contextlib.suppress(OSError):
            if self._processes[0].stdin:
                self._processes[0].stdin.close()
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + _KILL_S
        for process in self._processes:
            try:
                process.wait(max(deadline - time.monotonic(), 0.01))
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                process.wait()
        if hasattr(self, "_output"):
            os.close(self._output)
        self._processes = []

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._processes[0].pid, number)
