"""Recordings as microphone through the whole daemon, good ones and bad ones."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from assistant.config import read_settings
from assistant.daemon import Daemon
from assistant.pcm import level_db
from assistant.resources import resource

from .conversation import (
    COMMAND,
    INTENT,
    VOICE_HZ,
    Watch,
    answer_sound,
    command,
    likeness,
    speech,
    write_config,
    write_speech,
)

FORMATS = {
    "16-bit": (16_000, 1, "PCM_16"),
    "8-bit": (16_000, 1, "PCM_U8"),
    "24-bit": (48_000, 1, "PCM_24"),
    "float": (44_100, 1, "FLOAT"),
    "stereo": (48_000, 2, "PCM_16"),
    "96-khz": (96_000, 2, "PCM_24"),
}
BAD = {
    "empty": "empty file",
    "no-samples": "no samples",
    "text": "not a recording",
    "truncated": "cut off",
}
RECORD = {
    "id", "began", "ended", "decided", "text", "words", "intent", "slots", "confidence",
    "alternatives", "answer", "spans",
}  # fmt: skip
SPANS = {"endpoint", "recognition", "understanding", "voice", "playback", "total"}


def write_all(folder: Path) -> int:
    """The same command in every format, among files that are none; how many there are."""
    folder.mkdir()
    for name, (rate_hz, channels, subtype) in FORMATS.items():
        sound = soxr.resample(speech() / 32768, VOICE_HZ, rate_hz)
        wide = np.repeat(sound[:, None], channels, axis=1)
        soundfile.write(folder / f"{name}.wav", wide, rate_hz, subtype)
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("Dear diary,\nnothing happened today.\n" * 100)
    soundfile.write(folder / "no-samples.wav", np.zeros(0), 16_000)
    whole = (folder / "16-bit.wav").read_bytes()
    (folder / "truncated.wav").write_bytes(whole[: len(whole) * 95 // 100])
    shutil.copy(folder / "16-bit.wav", folder / "z-last.wav")
    return len(FORMATS) + len(BAD) + 1


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """What a daemon has told of all those files, as fast as it goes."""
    folder = tmp_path_factory.mktemp("files")
    count = write_all(folder / "in")
    playback = {"file": str(folder / "answers")}
    config = write_config(folder, capture={"source": str(folder / "in")}, playback=playback)
    with Daemon(read_settings(config), private=True) as daemon:
        watch = Watch(daemon.tap())
        daemon.start()
        for _ in range(count):
            watch.wait("end of input", 60)
        yield watch


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_understood(heard: Watch, name: str) -> None:
    """Whatever a recorder writes: the same words, the same intent, and an answer."""
    (record,) = heard.by_file()[f"{name}.wav"]
    assert (record["text"], record["intent"]) == (COMMAND, INTENT)
    assert record["answer"].startswith("It is ")
    assert record["outcome"] == "played"


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_recording_is_one_event(heard: Watch, name: str) -> None:
    """One line that names the file and what is wrong with it; what follows is heard."""
    faults = [str(e.facts["message"]) for e in heard.told("error", "capture")]
    about = [fault for fault in faults if f"{name}.wav" in fault]
    assert len(about) == 1 and BAD[name] in about[0] and "\n" not in about[0]
    if name == "truncated":
        assert heard.by_file()["truncated.wav"][0]["text"], "what is there is heard"
    else:
        assert f"{name}.wav" not in heard.by_file()
    assert heard.by_file()["z-last.wav"][0]["intent"] == INTENT


def test_nothing_else_goes_wrong(heard: Watch) -> None:
    """No fault but of the bad files, and no utterance but in the good ones."""
    assert {e.stage for e in heard.told("error")} == {"capture"}
    assert len(heard.told("error")) == len(BAD)
    assert not heard.told("dropped")
    assert len(heard.records) == len(FORMATS) + 2


def test_a_record_has_what_the_documentation_promises(heard: Watch) -> None:
    """Every key of the JSON of one utterance, with times on the sample clock and spans in ms."""
    record = json.loads(json.dumps(heard.by_file()["16-bit.wav"][0]))
    assert set(record) >= RECORD
    assert set(record["spans"]) == SPANS
    length_s = len(speech()) / VOICE_HZ
    assert 0 <= record["began"] < record["words"][0]["end"] < record["ended"] < length_s + 0.3
    assert record["ended"] < record["decided"] < record["ended"] + 1
    assert set(record["words"][0]) == {"word", "start", "end", "confidence"}
    assert record["alternatives"][0]["text"] and 0 < record["confidence"] <= 1


def test_the_answer_is_written_as_the_voice_speaks_it(heard: Watch) -> None:
    """The file of each answer has its words' sound from the first sample to the last."""
    for spoken in heard.told("spoken"):
        path = Path(spoken.facts["file"])
        sound, rate_hz = soundfile.read(path, dtype="int16")
        text = heard.records[spoken.utterance]["answer"]
        alone = answer_sound(text)
        assert level_db(sound) > -40
        assert abs(len(sound) / rate_hz - len(alone) / VOICE_HZ) < 0.1
        assert likeness(sound, rate_hz, alone) > 0.9


@pytest.mark.parametrize("name", ["empty", "text"])
def test_a_command_ends_at_what_is_no_recording(tmp_path: Path, name: str) -> None:
    """Exit code 2 and one line that names the file, and no transcript."""
    write_all(tmp_path / "in")
    done = command("listen", "--json", str(tmp_path / "in" / f"{name}.wav"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{name}.wav: {BAD[name]}" in done.stderr and done.stderr.count("\n") == 1


def test_in_the_time_of_life(tmp_path: Path) -> None:
    """Partials grow while the person speaks, and the answer waits for the end of speech."""
    path = write_speech(tmp_path / "one.wav", COMMAND)
    config = write_config(
        tmp_path, capture={"source": str(path), "pace": 1.0}, playback={"pace": 1.0}
    )
    with Daemon(read_settings(config), private=True) as daemon:
        watch = Watch(daemon.tap())
        daemon.start()
        watch.wait("spoken", outcome="played")
        (record,) = watch.records.values()
        assert daemon.ask("trace").facts == record, "clients see the same"
    kinds = [event.kind for event in watch.events if event.utterance]
    order = ["began", "partial", "ended", "final", "intent", "answer", "sounding", "spoken"]
    assert [kinds.index(kind) for kind in order] == sorted(kinds.index(kind) for kind in order)
    first, final = watch.told("partial")[0], watch.told("final")[0]
    assert final.at - first.at > 0.4
    sounding, spoken = watch.told("sounding")[0], watch.told("spoken")[0]
    answer_s = len(answer_sound(record["answer"])) / VOICE_HZ
    assert abs(spoken.at - sounding.at - answer_s) < 0.3
    assert 300 < record["spans"]["endpoint"] < 1000
    assert record["spans"]["total"] < 5000


def test_a_wake_word_opens_the_ear_once(tmp_path: Path) -> None:
    """As it comes, the daemon acts on what follows its wake word, and on nothing else."""
    pause = np.zeros(round(1.5 * VOICE_HZ), np.int16)
    word = speech("okay nabu", "en-us")
    said = np.concatenate([pause, speech(), pause, word, speech(), pause, speech(), pause])
    soundfile.write(tmp_path / "room.wav", said, VOICE_HZ)
    config = write_config(
        tmp_path, capture={"source": str(tmp_path / "room.wav")}, hearing={"wake": "okay_nabu"}
    )
    with Daemon(read_settings(config), private=True) as daemon:
        watch = Watch(daemon.tap())
        daemon.start()
        watch.wait("end of input")
    (listening,) = watch.told("listening")
    (record,) = watch.records.values()
    assert (record["text"], record["intent"]) == (COMMAND, INTENT)
    assert abs(record["began"] - listening.sample / 16_000) < 1


def test_a_request_for_another_language_is_answered_in_it(tmp_path: Path) -> None:
    """Typed, so that only translation and voice count: Spanish words in a Spanish voice."""
    source = write_speech(tmp_path / "silence.wav", COMMAND)
    config = write_config(
        tmp_path,
        capture={"source": str(source)},
        playback={"file": str(tmp_path / "answers")},
    )
    with Daemon(read_settings(config), private=True) as daemon:
        watch = Watch(daemon.tap())
        daemon.start()
        watch.wait("end of input")
        daemon.ask("send", text="translate good morning to spanish")
        answer = watch.wait("answer", language="es")
        spoken = watch.wait("spoken", answer=answer.facts["answer"])
    assert answer.facts["text"].lower().startswith("buen")
    sound, rate_hz = soundfile.read(spoken.facts["file"], dtype="int16")
    assert likeness(sound, rate_hz, answer_sound(answer.facts["text"], "es")) > 0.9
    assert likeness(sound, rate_hz, answer_sound(answer.facts["text"], "en")) < 0.8


def test_what_it_says_it_understands_itself(tmp_path: Path) -> None:
    """A sentence whose answer is a command: played back, its answer is recognised as one."""
    sentences = tmp_path / "parrot.yaml"
    parrot = {
        "language": "en",
        "intents": {"Parrot": {"data": [{"sentences": [COMMAND], "answer": COMMAND}]}},
    }
    sentences.write_text(json.dumps(parrot))
    source = write_speech(tmp_path / "in" / "1.wav", COMMAND).parent
    understanding = {"skills": [], "sentences": [str(sentences)]}
    for _ in range(2):
        config = write_config(
            tmp_path,
            capture={"source": str(source)},
            understanding=understanding,
            playback={"file": str(tmp_path / "answers")},
        )
        with Daemon(read_settings(config), private=True) as daemon:
            watch = Watch(daemon.tap())
            daemon.start()
            watch.wait("end of input", 60)
        (record,) = watch.records.values()
        assert (record["text"], record["intent"]) == (COMMAND, "Parrot")
        source = tmp_path / "answers"


def test_a_fault_in_line_17_leaves_the_rest_in_force(tmp_path: Path) -> None:
    """The event names file and line; the other sentences of the file work, and the command tells
    the same with exit code 2."""
    words = ["one", "two", "three", "four", "five", "six", "seven"]
    good = [f"  {w.title()}: {{data: [{{sentences: [good {w}], answer: fine}}]}}" for w in words]
    bad = "  Bad: {data: [{sentences: ['turn (on|off the light']}]}"
    lines = ["language: en", *["#"] * 7, "intents:", *good, bad]
    assert lines.index(bad) == 16
    sentences = tmp_path / "mine.yaml"
    sentences.write_text("\n".join(lines) + "\n")
    source = write_speech(tmp_path / "one.wav", COMMAND)
    understanding = {"sentences": [str(sentences)]}
    config = write_config(tmp_path, capture={"source": str(source)}, understanding=understanding)
    with Daemon(read_settings(config), private=True) as daemon:
        watch = Watch(daemon.tap())
        daemon.start()
        fault = watch.wait("error")
        assert f"{sentences}:17:" in fault.facts["message"]
        daemon.ask("send", text="good three")
        assert watch.wait("answer").facts["text"] == "fine"
    done = command("sentences", "check", "--config", str(config))
    assert done.returncode == 2
    assert f"{sentences}:17:" in done.stderr and done.stderr.count("\n") == 1


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the recogniser's weights, one bit of which has turned."""
    folder = tmp_path / "recogniser"
    shutil.copytree(read_settings().recognition.model or resource("recogniser"), folder)
    monkeypatch.delenv("ASSISTANT__RECOGNITION__MODEL", raising=False)
    path = folder / "recogniser.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return folder


def test_a_model_whose_hash_is_wrong_ends_the_command(tmp_path: Path, damaged: Path) -> None:
    """At once, with exit code 2 and a line that names the file and both hashes."""
    source = write_speech(tmp_path / "one.wav", COMMAND)
    config = write_config(
        tmp_path, capture={"source": str(source)}, recognition={"model": str(damaged)}
    )
    done = command("run", "--config", str(config))
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if "recognition" in line]
    assert str(damaged / "recogniser.onnx") in line and "SHA-256" in line


def test_a_second_daemon_is_told_that_there_is_one(tmp_path: Path) -> None:
    """Exit code 2 and one line with the first one's process; the first one goes on."""
    source = write_speech(tmp_path / "one.wav", COMMAND)
    config = write_config(tmp_path, capture={"source": str(source)})
    with Daemon(read_settings(config)) as daemon:
        watch = Watch(daemon.tap())
        daemon.start()
        done = command("run", "--config", str(config))
        assert done.returncode == 2
        assert f"process {os.getpid()}" in done.stderr and done.stderr.count("\n") == 1
        watch.wait("end of input")
        daemon.ask("send", text=COMMAND)
        assert watch.wait("intent").facts["intent"] == INTENT
