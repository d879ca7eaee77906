"""Notes: one line each in ``notes.txt``, with date and time before a tab."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from assistant.errors import SkillError
from assistant.skills import spoken
from assistant.skills.api import Call, Outcome, Skill
from assistant.skills.durable import read_lines, write_lines

MOST_NOTES = 10_000
LONGEST_CHARACTERS = 2000
READ = 3
STAMP = "%Y-%m-%d %H:%M"


class Notes(Skill):
    """Take, read, delete the last."""

    name = "notes"

    def take(self, call: Call) -> Outcome:
        """``phrase``, as it was said."""
        notes = read_lines(self._path)
        if len(notes) >= MOST_NOTES:
            raise SkillError(f"There are {MOST_NOTES} notes already. Tidy up {self._path.name}.")
        phrase = " ".join(str(call.value("phrase")).split())[:LONGEST_CHARACTERS]
        write_lines(self._path, [*notes, f"{self.surroundings.now():{STAMP}}\t{phrase}"])
        return Outcome(facts={"note": phrase})

    def read(self, call: Call) -> Outcome:
        """The last notes, the newest first."""
        return self._told(READ)

    def read_last(self, call: Call) -> Outcome:
        """The last note."""
        return self._told(1)

    def delete_last(self, call: Call) -> Outcome:
        """Take the last note away."""
        notes = read_lines(self._path)
        if not notes:
            return Outcome(variant="none")
        write_lines(self._path, notes[:-1])
        return Outcome(variant="deleted", facts={"note": notes[-1].rpartition("\t")[2]})

    def _told(self, count: int) -> Outcome:
        notes = read_lines(self._path)
        if not notes:
            return Outcome(variant="none")
        told = [self._sentence(note) for note in reversed(notes[-count:])]
        return Outcome(variant="notes", facts={"notes": told, "count": len(notes)})

    def _sentence(self, note: str) -> str:
        """ "Yesterday: call the plumber"; a line the user wrote himself has no date."""
        stamp, _, phrase = note.rpartition("\t")
        try:
            day = datetime.strptime(stamp, STAMP).date()
        except ValueError:
            return phrase
        near = spoken.near_day(day, self.surroundings.now().date())
        return f"{near[0].upper()}{near[1:]}: {phrase}"

    @property
    def _path(self) -> Path:
        return self.surroundings.state / "notes.txt"
