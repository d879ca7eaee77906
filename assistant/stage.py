"""What a stage is, and the loop that runs one.

A stage knows messages, never another stage, a socket or a thread: ``handle`` takes one
message and yields the messages that follow from it. Time comes as ``Tick``. Events for
the tap are yielded like any other message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from assistant.messages import Message


class Stage(Protocol):
    """One room of the pipeline. Made, used and closed in one and the same thread."""

    tick_s: float
    """How often ``Tick`` shall come; 0: never."""

    def handle(self, message: Message) -> Iterator[Message]:
        """What follows from ``message``, in order.

        May be left unfinished: the runner closes the iterator when a ``Stop`` overtakes.
        Raises only when the stage is broken and shall be made anew; bad input becomes an
        ``Event`` of kind ``error``.
        """
        ...

    def interrupt(self, message: Message) -> Iterator[Message]:
        """What follows from an interrupt (``Stop``, ``Duck``, ``Resume``, ``Cancel``, ``Mute``).

        Called between messages, and between two messages yielded by ``handle``.
        """
        ...

    def accepts(self) -> bool:
        """False while the stage is full: its door is not read, which stops the senders."""
        ...

    def close(self) -> None:
        """Give devices, files and processes back."""
        ...


class PlainStage:
    """Defaults for stages without device, clock and interrupts."""

    tick_s = 0.0

    def interrupt(self, message: Message) -> Iterator[Message]:
        """Nothing to interrupt."""
        return iter(())

    def accepts(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing to give back."""
