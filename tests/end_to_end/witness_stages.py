"""The real pipeline with a witness: what the ear is given is written down, sample by sample."""

from __future__ import annotations

import os
from collections.abc import Iterator

from assistant import messages as m
from assistant.config import Settings
from assistant.hearing.stage import HearingStage
from assistant.pipeline import PIPELINE

PATH = "ASSISTANT_TEST_WITNESS"


class Witness(HearingStage):
    """Hears, and writes the samples of all frames into the file that the environment names."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._written = open(os.environ[PATH], "ab", buffering=0)  # noqa: SIM115
        self._next = -1

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        if isinstance(message, m.Frame):
            self._written.write(message.audio)
            if message.sample != self._next != -1:
                yield m.Event(kind="gap", sample=message.sample, facts={"expected": self._next})
            self._next = message.sample + message.samples.size
        yield from super().handle(message)


TABLE = {
    **PIPELINE,
    "hearing": PIPELINE["hearing"]._replace(factory="witness_stages:Witness"),
}
