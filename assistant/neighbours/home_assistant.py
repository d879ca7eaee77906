"""Services of a Home Assistant server, over its REST API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from assistant.config import HomeAssistant, Settings
from assistant.errors import SkillError

LIMIT_S = 3.0
_REFUSALS = {
    400: "Home Assistant does not understand the call of {service}.",
    401: "Home Assistant refuses the token.",
    403: "Home Assistant forbids that.",
    404: "Home Assistant has no service {service}.",
}


def call_service(settings: Settings, service: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Call ``domain.service`` with ``data``; returns the states that it changed.

    Raises:
        SkillError: not set up, not there, too slow, or refused.
    """
    server = settings.home_assistant
    domain, _, name = service.partition(".")
    if not (domain.isidentifier() and name.isidentifier()):
        raise SkillError(f"{service} is no service: expected domain.service, as light.turn_on.")
    reply = _post(server, f"/api/services/{domain}/{name}", data)
    if reply.is_success:
        return _states(reply)
    sentence = _REFUSALS.get(reply.status_code, "Home Assistant failed with {code}.")
    raise SkillError(sentence.format(service=service, code=reply.status_code))


def _post(server: HomeAssistant, path: str, data: dict[str, Any]) -> httpx.Response:
    if not server.url:
        raise SkillError("Home Assistant is not set up. Set home_assistant.url in config.toml.")
    headers = {"Authorization": f"Bearer {_token(server)}"}
    try:
        return httpx.post(
            server.url.rstrip("/") + path, json=data, headers=headers, timeout=LIMIT_S
        )
    except httpx.TimeoutException as error:
        raise SkillError("Home Assistant does not answer.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SkillError("I cannot reach Home Assistant.") from error


def _token(server: HomeAssistant) -> str:
    try:
        return Path(server.token_file).expanduser().read_text().strip()
    except OSError as error:
        raise SkillError("I cannot read the file with Home Assistant's token.") from error


def _states(reply: httpx.Response) -> list[dict[str, Any]]:
    try:
        states = reply.json()
    except ValueError:
        return []
    return (
        [state for state in states if isinstance(state, dict)] if isinstance(states, list) else []
    )
