"""Answers to clients: what ``assistant status``, ``send``, ``mute`` and the like ask for."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import messages as m
from assistant.errors import AssistantError, ConfigError
from assistant.liveness import Outcome
from assistant.trace import Record, fold_all
from assistant.tracefolder import write_record

if TYPE_CHECKING:
    from assistant.supervise import Supervisor

LONGEST_TEXT = 1000
"""Characters of a typed command."""
UNDERSTANDS = "understanding"
WRITTEN_AT = {"final", "intent", "answer", "sounding", "spoken"}
"""Kinds of event after which a trace is written to the folder, where there is one."""


class Refused(Exception):
    """The request cannot be met; the sentence says why."""


class Answerer:
    """Knows the past utterances, and what each request means."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._records: dict[str, Record] = {}
        self._typed = 0
        self._cannot_write = ""
        self._commands: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "status": self._status,
            "mute": lambda arguments: self._mute(True),
            "unmute": lambda arguments: self._mute(False),
            "stop": self._stop,
            "send": self._send,
            "trace": self._trace,
            "join": lambda arguments: {"muted": self._supervisor.muted},
            "reload": self._reload,
            "shutdown": self._shutdown,
        }

    def note(self, event: m.Event) -> None:
        """Keep what is worth keeping of ``event``."""
        trace = self._supervisor.settings.trace
        self._records = fold_all(self._records, event, trace.utterances)
        if trace.folder and event.kind in WRITTEN_AT and event.utterance in self._records:
            self._write(self._records[event.utterance])

    def _write(self, record: Record) -> None:
        trace = self._supervisor.settings.trace
        try:
            write_record(Path(trace.folder).expanduser(), record, trace.longest_mb)
            self._cannot_write = ""
        except AssistantError as error:
            if str(error) != self._cannot_write:  # told once until it works again
                self._cannot_write = str(error)
                self._supervisor.publish("error", message=str(error))

    def answer(self, request: m.Request) -> m.Reply:
        """Do what ``request`` asks for."""
        command = self._commands.get(request.command)
        if command is None:
            known = ", ".join(self._commands)
            return m.Reply(ok=False, error=f"no command {request.command!r}; known are {known}")
        try:
            return m.Reply(facts=command(request.arguments), at=time.monotonic())
        except Refused as error:
            return m.Reply(ok=False, error=str(error), at=time.monotonic())

    def _status(self, arguments: dict[str, Any]) -> dict[str, Any]:
        supervisor, now = self._supervisor, time.monotonic()
        stages = {
            name: {
                "state": watched.state,
                "placement": watched.placement,
                "pid": watched.child.pid if watched.child else None,
                "restarts": watched.restarted,
                "since_s": round(now - watched.since, 1),
                "dropped": dict(watched.dropped),
                "detail": watched.detail,
            }
            for name, watched in supervisor.stages.items()
        }
        pids = {watched.child.pid for watched in supervisor.stages.values() if watched.child}
        return {
            "pid": os.getpid(),
            "uptime_s": round(now - supervisor.started_at, 1),
            "muted": supervisor.muted,
            "ready": all(w.state == "ready" for w in supervisor.stages.values()),
            "rss_mb": round(sum(map(rss_mb, pids | {os.getpid()})), 1),
            "utterances": len(self._records),
            "stages": stages,
        }

    def _mute(self, on: bool) -> dict[str, Any]:
        self._supervisor.interrupt(m.Mute(on=on, at=time.monotonic()))
        return {"muted": on}

    def _stop(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.interrupt(m.Stop(at=time.monotonic()))
        return {}

    def _send(self, arguments: dict[str, Any]) -> dict[str, Any]:
        text = arguments.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
            raise Refused(f"a text of 1 to {LONGEST_TEXT} characters was expected")
        if UNDERSTANDS not in self._supervisor.places.table:
            raise Refused("nothing here understands commands")
        self._typed += 1
        utterance = f"typed-{os.getpid()}-{self._typed}"
        typed = m.Alternative(text=text.strip(), confidence=1.0, search="typed")
        final = m.Final(
            utterance=utterance,
            at=time.monotonic(),
            text=typed.text,
            alternatives=[typed],
            confidence=1.0,
        )
        if not self._supervisor.hub.push(UNDERSTANDS, final):
            raise Refused(f"busy: {UNDERSTANDS} does not keep up; try again")
        return {"utterance": utterance}

    def _trace(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The record of ``id``; without one the last."""
        wanted = arguments.get("id") or next(reversed(self._records), "")
        if wanted not in self._records:
            what = f"no utterance {wanted!r}" if wanted else "no utterance yet"
            raise Refused(f"{what}; the last {len(self._records)} are kept (trace.utterances)")
        return self._records[wanted]

    def _reload(self, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            plan = self._supervisor.reload()
        except ConfigError as error:
            for fault in error.faults:
                self._supervisor.publish("error", message=fault)
            raise Refused("; ".join(error.faults)) from error
        return {"changed": plan.changed, "remade": plan.remade, "next start": plan.fixed}

    def _shutdown(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.finish(Outcome())
        return {}


def rss_mb(pid: int) -> float:
    """Resident memory of a process in MB; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * resource.getpagesize() / 1e6
