"""Protects the loop of a stage: order, time, interrupts, back-pressure and failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]


def test_messages_pass_in_order_and_events_are_stamped(start: Start) -> None:
    """Nothing is lost or doubled on the way, and an event tells of which stage it is."""
    running = start()
    events = [running.wait("arrived") for _ in range(40)]
    samples = [event.sample for event in events]
    assert samples == list(range(samples[0], samples[0] + 40))
    assert all(event.stage == "playback" and event.at > 0 for event in events)


def test_a_stage_that_raises_is_made_anew_and_nothing_behind_it_is_lost(start: Start) -> None:
    """One error event with the place; frames wait in the queue meanwhile."""
    running = start()
    first = running.wait("arrived").sample
    running.say("raise")
    error = running.wait("error")
    assert error.stage == "understanding"
    assert error.facts["message"].startswith("ValueError: as told (toy_stages.py:")
    running.wait("stage", name="understanding", state="ready")
    running.say("hello")
    running.wait("arrived", text="hello")
    arrived = [e.sample for e in running.events if e.kind == "arrived" and not e.facts["text"]]
    assert arrived == list(range(first, first + len(arrived)))
    assert running.ask("status").facts["stages"]["understanding"]["restarts"] == 1


def test_stop_overtakes_what_waits_and_the_stage_leaves_off(start: Start) -> None:
    """While a thousand chunks wait for a speaker that is full, Stop arrives at once."""
    running = start("TALK")
    running.say("long story")
    running.wait("final", text="long story")
    time.sleep(0.1)  # the voice waits for room now
    asked = time.monotonic()
    running.ask("stop")
    running.quiet(0.3)
    at = {(e.kind, e.stage): e.at - asked for e in running.events}
    assert at["interrupted", "playback"] < 0.06
    assert at["left off", "voice"] < 0.06


def test_stop_leaves_other_stages_to_finish(start: Start) -> None:
    """Who yields Stop goes on with its message, and is not interrupted by its own."""
    running = start()
    running.say("stop")
    running.wait("arrived", text="stop")
    running.quiet(0.2)
    interrupted = [e.stage for e in running.events if e.kind == "interrupted"]
    assert interrupted == ["playback"]


def test_an_utterance_given_up_is_cancelled_and_the_next_is_whole(start: Start) -> None:
    """One error, a Cancel to everyone, and not a message of it after that."""
    running = start("GIVEN_UP")
    error = running.wait("error")
    assert "recognition is too slow" in error.facts["message"]
    assert error.utterance == "long"
    running.wait("interrupted", by="Cancel")
    running.wait("arrived", kind="SpeechEnded")
    arrived = [e for e in running.events if e.kind == "arrived"]
    assert {e.utterance for e in arrived} == {"short"}
    assert [e.sample for e in arrived if e.facts["kind"] == "Speech"] == list(range(30))
    assert sum(e.kind == "error" for e in running.events) == 1


def test_a_busy_interpreter_refuses_at_once(start: Start) -> None:
    """What does not fit comes straight back with a sentence; the asker never waits."""
    running = start("REFUSED")
    refused = [running.wait("translation") for _ in range(100 - 64)]
    assert all("busy" in e.facts["error"] for e in refused)
    numbers = {e.facts["number"] for e in refused}
    assert numbers == set(range(65, 101)), "the first 64 wait, the others are refused"


def test_ticks_come_in_time_under_load(start: Start) -> None:
    """A stage with a full door is ticked all the same, and works on its messages."""
    running = start("BUSY")
    second = running.wait("second").facts
    assert second["ticks"] > 30
    assert second["messages"] > 100


def test_what_the_pipeline_sends_nowhere_is_told(start: Start) -> None:
    """A message without a route is an error event, and the stage lives."""
    running = start()
    running.say("nonsense")
    running.quiet(0.5)
    told = [e.facts["message"] for e in running.events if e.kind == "error"]
    assert told == ["Expect is sent nowhere by the pipeline"]
    assert any(e.facts.get("text") == "nonsense" for e in running.events if e.kind == "arrived")


@pytest.mark.parametrize("settings", [{}, {"understanding": "process", "playback": "process"}])
def test_threads_and_processes_behave_alike(start: Start, settings: dict[str, str]) -> None:
    """The same table, the same messages, wherever the stages run."""
    running = start(pipeline=settings)
    events = [running.wait("arrived") for _ in range(20)]
    assert [e.sample for e in events] == list(range(20))
    running.say("raise")
    running.wait("stage", name="understanding", state="ready")
    running.say("hello")
    running.wait("arrived", text="hello")
