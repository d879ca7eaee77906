"""Protects the supervisor's channels: tap, interrupts and control, whatever clients do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import zmq

from assistant import messages as m
from assistant.bus import Context, Control, Hub, Links, Places, Tap
from assistant.bus.hub import CONTROL_BOUND
from assistant.bus.links import TAP_BOUND
from assistant.errors import AssistantError
from assistant.keys import Keys

MakePlaces = Callable[..., Places]


@pytest.fixture
def where(places: MakePlaces) -> Places:
    return places(recognition="process")


@pytest.fixture
def hub(context: Context, where: Places) -> Iterator[Hub]:
    with closing(Hub(context, where)) as made:
        yield made


def joined(hub: Hub, tap: Tap) -> Tap:
    """``tap``, once the hub has taken it in."""
    for _ in range(100):
        hub.wait(0.01)
        if tap.joined(0.01):
            return tap
    raise AssertionError("the tap is not joined")


def events(count: int) -> Iterator[m.Event]:
    return (m.Event(kind="x", sample=n, facts={"pad": "y" * 500}) for n in range(count))


def test_a_subscriber_that_never_reads_harms_nobody(
    hub: Hub, where: Places, context: Context
) -> None:
    """The hub never waits for it, memory is bounded, and the one that reads gets everything."""
    address = where.client("tap")
    with Tap(address) as lazy, Tap("inproc://tap", context) as eager:
        joined(hub, lazy)
        joined(hub, eager)
        got, begin = 0, time.monotonic()
        for event in events(5 * TAP_BOUND):
            hub.publish(event)
            while (seen := eager.next(0)) is not None:
                assert seen.sample == got
                got += 1
        while (seen := eager.next(0.2)) is not None:
            assert seen.sample == got
            got += 1
        assert got == 5 * TAP_BOUND
        assert time.monotonic() - begin < 10
        late = []
        while (seen := lazy.next(0.2)) is not None:
            late.append(seen.sample)
        assert 0 < len(late) < 5 * TAP_BOUND, "what it did not read in time is dropped"
        assert late == sorted(late)


def test_a_tap_made_before_the_daemon_misses_nothing(context: Context, where: Places) -> None:
    """Within the process a subscription may come before the hub itself."""
    with Tap("inproc://tap", context) as tap, closing(Hub(context, where)) as hub:
        for event in events(10):
            hub.publish(event)
        assert tap.joined(1)
        assert [tap.next(1) for _ in range(10)] == list(events(10))


def test_an_interrupt_reaches_every_stage_but_its_maker(
    hub: Hub, context: Context, where: Places
) -> None:
    """Threads and processes get it past all queues; who sent it knows it already."""
    with (
        closing(Links("understanding", context, where)) as understanding,
        closing(Links("playback", context, where)) as playback,
        closing(Links("recognition", context, where)) as recognition,
    ):
        stages = (understanding, playback, recognition)
        got: list[list[m.Message]] = [[], [], []]
        deadline = time.monotonic() + 5
        while (not got[1] or not got[2]) and time.monotonic() < deadline:
            understanding.broadcast(m.Stop())
            hub.wait(0.05)
            hub.spread_interrupts()
            for links, found in zip(stages, got, strict=True):
                links.wait(0.01, read_door=False)
                while message := links.interrupt():
                    found.append(message)
        assert got[0] == []
        assert set(got[1]) == set(got[2]) == {m.Stop()}


def test_requests_beyond_the_bound_are_refused_with_a_reply(hub: Hub, where: Places) -> None:
    """Each of a hundred requests at once is answered, the surplus with "busy"."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    client = context.socket(zmq.DEALER)
    client.linger = 0
    client.connect(where.client("control"))
    for _ in range(100):
        client.send_multipart(m.encode(m.Request(command="status")))
    time.sleep(0.2)
    hub.wait(1)
    asked = hub.requests()
    assert len(asked) <= CONTROL_BOUND
    replies = []
    while len(replies) < 100 and (asked or client.poll(200)):
        for one in asked:
            hub.reply(one, m.Reply())
        asked = hub.requests()
        while client.poll(20):
            replies.append(m.decode(client.recv_multipart()))
    client.close()
    context.term()
    assert len(replies) == 100
    assert all(isinstance(reply, m.Reply) for reply in replies)


def test_noise_on_control_is_one_fault_and_the_next_request_is_answered(
    hub: Hub, where: Places
) -> None:
    """A client that talks nonsense is told of once, and does not stop the others."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with closing(context.socket(zmq.DEALER)) as client:
        client.linger = 0
        client.connect(where.client("control"))
        client.send_multipart([b"nonsense"])
        client.send_multipart(m.encode(m.Stop()))
        client.send_multipart(m.encode(m.Request(command="status")))
        asked = []
        for _ in range(50):
            hub.wait(0.02)
            asked += hub.requests()
        assert [one.request.command for one in asked] == ["status"]
        assert len(hub.faults()) == 2
    context.term()


def test_control_over_tcp_wants_a_key(
    context: Context, where: Places, keys: Keys, port: int
) -> None:
    """The same requests from another machine, and not without CURVE."""
    address = f"tcp://127.0.0.1:{port}"
    plain: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with closing(Hub(context, where, address, keys)) as hub:
        with closing(plain.socket(zmq.DEALER)) as stranger:
            stranger.linger = 0
            stranger.connect(address)
            stranger.send_multipart(m.encode(m.Request(command="shutdown")))
            faults: list[str] = []
            deadline = time.monotonic() + 5
            while not faults and time.monotonic() < deadline:
                hub.wait(0.02)
                faults += hub.faults()
            assert len(faults) == 1 and address in faults[0]
            assert hub.requests() == []
        with closing(Control(address, keys=keys)) as control:
            with pytest.raises(AssistantError, match="does not answer"):
                control.ask("status", timeout_s=0.01)
            asked = []
            for _ in range(100):
                hub.wait(0.02)
                asked += hub.requests()
                if asked:
                    break
            assert [one.request.command for one in asked] == ["status"]
    plain.term()
