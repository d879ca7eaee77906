"""Protects the key files: private, complete, and refused with file and line when wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from assistant.bus import new_pair
from assistant.errors import BusError
from assistant.keys import Keys, is_key, read_keys, write_keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return write_keys(tmp_path / "keys", *new_pair())


def test_keys_come_back_and_nobody_else_reads_them(keys: Keys) -> None:
    """The folder is 0700, the secret 0600, and both keys are what was made."""
    assert read_keys(keys.folder) == keys
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys.folder / "secret").stat().st_mode) == 0o600
    assert is_key(keys.public) and is_key(keys.secret) and keys.public != keys.secret


def test_a_pair_is_never_overwritten(keys: Keys) -> None:
    """Peers know the public key; making a new one by mistake would lock them out."""
    with pytest.raises(BusError, match="there is a key already"):
        write_keys(keys.folder, *new_pair())
    assert read_keys(keys.folder) == keys


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "secret").chmod(0o644), "chmod 600"),
        (lambda folder: (folder / "secret").unlink(), "assistant keys new"),
        (lambda folder: (folder / "public").write_text("short"), "not a CURVE key"),
        (lambda folder: (folder / "public").write_text("~" * 40), "not a CURVE key"),
    ],
)
def test_keys_that_cannot_be_used_are_one_sentence(keys: Keys, spoil, sentence: str) -> None:  # type: ignore[no-untyped-def]
    """Open to others, missing or damaged: which file, and what to do."""
    spoil(keys.folder)
    with pytest.raises(BusError, match=sentence):
        read_keys(keys.folder)


def test_peers_are_let_in_by_a_line_each(keys: Keys) -> None:
    """A line added counts at once; the own key and no other is in without one."""
    peer, stranger = new_pair()[0], new_pair()[0]
    assert keys.lets_in(keys.public) and not keys.lets_in(peer)
    with (keys.folder / "authorised").open("a") as file:
        file.write(f"\n{peer.decode()} 10.0.0.7\n")
    assert keys.lets_in(peer) and not keys.lets_in(stranger)
    assert keys.of_host("10.0.0.7") == peer
    assert keys.of_host("127.0.0.1") == keys.public
    with pytest.raises(BusError, match="add the line `PUBLIC-KEY 10.0.0.8`"):
        keys.of_host("10.0.0.8")


@pytest.mark.parametrize("line", ["nonsense 10.0.0.7", "{key}", "{key} ", "{key}x 10.0.0.7"])
def test_a_faulty_line_is_named(keys: Keys, line: str) -> None:
    """File and line number; nobody is let in by it."""
    key = new_pair()[0].decode()
    (keys.folder / "authorised").write_text("# peers\n\n" + line.format(key=key) + "\n")
    with pytest.raises(BusError, match="authorised:3: expected `PUBLIC-KEY HOST`"):
        keys.lets_in(new_pair()[0])
