"""The keys of media players: play, pause, next, previous, stop, and what is on."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.errors import SkillError
from assistant.neighbours import mpris
from assistant.neighbours.mpris import Playing
from assistant.skills.api import Call, Outcome, Skill, Surroundings


class Media(Skill):
    """Acts on the player that plays; failing that, on the one we stopped, or a paused one."""

    name = "media"

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._stilled: list[str] = []
        """Players that we paused or stopped last."""

    def play(self, call: Call) -> Outcome:
        """Go on."""
        players = self._players()
        stilled = [one for one in players if one.player in self._stilled]
        if players[0].status == "Playing" and not stilled:
            return Outcome(variant="already")
        for one in stilled or players[:1]:
            mpris.press(one.player, "Play")
        self._stilled = []
        return Outcome(variant="done")

    def pause(self, call: Call) -> Outcome:
        """Pause everything that plays."""
        return self._still("Pause")

    def stop(self, call: Call) -> Outcome:
        """Stop everything that plays."""
        return self._still("Stop")

    def next(self, call: Call) -> Outcome:
        """The next piece."""
        mpris.press(self._players()[0].player, "Next")
        return Outcome(variant="done")

    def previous(self, call: Call) -> Outcome:
        """The piece before."""
        mpris.press(self._players()[0].player, "Previous")
        return Outcome(variant="done")

    def playing(self, call: Call) -> Outcome:
        """Title and artist."""
        one = self._players()[0]
        if one.status != "Playing":
            return Outcome(variant="nothing")
        if not one.title:
            return Outcome(variant="untitled")
        return Outcome(variant="title", facts={"title": one.title, "artist": one.artist})

    def _still(self, method: mpris.Method) -> Outcome:
        playing = [one for one in self._players() if one.status == "Playing"]
        if not playing:
            return Outcome(variant="nothing")
        for one in playing:
            mpris.press(one.player, method)
        self._stilled = list(_names(playing))
        return Outcome(variant="done")

    def _players(self) -> list[Playing]:
        players = mpris.players()
        if not players:
            raise SkillError("No music player is running.")
        return players


def _names(players: Iterable[Playing]) -> Iterable[str]:
    return (one.player for one in players)
