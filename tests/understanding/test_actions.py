"""Protects actions on the world outside: real programs, a real web server, slots as arguments."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from assistant.config import Settings
from assistant.errors import SkillError
from assistant.skills.api import Call, Slot
from assistant.understanding.actions import (
    RESULT_CHARACTERS_MAX,
    OutsideAction,
    act_outside,
    arguments,
    filled,
    read_action,
    substitute,
    written,
)
from assistant.understanding.document import Fault, read_document

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)  # a Friday
SLOTS = {
    "room": Slot(value="living_room", text="the lounge"),
    "length": Slot(value=300.0, text="five minutes"),
    "evil": Slot(value="$(touch /tmp/x); rm -rf / #", text="evil"),
}


def action_of(text: str) -> OutsideAction:
    """The action that ``text`` describes."""
    faults: list[Fault] = []
    entry = read_document(text, "test.yaml", faults)
    assert entry is not None and not faults
    action = read_action(entry)
    assert isinstance(action, OutsideAction)
    return action


def act(text: str, slots: dict[str, Slot] | None = None) -> dict[str, Any]:
    """The facts of the outcome."""
    call = Call("Test", SLOTS if slots is None else slots, "test")
    return act_outside(action_of(text), call, Settings(), NOW).facts


def test_a_program_gets_slots_as_arguments_and_no_shell() -> None:
    """Whatever was said stays one argument, and is never a command."""
    facts = act("{run: [printf, '%s|%s|%s', '{room}', 'in {room.text}', '{evil}']}")
    assert facts["result"] == "living_room|in the lounge|$(touch /tmp/x); rm -rf / #"


def test_a_program_that_prints_without_end_does_not_eat_the_memory() -> None:
    """What is too much is thrown away until the time is over."""
    with pytest.raises(SkillError, match="did not finish"):
        act("{run: [yes], timeout_s: 0.3}")
    assert len(act("{run: [head, -c, '5000000', /dev/zero]}")["result"]) <= RESULT_CHARACTERS_MAX


def test_a_program_may_leave_another_behind() -> None:
    """A player that is started stays: its command is over when it is."""
    began = time.monotonic()
    facts = act("{run: [sh, -c, 'sleep 3 & echo started'], timeout_s: 2.5}")
    assert facts["result"] == "started" and time.monotonic() - began < 2.0


def test_a_slow_program_ends_with_all_it_has_started(tmp_path: Path) -> None:
    """Nothing of it acts after it was given up."""
    late = tmp_path / "late"
    with pytest.raises(SkillError, match="did not finish"):
        act(f"{{run: [sh, -c, '(sleep 0.6; touch {late}) & wait'], timeout_s: 0.2}}")
    time.sleep(0.8)
    assert not late.exists()


def test_an_argument_that_nobody_said_is_left_out() -> None:
    """``play {album}`` without an album calls the program without it."""
    argv = ["mpc", "play", "{album}", "--room={album}", "{{x}}"]
    assert arguments(argv, SLOTS, NOW) == ["mpc", "play", "--room=", "{x}"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{run: ['false']}", "failed with code 1"),
        ("{run: [/nowhere/at/all]}", "could not be started"),
        ("{run: [sleep, '9'], timeout_s: 0.2}", "did not finish within 0.2 seconds"),
        ("{http: {url: 'http://127.0.0.1:1/'}}", "The call to 127.0.0.1 failed"),
    ],
)
def test_failures_are_sentences(text: str, sentence: str) -> None:
    """The user hears what went wrong."""
    with pytest.raises(SkillError, match=sentence):
        act(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (2.5, "2.5"),
        ({"hour": 7, "minute": 5, "meridiem": "pm"}, "19:05"),
        ({"hour": 12, "minute": 0, "meridiem": "am"}, "00:00"),
        ({"hour": 19, "minute": 30, "meridiem": None}, "19:30"),
        ({"days": 1}, "2026-05-02"),
        ({"weekday": 0}, "2026-05-04"),
        ({"day": 29, "month": 2, "year": None}, "2028-02-29"),
        ({"day": 3, "month": 5, "year": 2027}, "2027-05-03"),
        ("living_room", "living_room"),
    ],
)
def test_values_are_written_for_programs(value: Any, text: str) -> None:
    """Times and dates in ISO 8601, numbers without needless zeros."""
    assert written(value, NOW) == text


def test_json_keeps_the_types_of_slots() -> None:
    """A number stays one; a text around a slot is text."""
    value = {"a": "{length}", "b": ["in {room}"], "c": 3, "d": "{none}"}
    assert filled(value, SLOTS, NOW) == {"a": 300.0, "b": ["in living_room"], "c": 3, "d": None}


def test_braces_can_be_written() -> None:
    """``{{`` and ``}}`` are braces."""
    assert substitute("{{{room}}}", SLOTS, NOW) == "{living_room}"


class Echo(BaseHTTPRequestHandler):
    """Tells what it was asked; redirects away from /away."""

    seen: ClassVar[list[tuple[str, str, str]]] = []

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        self.seen.append((self.command, self.path, body))
        moved = self.path.startswith("/away")
        self.send_response(302 if moved else 500 if self.path == "/bad" else 200)
        if moved:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        if self.path == "/long":
            self.wfile.write(b"x" * 3_000_000)
        for _ in range(8 if self.path == "/slow" else 0):
            time.sleep(0.1)
            self.wfile.write(b"x")
        self.wfile.write(json.dumps({"header": self.headers.get("X-Room")}).encode())

    do_GET = _answer
    do_POST = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    """Address of a web server."""
    Echo.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def test_a_web_call_with_slots(server: str) -> None:
    """Slots in the address are quoted, in the body they are values."""
    facts = act(f"{{http: {{url: '{server}/set/{{room.text}}', method: post, "
                "headers: {X-Room: '{room}'}, json: {length: '{length}'}}}")  # fmt: skip
    assert Echo.seen == [("POST", "/set/the%20lounge", '{"length":300.0}')]
    assert facts["json"] == {"header": "living_room"}


def test_a_web_call_goes_nowhere_else(server: str) -> None:
    """A redirect is not followed, and told."""
    with pytest.raises(SkillError, match="answered with code 302"):
        act(f"{{http: {{url: '{server}/away'}}}}")
    assert [path for _, path, _ in Echo.seen] == ["/away"]


def test_an_error_of_the_server_is_a_sentence(server: str) -> None:
    """Code 500 is not a success."""
    with pytest.raises(SkillError, match="answered with code 500"):
        act(f"{{http: {{url: '{server}/bad'}}}}")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("long", "127.0.0.1 sent more than 1 megabyte"), ("slow", "127.0.0.1 takes too long")],
)
def test_a_reply_has_bounds(server: str, path: str, sentence: str) -> None:
    """In length and in time, also where a little comes all the while."""
    with pytest.raises(SkillError, match=sentence):
        act(f"{{http: {{url: '{server}/{path}'}}, timeout_s: 0.4}}")


def test_a_header_that_cannot_be_sent_is_a_sentence(server: str) -> None:
    """Headers are ASCII; what was said need not be."""
    with pytest.raises(SkillError, match="The call to 127.0.0.1 failed"):
        act(f"{{http: {{url: '{server}/', headers: {{X-Room: 'café'}}}}}}")


def test_without_a_broker_or_a_server_the_user_is_told() -> None:
    """MQTT and Home Assistant go through their neighbours, which say what is not configured."""
    for text in ("{mqtt: {topic: 'home/{room}', payload: 'on'}}",
                 "{home_assistant: {service: light.turn_on, data: {area: '{room}'}}}"):  # fmt: skip
        with pytest.raises(SkillError):
            act(text)
