"""Key files for tcp: this machine's pair, and whose keys are let in.

The folder (0700) holds ``secret`` (0600), ``public`` and ``authorised``, one peer a line::

    # public key                              host as in tcp://host:port
    rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7  10.0.0.7

Keys are CURVE keys in Z85, 40 characters. A machine lets in the keys of its ``authorised``
file, and recognises another machine's door by the key that stands there with its host.
"""

from __future__ import annotations

import ipaddress
import os
import stat
from pathlib import Path
from typing import NamedTuple

from assistant.errors import BusError

KEY_CHARACTERS = 40
Z85 = frozenset(
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
)
MOST_PEERS = 1000
HEAD = "# public key                              host as in tcp://host:port\n"


class Keys(NamedTuple):
    """This machine's pair."""

    folder: Path
    public: bytes
    secret: bytes

    def authorised(self) -> dict[str, bytes]:
        """Host → public key of the peers, read anew each time so that changes count at once.

        Raises:
            BusError: a line that is not ``KEY HOST``.
        """
        return read_authorised(self.folder / "authorised")

    def lets_in(self, key: bytes) -> bool:
        """``key`` is authorised; this machine's own always is."""
        return key == self.public or key in self.authorised().values()

    def of_host(self, host: str) -> bytes:
        """Public key of the machine ``host``.

        Raises:
            BusError: none is known.
        """
        known = self.authorised()
        if host in known:
            return known[host]
        if is_loopback(host):
            return self.public
        raise BusError(
            f"{self.folder / 'authorised'}: no key for {host}; run `assistant keys show` there "
            f"and add the line `PUBLIC-KEY {host}` here"
        )


def is_loopback(host: str) -> bool:
    """``host`` is this machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def write_keys(folder: Path, public: bytes, secret: bytes) -> Keys:
    """Store a new pair; an existing one is kept.

    Raises:
        BusError: there is a pair already, or the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        _write_new(folder / "secret", secret)
        (folder / "public").write_bytes(public + b"\n")
        authorised = folder / "authorised"
        if not authorised.exists():
            authorised.write_text(HEAD, encoding="ascii")
            authorised.chmod(0o600)
    except FileExistsError as error:
        raise BusError(
            f"{folder / 'secret'}: there is a key already; peers know it, so move it away first "
            "if a new one is meant"
        ) from error
    except OSError as error:
        raise BusError(f"{folder}: keys cannot be written: {error.strerror}") from error
    return Keys(folder, public, secret)


def read_keys(folder: Path) -> Keys:
    """The pair in ``folder``.

    Raises:
        BusError: missing, unreadable, open to others, or not keys.
    """
    secret_file = folder / "secret"
    try:
        mode = secret_file.stat().st_mode
        secret = secret_file.read_bytes().strip()
        public = (folder / "public").read_bytes().strip()
    except OSError as error:
        raise BusError(
            f"{error.filename}: cannot be read: {error.strerror}; tcp needs keys, make them with "
            "`assistant keys new`"
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise BusError(f"{secret_file}: open to other users; run `chmod 600 {secret_file}`")
    for name, key in (("secret", secret), ("public", public)):
        if not is_key(key):
            raise BusError(f"{folder / name}: not a CURVE key of {KEY_CHARACTERS} characters")
    return Keys(folder, public, secret)


def read_authorised(path: Path) -> dict[str, bytes]:
    """Host → key of an ``authorised`` file; empty where there is none.

    Raises:
        BusError: with file and line of what is not ``KEY HOST``.
    """
    if not path.exists():
        return {}
    found: dict[str, bytes] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("# "):
            continue
        key, _, host = line.strip().partition(" ")
        if not is_key(key.encode()) or not host.strip() or len(found) >= MOST_PEERS:
            raise BusError(f"{path}:{number}: expected `PUBLIC-KEY HOST`, a peer a line")
        found[host.strip()] = key.encode()
    return found


def is_key(key: bytes) -> bool:
    """A CURVE key in Z85."""
    return len(key) == KEY_CHARACTERS and set(key) <= Z85


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content + b"\n")
