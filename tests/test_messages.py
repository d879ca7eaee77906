"""Protects the codec: whatever is sent arrives the same, whatever arrives never crashes."""

from __future__ import annotations

import contextlib
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import messages as m
from assistant.errors import BusError

KINDS: list[type[m.Message]] = list(typing.get_args(m.AnyMessage))
WHOLE = st.integers(min_value=-(2**63), max_value=2**63 - 1)
REAL = st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | WHOLE | REAL | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """What a field of the type ``hint`` may hold."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(values(arguments[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(st.text(max_size=5), values(arguments[1]), max_size=3)
    plain = {int: WHOLE, float: REAL, bool: st.booleans(), str: st.text(max_size=20), Any: JSON}
    if hint is bytes:
        return st.binary(max_size=8).map(lambda raw: raw * 2)
    return plain[hint] if hint in plain else structs(hint)


def structs(kind: Any) -> st.SearchStrategy[Any]:
    """Instances of a struct with any values."""
    hints = typing.get_type_hints(kind)
    fields = {name: values(hints[name]) for name in kind.__struct_fields__}
    return st.builds(lambda **given: kind(**given), **fields)


MESSAGES = st.sampled_from(KINDS).flatmap(structs)


@given(MESSAGES)
def test_every_message_arrives_as_it_was_sent(message: m.Message) -> None:
    """Encoding and decoding lose nothing, for every kind and any values."""
    assert m.decode(m.encode(message)) == message


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_random_frames_are_refused_with_a_sentence(frames: list[bytes]) -> None:
    """Noise on a socket is a ``BusError``, never another exception and never a message."""
    with pytest.raises(BusError):
        m.decode(frames)


@given(MESSAGES, st.data())
def test_a_damaged_message_is_a_message_or_refused(message: m.Message, data: st.DataObject) -> None:
    """One flipped byte in the header never raises anything but ``BusError``."""
    frames = m.encode(message)
    at = data.draw(st.integers(0, len(frames[1]) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=1))
    frames[1] = frames[1][:at] + byte + frames[1][at + 1 :]
    with contextlib.suppress(BusError):
        assert isinstance(m.decode(frames), m.Message)


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([b"2", b'{"type":"Duck"}'], id="another version"),
        pytest.param([b"1", b'{"type":"Nonsense"}'], id="unknown kind"),
        pytest.param([b"1", b'{"type":"Duck","more":1}'], id="unknown field"),
        pytest.param([b"1", b'{"type":"Mute","on":"yes"}'], id="wrong type"),
        pytest.param([b"1", b'{"type":"Speech"}', b"odd"], id="half a sample"),
        pytest.param([b"1", b'{"type":"Speech"}'], id="audio missing"),
        pytest.param([b"1", b'{"type":"Event","kind":"x","facts":{"a":' + b"[" * 9999], id="deep"),
        pytest.param([b"1", b'{"type":"Say","text":"\xff","answer":""}'], id="not UTF-8"),
    ],
)
def test_what_does_not_validate_is_refused(frames: list[bytes]) -> None:
    """Each way of being wrong is one sentence."""
    with pytest.raises(BusError):
        m.decode(frames)


def test_audio_is_not_copied_into_the_header() -> None:
    """Samples travel raw in their own frame."""
    audio = bytes(range(250)) * 2
    frames = m.encode(m.Speech(audio=audio))
    assert frames[2] is audio
    assert len(frames[1]) < 100
