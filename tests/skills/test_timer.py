"""Timers: counting, ringing, and surviving whatever happens to the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import SkillError
from assistant.messages import Expect, Ring, Stop
from assistant.skills.timer import LATE_S, Timer


def timer_in(world: Any, asleep: list[float] | None = None) -> Timer:
    slept = asleep if asleep is not None else [0.0]
    return Timer(world.surroundings, asleep_s=lambda: slept[0])


def test_it_rings_until_stop(world: Any) -> None:
    """On time, with its name, again and again, and never after stop."""
    timer = timer_in(world)
    outcome = timer.start(world.call(duration=300.0, label="the pizza"))
    assert (outcome.variant, outcome.facts["name"]) == ("named", "pizza")
    assert world.pass_time(timer, 299) == []
    rung = world.pass_time(timer, 2)
    assert world.texts(rung) == ["Your pizza timer is done."]
    assert [outcome.priority for outcome in rung] == ["alarm"]
    [ring] = world.messages(rung)
    assert isinstance(ring, Ring) and ring.on
    again = world.texts(world.pass_time(timer, 65))
    assert again == ["Your pizza timer is done."] * 2
    stopped = list(timer.receive(Stop()))
    assert world.messages(stopped) == [Ring(name=ring.name, on=False)]
    assert world.pass_time(timer, 100) == []
    assert timer.timers == []


def test_silence_of_an_answer_does_not_end_the_ringing(world: Any) -> None:
    """Only a stop of everything does."""
    timer = timer_in(world)
    timer.start(world.call(duration=5.0))
    world.pass_time(timer, 6)
    assert list(timer.receive(Stop(scope="answer"))) == []
    assert len(timer.timers) == 1


def test_unheeded_it_ends_after_ten_minutes(world: Any) -> None:
    """Nobody home: it does not ring for ever, and is gone from the disk too."""
    timer = timer_in(world)
    timer.start(world.call(duration=5.0))
    sent = world.messages(world.pass_time(timer, 620))
    assert [message.on for message in sent if isinstance(message, Ring)] == [True, False]
    assert timer.timers == [] == timer_in(world).timers


def test_several_by_name_and_length(world: Any) -> None:
    """Each is meant by what tells it apart; without that the assistant asks which."""
    timer = timer_in(world)
    timer.start(world.call(duration=300.0))
    timer.start(world.call(duration=600.0, label="pizza"))
    timer.start(world.call(duration=1200.0, label="washing machine"))
    with pytest.raises(SkillError, match="Which one: the 5 minute timer, the pizza timer or"):
        timer.cancel(world.call())
    told = timer.status(world.call(label="pizza"))
    assert told.facts["timers"] == ["10 minutes left on the pizza timer"]
    assert timer.cancel(world.call(which=300.0)).facts["title"] == "5 minute timer"
    assert timer.cancel(world.call(label="washing")).facts["title"] == "washing machine timer"
    with pytest.raises(SkillError, match="no timer called egg"):
        timer.cancel(world.call(label="egg"))
    assert [one.name for one in timer.timers] == ["pizza"]


def test_pause_resume_lengthen_shorten(world: Any) -> None:
    """A paused timer stands still, across a restart too; changes add up."""
    timer = timer_in(world)
    timer.start(world.call(duration=60.0))
    world.pass_time(timer, 20)
    timer.pause(world.call())
    world.pass_time(timer, 500)
    timer = timer_in(world)
    assert timer.resume(world.call()).facts["left"] == "40 seconds"
    timer.lengthen(world.call(duration=20.0))
    timer.shorten(world.call(duration=30.0))
    assert world.texts(world.pass_time(timer, 29)) == []
    assert world.texts(world.pass_time(timer, 2)) == ["Your 1 minute timer is done."]
    with pytest.raises(SkillError, match="No timer is paused"):
        timer.resume(world.call())


def test_shorter_than_nothing_is_refused(world: Any) -> None:
    """Taking more than there is would end it silently."""
    timer = timer_in(world)
    timer.start(world.call(duration=60.0))
    with pytest.raises(SkillError, match="less than that"):
        timer.shorten(world.call(duration=90.0))
    assert timer.timers[0].left_at(world.wall) == 60


def test_more_time_for_one_that_rings(world: Any) -> None:
    """ "Two more minutes" stops the ringing and runs again."""
    timer = timer_in(world)
    timer.start(world.call(duration=10.0))
    world.pass_time(timer, 11)
    outcome = timer.lengthen(world.call(duration=120.0))
    assert [message.on for message in outcome.messages] == [False]
    assert world.texts(world.pass_time(timer, 118)) == []
    assert len(world.texts(world.pass_time(timer, 3))) == 1


def test_cancel_means_the_one_that_rings(world: Any) -> None:
    """With others running, "cancel the timer" ends the noise."""
    timer = timer_in(world)
    timer.start(world.call(duration=10.0))
    timer.start(world.call(duration=1000.0))
    world.pass_time(timer, 11)
    outcome = timer.cancel(world.call())
    assert outcome.facts["title"] == "10 second timer"
    assert isinstance(outcome.messages[0], Ring)
    assert [one.length_s for one in timer.timers] == [1000.0]


@pytest.mark.parametrize("shift_h", [-1, 1, 24, -24 * 365])
def test_setting_the_clock_moves_no_timer(world: Any, shift_h: int) -> None:
    """A timer counts seconds, not the wall clock; what stands on the disk follows the clock."""
    timer = timer_in(world)
    timer.start(world.call(duration=600.0))
    world.pass_time(timer, 300)
    world.wall += shift_h * 3600
    assert world.texts(world.pass_time(timer, 100)) == []
    restarted = timer_in(world)
    assert world.texts(world.pass_time(restarted, 195)) == []
    assert len(world.texts(world.pass_time(restarted, 10))) == 1


def test_sleep_counts(world: Any) -> None:
    """The monotonic clock stands while the machine sleeps; the pizza burns all the same."""
    asleep = [0.0]
    timer = timer_in(world, asleep)
    timer.start(world.call(duration=600.0))
    world.tick(timer)
    asleep[0] += 700
    world.wall += 700
    assert world.texts(world.tick(timer)) == ["Your 10 minute timer is done."]


def test_due_while_off(world: Any) -> None:
    """A short while ago: it rings. Long ago: it is told, once."""
    timer = timer_in(world)
    timer.start(world.call(duration=60.0, label="tea"))
    timer.start(world.call(duration=LATE_S, label="cake"))
    world.wall += LATE_S + 120
    world.at = 5.0
    timer = timer_in(world)
    said = world.texts(world.tick(timer))
    assert said == [
        "Your cake timer is done.",
        "While I was away, your tea timer ended at 8:01 am.",
    ]
    assert [one.name for one in timer.timers] == ["cake"]
    assert world.texts(world.tick(timer)) == []


def test_ringing_goes_on_after_a_restart(world: Any) -> None:
    """Killed while it rings, it rings again: only the user ends it."""
    timer = timer_in(world)
    timer.start(world.call(duration=5.0))
    assert world.texts(world.pass_time(timer, 6))
    assert world.texts(world.tick(timer_in(world))) == ["Your 5 second timer is done."]


def test_asks_for_the_length(world: Any) -> None:
    """ "Set a timer" is answered by a bare length, for a while."""
    timer = timer_in(world)
    asked = timer.start(world.call())
    assert asked.variant == "ask" and isinstance(asked.messages[0], Expect)
    assert timer.length(world.call(duration=120.0)).facts["length"] == "2 minutes"
    with pytest.raises(SkillError, match="say: set a timer"):
        timer.length(world.call(duration=120.0))


@pytest.mark.parametrize("seconds", [0.0, 0.4, 4e7])
def test_lengths_have_bounds(world: Any, seconds: float) -> None:
    """Neither nothing nor for ever."""
    with pytest.raises(SkillError, match="one second to a year"):
        timer_in(world).start(world.call(duration=seconds))


def test_timers_are_bounded(world: Any) -> None:
    """The hundred-and-first is refused with a sentence."""
    timer = timer_in(world)
    for _ in range(100):
        timer.start(world.call(duration=600.0))
    with pytest.raises(SkillError, match="100 timers"):
        timer.start(world.call(duration=600.0))


def test_a_damaged_file_is_put_aside(world: Any) -> None:
    """Nothing of it is lost, the user is told, and timers work."""
    (world.state / "timers.json").write_text("[{broken")
    timer = timer_in(world)
    assert "damaged" in world.texts(world.tick(timer))[0]
    assert (world.state / "timers.json.damaged").read_text() == "[{broken"
    timer.start(world.call(duration=60.0))
    assert len(timer_in(world).timers) == 1


def test_a_full_disk_is_told_and_the_timer_runs(world: Any) -> None:
    """What cannot be kept still counts; the disk is tried again later."""
    timer = timer_in(world)
    blocked = world.state / "timers.json.part"
    blocked.mkdir()
    with pytest.raises(SkillError, match="cannot save"):
        timer.start(world.call(duration=100.0))
    assert world.texts(world.pass_time(timer, 10)) == []
    blocked.rmdir()
    world.pass_time(timer, 61)
    assert len(timer_in(world).timers) == 1


KILLED = """
import json, os, signal, sys, time
from datetime import datetime
from pathlib import Path
from assistant.config import Settings
from assistant.skills.api import Call, Slot, Surroundings
from assistant.skills.timer import Timer

state = Path(sys.argv[1])

def call(**values):
    return Call("", {n: Slot(value=v, text=str(v)) for n, v in values.items()}, "")

def write():
    timer = Timer(Surroundings(Settings(), state, lambda: datetime.now().astimezone(), list, str))
    timer.start(call(duration=5000.0, label="kept"))
    os.write(ready, b"x")
    while True:
        timer.start(call(duration=600.0, label="passing"))
        timer.cancel(call(label="passing"))

for turn in range(40):
    started, ready = os.pipe()
    child = os.fork()
    if not child:
        write()
    os.read(started, 1)
    time.sleep(0.0003 * turn)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    names = [entry["name"] for entry in json.loads((state / "timers.json").read_text())]
    assert names.count("kept") == turn + 1, names
print("whole")
"""


def test_kill_at_any_moment_loses_nothing(world: Any) -> None:
    """Killed forty times in the middle of writing: the file is whole, all timers are there."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(world.state)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
    )
    assert done.stdout == b"whole\n", done.stderr.decode()
