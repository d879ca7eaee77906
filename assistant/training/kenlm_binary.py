"""KenLM's binary files: its ``build_binary``, compiled from the source package, and its use.

The Python packages of KenLM read these files but do not write them. The compiler is all that
is needed: neither CMake nor Boost.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import ModelError
from assistant.training.ngrams import Model, write_arpa

SOURCE = "kenlm==0.3.0"
MOST_WORDS = 6
"""Highest order of a model, as compiled into flashlight-text."""
_FOLDERS = ("util/double-conversion", "util", "lm")


def write_binary(
    model: Model, vocabulary: Sequence[str], path: Path, work: Path, bits: int = 8
) -> None:
    """``model`` as a quantised trie, ``bits`` to a probability and to a back-off weight.

    Raises:
        ModelError: ``build_binary`` cannot be made, or refuses the model.
    """
    arpa = work / f"{path.stem}.arpa"
    work.mkdir(parents=True, exist_ok=True)
    write_arpa(model, vocabulary, arpa)
    written = path.with_suffix(".part")
    options = ["-q", str(bits), "-b", str(bits), "-a", "255", "-T", str(work / "sort")]
    _run([str(builder(work)), *options, "trie", str(arpa), str(written)])
    written.rename(path)
    arpa.unlink()


def builder(work: Path) -> Path:
    """KenLM's ``build_binary`` in ``work``, compiled there the first time (half a minute).

    The source is fetched with pip unless ``work/kenlm`` has its archive already.

    Raises:
        ModelError: the source cannot be fetched, or there is no working C++ compiler.
    """
    binary = work / "kenlm" / "build_binary"
    if binary.exists():
        return binary
    source = _source(work / "kenlm")
    files = [source / "lm/build_binary_main.cc"]
    for folder in _FOLDERS:
        names = sorted((source / folder).glob("*.cc"))
        files += [name for name in names if not name.stem.endswith(("_main", "_test"))]
    flags = ["-O2", "-DNDEBUG", f"-DKENLM_MAX_ORDER={MOST_WORDS}", "-std=c++11", f"-I{source}"]
    part = binary.with_suffix(".part")
    _run(["g++", *flags, *map(str, files), "-o", str(part), "-lrt", "-lpthread"])
    part.rename(binary)
    return binary


def _source(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{SOURCE.replace('==', '-')}.tar.gz"
    if not archive.exists():
        options = ["--quiet", "--no-deps", "--no-binary", "kenlm", "--dest", str(folder)]
        _run([sys.executable, "-m", "pip", "download", *options, SOURCE])
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return archive.with_suffix("").with_suffix("")


def _run(command: list[str]) -> None:
    what = f"building KenLM's files with `{command[0]}`"
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise ModelError(
            f"{what}: {error.strerror}; install it (Debian: g++, python3-pip)"
        ) from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ModelError(f"{what} failed: {said[-1] if said else done.returncode}")
