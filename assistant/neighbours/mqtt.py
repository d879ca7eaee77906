"""Messages to an MQTT broker: one lasting connection for each broker of the configuration."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from assistant.config import Mqtt, Settings
from assistant.errors import SkillError

LIMIT_S = 2.0
LONGEST_BYTES = 65_536


def publish(settings: Settings, topic: str, payload: str) -> None:
    """Publish ``payload`` under ``topic``; returns when the broker has it.

    Raises:
        SkillError: no broker in the configuration, or it does not take the message in time.
    """
    if not settings.mqtt.host:
        raise SkillError("No MQTT broker is set up. Set mqtt.host in config.toml.")
    if not topic or any(sign in topic for sign in "+#\0"):
        raise SkillError(f"{topic or 'nothing'} is no MQTT topic to publish under.")
    if len(payload.encode()) > LONGEST_BYTES:
        raise SkillError("That MQTT message is too long.")
    broker_of(settings.mqtt).publish(topic, payload)


@lru_cache(maxsize=4)
def broker_of(settings: Mqtt) -> Broker:
    """The connection for ``settings``, made at the first use and kept."""
    return Broker(settings)


class Broker:
    """A connection that comes back by itself when it breaks."""

    def __init__(self, settings: Mqtt) -> None:
        self._where = f"{settings.host}, port {settings.port}"
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._connected = threading.Event()
        self._refusal = ""

    def publish(self, topic: str, payload: str) -> None:
        """See ``publish`` above; safe from several threads.

        What was not confirmed in time is dropped: a door must not be unlocked minutes later.
        """
        info: MQTTMessageInfo = self._ready_client().publish(topic, payload, qos=1)
        try:
            info.wait_for_publish(LIMIT_S)
            taken = info.is_published()
        except (RuntimeError, ValueError):
            taken = False
        if not taken:
            self.close()
            raise SkillError(f"The MQTT broker at {self._where} does not confirm the message.")

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _ready_client(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            client = self._client
        if not self._connected.wait(LIMIT_S):
            self.close()
            reason = f": {self._refusal}" if self._refusal else ""
            raise SkillError(f"The MQTT broker at {self._where} does not answer{reason}.")
        return client

    def _connect(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2)
        client.max_queued_messages_set(64)
        client.connect_timeout = LIMIT_S
        client.reconnect_delay_set(1, 30)
        if self._settings.user:
            client.username_pw_set(self._settings.user, self._password())
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        self._connected.clear()
        self._refusal = ""
        try:
            client.connect(self._settings.host, self._settings.port, keepalive=30)
        except (OSError, ValueError) as error:
            raise SkillError(f"I cannot reach the MQTT broker at {self._where}.") from error
        client.loop_start()
        return client

    def _password(self) -> str | None:
        if not self._settings.password_file:
            return None
        try:
            return Path(self._settings.password_file).expanduser().read_text().strip()
        except OSError as error:
            raise SkillError("I cannot read the file with the MQTT password.") from error

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode,
        _properties: Properties | None,
    ) -> None:  # fmt: skip
        if code.is_failure:
            self._refusal = str(code).lower()
        else:
            self._connected.set()

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, _code: ReasonCode,
        _properties: Properties | None,
    ) -> None:  # fmt: skip
        self._connected.clear()
