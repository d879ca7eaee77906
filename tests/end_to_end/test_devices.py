"""Capture and playback on a real sound server: PulseAudio, and once PipeWire."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from assistant.audio.portaudio import SESSION
from assistant.capture.microphone import Microphone
from assistant.capture.stage import CaptureStage
from assistant.config import Settings, read_settings
from assistant.errors import AudioError
from assistant.messages import Event, Frame, Mute, Played, Spoken, Stop
from assistant.playback.stage import PlaybackStage

from .audio_server import MICROPHONE, SPEAKER, AudioServer, Recorder
from .driving import events, heard, numbered, places, run, speak, told, tone

SECONDS = float(os.environ.get("ASSISTANT_TEST_SECONDS", "6"))
"""Length of the numbered signal; 600 for the long run."""


def settings(**more: object) -> Settings:
    """The configuration of a person with these two devices."""
    names = {"capture.device": MICROPHONE, "playback.device": SPEAKER}
    return read_settings(environment={}, overrides={**names, **more})


def test_devices_are_found_by_part_of_their_name(devices: AudioServer) -> None:
    """A name need not be spelled out; a wrong one is answered with those there are."""
    assert SESSION.find("BENCH_MICRO", "input").name == MICROPHONE
    with pytest.raises(AudioError, match=rf"no microphone 'webcam'.*{MICROPHONE}"):
        SESSION.find("webcam", "input")


@pytest.mark.timeout(SECONDS * 2 + 60)
def test_what_is_played_is_captured_whole(devices: AudioServer) -> None:
    """Every sample arrives once, in its place, whatever the rates on the way are."""
    _captures_whole(devices)


@pytest.mark.timeout(SECONDS * 2 + 60)
def test_what_is_played_is_captured_whole_under_pipewire(pipewire_devices: AudioServer) -> None:
    """The same through PipeWire."""
    _captures_whole(pipewire_devices)


def _captures_whole(server: AudioServer) -> None:
    """What counts is what the microphone gave: a second listener is the witness."""
    stage = CaptureStage(settings())
    witness = server.recorder(MICROPHONE, latency_ms=200)
    try:
        run(stage, 5, until=lambda out: len(heard(out)) > 3200)
        player = server.play_samples(numbered(SECONDS, seed=1), 16_000)
        out = run(stage, SECONDS + 1.5)
    finally:
        stage.close()
        given = witness.stop()
    assert player.wait(timeout=5) == 0
    frames = [message for message in out if isinstance(message, Frame)]
    numbers = [frame.sample for frame in frames]
    assert numbers == list(range(numbers[0], numbers[-1] + 1, 320)), "a frame is missing"
    where = places(heard(frames), given)
    assert len(where) > (SECONDS - 1.2) * 4, "most of the signal is recognised"
    assert np.ptp(where) <= 1, "samples were lost or doubled"
    assert not events(out, "xrun")


@pytest.mark.parametrize("rate_hz", [48_000, 44_100, 32_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_channel_count_is_heard(
    devices: AudioServer, monkeypatch: pytest.MonkeyPatch, rate_hz: int, channels: int
) -> None:
    """A device that knows one format only is heard as well as any other."""
    monkeypatch.setattr(
        "assistant.audio.portaudio._formats", lambda device, kind: [(rate_hz, channels)]
    )
    microphone = Microphone(MICROPHONE, 0, 2.0, 0.7)
    player = devices.play_samples(tone(1000, 3), 16_000)
    try:
        microphone.look_after(time.monotonic())
        time.sleep(0.8)
        found = microphone.look_after(time.monotonic())
        microphone.read()
        time.sleep(0.4)
        samples = microphone.read().samples
    finally:
        microphone.close()
        player.kill()
        player.wait()
    assert found[0].facts == {"device": MICROPHONE, "rate_hz": rate_hz, "channels": channels}
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    assert abs(int(np.argmax(spectrum)) * 16_000 / len(samples) - 1000) < 10
    assert 0.8 < np.abs(samples).max() / (0.3 * 32767) < 1.2


def test_a_microphone_taken_away_is_missed_and_opened_again(devices: AudioServer) -> None:
    """Pulled out: told within a second. Back: heard again, the sample clock having gone on."""
    stage = CaptureStage(settings())
    try:
        before = run(stage, 5, until=lambda out: len(heard(out)) > 3200)
        devices.take_microphone()
        gone_at = time.monotonic()
        lost = run(stage, 3, until=told("device lost"))
        assert time.monotonic() - gone_at < 1.0
        assert events(lost, "device lost")[0].facts["device"] == MICROPHONE
        time.sleep(0.5)
        devices.give_microphone()
        after = run(stage, 8, until=lambda out: len(heard(out)) > 3200)
    finally:
        stage.close()
    assert len(events(after, "device found")) == 1
    assert not events(after, "device lost"), "told once, not at each try"
    last = [message for message in (*before, *lost) if isinstance(message, Frame)][-1]
    first = next(message for message in after if isinstance(message, Frame))
    away_s = first.at - last.at
    assert abs((first.sample - last.sample) / 16_000 - away_s) < 0.1


def test_a_server_that_dies_and_returns_is_survived(devices: AudioServer) -> None:
    """The sound server restarts: both sides find their way back, without being restarted."""
    capture, playback = CaptureStage(settings()), PlaybackStage(settings())
    try:
        run(capture, 5, until=told("device found"))
        run(playback, 5, until=told("device found"))
        devices.stop()
        lost = run(capture, 3, until=told("device lost"))
        assert events(lost, "device lost")
        spoken = speak(playback, "a1", tone(500, 0.2))
        spoken += run(playback, 4, until=told("device lost"))
        assert events(spoken, "device lost")
        devices.start()
        assert events(run(capture, 12, until=told("device found")), "device found")
        spoken += run(playback, 12, until=told("spoken"))
        outcomes = [event.facts["outcome"] for event in events(spoken, "spoken")]
        assert outcomes == ["played"], "the answer has waited for its speaker"
    finally:
        capture.close()
        playback.close()


def test_zeros_are_told_once_and_are_no_loss(devices: AudioServer) -> None:
    """A microphone that gives nothing but zeros is muted somewhere, but there."""
    stage = CaptureStage(settings(**{"capture.silent_s": 1.0}))
    try:
        out = run(stage, 4)
    finally:
        stage.close()
    assert len(events(out, "silent input")) == 1
    assert not events(out, "device lost")


def test_mute_closes_the_microphone(devices: AudioServer) -> None:
    """Muted, no stream is open: the server itself sees nobody listening."""
    stage = CaptureStage(settings())
    try:
        run(stage, 5, until=lambda out: len(heard(out)) > 320)
        muted = list(stage.interrupt(Mute(on=True)))
        assert [event.facts for event in muted if isinstance(event, Event)] == [{"on": True}]
        assert not run(stage, 0.3)
        assert SESSION.renew(None, ask=False), "nobody holds a stream"
        list(stage.interrupt(Mute(on=False)))
        assert len(heard(run(stage, 5, until=lambda out: len(heard(out)) > 320)))
    finally:
        stage.close()


def test_no_microphone_at_the_start_is_told_and_waited_for(devices: AudioServer) -> None:
    """Without a microphone the stage lives, says so once, and takes it when it comes."""
    stage = CaptureStage(settings(**{"capture.device": "webcam"}))
    try:
        out = run(stage, 1.5)
    finally:
        stage.close()
    assert len(events(out, "device lost")) == 1
    assert "webcam" in events(out, "device lost")[0].facts["message"]


def test_an_answer_sounds_as_it_was_given(devices: AudioServer) -> None:
    """At the speaker: the whole answer once, and the echo reference is what sounded."""
    signal = numbered(1.5, seed=2)
    recorder = devices.recorder()
    stage = PlaybackStage(settings())
    try:
        out = run(stage, 0.3)
        out += speak(stage, "a1", signal)
        out += run(stage, 4, until=lambda out: not _still_active(out))
    finally:
        stage.close()
    recorded = recorder.stop()
    where = places(recorded, signal)
    assert len(where) >= 4
    assert np.ptp(where) <= 1
    played = [message for message in out if isinstance(message, Played)]
    reference = np.concatenate([frame.samples for frame in played])
    assert np.ptp(places(reference, signal)) <= 1
    assert [frame.active for frame in played] == [True] * (len(played) - 1) + [False]
    sounding, spoken = events(out, "sounding")[0], events(out, "spoken")[0]
    assert spoken.facts == {"answer": "a1", "outcome": "played"}
    assert 1.4 < spoken.at - sounding.at < 1.8
    assert sounding.facts["playback_ms"] < 100


def _still_active(out: list[object]) -> bool:
    played = [message for message in out if isinstance(message, Played)]
    return not played or played[-1].active


def test_an_interrupt_silences_the_speaker_within_60_ms(devices: AudioServer) -> None:
    """Measured at the speaker's monitor, the recorder's own delay included."""
    delays = []
    stage = PlaybackStage(settings())
    recorder = devices.recorder()
    try:
        for attempt in range(5):
            out = speak(stage, f"a{attempt}", tone(500, 1.0))
            delays.append(_time_to_silence(stage, recorder))
            out += run(stage, 0.3)
            assert not events(out, "error")
    finally:
        stage.close()
        recorder.stop()
    assert np.median(delays) < 0.060, delays


def _time_to_silence(stage: PlaybackStage, recorder: Recorder) -> float:
    stopped_at = time.monotonic()
    out = list(stage.interrupt(Stop()))
    assert [message.outcome for message in out if isinstance(message, Spoken)] == ["stopped"]
    run(stage, 0.3)
    return recorder.last_sound() - stopped_at


def test_a_speaker_lost_in_mid_answer_says_the_rest_when_it_is_back(devices: AudioServer) -> None:
    """Told within a second; the answer waits, and nothing of it is left out."""
    stage = PlaybackStage(settings())
    signal = numbered(1.2, seed=3)
    try:
        run(stage, 5, until=told("device found"))
        out = speak(stage, "a1", signal)
        out += run(stage, 0.1)
        devices.stop()
        gone_at = time.monotonic()
        out += run(stage, 3, until=told("device lost"))
        assert time.monotonic() - gone_at < 1.0
        devices.start()
        out += run(stage, 10, until=told("spoken"))
        out += run(stage, 1, until=lambda out: not _still_active(out))
    finally:
        stage.close()
    assert [event.facts["outcome"] for event in events(out, "spoken")] == ["played"]
    reference = np.concatenate([message.samples for message in out if isinstance(message, Played)])
    assert len(reference) >= len(signal) - 800


def test_an_answer_without_speaker_is_lost_with_a_word(devices: AudioServer) -> None:
    """Never silently: after the patience has run out it is told as lost, with the reason."""
    missing = {"playback.device": "headphones", "playback.patience_s": 0.5}
    stage = PlaybackStage(settings(**missing))
    try:
        out = speak(stage, "a1", tone(500, 0.2))
        out += run(stage, 5, until=told("spoken"))
    finally:
        stage.close()
    assert [event.facts["outcome"] for event in events(out, "spoken")] == ["lost"]
    assert "no speaker" in events(out, "error")[0].facts["message"]


def test_both_sides_share_the_list_of_devices(devices: AudioServer) -> None:
    """One side needs a fresh list while the other holds a stream: it makes room and goes on."""
    playback, capture = PlaybackStage(settings()), CaptureStage(settings())
    try:
        run(playback, 5, until=told("device found"))
        assert playback._outlet.is_open
        devices.unplug_microphone()
        out = run(capture, 0.3)
        assert events(out, "device lost")
        devices.plug_microphone()
        end = time.monotonic() + 8
        while time.monotonic() < end and not len(heard(out)):
            out += run(capture, 0.04)
            run(playback, 0.04)
        assert len(heard(out))
        spoken = speak(playback, "a1", tone(500, 0.2))
        spoken += run(playback, 5, until=told("spoken"))
        assert events(spoken, "spoken")[0].facts["outcome"] == "played"
    finally:
        playback.close()
        capture.close()
