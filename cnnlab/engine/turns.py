"""The turns of a race: its runs train alternately, so that their curves grow together.

A race keeps its place in the queue as long as one of its runs can train: everybody else waits as long as if
its runs had trained one after another. Between its turns a run counts as running, and its state is on disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from cnnlab.ground.errors import RunError
from cnnlab.runs.events import Batches, Checkpoint, Event, StateSaved
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore

SHORT_TURN = 1.0  # seconds of training, at least: short epochs are done several in a turn
LONG_TURN = 8.0  # seconds after which a turn ends in mid-epoch, as soon as a state is saved anyway


class Turn:
    """One turn of a run, while it trains. It ends after an epoch; a long epoch takes several."""

    def __init__(self, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._epochs = run.config.epochs
        self._clock = clock
        self._began_at: float | None = None  # with its first batches
        self._in_epoch = False

    def is_over(self, event: Event) -> bool:
        """Whether this event of the run ends the turn. After its last epoch a run is allowed to finish."""
        if isinstance(event, Batches):
            self._in_epoch = True
            if self._began_at is None:
                self._began_at = self._clock()
        if self._began_at is None:
            return False
        trained = self._clock() - self._began_at
        if isinstance(event, Checkpoint):
            self._in_epoch = False
            return trained >= SHORT_TURN and event.epoch < self._epochs
        return isinstance(event, StateSaved) and self._in_epoch and trained >= LONG_TURN


class WaitingRacers:
    """The runs that wait for their next turn."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._ids: list[str] = []

    def add(self, run_id: str) -> None:
        """A run's turn has ended; one that a person has paused meanwhile stays paused."""
        if self._store.run(run_id).state == "running":
            self._ids.append(run_id)

    def remove(self, run_id: str) -> bool:
        """Whether the run was waiting here; it no longer is."""
        waited = run_id in self._ids
        self._ids = [each for each in self._ids if each != run_id]
        return waited

    def next(self, race: str | None = None) -> Run | None:
        """The run whose turn is next, in this race or in the one that is on; None if there is none.

        One with a command comes first, then the one with the fewest finished epochs; queued ones count too.
        """
        waiting = self._waiting()
        race = race or next((run.race for run in waiting), None)
        if race is None:
            return None
        queued = self._store.next_queued(race)
        together = [*([queued] if queued else []), *(run for run in waiting if run.race == race)]
        return min(together, key=self._precedence, default=None)

    def _precedence(self, run: Run) -> tuple[bool, int]:
        return not self._store.has_commands(run.id), int(run.progress.epochs_done)

    def comes_before(self, run: Run) -> bool:
        """Whether another run of its race is to train before this one goes on: it is not further ahead.

        One that has been overtaken by several epochs, as on a busy machine, catches up in one turn.
        """
        following = self.next(run.race)
        return following is not None and self._precedence(following) <= self._precedence(run)

    def calls(self, race: str) -> bool:
        """Whether a run of this race gets its turn now, because somebody has given it a command."""
        run = self.next(race)
        return run is not None and self._store.has_commands(run.id)

    def _waiting(self) -> list[Run]:
        """All that still wait: some may have been deleted, or continued in a terminal."""
        found = []
        for run_id in self._ids:
            with suppress(RunError):
                run = self._store.run(run_id)
                if run.state == "running" and run.trained_by == "lab":
                    found.append(run)
        self._ids = [run.id for run in found]
        return found

    def take_all(self) -> list[str]:
        """The ids of all that wait; afterwards none does."""
        ids, self._ids = self._ids, []
        return ids
