"""Protects what passes between two stages: order, bounds and refusals on real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zmq

from assistant import messages as m
from assistant.bus import Context, Links, Places, Verdict, new_pair
from assistant.errors import BusError
from assistant.keys import Keys, write_keys
from assistant.pipeline import PIPELINE, StageEntry

MakePlaces = Callable[..., Places]
Soon = Callable[..., bool]
TABLE = {
    name: StageEntry("", tuple(route for route in PIPELINE[name].routes if route.to == other))
    for name, other in (("hearing", "recognition"), ("recognition", "hearing"))
}
"""hearing ⇄ recognition, and nothing else."""
STREAM = [
    m.SpeechBegan(utterance="a", sample=1),
    *(m.Speech(utterance="a", sample=n, audio=bytes([n, 0])) for n in range(2, 40)),
    m.SpeechEnded(utterance="a", sample=40),
    m.EndOfInput(sample=41),
]


def offer(links: Links, message: m.Message) -> Verdict:
    """Offer on the route of its kind."""
    return links.offer(links.routes[type(message)][0], message)


def received(door: Links, sender: Links, count: int, timeout_s: float = 5.0) -> list[m.Message]:
    """The next ``count`` messages at the door, while the sender sends what waits."""
    found: list[m.Message] = []
    deadline = time.monotonic() + timeout_s
    while len(found) < count and time.monotonic() < deadline:
        sender.wait(0.001, read_door=False)
        door.wait(0.005, read_door=True)
        while message := door.receive():
            found.append(message)
    return found


@pytest.mark.parametrize("placement", ["thread", "process"])
def test_a_stream_of_several_kinds_arrives_whole_and_in_order(
    context: Context, places: MakePlaces, placement: str
) -> None:
    """Between threads and between processes: nothing lost, nothing overtakes."""
    where = places(TABLE, recognition=placement)
    with (
        closing(Links("hearing", context, where)) as hearing,
        closing(Links("recognition", context, where)) as recognition,
    ):
        for message in STREAM:
            assert offer(hearing, message) is Verdict.TAKEN
        assert received(recognition, hearing, len(STREAM)) == STREAM


def test_between_threads_no_more_waits_than_the_bound(context: Context, places: MakePlaces) -> None:
    """The socket's own queue counts towards the bound of the route."""
    where = places({"capture": PIPELINE["capture"], "hearing": StageEntry("", ())})
    with (
        closing(Links("capture", context, where)) as capture,
        closing(Links("hearing", context, where)) as hearing,
    ):
        for sample in range(1000):
            offer(capture, m.Frame(sample=sample, audio=b"\0\0"))
        found = received(hearing, capture, 1000, timeout_s=0.3)
        assert len(found) <= 100
        assert found[-1].sample == 999, "the newest survives"
        assert capture.dropped() == {"Frame to hearing": 1000 - len(found)}
        assert capture.dropped() == {}, "told once"


def test_an_utterance_given_up_does_not_harm_the_next(context: Context, places: MakePlaces) -> None:
    """After ten seconds nobody read, the utterance ends in a verdict, and the next is whole."""
    where = places(TABLE)
    with (
        closing(Links("hearing", context, where)) as hearing,
        closing(Links("recognition", context, where)) as recognition,
    ):
        offer(hearing, m.SpeechBegan(utterance="a"))
        verdicts = [offer(hearing, m.Speech(utterance="a", sample=n)) for n in range(501)]
        assert verdicts.count(Verdict.GIVEN_UP) == 1
        assert offer(hearing, m.SpeechEnded(utterance="a")) is Verdict.TAKEN
        following = [
            m.SpeechBegan(utterance="b"),
            *(m.Speech(utterance="b", sample=n) for n in range(600, 700)),
            m.SpeechEnded(utterance="b"),
        ]
        for message in following:
            assert offer(hearing, message) is Verdict.TAKEN
        found = received(recognition, hearing, 1000, timeout_s=0.3)
        assert [message for message in found if message.utterance == "b"] == following
        assert len(found) - len(following) < 15, "of the one given up only what was on its way"


def test_what_holds_until_replaced_is_told_again_to_a_new_receiver(
    context: Context, places: MakePlaces
) -> None:
    """A stage made anew gets the newest grammar, without anybody making it again."""
    where = places(
        {"understanding": PIPELINE["understanding"]}
        | {name: StageEntry("", ()) for name in ("hearing", "recognition", "voice")}
        | {name: StageEntry("", ()) for name in ("playback", "translation")}
    )
    with (
        closing(Links("understanding", context, where)) as understanding,
        closing(Links("recognition", context, where)) as recognition,
    ):
        old, new = (m.Grammar(path=path, digest="") for path in ("old", "new"))
        offer(understanding, old)
        offer(understanding, new)
        received(recognition, understanding, 3, timeout_s=0.2)
        understanding.repeat_to("recognition")
        assert received(recognition, understanding, 1) == [new]


def test_noise_at_the_door_is_refused_and_the_next_message_passes(
    context: Context, places: MakePlaces
) -> None:
    """A message that does not validate is one ``BusError``, thrown away."""
    where = places(TABLE)
    with (
        closing(Links("recognition", context, where)) as recognition,
        closing(context.socket(zmq.PUSH)) as noise,
    ):
        noise.connect(where.door("recognition")[0])
        noise.send_multipart([b"1", b'{"type":"Speech"}', b"odd"])
        noise.send_multipart(m.encode(STREAM[0]))
        recognition.wait(1, read_door=True)
        with pytest.raises(BusError, match="int16"):
            recognition.receive()
        recognition.wait(1, read_door=True)
        assert recognition.receive() == STREAM[0]


# -- tcp ---------------------------------------------------------------------------------


class Machines:
    """hearing on one machine, recognition on another, joined by tcp."""

    def __init__(self, places: MakePlaces, ports: tuple[int, int]) -> None:
        self.address, back = (f"tcp://127.0.0.1:{port}" for port in ports)
        placements = {"recognition": self.address, "hearing": back}
        self.hearing = places(TABLE, here=["hearing"], **placements)
        self.recognition = places(TABLE, here=["recognition"], **placements)


@pytest.fixture
def machines(places: MakePlaces, ports: tuple[int, int]) -> Machines:
    return Machines(places, ports)


def test_machines_that_know_each_other_talk(
    context: Context, machines: Machines, keys: Keys, gate: Any
) -> None:
    """Over tcp with CURVE the same stream arrives whole and in order."""
    with (
        closing(Links("recognition", context, machines.recognition, keys)) as recognition,
        closing(Links("hearing", context, machines.hearing, keys)) as hearing,
    ):
        for message in STREAM:
            assert offer(hearing, message) is Verdict.TAKEN
        assert received(recognition, hearing, len(STREAM)) == STREAM
        assert gate.faults == []


def test_a_peer_whose_key_is_not_authorised_is_refused(
    context: Context, machines: Machines, keys: Keys, gate: Any, tmp_path: Path, soon: Soon
) -> None:
    """It knows our key, we do not know its: one sentence with the key, and nothing gets in."""
    stranger = write_keys(tmp_path / "stranger", *new_pair())
    add_peer(stranger, "127.0.0.1", keys.public)
    with (
        closing(Links("recognition", context, machines.recognition, keys)) as recognition,
        closing(Links("hearing", context, machines.hearing, stranger)) as hearing,
    ):
        for message in STREAM[:5]:
            offer(hearing, message)
        assert soon(lambda: gate.faults)
        assert stranger.public.decode() in gate.faults[0]
        assert received(recognition, hearing, 1, timeout_s=0.3) == []
        assert len(gate.faults) == 1, "told once, however often it tries"
        add_peer(keys, "127.0.0.1", stranger.public)
        assert received(recognition, hearing, 5) == STREAM[:5], "let in as soon as it is added"
        told = list(hearing.faults())
        assert any("authorised there" in fault for fault in told), "the other end is told too"


@pytest.mark.parametrize("client", ["plain", "wrong server key"])
def test_a_peer_without_the_right_handshake_is_told_and_shut_out(
    context: Context, machines: Machines, keys: Keys, gate: Any, client: str
) -> None:
    """A plain connection, or one made for another server: one fault, no message."""
    with (
        closing(Links("recognition", context, machines.recognition, keys)) as recognition,
        closing(context.socket(zmq.PUSH)) as peer,
    ):
        peer.linger = 0
        if client != "plain":
            peer.curve_publickey, peer.curve_secretkey = new_pair()
            peer.curve_serverkey = new_pair()[0]
        peer.connect(machines.address)
        peer.send_multipart(m.encode(STREAM[0]))
        faults: list[str] = []
        deadline = time.monotonic() + 5
        while not faults and time.monotonic() < deadline:
            recognition.wait(0.05, read_door=True)
            faults += recognition.faults()
        assert len(faults) == 1
        assert machines.address in faults[0]
        assert recognition.receive() is None


def test_tcp_without_keys_is_refused_at_both_ends(context: Context, machines: Machines) -> None:
    """There is no way to a plain tcp connection, neither bound nor connected."""
    for name, where in (("recognition", machines.recognition), ("hearing", machines.hearing)):
        with pytest.raises(BusError, match="assistant keys new"):
            Links(name, context, where)


def test_a_door_in_use_is_one_sentence(
    context: Context, machines: Machines, keys: Keys, port: int
) -> None:
    """An address somebody else has: the sentence names it, and no socket stays open."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(BusError, match=f"{machines.address}: cannot be bound"):
            Links("recognition", context, machines.recognition, keys)


def add_peer(keys: Keys, host: str, public: bytes) -> None:
    """Authorise ``public``."""
    with (keys.folder / "authorised").open("a", encoding="utf-8") as file:
        file.write(f"{public.decode()} {host}\n")
