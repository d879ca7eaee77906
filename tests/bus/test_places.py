"""Protects the map of addresses, and that no arrangement opens a plain connection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bus import Places, prepare_folder
from assistant.config import Settings
from assistant.errors import BusError, ConfigError
from assistant.pipeline import PIPELINE, StageEntry

STAGES = list(PIPELINE)
PLACEMENTS = st.fixed_dictionaries(
    {name: st.sampled_from(["thread", "process"]) for name in STAGES}
)


@given(PLACEMENTS)
def test_every_outlet_leads_to_a_bound_door(placements: dict[str, str]) -> None:
    """Whatever runs as thread or process, each sender's address is one its receiver binds."""
    where = Places(Settings.model_validate({"pipeline": placements}), PIPELINE)
    for sender, entry in PIPELINE.items():
        for route in entry.routes:
            address = where.outlet(sender, route.to)
            assert address in where.door(route.to)
            if "process" in (placements[sender], placements[route.to]):
                assert address.startswith("ipc://"), "inproc does not reach across processes"
    for name in STAGES:
        assert where.hub("up", name) in where.hub_door("up")


def test_stages_of_other_machines_are_left_out_by_default(places: Callable[..., Places]) -> None:
    """``run`` without ``--stages`` runs what has no tcp address."""
    table = {"voice": PIPELINE["voice"], "playback": StageEntry("", ())}
    assert places(table, playback="tcp://10.0.0.7:7001").here == ["voice"]


@pytest.mark.parametrize(
    ("here", "placements", "sentence"),
    [
        (["kitchen"], {}, "no stage 'kitchen'; known are capture"),
        (["capture"], {}, "pipeline.hearing = 'thread': it is not run here"),
        (
            ["understanding", "voice", "playback", "recognition", "hearing", "capture"],
            {"translation": "tcp://10.0.0.7:7001"},
            "pipeline.understanding = 'thread': translation sends to it from another machine",
        ),
    ],
)
def test_what_cannot_be_reached_is_told(
    places: Callable[..., Places], here: list[str], placements: dict[str, str], sentence: str
) -> None:
    """Key, value and what was expected, before any socket is opened."""
    with pytest.raises(ConfigError) as caught:
        places(here=here, **placements)
    assert sentence in str(caught.value)


def test_the_folder_of_the_sockets_is_private(tmp_path: Path) -> None:
    """Made for this user alone; taken back from others; never somebody else's."""
    folder = tmp_path / "deep" / "run"
    prepare_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    prepare_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(BusError, match="not a folder of this user"):
        prepare_folder(link)


def test_a_path_too_long_for_sockets_is_told(tmp_path: Path) -> None:
    """The kernel takes 107 bytes; the sentence says so instead of "File name too long"."""
    with pytest.raises(BusError, match="set bus.folder to a shorter path"):
        prepare_folder(tmp_path / ("x" * 100))
