"""Models that come with the program, and those that can be had besides.

``models/catalogue.toml`` lists both. A file is downloaded beside its place, goes on where
an earlier attempt stopped, is compared with its SHA-256, and only then takes its name.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.config import APP
from assistant.errors import AssistantError, ConfigError, ModelError, UsageError
from assistant.resources import resource

if TYPE_CHECKING:
    import httpx

CATALOGUE = "catalogue.toml"
CHECKSUMS = "checksums"
BLOCK_BYTES = 1 << 16
TIMEOUT_S = 20.0


class File(BaseModel):
    """One file of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[\w.-]*\w[\w.-]*$")]
    address: Annotated[str, Field(pattern=r"^https?://")]
    size: Annotated[int, Field(gt=0)]
    """Bytes."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Model(BaseModel):
    """An entry of the catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    licence: str
    shipped: str = ""
    """Folder of the program's own models; empty: the files are downloaded."""
    files: tuple[File, ...] = ()

    @property
    def size(self) -> int:
        """Bytes to be downloaded."""
        return sum(file.size for file in self.files)


def read_catalogue(path: Path | None = None) -> dict[str, Model]:
    """The entries by name.

    Raises:
        ConfigError: the file is at fault, one line for each fault.
    """
    path = path or resource(CATALOGUE)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from error
    found: dict[str, Model] = {}
    faults: list[str] = []
    for name, entry in values.items():
        try:
            found[name] = Model.model_validate(entry)
        except ValidationError as error:
            for fault in error.errors():
                keys = ".".join(str(key) for key in (name, *fault["loc"]))
                faults.append(f"{path}: {keys} = {fault['input']!r}: {fault['msg']}")
    if faults:
        raise ConfigError(faults)
    return found


def folder_of(name: str, model: Model) -> Path:
    """Where the model's files are, or would be."""
    if model.shipped:
        return resource(model.shipped)
    return Path(platformdirs.user_data_path(APP)) / "models" / name


def faults_of(name: str, model: Model) -> list[str]:
    """What is wrong with the model's files, a line each; empty: all is well."""
    try:
        folder = folder_of(name, model)
    except ModelError as error:
        return [str(error)]
    expected = {file.name: file.sha256 for file in model.files} or _listed(folder)
    if not expected:
        return [f"{folder}: no list of hashes ({CHECKSUMS}) to compare with"]
    faults = []
    for file, sha256 in expected.items():
        path = folder / file
        if not path.exists():
            faults.append(f"{path}: missing; `assistant models get {name}` fetches it")
        elif (found := _sha256(path)) != sha256:
            faults.append(f"{path}: SHA-256 is {found[:12]}…, expected {sha256[:12]}…")
    return faults


def fetch(name: str, model: Model, told: Callable[[int], None] = lambda count: None) -> Path:
    """Download what is missing of ``model``; its folder.

    Args:
        told: called with the number of bytes that have come.

    Raises:
        UsageError: the model comes with the program.
        AssistantError: no connection, or the file is not the one that the catalogue names.
    """
    if model.shipped:
        raise UsageError(f"{name}: comes with the program, there is nothing to fetch")
    import httpx

    folder = folder_of(name, model)
    folder.mkdir(parents=True, exist_ok=True)
    with httpx.Client(follow_redirects=True, timeout=TIMEOUT_S) as client:
        for file in model.files:
            path = folder / file.name
            if path.exists() and _sha256(path) == file.sha256:
                told(file.size)
                continue
            _fetch_file(client, file, path, told)
    return folder


def _fetch_file(client: httpx.Client, file: File, path: Path, told: Callable[[int], None]) -> None:
    import httpx

    part = path.with_name(path.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    if have > file.size:
        part.unlink()
        have = 0
    try:
        if have < file.size:
            _stream(client, file, part, have, told)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise AssistantError(f"{file.address}: the server answers {status}") from error
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise AssistantError(
            f"{file.address}: cannot be reached: {reason}; what has come is kept, try again"
        ) from error
    if (found := _sha256(part)) != file.sha256:
        part.unlink()
        raise AssistantError(
            f"{file.address}: SHA-256 is {found[:12]}…, expected {file.sha256[:12]}…; thrown away"
        )
    part.rename(path)


def _stream(
    client: httpx.Client, file: File, part: Path, have: int, told: Callable[[int], None]
) -> None:
    """The bytes from ``have`` on, appended; all of them where the server knows no ranges."""
    headers = {"Range": f"bytes={have}-"} if have else {}
    with client.stream("GET", file.address, headers=headers) as response:
        response.raise_for_status()
        resumed = response.status_code == 206
        told(have if resumed else 0)
        with part.open("ab" if resumed else "wb") as out:
            for block in response.iter_bytes(BLOCK_BYTES):
                if out.tell() + len(block) > file.size:
                    break
                out.write(block)
                told(len(block))
            out.flush()
            os.fsync(out.fileno())


def _listed(folder: Path) -> dict[str, str]:
    """File names and hashes of a folder that lists its own."""
    path = folder / CHECKSUMS
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name.strip(): digest for digest, _, name in (line.partition("  ") for line in lines)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
