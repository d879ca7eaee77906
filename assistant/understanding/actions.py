"""What an intent does: a skill's method, a program, a web call, MQTT, Home Assistant.

Slots stand as ``{slot}`` inside arguments, ``{slot.text}`` for the words; never a shell.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assistant.config import Settings
from assistant.errors import SkillError
from assistant.skills.api import Call, Outcome, Slot
from assistant.understanding.document import Entry
from assistant.understanding.programs import run_program

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10.0
TIMEOUT_MAX_S = 300.0
RESULT_CHARACTERS_MAX = 2000
LONGEST_BYTES = 1 << 20
"""Of a program's output or a web server's reply; of a program the rest is not looked at."""
KINDS = ("skill", "run", "http", "mqtt", "home_assistant")
_SLOT = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)(\.text)?\}")
_HOST = re.compile(r"https?://(?:[^/@]*@)?(\[[^\]]*\]|[^:/?#]*).*", re.DOTALL)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class SkillAction:
    """``skill:timer.start``."""

    skill: str
    method: str

    def __str__(self) -> str:
        return f"skill:{self.skill}.{self.method}"


@dataclass(frozen=True)
class OutsideAction:
    """Everything that is not a skill; ``fields`` still have ``{slot}`` in their texts."""

    kind: str
    fields: Mapping[str, Any]
    timeout_s: float = TIMEOUT_S

    def __str__(self) -> str:
        return f"{self.kind}: {json.dumps(dict(self.fields), ensure_ascii=False)}"

    def slot_names(self) -> set[str]:
        """The slots that are put in."""
        found: set[str] = set()
        _each_text(self.fields, lambda text: found.update(m[1] for m in _SLOT.finditer(text)))
        return {name for name in found if name}


Action = SkillAction | OutsideAction


def read_action(entry: Entry) -> Action:
    """The action written in ``entry``.

    Raises:
        FaultFound: with its place.
    """
    if not isinstance(entry.value, dict):
        return _skill(entry, entry.text("action"))
    fields = entry.mapping("action")
    kinds = [kind for kind in KINDS if kind in fields]
    unknown = set(fields) - set(KINDS) - {"timeout_s"}
    if len(kinds) != 1 or unknown:
        raise entry.fault(f"action: expected exactly one of {', '.join(KINDS)}")
    value = fields[kinds[0]]
    if kinds[0] == "skill":
        return _skill(value, "skill:" + value.text("skill"))
    timeout_s = fields["timeout_s"].number("timeout_s") if "timeout_s" in fields else TIMEOUT_S
    if not 0 < timeout_s <= TIMEOUT_MAX_S:
        raise fields["timeout_s"].fault(f"timeout_s: expected up to {TIMEOUT_MAX_S:g} seconds")
    return OutsideAction(kinds[0], _FIELDS[kinds[0]](value), timeout_s)


def _skill(entry: Entry, text: str) -> SkillAction:
    match = re.fullmatch(r"skill:\s*([A-Za-z]\w*)\.([A-Za-z]\w*)", text)
    if not match:
        raise entry.fault(f"action: expected skill:name.method or a mapping with one of "
                          f"{', '.join(KINDS[1:])}, found {text!r}")  # fmt: skip
    return SkillAction(match[1], match[2])


def _run(entry: Entry) -> dict[str, Any]:
    argv = [item.text("run") for item in entry.items("run: the program and its arguments")]
    if not argv or not argv[0] or _SLOT.search(argv[0]):
        raise entry.fault("run: expected the program's name first, without a slot in it")
    return {"argv": argv}


def _known(entry: Entry, what: str, needed: set[str], others: set[str]) -> dict[str, Entry]:
    fields = entry.mapping(what)
    if needed - set(fields) or set(fields) - needed - others:
        optional = f", and perhaps {', '.join(sorted(others))}" if others else ""
        raise entry.fault(f"{what}: expected {', '.join(sorted(needed))}{optional}")
    return fields


def _http(entry: Entry) -> dict[str, Any]:
    fields = _known(entry, "http", {"url"}, {"method", "headers", "body", "json"})
    url = fields["url"].text("url")
    if not re.match(r"https?://[^\s{/]+", url):
        raise fields["url"].fault("url: expected http:// or https:// and a host without slots")
    method = fields["method"].text("method").upper() if "method" in fields else "GET"
    if method not in _METHODS:
        raise fields["method"].fault(f"method: expected one of {', '.join(_METHODS)}")
    headers = fields["headers"].mapping("headers") if "headers" in fields else {}
    if "body" in fields and "json" in fields:
        raise fields["body"].fault("body and json exclude each other")
    return {
        "url": url,
        "method": method,
        "headers": {name: value.text("headers") for name, value in headers.items()},
        "body": fields["body"].text("body") if "body" in fields else None,
        "json": fields["json"].plain if "json" in fields else None,
    }


def _mqtt(entry: Entry) -> dict[str, Any]:
    fields = _known(entry, "mqtt", {"topic"}, {"payload"})
    topic = fields["topic"].text("topic")
    if not topic or set(topic) & set("+#"):
        raise fields["topic"].fault("topic: expected a topic without wildcards")
    return {"topic": topic, "payload": fields["payload"].plain if "payload" in fields else ""}


def _home_assistant(entry: Entry) -> dict[str, Any]:
    fields = _known(entry, "home_assistant", {"service"}, {"data"})
    service = fields["service"].text("service")
    if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", service):
        raise fields["service"].fault("service: expected domain.service, as light.turn_on")
    data = fields["data"].mapping("data") if "data" in fields else {}
    return {"service": service, "data": {name: value.plain for name, value in data.items()}}


_FIELDS: dict[str, Callable[[Entry], dict[str, Any]]] = {
    "run": _run,
    "http": _http,
    "mqtt": _mqtt,
    "home_assistant": _home_assistant,
}


# -- acting ---------------------------------------------------------------------------------


def act_outside(action: OutsideAction, call: Call, settings: Settings, now: datetime) -> Outcome:
    """Do it, and wait for it within its time limit.

    Raises:
        SkillError: with the sentence to be spoken.
    """
    act = {"run": _act_run, "http": _act_http, "mqtt": _act_mqtt,
           "home_assistant": _act_home_assistant}[action.kind]  # fmt: skip
    return act(action, call, settings, now)


def _act_run(action: OutsideAction, call: Call, settings: Settings, now: datetime) -> Outcome:
    argv = arguments(action.fields["argv"], call.slots, now)
    return _result(run_program(argv, action.timeout_s, LONGEST_BYTES))


def _act_http(action: OutsideAction, call: Call, settings: Settings, now: datetime) -> Outcome:
    import httpx

    fields = filled({key: action.fields[key] for key in ("headers", "body", "json")},
                    call.slots, now)  # fmt: skip
    url = substitute(action.fields["url"], call.slots, now, lambda text: quote(text, safe=""))
    host = _HOST.sub(r"\1", url)
    try:
        with httpx.stream(
            action.fields["method"],
            url,
            headers=fields["headers"],
            content=fields["body"],
            json=fields["json"],
            timeout=action.timeout_s,
            follow_redirects=False,
        ) as reply:
            text = _body(reply, host, time.monotonic() + action.timeout_s)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise SkillError(f"The call to {host} failed: {error}.") from error
    if not reply.is_success:
        raise SkillError(f"{host} answered with code {reply.status_code}.")
    return _result(text, _json(text))


def _body(reply: httpx.Response, host: str, deadline: float) -> str:
    """The reply's text: httpx bounds neither its length nor the time of the whole."""
    data = bytearray()
    for piece in reply.iter_bytes():
        data += piece
        if len(data) > LONGEST_BYTES:
            raise SkillError(f"{host} sent more than {LONGEST_BYTES // 2**20} megabyte.")
        if time.monotonic() > deadline:
            raise SkillError(f"{host} takes too long to answer.")
    return data.decode(reply.encoding or "utf-8", "replace")


def _act_mqtt(action: OutsideAction, call: Call, settings: Settings, now: datetime) -> Outcome:
    from assistant.neighbours import mqtt

    payload = filled(action.fields["payload"], call.slots, now)
    topic = substitute(action.fields["topic"], call.slots, now, _topic_level)
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    mqtt.publish(settings, topic, text)
    return Outcome()


def _act_home_assistant(
    action: OutsideAction, call: Call, settings: Settings, now: datetime
) -> Outcome:
    from assistant.neighbours import home_assistant

    data = filled(action.fields["data"], call.slots, now)
    result = home_assistant.call_service(settings, action.fields["service"], data)
    return Outcome(facts={"result": result})


def _result(text: str, data: Any = None) -> Outcome:
    """What the answer sees: ``result``, and ``json`` where the text is that."""
    return Outcome(facts={"result": text.strip()[:RESULT_CHARACTERS_MAX], "json": data})


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _topic_level(text: str) -> str:
    """What a slot may add to a topic: no further level, no wildcard."""
    return re.sub(r"[+#/\x00]", "_", text)


# -- slots inside arguments -------------------------------------------------------------------


def arguments(argv: list[str], slots: Mapping[str, Slot], now: datetime) -> list[str]:
    """``argv`` with its slots; an argument that is only a slot nobody said is left out."""
    kept = []
    for argument in argv:
        only = _SLOT.fullmatch(argument)
        if only is None or not only[1] or only[1] in slots:
            kept.append(substitute(argument, slots, now))
    return kept


def filled(value: Any, slots: Mapping[str, Slot], now: datetime) -> Any:
    """``value`` with slots in all its texts; a text that is only a slot takes its value."""
    if isinstance(value, dict):
        return {key: filled(inner, slots, now) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, slots, now) for inner in value]
    if not isinstance(value, str):
        return value
    only = _SLOT.fullmatch(value)
    if only and only[1] and not only[2]:
        slot = slots.get(only[1])
        plain = slot.value if slot else None
        return written(plain, now) if isinstance(plain, dict) else plain
    return substitute(value, slots, now)


def substitute(
    text: str,
    slots: Mapping[str, Slot],
    now: datetime,
    escape: Callable[[str], str] = lambda text: text,
) -> str:
    """``text`` with each ``{slot}`` replaced; ``{{`` and ``}}`` are braces."""

    def replacement(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0][0]
        slot = slots.get(match[1])
        if slot is None:
            return ""
        return escape(slot.text if match[2] else written(slot.value, now))

    return _SLOT.sub(replacement, text)


def written(value: Any, now: datetime) -> str:
    """A slot's value for programs: ``19:30``, ``2026-05-03``, ``300``, ``living_room``."""
    if isinstance(value, dict) and "hour" in value:
        hour = value["hour"]
        if value["meridiem"]:
            hour = hour % 12 + (12 if value["meridiem"] == "pm" else 0)
        return f"{hour:02d}:{value['minute']:02d}"
    if isinstance(value, dict) and ({"days", "weekday", "day"} & set(value)):
        return _day(value, now.date()).isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool | dict | list) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _day(value: Mapping[str, Any], today: date) -> date:
    """The next day that is meant, today included."""
    if "days" in value:
        return today + timedelta(days=value["days"])
    if "weekday" in value:
        return today + timedelta(days=(value["weekday"] - today.weekday()) % 7)
    for year in [value["year"]] if value["year"] else range(today.year, today.year + 9):
        try:
            day = date(year, value["month"], value["day"])
        except ValueError:
            continue
        if value["year"] or day >= today:
            return day
    raise SkillError("There is no such day.")


def _each_text(value: Any, visit: Callable[[str], None]) -> None:
    if isinstance(value, str):
        visit(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _each_text(inner, visit)
    elif isinstance(value, list):
        for inner in value:
            _each_text(inner, visit)
