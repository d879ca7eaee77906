"""MQTT messages through a real mosquitto."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from assistant.config import Mqtt, Settings
from assistant.errors import SkillError
from assistant.neighbours import mqtt


def settings_for(port: int) -> Settings:
    return Settings(mqtt=Mqtt(host="127.0.0.1", port=port))


@pytest.fixture
def heard(mosquitto: int) -> Iterator[queue.Queue[tuple[str, str]]]:
    """What a subscriber of everything gets."""
    messages: queue.Queue[tuple[str, str]] = queue.Queue()
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda c, d, m: messages.put((m.topic, m.payload.decode()))
    client.on_subscribe = lambda *given: subscribed.set()
    client.connect("127.0.0.1", mosquitto)
    client.subscribe("#", qos=1)
    client.loop_start()
    assert subscribed.wait(5)
    yield messages
    client.disconnect()
    client.loop_stop()


def test_messages_arrive_in_order(mosquitto: int, heard: queue.Queue[tuple[str, str]]) -> None:
    """Published means: the broker has it, and subscribers get it whole."""
    settings = settings_for(mosquitto)
    for i in range(5):
        mqtt.publish(settings, "home/lamp", f"größe {i}")
    assert [heard.get(timeout=5) for _ in range(5)] == [
        ("home/lamp", f"größe {i}") for i in range(5)
    ]


def test_the_connection_is_kept(mosquitto: int) -> None:
    """The second message costs no second connection."""
    settings = settings_for(mosquitto)
    mqtt.publish(settings, "a", "1")
    began = time.monotonic()
    mqtt.publish(settings, "a", "2")
    assert mqtt.broker_of(settings.mqtt) is mqtt.broker_of(settings_for(mosquitto).mqtt)
    assert time.monotonic() - began < 0.5


def test_no_broker_there() -> None:
    """Nobody listens: a sentence with the address, at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SkillError, match=str(port)):
        mqtt.publish(settings_for(port), "a", "1")


def test_a_broker_that_hangs() -> None:
    """A port that accepts and then says nothing costs the time limit, no more."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(SkillError, match="does not answer"):
            mqtt.publish(settings_for(silent.getsockname()[1]), "a", "1")
        assert time.monotonic() - began < mqtt.LIMIT_S + 3


@pytest.mark.parametrize("topic", ["", "home/#", "+/lamp"])
def test_topics_with_wildcards_are_refused(topic: str) -> None:
    """A slot's text cannot address every device of the house."""
    with pytest.raises(SkillError, match="topic"):
        mqtt.publish(settings_for(1), topic, "1")


def test_not_set_up() -> None:
    """Without a broker in the configuration the sentence names the key to set."""
    with pytest.raises(SkillError, match=r"mqtt\.host"):
        mqtt.publish(Settings(), "a", "1")
