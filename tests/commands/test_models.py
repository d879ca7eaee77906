"""``assistant models`` against a server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant.commands.models import models
from assistant.errors import AssistantError, ConfigError, ModelError, UsageError

DATA = bytes(range(256)) * 4000


class Server(BaseHTTPRequestHandler):
    """Serves ``DATA``, from any byte on; breaks off where it is told to."""

    break_off = 0
    ranges = True
    asked: list[str] = []

    def do_GET(self) -> None:
        if self.path != "/model.bin":
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        Server.asked.append(wanted)
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(DATA) - first))
        self.end_headers()
        end = first + Server.break_off if Server.break_off else len(DATA)
        self.wfile.write(DATA[first:end])

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server's address."""
    Server.break_off, Server.ranges, Server.asked = 0, True, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where fetched models go."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data/assistant/models/extra"


def catalogue(folder: Path, address: str, sha256: str = "", size: int = len(DATA)) -> Path:
    """A catalogue with one model to be fetched and one that is shipped."""
    path = folder / "catalogue.toml"
    digest = sha256 or hashlib.sha256(DATA).hexdigest()
    path.write_text(
        f"""
[extra]
about = "a model"
licence = "CC0"
[[extra.files]]
name = "model.bin"
address = "{address}/model.bin"
size = {size}
sha256 = "{digest}"

[lexicon]
about = "words"
licence = "BSD"
shipped = "lexicon"
"""
    )
    return path


def run(*arguments: object) -> Result:
    """The command; its faults as exceptions."""
    return CliRunner().invoke(models, [str(argument) for argument in arguments])


def test_a_model_is_fetched_checked_and_listed(address: str, place: Path, tmp_path: Path) -> None:
    """From absent to whole; the second time nothing is asked for."""
    path = catalogue(tmp_path, address)
    assert "absent" in run("list", "--catalogue", path).output
    assert run("get", "extra", "--catalogue", path).exit_code == 0
    assert (place / "model.bin").read_bytes() == DATA
    assert "extra: whole" in run("check", "extra", "--catalogue", path).output
    assert "absent" not in run("list", "--catalogue", path).output
    assert run("get", "extra", "--catalogue", path).exit_code == 0
    assert len(Server.asked) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_goes_on(address: str, place: Path, tmp_path: Path, ranges: bool) -> None:
    """What has come is kept; a server without ranges sends all of it again."""
    path = catalogue(tmp_path, address)
    Server.break_off, Server.ranges = 300_000, ranges
    result = run("get", "extra", "--catalogue", path)
    assert isinstance(result.exception, AssistantError)
    assert not (place / "model.bin").exists()
    kept = (place / "model.bin.part").stat().st_size
    assert 0 < kept <= 300_000
    Server.break_off = 0
    assert run("get", "extra", "--catalogue", path).exit_code == 0
    assert (place / "model.bin").read_bytes() == DATA
    assert Server.asked == ["", f"bytes={kept}-"]


def test_the_wrong_file_is_thrown_away(address: str, place: Path, tmp_path: Path) -> None:
    """Nothing takes the model's name but the model."""
    path = catalogue(tmp_path, address, sha256="0" * 64)
    result = run("get", "extra", "--catalogue", path)
    assert "thrown away" in str(result.exception)
    assert list(place.iterdir()) == []


def test_more_than_was_promised_is_not_taken(address: str, place: Path, tmp_path: Path) -> None:
    """The catalogue's size is the bound of what is written."""
    path = catalogue(tmp_path, address, size=1000)
    result = run("get", "extra", "--catalogue", path)
    assert isinstance(result.exception, AssistantError)
    assert list(place.iterdir()) == []


def test_without_a_network_there_is_one_clear_line(place: Path, tmp_path: Path) -> None:
    """Nobody answers on this port."""
    path = catalogue(tmp_path, "http://127.0.0.1:9")
    result = run("get", "extra", "--catalogue", path)
    assert isinstance(result.exception, AssistantError)
    assert "cannot be reached" in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_file_that_is_not_there(address: str, place: Path, tmp_path: Path) -> None:
    """The server's answer is told."""
    path = catalogue(tmp_path, f"{address}/elsewhere")
    assert "answers 404" in str(run("get", "extra", "--catalogue", path).exception)


def test_damage_is_found(address: str, place: Path, tmp_path: Path) -> None:
    """A flipped byte of a fetched model."""
    path = catalogue(tmp_path, address)
    run("get", "extra", "--catalogue", path)
    (place / "model.bin").write_bytes(b"x" + DATA[1:])
    result = run("check", "--catalogue", path, "extra")
    assert isinstance(result.exception, ModelError)
    assert "SHA-256" in str(result.exception)


def test_wrong_use(address: str, place: Path, tmp_path: Path) -> None:
    """Unknown names, what is shipped, a faulty catalogue."""
    path = catalogue(tmp_path, address)
    assert isinstance(run("get", "nope", "--catalogue", path).exception, UsageError)
    assert isinstance(run("get", "lexicon", "--catalogue", path).exception, UsageError)
    path.write_text('[a]\nabout = 1\n[b]\nabout = "x"\nlicence = "y"\nodd = 1\n')
    fault = run("list", "--catalogue", path).exception
    assert isinstance(fault, ConfigError)
    assert len(fault.faults) == 3


def test_the_programs_own_catalogue_reads() -> None:
    """All that it names as shipped is here."""
    result = run("list")
    assert result.exit_code == 0
    assert "absent" not in result.output
