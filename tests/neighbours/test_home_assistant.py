"""Home Assistant's REST API, spoken to a server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant.config import HomeAssistant, Settings
from assistant.errors import SkillError
from assistant.neighbours.home_assistant import call_service

STATES = [{"entity_id": "light.kitchen", "state": "on"}]


class House(BaseHTTPRequestHandler):
    """Answers as Home Assistant documents it; remembers what was asked."""

    asked: list[tuple[str, Any]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.asked.append((self.path, json.loads(self.rfile.read(length))))
        code = 200 if self.path == "/api/services/light/turn_on" else 404
        if self.headers["Authorization"] != "Bearer secret":
            code = 401
        body = json.dumps(STATES).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *given: Any) -> None:
        """Quiet."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Settings]:
    House.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), House)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    token = tmp_path / "token"
    token.write_text("secret\n")
    yield Settings(
        home_assistant=HomeAssistant(
            url=f"http://127.0.0.1:{server.server_port}/", token_file=str(token)
        )
    )
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_service_is_called_with_its_data(house: Settings) -> None:
    """Path, data and token are what the API expects, and the changed states come back."""
    data = {"entity_id": "light.kitchen", "brightness_pct": 50}
    assert call_service(house, "light.turn_on", data) == STATES
    assert House.asked == [("/api/services/light/turn_on", data)]


def test_a_service_that_is_not_there(house: Settings) -> None:
    """The sentence names the service."""
    with pytest.raises(SkillError, match=r"no service light\.fly"):
        call_service(house, "light.fly", {})


def test_a_wrong_token(house: Settings) -> None:
    """A refused token is told as such."""
    Path(house.home_assistant.token_file).write_text("wrong")
    with pytest.raises(SkillError, match="token"):
        call_service(house, "light.turn_on", {})


@pytest.mark.parametrize("service", ["light", "light.turn_on/../x", "../light.turn_on", ".x"])
def test_only_services_can_be_called(house: Settings, service: str) -> None:
    """A slot's text cannot reach another path of the server."""
    with pytest.raises(SkillError, match=r"domain\.service"):
        call_service(house, service, {})
    assert House.asked == []


def test_nobody_there(tmp_path: Path) -> None:
    """A server that is off, and one that is not set up, are sentences."""
    token = tmp_path / "token"
    token.write_text("secret")
    off = HomeAssistant(url="http://127.0.0.1:9", token_file=str(token))
    with pytest.raises(SkillError, match="cannot reach"):
        call_service(Settings(home_assistant=off), "light.turn_on", {})
    with pytest.raises(SkillError, match=r"home_assistant\.url"):
        call_service(Settings(), "light.turn_on", {})
